"""Text wrapped into lines of a screen, with the answering sentence marked, and shown a screenful at a time."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from index.article import Span
from index.sentences import trimmed
from retrieval.sanitize import Mark, cut, pieces, visible

# Longer lines are hard to read, however wide the screen is.
WIDEST: Final = 100
_NARROWEST: Final = 30
GUTTER: Final = 4

ANSWERING: Final = "bold green"
ANSWER: Final = f"{ANSWERING} underline"
QUOTED: Final = "cyan"
_STYLES: Final = {Mark.NOT: "", Mark.SENTENCE: ANSWERING, Mark.ANSWER: ANSWER}

# Lines above the one that matters, and lines kept free for the hint.
_ABOVE: Final = 4
_FREE: Final = 2
_FEWEST: Final = 5

# Shows a hint, and returns the key that the person pressed: '' for the next page.
Key = Callable[[str], str]
# Lays out the whole text for the present console: all lines, and the number of the one that matters.
LayOut = Callable[[], tuple[Sequence[Text], int]]

_LINE: Final = re.compile(r"([^\r\n\u2028\u2029]*)(\r\n|[\r\n\u2028\u2029]|\Z)")


def columns(console: Console) -> int:
    """Return the width to lay out for: the console's at this moment, within reason."""
    return max(_NARROWEST, min(console.width, WIDEST))


def has_styles(console: Console) -> bool:
    """Return whether the console can show bold text; where it cannot, the margin marks a sentence."""
    return console.is_terminal and console.color_system is not None


def show(lines: Iterable[Text], console: Console) -> None:
    """Print lines that were laid out for this console."""
    for line in lines:
        # They fit already, except for links, which stay whole only where the terminal wraps them.
        console.print(line, soft_wrap=True)


def wrapped(text: Text, console: Console, *, first: str = "", rest: str | None = None) -> list[Text]:
    """Wrap a text into lines that fit the console.

    Parameters:
        first: what stands in front of the first line, not part of the text; `rest`: of the others, else blanks.
    """
    rest = " " * len(first) if rest is None else rest
    lines = text.wrap(console, columns(console) - len(first))
    return [_behind(first if place == 0 else rest, line) for place, line in enumerate(lines)]


def quote_lines(quote: str, highlights: Sequence[Span], console: Console, answer: Span | None = None) -> Iterator[Text]:
    """Lay out a passage with its white space folded and its paragraphs apart.

    Parameters:
        highlights: the answering sentences, as spans of `quote`. In bold, or, where the console has no styles, on lines
            of their own with a '>' in the margin, where no character of an article ever stands.
        answer: the shortest answer in them, underlined where the console has styles.
    """
    styled = has_styles(console)
    for paragraph in pieces(quote, highlights, answer if styled else None):
        if styled:
            whole = Text()
            for words, mark in paragraph:
                whole.append(words, _STYLES[mark])
            yield from wrapped(whole, console, first=_margin())
        else:
            for words, mark in paragraph:
                if words.strip():
                    margin = _margin(">" if mark else "")
                    yield from wrapped(Text(words.strip()), console, first=margin, rest=margin)


def article_lines(
    text: str, quote: Span | None, highlights: Sequence[Span], console: Console
) -> tuple[list[Text], int]:
    """Lay out an article, blank lines folded; return its lines and the place among them where the quote begins.

    Parameters:
        quote: marked by a '|' in the margin; None where nothing is quoted.
        highlights: the answering sentences, as spans of `text`; shown as by `quote_lines`.
    """
    found: list[Text] = []
    begins: int | None = None
    for match in _LINE.finditer(text):
        line = Span(*match.span(1))
        if not line.of(text).strip():
            if found and found[-1].plain:
                found.append(Text())
            continue
        for part in [line] if has_styles(console) else _cut_at_words(text, line, highlights):
            words = Text(visible(part.of(text)), tab_size=4)
            for style, spans in ((QUOTED, [quote] if quote else []), (ANSWERING, highlights)):
                for span in spans:
                    words.stylize(style, max(0, span.start - part.start), max(0, span.end - part.start))
            for row in words.wrap(console, columns(console) - GUTTER):
                styles = {str(span.style) for span in row.spans if span.end > span.start}
                if begins is None and QUOTED in styles:
                    begins = len(found)
                mark = "" if QUOTED not in styles else ">" if ANSWERING in styles and not has_styles(console) else "|"
                found.append(_behind(_margin(mark), row))
    if found and not found[-1].plain:
        found.pop()
    return found, begins or 0


def _cut_at_words(text: str, line: Span, spans: Sequence[Span]) -> Iterator[Span]:
    """Cut a line into pieces, each but the first without the white space in front of it."""
    for piece in cut(line, spans):
        inner = piece if piece.start == line.start else trimmed(text, piece.start, piece.end)
        if len(inner):
            yield inner


def _margin(mark: str = "") -> str:
    return f"{mark:>{GUTTER - 1}} "


def _behind(margin: str, line: Text) -> Text:
    whole = Text(margin)
    whole.append_text(line)
    whole.rstrip()
    return whole


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
