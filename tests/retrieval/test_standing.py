"""What became of a quote since it was cited: nothing, another place, other words, or the end."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from index import build as building
from index.build import build
from index.generation.catalog import Catalog
from index.generation.generation import CATALOG, current
from retrieval import Citation, Retriever
from retrieval.errors import UnknownArticleError
from retrieval.standing import Standing, standing
from tests.conftest import write_seeds
from tests.retrieval.articles import HARBOUR, ORCHARD, QUESTION

NewData = Callable[[], Path]
ABOVE = "\n\n".join(
    f"Paragraph {n} tells of the long debate before the vote of the council that night." for n in range(40)
)


@pytest.fixture
def data(new_data: NewData, tmp_path: Path) -> Path:
    made = new_data()
    build(write_seeds(tmp_path / "seeds", {"harbour.txt": HARBOUR, "orchard.md": ORCHARD}), made)
    return made


@pytest.fixture
def cited(data: Path) -> Citation:
    with Retriever.open(data) as retriever:
        citation = retriever.ask(QUESTION).citations[0]
    assert citation.path == "harbour.txt"
    return citation


def became(data: Path, seeds: Path, text: str, citation: Citation) -> Standing:
    """What became of a citation when the article had another text."""
    build(write_seeds(seeds, {"harbour.txt": text}), data)
    with Retriever.open(data) as retriever, retriever.pinned() as snapshot:
        return standing(snapshot, citation)


def changes(data: Path) -> dict[str, str]:
    with Catalog(current(data / "index") / CATALOG) as catalog:
        return dict(catalog.changes())


def test_a_quote_that_stands_where_it_stood_is_the_same(data: Path, tmp_path: Path, cited: Citation) -> None:
    found = became(data, tmp_path / "seeds", f"{HARBOUR}\nThe vote was open.\n", cited)
    assert found == Standing("same", cited)


def test_a_quote_that_stands_elsewhere_is_cited_there_with_the_same_words_marked(
    data: Path, tmp_path: Path, cited: Citation
) -> None:
    head, _, rest = HARBOUR.partition("\n\n")
    text = f"{head}\n\n{ABOVE}\n\n{rest}"
    part = replace(cited, start=HARBOUR.index("The barrier"), end=len(HARBOUR.rstrip()), highlights=(), brief=None)
    part = replace(part, quote=HARBOUR[part.start : part.end], answer=None)
    found = became(data, tmp_path / "seeds", text, part)
    assert found.became == "moved"
    assert found.now is not None
    assert found.now.quote == part.quote == text[found.now.start : found.now.end]
    assert found.now.start == text.index("The barrier")


def test_where_other_words_stand_in_its_place_they_are_given_as_they_stand(
    data: Path, tmp_path: Path, cited: Citation
) -> None:
    text = HARBOUR.replace("48 million", "52 million")
    found = became(data, tmp_path / "seeds", text, cited)
    assert found.became == "changed"
    assert found.now is not None
    assert "52 million" in found.now.quote
    assert text[found.now.start : found.now.end] == found.now.quote
    assert list(changes(data)) == ["harbour.txt"]


def test_a_quote_of_which_nothing_is_left_is_gone_and_so_is_one_whose_article_is(
    data: Path, tmp_path: Path, cited: Citation
) -> None:
    found = became(data, tmp_path / "seeds", "An owl nests in the town hall of Kell, and nobody minds it.\n", cited)
    assert found == Standing("gone")
    (tmp_path / "seeds/harbour.txt").unlink()
    build(tmp_path / "seeds", data)
    with Retriever.open(data) as retriever, retriever.pinned() as snapshot, pytest.raises(UnknownArticleError):
        standing(snapshot, cited)


def test_the_time_of_a_change_is_kept_by_later_builds_and_listed(data: Path, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    assert changes(data) == {}
    build(write_seeds(seeds, {"harbour.txt": HARBOUR.replace("48", "52")}), data)
    first = changes(data)
    assert list(first) == ["harbour.txt"]
    build(write_seeds(seeds, {"new.txt": "A heron nests on the town hall of Ostrec, and nobody minds it.\n"}), data)
    assert changes(data) == first
    with Retriever.open(data) as retriever:
        assert retriever.listed().changed == first


def test_an_article_that_is_only_parsed_otherwise_has_not_changed(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = write_seeds(tmp_path / "seeds", {"page.html": f"<title>Heron</title><p>{ABOVE}</p><p>The end.</p>"})
    build(seeds, data)
    # As another version of the parser would: the next build parses everything, and finds other text in the same bytes.
    generation = current(data / "index")
    monkeypatch.setattr(building, "READING", building.READING + 1)
    monkeypatch.setattr("index.generation.catalog.Catalog.identities", lambda self: iter([("page.html", "0" * 64)]))
    build(seeds, data, allow_removals=True)
    assert current(data / "index") != generation
    assert changes(data) == {}
