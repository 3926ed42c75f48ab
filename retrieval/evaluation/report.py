"""The report of an evaluation: figures with their intervals, as plain JSON and as rows of a table."""

from dataclasses import asdict, dataclass
from typing import Final, Literal

from retrieval.evaluation.metrics import RiskPoint

Unit = Literal["share", "characters", "rank", "ms"]

_NOTHING: Final = "—"
_DIGITS: Final[dict[Unit, int]] = {"share": 3, "characters": 0, "rank": 2, "ms": 1}


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


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table in words, '—' where there is nothing to say.

    Attributes:
        note: why the figure does not apply, '' where it does.
    """

    figure: str
    value: str
    low: str
    high: str
    n: str
    note: str = ""


def rows(report: Report) -> tuple[Row, ...]:
    """Return the figures for a table, in the order of the report."""
    return tuple(
        Row(
            figure.label,
            number(figure.value, figure.unit),
            number(figure.low, figure.unit),
            number(figure.high, figure.unit),
            str(figure.n),
            figure.reason,
        )
        for figure in report.figures
    )


def number(value: float | None, unit: Unit) -> str:
    """Return a value as a table shows it, '—' where there is none."""
    return _NOTHING if value is None else f"{value:.{_DIGITS[unit]}f}"
