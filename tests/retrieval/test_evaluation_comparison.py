"""Two evaluations against each other, with differences worked out by hand."""

from dataclasses import replace
from math import comb

import pytest

from retrieval.errors import EvaluationError
from retrieval.evaluation.comparison import Change, Turned, compare
from retrieval.evaluation.outcome import Outcome
from retrieval.evaluation.questions import Gold
from retrieval.evaluation.saved import Evaluation
from retrieval.question.conversation import Turn
from tests.retrieval.outcomes import evaluation, right, unanswerable, wrong


def change(name: str, first: Evaluation, second: Evaluation) -> Change:
    return next(change for change in compare(first, second).changes if change.name == name)


def mixed() -> list[Outcome]:
    return [
        *(right(f"r{n}", confidence=0.5 + n / 25, elapsed_ms=10.0 + n) for n in range(12)),
        *(wrong(f"w{n}", confidence=0.2 + n / 25) for n in range(7)),
        wrong("x", answered=False, unsure=True, confidence=0.3),
        *(unanswerable(f"u{n}", answered=n < 3, confidence=n / 20) for n in range(10)),
    ]


def test_identical_reports_differ_in_nothing() -> None:
    compared = compare(evaluation(mixed()), evaluation(mixed()))
    assert compared.questions == 30
    for each in compared.changes:
        assert each.first == each.second, each.name
        assert each.first is not None, each.name
        assert each.difference == 0, each.name
        assert each.name == "ece" or (each.low, each.high) == (0, 0), each.name
        assert not each.clear
    assert (compared.notes, compared.won, compared.lost) == ((), (), ())


def test_every_figure_of_a_report_is_compared_as_it_is_there() -> None:
    whole = evaluation(mixed())
    told = {figure.name: (figure.label, figure.value) for figure in whole.report().figures}
    assert {each.name: (each.label, each.second) for each in compare(whole, whole).changes} == told


def binomial_quantile(n: int, p: float, share: float) -> int:
    """The smallest number of successes whose distribution function reaches the share."""
    total = 0.0
    for successes in range(n + 1):
        total += comb(n, successes) * p**successes * (1 - p) ** (n - successes)
        if total >= share:
            return successes
    return n


def test_the_interval_of_questions_won_alone_is_that_of_a_binomial() -> None:
    """Of 40 questions 10 are won and none is lost: a resample's difference is Binomial(40, 1/4) / 40."""
    before = [*(right(f"r{n}") for n in range(30)), *(wrong(f"w{n}") for n in range(10))]
    after = [right(outcome.question.id) for outcome in before]
    found = change("passage_hit_1", evaluation(before), evaluation(after))
    assert (found.first, found.second, found.difference) == (0.75, 1.0, 0.25)
    # One question to and fro, for there are only a thousand resamples.
    assert found.low == pytest.approx(binomial_quantile(40, 0.25, 0.025) / 40, abs=1.01 / 40)
    assert found.high == pytest.approx(binomial_quantile(40, 0.25, 0.975) / 40, abs=1.01 / 40)
    assert found.clear


def test_pairs_make_the_interval_narrow_where_two_reports_differ_in_little() -> None:
    """Both are right on half of 100 questions, and on the same ones but for one: its share is all that varies."""
    before = [right(f"r{n}") if n < 50 else wrong(f"r{n}") for n in range(100)]
    after = [right(f"r{n}") if n < 51 else wrong(f"r{n}") for n in range(100)]
    found = change("passage_hit_1", evaluation(before), evaluation(after))
    assert found.difference == pytest.approx(0.01)
    # It is drawn not at all in a third of the resamples, and more than 3 times in 2 % of them. Unpaired: ± .14.
    assert found.low == pytest.approx(0)
    assert found.high == pytest.approx(0.03, abs=0.011)
    assert not found.clear


def test_a_lost_question_counts_against_a_won_one() -> None:
    before = [right("a"), wrong("b"), right("c"), right("d"), unanswerable("e", answered=True)]
    after = [
        wrong("a"),
        right("b"),
        right("c", answered=False),
        right("d", highlighted=False),
        unanswerable("e", answered=False),
    ]
    compared = compare(evaluation(before), evaluation(after))
    assert compared.won == (
        Turned("b", "Who won?", "wrong passage first: the right one at rank 2"),
        Turned("e", "Who lost e?", "answered though unanswerable"),
    )
    assert compared.lost == (
        Turned("a", "Who won?", "wrong passage first: the right one at rank 2"),
        Turned("c", "Who won?", "refused though the right passage stands first"),
    )
    found = next(each for each in compared.changes if each.name == "passage_hit_1")
    assert (found.first, found.second, found.difference) == (0.75, 0.75, 0.0)


def test_a_figure_that_applies_to_neither_has_no_difference() -> None:
    found = change("auroc", evaluation([right("a")]), evaluation([right("a")]))
    assert (found.first, found.second, found.difference, found.low, found.high) == (None,) * 5


def test_questions_that_only_one_has_are_left_out_and_said() -> None:
    compared = compare(evaluation([right("a"), right("b")]), evaluation([right("b"), wrong("c"), wrong("d")]))
    assert compared.questions == 1
    assert compared.notes == (
        "different questions: 1 are in both, 1 only in the first report and 2 only in the second are left out",
    )


@pytest.mark.parametrize(
    "other",
    [{"text": "Who lost?"}, {"history": (Turn("user", "Was there a race?"),)}, {"answerable": False}],
)
def test_another_question_of_the_same_id_is_not_the_same_question(other: dict[str, object]) -> None:
    outcome = right("1")
    changed = replace(outcome, question=replace(outcome.question, **other))  # type: ignore[arg-type]
    with pytest.raises(EvaluationError) as caught:
        compare(evaluation([outcome], name="mine"), evaluation([changed], name="yours"))
    assert str(caught.value) == (
        "the two reports share no question (mine and yours): compare two that were made with the same question set"
    )


def test_other_gold_is_said() -> None:
    outcome = right("a")
    changed = replace(outcome, question=replace(outcome.question, gold=(Gold("results"),)))
    compared = compare(evaluation([outcome, right("b")]), evaluation([changed, right("b")]))
    assert compared.questions == 2
    assert compared.notes == ("1 of the questions have other gold in the second report: differences may come of that",)


def test_only_as_many_passages_as_both_show_are_compared() -> None:
    fourth = wrong("a", place=3, lengths=(10, 10, 10, 30, 30))
    compared = compare(evaluation([fourth], k=5), evaluation([replace(fourth, place=None, lengths=(10, 10, 10))], k=3))
    figures = {each.name: each for each in compared.changes}
    assert compared.notes == ("5 and 3 passages in an answer: only the first 3 are compared",)
    assert (figures["passage_hit_3"].first, figures["passage_hit_3"].second) == (0, 0)
    assert (figures["passage_characters_3"].first, figures["passage_characters_3"].second) == (10, 10)
    assert "passage_hit_5" not in figures


def test_json_holds_every_figure_by_its_name() -> None:
    plain = compare(evaluation(mixed()), evaluation(mixed())).to_json()
    figures = plain["figures"]
    assert isinstance(figures, dict)
    assert figures["article_hit_1"] == {
        "label": "article Hit@1",
        "unit": "share",
        "first": 0.6,
        "second": 0.6,
        "difference": 0.0,
        "low": 0.0,
        "high": 0.0,
    }
