"""How passages are cut: what a build is told of it, apart from the code that cuts, which is slow to import."""

from dataclasses import dataclass, replace
from typing import Final

# Of the longest passage, where the tokenizer does not know the words; it makes 1,200 code points, as in English.
_UNKNOWN_SHARE: Final = 0.6


@dataclass(frozen=True, slots=True)
class PassageRules:
    """How passages are cut.

    Attributes:
        target: wordpieces a passage of English aims at, and what takes as long to read in another language.
        window: wordpieces that fit, special tokens and what stands in front included.
        widest: wordpieces that fit where the tokenizer spells words in pieces; the encoder reads them in parts, see
            pipeline.py.
        overlap: whole sentences shared with the passage before.
        special: special tokens the encoder adds to a text.
        longest: code points of a quote that a reader can still take in; also what bounds a passage of words that the
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
