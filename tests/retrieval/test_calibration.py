"""From a share of wrong answers to a threshold: by the operator's calibration or what ships, never by a bad file."""

import json
import logging
import math
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from index.generation import durable
from retrieval import Retriever, confidence
from retrieval.calibration import FILE, Calibration, calibrated, levels, read, threshold, thresholds, write
from retrieval.confidence import FITS, UNSURE, Thresholds, fits_of, judge, shipped
from retrieval.errors import CalibrationError
from retrieval.evaluation.questions import Question
from retrieval.evaluation.saved import About
from tests.retrieval.articles import QUESTION, UNANSWERABLE
from tests.retrieval.outcomes import right, unanswerable, wrong

JUDGE = judge("a" * 64, read=True)
OWN = Calibration(
    questions="race/questions",
    date="2026-01-14T10:15:00+00:00",
    generation="20260114T101500Z-3f9c1a",
    judge=JUDGE,
    n=40,
    wrong=tuple(place / 100 for place in range(30)),
)
MEND = "make it anew with `python -m retrieval eval QUESTIONS.jsonl --calibrate`, or delete it"


def changed(**fields: object) -> str:
    return json.dumps({"format": "verbatim calibration 1", **asdict(OWN), **fields})


def test_what_ships_gives_a_threshold_for_each_fit_of_the_default_model(tmp_path: Path) -> None:
    found = thresholds(tmp_path, 0.05, 0.2, JUDGE, fits_of(""))
    assert list(found.confident) == ["read", "vectors", "words"]
    for fit in found.confident:
        confidences, questions = shipped(fit)
        bound = found.confident[fit]
        assert bound == threshold(confidences, 0.05, questions)
        assert [found.tier(value, fit, JUDGE) for value in (bound, math.nextafter(bound, 0), 0.2, 0.19)] == [
            "confident", "not sure", "not sure", "none",
        ]  # fmt: skip


def test_a_calibration_of_the_operators_own_comes_before_what_ships(tmp_path: Path) -> None:
    write(tmp_path, OWN)
    assert read(tmp_path) == OWN
    # ceil(31 * .9) = 28: all but the two highest of 30 are refused.
    assert set(thresholds(tmp_path, 0.1, UNSURE, JUDGE, FITS).confident.values()) == {math.nextafter(0.27, 1)}


def test_a_calibration_too_small_for_the_share_answers_nothing_and_says_what_would_do(tmp_path: Path) -> None:
    write(tmp_path, OWN)
    with pytest.raises(CalibrationError) as refused:
        thresholds(tmp_path, 0.01, UNSURE, JUDGE, FITS)
    assert str(refused.value) == (
        f"a share of 0.01 needs 99 questions that were not answered rightly, and {tmp_path / FILE} has 30: "
        "set VERBATIM_WRONG_AT_MOST to 0.033 or more, or make a calibration with more: "
        "`python -m retrieval eval QUESTIONS.jsonl --calibrate`"
    )
    thresholds(tmp_path, 0.033, UNSURE, JUDGE, FITS)


def test_no_share_is_small_enough_for_what_ships_to_be_stretched(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r"^a share of 1e-06 needs 999,999 questions .* and the program has "):
        thresholds(tmp_path, 1e-6, UNSURE, JUDGE, fits_of(""))


def test_where_nobody_asked_any_questions_of_a_fit_nothing_is_answered_without_a_calibration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(confidence._FITTED, "wrong", {})
    with pytest.raises(CalibrationError) as refused:
        thresholds(tmp_path, 0.5, UNSURE, JUDGE, ["read"])
    assert str(refused.value) == (
        "a share of 0.5 needs 1 questions that were not answered rightly, and the program has 0: "
        "make a calibration with more: `python -m retrieval eval QUESTIONS.jsonl --calibrate`"
    )


@pytest.mark.parametrize("other", [judge("b" * 64, read=True), judge("a" * 64, read=False)])
def test_a_calibration_of_another_model_or_without_the_reader_is_not_gone_by(tmp_path: Path, other: str) -> None:
    write(tmp_path, OWN)
    with pytest.raises(CalibrationError) as refused:
        thresholds(tmp_path, 0.1, UNSURE, other, FITS)
    assert str(refused.value) == f"{tmp_path / FILE} is of another model, reader or version than answers now: {MEND}"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is damaged"),
        (b"\xff\xfe", "is damaged"),
        (b"[" * 100_000, "is damaged"),
        (changed().encode()[:-9], "is damaged"),
        (b"[]", "is no calibration that this version reads"),
        (changed(format="verbatim calibration 2").encode(), "is no calibration that this version reads"),
        (changed(wrong="many").encode(), "is damaged at wrong"),
        (changed(wrong=[0.1, 1.1]).encode(), "is damaged at wrong"),
        (changed(wrong=[0.1, math.nan]).encode(), "is damaged at wrong"),
        (changed(n=None).encode(), "is damaged at n"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_in_one_line_and_gives_no_threshold(
    tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(CalibrationError) as refused:
        thresholds(tmp_path, 0.1, UNSURE, JUDGE, FITS)
    assert str(refused.value) == f"{tmp_path / FILE} {told}: {MEND}"


def test_a_file_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(CalibrationError, match=r"cannot be read \(Is a directory\): let this user read it$"):
        thresholds(tmp_path, 0.1, UNSURE, JUDGE, FITS)
    with pytest.raises(CalibrationError, match="cannot be written: "):
        write(tmp_path, OWN)
    assert [entry.name for entry in tmp_path.iterdir()] == [FILE]


def test_a_calibration_is_synced_before_it_takes_the_place_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, OWN)
    seen: list[tuple[str, bool]] = []

    def noting(path: Path) -> None:
        # What is served at the moment of each sync: the old one, then the new one.
        seen.append((path.name, read(tmp_path) == OWN))

    monkeypatch.setattr(durable, "sync", noting)
    write(tmp_path, replace(OWN, n=99))
    assert [(name.startswith(f".{FILE}"), old) for name, old in seen] == [(True, True), (False, False)]
    assert seen[1][0] == tmp_path.name


def test_a_crash_before_the_rename_leaves_the_calibration_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, OWN)

    def fail(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "sync", fail)
    with pytest.raises(CalibrationError, match=r"cannot be written: No space left on device$"):
        write(tmp_path, replace(OWN, n=99))
    assert (read(tmp_path), [entry.name for entry in tmp_path.iterdir()]) == (OWN, [FILE])


