"""How much of a passage a reader needs to see around the sentence that answers: its brief.

A brief begins and ends where sentences do. It holds every answering sentence, the one before where the first leans on
it ("He ...", "But ..."), and of the neighbours as many as fit. It does not end inside quoted speech or a parenthesis
where one more sentence closes it.
"""

from collections.abc import Sequence
from typing import Final

import regex

from index.article import Span
from index.sentences import sentences

# Code points that a brief may grow to by its neighbours: with so many it holds 95 of 100 answers that the passage holds
# on squadshifts_newwiki.
_ROOM: Final = 400
# Less than this is not worth leaving out.
_SCRAP: Final = 60

# A sentence that begins with one of these says little without the one before: pronouns and connectives.
_LEANS: Final = regex.compile(
    r"\P{L}*(?:he|she|it|they|him|her|his|its|their|this|that|these|those|such|but|however|so|then|therefore|thus|also|"
    r"and|or|yet|instead|meanwhile|moreover|nevertheless|otherwise|"
    r"han|hun|den|det|de|hans|hennes|dens|deres|dette|disse|denne|men|derfor|dermed|likevel|imidlertid|da|"
    r"er|sie|es|dies|diese|dieser|dieses|aber|doch|jedoch|deshalb|"
    r"il|elle|ils|elles|cela|ce|ces|mais|donc|pourtant)\b",
    regex.I,
)


def brief(
    text: str,
    passage: Span,
    highlights: Sequence[Span],
    language: str | None,
    found: Sequence[Span] | None = None,
) -> Span:
    """The part of `text[passage]` to show where there is not room for all of it.

    Parameters:
        highlights: the sentences that answer, within the passage; of none the passage's beginning is shown.
        found: the sentences of the passage, where they are known.

    Returns:
        a span within the passage that holds every highlight.
    """
    found = sentences(text, passage, language) if found is None else found
    core = Span(min(one.start for one in highlights), max(one.end for one in highlights)) if highlights else found[0]
    inside = [place for place, sentence in enumerate(found) if sentence.meets(core)] or [0]
    first, last = inside[0], inside[-1]
    if first > 0 and _LEANS.match(text, found[first].start, found[first].end):
        first -= 1
    first, last = _grown(found, first, last)
    start, end = min(found[first].start, core.start), max(found[last].end, core.end)
    if start - passage.start < _SCRAP:
        start = passage.start
    if passage.end - end < _SCRAP:
        end = passage.end
    return Span(start, end)


def _grown(found: Sequence[Span], first: int, last: int) -> tuple[int, int]:
    """With as many neighbours as fit, those after first: what explains an answer mostly follows it."""
    while last + 1 < len(found) and found[last + 1].end - found[first].start <= _ROOM:
        last += 1
    while first > 0 and found[last].end - found[first - 1].start <= _ROOM:
        first -= 1
    return first, last
