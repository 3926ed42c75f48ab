"""What became of a quote since it was cited: it stands where it stood, elsewhere in its article, otherwise, or not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from index.article import Span
from index.engines.bm25 import tokens
from index.generation.catalog import ArticleHead, StoredPassage
from retrieval.answer import Citation, Hit
from retrieval.citation import Checked, cite
from retrieval.snapshot import Snapshot

Became = Literal["same", "moved", "changed", "gone"]

# Share of the smaller text's word pairs that the other must hold too, to stand in its place.
_ALIKE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Standing:
    """A quote as it stands now.

    Attributes:
        became: 'same', 'moved' (the same words elsewhere), 'changed' (other words in its place) or 'gone'.
        now: the citation of what stands there now; None where it is gone.
    """

    became: Became
    now: Citation | None = None


def standing(snapshot: Snapshot, citation: Citation) -> Standing:
    """Return what became of a citation, perhaps of an earlier generation.

    Raises:
        UnknownArticleError: if its article is no longer there.
        CitationError: if the text is not the one that was read.
    """
    catalog = snapshot.generation.catalog
    number = snapshot.number_of(citation.article_id)
    head = catalog.head(number)
    checked = snapshot.texts.of(head)
    if checked.text[citation.start : citation.end] == citation.quote:
        return Standing("same", citation)
    passages = catalog.passages_of(number)
    start = _nearest(checked.text, citation)
    if start is not None and passages:
        return Standing("moved", _moved(citation, start, passages, head, checked))
    alike = _most_alike(citation.quote, passages, checked.text)
    if alike is None:
        return Standing("gone")
    return Standing("changed", cite(Hit(citation.rank, alike, head, 0.0, 0.0, 0.0), checked, ()))


def _nearest(text: str, citation: Citation) -> int | None:
    """Return where the quote stands nearest to its old place; None if nowhere."""
    after = text.find(citation.quote, citation.start)
    before = text.rfind(citation.quote, 0, citation.start + len(citation.quote))
    found = [place for place in (before, after) if place >= 0]
    return min(found, key=lambda place: abs(place - citation.start), default=None)


def _moved(
    citation: Citation, start: int, passages: Sequence[StoredPassage], head: ArticleHead, checked: Checked
) -> Citation:
    """Return the citation of the same words at their new place."""
    by = start - citation.start

    def shifted(span: Span) -> Span:
        return Span(span.start + by, span.end + by)

    around = [passage for passage in passages if passage.span.start <= start] or passages[:1]
    passage = replace(around[-1], span=shifted(Span(citation.start, citation.end)))
    return cite(
        Hit(citation.rank, passage, head, 0.0, 0.0, 0.0),
        checked,
        [shifted(one) for one in citation.highlights],
        None if citation.brief is None else shifted(citation.brief),
        None if citation.answer is None else shifted(citation.answer),
    )


def _most_alike(quote: str, passages: Sequence[StoredPassage], text: str) -> StoredPassage | None:
    """Return the passage that shares most word pairs with the quote; None where none is much like it."""
    wanted = _pairs(quote)
    shares = [
        (len(wanted & held) / max(1, min(len(wanted), len(held))), passage)
        for passage, held in ((passage, _pairs(passage.span.of(text))) for passage in passages)
    ]
    share, best = max(shares, key=lambda one: one[0], default=(0.0, None))
    return best if share >= _ALIKE else None


def _pairs(text: str) -> set[tuple[str, str]]:
    words = tokens(text)
    return set(zip(words, [*words[1:], ""], strict=True))
