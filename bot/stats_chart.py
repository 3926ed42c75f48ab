"""The picture for /stats: questions, people, thumbs and speed, day by day.

    python -m bot.stats_chart

reads `{"days": …, "labels": …}` from standard input and writes a PNG to standard output. The bot draws in such a
process of its own: matplotlib takes some 60 MB which a process never frees, for a picture that is asked for once
in a while.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from index.errors import require

if TYPE_CHECKING:
    from matplotlib.artist import Artist
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
_UNANSWERED: Final = "#e69f00"
_PEOPLE: Final = "#1f2933"
_UP: Final = "#009e73"
_DOWN: Final = "#d55e00"
_LATENCY: Final = "#7b4173"
_MOST_TICKS: Final = 6


class ChartError(Exception):
    """The picture could not be drawn; its text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Day:
    """Counts of one day: questions, people who asked, thumbs; the median answer's ms."""

    day: date
    answered: int
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
    unanswered: str = "unanswered"
    people: str = "people"
    up: str = "thumbs up"
    down: str = "thumbs down"
    latency: str = "median time to answer"
    months: tuple[str, ...] = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


async def draw(days: Sequence[Day], labels: ChartLabels, time_limit: float = _TIME_LIMIT) -> bytes:
    """Draw these days: a PNG of WIDTH x HEIGHT pixels.

    Parameters:
        days: in any order, one each; days between them that are missing stay empty.
        time_limit: seconds after which the drawing is given up.

    Raises:
        ValueError: if there is no day, or not twelve months.
        MissingExtraError: if matplotlib is not installed.
        ChartError: if the picture could not be drawn in time, or at all.
    """
    if not days:
        raise ValueError("a picture needs at least one day")
    if len(labels.months) != 12:
        raise ValueError(f"{len(labels.months)} months are named: it must be 12")
    require("eval", "the picture", "matplotlib")
    order = {"days": [{**asdict(day), "day": day.day.isoformat()} for day in days], "labels": asdict(labels)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "bot.stats_chart",
        env=_environment(),
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


def _environment() -> dict[str, str]:
    """Return the environment of the drawing process: the bot's, without its settings, among which the token is."""
    here = str(Path(__file__).resolve().parent.parent)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VERBATIM_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))}


def ticks(first: date, last: date, months: Sequence[str]) -> list[tuple[date, str]]:
    """Return up to six days and their labels: days of the month for some weeks, months for longer."""
    span = (last - first).days
    if span <= 62:
        step = max(1, -(-(span + 1) // _MOST_TICKS))
        chosen = [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1, step)]
        return [(day, f"{day.day} {months[day.month - 1]}") for day in chosen]
    starts = [date(number // 12, number % 12 + 1, 1) for number in range(_month(first), _month(last) + 1)]
    starts = [start for start in starts if start >= first]
    starts = starts[:: max(1, -(-len(starts) // _MOST_TICKS))]
    years = [start.year for start in starts]
    return [
        (start, months[start.month - 1] if year == before else f"{months[start.month - 1]} {year}")
        for start, year, before in zip(
            starts, years, [first.year if first.year == last.year else 0, *years], strict=False
        )
    ]


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


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
    first, last = min(day.day for day in days), max(day.day for day in days)
    for place, panel in enumerate((_questions, _thumbs, _latency)):
        axes = figure.add_subplot(grid[place])
        panel(axes, days, labels)
        _days_axis(axes, first, last, labels if place == 2 else None)
    written = BytesIO()
    figure.savefig(written, format="png", dpi=_DPI)
    return written.getvalue()


def _questions(axes: "Axes", days: Sequence[Day], labels: ChartLabels) -> None:
    x = [day.day.toordinal() for day in days]
    answered = [day.answered for day in days]
    unanswered = [day.unanswered for day in days]
    axes.bar(x, answered, width=_bar(days), color=_ANSWERED)
    axes.bar(x, unanswered, width=_bar(days), bottom=answered, color=_UNANSWERED)
    _line(axes, [(day.day, float(day.people)) for day in days], _PEOPLE)
    highest = max([a + u for a, u in zip(answered, unanswered, strict=True)] + [day.people for day in days])
    _counts_axis(axes, 0, highest)
    _legend(
        axes,
        (f"■ {labels.answered} {sum(answered)}", _ANSWERED),
        (f"■ {labels.unanswered} {sum(unanswered)}", _UNANSWERED),
        (f"● {labels.people}", _PEOPLE),
    )


def _thumbs(axes: "Axes", days: Sequence[Day], labels: ChartLabels) -> None:
    x = [day.day.toordinal() for day in days]
    up, down = [day.up for day in days], [day.down for day in days]
    axes.bar(x, up, width=_bar(days), color=_UP)
    axes.bar(x, [-number for number in down], width=_bar(days), color=_DOWN)
    axes.axhline(0, color=_FAINT, linewidth=1)
    _counts_axis(axes, max(down), max(up))
    _legend(axes, (f"■ {labels.up} {sum(up)}", _UP), (f"■ {labels.down} {sum(down)}", _DOWN))


def _latency(axes: "Axes", days: Sequence[Day], labels: ChartLabels) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    known = [(day.day, day.p50_ms) for day in days if day.p50_ms is not None]
    highest = max([ms for _, ms in known], default=0.0) or 1.0
    unit, scale = ("s", 1000) if highest >= 1000 else ("ms", 1)
    _line(axes, [(day, ms / scale) for day, ms in known], _LATENCY)
    axes.set_ylim(0, 1.15 * highest / scale)
    axes.yaxis.set_major_locator(MaxNLocator(2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} {unit}" if value else "0"))
    if not known:
        axes.set_yticks([])
    _legend(axes, (f"● {labels.latency}", _LATENCY))


def _bar(days: Sequence[Day]) -> float:
    """Return the width of a bar, in days: narrower for a single one, which would be a wall."""
    return 0.8 if len(days) > 1 else 0.35


def _line(axes: "Axes", points: Sequence[tuple[date, float]], color: str) -> None:
    """Draw a line through the points that breaks where days are missing."""
    x: list[float] = []
    y: list[float] = []
    for day, value in sorted(points):
        if x and day.toordinal() > x[-1] + 1:
            x.append(x[-1] + 0.5)
            y.append(float("nan"))
        x.append(day.toordinal())
        y.append(value)
    many = len(points) > 45
    axes.plot(
        x,
        y,
        color=color,
        linewidth=1.5 if many else 3,
        marker="" if many else "o",
        markersize=12 if len(points) == 1 else 7,
        markeredgecolor="white",
        clip_on=False,
    )


def _days_axis(axes: "Axes", first: date, last: date, labels: ChartLabels | None) -> None:
    margin = 0.75 if last > first else 1.0
    axes.set_xlim(first.toordinal() - margin, last.toordinal() + margin)
    axes.axhline(0, color=_FAINT, linewidth=1.5)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=_GRID, linewidth=1.5)
    axes.tick_params(length=0, labelcolor=_FAINT, pad=8)
    if labels is None:
        axes.set_xticks([])
    else:
        chosen = ticks(first, last, labels.months)
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
    from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea

    words: list[Artist] = [
        TextArea(text, textprops={"color": color, "fontsize": _SMALL, "fontweight": "bold"}) for text, color in entries
    ]
    row = HPacker(children=words, pad=0, sep=28)
    axes.add_artist(
        AnchoredOffsetbox(
            "lower left",
            child=row,
            frameon=False,
            pad=0,
            borderpad=0.3,
            bbox_to_anchor=(0, 1),
            bbox_transform=axes.transAxes,
        )
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
