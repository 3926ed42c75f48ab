"""Measurement of a retriever on a question set: ranking, citations and abstention, always together.

`gold` lists alternatives: any one of them answers a question, also in sets where a full answer needs all of them.
Ranking and passages are measured on the answerable questions whose gold is known, abstention on all questions.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

import numpy as np

from retrieval.evaluation.metrics import (
    Flags,
    Floats,
    RiskPoint,
    Statistic,
    area_under_risk,
    auroc,
    calibration_error,
    coverage,
    estimates,
    quantile,
    ratio,
    risk_coverage,
)
from retrieval.evaluation.outcome import Answering, Outcome, judge
from retrieval.evaluation.questions import Question, sample

Unit = Literal["share", "characters", "rank", "ms"]
_NOTHING: Final = "—"
_DIGITS: Final[dict[Unit, int]] = {"share": 3, "characters": 0, "rank": 2, "ms": 1}
FALSE_ANSWERS: Final = 0.05
CURVE_POINTS: Final = 100
_NO_ARTICLE: Final = "no answerable question names its article"
_NO_PLACE: Final = "no answerable question says where in an article its answer stands"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure.

    Attributes:
        name: its key in JSON, such as 'article_hit_1'.
        label: what a table calls it.
        value: None where it does not apply.
        low, high: 95 % bootstrap interval; None where there is none.
        n: how many were counted: questions, except for quotes and gold.
        unit: 'share' is a number within 0 and 1.
        reason: why there is no value, '' where there is one.
    """

    name: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: Unit = "share"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a question set.

    Attributes:
        questions: how many were asked.
        answerable: how many of them the articles answer.
        judged: how many of the answerable ones say which article answers.
        k: citations asked for; `depth`: hits that articles were ranked by.
        seed: of the sample and of the intervals.
        risk_coverage: highest threshold first, thinned; empty where nothing could be judged.
    """

    questions: int
    answerable: int
    judged: int
    k: int
    depth: int
    seed: int
    figures: tuple[Figure, ...]
    risk_coverage: tuple[RiskPoint, ...]

    def figure(self, name: str) -> Figure:
        """Return the figure of that name.

        Raises:
            KeyError: if there is none.
        """
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise KeyError(name)

    def to_json(self) -> dict[str, object]:
        """Return the report as plain values: `figures` by name, `risk_coverage` as a list of points."""
        plain = asdict(self)
        plain["figures"] = {figure.pop("name"): figure for figure in plain["figures"]}
        plain["risk_coverage"] = list(plain["risk_coverage"])
        return plain


def number(value: float | None, unit: Unit) -> str:
    """Return a value as a table shows it, '—' where there is none."""
    return _NOTHING if value is None else f"{value:.{_DIGITS[unit]}f}"


def interval(figure: Figure) -> str:
    """Return a figure's interval as a table shows it, '' where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{number(figure.low, figure.unit)} – {number(figure.high, figure.unit)}"


