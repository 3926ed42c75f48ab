"""The lead of an article: the sentence that opens it, and what its dateline says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from index.article import UNKNOWN, Found, Span
from index.boilerplate import Clutter, clutter
from index.metadata import found, one_line, shortened
from index.readers.dates import dates_in
from index.readers.lines import meets_any
from index.readers.vocabulary import listed
from index.sentences import paragraphs, sentences

# A lead stands at the top, so a megabyte need not be looked at to find it.
TOP: Final = 20_000
LONGEST_LEAD: Final = 100
# How far down a dateline is looked for: below a caption and its credit.
DATELINE_BLOCKS: Final = 6
DATED_BLOCKS: Final = 3
# There were no pages to scrape before; an earlier date in a text is what it is about.
FIRST_YEAR_ONLINE: Final = "1990"

SENTENCE_END: Final = re.compile(r"[.!?…。！？।][\"'”’»)\]*_]*\Z")
DATELINE: Final = re.compile(
    r"[*_]{0,3}(?P<head>[^\W\d_][^\n–—()]{0,60}?(?:\((?P<agency>[^()\n]{2,30})\))?[^\n–—()]{0,30}?)(?:\s?[–—]|\s?--|\s-|(?<=\)):)\s{1,3}(?=[^\s])"
)
# What stands between a dateline and its sentence, and how far from the start at most: told at once of most paragraphs,
# where DATELINE tries every place for two things that are optional.
_DASH: Final = re.compile(r"[–—]|--|\s-|\):")
_FAR: Final = 135
MONTH_DAY: Final = re.compile(r"[^\W\d_]{3,12}\.?\s\d{1,2}\b|\b\d{1,2}\.?\s[^\W\d_]{3,12}")
AGENCIES: Final = frozenset(
    listed(
        "AFP AP ANI ANSA APA Belga Bloomberg CNN dpa DPA EFE IANS Interfax Kyodo Lusa NTB PTI Reuters "
        "Ritzau SDA TASS TT UPI Xinhua"
    )
)
# Words in front of a date of something other than the report: 'born on 4 August 1961'.
OF_ANOTHER_DAY: Final = re.compile(r"\b(?:born|died|since|until|till|before|after|from|between|by|to)\s(?:on\s)?\Z")


@dataclass(frozen=True, slots=True)
class Top:
    """The beginning of a text, in which headline and lead stand, with its paragraphs and what of them is clutter."""

    text: str
    paragraphs: tuple[Span, ...]
    clutter: tuple[Clutter, ...]

    @classmethod
    def of(cls, text: str) -> "Top":
        """Return the top of `text`."""
        top = text[:TOP]
        blocks = paragraphs(top)
        return cls(top, blocks, clutter(top, blocks))


@dataclass(frozen=True, slots=True)
class Lead:
    """The sentence that opens an article, and what stands around it.

    Attributes:
        sentence: where it is in the text, its dateline left out; None where the text has no words.
        source: the agency that the dateline names.
        published: the date of the dateline, else one in the first paragraphs or captions.
    """

    sentence: Span | None
    source: Found = UNKNOWN
    published: Found = UNKNOWN

    def words(self, text: str) -> str:
        """The sentence, '' where there is none."""
        return "" if self.sentence is None else self.sentence.of(text)


def lead(text: str | Top, outside: Sequence[Span] = (), language: str | None = None) -> Lead:
    """The lead of `text`.

    Args:
        text: an article's, or its top.
        outside: spans of it that are no running text, such as headings and front matter; disjoint, in order.
        language: ISO 639-1, where it is known.
    """
    whole = text if isinstance(text, Top) else Top.of(text)
    top, clutters = whole.text, whole.clutter
    blocks = [block for block in whole.paragraphs if _has_words(block.of(top)) and not meets_any(block, outside)]
    captions = _captions(blocks, clutters)
    cluttered = [each.span for each in clutters]
    captioned = set(captions)
    reporting = [block for block in blocks if block not in captioned and not meets_any(block, cluttered)]
    for block in reporting[:DATELINE_BLOCKS]:
        match = dateline(block.of(top))
        if match:
            start = block.start + match.end()
            return Lead(
                _first_sentence(top, Span(start, block.end), language),
                found(match["agency"] if match["agency"] in AGENCIES else None, "dateline"),
                _dated(match["head"], "dateline", or_else=_dated_text(top, reporting, captions)),
            )
    # Above the lead may stand what names the page's section; it is short and does not end like a sentence.
    spoken = [block for block in reporting[:DATELINE_BLOCKS] if SENTENCE_END.search(block.of(top)[-20:])]
    opening = (spoken or reporting or captions or blocks)[:1]
    if not opening:
        return Lead(None)
    return Lead(_first_sentence(top, opening[0], language), published=_dated_text(top, reporting, captions))


def title_of(sentence: str) -> str | None:
    """A title made of a lead sentence: in one line, shortened at a word."""
    line = one_line(sentence)
    return line and shortened(line, LONGEST_LEAD)


def dateline(paragraph: str) -> re.Match[str] | None:
    """The dateline that `paragraph` opens with: 'GENEVA – ', 'BERLIN, Jan 21 (Reuters) - ', 'Oslo, 3 March 2021 – '."""
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
    """The blocks that a photo credit follows."""
    credits = {each.span.start for each in clutters if each.kind == "credit"}
    marked = {each.span for each in clutters if each.kind == "caption"}
    following = [*blocks[1:], None][: len(blocks)]
    return [
        block
        for block, after in zip(blocks, following, strict=True)
        if block.start not in credits and (block in marked or (after is not None and after.start in credits))
    ]


def _dated_text(text: str, reporting: Sequence[Span], captions: Sequence[Span]) -> Found:
    for blocks, where in ((reporting[:DATED_BLOCKS], "text"), (captions, "photo caption")):
        for block in blocks:
            dated = _dated(block.of(text), where)
            if dated.value:
                return dated
    return UNKNOWN


def _dated(words: str, where: str, or_else: Found = UNKNOWN) -> Found:
    for day, span in dates_in(words):
        before = words[max(0, span.start - 20) : span.start].lower()
        if day >= FIRST_YEAR_ONLINE and not before.endswith("(") and not OF_ANOTHER_DAY.search(before):
            return Found(day, where)
    return or_else


def _first_sentence(text: str, block: Span, language: str | None) -> Span:
    return next(iter(sentences(text, block, language)), block)


def _has_words(words: str) -> bool:
    return any(character.isalnum() for character in words)