ABOUT = About("race/questions", "2026-01-14T10:15:00+00:00", "", "20260114T101500Z-3f9c1a", "all-MiniLM-L6-v2")


def test_unanswerable_questions_and_wrong_passages_are_what_is_kept() -> None:
    asked = [
        *(unanswerable(f"u{n}", answered=False, confidence=n / 10) for n in range(8)),
        wrong("w", confidence=0.95),
        right("r", confidence=0.9),
        right("surer", confidence=0.99),
        # Of an answerable question without gold nobody can say how it was answered.
        replace(right("unjudged", right=False), question=Question("unjudged", "Who won?", answerable=True)),
    ]
    found = calibrated(asked, ABOUT, JUDGE)
    assert (found.wrong, found.n) == ((0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.95), 11)
    assert (found.questions, found.date, found.generation) == (ABOUT.questions, ABOUT.date, ABOUT.generation)
    # Nine are enough for 10 %, where all of them must be refused: of the four answerable ones only .99 is left.
    assert [(level.threshold, level.answered, level.answerable) for level in levels(asked, found)] == [
        (math.inf, 0, 4),
        (math.inf, 0, 4),
        (math.nextafter(0.95, 1), 1, 4),
    ]


def test_too_few_wrong_questions_make_no_calibration() -> None:
    asked = [*(unanswerable(f"u{n}", answered=False) for n in range(8)), right("r")]
    with pytest.raises(CalibrationError) as refused:
        calibrated(asked, ABOUT, JUDGE)
    assert str(refused.value) == (
        "8 of 9 questions were not answered rightly, which is too few to calibrate by (9 for at most 10%, 19 for at "
        "most 5%, 99 for at most 1%): add questions that the articles do not answer"
    )


@pytest.fixture
def own_data(small_data: Path, tmp_path: Path) -> Path:
    """A copy of the small index, to keep a calibration in."""
    return shutil.copytree(small_data, tmp_path / "data", symlinks=True)


def test_a_question_is_answered_above_the_wrong_ones_and_not_at_their_height(own_data: Path) -> None:
    with Retriever.open(own_data) as opened:
        sure, by = opened.ask(QUESTION).confidence, opened.judge
    for height, tier in ((sure, "not sure"), (math.nextafter(sure, 0), "confident")):
        write(own_data, replace(OWN, judge=by, wrong=(height,) * 9))
        with Retriever.open(own_data, wrong_at_most=0.1, threshold=0.0) as opened:
            answer = opened.ask(QUESTION)
        assert (answer.confidence, answer.tier, answer.answered) == (sure, tier, tier == "confident")


def test_what_is_below_both_thresholds_is_none_and_cites_all_the_same(own_data: Path) -> None:
    with Retriever.open(own_data, wrong_at_most=0.05) as opened:
        answer = opened.ask(UNANSWERABLE)
    assert (answer.tier, answer.answered) == ("none", False)
    assert answer.citations


def test_a_bad_calibration_keeps_the_index_from_being_opened_only_where_it_is_wanted(own_data: Path) -> None:
    (own_data / FILE).write_text("{")
    with pytest.raises(CalibrationError):
        Retriever.open(own_data, wrong_at_most=0.05)
    Retriever.open(own_data).close()


def test_an_index_that_comes_to_be_of_another_model_is_answered_from_no_longer_and_the_log_says_so_once(
    own_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Retriever.open(own_data) as opened:
        by = opened.judge
    write(own_data, replace(OWN, judge=by, wrong=(0.0,) * 9))
    with Retriever.open(own_data, wrong_at_most=0.1, kept=0) as opened, caplog.at_level(logging.WARNING):
        assert opened.ask(QUESTION).tier == "confident"
        assert not caplog.messages
        encoder = opened._current.snapshot.encoder
        card, encoder.card = encoder.card, replace(encoder.card, sha256="c" * 64)
        try:
            assert [opened.ask(QUESTION).tier for _ in range(2)] == ["not sure", "not sure"]
        finally:
            # Encoders are shared by the tests.
            encoder.card = card
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("nothing counts as answered: ")


def test_a_plain_threshold_holds_whatever_judges() -> None:
    plain = Thresholds(dict.fromkeys(FITS, 0.5))
    assert [plain.tier(value, FITS[0], JUDGE) for value in (0.5, 0.49, 0.25, 0.24)] == [
        "confident", "not sure", "not sure", "none",
    ]  # fmt: skip
    # Where people may be answered from less than 'not sure', there is no such tier.
    lower = replace(plain, confident=dict.fromkeys(FITS, 0.1))
    assert [lower.tier(value, FITS[0], JUDGE) for value in (0.1, 0.09)] == ["confident", "none"]
