"""No program of ours calls out, leaves anything in a person's home, or lets a library speak."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.__main__ import main as index_main
from retrieval.__main__ import main as retrieval_main
from tests.conftest import BuildData, write_seeds

ROOT = Path(__file__).resolve().parents[1]

# Every Python process of ours imports this before anything else.
_GUARD = """
import os, socket

def _tried(name):
    def refuse(*arguments, **_):
        with open(os.environ["GUARD_LOG"], "a") as log:
            log.write(f"{name} {arguments[-1]!r}\\n")
        raise OSError(f"{name} is not allowed")
    return refuse

for _name in ("connect", "connect_ex", "sendto", "sendmsg"):
    setattr(socket.socket, _name, _tried(_name))
for _name in ("getaddrinfo", "gethostbyname", "create_connection"):
    setattr(socket, _name, _tried(_name))
with open(os.environ["GUARD_LOG"], "a") as _log:
    _log.write("guarded\\n")
"""

SEEDS: dict[str, str | bytes] = {
    "barrier.txt": "Lindvik votes for a tidal barrier\n\nLINDVIK, 14 March 2023 - The council of Lindvik voted on "
    "Tuesday to build a tidal barrier across the mouth of its harbour. The barrier will cost 48 million euros.\n",
    "frost.md": "---\ntitle: Frost takes the apple blossom\ndate: 2022-04-27\n---\n\nNight frost destroyed two "
    "thirds of the apple blossom in the valley on 26 April 2022, growers said.\n",
    "mesterskap.html": "<html lang='no'><head><title>Mesterskapet</title></head><body><article><h1>Mesterskapet</h1>"
    "<p>Norge vant mesterskapet i håndball på søndag etter en jevn kamp mot Danmark. Kampen endte med 27 mot 25, og "
    "publikum jublet lenge etter at dommeren hadde blåst av.</p></article></body></html>",
    "wire.jsonl": '{"id": "w1", "title": "Ferry runs again", "text": "The ferry to the islands runs again after the '
    'storm. Passengers had waited for two days."}\n',
}


@dataclass(frozen=True, slots=True)
class Guard:
    """A runner of programs for a person who has set nothing up, which notes every call to the outside."""

    folder: Path

    def run(self, *arguments: str, home: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments, in a folder of no importance."""
        return subprocess.run(
            [sys.executable, *arguments],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                # Two of the articles are Norwegian.
                "VERBATIM_MODEL": "all-MiniLM-L6-v2",
                "PYTHONPATH": os.pathsep.join([str(self.folder / "guard"), str(ROOT)]),
                "GUARD_LOG": str(self.folder / "log"),
            },
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
        )

    def attempts(self) -> list[str]:
        """Return the calls that were tried; at least one process must have been guarded."""
        lines = (self.folder / "log").read_text().splitlines()
        assert "guarded" in lines
        return [line for line in lines if line != "guarded"]


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(_GUARD)
    return Guard(tmp_path)


