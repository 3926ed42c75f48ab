"""The ends of sentences: the marks of every script that has them, and a rule for the scripts without.

Thai and Lao write no mark at the end of a sentence and blanks between phrases; Khmer, Burmese and Tibetan often do so.
"""

import re
from typing import Final

import regex

# Unicode 17's property Sentence_Terminal (https://www.unicode.org/reports/tr44/#Sentence_Terminal), fit to stand within
# the brackets of a character class. Written out, since trying every code point takes longer than parsing a page.
ENDS: Final = (
    "!.?\u0589\u061d-\u061f\u06d4\u0700-\u0702\u07f9\u0837\u0839\u083d\u083e\u0964\u0965\u104a\u104b\u1362"
    "\u1367\u1368\u166e\u1735\u1736\u17d4\u17d5\u1803\u1809\u1944\u1945\u1aa8-\u1aab\u1b4e\u1b4f\u1b5a\u1b5b"
    "\u1b5e\u1b5f\u1b7d-\u1b7f\u1c3b\u1c3c\u1c7e\u1c7f\u2024\u203c\u203d\u2047-\u2049\u2cf9-\u2cfb\u2e2e\u2e3c"
    "\u2e53\u2e54\u2e60\u2e61\u3002\ua4ff\ua60e\ua60f\ua6f3\ua6f7\ua876\ua877\ua8ce\ua8cf\ua92f\ua9c8\ua9c9"
    "\uaa5d-\uaa5f\uaaf0\uaaf1\uabeb\ufe12\ufe15\ufe16\ufe52\ufe56\ufe57\uff01\uff0e\uff1f\uff61"
    "\U00010a56\U00010a57\U00010f55-\U00010f59\U00010f86-\U00010f89\U00011047\U00011048\U000110be-\U000110c1"
    "\U00011141-\U00011143\U000111c5\U000111c6\U000111cd\U000111de\U000111df\U00011238\U00011239"
    "\U0001123b\U0001123c\U000112a9\U000113d4\U000113d5\U0001144b\U0001144c\U000115c2\U000115c3"
    "\U000115c9-\U000115d7\U00011641\U00011642\U0001173c-\U0001173e\U00011944\U00011946\U00011a42\U00011a43"
    "\U00011a9b\U00011a9c\U00011c41\U00011c42\U00011ef7\U00011ef8\U00011f43\U00011f44\U00016a6e\U00016a6f"
    "\U00016af5\U00016b37\U00016b38\U00016b44\U00016d6e\U00016d6f\U00016e98\U0001bc9f\U0001da88"
)
# Characters between the mark and the end of the line: closing quotes and brackets, Markdown's emphasis.
CLOSERS: Final = "\"'”’»›)\\]」』）】｣*_"
# An ellipsis does not have the property, as it is found within sentences; at the end of a line it ends one.
SENTENCE_END: Final = re.compile(rf"[{ENDS}…][{CLOSERS}]*\Z")
# The end of a line that announces a list.
ANNOUNCES: Final = re.compile(rf"[:：][{CLOSERS}]*\Z")
# No headline ends in one of these.
CLAUSE_END: Final = re.compile(rf"[{ENDS}…,;:、，；：][{CLOSERS}]*\Z")
# Scripts that can do without a mark; Unicode has no property for it.
UNMARKED: Final = (
    r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Tai_Le}\p{New_Tai_Lue}\p{Tai_Tham}\p{Tai_Viet}\p{Javanese}"
)
# Longer than headlines in those scripts; a paragraph mostly has several hundred code points.
_LONG_UNMARKED: Final = 60

_PERHAPS_UNMARKED: Final = re.compile("[\u0e00-\u109f\u1780-\uabff]")
_UNMARKED_LETTER: Final = regex.compile(f"[{UNMARKED}]")


def ends_sentence(line: str) -> bool:
    """Return whether a line, without white space at its end, ends as a sentence does.

    In a script that writes no end, a line ends one if it is longer than a headline.
    """
    if SENTENCE_END.search(line, max(0, len(line) - 20)):
        return True
    return len(line) >= _LONG_UNMARKED and is_unmarked(line[-1:])


def is_mostly_unmarked(words: str) -> bool:
    """Return whether more than half of what is no white space are letters of such scripts."""
    letters = len(_UNMARKED_LETTER.findall(words)) if is_unmarked(words) else 0
    return 2 * letters > sum(not character.isspace() for character in words)


def is_unmarked(words: str) -> bool:
    """Return whether `words` hold a letter of a script that can do without marks at the end of sentences."""
    return _PERHAPS_UNMARKED.search(words) is not None and _UNMARKED_LETTER.search(words) is not None
