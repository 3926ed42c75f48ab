"""The picture for /stats: questions, people, thumbs and speed, day by day.

    python -m bot.stats_chart

reads `{"days": …, "labels": …}` from standard input and writes a PNG to standard output. The bot draws in such a
process of its own: matplotlib takes some 60 MB which a process never frees, for a picture that is asked for once
in a while.
"""

import asyncio
import json
import math
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Final

from index.errors import require
from index.sandbox.limits import environment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH: Final = 1200
HEIGHT: Final = 900
_TIME_LIMIT: Final = 60.0
_DPI: Final = 100
# A phone shows the picture at about a third of its size: these are 9 to 15 of its points there.
_SMALL: Final = 20
_LARGE: Final = 32
_INK: Final = "#1f2933"
_FAINT: Final = "#6b7785"
_GRID: Final = "#e3e7eb"
# From the palette of Okabe and Ito, which people who see fewer colours can tell apart.
_ANSWERED: Final = "#0072b2"
_UNSURE: Final = "#56b4e9"
_UNANSWERED: Final = "#e69f00"
_PEOPLE: Final = "#1f2933"
_UP: Final = "#009e73"
_DOWN: Final = "#d55e00"
_LATENCY: Final = "#7b4173"
_MOST_TICKS: Final = 6
# The width of a bar, in days.
_BAR: Final = 0.8


class ChartError(Exception):
    """The picture could not be drawn; its text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Day:
    """Counts of one day: questions, people who asked, thumbs; the median answer's ms."""

    day: date
    answered: int
    unsure: int
    unanswered: int
    people: int
    up: int
    down: int
    p50_ms: float | None


@dataclass(frozen=True, slots=True)
class ChartLabels:
    """The picture's words, so that they can be translated. `months` are twelve short names, January first."""

    title: str = "Questions, day by day"
    answered: str = "answered"
    unsure: str = "not sure"
    unanswered: str = "unanswered"
    people: str = "people"
    up: str = "thumbs up"
    down: str = "thumbs down"
    latency: str = "median time to answer"
    months: tuple[str, ...] = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


