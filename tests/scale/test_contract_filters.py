"""Filters that name many passages give the same hits embedded and on Milvus, where each is one condition.

What counts as many is lowered to five passages, so that a small folder takes that way. Which articles fit is worked out
here from what they say of themselves.
"""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index.build import build
from index.engines.embedded import engine_at
from index.generation.catalog import Catalog
from retrieval import Retriever
from tests.scale.milvus_index import DAY, conditions_asked
from tests.scale.milvus_server import MilvusServer

FEW = 5
WORDS = [
    first + last
    for first in ("sea", "rope", "lamp", "mast", "deck", "salt")
    for last in ("bird", "gate", "wood", "lock", "hand")
]
QUESTION = "Whom does the ferry wait for?"
# As articles may name them; each holds the word by which they are asked for.
HOSTILE = (
    'hostile "quoted"',
    "hostile 'single'",
    "hostile \\ backslash \\",
    'hostile"] or number >= 0 or source in ["',
    "hostile] or day >= 0",
    "hostile\nof two lines",
    "hostile\0of a zero byte",
    "hostile % _ * {wild}",
    "hostile \u202eеtartsa",
    "hostile " + "long " * 2_000,
    "hostile 🚢",
)


@dataclass(frozen=True)
class Told:
    """What an article says of itself."""

    id: str
    source: str | None
    day: str | None
    title: str

    def line(self) -> str:
        """The article as a line of a seed."""
        # Of other words each, so that none is taken for a copy.
        words = " ".join(random.Random(self.id).choices(WORDS, k=30))
        text = f"The ferry waits for nobody on quay {self.id[1:]}. Its keeper says {words}."
        known = {"source": self.source, "published": self.day}
        return json.dumps({"id": self.id, "title": self.title, "text": text, **{k: v for k, v in known.items() if v}})


def articles() -> list[Told]:
    months = [f"2022-{month:02}-{day:02}" for month in range(1, 7) for day in (1, 15, 28)]
    made = [
        Told(
            f"n{number}",
            (None, "Harbour Post", "Valley Post", "The Wire")[number % 4],
            None if number % 5 == 0 else months[number % len(months)],
            f"{('Ferry', 'Quay', 'Storm')[number % 3]} {('note', 'letter')[number % 2]} {number}",
        )
        for number in range(72)
    ]
    return [*made, *(Told(f"h{n}", source, "2023-05-05", f"Odd {n}") for n, source in enumerate(HOSTILE))]


@pytest.fixture(scope="module")
def both(milvus: MilvusServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Retriever, Retriever]]:
    """The same articles embedded and on the server."""
    with ExitStack() as stack:
        yield opened(stack, milvus, tmp_path_factory, [one.line() for one in articles()])


