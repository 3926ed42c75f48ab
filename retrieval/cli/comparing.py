"""What a person sees of two evaluations: every figure in both, and the questions won and lost."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from retrieval.cli.layout import wrapped
from retrieval.evaluation.comparison import Change, Comparison, Turned
from retrieval.evaluation.report import number
from retrieval.sanitize import one_line

# Of the questions won, and of those lost: `--json` has them all.
_MOST: Final = 20


def comparison_table(compared: Comparison) -> Table:
    """Every figure in the first and in the second evaluation, with the interval of their difference."""
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
    told = number(abs(value), change.unit)
    # What is too small to be shown has no side of zero either.
    sign = "" if not float(told) else "−" if value < 0 else "+"
    return f"{sign}{told}"


def turned_lines(compared: Comparison, console: Console) -> Iterator[Text]:
    """The notes, and the questions that went well in one of the two only."""
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
