"""Quotes checked in the terminal: what is shown, the JSON of a check, and checks from a stream, one a line.

A line is a JSON object with `quote`, optional `speaker`, the name of who is said to have said it, and optional `id`.
What cannot be checked gives an object with `error` and the number of its line, and the next line is taken.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Console
from rich.text import Text

from index.errors import IndexingError
from retrieval.citation import CitationError
from retrieval.cli import display
from retrieval.cli.batch import Reply, citation_json, json_fields, line_error
from retrieval.cli.layout import has_styles, quote_lines, wrapped
from retrieval.errors import QuoteError
from retrieval.quotes.asked import quote_and_speaker
from retrieval.quotes.check import QuoteCheck
from retrieval.quotes.places import Difference
from retrieval.retriever import Retriever
from retrieval.sanitize import one_line

__all__ = ["check_json", "check_lines", "checked", "quote_and_speaker"]

_SAID: Final = {
    "exact": ("Word for word in the articles.", "bold green"),
    "altered": ("Not word for word: the articles have it otherwise.", "bold yellow"),
    "joined": ("Not in one piece: it was joined from places that stand apart.", "bold yellow"),
    "other_speaker": ("The words are there, but as said by somebody else.", "bold yellow"),
    "absent": ("The articles do not hold it, nor anything like it.", "yellow"),
}
_GRAVE: Final = ("number", "negation", "name")
_INDENT: Final = "    "


def checked(found: QuoteCheck, quote: str, speaker: str | None, console: Console) -> Iterator[Text]:
    """Lay out a check: the verdict, the words that differ, who said it, and every place.

    Parameters:
        quote, speaker: what was asked.
    """
    words, style = _SAID[found.verdict]
    yield from wrapped(Text(words, style), console)
    if found.differences:
        yield from wrapped(_compared(quote, found.differences, console), console, first=_INDENT)
        for difference in found.differences:
            yield from wrapped(Text(_told(difference)), console, first="  - ", rest=_INDENT)
    if found.speaker is not None:
        yield from wrapped(Text(f"Said by: {one_line(found.speaker)}"), console)
    elif found.verdict != "absent" and speaker:
        yield from wrapped(Text("The articles do not say by whom."), console)
    for citation in found.citations:
        yield Text()
        yield from display.named(citation, console)
        yield from quote_lines(citation.quote, (), console)


def _compared(quote: str, differences: Iterable[Difference], console: Console) -> Text:
    """Return the quote with the article's words beside those that were asked, as `git diff --word-diff` marks them."""
    styled = has_styles(console)
    whole, place = Text(), 0
    for difference in differences:
        whole.append(one_line(quote[place : difference.start]) + " " if place < difference.start else "")
        weight = "bold " if difference.kind in _GRAVE else ""
        for words, opening, closing, style in (
            (difference.article, "[-", "-]", f"{weight}green"),
            (difference.asked, "{+", "+}", f"{weight}red strike"),
        ):
            if words:
                shown = one_line(words)
                whole.append(shown if styled else f"{opening}{shown}{closing}", style)
                whole.append(" ")
        place = difference.end
    whole.append(one_line(quote[place:]))
    return whole


def _told(difference: Difference) -> str:
    kind = difference.kind if difference.kind in _GRAVE else "words"
    article, asked = one_line(difference.article), one_line(difference.asked)
    if not asked:
        return f'{kind}: "{article}" is left out'
    if not article:
        return f'{kind}: "{asked}" is added'
    return f'{kind}: the article has "{article}", not "{asked}"'


def check_json(found: QuoteCheck, id: object = None) -> dict[str, object]:
    """Return a check as plain JSON values. Scripts rely on the keys: more may be added, none may change.

    Parameters:
        id: what the asker calls it; None where it has no name.
    """
    return {
        "id": id,
        "verdict": found.verdict,
        "citations": [citation_json(citation) for citation in found.citations],
        "differences": [
            {
                "article": difference.article,
                "asked": difference.asked,
                "kind": difference.kind,
                "start": difference.start,
                "end": difference.end,
            }
            for difference in found.differences
        ],
        "speaker": found.speaker,
    }


def check_lines(lines: Iterable[bytes], retriever: Retriever) -> Iterator[Reply]:
    """Yield a reply to every line that is not blank, as soon as the line is there.

    Parameters:
        lines: UTF-8.
    """
    for number, line in enumerate(lines, start=1):
        raw = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if raw.strip():
            yield _checked_line(raw, number, retriever)


def _checked_line(raw: bytes, number: int, retriever: Retriever) -> Reply:
    name: object = None
    try:
        fields = json_fields(raw)
        name = fields.get("id")
        quote, speaker = fields.get("quote"), fields.get("speaker")
        if not isinstance(quote, str):
            raise ValueError("'quote' is missing, or is no string")
        if speaker is not None and not isinstance(speaker, str):
            raise ValueError("'speaker' is neither a string nor null")
        found = retriever.check(quote, speaker)
    except (QuoteError, ValueError) as error:
        return Reply(line_error(name, number, error))
    except (CitationError, IndexingError) as error:
        return Reply(line_error(name, number, error), damage=str(error))
    return Reply(check_json(found, name))
