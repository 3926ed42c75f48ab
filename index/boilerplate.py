"""Which spans of a scraped page are not the article.

A rule looks at the form of a paragraph (its opening, its length, how it ends, what it is made of; `clutter_forms`) and
at its neighbours (here), never at the site or the topic. To lose a sentence of reporting is worse than to keep a promo
line, so whatever reads as a sentence is left in unless its form is unmistakable, and so is what quotes anybody.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from index import clutter_forms as forms
from index import clutter_words as words
from index.article import Span
from index.clutter_line import UNTRIED, Line, as_line
from index.sentences import paragraphs

LONGEST_LIST: Final = 12
LONGEST_CAPTION: Final = 450

_CONTENT = re.compile(r"\w{3,}")
_TWO_SENTENCES = re.compile(r"[a-z]{3}[.!?] +[A-ZÀ-Þ]")
_MONTHS = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?|july?|aug(?:ust|\.)?|sept?(?:ember|\.)?|"
    r"oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)"
)
_DATED = re.compile(rf"\b{_MONTHS} \d{{1,2}},? (?:19|20)\d\d\b|\b\d{{1,2}} {_MONTHS},? (?:19|20)\d\d\b", re.IGNORECASE)
_POSED = re.compile(
    r"\((?:left|right|centre|center|[LRC]|links|rechts|à gauche|à droite)\)|"
    r", (?:left|right|centre|center),|, (?:left|right)\.?\Z|"
    r"\b(?:pictured|from left|left to right|file (?:photo|picture|image)|"
    r"in this (?:\w+ ){0,3}(?:photo|image|picture|frame)|"
    r"(?:is|are) (?:seen|shown) (?:here|in|at|on|near|outside|after|during)|poses? for|archivbild|symbolbild|"
    r"foto de archivo|photo d'archives)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|did|has|have|will|would|could|should|took|went|came|met|won|lost|began|became|fell|rose|gave|got|"
    r"saw|sent|spoke|led|killed|"
    r"\w{2,}ed (?:on|in|the|an?|to|that|its|his|her|their|for|from|at|into|after|new|\d+|up|out|off|down))\b",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    r"\b(?:is|are|gives?|speaks?|stands?|walks?|holds?|looks?|attends?|arrives?|shakes?|waves?|carr(?:y|ies)|takes?|sits?|"
    r"shows?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clutter:
    """One paragraph of a page that is not the article.

    Attributes:
        span: its place in the text, without surrounding white space.
        kind: 'advertisement', 'caption', 'consent', 'copyright', 'credit', 'form', 'navigation', 'promo', 'separator',
            'share' or 'source'.
    """

    span: Span
    kind: str


def clutter(text: str, blocks: Sequence[Span] | None = None) -> tuple[Clutter, ...]:
    """The paragraphs of `text` that are not the article.

    Args:
        blocks: the paragraphs of `text`, where they are known already.

    Returns:
        Spans of whole paragraphs, disjoint and in order. Where all of the text would be clutter, its full sentences
        are kept.
    """
    spans = paragraphs(text) if blocks is None else blocks
    lines = [as_line(span.of(text)) for span in spans]
    kinds = [_kind(span.of(text), line) for span, line in zip(spans, lines, strict=True)]
    _spread(kinds, lines, "form", lambda line: line.plain in words.FORM_FIELD)
    _spread(kinds, lines, "share", lambda line: line.plain in words.NETWORKS)
    _find_menus(kinds, lines)
    _find_labels(kinds, lines)
    _find_link_lists(kinds, lines)
    _find_captions(kinds, lines)
    if None not in kinds:
        kinds = [None if line.sentence else kind for kind, line in zip(kinds, lines, strict=True)]
    return tuple(Clutter(span, kind) for span, kind in zip(spans, kinds, strict=True) if kind)


def _kind(paragraph: str, line: Line) -> str | None:
    """What a paragraph is by itself; one of several lines is clutter as a whole, or if each of them is."""
    kind = forms.kind(line)
    parts = paragraph.splitlines()
    if kind or line is UNTRIED or len(parts) == 1:
        return kind
    kinds = [forms.kind(as_line(part)) for part in parts if part.strip()]
    return None if None in kinds else kinds[0]


def _spread(kinds: list[str | None], lines: Sequence[Line], kind: str, fits: Callable[[Line], bool]) -> None:
    """Gives `kind` to the lines that fit it and stand beside a line that has it, from neighbour to neighbour."""
    for order, step in ((range(1, len(lines)), 1), (range(len(lines) - 2, -1, -1), -1)):
        for place in order:
            if kinds[place] is None and kinds[place - step] == kind and fits(lines[place]):
                kinds[place] = kind


def _find_menus(kinds: list[str | None], lines: Sequence[Line]) -> None:
    """Runs of very short lines, most of which name the sections of a site."""
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and _could_be_menu(lines[end]):
            end += 1
        named = sum(line.plain in words.SECTIONS for line in lines[start:end])
        if named >= 3 and named >= (end - start) / 2:
            kinds[start:end] = [kind or "navigation" for kind in kinds[start:end]]
        start = end + 1


def _could_be_menu(line: Line) -> bool:
    return not line.ends and line.count <= 3 and 0 < len(line.words) <= 30


def _find_labels(kinds: list[str | None], lines: Sequence[Line]) -> None:
    """The label above a promo line that takes up one of its words, such as the name of a section."""
    for place in range(1, len(lines) - 1):
        label, promo = lines[place], lines[place + 1]
        if kinds[place] is None and kinds[place + 1] == "promo" and label.count <= 5 and not label.ends:
            shared = set(_CONTENT.findall(label.plain)) & set(_CONTENT.findall(promo.plain))
            kinds[place] = "promo" if shared else None


def _find_link_lists(kinds: list[str | None], lines: Sequence[Line]) -> None:
    """The headlines listed below the head of a list of links."""
    for place, head in enumerate(lines):
        if kinds[place] != "promo" or not forms.heads_links(head):
            continue
        end = place + 1
        while end < min(len(lines), place + 1 + LONGEST_LIST) and kinds[end] is None and _could_be_link(lines[end]):
            end += 1
        # One line by itself may as well be the heading of what follows.
        if end - place > 2 and (end == len(lines) or kinds[end] or lines[end].sentence):
            kinds[place + 1 : end] = ["promo"] * (end - place - 1)


def _could_be_link(line: Line) -> bool:
    return not line.ends and line.count >= 4 and len(line.words) <= 140


def _find_captions(kinds: list[str | None], lines: Sequence[Line]) -> None:
    for place in range(len(lines) - 1):
        if kinds[place] is None and kinds[place + 1] == "credit" and _reads_as_caption(lines[place]):
            kinds[place] = "caption"


def _reads_as_caption(line: Line) -> bool:
    """Whether a paragraph before a credit says what a picture shows: one sentence that poses or dates a scene."""
    if line.speech or len(line.words) > LONGEST_CAPTION or _TWO_SENTENCES.search(line.words):
        return False
    if _POSED.search(line.words):
        return True
    told = _PAST.search(line.words) is not None and _PRESENT.search(line.words) is None
    return _DATED.search(line.words) is not None and not told
