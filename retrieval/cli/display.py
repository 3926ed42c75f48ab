"""Answers, articles and scores as lines on a screen, for `ask` and the REPL."""

import calendar
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from index.article import Article, Span
from index.generation.catalog import ArticleHead
from index.metadata import found_where, names_by_place
from retrieval.answer import Answer, Citation, Hit
from retrieval.cli.layout import GUTTER, article_lines, columns, quote_lines, wrapped
from retrieval.question.conversation import Turn
from retrieval.question.filters import Filters, without
from retrieval.retriever import Retriever
from retrieval.sanitize import one_line

_BETWEEN: Final = " · "
_INDENT: Final = " " * GUTTER
# Copies that are named; a wire story may have a hundred.
_COPIES: Final = 3
# Characters laid out on either side of a quote: nobody pages through more, and megabytes would take minutes.
_AROUND: Final = 50_000
# Milliseconds; shorter stages are not shown.
_SHOWN: Final = 0.05
# More than both engines find, so that every candidate is there.
_ALL: Final = 1_000


def console_for(*, error: bool = False) -> Console:
    """Return a console on standard output or error that prints every character as it is, never as markup."""
    return Console(stderr=error, markup=False, highlight=False, emoji=False)


def whole_answer(answer: Answer, console: Console) -> Iterator[Text]:
    """Lay out an answer: its best citation in full and the others by title, or the nearest articles."""
    yield from heading(answer, console)
    yield Text()
    if answer.tier == "none":
        yield from nearest(answer, console)
        return
    yield from cited(answer.citations[0], console)
    if len(answer.citations) > 1:
        yield Text()
        yield Text("Also:")
        for citation in answer.citations[1:]:
            yield from named(citation, console)


def heading(answer: Answer, console: Console) -> Iterator[Text]:
    """Lay out whether the question was answered, how sure that is, and how the question was understood."""
    certainty = f"confidence {percent(answer.confidence)}"
    if answer.answered:
        yield Text.assemble(("Answered", "bold green"), f"{_BETWEEN}{certainty}")
    elif answer.tier == "not sure":
        yield Text.assemble(("Not sure", "bold yellow"), f"{_BETWEEN}{certainty}{_BETWEEN}the closest sentence:")
    else:
        said = f"The articles do not seem to hold the answer ({certainty})."
        yield from wrapped(Text(said, "yellow"), console)
    if answer.filters:
        yield from wrapped(Text(f"Only articles {one_line(_filters_in_words(answer.filters))}", "italic"), console)
    if _is_reworded(answer):
        yield from wrapped(Text(f"Understood as: {one_line(answer.interpreted_as)}", "italic"), console)
    elif answer.follows:
        yield from wrapped(Text(f"Following up on: {one_line(answer.follows)}", "italic"), console)


def _filters_in_words(filters: Filters) -> str:
    """Return what the filters ask of an article, in words."""
    parts = (
        f"of the source {filters.source}" if filters.source else "",
        f"from {day(filters.after.isoformat())} on" if filters.after else "",
        f"up to {day(filters.before.isoformat())}" if filters.before else "",
        f"titled {filters.title}" if filters.title else "",
    )
    return ", ".join(filter(None, parts))


def nearest(answer: Answer, console: Console) -> Iterator[Text]:
    """Lay out the titles of the articles that come nearest."""
    if answer.nearest:
        yield Text("The nearest articles:")
    for article in answer.nearest:
        yield from wrapped(Text(titled(article.title)), console, first="  - ")


def cited(citation: Citation, console: Console) -> Iterator[Text]:
    """Lay out a citation in full: title, quote with the answering sentence marked, and its place."""
    yield from wrapped(Text(titled(citation.title), "bold"), console, first=_number(citation.rank))
    yield from quote_lines(citation.quote, _within(citation), console, _answer(citation, -citation.start))
    yield Text()
    yield from _place(citation, console)


