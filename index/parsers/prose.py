"""The test that a page's text is an article: enough prose in any script, or verse."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import islice
from typing import Final

from index.article import Span
from index.sentence_ends import SENTENCE_END, is_mostly_unmarked

# Letters in paragraphs that end as sentences; the sentences of a menu or a form have fewer than a short report.
FEWEST_LETTERS: Final = 140
FEWEST_LETTERS_IN_PARAGRAPHS: Final = 100
FEWEST_LETTERS_DECLARED: Final = 60
# Around a form for a password there is more to say, but in one paragraph: who may log in, what was forgotten.
FEWEST_LETTERS_OF_LOGIN: Final = 250
FEWEST_LETTERS_OF_LOGIN_DECLARED: Final = 140
FEWEST_PARAGRAPHS_OF_LOGIN: Final = 2
# A Chinese or Japanese character, or a Korean syllable, says as much as so many letters.
LETTERS_OF_IDEOGRAPH: Final = 3
# The fewest lines of a stanza, and the characters of its longest line.
FEWEST_LINES_OF_VERSE: Final = 3
LONGEST_LINE_OF_VERSE: Final = 90
LISTED: Final = re.compile(r"\A- | \| ")
# Enough of a text to tell.
SAMPLE: Final = 20_000

IDEOGRAPHS: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")


def is_article(text: str, headings: Sequence[Span], *, declared: bool, is_login: bool = False) -> bool:
    """Return whether `text` holds an article's worth of prose or verse.

    Parameters:
        headings: their spans, which do not count.
        declared: whether its page says that it is an article.
        is_login: whether a form for a password is within it.
    """
    fewest = FEWEST_LETTERS_DECLARED if declared else FEWEST_LETTERS
    if is_login:
        fewest = FEWEST_LETTERS_OF_LOGIN_DECLARED if declared else FEWEST_LETTERS_OF_LOGIN
    titles = {span.of(text) for span in headings}
    letters = paragraphs = 0
    for block in text.split("\n\n"):
        if block not in titles and (_is_prose(block) or _is_verse(block)):
            letters += letters_of(block)
            paragraphs += 1
            enough = FEWEST_LETTERS_IN_PARAGRAPHS if fewest == FEWEST_LETTERS and paragraphs > 1 else fewest
            if letters >= enough and (not is_login or paragraphs >= FEWEST_PARAGRAPHS_OF_LOGIN):
                return True
    return False


def letters_of(text: str) -> int:
    """Return how many letters of an alphabet say as much as `text`; vowel signs count as letters."""
    sample = text[:SAMPLE]
    letters = sum(character.isalpha() or unicodedata.category(character)[0] == "M" for character in sample)
    letters += (LETTERS_OF_IDEOGRAPH - 1) * len(IDEOGRAPHS.findall(sample))
    return letters * max(1, len(text)) // max(1, len(sample))


def _is_prose(block: str) -> bool:
    return SENTENCE_END.search(block[-20:]) is not None or is_mostly_unmarked(block)


def _is_verse(block: str) -> bool:
    """Return whether a block is lines broken by hand, as a stanza is; lines of a list begin with a mark."""
    lines = list(islice((line for line in block.split("\n") if line.strip()), 200))
    return (
        len(lines) >= FEWEST_LINES_OF_VERSE
        and all(len(line) <= LONGEST_LINE_OF_VERSE and not LISTED.search(line) for line in lines)
        and sum(len(line.split()) >= 3 for line in lines) * 2 > len(lines)
    )
