"""Plots of a report: risk against coverage, calibration, and the ranks of the gold. PNG, light and dark."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np

from retrieval.evaluation.evaluate import Report, number
from retrieval.evaluation.metrics import Flags, Floats, RiskPoint, reliability, risk_coverage
from retrieval.evaluation.saved import Evaluation
from retrieval.sanitize import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH: Final = 1200
HEIGHT: Final = 900
# The share of wrong answers that is marked on the curve.
RISK: Final = 0.05
_DPI: Final = 100
# A phone shows the plot at about a third of its size.
_SMALL: Final = 20
_LARGE: Final = 28
_POINTS: Final = 1_000
_LONGEST_NAME: Final = 36
_RANKS: Final = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (21, 50), (51, 100))


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of a plot; the last three are of the palette of Okabe and Ito, which everybody can tell apart."""

    name: str
    paper: str
    ink: str
    faint: str
    grid: str
    blue: str
    orange: str
    green: str


LIGHT: Final = Theme("", "#ffffff", "#1f2933", "#5c6773", "#e3e7eb", "#0072b2", "#d55e00", "#009e73")
DARK: Final = Theme("-dark", "#161b22", "#e6edf3", "#a3adb8", "#30363d", "#56b4e9", "#e69f00", "#2fc29b")


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot.

    Attributes:
        name: of its file, without theme and ending.
        alt: what it shows, in words.
    """

    name: str
    alt: str
    draw: Callable[["Axes", Theme, Evaluation], None]
    title: str
    figures: tuple[str, ...]

    def file(self, theme: Theme) -> str:
        """Return the name of its file."""
        return f"{self.name}{theme.name}.png"


def draw(plot: Plot, theme: Theme, evaluation: Evaluation, report: Report) -> bytes:
    """Draw a PNG of WIDTH x HEIGHT pixels, headed by the set, the number of questions and the intervals."""
    import matplotlib
    from matplotlib.figure import Figure

    # Neither configuration files of the machine nor settings of a surrounding program may change a plot, or be changed.
    with matplotlib.rc_context(dict(matplotlib.rcParamsDefault)):
        matplotlib.rcParams.update(
            {
                "backend": "agg",
                "font.size": _SMALL,
                "text.color": theme.ink,
                "axes.labelcolor": theme.ink,
                "axes.linewidth": 0,
                # A dollar sign in the name of a set would begin a formula.
                "text.parse_math": False,
            }
        )
        figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=theme.paper)
        name = _plain(evaluation.about.questions)
        figure.text(0.03, 0.965, plot.title, fontsize=_LARGE, fontweight="bold", va="top")
        figure.text(0.03, 0.905, f"{name} · n = {len(evaluation.outcomes):,}", color=theme.faint, va="top")
        lines = [_with_interval(report, figure_name) for figure_name in plot.figures]
        figure.text(0.03, 0.863, "\n".join(lines), color=theme.faint, va="top", linespacing=1.35)
        axes = figure.add_axes((0.135, 0.165, 0.815, 0.57), facecolor=theme.paper)
        axes.set_axisbelow(True)
        axes.grid(color=theme.grid, linewidth=1.5)
        axes.tick_params(length=0, labelcolor=theme.faint, pad=10)
        plot.draw(axes, theme, evaluation)
        written = BytesIO()
        figure.savefig(written, format="png", dpi=_DPI)
    return written.getvalue()


def _plain(name: str) -> str:
    """Return a set's name in letters that the font of the plots has."""
    shown = "".join(letter if " " <= letter < "\u0250" and letter != "\x7f" else "?" for letter in one_line(name))
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"


def _with_interval(report: Report, name: str) -> str:
    figure = report.figure(name)
    if figure.value is None:
        return f"{figure.label}: does not apply"
    value = f"{figure.label} {number(figure.value, figure.unit)}"
    if figure.low is None or figure.high is None:
        return value
    return f"{value} (95 % interval {number(figure.low, figure.unit)} – {number(figure.high, figure.unit)})"


def _risk(axes: "Axes", theme: Theme, evaluation: Evaluation) -> None:
    confidence, right, answered = _judged(evaluation)
    _percent_axes(axes, "coverage: share of the questions answered", "risk: share answered wrongly")
    if not len(confidence):
        _nothing(axes, theme)
        return
    points = risk_coverage(confidence, right, _POINTS)
    x, y = [point.coverage for point in points], [point.risk for point in points]
    axes.plot(x, y, color=theme.blue, linewidth=4, label="answering from the surest on", clip_on=False, zorder=3)
    axes.axhline(RISK, color=theme.orange, linewidth=2, linestyle=(0, (5, 4)), zorder=2)
    kept = largest_within(points, RISK)
    label = f"{_share(RISK)} risk: not reached"
    if kept is not None:
        label = f"{_share(RISK)} risk: {_share(kept.coverage)} answered, from confidence {kept.threshold:.2f} on"
    place = ([], []) if kept is None else ([kept.coverage], [kept.risk])
    _mark(axes, theme, place, "o", theme.orange, label)
    if answered.any():
        share, wrong = float(answered.mean()), float((~right[answered]).mean())
        label = f"as set: {_share(share)} answered, {_share(wrong)} of them wrongly"
        _mark(axes, theme, ([share], [wrong]), "D", theme.green, label)
    _room_for_legend(axes, max(0.2, *y), 1.0)
    axes.legend(loc="upper left", frameon=False, labelcolor=theme.ink, borderaxespad=0.2)


def largest_within(points: Sequence[RiskPoint], risk: float) -> RiskPoint | None:
    """Return the point of largest coverage whose risk is at most that; None where no point's is."""
    return max((point for point in points if point.risk <= risk), key=lambda point: point.coverage, default=None)


