"""Confidence is a logistic curve over what speaks for a passage, with the coefficients of the file."""

import math
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from index.article import Span
from retrieval import confidence as module
from retrieval.confidence import Evidence, WordsEvidence, confidence, features, fit_of
from retrieval.reader.passages import Finding

FITTED = tomllib.loads(Path(module.__file__).with_name("coefficients.toml").read_text(encoding="utf-8"))


def logit(evidence: Evidence | WordsEvidence) -> float:
    found = confidence(evidence)
    return math.log(found / (1 - found))


def found(logit: float) -> Finding:
    return Finding(logit, Span(0, 9), Span(0, 1), 0.0)


def test_a_passage_that_was_not_read_is_judged_by_cosine_coverage_and_length() -> None:
    fit = FITTED["vectors"]
    # ln(1 + 6 tokens) = 1.945910
    expected = fit["intercept"] + 0.7 * fit["cosine"] + 0.4 * fit["coverage"] + 1.945910 * fit["length"]
    assert logit(Evidence(cosine=0.7, coverage=0.4, tokens=6)) == pytest.approx(expected, abs=1e-5)


def test_a_passage_that_was_read_is_judged_by_what_the_reader_says_too() -> None:
    fit = FITTED["read"]
    parts = 0.7 * fit["cosine"] + 0.4 * fit["coverage"] + 1.945910 * fit["length"] + 1.5 * fit["logit"]
    evidence = Evidence(cosine=0.7, coverage=0.4, tokens=6, finding=found(1.5))
    assert logit(evidence) == pytest.approx(fit["intercept"] + parts, abs=1e-5)


def test_words_alone_are_judged_by_how_many_are_held_and_how_close_together() -> None:
    fit = FITTED["words"]
    # ln 4 = 1.386294
    expected = fit["intercept"] + fit["coverage"] + 0.5 * fit["together"] + 1.386294 * fit["telling"]
    assert logit(WordsEvidence(coverage=1.0, together=0.5, telling=4)) == pytest.approx(expected, abs=1e-5)


def test_where_nothing_was_found_there_is_no_confidence() -> None:
    assert confidence(None) == 0


@pytest.mark.parametrize("finding", [None, found(-2.0), found(3.0)])
def test_more_of_anything_that_speaks_for_a_passage_gives_more_confidence(finding: Finding | None) -> None:
    rising = [share / 10 for share in range(11)]
    for sure in (
        [confidence(Evidence(more, 0.5, 8, finding=finding)) for more in rising],
        [confidence(Evidence(0.5, more, 8, finding=finding)) for more in rising],
        [confidence(Evidence(0.5, 0.5, 8, finding=found(more))) for more in rising],
        [confidence(WordsEvidence(more, 0.5, 4)) for more in rising],
        [confidence(WordsEvidence(1.0, more, 4)) for more in rising],
    ):
        assert all(less < more for less, more in pairwise(sure))
        assert 0 < sure[0] < sure[-1] < 1


def test_what_fits_in_everything_is_answered_and_what_fits_in_nothing_is_not() -> None:
    assert confidence(Evidence(cosine=0.8, coverage=1.0, tokens=10, finding=found(4.0))) > 0.8
    assert confidence(Evidence(cosine=0.2, coverage=0.2, tokens=10, finding=found(-5.0))) < 0.1
    # Of 12 passages about something else entirely the reader says -4.8 to -7.9, in the middle -7.2.
    assert confidence(Evidence(cosine=0.2, coverage=0.2, tokens=10, finding=found(-7.0))) < 0.05


def test_a_question_of_nothing_but_grammar_gives_no_confidence_in_words_alone() -> None:
    assert confidence(WordsEvidence(coverage=1.0, together=1.0, telling=0)) == 0


def test_a_question_of_which_a_passage_holds_only_a_name_is_not_answered_by_words_alone() -> None:
    # Of four words that weigh the same two are held: a first name and a family name.
    assert confidence(WordsEvidence(coverage=0.5, together=0.5, telling=4)) < 0.25


def test_one_word_says_less_than_four_that_are_held_as_well() -> None:
    one, four = (confidence(WordsEvidence(1.0, 1.0, telling)) for telling in (1, 4))
    assert one < 0.7 < 0.9 < four


def test_a_passage_in_another_language_than_the_question_is_never_taken_as_an_answer() -> None:
    at_home, abroad = (confidence(WordsEvidence(1.0, 1.0, 50, foreign)) for foreign in (False, True))
    assert at_home > 0.99
    assert abroad == pytest.approx(at_home / 2)


@pytest.mark.parametrize(
    ("evidence", "fit"),
    [
        (Evidence(0.5, 0.5, 8), "vectors"),
        (Evidence(0.5, 0.5, 8, finding=found(1.0)), "read"),
        (Evidence(0.8, 0.5, 8, family="e5"), "e5"),
        (Evidence(0.8, 0.5, 8, family="e5", foreign=True), "e5_foreign"),
        # What the reader read is in its own language.
        (Evidence(0.8, 0.5, 8, finding=found(1.0), family="e5"), "e5_read"),
        (WordsEvidence(0.5, 0.5, 4), "words"),
    ],
)
def test_each_kind_of_evidence_has_a_fit_of_its_own(evidence: Evidence | WordsEvidence, fit: str) -> None:
    assert fit_of(evidence) == fit
    assert features(evidence).keys() == FITTED[fit].keys() - {"intercept"}