def outcomes(
    retriever: Answering,
    questions: Sequence[Question],
    *,
    k: int = 5,
    depth: int = 100,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[Outcome]:
    """Ask every question, or a fixed sample of them, and return the outcomes.

    Parameters:
        k: citations to ask for, at least 1.
        depth: hits to rank articles by, at least 1.
        limit: size of a random sample that hangs on `seed` and the questions' ids alone; None asks them all.
        seed: of the sample.
        progress: called with the questions done and their number, after each.
    """
    asked = tuple(questions) if limit is None else sample(questions, limit, seed)
    found: list[Outcome] = []
    for question in asked:
        found.append(judge(retriever, question, k=k, depth=depth))
        if progress is not None:
            progress(len(found), len(asked))
    return found


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure still to be computed.

    Attributes:
        n: how many are counted.
        reason: why there is no value, where nothing can be counted.
        interval: whether resampling says something about it.
    """

    name: str
    label: str
    statistic: Statistic
    n: int
    reason: str
    unit: Unit = "share"
    interval: bool = True


def measures(outcomes: Sequence[Outcome], *, k: int, depth: int) -> list[Measure]:
    """Return every figure, in the order of a report. None looks behind `k` citations or `depth` hits."""
    answerable = np.array([outcome.question.answerable for outcome in outcomes])
    sourced = np.array([bool(outcome.question.gold) for outcome in outcomes])
    confidence = np.array([outcome.confidence for outcome in outcomes])
    right = np.array([outcome.right for outcome in outcomes])
    known = np.array([outcome.is_judgeable for outcome in outcomes])
    return [
        *_articles(outcomes, answerable & sourced),
        *_ranks(outcomes, answerable & sourced, depth),
        *_passages(outcomes, answerable, k),
        *_abstention(outcomes, confidence, answerable),
        *_tiers(outcomes, answerable, right, known),
        *_calibration(confidence, right, known),
        *_soundness(outcomes),
        *_times(outcomes),
    ]


def report_of(outcomes: Sequence[Outcome], *, k: int, depth: int, seed: int) -> Report:
    """Return the figures of a set that was asked, with their intervals.

    Parameters:
        outcomes: at least one.
        k, depth: what they were asked with.
        seed: of the intervals.
    """
    counted = measures(outcomes, k=k, depth=depth)
    answerable = np.array([outcome.question.answerable for outcome in outcomes])
    known = np.array([outcome.is_judgeable for outcome in outcomes])
    confidence = np.array([outcome.confidence for outcome in outcomes])
    right = np.array([outcome.right for outcome in outcomes])
    found = estimates([measure.statistic for measure in counted], answerable.astype(int).tolist(), seed=seed)
    figures = [
        Figure(
            name=measure.name,
            label=measure.label,
            value=estimate.value,
            low=estimate.low if measure.interval else None,
            high=estimate.high if measure.interval else None,
            n=measure.n,
            unit=measure.unit,
            reason=measure.reason if estimate.value is None else "",
        )
        for measure, estimate in zip(counted, found, strict=True)
    ]
    return Report(
        questions=len(outcomes),
        answerable=int(answerable.sum()),
        judged=int((answerable & known).sum()),
        k=k,
        depth=depth,
        seed=seed,
        figures=tuple(figures),
        risk_coverage=risk_coverage(confidence[known], right[known], CURVE_POINTS) if known.any() else (),
    )


def _articles(outcomes: Sequence[Outcome], judged: Flags) -> Iterator[Measure]:
    # Slow to load, and only some commands that import this module need it.
    import ir_measures
    from ir_measures import RR, Success, nDCG

    named = {
        Success @ 1: ("article_hit_1", "article Hit@1"),
        Success @ 5: ("article_hit_5", "article Hit@5"),
        Success @ 10: ("article_hit_10", "article Hit@10"),
        RR @ 10: ("mrr_10", "article MRR@10"),
        nDCG @ 10: ("ndcg_10", "article nDCG@10"),
    }
    relevant: dict[str, dict[str, int]] = {}
    ranked: dict[str, dict[str, float]] = {}
    for place in np.flatnonzero(judged).tolist():
        gold, ranking = outcomes[place].question.gold, outcomes[place].ranking
        # Numbers in place of ids: trec_eval takes no NUL and no lone surrogate.
        names = {article_id: str(n) for n, article_id in enumerate((*ranking, *(entry.article_id for entry in gold)))}
        relevant[str(place)] = {names[entry.article_id]: 1 for entry in gold}
        # Scores that fall by one with each rank: trec_eval would order equal ones in its own way.
        ranked[str(place)] = {names[article_id]: float(-rank) for rank, article_id in enumerate(ranking)}
    values = {measure: np.zeros(len(outcomes)) for measure in named}
    if relevant:
        for metric in ir_measures.iter_calc(list(named), relevant, ranked):
            values[metric.measure][int(metric.query_id)] = metric.value
    for measure, (name, label) in named.items():
        yield _mean(name, label, values[measure], judged, _NO_ARTICLE)


def _ranks(outcomes: Sequence[Outcome], judged: Flags, depth: int) -> Iterator[Measure]:
    spanned = judged & np.array([bool(outcome.question.passages) for outcome in outcomes])
    for kind, counted, ranks, lacking in (
        ("article", judged, [outcome.article_rank for outcome in outcomes], _NO_ARTICLE),
        ("passage", spanned, [outcome.passage_rank for outcome in outcomes], _NO_PLACE),
    ):
        rank = np.array([np.inf if rank is None else rank for rank in ranks])
        found = counted & (rank <= depth)
        yield _mean(f"{kind}_found", f"gold {kind} among {depth} hits", found, counted, lacking)
        label = f"mean rank of a found gold {kind}"
        mean = ratio(np.where(found, rank, 0.0), found.astype(np.float64))
        reason = f"no gold {kind} was found" if counted.any() else lacking
        yield Measure(f"{kind}_rank", label, mean, int(found.sum()), reason, "rank")


def _passages(outcomes: Sequence[Outcome], answerable: Flags, k: int) -> Iterator[Measure]:
    spanned = answerable & np.array([bool(outcome.question.passages) for outcome in outcomes])
    reason = _NO_PLACE
    firsts = sorted({1, min(5, k), k})
    places = np.array([np.inf if outcome.place is None else outcome.place for outcome in outcomes])
    for first in firsts:
        yield _mean(f"passage_hit_{first}", f"passage Hit@{first}", places < first, spanned, reason)
    for first in firsts:
        characters = np.array([float(sum(outcome.lengths[:first])) for outcome in outcomes])
        shown = np.array([float(len(outcome.lengths[:first])) for outcome in outcomes])
        label = "length of the first passage" if first == 1 else f"mean length of the first {first} passages"
        name, parts, wholes = f"passage_characters_{first}", characters * spanned, shown * spanned
        yield Measure(name, label, ratio(parts, wholes), int(wholes.sum()), reason, "characters")
    highlighted = np.array([outcome.highlighted for outcome in outcomes])
    held = spanned & (places == 0)
    unheld = "no first passage holds the gold passage"
    yield _mean("highlight_hit", "highlight Hit", highlighted, held, unheld)
    bold = np.array([float(outcome.highlighted_characters) for outcome in outcomes])
    statistic = ratio(bold * held, held.astype(np.float64))
    label = "length of its highlights"
    yield Measure("highlight_characters", label, statistic, int(held.sum()), unheld, "characters")


def _abstention(outcomes: Sequence[Outcome], confidence: Floats, answerable: Flags) -> Iterator[Measure]:
    no_answerable, no_unanswerable = "no answerable question", "no unanswerable question"
    either = no_unanswerable if answerable.any() else no_answerable
    yield Measure("auroc", "AUROC of the confidence", auroc(confidence, answerable), len(outcomes), either)
    statistic = coverage(confidence, answerable, FALSE_ANSWERS)
    yield Measure("coverage_5", "coverage at 5 % false answers", statistic, len(outcomes), either)


def _tiers(outcomes: Sequence[Outcome], answerable: Flags, right: Flags, known: Flags) -> Iterator[Measure]:
    """Yield for each tier how many questions fell in it, and how many of those have the right passage first."""
    fell = np.array([outcome.tier for outcome in outcomes])
    tiers = {"answered": "confident", "unsure": "not sure", "none": "none"}
    for name, tier in tiers.items():
        label, within = "answered" if tier == "confident" else tier, fell == tier
        yield _mean(f"{name}_answerable", f"{label}, of the answerable", within, answerable, "no answerable question")
        no_other = "no unanswerable question"
        yield _mean(f"{name}_unanswerable", f"{label}, of the unanswerable", within, ~answerable, no_other)
        yield _mean(f"{name}_right", f"right where {label}", right, within & known, "no question of it can be judged")


def _calibration(confidence: Floats, right: Flags, known: Flags) -> Iterator[Measure]:
    reason, n = "no question can be judged", int(known.sum())
    # Without an interval: resampling adds noise to each bin, so that the bootstrap would lie above the error itself.
    error = calibration_error(confidence, right, known)
    yield Measure("ece", "expected calibration error", error, n, reason, interval=False)
    yield Measure("aurc", "area under risk-coverage", area_under_risk(confidence, right, known), n, reason)


def _soundness(outcomes: Sequence[Outcome]) -> Iterator[Measure]:
    verified = np.array([float(outcome.verified) for outcome in outcomes])
    quotes = np.array([float(len(outcome.lengths)) for outcome in outcomes])
    statistic = ratio(verified, quotes)
    yield Measure("quotes_verified", "quotes verified", statistic, int(quotes.sum()), "no quote was shown")
    found = np.array([float(outcome.gold_found) for outcome in outcomes])
    gold = np.array([float(len(outcome.question.gold)) for outcome in outcomes])
    yield Measure("gold_found", "gold found in the index", ratio(found, gold), int(gold.sum()), "no question has gold")


def _times(outcomes: Sequence[Outcome]) -> Iterator[Measure]:
    elapsed = np.array([outcome.elapsed_ms for outcome in outcomes])
    for percent in (50, 95):
        statistic = quantile(elapsed, percent / 100)
        yield Measure(f"p{percent}_ms", f"p{percent} of a question, ms", statistic, len(elapsed), "", "ms")


def _mean(name: str, label: str, values: Floats | Flags, counted: Flags, reason: str) -> Measure:
    parts, wholes = (values * counted).astype(np.float64), counted.astype(np.float64)
    return Measure(name, label, ratio(parts, wholes), int(counted.sum()), reason)
