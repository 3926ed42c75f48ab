"""The articles that somebody asks for instead of a passage: all, the latest, those about a subject, of a source or day.

Those of a source and of a day come with their leads, each a citation like every other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from index.article import Span
from index.generation.catalog import ArticleHead, Catalog, StoredPassage
from index.parsers.parsed import holder
from index.passage_rules import prefixed
from index.sentence_ends import ends_sentence
from index.sentences import sentences
from retrieval.answer import Citation, Hit
from retrieval.citation import check_text, cite, surroundings
from retrieval.errors import ChangedArticleError
from retrieval.listing import Listed
from retrieval.question.filters import has_words, names_source, words_of
from retrieval.question.intents import Intent
from retrieval.question.terms import content_query, coverage, weights
from retrieval.ranking.recency import times_asked_for
from retrieval.snapshot import Snapshot

# Passages that are looked at for those about a subject.
_DEPTH: Final = 200


@dataclass(frozen=True, slots=True)
class AskedArticles:
    """Articles that somebody asked for.

    Attributes:
        listed: a page of them, the newest first.
        leads: the first sentence of each on that page, where a source or a day was asked for: the answering sentence
            and the brief quote of a citation. An article without a passage has none.
    """

    intent: Intent
    listed: Listed
    leads: tuple[Citation, ...] = ()


def asked_articles(
    intent: Intent, snapshot: Snapshot, asked: date, page: int = 0, size: int = 50
) -> AskedArticles | None:
    """Return a page of the articles that somebody asks for; None for small talk, and where no article fits.

    What fits no article may be a question after all, and is searched.

    Parameters:
        asked: the day of the question, from which "yesterday" is reckoned.
    """
    if intent.is_talk:
        return None
    numbers = _numbers(intent, snapshot, asked)
    if not numbers:
        return None
    listed = Listed.of(snapshot, numbers, page, size)
    if intent.kind not in ("source", "day"):
        return AskedArticles(intent, listed)
    leads = (_lead(head, rank, snapshot) for rank, head in enumerate(listed.heads, start=1))
    return AskedArticles(intent, listed, tuple(lead for lead in leads if lead))


def _numbers(intent: Intent, snapshot: Snapshot, asked: date) -> Sequence[int]:
    """Return the numbers of the articles that somebody asks for, the newest first."""
    everything = snapshot.listing.found("")
    if intent.kind == "source":
        found = _of_source(intent.words, snapshot)
    elif intent.kind == "day":
        found = _of_day(intent.words, snapshot, asked)
    elif intent.kind == "open":
        found = _titled(intent.words, snapshot)
    elif intent.words:
        found = _about(intent.words, snapshot)
    else:
        return everything
    return [number for number in everything if number in found]


def _of_source(words: str, snapshot: Snapshot) -> set[int]:
    catalog = snapshot.generation.catalog
    sources = [source for source in catalog.source_counts() if names_source(words, source)]
    return {number for number, _ in catalog.titles(sources)}


def _of_day(words: str, snapshot: Snapshot, asked: date) -> set[int]:
    """Return the articles of the time that is named; of a day without any those of the day after, which tell of it."""
    catalog = snapshot.generation.catalog
    found: set[int] = set()
    for first, last in times_asked_for(words, asked):
        # A day is given with the one after it.
        days = [(first, first), (last, last)] if last - first == timedelta(days=1) else [(first, last)]
        titles = (catalog.titles(None, begin.isoformat(), end.isoformat()) for begin, end in days)
        found.update(number for number, _ in next(filter(None, titles), ()))
    return found


def _titled(words: str, snapshot: Snapshot) -> set[int]:
    """Return the articles with that title, or else with all of these words in it."""
    if exactly := snapshot.listing.titled(words):
        return set(exactly)
    wanted = words_of(words)
    return {number for number, title in snapshot.generation.catalog.titles() if wanted and has_words(wanted, title)}


def _about(words: str, snapshot: Snapshot) -> set[int]:
    """Return the articles of which a passage, or its title, holds all the telling words of a subject."""
    generation = snapshot.generation
    query = content_query(words, snapshot.languages)
    weighed = weights(query, generation.bm25)
    numbers, _ = generation.bm25.search(query, _DEPTH)
    passages = generation.catalog.passages(numbers.tolist())
    heads = generation.catalog.heads_of({passage.article for passage in passages.values()})
    found: set[int] = set()
    for passage in passages.values():
        head = heads[passage.article]
        if head.number not in found:
            text = prefixed(head.title, passage.heading, passage.span.of(snapshot.texts.of(head).text))
            if coverage(query, weighed, text, head.language) == 1:
                found.add(head.number)
    return found


def _lead(head: ArticleHead, rank: int, snapshot: Snapshot) -> Citation | None:
    """Return the first sentence of an article that is not its headline, as a citation; None if it has no passage."""
    passages = snapshot.generation.catalog.passages_of(head.number)
    if not passages:
        return None
    checked = snapshot.texts.of(head)
    found = sentences(checked.text, passages[0].span, head.language)
    telling = (span for span in found if ends_sentence(words := span.of(checked.text)) and words != head.title)
    lead = next(telling, found[0])
    return cite(Hit(rank, passages[0], head, 0.0, 0.0, 0.0), checked, (lead,), brief=lead)


def neighbours(catalog: Catalog, number: int, citation: Citation, reach: int) -> tuple[Citation, ...]:
    """Return a citation of the article of that number among the passages before and after it: see `Retriever.around`.

    Raises:
        ChangedArticleError: if the quote no longer stands at its place.
        CitationError: if the text is not the one that was read.
    """
    text, sha256 = catalog.text(number)
    if text[citation.start : citation.end] != citation.quote:
        raise ChangedArticleError(f"the article {citation.article_id!r} has changed: ask again")
    checked = check_text(citation.article_id, text, sha256)
    head, span = catalog.head(number), Span(citation.start, citation.end)
    before, after = surroundings(text, catalog.passages_of(number), span, reach)

    def cited(passage: StoredPassage) -> Citation:
        return cite(Hit(citation.rank, passage, head, 0.0, 0.0, 0.0), checked, ())

    return (*map(cited, before), citation, *map(cited, after))


@dataclass(frozen=True, slots=True)
class ArticlesOfFile:
    """A file with its articles.

    Attributes:
        file: its path as a build names it, such as 'added/2026-11-24-some-title-1a2b3c.html'; of an archive the
            archive's.
        sha256: of the text of each article, in their order.
    """

    file: str
    articles: tuple[ArticleHead, ...]
    sha256: tuple[str, ...]


def articles_beside(snapshot: Snapshot, article_id: str) -> ArticlesOfFile:
    """Return the file that an article came in, with all articles of it.

    Raises:
        UnknownArticleError: if there is no such article.
    """
    catalog = snapshot.generation.catalog
    number = snapshot.number_of(article_id)
    path = catalog.head(number).path
    file = holder(path, catalog.files()) or path
    rows = catalog.heads_in(file)
    return ArticlesOfFile(file, tuple(head for head, _ in rows), tuple(sha256 for _, sha256 in rows))
