"""What an article sets between quotation marks, and which of these quotations are one utterance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import regex

from index.article import Span
from index.sentences import paragraphs
from retrieval.quotes.wordlists import WordLists
from retrieval.quotes.words import words_of

# By the mark that opens, those that close.
_CLOSING: Final = {
    "“": '”“"',
    "„": '“”"',
    "«": "»",
    "»": "«",
    "”": "”",
    '"': '"”',
    "＂": "＂",
    "「": "」",
    "『": "』",
    "‘": "’",
    "'": "'",
}
_MARK: Final = regex.compile("[“„«»”\"＂「」『』‘’']")
_SINGLE: Final = "‘'"
_DASH: Final = regex.compile(r"[–—-]\s+(?=\S)")
# Words between two halves of a sentence: more are a sentence of their own.
_LONGEST_CLAUSE: Final = 30
_FULL_STOP: Final = regex.compile(
    r"(?<!\b(?:Mrs?|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Lt|Col|Sgt|St|Jr|Sr|Rev|Hon|Inc|Corp|vs|No|Nr|\p{Lu}))"
    r"[.!?…。！？][)\]]*(?=\s|\Z)"
)
_LAST_MARKS: Final = " \t\r\n,;:،，、"


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words between quotation marks.

    Attributes:
        span: their place, without the marks.
        paragraph: the number of the paragraph.
        is_closed: whether a mark closes it; where none does, the next paragraph may go on with it.
        utterance: the same number for quotations that one reporting clause interrupts, or a new paragraph.
    """

    span: Span
    paragraph: int
    is_closed: bool
    utterance: int = -1

    def ends_with_comma(self, text: str) -> bool:
        """Return whether a comma leads from it to the clause that reports it."""
        return self.span.of(text).rstrip()[-1:] in tuple(",،，、")

    def trimmed(self, text: str) -> Span:
        """Return its place without surrounding blanks and the comma before a reporting clause."""
        words = self.span.of(text)
        start = self.span.start + len(words) - len(words.lstrip())
        return Span(start, max(start, self.span.start + len(words.rstrip(_LAST_MARKS))))


@dataclass(frozen=True, slots=True)
class Quoting:
    """A text, or a part of one, with its quotations in order.

    Attributes:
        interruptions: reporting clauses between two quotations of one utterance.
    """

    text: str
    words: WordLists
    paragraphs: tuple[Span, ...]
    quotations: tuple[Quotation, ...]
    interruptions: tuple[Span, ...]

    def narration_before(self, number: int) -> Span:
        """Return what stands between a quotation and the one before it, or the start of its paragraph."""
        one = self.quotations[number]
        start = self.paragraphs[one.paragraph].start
        if number and self.quotations[number - 1].paragraph == one.paragraph:
            start = self.quotations[number - 1].span.end + 1
        return (
            Span(min(start, one.span.start), max(start, one.span.start - 1))
            if start < one.span.start
            else Span(one.span.start, one.span.start)
        )

    def narration_after(self, number: int) -> Span:
        """Return what stands between a quotation and the next one, or the end of its paragraph."""
        one = self.quotations[number]
        if number + 1 < len(self.quotations) and self.quotations[number + 1].paragraph == one.paragraph:
            return self.narration_before(number + 1)
        end = self.paragraphs[one.paragraph].end
        start = min(one.span.end + 1, end)
        return Span(start, max(start, end))

    def holding(self, span: Span) -> list[int]:
        """Return the numbers of the quotations that share a code point with a span."""
        return [number for number, one in enumerate(self.quotations) if one.span.meets(span)]


def quoting(text: str, words: WordLists, part: Span | None = None) -> Quoting:
    """Return the quotations of a text, or of a part that begins and ends with a paragraph."""
    blocks = _lines(text, Span(0, len(text)) if part is None else part)
    found: list[Quotation] = []
    for number, block in enumerate(blocks):
        found += _quotations(text, block, number, words)
    interruptions: list[Span] = []
    chained: list[Quotation] = []
    utterance = start = 0
    for number, one in enumerate(found):
        before = chained[-1] if chained else None
        between = None if before is None else _between(text, before, one, words, start)
        in_line = before is not None and before.paragraph == one.paragraph
        start = before.span.end + 1 if before is not None and in_line else blocks[one.paragraph].start
        if between is None:
            utterance = number
        elif len(between):
            interruptions.append(between)
        chained.append(Quotation(one.span, one.paragraph, one.is_closed, utterance))
    return Quoting(text, words, tuple(blocks), tuple(chained), tuple(interruptions))


def full_stops(text: str, span: Span) -> list[int]:
    """Return the places behind the full stops of a narration."""
    return [match.end() for match in _FULL_STOP.finditer(text, span.start, span.end)]


def _lines(text: str, part: Span) -> list[Span]:
    return [Span(part.start + one.start, part.start + one.end) for one in paragraphs(part.of(text))]