async def draw(days: Sequence[Day], labels: ChartLabels, time_limit: float = _TIME_LIMIT) -> bytes:
    """Draw these days: a PNG of WIDTH x HEIGHT pixels.

    Parameters:
        days: one after another, without gaps.
        time_limit: seconds after which the drawing is given up.

    Raises:
        MissingExtraError: if matplotlib is not installed.
        ChartError: if the picture could not be drawn in time, or at all.
    """
    require("eval", "the picture", "matplotlib")
    order = {"days": [{**asdict(day), "day": day.day.isoformat()} for day in days], "labels": asdict(labels)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "bot.stats_chart",
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(time_limit):
            picture, said = await process.communicate(json.dumps(order).encode())
    except TimeoutError:
        raise ChartError(f"the picture was not drawn within {time_limit:g} s") from None
    finally:
        # Also where whoever waited was cancelled: nobody else would end it.
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode != 0:
        lines = said.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise ChartError(f"the picture could not be drawn: {lines[-1]}")
    return picture


def ticks(days: Sequence[date], months: Sequence[str]) -> list[tuple[date, str]]:
    """Return up to six days and their labels."""
    return [(day, f"{day.day} {months[day.month - 1]}") for day in days[:: -(-len(days) // _MOST_TICKS)]]


def _picture(days: Sequence[Day], labels: ChartLabels) -> bytes:
    import matplotlib
    from matplotlib.figure import Figure

    # No configuration file of this machine is to change the picture.
    matplotlib.rcdefaults()
    # A dollar sign in a title does not begin a formula.
    matplotlib.rcParams.update({"font.size": _SMALL, "text.color": _INK, "axes.linewidth": 0, "text.parse_math": False})
    figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor="white")
    figure.text(0.03, 0.965, labels.title, fontsize=_LARGE, fontweight="bold", va="top")
    grid = figure.add_gridspec(
        3, 1, height_ratios=(5, 2.2, 2.2), left=0.115, right=0.97, top=0.83, bottom=0.075, hspace=0.62
    )
    for place, panel in enumerate((_questions, _thumbs, _latency)):
        axes = figure.add_subplot(grid[place])
        panel(axes, days, labels)
        _days_axis(axes, [day.day for day in days], labels if place == 2 else None)
    written = BytesIO()
    figure.savefig(written, format="png", dpi=_DPI)
    return written.getvalue()


def _questions(axes: "Axes", days: Sequence[Day], labels: ChartLabels) -> None:
    x = [day.day.toordinal() for day in days]
    outcomes = (
        (labels.answered, _ANSWERED, [day.answered for day in days]),
        (labels.unsure, _UNSURE, [day.unsure for day in days]),
        (labels.unanswered, _UNANSWERED, [day.unanswered for day in days]),
    )
    height = [0] * len(days)
    for _, color, counts in outcomes:
        axes.bar(x, counts, width=_BAR, bottom=height, color=color)
        height = [below + count for below, count in zip(height, counts, strict=True)]
    _line(axes, days, [day.people for day in days], _PEOPLE)
    _counts_axis(axes, 0, max(height + [day.people for day in days]))
    _legend(
        axes,
        *((f"■ {label} {sum(counts)}", color) for label, color, counts in outcomes),
        (f"● {labels.people}", _PEOPLE),
    )


def _thumbs(axes: "Axes", days: Sequence[Day], labels: ChartLabels) -> None:
    x = [day.day.toordinal() for day in days]
    up, down = [day.up for day in days], [day.down for day in days]
    axes.bar(x, up, width=_BAR, color=_UP)
    axes.bar(x, [-number for number in down], width=_BAR, color=_DOWN)
    axes.axhline(0, color=_FAINT, linewidth=1)
    _counts_axis(axes, max(down), max(up))
    _legend(axes, (f"■ {labels.up} {sum(up)}", _UP), (f"■ {labels.down} {sum(down)}", _DOWN))


def _latency(axes: "Axes", days: Sequence[Day], labels: ChartLabels) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    known = [day.p50_ms for day in days if day.p50_ms is not None]
    highest = max(known, default=0.0) or 1.0
    unit, scale = ("s", 1000) if highest >= 1000 else ("ms", 1)
    _line(axes, days, [None if day.p50_ms is None else day.p50_ms / scale for day in days], _LATENCY)
    axes.set_ylim(0, 1.15 * highest / scale)
    axes.yaxis.set_major_locator(MaxNLocator(2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} {unit}" if value else "0"))
    if not known:
        axes.set_yticks([])
    _legend(axes, (f"● {labels.latency}", _LATENCY))


def _line(axes: "Axes", days: Sequence[Day], values: Sequence[float | None], color: str) -> None:
    """Draw a line through the values that breaks where one is missing."""
    axes.plot(
        [day.day.toordinal() for day in days],
        [math.nan if value is None else value for value in values],
        color=color,
        linewidth=3,
        marker="o",
        markersize=7,
        markeredgecolor="white",
        clip_on=False,
    )


def _days_axis(axes: "Axes", days: Sequence[date], labels: ChartLabels | None) -> None:
    axes.set_xlim(days[0].toordinal() - 0.75, days[-1].toordinal() + 0.75)
    axes.axhline(0, color=_FAINT, linewidth=1.5)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=_GRID, linewidth=1.5)
    axes.tick_params(length=0, labelcolor=_FAINT, pad=8)
    chosen = ticks(days, labels.months) if labels is not None else []
    axes.set_xticks([day.toordinal() for day, _ in chosen], [label for _, label in chosen])


def _counts_axis(axes: "Axes", below: int, above: int) -> None:
    """Set the axis to whole numbers, counted from zero both ways."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    top = above or (0 if below else 1)
    axes.set_ylim(-1.08 * below, 1.08 * top)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):.0f}"))


def _legend(axes: "Axes", *entries: tuple[str, str]) -> None:
    """Write the panel's words, in the colours of what they name, above it."""
    from matplotlib.lines import Line2D

    axes.legend(
        [Line2D([], []) for _ in entries],
        [text for text, _ in entries],
        labelcolor=[color for _, color in entries],
        loc="lower left",
        bbox_to_anchor=(-0.1, 1),
        ncols=len(entries),
        prop={"size": _SMALL, "weight": "bold"},
        frameon=False,
        handlelength=0,
        handletextpad=0,
        columnspacing=1.1,
        borderaxespad=0.3,
        borderpad=0,
    )


def main() -> int:
    """Draw as standard input says. Returns 0."""
    order = json.load(sys.stdin)
    days = [Day(**{**day, "day": date.fromisoformat(day["day"])}) for day in order["days"]]
    labels = ChartLabels(**{**order["labels"], "months": tuple(order["labels"]["months"])})
    sys.stdout.buffer.write(_picture(days, labels))
    return 0


if __name__ == "__main__":
    sys.exit(main())