def briefly(citation: Citation, console: Console, *, answers: bool) -> Iterator[Text]:
    """Lay out a citation with its brief quote, or with the nearest sentence where none answers.

    Parameters:
        answers: whether its sentence is shown as one that answers, or only as the one that comes nearest.
    """
    yield from wrapped(Text(titled(citation.title), "bold"), console, first=_number(citation.rank))
    if answers:
        words, highlights, answer = _brief(citation)
        yield from quote_lines(words, highlights, console, answer)
    else:
        for span in _within(citation):
            before, after = _cuts(citation, span)
            yield from wrapped(Text(f"{before}{one_line(span.of(citation.quote))}{after}"), console, first=_INDENT)
    yield from _place(citation, console)


def named(citation: Citation, console: Console) -> Iterator[Text]:
    """Lay out a citation without its quote: title and place."""
    yield from wrapped(Text(titled(citation.title)), console, first=_number(citation.rank))
    yield from _facts((*origin(citation.source, citation.published), _page_or_paragraph(citation)), console)


def listed(articles: Sequence[ArticleHead], console: Console) -> Iterator[Text]:
    """Lay out articles, numbered from 1, each with its source, its date and its file."""
    for number, head in enumerate(articles, start=1):
        yield from wrapped(Text(titled(head.title)), console, first=_number(number))
        yield from _facts((*origin(head.source, head.published), head.path), console)


def titled(title: str) -> str:
    """Return a title as it is shown."""
    return one_line(title) or "(no title)"


def origin(source: str | None, published: str | None) -> tuple[str, str]:
    """Return where and when an article was published, in words; unknown facts are named as unknown."""
    return source or "source unknown", day(published) if published else "date unknown"


def day(published: str) -> str:
    """Return an ISO 8601 date as people write it, such as '21 Jan 2022', and any other text as it is."""
    try:
        date = datetime.fromisoformat(published)
    except ValueError:
        return published
    return f"{date.day} {calendar.month_abbr[date.month]} {date.year}"


def percent(confidence: float) -> str:
    """Return a probability in words, never as 0 or 100 %, which nobody can be sure of."""
    if confidence < 0.01:
        return "under 1 %"
    if confidence > 0.99:
        return "over 99 %"
    return f"{confidence * 100:.0f} %"


def _within(citation: Citation) -> list[Span]:
    """Return the answering sentences as spans of the quote."""
    return [Span(span.start - citation.start, span.end - citation.start) for span in citation.highlights]


def _answer(citation: Citation, moved: int) -> Span | None:
    """Return the shortest answer as a span of the article's text moved by so many characters."""
    found = citation.answer
    return None if found is None else Span(found.start + moved, found.end + moved)


def _brief(citation: Citation) -> tuple[str, list[Span], Span | None]:
    """Return the brief quote with its ellipses, and the answering sentences and the answer as spans of it."""
    shown = citation.brief or Span(citation.start, citation.end)
    span = Span(shown.start - citation.start, shown.end - citation.start)
    before, after = _cuts(citation, span)
    moved = len(before) - span.start
    highlights = [Span(inner.start + moved, inner.end + moved) for inner in _within(citation)]
    return f"{before}{span.of(citation.quote)}{after}", highlights, _answer(citation, moved - citation.start)


def _cuts(citation: Citation, shown: Span) -> tuple[str, str]:
    """Return the ellipses before and after a span of the quote."""
    return "… " if shown.start > 0 else "", " …" if shown.end < len(citation.quote) else ""


def _place(citation: Citation, console: Console) -> Iterator[Text]:
    """Lay out the place of a quote and the link to it."""
    place = (citation.path, _page_or_paragraph(citation), f"[{citation.start}–{citation.end})")
    yield from _facts((*origin(citation.source, citation.published), *place), console)
    if citation.also_in:
        yield from wrapped(Text(f"also in: {_copies(citation.also_in)}", "dim"), console, first=_INDENT)
    if citation.link:
        yield Text.assemble(_INDENT, (one_line(citation.link), "dim underline"))


def _page_or_paragraph(citation: Citation) -> str:
    return f"¶ {citation.paragraph}" if citation.page is None else f"p. {citation.page}"


