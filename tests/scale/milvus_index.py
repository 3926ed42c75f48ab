"""Questions about an index on a Milvus server, and looks at what the server holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.engines import milvus_search
from index.engines.among import Among
from index.engines.embedded import engine_at
from index.engines.milvus_filters import conditions
from index.generation.generation import current
from index.generation.manifest import read_manifest
from retrieval import Answer, Retriever
from retrieval.question import filters
from tests.scale.milvus_server import MilvusServer

QUESTIONS = (
    "What does a crossing to Askholm cost?",
    "Who asked the islanders to buy tickets?",
    "What did baker Oskar Lind carry out of the flames?",
    "When did the bakery burn down?",
    "Who won the football?",
)
DAY = "2026-01-01"


def asked(retriever: Retriever, question: str) -> tuple[object, ...]:
    answer = retriever.ask(question, asked=DAY)
    return shown(answer)


def shown(answer: Answer) -> tuple[object, ...]:
    quotes = [(one.article_id, one.start, one.end, one.quote, one.highlights) for one in answer.citations]
    return answer.tier, round(answer.confidence, 6), quotes


def collections(milvus: MilvusServer, data: Path) -> set[str]:
    """The collections of a data folder."""
    return set(engine_at(milvus.address, data).names())


def conditions_asked(monkeypatch: pytest.MonkeyPatch, many: int) -> list[str]:
    """Let more than `many` passages count as many; return the conditions that servers are asked with from then on."""
    monkeypatch.setattr(filters, "MANY", many)
    monkeypatch.setattr(milvus_search, "_SCORED_HERE", many)
    seen: list[str] = []

    def noted(among: Among | None, *, origins: bool) -> Iterator[str]:
        for one in conditions(among, origins=origins):
            seen.append(one)
            yield one

    monkeypatch.setattr(milvus_search, "conditions", noted)
    return seen


def collection_of(data: Path) -> str:
    """The collection that is served."""
    return read_manifest(current(data / "index")).collection