def _mark(
    axes: "Axes", theme: Theme, place: tuple[list[float], list[float]], marker: str, color: str, label: str
) -> None:
    axes.plot(
        *place,
        linestyle="",
        marker=marker,
        markersize=16,
        color=color,
        markeredgecolor=theme.paper,
        markeredgewidth=2,
        label=label,
        clip_on=False,
        zorder=4,
    )


def _calibration(axes: "Axes", theme: Theme, evaluation: Evaluation) -> None:
    confidence, right, _ = _judged(evaluation)
    _percent_axes(axes, "confidence, by tenths", "share answered rightly")
    axes.plot([0, 1], [0, 1], color=theme.faint, linewidth=2, linestyle=(0, (5, 4)), label="perfectly calibrated")
    if not len(confidence):
        _nothing(axes, theme)
        return
    bins = reliability(confidence, right)
    middles = [(each.low + each.high) / 2 for each in bins]
    axes.bar(
        middles,
        [each.right for each in bins],
        width=0.088,
        color=theme.blue,
        label="share answered rightly; above it: questions",
    )
    means = ([each.confidence for each in bins], [each.confidence for each in bins])
    _mark(axes, theme, means, "o", theme.orange, "mean confidence of the bin")
    for middle, each in zip(middles, bins, strict=True):
        height = max(each.right, each.confidence)
        axes.annotate(
            f"{each.n:,}",
            (middle, height),
            (0, 14),
            textcoords="offset points",
            ha="center",
            fontsize=_SMALL - 2,
            color=theme.ink,
            zorder=5,
        )
    _room_for_legend(axes, 1.0, 1.0)
    axes.legend(loc="upper left", frameon=False, labelcolor=theme.ink, borderaxespad=0.2)


def _ranks(axes: "Axes", theme: Theme, evaluation: Evaluation) -> None:
    bins = [(low, min(high, evaluation.depth)) for low, high in _RANKS if low <= evaluation.depth]
    labels = [str(low) if low == high else f"{low}–{high}" for low, high in bins]
    axes.set_xticks(range(len(bins) + 1), [*labels, "not\nfound"])
    axes.set_xlabel("rank among the hits", labelpad=10)
    axes.set_ylabel("share of the questions", labelpad=10)
    axes.yaxis.set_major_formatter(_percent())
    axes.grid(visible=False, axis="x")
    judged = [each for each in evaluation.outcomes if each.question.answerable and each.question.gold]
    spanned = [each for each in judged if each.question.passages]
    series = (
        ("gold article", [each.article_rank for each in judged], theme.blue, -0.21),
        ("gold passage", [each.passage_rank for each in spanned], theme.orange, 0.21),
    )
    highest = 0.0
    for label, ranks, color, shift in series:
        counts = [sum(rank is not None and low <= rank <= high for rank in ranks) for low, high in bins]
        counts.append(len(ranks) - sum(counts))
        shares = [count / max(1, len(ranks)) for count in counts]
        highest = max(highest, *shares)
        places = [place + shift for place in range(len(counts))]
        drawn = axes.bar(places, shares, width=0.4, color=color, label=f"{label}, n = {len(ranks):,}")
        numbers = [f"{count:,}" if count else "" for count in counts]
        axes.bar_label(drawn, numbers, padding=6, fontsize=_SMALL - 5, color=theme.ink)
    axes.tick_params(axis="x", labelsize=_SMALL - 2)
    _room_for_legend(axes, highest or 1.0, 1.0)
    axes.legend(loc="upper center", frameon=False, labelcolor=theme.ink)


def _judged(evaluation: Evaluation) -> tuple[Floats, Flags, Flags]:
    """Return confidence, whether right and whether answered, of the questions that can be judged."""
    judged = [outcome for outcome in evaluation.outcomes if outcome.is_judgeable]
    confidence = np.array([outcome.confidence for outcome in judged], np.float64)
    right = np.array([outcome.right for outcome in judged], np.bool_)
    return confidence, right, np.array([outcome.answered for outcome in judged], np.bool_)


def _room_for_legend(axes: "Axes", highest: float, most: float) -> None:
    """Leave the upper third free of everything up to `highest`, and let no tick stand above `most`."""
    from matplotlib.ticker import MaxNLocator

    axes.set_yticks([tick for tick in MaxNLocator(6).tick_values(0, min(highest, most)) if 0 <= tick <= most])
    axes.set_ylim(0, 1.5 * highest)


def _percent_axes(axes: "Axes", x: str, y: str) -> None:
    axes.set_xlabel(x, labelpad=10)
    axes.set_ylabel(y, labelpad=10)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.xaxis.set_major_formatter(_percent())
    axes.yaxis.set_major_formatter(_percent())


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _percent() -> Callable[[float, float], str]:
    return lambda value, _: _share(value)


def _nothing(axes: "Axes", theme: Theme) -> None:
    axes.text(0.5, 0.5, "no question can be judged", ha="center", color=theme.faint, transform=axes.transAxes)


PLOTS: Final = (
    Plot(
        "risk-coverage",
        "How many of the answers are wrong when only the surest questions are answered.",
        _risk,
        "Risk against coverage",
        ("aurc", "coverage_5"),
    ),
    Plot(
        "calibration",
        "How often the first passage is right at each confidence, with the number of questions on each bar.",
        _calibration,
        "Is the confidence to be believed?",
        ("ece", "auroc"),
    ),
    Plot(
        "ranks",
        "At which rank the gold article and the gold passage are found, with the number of questions on each bar.",
        _ranks,
        "Where the gold is found",
        ("mrr_10", "passage_hit_1"),
    ),
)
