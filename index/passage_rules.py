"""The sizes of passages and the prefix of each, apart from the code that cuts, which is slow to import.

A passage stands in both indexes with its title and its heading in front, which are never part of the quote.

Passages are measured in wordpieces of English, which are words or large parts of them. Of a language that it does not
know the same tokenizer makes syllables and letters: 200 wordpieces are 950 code points of English, 580 of Norwegian,
240 of Russian, and a Thai clause may be a single one. So the rules are scaled by how much there is to read in a text.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

import regex

from index.folding import folded

# The share of `longest` for words that the tokenizer does not know: 1,200 code points, as in English.
_UNKNOWN_SHARE: Final = 0.6
# Code points of English to a wordpiece of the default tokenizer; measured on articles of many sites.
_PER_WORDPIECE: Final = 4.7
# About how many code points of English say as much as one of these scripts; of most alphabets it is one.
_DENSE: Final = (
    (regex.compile(r"\p{Han}"), 4.0),
    (regex.compile(r"\p{Hangul}"), 2.2),
    (regex.compile(r"[\p{Hiragana}\p{Katakana}]"), 1.8),
)
_PERHAPS_DENSE: Final = re.compile("[\u1100-\u11ff\u2e80-\uffef\U00020000-\U0003ffff]")
# Within these a tokenizer's wordpieces are taken for what people read.
_USUAL: Final = (0.75, 1.25)


@dataclass(frozen=True, slots=True)
class PassageRules:
    """The sizes of passages.

    Attributes:
        target: wordpieces that a passage of English aims at.
        window: wordpieces that fit, including special tokens and the prefix.
        widest: wordpieces that fit if the tokenizer spells words in pieces; the encoder takes them in parts, see
            pipeline.py.
        overlap: whole sentences shared with the passage before.
        special: special tokens that the encoder adds to a text.
        longest: code points of a quote that people can still take in. It also bounds a passage of words that the
            tokenizer does not know, which count as one wordpiece each however long they are.

    Raises:
        ValueError: if a number is not positive, or `overlap` or `special` negative.
    """

    target: int = 200
    window: int = 256
    overlap: int = 1
    special: int = 2
    longest: int = 2_000
    widest: int = 1_024

    def __post_init__(self) -> None:
        if min(self.target, self.window, self.longest) < 1 or min(self.overlap, self.special) < 0:
            raise ValueError(f"{self} has a number that is too small")

    def scaled(self, factor: float) -> "PassageRules":
        """Return the rules for a text of which `factor` wordpieces are read like one of English."""
        if factor == 1:
            return self
        target = max(1, round(self.target * factor))
        window = max(self.window, min(self.widest, round(self.window * factor)))
        # Words that the tokenizer does not know are one wordpiece each, however much there is to read.
        longest = self.longest if factor > 1 else max(1, round(self.longest * _UNKNOWN_SHARE))
        return replace(self, target=target, window=window, longest=longest)


def _reading_size(text: str) -> float:
    """Return how many wordpieces an English text has that takes as long to read."""
    size = float(len(text))
    if _PERHAPS_DENSE.search(text):
        size += sum((weight - 1) * len(script.findall(text)) for script, weight in _DENSE)
    return size / _PER_WORDPIECE


def wordpiece_ratio(text: str, wordpieces: int, language: str | None) -> float:
    """Return how many wordpieces stand for one of an English text that takes as long to read.

    It is 1 for English, for which the sizes of passages were measured, for Latin script of a language that is not
    known, and where it would be near 1.

    Parameters:
        wordpieces: of `text`.
        language: of `text`, ISO 639-1.
    """
    if not text or language == "en" or (language is None and text.isascii()):
        return 1.0
    share = wordpieces / _reading_size(text)
    return 1.0 if _USUAL[0] <= share <= _USUAL[1] else share


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
