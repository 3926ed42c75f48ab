"""How passages are cut: what a build is told of it, apart from the code that cuts, which is slow to import."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class PassageRules:
    """How passages are cut.

    Attributes:
        target: wordpieces a passage of English aims at, and what takes as long to read in another language.
        window: wordpieces that fit, special tokens and what stands in front included.
        widest: wordpieces the encoder reads, as far as they may be used where the tokenizer spells words in pieces; at
            least `window`.
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
    widest: int = 512

    def __post_init__(self) -> None:
        if min(self.target, self.window, self.longest) < 1 or min(self.overlap, self.special) < 0:
            raise ValueError(f"{self} has a number that is too small")

    def scaled(self, factor: float) -> "PassageRules":
        """Return the rules for a text of which `factor` wordpieces are read like one of English."""
        if factor == 1:
            return self
        target = max(1, round(self.target * factor))
        window = max(self.window, min(self.widest, round(self.window * factor)))
        return replace(self, target=target, window=window)
