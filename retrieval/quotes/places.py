"""Places where a quote stands, and words in which it differs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from index.article import Span
from retrieval.quotes.views import Page
from retrieval.quotes.wordlists import WordLists

DifferenceKind = Literal["number", "negation", "name", "word"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Words as the article has them and as they were asked; one side may be empty.

    Attributes:
        kind: what they are, the gravest first: a number, a denial, a name, or other words.
        start, end: the place of `asked` in the quote, in code points; where it is empty, that of what is left out.
        place: of `article` in the article's text; None where it is empty.
    """

    article: str
    asked: str
    kind: DifferenceKind = "word"
    start: int = 0
    end: int = 0
    place: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Words of a page, from its word `first` up to, not including, `stop`."""

    page: Page
    first: int
    stop: int

    @property
    def span(self) -> Span:
        """Return their place in the article."""
        return self.page.words.span(self.first, self.stop)

    @property
    def is_quoted(self) -> bool:
        """Return whether any of them stands between quotation marks."""
        return any(number >= 0 for number in self.page.quotation_of[self.first : self.stop])

    @property
    def whole(self) -> Span:
        """Return the place of the whole quotation, or quotations, that hold them."""
        span, text = self.span, self.page.text
        held = sorted({n for n in self.page.quotation_of[self.first : self.stop] if n >= 0})
        spans = [self.page.quoting.quotations[number].trimmed(text) for number in held]
        start, end = min([span.start, *(one.start for one in spans)]), max([span.end, *(one.end for one in spans)])
        return Span(start, end)


def kind_of(article: Sequence[str], asked: Sequence[str], surface: str, lists: WordLists) -> DifferenceKind:
    """Return what words are, the gravest first.

    Parameters:
        article, asked: as they are compared.
        surface: as they are written, both.
    """
    forms = (*article, *asked)
    if any(form in lists.numbers or any(c.isdigit() for c in form) for form in forms):
        return "number"
    if any(map(lists.is_negation, forms)):
        return "negation"
    words = surface.split()
    if any(word[:1].isupper() and not lists.is_grammar(word.lower()) for word in words):
        return "name"
    return "word"
