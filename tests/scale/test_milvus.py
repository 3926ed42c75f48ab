"""An index on a Milvus server: the same answers as an embedded one."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.rebuild import Step, rebuild
from index.__main__ import main as index_main
from index.build import build
from index.engines.embedded import engine_at
from index.engines.milvus import Milvus
from index.errors import GenerationError
from index.generation.generation import Generation, verify
from retrieval import Retriever
from tests.bot.test_library import options_of
from tests.scale.milvus_index import QUESTIONS, asked, collection_of, collections, conditions_asked
from tests.scale.milvus_server import MilvusServer


@pytest.fixture
def data(tmp_path: Path, seeds: Path, milvus: MilvusServer) -> Iterator[Path]:
    """A data folder whose index the server keeps."""
    folder = tmp_path / "var"
    build(seeds, folder, engine=engine_at(milvus.address, folder))
    yield folder
    engine = engine_at(milvus.address, folder)
    for name in engine.names():
        engine.drop(name)


def test_both_engines_give_the_same_answers(milvus: MilvusServer, data: Path, seeds: Path, tmp_path: Path) -> None:
    build(seeds, tmp_path / "embedded")
    with Retriever.open(data, engine=milvus.address) as there, Retriever.open(tmp_path / "embedded") as here:
        for question in QUESTIONS:
            assert asked(there, question) == asked(here, question)
        assert there.check("A crossing costs seven crowns.") == here.check("A crossing costs seven crowns.")
        assert there.corrected("What does a crosing cost?") == here.corrected("What does a crosing cost?")


def test_the_index_is_verified_where_it_stands(
    milvus: MilvusServer, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verify(data / "index", engine_at(milvus.address, data)).close()
    # What is served is shown without asking the server.
    assert index_main(["status", "--data", str(data)]) == 0
    assert f"milvus, collection {collection_of(data)}" in capsys.readouterr().out


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


def test_the_bots_own_builds_go_to_the_same_server(milvus: MilvusServer, data: Path, seeds: Path) -> None:
    (seeds / "goat.txt").write_text("A goat swims\n\nA goat swam to Askholm on Sunday.\n")
    options = replace(options_of(data), seeds=seeds, engine=milvus.address)

    async def ignore(_: Step) -> None:
        pass

    assert asyncio.run(rebuild(options, ignore)).published
    assert collection_of(data) in collections(milvus, data)
    with Retriever.open(data, engine=milvus.address) as retriever:
        assert retriever.ask("Where did a goat swim?").citations[0].article_id == "goat.txt"


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


def test_a_collection_made_before_origins_were_stored_answers_on(
    milvus: MilvusServer, data: Path, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2):
        dated = f"---\ndate: 2022-03-0{day}\n---\n\nOn day {day} a crossing to Askholm cost {day} crowns.\n"
        (seeds / f"dated{day}.md").write_text(dated)
    engine = engine_at(milvus.address, data)
    assert isinstance(engine, Milvus)
    build(seeds, data, engine=engine)
    without_origins(engine, collection_of(data))
    build(seeds, tmp_path / "embedded")
    asked_for = conditions_asked(monkeypatch, many=1)
    with Retriever.open(data, engine=milvus.address) as there, Retriever.open(tmp_path / "embedded") as here:
        question = f"{QUESTIONS[0]} after:2000"
        assert asked(there, question) == asked(here, question)
        assert len(there.search(question, 10)) == 2
    assert asked_for
    assert {condition.partition(" ")[0] for condition in asked_for} == {"number"}
    # The next build stores them.
    (seeds / "goat.txt").write_text("A goat swims\n\nA goat swam to Askholm on Sunday.\n")
    build(seeds, data, engine=engine)
    assert origin_fields(engine, collection_of(data)) == {"article", "source", "day"}


def without_origins(engine: Milvus, name: str) -> None:
    """Make a collection anew with its old fields alone."""
    from pymilvus import DataType

    client = engine._client
    rows = client.query(name, filter="number >= 0", output_fields=["number", "vector", "words"])
    client.drop_collection(name)
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("number", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=len(rows[0]["vector"]))
    schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
    indexes = client.prepare_index_params()
    indexes.add_index("vector", index_type="FLAT", metric_type="IP")
    indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    client.create_collection(name, schema=schema, index_params=indexes, consistency_level="Strong")
    client.insert(name, rows)
    assert not origin_fields(engine, name)


def origin_fields(engine: Milvus, name: str) -> set[str]:
    fields = {field["name"] for field in engine._client.describe_collection(name)["fields"]}
    return fields - {"number", "vector", "words"}


def test_moving_to_a_server_and_back_needs_no_pause(milvus: MilvusServer, seeds: Path, tmp_path: Path) -> None:
    data = tmp_path / "moved"
    build(seeds, data)
    with Retriever.open(data, kept=0) as before:
        expected = asked(before, QUESTIONS[0])
        build(seeds, data, engine=engine_at(milvus.address, data))
        # Whoever was started with the other setting answers on, and says why it does not take up the new index.
        before.refresh()
        assert asked(before, QUESTIONS[0]) == expected
        assert "was built for the engine milvus, and embedded is set" in before.refusal
        with Retriever.open(data, engine=milvus.address, kept=0) as after:
            assert asked(after, QUESTIONS[0]) == expected
            build(seeds, data)
            after.refresh()
            assert asked(after, QUESTIONS[0]) == expected
            assert "was built for the engine embedded, and milvus is set" in after.refusal
    with Retriever.open(data, kept=0) as back:
        assert asked(back, QUESTIONS[0]) == expected
    engine = engine_at(milvus.address, data)
    # What the server holds is left alone by the other engine.
    (left,) = engine.names()
    engine.drop(left)


def test_the_engine_that_is_set_must_be_the_one_the_index_was_built_for(milvus: MilvusServer, data: Path) -> None:
    with pytest.raises(GenerationError, match="was built for the engine milvus, and embedded is set"):
        Retriever.open(data)
