"""An article as a person reads it: its title and where it is from, then its text around a quote."""

from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.text import Text

from index.article import Article, Span
from index.metadata import found_where, names_by_place
from retrieval.answer import Citation
from retrieval.terminal.display import origin, titled
from retrieval.terminal.layout import article_lines, wrapped
from retrieval.visible import one_line

# Characters laid out on either side of a quote: nobody pages through more, and megabytes would take minutes.
_AROUND: Final = 50_000


def reading(article: Article, citation: Citation | None, console: Console) -> Callable[[], tuple[list[Text], int]]:
    """Lays out the article for the console as it is at each call: its lines, and the place of the quote among them.

    Parameters:
        citation: the quote to be marked, of this article; None to read from the start.
    """
    quote = Span(citation.start, citation.end) if citation else None
    highlights = citation.highlights if citation else ()
    middle = quote or Span(0, 0)
    window = Span(max(0, middle.start - _AROUND), min(len(article.text), middle.end + _AROUND))

    def within(span: Span) -> Span:
        return Span(span.start - window.start, span.end - window.start)

    def layout() -> tuple[list[Text], int]:
        lines, focus = article_lines(
            window.of(article.text), within(quote) if quote else None, [within(span) for span in highlights], console
        )
        above = _heading(article, console) if window.start == 0 else [Text("…")]
        below = [Text("…")] if window.end < len(article.text) else []
        return [*above, *lines, *below], len(above) + focus if quote else 0

    return layout


def _provenance(article: Article) -> str:
    """Where the article's metadata were found."""
    return "found in: " + "; ".join(
        f"{', '.join(names)} – {where}" for where, names in names_by_place(found_where(article)).items()
    )


def _heading(article: Article, console: Console) -> list[Text]:
    facts = (*origin(article.source.value, article.published.value), article.path)
    return [
        *wrapped(Text(titled(article.title.value or ""), "bold"), console),
        *wrapped(Text(" · ".join(map(one_line, facts)), "dim"), console),
        *wrapped(Text(one_line(_provenance(article)), "dim"), console),
        Text(),
    ]
