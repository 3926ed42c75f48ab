"""What a person sees of an evaluation: how far it is, and its figures in a table."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from retrieval.calibration import Calibration
from retrieval.conformal import fewest
from retrieval.evaluation.calibrating import Level
from retrieval.evaluation.report import Report, rows

Told = Callable[[int, int], None]


@contextmanager
def progress_bar(console: Console) -> Iterator[Told | None]:
    """Shows the questions done while it is open; None where the console is no terminal, and nobody is watching."""
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def table(report: Report) -> Table:
    """The figures with their 95 % intervals, and below them what was asked."""
    found = Table(
        "figure",
        box=None,
        pad_edge=False,
        caption=(
            f"{report.questions:,} questions, {report.answerable:,} of them answerable; "
            f"{report.k} passages in an answer, articles ranked by {report.depth} hits; "
            f"intervals by bootstrap, seed {report.seed}"
        ),
        caption_justify="left",
    )
    for column in ("value", "95 % interval", "n"):
        found.add_column(column, justify="right")
    found.add_column("note")
    for row in rows(report):
        interval = "" if row.low == row.high == "—" else f"{row.low} – {row.high}"
        found.add_row(row.figure, row.value, interval, row.n, row.note)
    return found


def calibration_lines(calibration: Calibration, levels: Sequence[Level], file: Path) -> Iterator[str]:
    """Where a calibration was written, and what each share of wrong answers costs: two lines."""
    yield (
        f"Calibrated with {len(calibration.wrong):,} wrong of {calibration.n:,} questions, in {file}; "
        "set VERBATIM_WRONG_AT_MOST to go by it."
    )
    costs = "; ".join(f"{level.wrong_at_most:.0%} from {_cost(level)}" for level in levels)
    yield f"Wrong at most {costs}."


def _cost(level: Level) -> str:
    if math.isinf(level.threshold):
        return f"{fewest(level.wrong_at_most)} wrong questions on"
    return f"confidence {level.threshold:.3f} on, {level.answered:,} of {level.answerable:,} answerable still answered"