@pytest.fixture
def no_home(tmp_path: Path) -> Path:
    """Return a home that nobody can write to, not even root: its parent is a file."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "home"


@pytest.fixture(scope="module")
def data(build_data: BuildData) -> Path:
    return build_data(SEEDS)


def test_the_guard_notices_a_call(guard: Guard, tmp_path: Path) -> None:
    done = guard.run("-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9/')", home=tmp_path)
    assert done.returncode != 0
    assert any("create_connection" in line or "getaddrinfo" in line for line in guard.attempts())


def test_a_first_build_converts_the_model_without_a_call_a_trace_at_home_or_a_word(
    guard: Guard, tmp_path: Path
) -> None:
    seeds = write_seeds(tmp_path / "seeds", SEEDS)
    home = tmp_path / "home"
    home.mkdir()
    done = guard.run("-m", "index", "build", "--seeds", str(seeds), "--data", str(tmp_path / "var"), home=home)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:-2] == [f"added     {path}" for path in sorted(SEEDS)]
    assert lines[-2].startswith("formats   ")
    assert re.fullmatch(r"built \d{8}T\d{6}Z-[0-9a-f]{6}: 4 articles, .* s", lines[-1])
    assert guard.attempts() == []
    # The process that read, converted and encoded was guarded.
    assert "guarded" in (tmp_path / "log").read_text().splitlines()
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["-m", "index", "status"], "all-MiniLM-L6-v2"),
        (["-m", "index", "verify"], " is sound: "),
        (["-m", "retrieval", "ask", "What does the barrier cost?"], "The barrier will cost 48 million euros."),
        (["-m", "retrieval", "ask", "Hvem vant mesterskapet i håndball?"], "Norge vant mesterskapet"),
        (["-m", "retrieval", "ask", "Who won the chess title in Dubai?"], "do not seem to hold the answer"),
    ],
)
def test_commands_say_what_is_ours_alone_and_call_nobody_without_a_home(
    guard: Guard, no_home: Path, data: Path, arguments: list[str], shown: str
) -> None:
    done = guard.run(*arguments, "--data", str(data), home=no_home)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown in " ".join(done.stdout.split())
    assert guard.attempts() == []


def test_json_is_all_there_is_on_standard_output(guard: Guard, no_home: Path, data: Path) -> None:
    done = guard.run(
        "-m", "retrieval", "ask", "-", "--json", "--data", str(data), home=no_home, stdin="What does it cost?\nFrost?\n"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["question"] for line in done.stdout.splitlines()] == ["What does it cost?", "Frost?"]
    assert guard.attempts() == []


def test_a_build_with_nothing_new_calls_nobody(guard: Guard, no_home: Path, data: Path, tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path / "seeds", SEEDS)
    done = guard.run("-m", "index", "build", "--seeds", str(seeds), "--data", str(data), home=no_home)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"nothing has changed since \S+: 4 articles, .* s\n", done.stdout)
    assert guard.attempts() == []


def test_at_a_python_prompt_the_retriever_says_nothing_of_its_own(guard: Guard, no_home: Path, data: Path) -> None:
    script = (
        "from retrieval import Retriever\n"
        f"r = Retriever.open({str(data)!r})\n"
        "answer = r.ask('What does the barrier cost?')\n"
        "hits = r.search('frost')\n"
        "r.close()\n"
    )
    done = guard.run("-c", script, home=no_home)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert guard.attempts() == []


_ASK = "from retrieval import Retriever\nRetriever.open({data!r}).ask('What does the barrier cost?')\n"
# An event as a conversion sends it; OpenVINO names its module of telemetry `tm`.
_EVENT = (
    "from openvino.tools.ovc.telemetry_utils import tm\ntm.Telemetry(tid='1', app_name='a', app_version='1').{sends}\n"
)
_SENDS = "send_event('ovc', 'version', '1')"


def test_openvino_may_be_imported_after_the_retriever_and_stays_silent(
    guard: Guard, tmp_path: Path, data: Path
) -> None:
    script = _ASK.format(data=str(data)) + "import openvino\n" + _EVENT.format(sends=_SENDS)
    done = guard.run("-c", script, home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert guard.attempts() == []


def test_openvino_may_be_imported_before_the_retriever_and_sends_nothing_more(
    guard: Guard, tmp_path: Path, data: Path
) -> None:
    """Openvino's own import belongs to the other program; a person who has opted out sends not even that."""
    (tmp_path / "intel").mkdir()
    (tmp_path / "intel" / "openvino_telemetry").write_text("1")
    # The import's own event is waited for, so that it is told from what comes after.
    alone = "import openvino, openvino_telemetry\nopenvino_telemetry.Telemetry().sender.executor.shutdown(wait=True)\n"
    assert guard.run("-c", alone, home=tmp_path).returncode == 0
    of_import = len(guard.attempts())
    assert of_import > 0, "else this test proves nothing"
    script = alone + _ASK.format(data=str(data)) + _EVENT.format(sends=_SENDS)
    done = guard.run("-c", script, home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(guard.attempts()) == 2 * of_import


def test_asking_changes_nothing_in_the_data_folder(guard: Guard, no_home: Path, data: Path) -> None:
    def seen() -> dict[str, tuple[int, int]]:
        paths = [*data.rglob("*"), *(data / "models").resolve().rglob("*")]
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}

    # What is compiled for a single question is kept from the first one on.
    guard.run("-m", "retrieval", "ask", "Frost?", "--data", str(data), home=no_home)
    before = seen()
    guard.run("-m", "retrieval", "ask", "Barrier?", "--data", str(data), home=no_home)
    assert seen() == before


@pytest.mark.parametrize("main", [index_main, retrieval_main], ids=["index", "retrieval"])
def test_a_command_called_by_another_program_leaves_how_that_ends_alone(
    main: Callable[[list[str]], int], tmp_path: Path
) -> None:
    """A program that writes to one that has ended is to get an error, and not to be ended by it."""
    # As Python itself sets it, whatever was called before.
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    assert main(["status" if main is index_main else "ask", "--data", str(tmp_path)]) != 0
    assert signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN
