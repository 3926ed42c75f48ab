"""Two evaluations side by side: every figure in both, their difference, and the questions won and lost."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from retrieval.errors import EvaluationError
from retrieval.evaluation.evaluate import Unit, measures
from retrieval.evaluation.metrics import Statistic, difference, estimates
from retrieval.evaluation.outcome import Kind, Outcome, failure_of
from retrieval.evaluation.questions import Question
from retrieval.evaluation.saved import Evaluation


@dataclass(frozen=True, slots=True)
class Change:
    """A figure in both evaluations.

    Attributes:
        first, second: its values over the questions they share; None where it does not apply.
        difference: the second less the first.
        low, high: 95 % interval of the difference by the paired bootstrap; None where there is none.
    """

    name: str
    label: str
    unit: Unit
    first: float | None
    second: float | None
    difference: float | None
    low: float | None
    high: float | None

    @property
    def clear(self) -> bool:
        """Return whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True)
class Turned:
    """A question that went well in only one of two evaluations; `why` says what went wrong in the other."""

    id: str
    question: str
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two evaluations over the questions they share.

    Attributes:
        questions: how many they share.
        notes: what was left out and why, each one line.
        won: went wrong in the first and well in the second; `lost`: the other way round. A missed highlight, which
            leaves the answer right, is in the figures alone.
    """

    questions: int
    k: int
    depth: int
    seed: int
    notes: tuple[str, ...]
    changes: tuple[Change, ...]
    won: tuple[Turned, ...]
    lost: tuple[Turned, ...]

    def to_json(self) -> dict[str, object]:
        """Return the comparison as plain values, `figures` by name."""
        plain = asdict(self)
        plain["figures"] = {change.pop("name"): change for change in plain.pop("changes")}
        return plain


def compare(first: Evaluation, second: Evaluation) -> Comparison:
    """Compare every figure and every question of two evaluations.

    Only questions that both have, by id, are compared, and no more citations and hits than both asked for. Differences
    get their intervals by the paired bootstrap (Efron and Tibshirani 1993): questions are resampled, and each resample
    gives the figure in both evaluations.

    Raises:
        EvaluationError: if they share no question.
    """
    before = {outcome.question.id: outcome for outcome in first.outcomes}
    after = {outcome.question.id: outcome for outcome in second.outcomes}
    shared = [name for name in before if name in after and _same(before[name].question, after[name].question)]
    if not shared:
        raise EvaluationError(
            f"the two reports share no question ({first.about.questions} and {second.about.questions}): "
            "compare two that were made with the same question set"
        )
    k, depth, seed = min(first.k, second.k), min(first.depth, second.depth), first.seed
    olds, news = [before[name] for name in shared], [after[name] for name in shared]
    won, lost = _turned(olds, news, k, depth)
    return Comparison(
        questions=len(shared),
        k=k,
        depth=depth,
        seed=seed,
        notes=tuple(_notes(first, second, shared)),
        changes=tuple(_changes(olds, news, k, depth, seed)),
        won=won,
        lost=lost,
    )


def _same(one: Question, other: Question) -> bool:
    """Return whether two questions of the same id are the same: in sets without ids, ids are line numbers."""
    return (one.text, one.history, one.answerable) == (other.text, other.history, other.answerable)


def _notes(first: Evaluation, second: Evaluation, shared: Sequence[str]) -> Iterator[str]:
    alone = [len(evaluation.outcomes) - len(shared) for evaluation in (first, second)]
    if any(alone):
        yield (
            f"different questions: {len(shared):,} are in both, {alone[0]:,} only in the first report "
            f"and {alone[1]:,} only in the second are left out"
        )
    golds = [{outcome.question.id: outcome.question.gold for outcome in each.outcomes} for each in (first, second)]
    if changed := sum(golds[0][name] != golds[1][name] for name in shared):
        yield f"{changed:,} of the questions have other gold in the second report: differences may come of that"
    if first.k != second.k:
        yield f"{first.k} and {second.k} passages in an answer: only the first {min(first.k, second.k)} are compared"
    if first.depth != second.depth:
        yield f"{first.depth} and {second.depth} hits: only the first {min(first.depth, second.depth)} are compared"


def _changes(olds: Sequence[Outcome], news: Sequence[Outcome], k: int, depth: int, seed: int) -> Iterator[Change]:
    befores, afters = measures(olds, k=k, depth=depth), measures(news, k=k, depth=depth)
    statistics: list[Statistic] = []
    for before, after in zip(befores, afters, strict=True):
        statistics += [before.statistic, after.statistic, difference(before.statistic, after.statistic)]
    found = estimates(statistics, [int(outcome.question.answerable) for outcome in olds], seed=seed)
    for place, before in enumerate(befores):
        old, new, between = found[3 * place : 3 * place + 3]
        yield Change(
            name=before.name,
            label=before.label,
            unit=before.unit,
            first=old.value,
            second=new.value,
            difference=between.value,
            low=between.low if before.interval else None,
            high=between.high if before.interval else None,
        )


def _turned(
    olds: Sequence[Outcome], news: Sequence[Outcome], k: int, depth: int
) -> tuple[tuple[Turned, ...], tuple[Turned, ...]]:
    won: list[Turned] = []
    lost: list[Turned] = []
    for old, new in zip(olds, news, strict=True):
        before, after = _wrong(old, k, depth), _wrong(new, k, depth)
        if bool(before) != bool(after):
            (won if before else lost).append(Turned(new.question.id, new.question.text, before or after))
    return tuple(won), tuple(lost)


def _wrong(outcome: Outcome, k: int, depth: int) -> str:
    failure = failure_of(outcome, k=k, depth=depth)
    return "" if failure is None or failure.kind is Kind.HIGHLIGHT_MISSED else failure.why
