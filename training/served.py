"""Passages that the project's own index serves for the questions of the sets, and that look like answers.

Those of them that hold no answer are what the reader must learn to tell from one.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.article import Span
from index.build import build
from retrieval.ranking.ranking import rank
from retrieval.snapshot import Snapshot
from training.sets import Example, examples, other_passages, sets_in

DEPTH: Final = 20
# Passages a file: a build reads none of more than 20 MB.
_FILE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Served:
    """A passage as it was served: a part of one of the sets' passages.

    Attributes:
        passage: the number of the set's passage, see `Pool`.
        span: the part of it.
    """

    passage: int
    span: Span


class Pool:
    """All passages of the sets, each once, by number."""

    def __init__(self, folder: Path) -> None:
        self.texts: list[str] = []
        self.titles: list[str] = []
        self.documents: list[str] = []
        self._numbers: dict[str, int] = {}
        for name in sets_in(folder):
            for example in examples(folder, name):
                self._add(example.document, example.title, example.passage)
        for document, title, text in other_passages(folder):
            self._add(document, title, text)

    def number_of(self, passage: str) -> int:
        """Return the number of a passage."""
        return self._numbers[passage]

    def _add(self, document: str, title: str, text: str) -> None:
        if text not in self._numbers:
            self._numbers[text] = len(self.texts)
            self.texts.append(text)
            self.titles.append(title)
            self.documents.append(document)

    def lines(self) -> Iterator[str]:
        """Yield the passages as lines of a file of articles."""
        for number, (title, text) in enumerate(zip(self.titles, self.texts, strict=True)):
            yield json.dumps({"id": str(number), "title": title, "text": text, "language": "en"})


def serve(folder: Path, work: Path) -> None:
    """Build the index of all passages in `work`, and store what it serves for every question of the sets.

    What is there already is not asked again.
    """
    pool = Pool(folder)
    seeds = work / "seeds"
    seeds.mkdir(parents=True, exist_ok=True)
    lines = list(pool.lines())
    for start in range(0, len(lines), _FILE):
        part = "\n".join(lines[start : start + _FILE])
        (seeds / f"passages-{start:06}.jsonl").write_text(part + "\n", encoding="utf-8")
    build(seeds, work / "var")
    snapshot = Snapshot.open(work / "var", None, read=False)
    for name in sets_in(folder):
        file = work / f"served-{name}.jsonl"
        if not file.exists():
            _write(file, _asked(snapshot, examples(folder, name)))
            print(f"{file.name}: asked", flush=True)
    snapshot.close()


def served(work: Path, name: str) -> dict[str, list[Served]]:
    """Return what was served for each example of a set, by its id, the best first."""
    found = {}
    with (work / f"served-{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            id_, hits = json.loads(line)
            found[id_] = [Served(passage, Span(start, end)) for passage, start, end in hits]
    return found


def _asked(snapshot: Snapshot, asked: Iterable[Example]) -> Iterator[str]:
    for example in asked:
        hits = rank(snapshot, example.question, DEPTH).hits
        places = [(int(hit.article.id), hit.passage.span.start, hit.passage.span.end) for hit in hits]
        yield json.dumps([example.id, places])


def _write(file: Path, lines: Iterable[str]) -> None:
    scratch = file.with_suffix(".tmp")
    with scratch.open("w", encoding="utf-8") as target:
        for line in lines:
            target.write(line + "\n")
    scratch.replace(file)
