"""The spans of a scraped page that are not the article.

A classifier of lines in their places decides, and a few forms that it cannot learn. Losing a sentence of reporting is
worse than keeping a promo line, so the classifier must be the surer the longer a line is.
"""

import math
import re
from collections.abc import Iterator, Sequence, Set
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.article import Clutter, Parts, Span
from index.clutter import forms
from index.clutter.features import normalized
from index.clutter.model import Classifier, classifier
from index.clutter.shared_lines import key_of, may_be_shared
from index.sentence_ends import ends_sentence
from index.sentences import paragraphs

# Log-odds by which the classifier must be surer of a line in a list, or on a page with headings of Markdown,
MARKED: Final = 4.0
# and of a list whose items begin alike, with a number: dates of a tour, stages of a race, results.
SERIES: Final = 2.0
# Log-odds added to a line that many files of the folder share, and to each of so many in a row.
SHARED: Final = 4.0
SHARED_BLOCK: Final = 6.0
BLOCK: Final = 4

_FEWEST_WORDS: Final = 4
# Short lines left over at the edge of a stretch: more of them in a row may be a poem, a table, a list of results.
_MOST_LEFTOVERS: Final = 4
_LONGEST_LEFTOVER: Final = 60
_MOST_WORDS: Final = 8
_HEADING = re.compile(r"#{1,6} \S")
_ITEM = re.compile(r"(?:[-*+] |\d{1,3}[.)] |\|.*\|\Z|[>`])")


def parts_of(text: str) -> Parts:
    """Return the paragraphs of a text, and which of them are clutter; if all would be, full sentences are kept."""
    return parts_by(text, classifier())


def parts_by(text: str, by: Classifier) -> Parts:
    """Return the parts of a text by a classifier that need not be the one that the package ships."""
    spans = paragraphs(text)
    lines = [" ".join(span.of(text).split()) if len(span) < forms.LONGEST else span.of(text) for span in spans]
    kinds, margins = judge(lines, by.margins(lines), by)
    if all(kinds):
        kinds = ["" if _is_sentence(line) else kind for kind, line in zip(kinds, lines, strict=True)]
    found = tuple(Clutter(span, kind) for span, kind in zip(spans, kinds, strict=True) if kind)
    return Parts(spans, found, tuple(margins))


def shared_clutter(text: str, parts: Parts, shared: Set[int]) -> Iterator[Span]:
    """Yield the paragraphs that are clutter only because many files of the folder have them.

    A shared block is surer clutter than a single line, which may be a fact about the site, such as its opening hours.

    Parameters:
        shared: keys of the lines that many files share, see `shared_lines`.
    """
    if not shared:
        return
    held = [_is_shared(span.of(text), shared) for span in parts.paragraphs]
    # All the reporting of a report that many papers print is shared.
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


def judge(lines: Sequence[str], margins: NDArray[np.float32], by: Classifier) -> tuple[list[str], list[float]]:
    """Return the kind of each line of a page that is clutter, '' of the others, and how far each is beyond the limit.

    Parameters:
        margins: how far each line is beyond the classifier's limit, of shape (lines,).
    """
    words = list(map(normalized, lines))
    inside, series = forms.within_sentences(lines), forms.numbered_lists(lines)
    listed = (
        forms.tables_of_contents(lines)
        | forms.network_bars(lines, words)
        | forms.most_read(lines)
        | forms.story_lists(lines, words, by.heads)
    )
    # Flattened pages have no marks of Markdown; a person who sets them has chosen the lines.
    written = any(_HEADING.match(line) for line in lines)
    kinds: list[str] = []
    beyond: list[float] = []
    for place, (line, margin) in enumerate(zip(lines, margins.tolist(), strict=True)):
        if written or _ITEM.match(line):
            margin -= MARKED
        if place in series:
            margin -= SERIES
        if place in inside:
            margin = -math.inf
        elif margin > -by.bonus and words[place] in by.known:
            margin += by.bonus
        beyond.append(margin)
        if place in inside:
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
    """Return whether a line is clutter by its form alone."""
    if len(line) > forms.LONGEST:
        return False
    return (
        words in by.phrases
        or forms.is_stamp(line)
        or forms.is_share_bar(line)
        or forms.is_menu(line, by.known)
        or forms.is_labelled(line, by.heads, by.topics)
        or forms.opens_as_clutter(line, by.openings)
    )


def _is_sentence(line: str) -> bool:
    return ends_sentence(line) and (len(line.split(maxsplit=_FEWEST_WORDS)) >= _FEWEST_WORDS or not line.isascii())


def without_leftovers(text: str, sentences: Sequence[Span], *, before: bool, after: bool) -> Sequence[Span]:
    """Return the sentences of a stretch without the short lines left over at its edges.

    A section label above the headline, a word beside a button, the names in a list of topics: none of them has a form
    of its own, but they stand between clutter and reporting, or between clutter and clutter, and are no sentences.

    Parameters:
        before, after: whether that edge may have some; a short line under a heading, say, is part of a list.
    """
    start = _leftovers(text, sentences) if before else 0
    rest = sentences[start:]
    end = _leftovers(text, rest[::-1]) if after else 0
    return rest[: len(rest) - end]


def _leftovers(text: str, sentences: Sequence[Span]) -> int:
    """Return how many of the first sentences are leftovers; 0 if there are too many."""
    count = 0
    while count < len(sentences) and _is_leftover(text, sentences[count]):
        count += 1
    return count if count <= _MOST_LEFTOVERS else 0


def _is_leftover(text: str, sentence: Span) -> bool:
    words = sentence.of(text)
    if len(words) > _MOST_LEFTOVERS * _LONGEST_LEFTOVER or not _has_its_lines_to_itself(text, sentence):
        return False
    if ends_sentence(words) or forms.quotes_somebody(words) or ":" in words or any(map(str.isdigit, words)):
        return False
    letters = [character for character in words if character.isalpha()]
    # Scripts without capitals mostly have no spaces or full stops either, so that a short line cannot be told.
    if not all(letter.isupper() or letter.islower() for letter in letters):
        return False
    return all(len(part) <= _LONGEST_LEFTOVER and part.count(" ") < _MOST_WORDS for part in words.splitlines())


def _has_its_lines_to_itself(text: str, sentence: Span) -> bool:
    before = text[max(0, sentence.start - _LONGEST_LEFTOVER) : sentence.start].rstrip(" \t")
    after = text[sentence.end : sentence.end + _LONGEST_LEFTOVER].lstrip(" \t")
    return before[-1:] in ("", "\n", "\r") and after[:1] in ("", "\n", "\r")
