"""The classifier of lines is fitted to a small made-up collection, whose clutter is told by its words and places."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.clutter.marking import parts_by
from index.clutter.model import Classifier
from training.clutter import FOLDS, TREES, Fitting, Pages, check, fit, known_lines

PLACES = ["harbour", "library", "orchard", "station", "theatre", "quarry", "chapel", "market"]
PROMOS = ["Grab todays zorbel deal", "Zorbel picks for you", "Win a zorbel now", "Zorbel of the week"]


def page(site: int, number: int) -> dict[str, object]:
    place, other = PLACES[site % 8], PLACES[(site + number + 1) % 8]
    story = [
        f"The council of town {site} voted on Monday to repair the {place} before the winter sets in.",
        f"It will cost {40 + number} thousand crowns, which is a third less than the {other} did in the year before.",
        f"Work on the {place} begins in May, and nobody expects it to be over by the end of the summer.",
    ]
    clutter = ["Zorbel menu", PROMOS[(site + number) % 4], PROMOS[number % 4]]
    told_of = [(clutter[0], "clutter"), (story[0], "article"), (clutter[1], "clutter"), (story[1], "article")]
    lines = [*told_of, (story[2], "article"), (clutter[2], "clutter")]
    return {
        "site": f"paper{site}.example",
        "variant": "abc"[number % 3],
        "source": "made up",
        "lines": [{"text": text, "label": label} for text, label in lines],
    }


@pytest.fixture(scope="module", autouse=True)
def _few_trees() -> Iterator[None]:
    """Fit as many trees as so small a collection needs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TREES, "max_iter", 20)
        yield


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lines") / "lines.jsonl"
    pages = [page(site, number) for site in range(40) for number in range(3)]
    file.write_text("\n".join(map(json.dumps, pages)) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def fitted(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fitted") / "coefficients.json"
    fit(collection, out)
    return out


def test_the_same_pages_give_the_same_file(collection: Path, fitted: Path, tmp_path: Path) -> None:
    fit(collection, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == fitted.read_bytes()


def test_a_word_of_clutter_weighs_for_clutter_and_a_page_of_its_kind_is_told_apart(fitted: Path) -> None:
    held = json.loads(fitted.read_text(encoding="utf-8"))
    assert max(weight for term, weight in held["weights"].items() if "zorbel" in term) > 0
    story = [line["text"] for line in page(77, 2)["lines"] if line["label"] == "article"]  # type: ignore[attr-defined]
    text = "\n\n".join([story[0], "A zorbel for you", story[1], story[2], "Your zorbel now"])
    gone = [one.span.of(text) for one in parts_by(text, Classifier.of(held)).clutter]
    assert gone == ["A zorbel for you", "Your zorbel now"]


def test_lines_known_by_heart_are_clutter_on_several_sites_and_the_article_on_none(collection: Path) -> None:
    pages = [page(site, number) for site in range(40) for number in range(3)]
    pages[0]["lines"][3]["text"] = "Zorbel menu"  # type: ignore[index]
    known = known_lines(Pages(pages))
    assert "zorbel of the week" in known
    assert "zorbel menu" not in known


def test_a_fold_held_back_is_not_learned_from(collection: Path) -> None:
    pages = Pages.read(collection)
    once = pages.folds.tolist().index(2)
    site = pages.pages[once]["site"]
    changed = [
        {**one, "lines": [{**line, "text": "Quite another thing"} for line in one["lines"]]}
        if one["site"] == site
        else one
        for one in pages.pages
    ]
    assert Fitting(Pages(changed)).without(2) == Fitting(pages).without(2)
    assert {0, 1, 2, 3, 4} == set(range(FOLDS)) == set(pages.folds.tolist())


def test_the_check_prints_what_is_lost_and_what_is_kept(collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(collection)
    figures = capsys.readouterr().out.splitlines()[-1].split()
    assert figures[0] == "all"
    assert figures[1] == "0.00%"
    assert float(figures[-1].rstrip("%")) < 10
