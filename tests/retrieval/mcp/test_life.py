"""Begin and end of the server: without an index, with a new one, at the end of its input and by signals."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from index.build import build
from retrieval.mcp import server, tools
from retrieval.mcp.arguments import Ask
from retrieval.mcp.results import Answered
from tests import forked
from tests.conftest import write_seeds
from tests.retrieval.articles import ASKED, HARBOUR, ORCHARD, QUESTION
from tests.retrieval.conftest import Run, environment
from tests.retrieval.mcp.raw_client import VERSION, RawClient

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}},
}


def asked(number: int, tool: str, **arguments: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def lines(*messages: object) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def test_without_an_index_the_tools_say_so_and_answer_as_soon_as_there_is_one(models: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(models)
    with RawClient(data, tmp_path / "log") as client:
        client.begin()
        assert "build one with `python -m index build`" in client.refused("ask", question=QUESTION)
        assert "there is no index" in client.refused("article", article_id="harbour.txt")
        build(write_seeds(tmp_path / "seeds", {"harbour.txt": HARBOUR}), data)
        answer = client.call("ask", question=QUESTION)["structuredContent"]
        assert answer["passages"][0]["answering"][0]["text"] == ASKED
        # The next index is taken up by whichever tool is called first.
        build(write_seeds(tmp_path / "seeds", {"orchard.md": ORCHARD}), data)
        assert client.call("article", article_id="orchard.md")["structuredContent"]["source"] == "Valley Gazette"
        write_seeds(tmp_path / "seeds", {"orchard.md": ORCHARD.replace("9,000", "8,000")})
        build(tmp_path / "seeds", data)
        candles = client.call("ask", question="How many candles did the growers light?", k=1)
        assert "8,000 paraffin candles" in candles["structuredContent"]["passages"][0]["text"]
    assert (tmp_path / "log").read_bytes() == b""


def test_an_index_that_is_damaged_is_a_line_and_no_end(small_data: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(small_data / "models")
    (data / "index").mkdir()
    (data / "index" / "CURRENT").write_text("20260101T000000Z-abcdef\n")
    with RawClient(data, tmp_path / "log") as client:
        client.begin()
        assert "python -m index" in client.refused("ask", question=QUESTION)
        (data / "index" / "CURRENT").unlink()
        (data / "index").rmdir()
        (data / "index").symlink_to(small_data / "index")
        assert not client.call("ask", question=QUESTION).get("isError")


def test_a_file_of_messages_is_answered_to_the_last_and_the_end_is_clean(small_data: Path, run: Run) -> None:
    calls = [asked(number, "search", query=f"the bridge {number}") for number in range(2, 12)]
    done = run("--data", small_data, "mcp", stdin=lines(HELLO, *calls)[:-1])
    assert (done.returncode, done.stderr) == (0, b"")
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert {reply["id"] for reply in replies} == set(range(1, 12))
    assert all("result" in reply for reply in replies)


@pytest.mark.parametrize("given", [b"", b"\n\n", b"rubbish", b'{"half'])
def test_a_client_that_leaves_before_it_began_ends_the_server_cleanly(run: Run, tmp_path: Path, given: bytes) -> None:
    done = run("--data", tmp_path, "mcp", stdin=given)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.splitlines()) == (1 if given.strip() else 0)


def test_a_client_that_closes_its_end_ends_the_server_cleanly(small_data: Path, tmp_path: Path) -> None:
    with RawClient(small_data, tmp_path / "log") as client:
        client.begin()
        client.hang_up()
        assert client.line() == b""
        assert client.process.wait(20) == 0


def test_a_client_that_no_longer_reads_ends_the_server_cleanly(small_data: Path, tmp_path: Path) -> None:
    with RawClient(small_data, tmp_path / "log") as client:
        client.begin()
        client.stop_reading()
        client.request("tools/call", name="ask", arguments={"question": QUESTION})
        assert client.process.wait(20) == 0
    assert (tmp_path / "log").read_bytes() == b""


def test_sigterm_ends_the_server_cleanly_also_in_the_middle_of_answers(small_data: Path, tmp_path: Path) -> None:
    with RawClient(small_data, tmp_path / "log") as client:
        client.begin()
        client.call("ask", question=QUESTION)
        for number in range(10):
            client.request("tools/call", name="search", arguments={"query": f"bridge {number}", "k": 20})
        client.process.send_signal(signal.SIGTERM)
        assert client.process.wait(20) == 0
    assert (tmp_path / "log").read_bytes() == b""


def test_sigterm_ends_a_server_whose_client_reads_nothing(small_data: Path, tmp_path: Path) -> None:
    with RawClient(small_data, tmp_path / "log") as client:
        client.begin()
        # More than the pipe holds.
        for _ in range(12):
            client.request("tools/list")
        client.process.send_signal(signal.SIGTERM)
        assert client.process.wait(20) == 0


def test_what_a_library_prints_goes_to_standard_error(small_data: Path, tmp_path: Path) -> None:
    # A library in C writes to the descriptor, and knows nothing of Python's streams.
    code = (
        "import os, sys\n"
        "from retrieval.mcp import tools\n"
        "asked = tools._ask\n"
        "def loud(retriever, given):\n"
        "    print('printed')\n"
        "    sys.stdout.flush()\n"
        "    os.write(1, b'written by a library\\n')\n"
        "    return asked(retriever, given)\n"
        "tools.TOOLS = (tools.Tool('ask', 'Ask', '', tools.Ask, tools.Answered, loud),)\n"
        "from retrieval.__main__ import main\n"
        f"sys.exit(main(['--data', {str(small_data)!r}, 'mcp']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        input=lines(HELLO, asked(2, "ask", question=QUESTION)),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 2]
    assert done.stderr == b"printed\nwritten by a library\n"


def test_a_fault_of_our_own_is_an_error_of_the_tool_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    tool = tools.Tool("ask", "Ask", "", Ask, Answered, broken)  # type: ignore[arg-type]  # it has no result
    monkeypatch.setattr(server, "TOOLS", (tool,))
    given, taken = os.pipe(), os.pipe()
    os.write(given[1], lines(HELLO, asked(2, "ask", question=QUESTION)))
    os.close(given[1])
    session = server._Session(tools.Library(lambda: None), "1")  # type: ignore[arg-type, return-value]  # none is needed
    anyio.run(session.run, given[0], taken[1])
    os.close(taken[1])
    with os.fdopen(taken[0], "rb") as output:
        replies = [json.loads(line) for line in output]
    os.close(given[0])
    assert replies[1]["result"]["isError"]
    assert "secret" not in json.dumps(replies)
    assert "ZeroDivisionError" in caplog.text


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; from index import errors; there = errors.find_spec\n"
        "errors.find_spec = lambda name: None if name == 'mcp' else there(name)\n"
        "from retrieval.__main__ import main; sys.exit(main(['mcp']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert b"answering other programs needs mcp, which a light installation leaves out" in done.stderr


def test_no_other_command_imports_the_package(small_data: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from retrieval.__main__ import main\n"
        f"main(['ask', '--data', {str(small_data)!r}, {QUESTION!r}]); sys.exit('mcp' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=forked.environment(), check=False)
    assert done.returncode == 0
