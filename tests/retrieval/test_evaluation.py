"""Figures worked out by hand on small made-up rankings, answers and articles."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path

import pytest

from index.article import Article, Span
from index.generation.catalog import ArticleHead, StoredPassage
from retrieval.answer import Answer, Citation, Hit
from retrieval.evaluation.evaluate import Figure, Report, interval, number, outcomes, report_of
from retrieval.evaluation.outcome import Answering
from retrieval.evaluation.questions import Gold, Question
from retrieval.question.conversation import Turn

RACE = "The race was long. Ada won it by a mile. Grace came second."
WON = Span(19, 40)
ADA = Span(19, 22)
TEXTS = {"race": RACE, "copy": RACE, "weather": "It rained all day, and nobody minded."}


@dataclass(frozen=True)
class Reply:
    """What the scripted retriever says to one question."""

    ranking: Sequence[str] = ()
    citations: tuple[Citation, ...] = ()
    confidence: float = 0.5
    answered: bool = True
    unsure: bool = False
    elapsed_ms: float = 1.0


class Scripted:
    """Ranks and answers as it was told to; keeps what it was asked."""

    def __init__(self, replies: dict[str, Reply]) -> None:
        self.replies = replies
        self.asked: list[tuple[str, int, Sequence[Turn]]] = []
        self.days: list[str | None] = []

    def search(
        self, question: str, k: int = 10, history: Sequence[Turn] = (), *, asked: str | None = None
    ) -> list[Hit]:
        self.days.append(asked)
        return [hit(place, name) for place, name in enumerate(self.replies[question].ranking[:k])]

    def ask(self, question: str, k: int = 5, history: Sequence[Turn] = (), *, asked: str | None = None) -> Answer:
        self.asked.append((question, k, history))
        self.days.append(asked)
        reply = self.replies[question]
        shown = reply.citations[:k]
        return Answer(
            question, question, reply.answered, reply.confidence, shown, (), reply.elapsed_ms, unsure=reply.unsure
        )

    def article(self, article_id: str) -> Article:
        return Article(id=article_id, path=f"{article_id}.txt", text=TEXTS[article_id])


def hit(place: int, article_id: str) -> Hit:
    head = ArticleHead(0, article_id, f"{article_id}.txt", article_id, None, None, None, None, "en")
    # The same score for all: the order alone is the ranking.
    return Hit(place + 1, StoredPassage(place, 0, place, Span(0, 1), ""), head, 0.5, 0.5, 1.0)


def cite(article_id: str, start: int, end: int, *highlights: Span) -> Citation:
    return Citation(
        rank=1,
        article_id=article_id,
        title="",
        source=None,
        published=None,
        url=None,
        path=f"{article_id}.txt",
        start=start,
        end=end,
        quote=TEXTS[article_id][start:end],
        highlights=highlights,
        paragraph=1,
        score=0.5,
        link="",
    )


def evaluate(
    retriever: Answering,
    questions: Sequence[Question],
    *,
    k: int = 5,
    depth: int = 100,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    found = outcomes(retriever, questions, k=k, depth=depth, limit=limit, seed=seed, progress=progress)
    return report_of(found, k=k, depth=depth, seed=seed)


def measured(*pairs: tuple[Question, Reply], k: int = 5, depth: int = 100, seed: int = 0) -> Report:
    retriever = Scripted({question.text: reply for question, reply in pairs})
    return evaluate(retriever, [question for question, _ in pairs], k=k, depth=depth, seed=seed)


def question(name: str, *gold: Gold, answerable: bool = True) -> Question:
    return Question(name, f"question {name}", answerable, gold)


def value(report: Report, name: str) -> float | None:
    return report.figure(name).value


def ranked(*gold_and_ranking: tuple[Sequence[str], Sequence[str]]) -> Report:
    return measured(
        *(
            (question(str(n), *(Gold(name) for name in gold)), Reply(ranking))
            for n, (gold, ranking) in enumerate(gold_and_ranking)
        )
    )


class TestArticles:
    def test_gold_at_the_first_and_the_third_place_and_nowhere(self) -> None:
        report = ranked((["x"], ["x", "a"]), (["x"], ["a", "b", "x"]), (["x"], ["a", "b"]))
        assert value(report, "article_hit_1") == pytest.approx(1 / 3)
        assert value(report, "article_hit_5") == pytest.approx(2 / 3)
        assert value(report, "article_hit_10") == pytest.approx(2 / 3)
        assert value(report, "mrr_10") == pytest.approx((1 + 1 / 3) / 3)
        assert value(report, "ndcg_10") == pytest.approx((1 + 1 / log2(4)) / 3)

    def test_ndcg_of_two_gold_articles_at_the_second_and_the_fifth_place(self) -> None:
        report = ranked((["x", "y"], ["a", "y", "b", "c", "x"]))
        assert value(report, "ndcg_10") == pytest.approx((1 / log2(3) + 1 / log2(6)) / (1 + 1 / log2(3)))

    @pytest.mark.parametrize(("place", "reciprocal"), [(10, 0.1), (11, 0.0)])
    def test_nothing_counts_behind_the_tenth_article(self, place: int, reciprocal: float) -> None:
        report = ranked((["x"], [f"a{n}" for n in range(1, place)] + ["x"]))
        assert value(report, "article_hit_10") == (1.0 if reciprocal else 0.0)
        assert value(report, "mrr_10") == pytest.approx(reciprocal)
        assert value(report, "ndcg_10") == pytest.approx(1 / log2(11) if reciprocal else 0)

    def test_an_article_stands_where_its_best_passage_does(self) -> None:
        report = ranked((["x"], ["a", "a", "a", "x", "x", "a"]))
        assert value(report, "mrr_10") == pytest.approx(1 / 2)

    def test_two_gold_passages_of_one_article_are_one_article(self) -> None:
        gold = (Gold("x", Span(0, 2)), Gold("x", Span(3, 5)))
        assert value(measured((question("q", *gold), Reply(["x"]))), "ndcg_10") == pytest.approx(1)

    def test_ids_may_hold_any_character(self) -> None:
        ids = ["", " ", "a b", "a\tb", "a\nb", "a\0b", "a\0c", "ø", "\ud800", "#", "0"]
        for place, name in enumerate(ids[:10], start=1):
            report = measured((replace(question("q", Gold(name)), id=name), Reply(ids)))
            assert value(report, "mrr_10") == pytest.approx(1 / place), repr(name)

    def test_articles_are_ranked_by_as_many_hits_as_asked_for(self) -> None:
        pair = (question("q", Gold("x")), Reply(["a", "a", "x"]))
        assert value(measured(pair, depth=2), "article_hit_10") == 0
        assert value(measured(pair, depth=3), "article_hit_10") == 1

    def test_the_rank_of_the_gold_article_is_that_among_articles_and_counts_where_it_is_found(self) -> None:
        report = ranked((["x"], ["a", "a", "x"]), (["y", "x"], [*(f"a{n}" for n in range(10)), "x"]), (["x"], ["a"]))
        assert value(report, "article_found") == pytest.approx(2 / 3)
        assert report.figure("article_found").n == 3
        assert (value(report, "article_rank"), report.figure("article_rank").n) == ((2 + 11) / 2, 2)

    def test_gold_that_no_hit_is_of_has_no_rank(self) -> None:
        report = ranked((["x"], ["a"]))
        assert (value(report, "article_found"), value(report, "article_rank")) == (0, None)
        assert report.figure("article_rank").reason == "no gold article was found"

    def test_the_rank_of_the_gold_passage_is_that_of_the_first_hit_which_holds_it(self) -> None:
        # The scripted hits are the first character of their article.
        report = measured(
            (question("second", Gold("x", Span(0, 1))), Reply(["a", "x", "x"])),
            (question("elsewhere", Gold("x", Span(1, 2))), Reply(["x"])),
        )
        assert (value(report, "passage_found"), value(report, "passage_rank")) == (0.5, 2)

    def test_only_answerable_questions_that_name_an_article_are_ranked(self) -> None:
        report = measured(
            (question("good", Gold("x")), Reply(["x"])),
            (question("unsourced"), Reply(["x"])),
            (question("unanswerable", Gold("x"), answerable=False), Reply(["a"])),
        )
        assert report.figure("article_hit_1").value == 1
        assert report.figure("article_hit_1").n == 1
        assert (report.questions, report.answerable, report.judged) == (3, 2, 1)


class TestPassages:
    def test_a_passage_hit_holds_the_whole_gold_span_in_the_gold_article(self) -> None:
        gold = Gold("race", WON)
        report = measured(
            (question("exact", gold), Reply(citations=(cite("race", 19, 40),))),
            (question("cut", gold), Reply(citations=(cite("race", 0, 39),))),
            (question("copy", gold), Reply(citations=(cite("copy", 19, 40),))),
            (question("second", gold), Reply(citations=(cite("weather", 0, 18), cite("race", 0, 59)))),
            (question("nothing shown", gold), Reply()),
        )
        assert value(report, "passage_hit_1") == pytest.approx(1 / 5)
        assert value(report, "passage_hit_5") == pytest.approx(2 / 5)

    def test_any_of_several_gold_spans_counts(self) -> None:
        gold = (Gold("race", Span(0, 18)), Gold("race", WON), Gold("weather"))
        report = measured((question("q", *gold), Reply(citations=(cite("race", 19, 40),))))
        assert value(report, "passage_hit_1") == 1

    def test_questions_without_spans_are_left_out_of_the_passage_figures(self) -> None:
        report = measured(
            (question("place", Gold("race", WON)), Reply(citations=(cite("race", 19, 40),))),
            (question("article", Gold("race")), Reply(citations=(cite("race", 0, 59),))),
        )
        assert (report.figure("passage_hit_1").value, report.figure("passage_hit_1").n) == (1, 1)
        assert report.figure("passage_characters_1").value == 21

    def test_lengths_are_means_over_the_passages_shown(self) -> None:
        gold = Gold("race", WON)
        report = measured(
            (question("two", gold), Reply(citations=(cite("race", 0, 40), cite("race", 0, 10)))),
            (question("one", gold), Reply(citations=(cite("race", 0, 19),))),
            (question("none", gold), Reply()),
        )
        assert value(report, "passage_characters_1") == pytest.approx((40 + 19) / 2)
        assert value(report, "passage_characters_5") == pytest.approx((40 + 10 + 19) / 3)

    def test_the_larger_passage_figure_is_named_after_k(self) -> None:
        citations = (cite("weather", 0, 5), cite("weather", 6, 9), cite("race", 0, 59))
        pair = (question("q", Gold("race", WON)), Reply(citations=citations))
        assert value(measured(pair, k=2), "passage_hit_2") == 0
        assert value(measured(pair, k=3), "passage_hit_3") == 1
        assert [f.name for f in measured(pair, k=1).figures if f.name.startswith("passage_hit")] == ["passage_hit_1"]

    def test_the_first_five_are_judged_also_where_more_are_shown(self) -> None:
        citations = (*[cite("weather", 0, 5)] * 5, cite("race", 0, 59))
        pair = (question("q", Gold("race", WON)), Reply(citations=citations))
        assert [value(measured(pair, k=8), f"passage_hit_{first}") for first in (1, 5, 8)] == [0, 0, 1]

    def test_a_highlight_hits_where_the_first_passage_holds_the_gold_and_a_highlight_does_too(self) -> None:
        gold = Gold("race", ADA)
        report = measured(
            (question("bold", gold), Reply(citations=(cite("race", 0, 59, Span(0, 18), WON),))),
            (question("other sentence", gold), Reply(citations=(cite("race", 0, 59, Span(0, 18)),))),
            (question("part of it", gold), Reply(citations=(cite("race", 0, 59, Span(20, 40)),))),
            (question("no highlight", gold), Reply(citations=(cite("race", 0, 59),))),
            (question("second passage", gold), Reply(citations=(cite("weather", 0, 9), cite("race", 0, 59, WON)))),
        )
        assert report.figure("highlight_hit").value == pytest.approx(1 / 4)
        assert report.figure("highlight_hit").n == 4
        assert value(report, "highlight_characters") == pytest.approx((18 + 21 + 18 + 20 + 0) / 4)


class TestAbstention:
    def pairs(self) -> list[tuple[Question, Reply]]:
        """Answerable ones at .9 (right), .6 (right), .4 (wrong); unanswerable ones at .6 and .1."""
        right, wrong = (cite("race", 0, 59),), (cite("weather", 0, 9),)
        gold = Gold("race", WON)
        return [
            (question("a", gold), Reply(citations=right, confidence=0.9)),
            (question("b", gold), Reply(citations=right, confidence=0.6)),
            (question("c", gold), Reply(citations=wrong, confidence=0.4, answered=False, unsure=True)),
            (question("d", answerable=False), Reply(citations=right, confidence=0.6)),
            (question("e", gold, answerable=False), Reply(citations=right, confidence=0.1, answered=False)),
        ]

    def test_confidence_tells_the_answerable_from_the_unanswerable(self) -> None:
        report = measured(*self.pairs())
        # Of the six pairs, .9 beats both, .6 ties with one and beats one, .4 beats one.
        assert value(report, "auroc") == pytest.approx((2 + 1.5 + 1) / 6)
        # No unanswerable one of two may be answered: only .9 lies above .6.
        assert value(report, "coverage_5") == pytest.approx(1 / 3)
        assert value(report, "answered_answerable") == pytest.approx(2 / 3)
        assert value(report, "answered_unanswerable") == pytest.approx(1 / 2)

    def test_every_question_falls_in_one_of_three_tiers(self) -> None:
        report = measured(*self.pairs())
        tiers = ("answered", "unsure", "none")
        # Of the answerable ones .9 and .6 are answered and .4 is not sure; of the others .6 is answered and .1 none.
        assert [value(report, f"{tier}_answerable") for tier in tiers] == pytest.approx([2 / 3, 1 / 3, 0])
        assert [value(report, f"{tier}_unanswerable") for tier in tiers] == pytest.approx([1 / 2, 0, 1 / 2])

    def test_each_tier_says_how_often_its_first_passage_is_right(self) -> None:
        report = measured(*self.pairs())
        # Answered are .9 and .6, right, and the unanswerable .6; not sure is .4, wrong; none is the unanswerable .1.
        tiers = ("answered_right", "unsure_right", "none_right")
        assert [(value(report, name), report.figure(name).n) for name in tiers] == [
            (pytest.approx(2 / 3), 3),
            (0, 1),
            (0, 1),
        ]

    def test_an_unanswerable_question_is_never_answered_rightly(self) -> None:
        report = measured(*self.pairs())
        # Bins: .9 right; .6 and .6, one right; .4 wrong; .1 wrong though its citation holds what the set calls gold.
        assert value(report, "ece") == pytest.approx((abs(1 - 0.9) + abs(1 - 1.2) + 0.4 + 0.1) / 5)
        assert [(point.coverage, point.risk) for point in report.risk_coverage] == [
            (pytest.approx(1 / 5), 0),
            (pytest.approx(3 / 5), pytest.approx(1 / 3)),
            (pytest.approx(4 / 5), pytest.approx(2 / 4)),
            (1, pytest.approx(3 / 5)),
        ]
        assert value(report, "aurc") == pytest.approx((0 + 2 * 1 / 3 + 2 / 4 + 3 / 5) / 5)

    def test_only_the_first_citation_can_be_right(self) -> None:
        citations = (cite("weather", 0, 9), cite("race", 0, 59))
        report = measured((question("q", Gold("race", WON)), Reply(citations=citations, confidence=0.0)))
        assert value(report, "passage_hit_5") == 1
        assert [point.risk for point in report.risk_coverage] == [1]

    def test_without_spans_the_gold_article_is_right(self) -> None:
        report = measured(
            (question("a", Gold("race")), Reply(citations=(cite("race", 0, 5),), confidence=1.0)),
            (question("b", Gold("race")), Reply(citations=(cite("weather", 0, 5),), confidence=0.0)),
            (question("c", Gold("race")), Reply(confidence=0.0)),
        )
        assert value(report, "ece") == 0

    def test_answerable_questions_without_gold_are_in_the_auroc_and_not_in_the_calibration(self) -> None:
        report = measured(
            (question("unsourced"), Reply(citations=(cite("race", 0, 5),), confidence=0.8)),
            (question("unanswerable", answerable=False), Reply(citations=(cite("race", 0, 5),), confidence=0.2)),
        )
        assert value(report, "auroc") == 1
        assert value(report, "ece") == pytest.approx(0.2)
        assert report.figure("ece").n == 1
        assert len(report.risk_coverage) == 1


class TestSoundness:
    @pytest.mark.parametrize(
        "spoil",
        [
            lambda citation: replace(citation, quote="Ada won it by a mile!"),
            lambda citation: replace(citation, start=18, end=39),
            lambda citation: replace(citation, start=-40, end=-19),
            lambda citation: replace(citation, start=41, end=99, quote="Grace came second."),
            lambda citation: replace(citation, start=40, end=40, quote=""),
            lambda citation: replace(citation, start=30, end=20, quote=""),
            lambda citation: replace(citation, article_id="weather"),
            lambda citation: replace(citation, article_id="nowhere"),
        ],
    )
    def test_a_quote_that_does_not_stand_in_its_article_is_found_out(
        self, spoil: Callable[[Citation], Citation]
    ) -> None:
        sound = cite("race", 19, 40)
        report = measured((question("q", Gold("race")), Reply(citations=(sound, sound, spoil(sound), sound))))
        assert (report.figure("quotes_verified").value, report.figure("quotes_verified").n) == (0.75, 4)

    def test_gold_that_is_not_in_the_articles_is_found_out(self) -> None:
        gold = (
            Gold("race", ADA, "Ada"),
            Gold("race", ADA),
            Gold("weather"),
            Gold("race", Span(20, 23), "Ada"),
            Gold("race", Span(58, 60)),
            Gold("nowhere"),
        )
        report = measured((question("q", *gold), Reply()))
        assert (report.figure("gold_found").value, report.figure("gold_found").n) == (0.5, 6)


class TestAsking:
    def test_times_are_those_of_the_answers(self) -> None:
        report = measured(*((question(str(n)), Reply(elapsed_ms=float(n))) for n in range(101)))
        assert value(report, "p50_ms") == 50
        assert value(report, "p95_ms") == 95
        low, high = report.figure("p50_ms").low, report.figure("p50_ms").high
        assert low is not None
        assert high is not None
        # The median of 101 evenly spread times: about 50 ± 1.96 · 101 · 0.5 / √101.
        assert 35 < low < 45
        assert 55 < high < 65

    def test_the_history_and_k_are_passed_on(self) -> None:
        history = (Turn("user", "Was there a race?"), Turn("agent", "Yes."))
        retriever = Scripted({"Who won?": Reply()})
        evaluate(retriever, [Question("q", "Who won?", True, (), history)], k=3)
        assert retriever.asked == [("Who won?", 3, history)]

    def test_each_question_is_asked_as_on_its_day_where_it_has_one(self) -> None:
        retriever = Scripted({"Who won?": Reply(), "Who lost?": Reply()})
        asked = [Question("a", "Who won?", True, asked="2024-05-31"), Question("b", "Who lost?", True)]
        evaluate(retriever, asked)
        # Once for the answer, once for the ranking.
        assert retriever.days == ["2024-05-31", "2024-05-31", None, None]

    def test_a_sample_is_the_same_whatever_the_order_of_the_questions(self) -> None:
        questions = [question(str(n)) for n in range(50)]
        first, second = (Scripted({q.text: Reply() for q in questions}) for _ in range(2))
        assert evaluate(first, questions, limit=7, seed=1).questions == 7
        evaluate(second, questions[::-1], limit=7, seed=1)
        assert first.asked == second.asked

    def test_progress_counts_the_questions(self) -> None:
        seen: list[tuple[int, int]] = []
        retriever = Scripted({f"question {n}": Reply() for n in range(3)})
        evaluate(retriever, [question(str(n)) for n in range(3)], progress=lambda done, of: seen.append((done, of)))
        assert seen == [(1, 3), (2, 3), (3, 3)]

    def test_nothing_is_printed(self, capfd: pytest.CaptureFixture[str]) -> None:
        ranked((["x"], ["x"]))
        assert capfd.readouterr() == ("", "")

    def test_the_ranking_library_is_not_loaded_before_it_is_needed(self) -> None:
        code = "import sys, retrieval.evaluation.evaluate; print('ir_measures' in sys.modules)"
        root = Path(__file__).resolve().parents[2]
        ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
        assert ran.stdout == "False\n"


class TestReport:
    def test_figures_that_do_not_apply_say_why(self) -> None:
        report = measured((question("q"), Reply()))
        assert {figure.name: figure.reason for figure in report.figures if figure.value is None} == {
            **dict.fromkeys(
                [
                    "article_hit_1",
                    "article_hit_5",
                    "article_hit_10",
                    "mrr_10",
                    "ndcg_10",
                    "article_found",
                    "article_rank",
                ],
                "no answerable question names its article",
            ),
            **dict.fromkeys(
                [
                    "passage_found",
                    "passage_rank",
                    "passage_hit_1",
                    "passage_hit_5",
                    "passage_characters_1",
                    "passage_characters_5",
                ],
                "no answerable question says where in an article its answer stands",
            ),
            "highlight_hit": "no first passage holds the gold passage",
            "highlight_characters": "no first passage holds the gold passage",
            "auroc": "no unanswerable question",
            "coverage_5": "no unanswerable question",
            **dict.fromkeys(
                ["answered_unanswerable", "unsure_unanswerable", "none_unanswerable"], "no unanswerable question"
            ),
            **dict.fromkeys(["answered_right", "unsure_right", "none_right"], "no question of it can be judged"),
            "ece": "no question can be judged",
            "aurc": "no question can be judged",
            "quotes_verified": "no quote was shown",
            "gold_found": "no question has gold",
        }
        assert report.risk_coverage == ()

    def test_a_set_with_only_unanswerable_questions_says_so(self) -> None:
        report = measured((question("q", answerable=False), Reply()))
        assert report.figure("auroc").reason == "no answerable question"
        assert report.figure("answered_answerable").reason == "no answerable question"
        assert report.figure("answered_unanswerable").value == 1

    def test_intervals_hold_their_figures(self) -> None:
        report = measured(*TestAbstention().pairs(), *[(question("z", Gold("race", WON)), Reply(confidence=0.2))])
        for name in ("passage_hit_1", "auroc", "coverage_5", "aurc", "quotes_verified"):
            figure = report.figure(name)
            assert figure.value is not None
            assert figure.low is not None
            assert figure.high is not None
            assert figure.low <= figure.value <= figure.high, name

    def test_the_same_run_gives_the_same_report(self) -> None:
        pairs = TestAbstention().pairs()
        assert measured(*pairs, seed=3) == measured(*pairs, seed=3)

    def test_json_holds_every_figure_by_its_name(self) -> None:
        report = measured(*TestAbstention().pairs())
        plain = json.loads(json.dumps(report.to_json(), allow_nan=False))
        assert plain["questions"] == 5
        assert (plain["k"], plain["depth"], plain["seed"]) == (5, 100, 0)
        assert list(plain["figures"]) == [figure.name for figure in report.figures]
        assert plain["figures"]["p50_ms"] == {
            "label": "p50 of a question, ms",
            "value": 1.0,
            "low": 1.0,
            "high": 1.0,
            "n": 5,
            "unit": "ms",
            "reason": "",
        }
        assert plain["risk_coverage"][0] == {"threshold": 0.9, "coverage": 0.2, "risk": 0.0}

    @pytest.mark.parametrize(
        ("figure", "shown"),
        [
            (Figure("a", "a share", 2 / 3, 0.5, 1.0, 12), ("0.667", "0.500 – 1.000")),
            (Figure("b", "a length", 812.6, 800.2, 830.0, 12, "characters"), ("813", "800 – 830")),
            (Figure("c", "a time", 3.14159, None, None, 12, "ms"), ("3.1", "")),
            (Figure("d", "nothing", None, None, None, 0, reason="no question"), ("—", "")),
        ],
        ids=["share", "characters", "ms", "nothing"],
    )
    def test_figures_are_written_by_unit_and_missing_values_as_a_dash(
        self, figure: Figure, shown: tuple[str, str]
    ) -> None:
        assert (number(figure.value, figure.unit), interval(figure)) == shown

    def test_a_figure_that_is_not_there_is_named(self) -> None:
        with pytest.raises(KeyError, match="bleu"):
            measured((question("q"), Reply())).figure("bleu")
