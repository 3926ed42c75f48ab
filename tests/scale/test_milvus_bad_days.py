"""Bad days of an index on a Milvus server: one clear line, nothing lost, nothing mixed."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TypeVar

import pytest

from bot.errors import AwayError
from bot.library import Library
from index.build import build
from index.engines.embedded import engine_at
from index.engines.milvus import Milvus
from index.errors import BuildingError, EngineError
from retrieval import Retriever
from tests.bot.test_library import options_of
from tests.forked import environment, run
from tests.scale.milvus_index import DAY, QUESTIONS, asked, collection_of, collections
from tests.scale.milvus_server import MilvusServer, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

T = TypeVar("T")
FERRY, GOAT = QUESTIONS[0], "A goat swims\n\nA goat swam to Askholm on Sunday.\n"


def test_a_server_that_is_gone_is_named_in_one_line_without_its_password(tmp_path: Path) -> None:
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


def test_questions_are_answered_again_when_the_server_is_back(
    own_milvus: MilvusServer, seeds: Path, tmp_path: Path
) -> None:
    data = tmp_path / "var"
    build(seeds, data, engine=engine_at(own_milvus.address, data))
    with Retriever.open(data, engine=own_milvus.address, kept=0) as retriever:
        before = asked(retriever, QUESTIONS[0])
        own_milvus.kill()
        with pytest.raises(EngineError, match="cannot be reached, or refuses"):
            retriever.ask(QUESTIONS[2], asked=DAY)
        with MilvusServer(tmp_path / "milvus", own_milvus.port):
            assert once_it_answers(lambda: asked(retriever, QUESTIONS[0])) == before


def test_a_build_that_loses_the_server_leaves_the_old_index_and_the_next_one_tidies_up(
    own_milvus: MilvusServer, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "var"
    build(seeds, data, engine=engine_at(own_milvus.address, data))
    served = collection_of(data)
    (seeds / "new.txt").write_text(GOAT)
    insert = Milvus._insert

    def killed(self: Milvus, name: str, rows: list[dict[str, object]]) -> None:
        insert(self, name, rows)
        own_milvus.kill()

    with monkeypatch.context() as patch:
        patch.setattr(Milvus, "_insert", killed)
        with pytest.raises(EngineError, match="cannot be reached, or refuses"):
            build(seeds, data, engine=engine_at(own_milvus.address, data))
    assert collection_of(data) == served
    with MilvusServer(tmp_path / "milvus", own_milvus.port) as back:
        once_it_answers(lambda: build(seeds, data, engine=engine_at(back.address, data)))
        left = set(engine_at(back.address, data).names())
        assert served in left
        assert len(left) == 2


@contextmanager
def another_server(kind: str) -> Iterator[int]:
    """A server that is no Milvus, or one whose methods the client does not know; its port."""
    if kind == "http":
        http = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        serving = threading.Thread(target=http.serve_forever)
        serving.start()
        yield http.server_port
        http.shutdown()
        serving.join()
        http.server_close()
        return
    import grpc

    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port
    server.stop(None)


@pytest.mark.parametrize(
    ("kind", "said"), [("http", "cannot be reached, or refuses"), ("grpc", "does not understand pymilvus")]
)
def test_a_server_of_another_version_or_kind_is_named_in_one_line(kind: str, said: str, tmp_path: Path) -> None:
    with another_server(kind) as port, pytest.raises(EngineError) as refused:
        engine_at(f"milvus://127.0.0.1:{port}", tmp_path).drop("verbatim")
    assert f"127.0.0.1:{port}" in str(refused.value)
    assert said in str(refused.value)
    assert "VERBATIM_INDEX" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_server_that_stored_half_is_found_out_before_anybody_reads_it(
    milvus: MilvusServer, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "var"
    insert = Milvus._insert
    monkeypatch.setattr(Milvus, "_insert", lambda self, name, rows: insert(self, name, rows[: len(rows) // 2]))
    with pytest.raises(EngineError, match=r"holds something else in .* than was sent: build again"):
        build(seeds, data, engine=engine_at(milvus.address, data))
    assert not collections(milvus, data)
    assert not list((data / "index").glob("2*"))


def test_a_server_that_stored_another_day_is_found_out_before_anybody_reads_it(
    milvus: MilvusServer, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "var"
    insert = Milvus._insert
    monkeypatch.setattr(
        Milvus, "_insert", lambda self, name, rows: insert(self, name, [{**row, "day": 1999_12_31} for row in rows])
    )
    with pytest.raises(EngineError, match=r"holds something else in .* than was sent: build again"):
        build(seeds, data, engine=engine_at(milvus.address, data))
    assert not collections(milvus, data)


def test_of_two_builders_one_is_refused_and_one_collection_is_left(
    milvus: MilvusServer, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "var"
    fills, goes_on = threading.Event(), threading.Event()
    fill = Milvus._fill

    def slowly(self: Milvus, *arguments: object) -> object:
        fills.set()
        assert goes_on.wait(60)
        return fill(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Milvus, "_fill", slowly)
    first = threading.Thread(target=lambda: build(seeds, data, engine=engine_at(milvus.address, data)))
    first.start()
    assert fills.wait(60)
    with pytest.raises(BuildingError, match="another build is running"):
        build(seeds, data, engine=engine_at(milvus.address, data))
    goes_on.set()
    first.join()
    assert collections(milvus, data) == {collection_of(data)}


def test_a_server_whose_disk_is_full_is_said_and_the_old_index_is_served_on(seeds: Path, tmp_path: Path) -> None:
    data = tmp_path / "var"
    with MilvusServer(tmp_path / "milvus") as server:
        build(seeds, data, engine=engine_at(server.address, data))
        served = collection_of(data)
    (seeds / "goat.txt").write_text(GOAT)
    # No file of its may hold more than what an index of one article takes.
    with MilvusServer(tmp_path / "milvus", largest_file=1024) as server:
        with pytest.raises(EngineError, match="cannot be reached, or refuses"):
            build(seeds, data, engine=engine_at(server.address, data))
        assert collection_of(data) == served
        with Retriever.open(data, engine=server.address) as retriever:
            assert asked(retriever, FERRY)


def test_a_new_index_that_cannot_be_reached_is_taken_up_when_it_can_be(
    own_milvus: MilvusServer, seeds: Path, tmp_path: Path
) -> None:
    data = tmp_path / "var"
    build(seeds, data, engine=engine_at(own_milvus.address, data))
    with Retriever.open(data, engine=own_milvus.address, kept=0) as retriever:
        before = retriever.generation
        (seeds / "goat.txt").write_text(GOAT)
        build(seeds, data, engine=engine_at(own_milvus.address, data))
        own_milvus.kill()
        retriever.refresh()
        assert retriever.generation == before
        assert "cannot be reached, or refuses" in retriever.refusal
        with MilvusServer(tmp_path / "milvus", own_milvus.port):
            once_it_answers(lambda: asked(retriever, FERRY))
            retriever.refresh()
            assert (retriever.generation != before, retriever.refusal) == (True, "")


def test_commands_end_with_one_line_where_the_server_is_away(
    own_milvus: MilvusServer, seeds: Path, tmp_path: Path
) -> None:
    data = tmp_path / "var"
    build(seeds, data, engine=engine_at(own_milvus.address, data))
    own_milvus.kill()
    env = environment(VERBATIM_INDEX=own_milvus.address, VERBATIM_DATA=str(data), VERBATIM_SEEDS=str(seeds))
    for command in (("retrieval", "ask", FERRY), ("index", "build"), ("index", "verify")):
        done = run(*command, cwd=tmp_path, env=env, timeout=120)
        said = done.stderr.decode()
        assert (done.returncode, done.stdout, said.count("\n")) == (1, b"", 1), said
        assert said.startswith(f"Milvus at 127.0.0.1:{own_milvus.port} cannot be reached, or refuses: ")


def test_the_bot_says_that_it_cannot_reach_the_articles_and_notices_when_it_can(
    own_milvus: MilvusServer, seeds: Path, tmp_path: Path
) -> None:
    data = tmp_path / "var"
    build(seeds, data, engine=engine_at(own_milvus.address, data))

    async def main() -> None:
        library = Library(replace(options_of(data), engine=own_milvus.address))
        try:
            await library.look()
            answer, _ = await library.ask(FERRY, 3, ())
            assert answer.answered
            own_milvus.kill()
            with pytest.raises(AwayError, match="cannot be reached, or refuses"):
                await library.ask(QUESTIONS[2], 3, ())
            assert (library.is_open, library.missing != "") == (False, True)
            with MilvusServer(tmp_path / "milvus", own_milvus.port):
                until = time.monotonic() + 30
                while not library.is_open:
                    assert time.monotonic() < until
                    await library.look()
                    await asyncio.sleep(0.2)
                assert (await library.ask(QUESTIONS[2], 3, ()))[0].answered
        finally:
            library.close()

    asyncio.run(main())
