"""Articles as pages, and the check of a quote against them without an index."""

from retrieval.quotes.asked import readings
from retrieval.quotes.attribution import Attribution
from retrieval.quotes.verdict import Finding, find
from retrieval.quotes.views import Page
from retrieval.quotes.wordlists import word_lists


def pages(*texts: str, language: str | None = "en") -> list[Page]:
    """Texts as pages, numbered from 0."""
    return [Page.of(number, text, word_lists(language)) for number, text in enumerate(texts)]


def found(quote: str, *texts: str, speaker: str | None = None, language: str | None = "en") -> Finding:
    """The finding on a quote in these texts."""
    return find(readings(quote), speaker, pages(*texts, language=language), lambda page: Attribution(page.quoting))


def said_by(text: str, words: str, language: str | None = "en") -> str | None:
    """Whom a text names as the speaker of words in it."""
    (page,) = pages(text, language=language)
    start = text.index(words)
    place = page.words.first_from(start)
    stop = page.words.first_from(start + len(words))
    speaker = Attribution(page.quoting).speaker(page.words.span(place, stop))
    return None if speaker is None else speaker.name
