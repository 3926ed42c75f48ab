"""Evaluations as tables: progress, figures, calibration, and two evaluations compared."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from retrieval.calibration import FILE, Calibration, Level, calibrated, fewest, levels, write
from retrieval.cli.layout import show, wrapped
from retrieval.evaluation.comparison import Change, Comparison, Turned
from retrieval.evaluation.evaluate import Report, interval, number
from retrieval.evaluation.saved import Evaluation
from retrieval.sanitize import one_line

ShowProgress = Callable[[int, int], None]

# Questions listed as won, and as lost: `--json` has them all.
_MOST: Final = 20


@contextmanager
def progress_bar(console: Console) -> Iterator[ShowProgress | None]:
    """Show how many questions are done while it is open; None where the console is no terminal."""
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def table(report: Report) -> Table:
    """Return the figures with their 95 % intervals, and below them what was asked."""
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
    for figure in report.figures:
        found.add_row(figure.label, number(figure.value, figure.unit), interval(figure), str(figure.n), figure.reason)
    return found


def calibration_lines(calibration: Calibration, levels: Sequence[Level], file: Path) -> Iterator[str]:
    """Return where a calibration was written and what each share of wrong answers costs, in two lines."""
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


def comparison_table(compared: Comparison) -> Table:
    """Return every figure in both evaluations, with the interval of the difference."""
    found = Table(
        "figure",
        box=None,
        pad_edge=False,
        caption=(
            f"{compared.questions:,} questions in both; first {compared.k} passages, {compared.depth} hits; intervals "
            f"by paired bootstrap, seed {compared.seed}; * the interval leaves out 0"
        ),
        caption_justify="left",
    )
    for column in ("A", "B", "B − A", "95 % interval"):
        found.add_column(column, justify="right")
    for change in compared.changes:
        found.add_row(
            change.label, number(change.first, change.unit), number(change.second, change.unit), *_between(change)
        )
    return found


def _between(change: Change) -> tuple[str, str]:
    if change.low is None or change.high is None:
        return _signed(change, change.difference), ""
    star = " *" if change.clear else "  "
    return _signed(change, change.difference), f"{_signed(change, change.low)} – {_signed(change, change.high)}{star}"


def _signed(change: Change, value: float | None) -> str:
    if value is None:
        return number(value, change.unit)
    size = number(abs(value), change.unit)
    # A difference that rounds to zero gets no sign.
    sign = "" if not float(size) else "−" if value < 0 else "+"
    return f"{sign}{size}"


def turned_lines(compared: Comparison, console: Console) -> Iterator[Text]:
    """Lay out the notes, and the questions that went well in only one of the two."""
    for note in compared.notes:
        yield from wrapped(Text(note, "yellow"), console)
    for name, turned in (("won", compared.won), ("lost", compared.lost)):
        yield Text()
        yield Text(f"{len(turned):,} {name}", "bold")
        yield from _listed(turned, console)


def _listed(turned: Sequence[Turned], console: Console) -> Iterator[Text]:
    for each in turned[:_MOST]:
        yield from wrapped(Text(f"{one_line(each.id)}  {one_line(each.question)}"), console, first="  - ")
        yield from wrapped(Text(each.why, "italic"), console, first="    ")
    if len(turned) > _MOST:
        yield Text(f"  and {len(turned) - _MOST:,} more: --json lists them all")


def print_comparison(compared: Comparison, console: Console) -> None:
    """Print how two measurements differ, and the questions won and lost."""
    console.print(comparison_table(compared))
    show(turned_lines(compared, console), console)


def calibrate(data: Path, evaluation: Evaluation, judge: str, console: Console, *, apart: bool) -> None:
    """Write a calibration, and print what each share of wrong answers costs.

    Parameters:
        apart: whether an empty line comes first.
    """
    calibration = calibrated(evaluation.outcomes, evaluation.about, judge)
    write(data, calibration)
    if apart:
        console.print()
    for line in calibration_lines(calibration, levels(evaluation.outcomes, calibration), data / FILE):
        console.print(line, soft_wrap=True)
