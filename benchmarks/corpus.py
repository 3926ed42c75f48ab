"""Articles to measure with: sentences of the sample seeds, shuffled together with a fixed seed.

Words, lengths and punctuation are thus those of real articles, and every run measures the same texts.
"""

import random
from pathlib import Path
from typing import Final

from index.article import Article
from index.parsers import read, walk
from index.sentences import paragraphs, sentences

_SEED: Final = 20220121
_SENTENCES_A_PARAGRAPH: Final = 3
_WORDS_A_PASSAGE: Final = 115


def sample_sentences(seeds: Path) -> list[str]:
    """Every English sentence of the sample seeds, in a fixed order."""
    files = walk(seeds, size_limit=1_000_000).files
    articles = [article for file in files for article in read(file.path, file.location.read_bytes()).articles]
    return sorted({sentence for article in articles if article.language.value == "en" for sentence in _of(article)})


def _of(article: Article) -> list[str]:
    text = article.text
    return [" ".join(span.of(text).split()) for block in paragraphs(text) for span in sentences(text, block, "en")]


def write_articles(folder: Path, pool: list[str], count: int, sentences_each: int) -> None:
    """Write `count` text files of that many sentences each into `folder`, which is made."""
    folder.mkdir(parents=True)
    chance = random.Random(_SEED)
    for number in range(count):
        chosen = chance.sample(pool, sentences_each)
        blocks = [
            " ".join(chosen[i : i + _SENTENCES_A_PARAGRAPH]) for i in range(0, len(chosen), _SENTENCES_A_PARAGRAPH)
        ]
        text = f"Report {number} of the measurements\n\n" + "\n\n".join(blocks) + "\n"
        (folder / f"article-{number:06}.txt").write_text(text, encoding="utf-8")


def passages_of(pool: list[str], count: int) -> list[str]:
    """`count` texts of the length of passages."""
    chance = random.Random(_SEED)
    texts: list[str] = []
    for _ in range(count):
        words: list[str] = []
        while len(words) < _WORDS_A_PASSAGE:
            words += chance.choice(pool).split()
        texts.append(" ".join(words))
    return texts


def questions(pool: list[str], count: int) -> list[str]:
    """Questions to time with: runs of words out of the sentences, of the length people ask in."""
    chance = random.Random(_SEED)
    chosen: list[str] = []
    while len(chosen) < count:
        words = chance.choice(pool).split()
        if len(words) >= 8:
            start = chance.randrange(len(words) - 7)
            chosen.append(f"What about {' '.join(words[start : start + 7])}?")
    return chosen
