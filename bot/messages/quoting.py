"""A passage as a message shows it: by paragraphs, the answering sentence in bold, cut at sentences if it is long."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from bot.messages.markup import Piece, bold, cut_end, joined, plain, underlined, units
from index.article import Span
from index.sentences import paragraphs
from retrieval.sanitize import Mark, pieces

_CUT: Final = "… "
_CUT_END: Final = " …"


def quotation(
    quote: str, highlights: Sequence[Span], most: int, answer: Span | None = None, part: Span | None = None
) -> Piece:
    """Return the quote in at most `most` UTF-16 units; of a longer one, as much as fits with the answering sentence.

    Parameters:
        quote: letter for letter as it stands in the article.
        highlights: the answering sentences, as spans of `quote`.
        answer: the shortest answer in them.
        part: of the quote to show, with every highlight in it; None shows all of it.
    """
    part = Span(0, len(quote)) if part is None else part
    window = _window(quote, part, highlights, most - units(_CUT) - units(_CUT_END))
    shown = [_within(span, window) for span in highlights if span.meets(window)]
    inner = _within(answer, window) if answer is not None and answer.meets(window) else None
    whole = marked(window.of(quote), shown, inner)
    before = plain(_CUT) if quote[: window.start].strip() else Piece()
    after = plain(_CUT_END) if quote[window.end :].strip() else Piece()
    return before + whole + after


def marked(quote: str, highlights: Sequence[Span], answer: Span | None = None) -> Piece:
    """Return the quote by paragraphs, white space folded, highlights in bold, the answer in them underlined.

    It is never longer than the quote is.
    """
    runs: list[tuple[str, Mark]] = []
    end = 0
    for span, paragraph in zip(paragraphs(quote), pieces(quote, highlights, answer), strict=True):
        if runs:
            # A line end alone may part paragraphs: a blank line instead of each would make short lines too long. One
            # answer stays one piece of bold, since Telegram keeps 100.
            gap = "\n\n" if span.start - end > 1 else "\n"
            runs.append((gap, min(runs[-1][1], paragraph[0][1])))
        runs += paragraph
        end = span.end
    return joined(
        bold(joined(_inner(words, mark) for words, mark in _merged(run))) if answers else plain(_words(run))
        for answers, run in groupby(runs, key=lambda run: run[1] > Mark.NOT)
    )


def _merged(runs: Iterable[tuple[str, Mark]]) -> Iterator[tuple[str, Mark]]:
    for mark, run in groupby(runs, key=itemgetter(1)):
        yield _words(run), mark


def _words(runs: Iterable[tuple[str, Mark]]) -> str:
    return "".join(words for words, _ in runs)


def _inner(words: str, mark: Mark) -> Piece:
    return underlined(plain(words)) if mark is Mark.ANSWER else plain(words)


def _within(span: Span, window: Span) -> Span:
    return Span(max(span.start, window.start) - window.start, min(span.end, window.end) - window.start)


def _window(quote: str, part: Span, highlights: Sequence[Span], most: int) -> Span:
    """Return what fits of the part: from its beginning, or from the answering sentence if that is too far."""
    if units(part.of(quote)) <= most:
        return part
    core = highlights[0] if highlights else Span(part.start, part.start)
    start = part.start if units(quote[part.start : core.end]) <= most else core.start
    return Span(start, cut_end(quote, start, part.end, most))
