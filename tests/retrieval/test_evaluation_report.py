"""The report folder: whole or not at all, harmless whatever is in it, and read again as it was."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from index.article import Span
from retrieval.errors import EvaluationError
from retrieval.evaluation import folder as folders
from retrieval.evaluation import saved
from retrieval.evaluation.folder import check_place, page, write
from retrieval.evaluation.metrics import RiskPoint
from retrieval.evaluation.outcome import Outcome, failures
from retrieval.evaluation.plots import DARK, LIGHT, PLOTS, Theme, draw, largest_within
from tests.retrieval.outcomes import RIGHT, SHOWN, evaluation, right, unanswerable, wrong

FILES = {
    "report.json",
    "index.html",
    "failures.jsonl",
    "risk-coverage.png",
    "risk-coverage-dark.png",
    "calibration.png",
    "calibration-dark.png",
    "ranks.png",
    "ranks-dark.png",
}
HOSTILE = "</mark></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;\x1b[2J\u202egnorw\u202c$x_{"


def mixed() -> list[Outcome]:
    return [right("a"), wrong("b"), unanswerable("c", answered=True), unanswerable("d", answered=False)]


def written(place: Path, outcomes: list[Outcome], name: str = "race/questions") -> Path:
    asked = evaluation(outcomes, name=name)
    write(place, asked, asked.report())
    return place


def encoded(place: Path, outcomes: list[Outcome]) -> Path:
    """The report's `report.json` alone."""
    asked = evaluation(outcomes)
    (place / "report.json").write_bytes(saved.report_bytes(asked, asked.report()))
    return place / "report.json"


