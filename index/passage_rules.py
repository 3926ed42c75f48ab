"""How passages are cut: what a build is told of it, apart from the code that cuts, which is slow to import."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PassageRules:
    """How passages are cut.

    Attributes:
        target: wordpieces a passage aims at.
        window: wordpieces the encoder reads, special tokens and what stands in front included.
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

    def __post_init__(self) -> None:
        if min(self.target, self.window, self.longest) < 1 or min(self.overlap, self.special) < 0:
            raise ValueError(f"{self} has a number that is too small")
