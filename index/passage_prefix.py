"""The prefix of a passage in both indexes: its title and its heading, never part of the quote."""

import re
from typing import Final

import regex

from index.folding import folded

# The greatest weight of a prefix, by `_weight`. It is shortened without the tokenizer, so that every caller with the
# same title and heading gets the same words. Ordinary prose takes fewer wordpieces than it weighs.
PREFIX_WEIGHT: Final = 40
HEADING_WEIGHT: Final = 14
LONGEST_PREFIX: Final = 400

_CLUSTER = regex.compile(r"\X")
_ASCII_RUN = re.compile(r"[A-Za-z0-9]+|[!-/:-@\[-`{-~]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def prefix_of(title: str, heading: str) -> str:
    """Return the prefix of a passage: its title and its heading, a line each, shortened.

    A heading that only repeats the title is left out.
    """
    title, heading = (" ".join(folded(words).split()) for words in (title, heading))
    if heading.casefold() == title.casefold():
        heading = ""
    heading = _shortened(heading, HEADING_WEIGHT)
    title = _shortened(title, PREFIX_WEIGHT - _weight(heading))
    return "\n".join(filter(None, (title, heading)))


def prefixed(title: str, heading: str, quote: str) -> str:
    """Return a passage as it is indexed: `quote`, folded, with its prefix in front."""
    prefix, quote = prefix_of(title, heading), folded(quote)
    return f"{prefix}\n{quote}" if prefix else quote


def _shortened(words: str, limit: int) -> str:
    """Return as many of the words as weigh at most `limit`, or the beginning of a first word that weighs more."""
    if len(words) <= LONGEST_PREFIX and _weight(words) <= limit:
        return words
    words = words[:LONGEST_PREFIX]
    kept = ""
    for word in words.split(" "):
        if _weight(f"{kept} {word}") > limit:
            break
        kept = f"{kept} {word}".strip()
    if kept:
        return kept
    for cluster in _CLUSTER.findall(words):
        if _weight(kept + cluster) > limit:
            break
        kept += cluster
    return kept.strip()


def _weight(words: str) -> int:
    """Guess cautiously how many wordpieces `words` take; English tokenizers know few words of other scripts."""
    spelled = sum(-(-len(run) // 3) for run in _ASCII_RUN.findall(words))
    return spelled + sum(map(_code_point_weight, _NOT_ASCII.findall(words)))


def _code_point_weight(point: str) -> int:
    if ord(point) > 0xFFFF:
        return 4
    # The tokenizer takes a Hangul syllable apart into up to three letters.
    return 3 if "\uac00" <= point <= "\ud7a3" else 1
