"""A tokenizer of a large vocabulary for single texts, in some 10 MB.

From XLM-R's 250,000 pieces `tokenizers` builds a tree, which takes 300 MB and seconds. Only the pieces that stand in a
text decide how it is cut: for each text the few hundred are looked up in a table, and the library cuts it by a
vocabulary of these. That is for questions; builds, which cut thousands of texts, use the whole vocabulary.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import Unigram

# Beside a converted graph: the tokenizer without its pieces, and these.
_FRAME: Final = "frame.json"
_PIECES: Final = "pieces.npz"
# Smaller vocabularies take little.
_MANY: Final = 100_000


@dataclass(slots=True)
class Tokens:
    """The tokens of a text, with the attributes of a `tokenizers.Encoding` that the encoder uses."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    special_tokens_mask: list[int]

    @property
    def type_ids(self) -> list[int]:
        """Return type 0 for each token."""
        return [0] * len(self.ids)

    def truncate(self, length: int) -> None:
        """Remove the tokens past so many."""
        del self.ids[length:], self.offsets[length:], self.special_tokens_mask[length:]


class LeanTokenizer:
    """A tokenizer that cuts texts as the one given to `write` does. Make one with `open`."""

    def __init__(self, frame: Tokenizer, ends: list[int], unknown: int, pieces: "_Pieces") -> None:
        self.normalizer = frame.normalizer
        self.pre_tokenizer = frame.pre_tokenizer
        self.model = frame.model
        self._ends = ends
        self._unknown = unknown
        self._pieces = pieces

    @classmethod
    def open(cls, folder: Path) -> Self | None:
        """Return the tokenizer of the converted model in `folder`; None where its vocabulary is small."""
        if not (folder / _FRAME).is_file():
            return None
        frame = json.loads((folder / _FRAME).read_text(encoding="utf-8"))
        with np.load(folder / _PIECES) as kept:
            pieces = _Pieces(**kept)
        return cls(Tokenizer.from_str(json.dumps(frame["tokenizer"])), frame["ends"], frame["unknown"], pieces)

    def encode(self, text: str, add_special_tokens: bool = True) -> Tokens:
        """Return the tokens of a text."""
        normalized = self.normalizer.normalize_str(text)
        words = {word for word, _ in self.pre_tokenizer.pre_tokenize_str(normalized)}
        ids = self._pieces.within(words) | self._pieces.of([self._unknown, self._pieces.least_likely])
        names = list(ids)
        vocabulary = [(piece, self._pieces.score(ids[piece])) for piece in names]
        cutter = Tokenizer(Unigram(vocabulary, unk_id=list(ids.values()).index(self._unknown)))
        cutter.normalizer, cutter.pre_tokenizer = self.normalizer, self.pre_tokenizer
        found = cutter.encode(text)
        tokens = Tokens([ids[names[place]] for place in found.ids], found.offsets, [0] * len(found.ids))
        return self.post_process(tokens) if add_special_tokens else tokens

    def encode_batch(self, texts: Iterable[str], add_special_tokens: bool = True) -> list[Tokens]:
        """Return the tokens of each text."""
        return [self.encode(text, add_special_tokens) for text in texts]

    encode_batch_fast = encode_batch

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        """Return how many tokens stand around a text."""
        return len(self._ends)

    def post_process(self, tokens: Tokens) -> Tokens:
        """Return the tokens with those around them."""
        first, last = self._ends
        nowhere = (0, 0)
        return Tokens(
            [first, *tokens.ids, last], [nowhere, *tokens.offsets, nowhere], [1, *tokens.special_tokens_mask, 1]
        )


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The pieces of a vocabulary in a table.

    Attributes:
        blob: UTF-8 of all of them, uint8.
        starts: where each begins, and where the last one ends, uint32 of shape (pieces + 1,).
        scores: float64 of shape (pieces,).
        checks: their CRC-32, in ascending order, uint32 of shape (pieces,).
        order: which piece has which check, int32 of shape (pieces,).
        least: the id of the least likely piece, which sets the cost of an unknown character, int32 of shape ().
        longest: characters of the longest, int32 of shape ().
    """

    blob: NDArray[np.uint8]
    starts: NDArray[np.uint32]
    scores: NDArray[np.float64]
    checks: NDArray[np.uint32]
    order: NDArray[np.int32]
    least: NDArray[np.int32]
    longest: NDArray[np.int32]

    @property
    def least_likely(self) -> int:
        return int(self.least)

    def score(self, number: int) -> float:
        return float(self.scores[number])

    def of(self, numbers: Iterable[int]) -> dict[str, int]:
        """Return pieces and their ids, by id."""
        return {self._raw(number).decode(): number for number in numbers}

    def within(self, words: Iterable[str]) -> dict[str, int]:
        """Return the pieces that stand in one of the words, and their ids."""
        longest = int(self.longest)
        parts = {
            word[start:end]
            for word in words
            for start in range(len(word))
            for end in range(start + 1, min(len(word), start + longest) + 1)
        }
        raw = [part.encode() for part in parts]
        checks = np.fromiter(map(crc32, raw), np.uint32, len(raw))
        places = np.searchsorted(self.checks, checks)
        found: dict[str, int] = {}
        for part, check, place in zip(raw, checks.tolist(), places.tolist(), strict=True):
            # Two pieces may have the same.
            while place < len(self.checks) and self.checks[place] == check:
                number = int(self.order[place])
                if self._raw(number) == part:
                    found[part.decode()] = number
                place += 1
        return found

    def _raw(self, number: int) -> bytes:
        return self.blob[self.starts[number] : self.starts[number + 1]].tobytes()


def write(tokenizer: Tokenizer, folder: Path) -> None:
    """Write the files that `LeanTokenizer.open` reads, where the vocabulary is a large one of pieces with scores."""
    if not isinstance(tokenizer.model, Unigram) or tokenizer.get_vocab_size() < _MANY:
        return
    whole = json.loads(tokenizer.to_str())
    vocabulary, unknown = whole["model"]["vocab"], whole["model"]["unk_id"]
    raw = [piece.encode() for piece, _ in vocabulary]
    scores = np.array([score for _, score in vocabulary])
    checks = np.fromiter(map(crc32, raw), np.uint32, len(raw))
    order = np.argsort(checks, kind="stable").astype(np.int32)
    np.savez(
        folder / _PIECES,
        blob=np.frombuffer(b"".join(raw), np.uint8),
        starts=np.cumsum([0, *map(len, raw)]).astype(np.uint32),
        scores=scores,
        checks=checks[order],
        order=order,
        least=np.int32(scores.argmin()),
        longest=np.int32(max(len(piece) for piece, _ in vocabulary)),
    )
    whole["model"] = {**whole["model"], "vocab": [vocabulary[unknown]], "unk_id": 0}
    whole |= {"added_tokens": [], "post_processor": None}
    frame = {"tokenizer": whole, "ends": tokenizer.encode("").ids, "unknown": unknown}
    (folder / _FRAME).write_text(json.dumps(frame), encoding="utf-8")
