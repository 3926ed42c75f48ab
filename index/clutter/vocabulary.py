"""The terms of a line that the vocabulary weighs: words, pairs, and those that begin, end or make up the line."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

# The words at the beginning and end of a line that are looked up.
FIRST: Final = 12
LAST: Final = 3
# A line of no more words is looked up as a whole, and each word of a line of no more than SHORT as one of a short line.
WHOLE: Final = 6
SHORT: Final = 8
_LAST_CHARACTERS: Final = 48
# The characters of the longest line that may be known as a whole.
LONGEST_KNOWN: Final = 160

WORD: Final = re.compile(r"[^\W\d_]+")
UNSPACED: Final = re.compile(r"[\u3041-\u9fff\uf900-\ufaff]+")


def terms(line: str, words: Sequence[str]) -> list[str]:
    """Return the terms of a line.

    Parameters:
        line: in lower case.
        words: those of its beginning, as WORD finds them; more than FIRST are passed over.

    Returns:
        A word, 'a b' for two in a row, '^a' for the first word and 'a$' for one of the last; '_a' for each word of a
        short line and '=a b' for all words of a very short one. Of scripts without spaces, pairs of characters take
        the place of words.
    """
    head = list(words[:FIRST])
    if not head:
        return []
    found = [*head, *map(" ".join, pairwise(head)), "^" + head[0]]
    count = len(words)
    tail = words[-LAST:]
    if count > FIRST:
        tail = WORD.findall(line[-_LAST_CHARACTERS:])[-LAST:]
    found += [word + "$" for word in tail]
    if count <= SHORT:
        found += ["_" + word for word in head]
        if count <= WHOLE:
            found.append("=" + " ".join(head))
    return found


def pairs(line: str) -> list[str]:
    """Return the pairs of neighbouring characters of what a line writes without spaces."""
    runs = UNSPACED.findall(line)
    return [run[place : place + 2] for run in runs for place in range(max(1, len(run) - 1))]


def unspaced_terms(couples: Sequence[str]) -> list[str]:
    """Return the terms of a line that is written without spaces, from its pairs of characters; not none."""
    found = [*couples[: 2 * FIRST], "^" + couples[0], couples[-1] + "$"]
    return found + ["_" + one for one in couples] if len(couples) < SHORT else found


def normalized(line: str) -> str:
    """Return the words of a line in lower case with a space between: '12 Comments!' is 'comments'."""
    return " ".join(WORD.findall(line.casefold())) if len(line) <= LONGEST_KNOWN else ""
