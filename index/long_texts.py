"""The vectors of texts that may be longer than the encoder's window.

A passage is as long as people like to read. Where the tokenizer spells its words in pieces, as that of English does
with Russian, it may not fit: then its vector is the mean of those of its parts, each weighed by its length.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from index.encoder import Encoder, Vectors


def vectors_of(encoder: Encoder, texts: Sequence[str], *, done: Callable[[int], None] = lambda _: None) -> Vectors:
    """Return the unit vectors of passages, float32 of shape (texts, dimension), in the order of the texts.

    Parameters:
        done: called with the number of texts that were encoded since it was last called.
    """
    parts: list[str] = []
    ends: list[int] = []
    for text, count in zip(texts, encoder.count(texts), strict=True):
        parts += [text] if count <= encoder.room else _parts(text, encoder)
        ends.append(len(parts))
    if len(parts) == len(texts):
        return encoder.passages(texts, done=done)
    encoded = told = 0

    def tell(count: int) -> None:
        nonlocal encoded, told
        encoded += count
        due = len(texts) * encoded // len(parts)
        done(due - told)
        told = due

    made = encoder.passages(parts, done=tell)
    lengths = np.array([len(part) for part in parts], np.float32)[:, np.newaxis]
    sums = np.stack([(made[start:end] * lengths[start:end]).sum(axis=0) for start, end in pairwise([0, *ends])])
    unit: Vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return unit


def _parts(text: str, encoder: Encoder) -> Iterator[str]:
    """The halves of a text, or theirs, so that each fits the window; cut at white space where there is any."""
    if len(text) < 2 or encoder.count([text])[0] <= encoder.room:
        yield text
        return
    space = text.rfind(" ", len(text) // 4, len(text) // 2)
    middle = space if space > 0 else len(text) // 2
    yield from _parts(text[:middle], encoder)
    yield from _parts(text[middle:], encoder)