def opened(
    stack: ExitStack, milvus: MilvusServer, folders: pytest.TempPathFactory, lines: list[str]
) -> tuple[Retriever, Retriever]:
    seeds, here, there = (folders.mktemp(name) for name in ("seeds", "here", "there"))
    (seeds / "articles.jsonl").write_text("\n".join(lines), encoding="utf-8")
    build(seeds, here)
    # Encoded once.
    for name in ("models", "vectors"):
        (there / name).symlink_to(here / name)
    build(seeds, there, engine=engine_at(milvus.address, there))
    embedded = stack.enter_context(Retriever.open(here, kept=0, reader=False))
    return embedded, stack.enter_context(Retriever.open(there, engine=milvus.address, kept=0, reader=False))


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The conditions that the server is asked with, where more than a few passages count as many."""
    return conditions_asked(monkeypatch, FEW)


# Filters as they are typed, the rule that says which articles fit, and the fields that the condition names.
ASKED: dict[str, tuple[str, Callable[[Told], bool], set[str]]] = {
    "a source": ('source:"harbour post"', lambda one: one.source == "Harbour Post", {"source"}),
    "a word of several sources": ("source:post", lambda one: (one.source or "").endswith("Post"), {"source"}),
    "sources that would break a condition": ("source:hostile", lambda one: one.id[0] == "h", {"source"}),
    "days": ("after:2022-02 before:2022-04-15", lambda one: "2022-02-01" <= (one.day or "") <= "2022-04-15", {"day"}),
    "from a day on": ("after:2022-05-15", lambda one: (one.day or "") >= "2022-05-15", {"day"}),
    "up to a day": ("before:2022-01", lambda one: "" < (one.day or "") <= "2022-01-31", {"day"}),
    "a day": ("after:2022-03-15 before:2022-03-15", lambda one: one.day == "2022-03-15", set()),
    "a word of titles": ("in:quay", lambda one: "Quay" in one.title, {"article"}),
    "words of titles and days": (
        'in:"letter storm" after:2022-01',
        lambda one: {"Storm", "letter"} <= set(one.title.split()) and one.day is not None,
        {"article"},
    ),
    "a source and days": (
        "source:post after:2022-03",
        lambda one: (one.source or "").endswith("Post") and (one.day or "") >= "2022-03",
        {"source", "day"},
    ),
    "all": (
        "source:post in:ferry before:2022-06",
        lambda one: (one.source or "").endswith("Post") and "Ferry" in one.title and one.day is not None,
        {"article"},
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_the_articles_that_fit_and_no_others_are_found_with_the_same_scores(
    both: tuple[Retriever, Retriever], asked_for: list[str], name: str
) -> None:
    typed, fits, fields = ASKED[name]
    fitting = {one.id for one in articles() if fits(one)}
    embedded, served = (retriever.search(f"{QUESTION} {typed}", 100) for retriever in both)
    assert {hit.article.id for hit in embedded} == {hit.article.id for hit in served} == fitting
    assert [hit.passage.number for hit in embedded] == [hit.passage.number for hit in served]
    assert [hit.score for hit in served] == pytest.approx([hit.score for hit in embedded], abs=1e-4)
    # Up to a few passages all are scored here; of more the server is asked twice, for the nearest and for words.
    assert len(asked_for) == (2 if len(fitting) > FEW else 0)
    for condition in asked_for:
        assert {field for field in ("source", "day", "article", "number") if f"{field} " in condition} == fields


def test_of_many_passages_the_server_needs_no_numbers_and_no_more_articles_than_tell_that_they_are_many(
    both: tuple[Retriever, Retriever], asked_for: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[int] = []
    numbers = Catalog.numbers

    def noted(self: Catalog, *given: Any) -> NDArray[np.int64]:
        looked_up.append(len(found := numbers(self, *given)))
        return found

    monkeypatch.setattr(Catalog, "numbers", noted)
    for retriever in both:
        retriever.search(f"{QUESTION} source:post after:2022")
    known = sum((one.source or "").endswith("Post") and one.day is not None for one in articles())
    # Embedded, which is asked first, all are looked up as well.
    assert looked_up == [FEW + 1, known, FEW + 1]
    assert len(asked_for) == 2


def test_a_word_that_names_hundreds_of_sources_is_one_condition(
    milvus: MilvusServer, tmp_path_factory: pytest.TempPathFactory, asked_for: list[str]
) -> None:
    made = [Told(f"s{n}", f"{('Daily', 'Weekly')[n % 2]} number {n}", None, f"Note {n}") for n in range(700)]
    with ExitStack() as stack:
        pair = opened(stack, milvus, tmp_path_factory, [one.line() for one in made])
        embedded, served = (retriever.search(f"{QUESTION} source:daily", 100) for retriever in pair)
    assert [hit.passage.number for hit in embedded] == [hit.passage.number for hit in served]
    assert len(served) == 100
    assert all((hit.article.source or "").startswith("Daily") for hit in served)
    for condition in asked_for:
        assert len(set(json.loads(condition.removeprefix("source in ")))) == 350
    assert len(asked_for) == 2


def test_passages_chosen_otherwise_than_by_a_filter_go_by_number(
    both: tuple[Retriever, Retriever], asked_for: list[str]
) -> None:
    every_other = np.arange(0, len(articles()), 2)
    found = []
    for retriever in both:
        with retriever.pinned() as snapshot:
            day = date.fromisoformat(DAY)
            answer = retriever.answer(snapshot, f"{QUESTION} source:post", 5, (), day, only=every_other)
        found.append([(one.article_id, one.source) for one in answer.citations])
    embedded, served = found
    assert embedded == served
    assert [source for _, source in served] == ["Valley Post"] * 5
    assert {condition.partition(" ")[0].strip("(") for condition in asked_for} == {"number"}
