"""A paragraph of a scraped page as the rules that look for clutter see it."""

import re
from dataclasses import dataclass
from typing import Final

from index.sentence_ends import ends_sentence

# No rule is meant for anything longer, and none is tried on it: this bounds the time for hostile input.
LONGEST: Final = 600


def either(alternatives: str) -> str:
    """A regular expression for any of the alternatives, one or several a line."""
    return "(?:" + "|".join(one.strip() for one in alternatives.strip().splitlines()) + ")"


def pattern(alternatives: str) -> re.Pattern[str]:
    """The same compiled, for both cases."""
    return re.compile(either(alternatives), re.IGNORECASE)


_BULLET = re.compile(r"\A[^\w©@#(\[“\"„«'‘*_=~–—-]+|\A[*•–—-] +(?=\w)")
_TAIL = re.compile(r"[\s:.!…»›>→▸▼*|-]+\Z")
INNER_END = re.compile(r"[a-z\d%)”\"][.!?][”\"')]? +[“\"A-ZÀ-Þ]")
QUOTED = re.compile(r"[“”„\"]|«.*»|(?:\A|\s)['‘]\w")
SAYING = pattern(
    r"""
    \b(?:sa(?:id|ys|ying)|told|tells|ask(?:ed|s)|added|adds|announced|warned|report(?:ed|s)|stated|wrote|writes)\b
    \b(?:according to|explained|argued|claimed|insisted|sagte|sagt|erklärte|teilte|a déclaré|a dit|selon|dijo)\b
    \b(?:según|disse|segundo|ha detto|secondo|zei|zegt|volgens|sa|sier|ifølge)\b
    """
)


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph as the rules see it.

    Attributes:
        words: with single spaces and straight apostrophes, without bullets and arrows in front.
        plain: the same in lower case, without punctuation at the end.
        ends: whether it ends as a sentence does.
    """

    words: str
    plain: str
    ends: bool

    @property
    def count(self) -> int:
        """How many words it has."""
        return self.words.count(" ") + 1

    @property
    def speech(self) -> bool:
        """Whether it quotes or cites anybody; looked for by few rules, and slower than all the rest."""
        return QUOTED.search(self.words) is not None or SAYING.search(self.words) is not None

    @property
    def sentence(self) -> bool:
        """Whether it reads as a sentence."""
        return self.ends and (self.count >= 4 or (len(self.words) >= 12 and not self.words.isascii()))


UNTRIED: Final = Line("", "", ends=True)


def as_line(paragraph: str) -> Line:
    """How the rules see `paragraph`; one that is too long for any of them is `UNTRIED`."""
    if len(paragraph) > LONGEST:
        return UNTRIED
    collapsed = " ".join(paragraph.replace("’", "'").split())
    bare = _BULLET.sub("", collapsed)
    plain = _TAIL.sub("", bare).casefold()
    return Line(bare or collapsed, plain, ends_sentence(collapsed))
