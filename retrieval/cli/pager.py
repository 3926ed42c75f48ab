"""Long texts shown a screenful at a time, for whatever size the screen has at that moment."""

from collections.abc import Callable, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from retrieval.cli.display import show

# Shows a hint, and returns the key that the person pressed: '' for the next page.
Key = Callable[[str], str]
# Lays out the whole text for the present console: all lines, and the number of the one that matters.
LayOut = Callable[[], tuple[Sequence[Text], int]]

# Lines above the one that matters, and lines kept free for the hint.
_ABOVE: Final = 4
_FREE: Final = 2
_FEWEST: Final = 5


def page(lay_out: LayOut, console: Console, key: Key | None) -> None:
    """Show a long text from the line that matters, and go through it as the person wants.

    Parameters:
        key: None where nobody is there to press one; the page with the line that matters is then all that is shown.
    """
    lines, focus = lay_out()
    top = _from(focus, len(lines), _rows(console))
    while True:
        rows = _rows(console)
        show(lines[top : top + rows], console)
        if key is None or len(lines) <= rows:
            return
        last = min(top + rows, len(lines))
        end = "Enter ends" if last == len(lines) else "Enter next"
        pressed = key(f"lines {top + 1}–{last} of {len(lines)}: {end} · b back · q quit ")
        if pressed == "q" or (pressed != "b" and last == len(lines)):
            return
        top = max(0, top - rows) if pressed == "b" else last
        # The screen may have been resized, and the text wrapped anew.
        before = len(lines)
        lines, _ = lay_out()
        top = top * len(lines) // before


def _rows(console: Console) -> int:
    return max(_FEWEST, console.height - _FREE)


def _from(focus: int, lines: int, rows: int) -> int:
    """Return the first line of the page that shows line `focus` with some lines above it."""
    return 0 if lines <= rows else max(0, min(focus - _ABOVE, lines - rows))
