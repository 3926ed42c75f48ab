"""The pictures of the benchmarks: how time, memory and disk grow with the number of passages."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

_DPI: Final = 100
_WIDTH: Final = 1200
_HEIGHT: Final = 675
# Of the palette of Okabe and Ito, which colour-blind people can tell apart.
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
_INK: Final = "#1f2933"
_FAINT: Final = "#5c6773"
_GRID: Final = "#e3e7eb"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its file, its text for people who cannot see it, its heading, its unit, and the rows it draws."""

    file: str
    alt: str
    heading: str
    unit: str
    rows: tuple[str, ...]


PICTURES: Final = (
    Picture(
        "latency.png",
        "Milliseconds a question takes, by number of passages",
        "A question, milliseconds",
        "ms",
        ("question p50, ms", "question p99, ms", "plain loop: p50, ms"),
    ),
    Picture(
        "memory.png",
        "Memory of a process that answers, and the index on disk, by number of passages",
        "Memory and disk, megabytes",
        "MB",
        ("resident memory, MB", "index on disk, MB", "plain loop: resident memory, MB"),
    ),
)


def drawn(picture: Picture, sizes: Sequence[dict[str, Any]]) -> bytes:
    """Draw a picture as a PNG, both axes logarithmic."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    with matplotlib.rc_context(dict(matplotlib.rcParamsDefault)):
        matplotlib.rcParams.update({"backend": "agg", "font.size": 17, "axes.linewidth": 0, "text.color": _INK})
        figure = Figure(figsize=(_WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI, facecolor="#ffffff")
        figure.text(0.03, 0.95, picture.heading, fontsize=24, fontweight="bold", va="top")
        axes = figure.add_axes((0.09, 0.14, 0.66, 0.68))
        axes.grid(color=_GRID, linewidth=1.5)
        axes.set_axisbelow(True)
        for row, colour in zip(picture.rows, _COLOURS, strict=False):
            # Not everything was measured at every size.
            passages = [size["passages"] for size in sizes if row in size]
            values = [size[row] for size in sizes if row in size]
            if not values:
                continue
            axes.plot(passages, values, color=colour, linewidth=3, marker="o", markersize=8)
            name = row.removesuffix(f", {picture.unit}")
            axes.annotate(
                f"{name}: {values[-1]:,.3g}" if values[-1] < 100 else f"{name}: {values[-1]:,.0f}",
                (passages[-1], values[-1]),
                xytext=(12, 0),
                textcoords="offset points",
                va="center",
                color=colour,
                annotation_clip=False,
            )
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
            axis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("passages", color=_FAINT)
        axes.tick_params(length=0, which="both", labelcolor=_FAINT, pad=8)
        written = BytesIO()
        figure.savefig(written, format="png", dpi=_DPI)
    return written.getvalue()