def _facts(facts: Sequence[str], console: Console) -> Iterator[Text]:
    """Lay out facts beside each other as far as they fit, each kept whole."""
    room = columns(console) - GUTTER
    row = ""
    for fact in map(one_line, facts):
        longer = f"{row}{_BETWEEN}{fact}" if row else fact
        if row and cell_len(longer) > room:
            yield from wrapped(Text(row, "dim"), console, first=_INDENT)
            longer = fact
        row = longer
    yield from wrapped(Text(row, "dim"), console, first=_INDENT)


def _number(number: int) -> str:
    return f"{number:>{GUTTER - 2}}  "


def _copies(articles: Sequence[ArticleHead]) -> str:
    names = [f"{titled(head.title)} ({one_line(head.path)})" for head in articles[:_COPIES]]
    more = len(articles) - len(names)
    return "; ".join([*names, f"and {more} more"] if more else names)


def article_view(article: Article, citation: Citation | None, console: Console) -> Callable[[], tuple[list[Text], int]]:
    """Return a function that lays out an article for the console's present width: its lines, and the quote's place.

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
        above = _article_heading(article, console) if window.start == 0 else [Text("…")]
        below = [Text("…")] if window.end < len(article.text) else []
        return [*above, *lines, *below], len(above) + focus if quote else 0

    return layout


def _provenance(article: Article) -> str:
    """Return where the article's metadata were found, in words."""
    return "found in: " + "; ".join(
        f"{', '.join(names)} – {where}" for where, names in names_by_place(found_where(article)).items()
    )


def _article_heading(article: Article, console: Console) -> list[Text]:
    facts = (*origin(article.source.value, article.published.value), article.path)
    return [
        *wrapped(Text(titled(article.title.value or ""), "bold"), console),
        *wrapped(Text(" · ".join(map(one_line, facts)), "dim"), console),
        *wrapped(Text(one_line(_provenance(article)), "dim"), console),
        Text(),
    ]


def why(retriever: Retriever, answer: Answer, history: Sequence[Turn], citation: Citation) -> list[Text]:
    """Lay out the scores of a passage, and the ranks they give it among all that was found for the question.

    Parameters:
        history: the turns before the question.
    """
    hits = retriever.search(answer.question, _ALL, history)
    place = (citation.article_id, citation.start, citation.end)
    hit = next((hit for hit in hits if (hit.article.id, hit.passage.span.start, hit.passage.span.end) == place), None)
    if hit is None:
        return [Text("The articles have changed since, and the passage is not found any more: ask again.")]
    found = f"of {len(hits)} found"
    rows = (
        ("Score", f"{hit.score:.3f}", f"{hit.rank} {found}"),
        ("  words, BM25", f"{hit.words:.2f}", f"{_rank(hits, hit, lambda other: other.words)} {found}"),
        ("  meaning, cosine", f"{hit.cosine:.3f}", f"{_rank(hits, hit, lambda other: other.cosine)} {found}"),
    )
    lines = [Text(f"  {name:<20}{score:>8}    rank {rank}") for name, score, rank in rows]
    if _is_reworded(answer):
        lines.append(Text(f"  Searched for: {one_line(answer.interpreted_as)}"))
    lines.append(Text(f"  Confidence that passage 1 holds the answer: {percent(answer.confidence)}"))
    return [*lines, *_times(answer)]


def _times(answer: Answer) -> list[Text]:
    """Lay out how long each stage of the answer took."""
    whole = f"{answer.elapsed_ms:.1f} ms"
    stages = answer.stages.by_name()
    if not any(stages.values()):
        return [Text(f"  Answered in {whole}: it was asked before, and the answer was kept")]
    lines = (f"    {stage.replace('_', ' '):<18}{spent:>8.2f} ms" for stage, spent in stages.items() if spent >= _SHOWN)
    return [Text(f"  Answered in {whole}:"), *map(Text, lines)]


def _rank(hits: Sequence[Hit], hit: Hit, score: Callable[[Hit], float]) -> int:
    return 1 + sum(score(other) > score(hit) for other in hits)


def _is_reworded(answer: Answer) -> bool:
    """Return whether something else was searched for than the words of the question."""
    return answer.interpreted_as != " ".join(without(answer.question).split())
