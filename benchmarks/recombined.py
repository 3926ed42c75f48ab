"""Any number of passages to measure with: sentences of real articles, put together anew with a fixed seed.

Encoding a million passages takes hours, so only the sentences are encoded, once, and the vector of a passage is made
of those of its sentences: their mean, weighted by their words, brought back to unit length. `likeness` tells how near
that comes to encoding the passage itself.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.encoder.encoder import Encoder
from index.parsers import read, walk
from index.passage_rules import prefixed
from index.sentences import paragraphs, sentences

_SEED: Final = 20220121
# Shorter ones are no sentences, longer ones mostly lists.
_WORDS: Final = (8, 40)
# Of one article no more than these, so that a few long ones do not make up the whole.
_OF_ONE_ARTICLE: Final = 60
_SIZE_LIMIT: Final = 50_000_000
PASSAGES_EACH: Final = 5
# A passage ends with the sentence that brings it here: some 130 words, which fit the encoder's window but rarely not.
_WORDS_EACH: Final = 120
_TITLE_WORDS: Final = 7
# Of the sentences of a passage, the share that comes from the two articles that its article is made of.
_ON_TOPIC: Final = 0.8
_TRIED: Final = 300
# Tokens that the encoder puts around a text.
_SPECIAL: Final = 2
# Bounds the vectors that are gathered at once.
_BLOCK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Recombined:
    """An article of recombined sentences.

    Attributes:
        passages: the sentences of each, as numbers in the pool.
    """

    number: int
    title: str
    passages: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Pool:
    """The sentences that articles are made of.

    Attributes:
        sentences: in the order of the articles they come from.
        starts: where the sentences of each article begin, and the end; int64 of shape (articles + 1,).
    """

    sentences: list[str]
    starts: NDArray[np.int64]

    @cached_property
    def words(self) -> NDArray[np.int64]:
        """The number of words of each sentence, int64 of shape (sentences,)."""
        return np.array([len(sentence.split()) for sentence in self.sentences], np.int64)

    def text(self, passage: Sequence[int]) -> str:
        """Return the text of a passage."""
        return " ".join(self.sentences[number] for number in passage)


def pool(texts: Path, most: int) -> Pool:
    """Choose at most `most` different English sentences of the articles in a folder, of whole articles if possible."""
    files = walk(texts, size_limit=_SIZE_LIMIT).files
    # What is asked of the articles of a question set is none of them.
    sources = [file for file in files if Path(file.path).name != "questions.jsonl"]
    articles = [article for file in sources for article in read(file.path, file.location.read_bytes()).articles]
    random.Random(_SEED).shuffle(articles)
    found: dict[str, None] = {}
    starts = [0]
    for article in articles:
        if article.language.value == "en" and len(found) < most:
            found.update(dict.fromkeys(islice(_sentences(article), min(_OF_ONE_ARTICLE, most - len(found)))))
            if len(found) > starts[-1]:
                starts.append(len(found))
    if not found:
        raise ValueError(f"{texts} holds no English sentence of {_WORDS[0]} to {_WORDS[1]} words")
    return Pool(list(found), np.array(starts, np.int64))


def _sentences(article: Article) -> Iterator[str]:
    for block in paragraphs(article.text):
        for span in sentences(article.text, block, "en"):
            words = span.of(article.text).split()
            if _WORDS[0] <= len(words) <= _WORDS[1]:
                yield " ".join(words)


def articles(pool: Pool, passages: int) -> Iterator[Recombined]:
    """Yield articles that hold `passages` passages together; smaller numbers give the first of the same articles.

    Each is about what two real ones are about, and strays now and then, as articles do.
    """
    chance = random.Random(_SEED)
    words, starts = pool.words.tolist(), pool.starts.tolist()

    def sentence(topics: Sequence[int]) -> int:
        if chance.random() >= _ON_TOPIC:
            return int(chance.random() * len(words))
        topic = topics[int(chance.random() * len(topics))]
        return int(starts[topic] + int(chance.random() * (starts[topic + 1] - starts[topic])))

    for number, first in enumerate(range(0, passages, PASSAGES_EACH)):
        topics = [int(chance.random() * (len(starts) - 1)) for _ in range(2)]
        made: list[tuple[int, ...]] = []
        for _ in range(min(PASSAGES_EACH, passages - first)):
            passage: list[int] = []
            while sum(words[one] for one in passage) < _WORDS_EACH:
                passage.append(sentence(topics))
            made.append(tuple(passage))
        title = " ".join(pool.sentences[made[0][0]].split()[:_TITLE_WORDS])
        yield Recombined(number, title, tuple(made))


def composed(pool: Pool, sentences: NDArray[np.float32], passages: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """Compose the vectors of passages, float32 of shape (passages, dimension), unit length.

    Parameters:
        sentences: the vectors of the pool's sentences, float32 of shape (sentences, dimension).
    """
    flat = np.concatenate([np.array(passage, np.int64) for passage in passages])
    borders = np.cumsum([0, *(len(passage) for passage in passages[:-1])])
    rows = np.add.reduceat(sentences[flat] * pool.words[flat, np.newaxis].astype(np.float32), borders, axis=0)
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def compose_into(rows: NDArray[np.float32], pool: Pool, sentences: NDArray[np.float32]) -> None:
    """Fill `rows`, float32 of shape (passages, dimension), perhaps of a file, with the vectors of the passages."""
    made = (passage for article in articles(pool, len(rows)) for passage in article.passages)
    start = 0
    while block := list(islice(made, _BLOCK)):
        rows[start : start + len(block)] = composed(pool, sentences, block)
        start += len(block)


def encoded(pool: Pool, encoder: Encoder, cache: Path) -> NDArray[np.float32]:
    """Encode the pool's sentences, float32 of shape (sentences, dimension); `cache` is a file that stores them."""
    if cache.exists():
        known: NDArray[np.float32] = np.load(cache)
        if len(known) == len(pool.sentences):
            return known
    vectors = encoder.passages(pool.sentences)
    np.save(cache, vectors)
    return vectors


def likeness(pool: Pool, sentences: NDArray[np.float32], encoder: Encoder) -> NDArray[np.float64]:
    """Return cosines between composed vectors and encoded passages, title in front, float64 of shape (tried,)."""
    tried = [
        (prefixed(article.title, "", pool.text(passage)), passage)
        for article in articles(pool, _TRIED)
        for passage in article.passages
    ]
    counts = encoder.count([text for text, _ in tried])
    fitting = [one for one, count in zip(tried, counts, strict=True) if count + _SPECIAL <= encoder.card.window]
    really = encoder.passages([text for text, _ in fitting])
    made = composed(pool, sentences, [passage for _, passage in fitting])
    cosines: NDArray[np.float64] = np.sum(really.astype(np.float64) * made, axis=1)
    return cosines
