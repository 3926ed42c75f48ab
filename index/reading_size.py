"""How much there is to read in a text, whatever the tokenizer makes of its words.

Passages are measured in wordpieces of English, which are words or large parts of them. Of a language that it does not
know the same tokenizer makes syllables and letters: 200 wordpieces are 950 code points of English, 580 of Norwegian,
240 of Russian, and a Thai clause may be a single one.
"""

import re
from typing import Final

import regex

# Code points of English to a wordpiece of the default tokenizer; measured on articles of many sites.
PER_WORDPIECE: Final = 4.7
# About how many code points of English say as much as one of these scripts; of most alphabets it is one.
_DENSE: Final = (
    (regex.compile(r"\p{Han}"), 4.0),
    (regex.compile(r"\p{Hangul}"), 2.2),
    (regex.compile(r"[\p{Hiragana}\p{Katakana}]"), 1.8),
)
_PERHAPS_DENSE: Final = re.compile("[\u1100-\u11ff\u2e80-\uffef\U00020000-\U0003ffff]")
# Within these a tokenizer's wordpieces are taken for what people read.
_USUAL: Final = (0.75, 1.25)


def reading_size(text: str) -> float:
    """Return how many wordpieces an English text has that takes as long to read."""
    size = float(len(text))
    if _PERHAPS_DENSE.search(text):
        size += sum((weight - 1) * len(script.findall(text)) for script, weight in _DENSE)
    return size / PER_WORDPIECE


def spelling(text: str, wordpieces: int, language: str | None) -> float:
    """Return how many wordpieces stand for one of an English text that takes as long to read.

    It is 1 for English, for which the sizes of passages were measured, for Latin script of a language that is not
    known, and where it would be near 1.

    Parameters:
        wordpieces: of `text`.
        language: of `text`, ISO 639-1.
    """
    if not text or language == "en" or (language is None and text.isascii()):
        return 1.0
    share = wordpieces / reading_size(text)
    return 1.0 if _USUAL[0] <= share <= _USUAL[1] else share
