"""Measure the questions that wait: a dated collection is published again, batch by batch, and whoever waits is told.

    python -m benchmarks.watching replay SET [--base SET ...] [--batches N] [--sure P]
    python -m benchmarks.watching speed SET ... [--questions N] [--passages N]

SET is a folder with `corpus.jsonl` and `questions.jsonl`, as described in docs/measuring.md; documents have a `date`.
In a replay every question waits, from a few builds before the first article that answers it, until the day it was asked
or the end; questions without an answer wait too. Articles of the other sets are there before. `--misses` prints the
news that are not right by the set, to be read: a set rarely names every article that answers.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.page import record
from benchmarks.results import Figure, measured_now
from index.build import build
from retrieval import Retriever
from retrieval.watching import News, Watched, Watching

Document = dict[str, Any]
# Bounds of the confidence that the precision is given for.
_BOUNDS: Final = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.87, 0.9)
# Builds that a question waits before its answer comes, and days that one without an answer waits where it has a day.
_LEAD: Final = 3
_WITHOUT: Final = timedelta(90)


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a set.

    Attributes:
        gold: the ids of the articles that answer.
        answers: the words that count as right.
        asked: the day, '' where the set names none.
    """

    id: str
    text: str
    gold: frozenset[str]
    answers: tuple[str, ...]
    asked: str


@dataclass(frozen=True, slots=True)
class Told:
    """News as it was told at a build, and whether the set has it right."""

    question: Question
    batch: int
    news: News
    right: bool


def documents(folder: Path) -> list[Document]:
    """Return the documents of a set, the oldest first; those without a day come first."""
    lines = (folder / "corpus.jsonl").read_text(encoding="utf-8").split("\n")
    return sorted((json.loads(line) for line in lines if line), key=lambda one: (one.get("date") or "", one["id"]))


def questions(folder: Path) -> list[Question]:
    """Return the questions of a set."""
    found = []
    for line in (folder / "questions.jsonl").read_text(encoding="utf-8").split("\n"):
        if line:
            one = json.loads(line)
            gold = frozenset(place["doc"] for place in one["gold"])
            found.append(Question(one["id"], one["question"], gold, tuple(one["answers"]), one.get("asked", "")))
    return found


def publish(documents: Sequence[Document], name: str, seeds: Path, data: Path) -> None:
    """Add documents as one file, and build."""
    seeds.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in documents)
    (seeds / f"{name}.jsonl").write_text(f"{lines}\n", encoding="utf-8")
    build(seeds, data)