class Seen(HTMLParser):
    """What a browser makes of a page: its tags, their attributes and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.marked: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "mark":
            self.marked.append("")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "mark":
            self.marked[-1] += data
            self.lasttag = ""
        if self.tags[-1:] != ["style"]:
            self.words += data


@pytest.fixture(scope="module")
def plots() -> dict[str, bytes]:
    """Those of one evaluation, for all pages: they take longer to draw than everything else."""
    asked = evaluation(mixed())
    report = asked.report()
    return {each.file(theme): draw(each, theme, asked, report) for each in PLOTS for theme in (LIGHT, DARK)}


Show = Callable[..., Seen]


@pytest.fixture
def show(plots: dict[str, bytes]) -> Show:
    """The page of these outcomes, as a browser sees it."""

    def made(*outcomes: Outcome, name: str = "race/questions") -> Seen:
        asked = evaluation(outcomes, name=name)
        failed = failures(outcomes, k=5, depth=100)
        return Seen(page(asked, asked.report(), failed, plots).encode("utf-8", "replace").decode())

    return made


class TestFolder:
    def test_it_holds_the_figures_the_page_the_failures_and_the_pictures_and_nothing_beside_it(
        self, tmp_path: Path
    ) -> None:
        place = written(tmp_path / "new" / "report", mixed())
        assert {entry.name for entry in place.iterdir()} == FILES
        assert [entry.name for entry in place.parent.iterdir()] == ["report"]

    def test_everybody_may_read_it_whom_the_operator_lets(self, tmp_path: Path) -> None:
        place = written(tmp_path / "report", mixed())
        other = tmp_path / "other"
        other.mkdir()
        assert place.stat().st_mode == other.stat().st_mode

    def test_a_report_is_replaced(self, tmp_path: Path) -> None:
        place = written(tmp_path / "report", mixed())
        written(place, [right("new")])
        assert [outcome.question.id for outcome in saved.read(place).outcomes] == ["new"]
        assert [entry.name for entry in tmp_path.iterdir()] == ["report"]

    def test_an_empty_folder_is_filled(self, tmp_path: Path) -> None:
        (tmp_path / "report").mkdir()
        assert {entry.name for entry in written(tmp_path / "report", mixed()).iterdir()} == FILES

    def test_a_folder_that_is_no_report_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "report.json").write_text('{"format": "my own"}')
        with pytest.raises(EvaluationError) as caught:
            written(tmp_path / "mine", mixed())
        assert str(caught.value) == f"{tmp_path / 'mine'} is there already and is no report: name another folder"
        assert [entry.name for entry in (tmp_path / "mine").iterdir()] == ["report.json"]

    def test_a_note_beside_a_report_is_not_lost(self, tmp_path: Path) -> None:
        place = written(tmp_path / "report", mixed())
        (place / "notes.txt").write_text("what I think of it")
        with pytest.raises(EvaluationError, match=r"holds 'notes.txt', which would be lost: move it"):
            written(place, [right("new")])
        assert len(saved.read(place).outcomes) == 4

    def test_a_file_is_no_place_for_a_report(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        for place in (tmp_path / "file", tmp_path / "file" / "below"):
            with pytest.raises(EvaluationError):
                written(place, mixed())
        assert (tmp_path / "file").read_text() == ""

    def test_a_report_that_fails_half_way_leaves_the_old_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = written(tmp_path / "report", mixed())
        before = {entry.name: entry.read_bytes() for entry in place.iterdir()}

        def full(*_: object) -> bytes:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(folders, "report_bytes", full)
        with pytest.raises(EvaluationError, match="cannot be written: No space left on device"):
            written(place, [right("new")])
        assert {entry.name: entry.read_bytes() for entry in place.iterdir()} == before
        assert [entry.name for entry in tmp_path.iterdir()] == ["report"]

    def test_a_rename_that_fails_brings_the_old_one_back(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        place = written(tmp_path / "report", mixed())
        rename = Path.rename

        def refusing(self: Path, target: Path) -> Path:
            if self.name == "made":
                raise OSError(5, "Input/output error")
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", refusing)
        with pytest.raises(EvaluationError, match="cannot be written: Input/output error"):
            written(place, [right("new")])
        assert len(saved.read(place).outcomes) == 4

    def test_a_place_is_checked_before_anything_is_asked(self, tmp_path: Path) -> None:
        check_place(tmp_path / "nothing there")
        (tmp_path / "dangling").symlink_to(tmp_path / "gone")
        with pytest.raises(EvaluationError, match="is no folder"):
            check_place(tmp_path / "dangling")


class TestKept:
    def test_a_report_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        asked = evaluation(mixed())
        file = encoded(tmp_path, mixed())
        assert saved.read(tmp_path) == asked
        assert saved.read(file).report() == asked.report()

    def test_it_holds_what_the_command_prints_as_json(self, tmp_path: Path) -> None:
        asked = evaluation(mixed())
        plain = json.loads(encoded(tmp_path, mixed()).read_text(encoding="utf-8"))
        printed = json.loads(json.dumps(asked.report().to_json()))
        assert {name: plain[name] for name in printed} == printed
        assert plain["about"]["generation"] == "20260114T101500Z-3f9c1a"
        assert plain["outcomes"][1]["question"]["id"] == "b"

    @pytest.mark.parametrize(
        ("old", "new", "complaint"),
        [
            ('"confidence": 0.8', '"confidence": 1.8', "question a has a confidence or a time that cannot be"),
            ('"confidence": 0.8', '"confidence": NaN', "question a has a confidence or a time that cannot be"),
            ('"elapsed_ms": 12.5', '"elapsed_ms": Infinity', "question a has a confidence or a time that cannot be"),
            ('"id": "a"', '"id": "b"', "an id stands in it twice"),
            ('"k": 5', '"k": 0', "a number is too small"),
            ('"answered": true', '"answered": "perhaps"', "outcomes.0.answered"),
            ('"start": 119', '"start": -1', "is damaged at outcomes.0"),
            ("verbatim evaluation 1", "verbatim evaluation 2", "is no report that this version reads"),
            ('{"format"', '["format"', "is no report"),
        ],
    )
    def test_a_damaged_report_is_refused_in_one_line_that_says_what_to_do(
        self, tmp_path: Path, old: str, new: str, complaint: str
    ) -> None:
        file = encoded(tmp_path, mixed())
        text = file.read_text(encoding="utf-8")
        assert old in text
        # The numbers of the set stand twice, once among the figures.
        file.write_text(text.replace(old, new) if old == '"k": 5' else text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(EvaluationError) as caught:
            saved.read(file)
        told = str(caught.value)
        assert complaint in told
        assert told.startswith(f"{file}: ")
        assert told.endswith("make it with `python -m retrieval eval QUESTIONS.jsonl --report DIR`")
        assert "\n" not in told

    def test_what_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(EvaluationError, match=r"nowhere: cannot be read \(No such file or directory\)"):
            saved.read(tmp_path / "nowhere")
        with pytest.raises(EvaluationError, match=r"report\.json: cannot be read"):
            saved.read(tmp_path)

    def test_half_a_surrogate_pair_is_no_trouble(self, tmp_path: Path, show: Show) -> None:
        outcome = replace(RIGHT, answered=False, interpreted_as="who \ud83c won?")
        assert saved.read(encoded(tmp_path, [outcome])).outcomes[0].interpreted_as == "who ? won?"
        assert "who \ufffd won?" in show(outcome).words


class TestPage:
    def test_hostile_texts_stay_texts(self, show: Show) -> None:
        outcome = wrong("x" + HOSTILE, confidence=0.9, interpreted_as=f"And {HOSTILE}")
        quote = f"{HOSTILE} Ada won."
        shown = replace(
            SHOWN,
            title=HOSTILE,
            source=HOSTILE,
            published=HOSTILE,
            path=HOSTILE,
            quote=quote,
            end=100 + len(quote),
            highlights=(Span(100, 100 + len(quote)),),
        )
        gold = (replace(outcome.question.gold[0], article_id=HOSTILE, text=HOSTILE),)
        outcome = replace(outcome, shown=shown, question=replace(outcome.question, text=HOSTILE, gold=gold))
        page, plain = show(outcome, name=HOSTILE), show(wrong("x", confidence=0.9, interpreted_as="And who?"))
        assert page.tags == plain.tags
        assert {name for name, _ in page.attributes} == {name for name, _ in plain.attributes}
        assert not {"script", "iframe", "a", "link", "object"} & set(page.tags)
        assert page.words.count("<script>alert(1)</script>") == 11
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", page.words)

    def test_nothing_is_loaded_from_anywhere_else(self, show: Show) -> None:
        page = show(*mixed())
        places = [value for name, value in page.attributes if name in ("src", "srcset", "href")]
        assert len(places) == 6
        assert all(place.startswith("data:image/png;base64,") for place in places)
        assert ("content", "width=device-width, initial-scale=1") in page.attributes
        assert any(value.startswith("default-src 'none'") for _, value in page.attributes)

    def test_a_failure_shows_what_was_asked_expected_and_shown_with_its_highlight(self, show: Show) -> None:
        page = show(right("fine"), wrong("b", interpreted_as="Who won the race?"))
        for words in (
            "wrong passage first: the right one at rank 2",
            "Who won the race?",
            "confidence 0.80",
            "The race was long. Ada won it by a mile.",
            "Valley Gazette · 2024-05-01 · paragraph 3 · sport/race.txt",
            "characters 100 to 140",
        ):
            assert words in page.words
        assert page.marked == ["Ada won it by a mile."]
        assert page.words.count("shown first") == 1

    def test_a_set_without_a_failure_says_so(self, show: Show) -> None:
        assert "Nothing, as far as the set can tell." in show(right("a")).words

    def test_three_hundred_failures_are_on_the_page_and_all_in_the_file(self, tmp_path: Path) -> None:
        place = written(tmp_path / "report", [wrong(str(n), confidence=1 - n / 1000) for n in range(310)])
        page = Seen((place / "index.html").read_text(encoding="utf-8"))
        assert page.tags.count("article") == 300
        assert "310 of 310 questions, the worst first; the worst 300 are here, all are in failures.jsonl" in page.words
        lines = (place / "failures.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["id"] for line in lines] == [str(n) for n in range(310)]
        first = json.loads(lines[0])
        assert (first["kind"], first["expected"], first["place"]) == ("answered_wrongly", ["Ada"], 1)
        assert (first["shown"]["start"], first["shown"]["quote"]) == (100, SHOWN.quote)

    def test_every_figure_is_in_the_table_with_its_reason_where_there_is_none(self, show: Show) -> None:
        asked = evaluation([right("a")])
        page = show(right("a"))
        for figure in asked.report().figures:
            assert figure.label in page.words
            assert figure.reason in page.words


def plot(name: str, outcomes: list[Outcome], theme: Theme = LIGHT, set_name: str = "race") -> Image.Image:
    asked = evaluation(outcomes, name=set_name)
    (wanted,) = (each for each in PLOTS if each.name == name)
    opened = Image.open(BytesIO(draw(wanted, theme, asked, asked.report())))
    assert opened.format == "PNG"
    assert opened.size == (1200, 900)
    return opened.convert("RGB")


def bars(drawn_picture: Image.Image, color: str) -> list[int]:
    """How high each bar of a colour stands on the axis, in pixels, from left to right."""
    pixels = np.asarray(drawn_picture)[200:749, 200:1140][::-1]
    there = (pixels == list(bytes.fromhex(color[1:]))).all(axis=2)
    heights = np.logical_and.accumulate(there).sum(axis=0).tolist()
    return [max(bar) for high, bar in groupby(heights, bool) if high]


class TestPictures:
    @pytest.mark.parametrize("name", ["risk-coverage", "calibration", "ranks"])
    @pytest.mark.parametrize("theme", [LIGHT, DARK])
    @pytest.mark.parametrize(
        "outcomes",
        [
            mixed(),
            [right("a")],
            [unanswerable("u", answered=False)],
            [replace(RIGHT, question=replace(RIGHT.question, gold=()), right=False)],
        ],
        ids=["mixed", "right", "unanswerable", "unjudged"],
    )
    def test_a_picture_has_its_size_and_the_paper_of_its_theme(
        self, name: str, theme: Theme, outcomes: list[Outcome]
    ) -> None:
        drawn_picture = plot(name, outcomes, theme)
        pixels = np.asarray(drawn_picture)
        # Nothing runs over its edge.
        edge = np.concatenate([pixels[[0, 1, -2, -1]].reshape(-1, 3), pixels[:, [0, 1, -2, -1]].reshape(-1, 3)])
        assert (edge == list(bytes.fromhex(theme.paper[1:]))).all()
        assert len(drawn_picture.getcolors(1 << 20) or ()) > 20

    def test_the_bars_of_ranks_are_as_high_as_the_shares_they_stand_for(self) -> None:
        outcomes = [right(f"r{n}") for n in range(6)] + [wrong(f"w{n}", passage_rank=None) for n in range(3)]
        drawn_picture = plot("ranks", outcomes)
        first, second = bars(drawn_picture, LIGHT.blue)
        assert second == pytest.approx(first / 2, abs=2)
        right_ones, lost = bars(drawn_picture, LIGHT.orange)
        assert [right_ones, lost] == pytest.approx([first, first / 2], abs=2)

    def test_a_bar_of_the_calibration_is_as_high_as_the_share_that_is_right(self) -> None:
        outcomes = [right(f"r{n}", confidence=0.95) for n in range(3)]
        outcomes += [right("half", confidence=0.75), wrong("other half", confidence=0.75)]
        half, whole = bars(plot("calibration", outcomes), LIGHT.blue)
        assert half == pytest.approx(whole / 2, abs=3)

    def test_any_name_of_a_set_can_be_written(self) -> None:
        for name in ("$\\frac{$", "spørsmål", "質問" * 100, HOSTILE, ""):
            plot("calibration", [right("a")], set_name=name)

    def test_the_marked_point_is_the_largest_coverage_that_keeps_to_the_risk(self) -> None:
        points = [RiskPoint(0.9, 0.1, 0.2), RiskPoint(0.8, 0.5, 0.05), RiskPoint(0.7, 0.7, 0.06)]
        assert largest_within(points, 0.05) == points[1]
        assert largest_within(points, 0.01) is None
