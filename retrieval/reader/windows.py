"""Input of the reader: a question, and a window of whole sentences with the title and the day of its article.

A pair of texts as BERT takes it (Devlin et al. 2019): `[CLS] question [SEP] title (day) - window [SEP]`, the second
part of token type 1. Training makes its examples with the same code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.article import Span
from index.folding import Folded, folded, folded_with_places

Ids = NDArray[np.int32]

# Wordpieces at most.
WINDOW: Final = 112
QUESTION: Final = 40
TITLE: Final = 16


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive whole sentences of a passage.

    Attributes:
        span: where they stand in the text they were taken from.
        ids: their wordpieces, int32 of shape (wordpieces,).
        offsets: where each wordpiece stands in that text, int32 of shape (wordpieces, 2), code points.
    """

    span: Span
    ids: Ids
    offsets: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a window as the model takes them.

    Attributes:
        ids: int32 of shape (wordpieces,).
        second: where the second part begins.
        window: where the window begins, behind title and day.
    """

    ids: Ids
    second: int
    window: int


class Pieces:
    """A tokenizer that cuts texts into wordpieces, for use from several threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._before, self._between = (
            np.array([tokenizer.token_to_id(token)], np.int32) for token in ("[CLS]", "[SEP]")
        )
        self._dash = self.of("-", 1)

    @classmethod
    def open(cls, file: Path) -> Self:
        """Open the tokenizer in a file of BERT's family."""
        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(tokenizer)

    def of(self, text: str, most: int) -> Ids:
        """Return the first wordpieces of a text, int32 of shape (at most `most`,)."""
        return np.array(self._tokenizer.encode(folded(text), add_special_tokens=False).ids[:most], np.int32)

    def prefix(self, title: str, day: str = "") -> Ids:
        """Return the prefix of a window: the title of its article and the day it was published, as far as known."""
        parts = [self.of(title, TITLE)]
        if day:
            parts.append(self.of(f"({day})", TITLE))
        if title or day:
            parts.append(self._dash)
        return np.concatenate(parts)

    def pair(self, question: Ids, prefix: Ids, window: Ids) -> Pair:
        """Join a question and a window."""
        second = len(question) + 2
        ids = np.concatenate([self._before, question, self._between, prefix, window, self._between])
        return Pair(ids, second, second + len(prefix))

    def windows(self, text: str, sentences: Sequence[Span], most: int = WINDOW) -> list[Window]:
        """Pack the sentences into as few windows of at most `most` wordpieces as they fit, about equally long.

        A sentence that is longer is cut off at the end of its window.

        Parameters:
            sentences: in order.
        """
        quotes = [sentence.of(text) for sentence in sentences]
        places = [folded_with_places(quote) for quote in quotes]
        plain = [one.text if one else quote for one, quote in zip(places, quotes, strict=True)]
        encoded = self._tokenizer.encode_batch(plain, add_special_tokens=False)
        counts = [len(encoding.ids) for encoding in encoded]
        found = []
        for first, end in _packed(counts, most):
            ids = [number for encoding in encoded[first:end] for number in encoding.ids]
            offsets = [
                (sentence.start + start, sentence.start + stop)
                for sentence, encoding, place in zip(
                    sentences[first:end], encoded[first:end], places[first:end], strict=True
                )
                for start, stop in (_unfolded(place, *ends) for ends in encoding.offsets)
            ]
            span = Span(sentences[first].start, sentences[end - 1].end)
            found.append(
                Window(span, np.array(ids[:most], np.int32), np.array(offsets[:most], np.int32).reshape(-1, 2))
            )
        return found


def _unfolded(place: Folded | None, start: int, stop: int) -> tuple[int, int]:
    """Return where a wordpiece of a folded sentence stands in the sentence."""
    return (start, stop) if place is None or start == stop else (place.starts[start], place.ends[stop - 1])


def _packed(counts: Sequence[int], most: int) -> list[tuple[int, int]]:
    """Return the first sentence of each window and the one behind its last."""
    fewest = len(_filled(counts, most))
    # The shortest windows that need no more of them.
    low, high = max(1, -(-sum(counts) // max(1, fewest))), most
    while low < high:
        middle = (low + high) // 2
        if len(_filled(counts, middle)) <= fewest:
            high = middle
        else:
            low = middle + 1
    return _filled(counts, high)


def _filled(counts: Sequence[int], most: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    first = held = 0
    for place, count in enumerate(counts):
        if held and held + count > most:
            found.append((first, place))
            first, held = place, 0
        held += count
    if counts:
        found.append((first, len(counts)))
    return found