def _quotations(text: str, block: Span, number: int, words: WordLists) -> Iterator[Quotation]:
    marked = list(_marked(text, block, number))
    if not marked and words.languages != ("en",) and _DASH.match(text, block.start, block.end):
        marked = list(_dashed(text, block, number, words))
    return iter(marked)


def _marked(text: str, block: Span, number: int) -> Iterator[Quotation]:
    opened, mark = -1, ""
    for match in _MARK.finditer(text, block.start, block.end):
        place, sign = match.start(), match[0]
        before = text[place - 1] if place > block.start else " "
        after = text[place + 1] if place + 1 < block.end else " "
        if opened < 0:
            if _opens(text, block, place, sign, before, after):
                opened, mark = place + 1, sign
        elif sign in _CLOSING[mark] and not (mark in _SINGLE and after.isalnum()):
            if sign in '"“' and before.isspace() and (after.isalnum() or after in "[…"):
                # The mark that should have closed the one before is missing.
                yield Quotation(Span(opened, place), number, True)
                opened, mark = place + 1, sign
            else:
                yield Quotation(Span(opened, place), number, True)
                opened = -1
    if opened >= 0 and mark not in _SINGLE and opened < block.end:
        yield Quotation(Span(opened, block.end), number, False)


def _opens(text: str, block: Span, place: int, sign: str, before: str, after: str) -> bool:
    if after.isspace() or sign not in _CLOSING:
        return False
    if sign in _SINGLE:
        if before.isalnum() or before in ".,":
            return False
        closer = _CLOSING[sign]
        ends = regex.compile(rf"(?<=[.,!?…\p{{L}}\p{{N}}]){closer}(?![\p{{L}}\p{{N}}])")
        return ends.search(text, place + 2, block.end) is not None
    return not (sign in "»”" and not before.isspace())


def _dashed(text: str, block: Span, number: int, words: WordLists) -> Iterator[Quotation]:
    """Yield what a dash opens, as the press of the north and of France has it: up to the clause that reports it."""
    dashes = [block.start, *(m.start() for m in regex.finditer(r"(?<=[.!?…] )[–—-]\s", text[: block.end]))]
    dashes = [place for place in dashes if place >= block.start]
    for start, stop in pairwise([*dashes, block.end]):
        opened = _DASH.match(text, start, stop)
        if opened is None:
            continue
        end, closed = stop, False
        for comma in regex.finditer(r"[,!?.]\s+(?=(\p{L}+))", text[:stop], pos=opened.end()):
            if comma[1].lower() in words.saying:
                end, closed = comma.start() + (text[comma.start()] != ","), True
                break
        if end > opened.end():
            yield Quotation(Span(opened.end(), end), number, closed)


def _between(text: str, one: Quotation, other: Quotation, words: WordLists, start: int) -> Span | None:
    """Return the clause that interrupts two quotations of one utterance, empty where nothing does; else None.

    A clause behind a quotation that another leads to ("X said, “A?” Y said, “B”") is the next quotation's.

    Parameters:
        start: where the narration before `one` begins.
    """
    if other.paragraph != one.paragraph:
        goes_on = not one.is_closed and other.paragraph == one.paragraph + 1
        return Span(one.span.end, one.span.end) if goes_on else None
    gap = Span(one.span.end + 1, max(one.span.end + 1, other.span.start - 1))
    if not gap.of(text).strip(" ,.;"):
        return Span(one.span.end, one.span.end)
    clause = words_of(text, gap)
    verbs = [place for place, form in enumerate(clause.forms) if form in words.saying]
    # "said Runa Aasheim, who asked for the vote": what says more of the speaker has verbs of its own.
    is_one = len(verbs) == 1 or (len(verbs) > 1 and not words.relative.isdisjoint(clause.forms[verbs[0] : verbs[1]]))
    stops = full_stops(text, gap)
    # A clause that ends with a full stop reports what stands before it, and what follows goes on.
    is_whole = not stops or (len(stops) == 1 and not text[stops[0] : gap.end].strip())
    is_led = any(form in words.saying for form in words_of(text, _lead(text, one, start)).forms)
    if is_one and is_whole and not is_led and len(clause) <= _LONGEST_CLAUSE and _begins_like_report(text, one, gap):
        return gap
    return None


def _lead(text: str, one: Quotation, start: int) -> Span:
    """Return the beginning of the sentence in which a quotation stands, as far as it is narration."""
    end = max(start, one.span.start - 1)
    stops = full_stops(text, Span(start, end))
    return Span(stops[-1] if stops else start, end)


def _begins_like_report(text: str, one: Quotation, gap: Span) -> bool:
    """Return whether a clause belongs to the quotation before it: no full stop parts them, and no colon ends it."""
    last = one.span.of(text).rstrip()[-1:]
    behind = gap.of(text).strip()
    return last not in ".。" and not behind.startswith(".") and not behind.endswith(":")


def near(quotations: Sequence[Quotation], offset: int) -> int | None:
    """Return the number of the quotation that holds a place, None where none does."""
    return next((n for n, one in enumerate(quotations) if one.span.start <= offset < one.span.end), None)
