"""An index on a Milvus server: the same answers as an embedded one, and one plain line where the server fails."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from index.build import build
from index.engines.choice import engine_at
from index.engines.milvus import Milvus
from index.errors import EngineError, GenerationError
from index.generation.generation import Generation, verify
from index.generation.manifest import read_manifest
from retrieval import Answer, Retriever
from tests.conftest import write_seeds
from tests.scale.milvus_server import MilvusServer, needed
from tests.telegram.bad_days import STORIES

T = TypeVar("T")
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


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return write_seeds(tmp_path / "seeds", STORIES)


@pytest.fixture
def data(tmp_path: Path, seeds: Path, milvus: MilvusServer) -> Iterator[Path]:
    """A data folder whose index the server keeps."""
    folder = tmp_path / "var"
    build(seeds, folder, engine=engine_at(milvus.address, folder))
    yield folder
    engine = engine_at(milvus.address, folder)
    for name in engine.names():
        engine.drop(name)


def collections(milvus: MilvusServer, data: Path) -> set[str]:
    return set(engine_at(milvus.address, data).names())


def collection_of(data: Path) -> str:
    (folder,) = (path.parent for path in (data / "index").glob("2*/manifest.json"))
    return read_manifest(folder).collection


def test_both_engines_give_the_same_answers(milvus: MilvusServer, data: Path, seeds: Path, tmp_path: Path) -> None:
    build(seeds, tmp_path / "embedded")
    with Retriever.open(data, engine=milvus.address) as there, Retriever.open(tmp_path / "embedded") as here:
        for question in QUESTIONS:
            assert asked(there, question) == asked(here, question)
        assert there.check("A crossing costs seven crowns.") == here.check("A crossing costs seven crowns.")
        assert there.corrected("What does a crosing cost?") == here.corrected("What does a crosing cost?")


def test_the_index_is_verified_where_it_stands(milvus: MilvusServer, data: Path) -> None:
    verify(data / "index", engine_at(milvus.address, data)).close()


def test_a_build_fills_a_new_collection_and_the_next_one_drops_the_old(
    milvus: MilvusServer, data: Path, seeds: Path
) -> None:
    first = collection_of(data)
    assert collections(milvus, data) == {first}
    for number in (1, 2):
        (seeds / f"new{number}.txt").write_text(f"Goat number {number} swims\n\nA goat swam to Askholm on Sunday.\n")
        build(seeds, data, engine=engine_at(milvus.address, data))
    # The one before the current one stays, for readers that are about to take up the new one.
    assert first not in collections(milvus, data)
    assert len(collections(milvus, data)) == 2


def test_two_data_folders_share_a_server_and_leave_each_other_alone(
    milvus: MilvusServer, data: Path, seeds: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    for _ in range(2):
        build(seeds, other, engine=engine_at(milvus.address, other), clean=True)
    assert collections(milvus, data) == {collection_of(data)}
    assert not collections(milvus, data) & collections(milvus, other)


def test_readers_take_up_a_new_generation_and_no_answer_mixes_two(
    milvus: MilvusServer, data: Path, seeds: Path
) -> None:
    question = "What does a crossing to Askholm cost?"
    with Retriever.open(data, engine=milvus.address, kept=0) as retriever:
        expected = {str(asked(retriever, question))}
        seen: list[str] = []
        ended = threading.Event()

        def ask() -> None:
            while not ended.is_set():
                seen.append(str(asked(retriever, question)))

        asking = threading.Thread(target=ask)
        asking.start()
        (seeds / "ferry.txt").write_text("Ferry fares rise\n\nA crossing to Askholm costs nine crowns since Monday.\n")
        build(seeds, data, engine=engine_at(milvus.address, data))
        retriever.refresh()
        expected.add(str(asked(retriever, question)))
        ended.set()
        asking.join()
    assert len(expected) == 2
    assert set(seen) <= expected


def test_a_collection_that_lacks_passages_is_refused_when_it_is_opened(milvus: MilvusServer, data: Path) -> None:
    name = collection_of(data)
    engine = engine_at(milvus.address, data)
    assert isinstance(engine, Milvus)
    engine._client.delete(name, ids=[0])
    with pytest.raises(GenerationError, match=f"the collection {name} at .* holds .* where the manifest says"):
        Generation.open(data / "index", engine)


def test_an_index_whose_collection_is_gone_says_how_to_mend_it(milvus: MilvusServer, data: Path) -> None:
    engine = engine_at(milvus.address, data)
    engine.drop(collection_of(data))
    with pytest.raises(GenerationError, match=r"has no collection verbatim_.*python -m index build --clean"):
        Generation.open(data / "index", engine)


def test_the_engine_that_is_set_must_be_the_one_the_index_was_built_for(milvus: MilvusServer, data: Path) -> None:
    with pytest.raises(GenerationError, match="was built for the engine milvus, and embedded is set"):
        Retriever.open(data)


def test_a_server_that_is_gone_is_named_in_one_line_without_its_password(tmp_path: Path) -> None:
    needed()
    address = "milvus://reader:geheim@127.0.0.1:1"
    engine = engine_at(address, tmp_path)
    assert "geheim" not in repr(engine)
    with pytest.raises(EngineError) as gone:
        engine.drop("verbatim")
    assert str(gone.value).startswith("Milvus at 127.0.0.1:1 cannot be reached, or refuses: ")
    assert "geheim" not in str(gone.value)
    assert "\n" not in str(gone.value)


def once_it_answers(work: Callable[[], T]) -> T:
    """Try until the client has connected anew, which it does some seconds after the server is back."""
    until = time.monotonic() + 20
    while True:
        try:
            return work()
        except EngineError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[MilvusServer]:
    needed()
    with MilvusServer(tmp_path / "milvus") as server:
        yield server


def test_questions_are_answered_again_when_the_server_is_back(
    own_server: MilvusServer, seeds: Path, tmp_path: Path
) -> None:
    data = tmp_path / "var"
    build(seeds, data, engine=engine_at(own_server.address, data))
    with Retriever.open(data, engine=own_server.address, kept=0) as retriever:
        before = asked(retriever, QUESTIONS[0])
        own_server.kill()
        with pytest.raises(EngineError, match="cannot be reached, or refuses"):
            retriever.ask(QUESTIONS[2], asked=DAY)
        with MilvusServer(tmp_path / "milvus", own_server.port):
            assert once_it_answers(lambda: asked(retriever, QUESTIONS[0])) == before


def test_a_build_that_loses_the_server_leaves_the_old_index_and_the_next_one_tidies_up(
    own_server: MilvusServer, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "var"
    build(seeds, data, engine=engine_at(own_server.address, data))
    served = collection_of(data)
    (seeds / "new.txt").write_text("A goat swims\n\nA goat swam to Askholm on Sunday.\n")
    insert = Milvus._insert

    def killed(self: Milvus, name: str, rows: list[dict[str, object]]) -> None:
        insert(self, name, rows)
        own_server.kill()

    with monkeypatch.context() as patch:
        patch.setattr(Milvus, "_insert", killed)
        with pytest.raises(EngineError, match="cannot be reached, or refuses"):
            build(seeds, data, engine=engine_at(own_server.address, data))
    assert collection_of(data) == served
    with MilvusServer(tmp_path / "milvus", own_server.port) as back:
        once_it_answers(lambda: build(seeds, data, engine=engine_at(back.address, data)))
        left = set(engine_at(back.address, data).names())
        assert served in left
        assert len(left) == 2
