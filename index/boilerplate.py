"""Which spans of a scraped page are not the article.

A classifier of lines in their places (`index.clutter`) decides, and a few forms that it cannot learn. To lose a
sentence of reporting is worse than to keep a promo line, so it must be the surer the longer a line is.
"""

import math
import re
from collections.abc import Iterator, Sequence, Set
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.article import Clutter, Parts, Span
from index.clutter import forms
from index.clutter.model import Classifier, classifier
from index.clutter.vocabulary import spelled
from index.sentence_ends import ends_sentence
from index.sentences import paragraphs
from index.shared_lines import key_of, may_be_shared

# How much surer the classifier must be of a line that somebody set as a list, or below a heading.
MARKED: Final = 4.0
# And of a list whose items begin alike, with a number: dates of a tour, stages of a race, results.
SERIES: Final = 2.0
# What a line adds that many files of the folder share, and one of so many in a row.
SHARED: Final = 4.0
SHARED_BLOCK: Final = 6.0
BLOCK: Final = 4

_FEWEST_WORDS: Final = 4
_HEADING = re.compile(r"#{1,6} \S")
_ITEM = re.compile(r"(?:[-*+] |\d{1,3}[.)] |\|.*\|\Z|[>`])")


def parts_of(text: str) -> Parts:
    """The paragraphs of a text, and which of them are clutter."""
    return told(text, classifier())


def clutter(text: str) -> tuple[Clutter, ...]:
    """The paragraphs of `text` that are not the article.

    Returns:
        Spans of whole paragraphs, disjoint and in order. Where all of the text would be clutter, its full sentences
        are kept.
    """
    return parts_of(text).clutter


def told(text: str, by: Classifier) -> Parts:
    """The parts of a text by a classifier, which need not be the one that the package holds: see `clutter`."""
    spans = paragraphs(text)
    lines = [" ".join(span.of(text).split()) if len(span) < forms.LONGEST else span.of(text) for span in spans]
    kinds, margins = judged(lines, by.margins(lines), by)
    if all(kinds):
        kinds = ["" if _is_sentence(line) else kind for kind, line in zip(kinds, lines, strict=True)]
    found = tuple(Clutter(span, kind) for span, kind in zip(spans, kinds, strict=True) if kind)
    return Parts(spans, found, tuple(margins))


def shared_clutter(text: str, parts: Parts, shared: Set[int]) -> Iterator[Span]:
    """The paragraphs that are clutter because other files of the folder have them too, beside those that are anyway.

    A whole block that is shared is surer clutter than a line by itself, which may be what a site says of itself:
    when it is open, where it is.

    Parameters:
        shared: keys of the lines that many files share, see `shared_lines`.
    """
    if not shared:
        return
    held = [_is_shared(span.of(text), shared) for span in parts.paragraphs]
    # Of a report that many papers print, all the reporting is shared.
    sure = [place for place, margin in enumerate(parts.margins) if margin <= -SHARED_BLOCK]
    if 2 * sum(len(parts.paragraphs[place]) * held[place] for place in sure) > sum(
        len(parts.paragraphs[place]) for place in sure
    ):
        return
    for run in forms.runs(held):
        likelier = SHARED_BLOCK if len(run) >= BLOCK else SHARED
        yield from (parts.paragraphs[place] for place in run if -likelier < parts.margins[place] <= 0)


def _is_shared(paragraph: str, shared: Set[int]) -> bool:
    return "\n" not in paragraph and may_be_shared(paragraph) and key_of(paragraph) in shared


def judged(lines: Sequence[str], margins: NDArray[np.float32], by: Classifier) -> tuple[list[str], list[float]]:
    """Return the kind of each line of a page that is clutter, '' of the others, and how far each is beyond the limit.

    Parameters:
        margins: how far each line is beyond the classifier's limit, of shape (lines,).
    """
    words = list(map(spelled, lines))
    amid, series = forms.amid(lines), forms.series(lines)
    listed = (
        forms.contents(lines) | forms.bars(lines, words) | forms.ranked(lines) | forms.linked(lines, words, by.heads)
    )
    # Flattened pages have no marks of Markdown: who sets them has chosen what stands there.
    written = any(_HEADING.match(line) for line in lines)
    kinds: list[str] = []
    beyond: list[float] = []
    for place, (line, margin) in enumerate(zip(lines, margins.tolist(), strict=True)):
        if written or _ITEM.match(line):
            margin -= MARKED
        if place in series:
            margin -= SERIES
        if place in amid:
            margin = -math.inf
        elif margin > -by.bonus and words[place] in by.known:
            margin += by.bonus
        beyond.append(margin)
        if place in amid:
            kinds.append("")
        elif forms.is_credit(line):
            kinds.append("credit")
        elif forms.ends_in_credit(line):
            kinds.append("caption")
        elif margin > 0 or place in listed or _is_certain(line, words[place], by):
            kinds.append("other")
        else:
            kinds.append("")
    for place in range(len(lines) - 1):
        if kinds[place + 1] == "credit" and kinds[place] in ("", "other") and forms.is_caption(lines[place]):
            kinds[place] = "caption"
    return kinds, beyond


def _is_certain(line: str, words: str, by: Classifier) -> bool:
    """Whether a line is clutter by its form, whatever the classifier makes of its place."""
    if len(line) > forms.LONGEST:
        return False
    return (
        words in by.phrases
        or forms.is_stamp(line)
        or forms.is_share_bar(line)
        or forms.is_menu(line, by.known)
        or forms.is_labelled(line, by.heads, by.topics)
        or forms.opens(line, by.openings)
    )


def _is_sentence(line: str) -> bool:
    return ends_sentence(line) and (len(line.split(maxsplit=_FEWEST_WORDS)) >= _FEWEST_WORDS or not line.isascii())
