"""What stands around a citation: the passages before and after it, each cut to what none of the others holds."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from index.article import Span
from index.generation.catalog import StoredPassage
from index.sentences import paragraphs, trimmed


def neighbours(
    text: str, passages: Sequence[StoredPassage], span: Span, reach: int
) -> tuple[list[StoredPassage], list[StoredPassage]]:
    """The passages on either side of a span, each cut to what neither the span nor another of them holds."""
    starts = [block.start for block in paragraphs(text)]

    def part(passage: StoredPassage, start: int, end: int) -> StoredPassage:
        kept = trimmed(text, start, max(start, end))
        return replace(passage, span=kept, paragraph=bisect_right(starts, kept.start))

    earlier = [passage for passage in passages if passage.span.start < span.start]
    later = [passage for passage in passages if passage.span.end > span.end]
    before: list[StoredPassage] = []
    after: list[StoredPassage] = []
    edge = span.start
    for passage in reversed(earlier[max(0, len(earlier) - reach) :]):
        before.insert(0, part(passage, passage.span.start, min(passage.span.end, edge)))
        edge = passage.span.start
    edge = span.end
    for passage in later[:reach]:
        after.append(part(passage, max(passage.span.start, edge), passage.span.end))
        edge = passage.span.end
    return [one for one in before if len(one.span)], [one for one in after if len(one.span)]
