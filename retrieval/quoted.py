"""A hit with the text that it stands in."""

from dataclasses import dataclass

from index.article import Span
from index.passage_prefix import prefixed
from index.sentences import sentences
from retrieval.answer import Hit
from retrieval.citation import Checked
from retrieval.snapshot import Serving


@dataclass(frozen=True, slots=True)
class Quoted:
    """A hit with the text of its article, and the sentences of its passage in order."""

    hit: Hit
    checked: Checked
    sentences: tuple[Span, ...]

    @property
    def quote(self) -> str:
        """The words of the passage."""
        return self.hit.passage.span.of(self.checked.text)

    @property
    def embedded(self) -> str:
        """The passage as encoder and lexicon know it."""
        return prefixed(self.hit.article.title, self.hit.passage.heading, self.quote)


def quoted(serving: Serving, hit: Hit) -> Quoted:
    """A hit with its text.

    Raises:
        CitationError: if that is not the one that the index was built from.
    """
    checked = serving.texts.of(hit.article)
    return Quoted(hit, checked, sentences(checked.text, hit.passage.span, hit.article.language))
