"""Scraps: short lines at the rim of what is left of a page when its clutter is taken out.

A section label above the headline, a word left of a button, the names in a list of topics: none of them has a form of
its own, but they stand between clutter and reporting, or between clutter and clutter, and are no sentences.
"""

from collections.abc import Sequence
from typing import Final

from index.article import Span
from index.clutter.forms import speaks
from index.sentence_ends import ends_sentence

# Of more such lines in a row something may be made: a poem, a table, a list of results.
MOST: Final = 4
LONGEST_LINE: Final = 60
MOST_WORDS: Final = 8


def without_scraps(text: str, sentences: Sequence[Span], *, before: bool, after: bool) -> Sequence[Span]:
    """The sentences of a stretch without the scraps at its beginning and end.

    Parameters:
        before, after: whether the stretch may have some there; under a heading, say, a short line is part of a list.
    """
    start = _scraps(text, sentences) if before else 0
    rest = sentences[start:]
    end = _scraps(text, rest[::-1]) if after else 0
    return rest[: len(rest) - end]


def _scraps(text: str, sentences: Sequence[Span]) -> int:
    """How many of the first sentences are scraps; none of them if there are too many."""
    count = 0
    while count < len(sentences) and _is_scrap(text, sentences[count]):
        count += 1
    return count if count <= MOST else 0


def _is_scrap(text: str, sentence: Span) -> bool:
    words = sentence.of(text)
    if len(words) > MOST * LONGEST_LINE or not _has_its_lines_to_itself(text, sentence):
        return False
    if ends_sentence(words) or speaks(words) or ":" in words or any(map(str.isdigit, words)):
        return False
    letters = [character for character in words if character.isalpha()]
    # Scripts without capitals mostly write without spaces or full stops too: what is short there is not known.
    if not all(letter.isupper() or letter.islower() for letter in letters):
        return False
    return all(len(part) <= LONGEST_LINE and part.count(" ") < MOST_WORDS for part in words.splitlines())


def _has_its_lines_to_itself(text: str, sentence: Span) -> bool:
    before = text[max(0, sentence.start - LONGEST_LINE) : sentence.start].rstrip(" \t")
    after = text[sentence.end : sentence.end + LONGEST_LINE].lstrip(" \t")
    return before[-1:] in ("", "\n", "\r") and after[:1] in ("", "\n", "\r")
