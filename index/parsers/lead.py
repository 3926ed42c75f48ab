"""The lead of an article: the sentence that opens it, and the metadata in its dateline."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from index.article import UNKNOWN, Clutter, Found, Parts, Span
from index.metadata import first_known, found, one_line, shortened
from index.parsers.dates import dates_in, weekday_names
from index.parsers.lines import TOP, meets_any
from index.sentence_ends import SENTENCE_END
from index.sentences import sentences

LONGEST_LEAD: Final = 100
# Blocks that may have the dateline: it may stand below a caption and its credit.
DATELINE_BLOCKS: Final = 6
# There were no web pages before; an earlier date in a text is part of its story.
FIRST_YEAR_ONLINE: Final = "1990"

DATELINE: Final = re.compile(
    r"[*_]{0,3}(?P<head>[^\W\d_][^\n–—()]{0,60}?(?:\((?P<agency>[^()\n]{2,30})\))?[^\n–—()]{0,30}?)(?:\s?[–—]|\s?--|\s-|(?<=\)):)\s{1,3}(?=[^\s])"
)
# The dash behind a dateline, and its greatest distance from the start. Most paragraphs have none there, which is found
# much faster than by DATELINE with its two optional parts.
_DASH: Final = re.compile(r"[–—]|--|\s-|\):")
_FAR: Final = 135
MONTH_DAY: Final = re.compile(r"[^\W\d_]{3,12}\.?\s\d{1,2}\b|\b\d{1,2}\.?\s[^\W\d_]{3,12}")
AGENCIES: Final = frozenset(
    (
        "AFP AP ANI ANSA APA Belga Bloomberg CNN dpa DPA EFE IANS Interfax Kyodo Lusa NTB PTI Reuters "
        "Ritzau SDA TASS TT UPI Xinhua"
    ).split()
)
CAPITALISED: Final = re.compile(r"[^\W\d_]{3,}")
# Names that a caption and the lead must share to be of one event.
SHARED_NAMES: Final = 2


@dataclass(frozen=True, slots=True)
class Lead:
    """The sentence that opens an article, and the metadata around it.

    Attributes:
        sentence: its span without the dateline; None if the text has no words.
        source: the agency in the dateline.
        published: the date of the dateline, else of a caption whose weekday the lead names.
    """

    sentence: Span | None
    source: Found = UNKNOWN
    published: Found = UNKNOWN

    def words(self, text: str) -> str:
        """Return the sentence, '' if there is none."""
        return "" if self.sentence is None else self.sentence.of(text)


def lead(text: str, parts: Parts, outside: Sequence[Span] = (), language: str | None = None) -> Lead:
    """Find the lead of an article's text.

    Parameters:
        parts: of the text.
        outside: spans of it that are no running text, such as headings and front matter; disjoint, in order.
        language: ISO 639-1, if it is known.
    """
    top = takewhile(lambda block: block.start < TOP, parts.paragraphs)
    blocks = [block for block in top if _has_words(block.of(text)) and not meets_any(block, outside)]
    clutters = parts.clutter
    captions = _captions(blocks, clutters)
    cluttered = [each.span for each in clutters]
    captioned = set(captions)
    reporting = [block for block in blocks if block not in captioned and not meets_any(block, cluttered)]
    for block in reporting[:DATELINE_BLOCKS]:
        match = dateline(block.of(text))
        if match:
            start = block.start + match.end()
            sentence = _first_sentence(text, Span(start, block.end), language)
            day = next((day for day, _ in dates_in(match["head"]) if day >= FIRST_YEAR_ONLINE), None)
            return Lead(
                sentence,
                found(match["agency"] if match["agency"] in AGENCIES else None, "dateline"),
                first_known(found(day, "dateline"), _dated_by_caption(text, sentence, captions)),
            )
    # A section's name may stand above the lead; it is short and does not end as a sentence.
    spoken = [block for block in reporting[:DATELINE_BLOCKS] if SENTENCE_END.search(block.of(text)[-20:])]
    opening = (spoken or reporting or captions or blocks)[:1]
    if not opening:
        return Lead(None)
    sentence = _first_sentence(text, opening[0], language)
    return Lead(sentence, published=_dated_by_caption(text, sentence, captions))


def title_of(sentence: str) -> str | None:
    """Make a title of a lead sentence: one line, shortened at a word."""
    line = one_line(sentence)
    return line and shortened(line, LONGEST_LEAD)


def dateline(paragraph: str) -> re.Match[str] | None:
    """Match the dateline of a paragraph: 'GENEVA – ', 'BERLIN, Jan 21 (Reuters) - ', 'Oslo, 3 March 2021 – '."""
    match = DATELINE.match(paragraph) if _DASH.search(paragraph, 0, _FAR) else None
    if match is None:
        return None
    head, follows = match["head"], paragraph[match.end()]
    # 'NATO – the alliance – says' is a sentence that goes on.
    if follows.islower():
        return None
    place = re.split(r"[,(/]", head, maxsplit=1)[0].strip(" *_")
    is_place = place.isupper() and len(place) > 2
    is_dated = place[0].isupper() and MONTH_DAY.search(head[len(place) :]) is not None
    return match if is_place or is_dated or match["agency"] in AGENCIES else None


def _captions(blocks: list[Span], clutters: Sequence[Clutter]) -> list[Span]:
    """Return the blocks that are marked as captions or that a photo credit follows."""
    credits = {each.span.start for each in clutters if each.kind == "credit"}
    marked = {each.span for each in clutters if each.kind == "caption"}
    following = [*blocks[1:], None][: len(blocks)]
    return [
        block
        for block, after in zip(blocks, following, strict=True)
        if block.start not in credits and (block in marked or (after is not None and after.start in credits))
    ]


def _dated_by_caption(text: str, sentence: Span, captions: Sequence[Span]) -> Found:
    """Return the day of the photo that shows the event of the lead.

    A picture may be from the archive. Its day is the article's only if the lead names its weekday and its people, and
    no other picture is of a later day.
    """
    lead_words = sentence.of(text)
    days = sorted((day, caption) for caption in captions for day, _ in dates_in(caption.of(text)))
    if not days or days[-1][0] < FIRST_YEAR_ONLINE:
        return UNKNOWN
    day, caption = days[-1]
    names = _capitalised(lead_words) & _capitalised(caption.of(text))
    said = set(map(str.lower, CAPITALISED.findall(lead_words)))
    if len(names) < SHARED_NAMES or said.isdisjoint(weekday_names(day)):
        return UNKNOWN
    return Found(day, "photo caption")


def _capitalised(words: str) -> set[str]:
    return {word for word in CAPITALISED.findall(words) if word[0].isupper()}


def _first_sentence(text: str, block: Span, language: str | None) -> Span:
    return next(iter(sentences(text, block, language)), block)


def _has_words(words: str) -> bool:
    return any(character.isalnum() for character in words)
