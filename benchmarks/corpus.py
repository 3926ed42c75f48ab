"""The material of the benchmarks: texts made of the sample seeds' sentences, and question sets built into an index.

Sentences are shuffled with a fixed seed. Words, lengths and punctuation are thus those of real articles, and every run
measures the same texts.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from index.article import Article
from index.encoder.model import DEFAULT_MODEL
from index.parsers import read, walk
from index.sentences import paragraphs, sentences

_SEED: Final = 20220121
_SENTENCES_A_PARAGRAPH: Final = 3
_WORDS_A_PASSAGE: Final = 115


def sample_sentences(seeds: Path) -> list[str]:
    """Return every English sentence of the sample seeds, in a fixed order."""
    files = walk(seeds, size_limit=1_000_000).files
    articles = [article for file in files for article in read(file.path, file.location.read_bytes()).articles]
    return sorted({sentence for article in articles if article.language.value == "en" for sentence in _of(article)})


def _of(article: Article) -> list[str]:
    text = article.text
    return [" ".join(span.of(text).split()) for block in paragraphs(text) for span in sentences(text, block, "en")]


def write_articles(folder: Path, pool: list[str], count: int, sentences_each: int) -> None:
    """Write `count` text files of that many sentences each into the new folder `folder`."""
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
    """Make `count` texts of the length of passages."""
    chance = random.Random(_SEED)
    texts: list[str] = []
    for _ in range(count):
        words: list[str] = []
        while len(words) < _WORDS_A_PASSAGE:
            words += chance.choice(pool).split()
        texts.append(" ".join(words))
    return texts


def questions(pool: list[str], count: int) -> list[str]:
    """Make questions to time with: runs of words out of the sentences, as long as people's questions."""
    chance = random.Random(_SEED)
    chosen: list[str] = []
    while len(chosen) < count:
        words = chance.choice(pool).split()
        if len(words) >= 8:
            start = chance.randrange(len(words) - 7)
            chosen.append(f"What about {' '.join(words[start : start + 7])}?")
    return chosen


def documents(folder: Path) -> list[str]:
    """Return the lines of a set's `corpus.jsonl`, a document each."""
    # Not splitlines(): JSON leaves some line separators of Unicode as they are.
    return [line for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").split("\n") if line]


def indexed(lines: Sequence[str], work: Path, model: str = DEFAULT_MODEL) -> Path:
    """Build the index of these documents in `work`, or bring it up to date, and return the data folder."""
    seeds, data = work / "seeds", work / "var"
    seeds.mkdir(parents=True, exist_ok=True)
    (seeds / "corpus.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    # Imported here: the memory of other benchmarks is measured without it.
    from index.build import build

    build(seeds, data, model=model)
    return data


def peak() -> float:
    """Return the most megabytes that this process has had; `ru_maxrss` would count those of its parent too."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM:"))