class Replay:
    """A collection that is published again.

    Parameters:
        folder: of the set; `base`: of those whose articles are there before.
        sure: the least confidence of news.
        lead: builds that a question waits before the first article that answers it comes.
    """

    def __init__(
        self, folder: Path, base: Sequence[Path], batches: int, sure: float, work: Path, lead: int = _LEAD
    ) -> None:
        every = documents(folder)
        size = -(-len(every) // batches)
        self.batches = [every[start : start + size] for start in range(0, len(every), size)]
        self._batch_of = {one["id"]: place for place, batch in enumerate(self.batches) for one in batch}
        self._texts = {one["id"]: f"{one['title']}\n{one['text']}".casefold() for one in every}
        # The first batch is there from the start.
        self.questions = [one for one in questions(folder) if self.first(one) != 0]
        self._base = base
        self._sure = sure
        self._lead = lead
        self._seeds, self._data, self._vectors = work / "seeds", work / "var", work / "watching"
        self.told: list[Told] = []
        self.seconds: list[float] = []

    def first(self, question: Question) -> int | None:
        """Return the batch of the first article that answers; None where none does."""
        return min((self._batch_of[name] for name in question.gold if name in self._batch_of), default=None)

    def run(self) -> None:
        """Publish batch by batch, and tell."""
        for number, folder in enumerate(self._base):
            more = [{**one, "id": f"{folder.name}-{one['id']}"} for one in documents(folder)]
            publish(more, f"base-{number}", self._seeds, self._data)
        publish(self.batches[0], "batch-000", self._seeds, self._data)
        told: dict[str, frozenset[str]] = {}
        with Retriever.open(self._data, threshold=min(self._sure, 0.5)) as retriever:
            watching = Watching(retriever, self._vectors, sure=self._sure)
            known = retriever.article_marks()
            for place, batch in enumerate(self.batches[1:], start=1):
                publish(batch, f"batch-{place:03}", self._seeds, self._data)
                today = max(one.get("date") or "" for one in batch) or date.today().isoformat()
                marks = retriever.article_marks()
                waiting = {one.id: one for one in self.questions if self._waits(one, place, today)}
                watched = [
                    Watched(one.id, one.text, one.asked or today, told.get(one.id, frozenset()))
                    for one in waiting.values()
                ]
                started, count = time.perf_counter(), len(self.told)
                for news in watching.look(watched, known, today=today):
                    one = waiting[str(news.key)]
                    told[one.id] = told.get(one.id, frozenset()) | news.story
                    self.told.append(Told(one, place, news, self._is_right(one, news)))
                self.seconds.append(time.perf_counter() - started)
                known |= marks
                print(f"{today}: {len(watched)} wait, {len(self.told) - count} told", flush=True)

    def _waits(self, one: Question, place: int, today: str) -> bool:
        if one.asked and today > one.asked:
            return False
        first = self.first(one)
        if first is not None:
            return place >= first - self._lead
        return not one.asked or date.fromisoformat(one.asked) - date.fromisoformat(today) <= _WITHOUT

    def _is_right(self, one: Question, news: News) -> bool:
        name = news.answer.citations[0].article_id
        if name in one.gold:
            return True
        return any(answer.casefold() in self._texts.get(name, "") for answer in one.answers)

    def figures(self, bound: float) -> dict[str, float]:
        """Return the figures of the news with at least that confidence."""
        told = [one for one in self.told if one.news.answer.confidence >= bound]
        reached: dict[str, int] = {}
        doubles = 0
        stories: dict[str, set[str]] = {}
        for one in told:
            seen = stories.setdefault(one.question.id, set())
            doubles += not seen.isdisjoint(one.news.story)
            seen |= one.news.story
            if one.right:
                reached.setdefault(one.question.id, one.batch)
        answered = [one for one in self.questions if one.gold]
        delays = [reached[one.id] - (self.first(one) or 0) for one in answered if one.id in reached]
        return {
            "told": len(told),
            "precision": sum(one.right for one in told) / len(told) if told else 0.0,
            "recall": len(delays) / len(answered) if answered else 0.0,
            "doubles": doubles,
            "delay": statistics.mean(max(0, delay) for delay in delays) if delays else 0.0,
        }

    def report(self, *, misses: bool) -> None:
        """Print the figures by bound, and what was told wrongly by the set."""
        answered = sum(bool(one.gold) for one in self.questions)
        print(f"{len(self.questions)} questions, {answered} with an answer; {len(self.batches)} builds")
        print("  bound  told  precision  recall  doubles  mean delay in builds")
        for bound in _BOUNDS:
            if bound >= self._sure:
                row = self.figures(bound)
                print(
                    f"  {bound:5.2f} {row['told']:5.0f} {row['precision']:10.3f} {row['recall']:7.3f} "
                    f"{row['doubles']:8.0f} {row['delay']:8.2f}"
                )
        print(f"a look takes {statistics.median(self.seconds):.2f} s in the median, {max(self.seconds):.2f} s at most")
        for one in self.told if misses else ():
            if not one.right:
                citation = one.news.answer.citations[0]
                said = " / ".join(
                    citation.quote[span.start - citation.start : span.end - citation.start]
                    for span in citation.highlights
                )
                print(f"{one.news.answer.confidence:.2f} {one.question.text} {list(one.question.answers)}\n     {said}")


def speed(folders: Sequence[Path], count: int, passages: int, work: Path) -> list[Figure]:
    """Return the time of a look by many questions over the last articles of the first set, which all others precede."""
    newest, *older = folders
    asked = list(dict.fromkeys(one.text for folder in folders for one in questions(folder)))
    while len(asked) < count:  # of the same words as others, but a question of its own
        asked += [f"{text} ({len(asked)})" for text in asked[: count - len(asked)]]
    every = documents(newest)
    seeds, data = work / "seeds", work / "var"
    for number, folder in enumerate(older):
        more = [{**one, "id": f"{folder.name}-{one['id']}"} for one in documents(folder)]
        publish(more, f"base-{number}", seeds, data)
    # Some three passages an article: as many of the last as make up the number.
    new = every[-max(1, passages // 3) :]
    publish(every[: -len(new)], "old", seeds, data)
    with Retriever.open(data) as retriever:
        known = retriever.article_marks()
        before = retriever.counts.passages
        watched = [Watched(place, text, new[-1]["date"]) for place, text in enumerate(asked[:count])]
        watching = Watching(retriever, work / "watching")
        today = new[-1]["date"]
        publish(new[:1], "first", seeds, data)
        retriever.refresh()
        # Encodes the questions, which a bot does when they are asked.
        started = time.perf_counter()
        list(watching.look(watched, known, today=today))
        first = time.perf_counter() - started
        known |= retriever.article_marks()
        publish(new[1:], "new", seeds, data)
        started, processor = time.perf_counter(), time.process_time()
        retriever.refresh()
        news = list(watching.look(watched, known, today=today))
        took, spent = time.perf_counter() - started, time.process_time() - processor
        added = retriever.counts.passages - before
    how = f"{len(watched):,} questions, {added} new passages among {before:,}, {len(news)} news"
    return [
        Figure("look, from a published index to its last news", took, "s", how),
        Figure("look, seconds of processors", spent, "s", how),
        Figure("first look, which encodes the questions", first, "s", how),
    ]


def main() -> None:
    """Measure what is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching", description="Measure what waits.")
    parts = parser.add_subparsers(dest="part", required=True)
    replay = parts.add_parser("replay", help="precision, recall, doubles and delay")
    replay.add_argument("set", type=Path)
    replay.add_argument("--base", type=Path, nargs="*", default=[], help="sets whose articles are there before")
    replay.add_argument("--batches", type=int, default=24)
    replay.add_argument("--sure", type=float, default=0.5, help="the least confidence of news")
    replay.add_argument("--lead", type=int, default=_LEAD, help="builds that a question waits before its answer comes")
    replay.add_argument("--misses", action="store_true", help="print what was told wrongly by the set")
    fast = parts.add_parser("speed", help="many questions over few new passages")
    fast.add_argument("sets", type=Path, nargs="+", help="the first one's last articles are new")
    fast.add_argument("--questions", type=int, default=10_000)
    fast.add_argument("--passages", type=int, default=100)
    fast.add_argument("--record", action="store_true", help="store the results, and write the page")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.part == "replay":
            one = Replay(chosen.set, chosen.base, chosen.batches, chosen.sure, Path(folder), chosen.lead)
            one.run()
            one.report(misses=chosen.misses)
        else:
            figures = speed(chosen.sets, chosen.questions, chosen.passages, Path(folder))
            for figure in figures:
                print(f"{figure.name:46} {figure.value:8.2f} {figure.unit} {figure.how}")
            if chosen.record:
                record(measured_now("watching", figures))


if __name__ == "__main__":
    main()
