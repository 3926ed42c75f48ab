"""A small index that the tests of this room ask, the program as a process, and a screen to print on."""

import io
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from rich.console import Console

from retrieval import Retriever
from tests import forked
from tests.conftest import BuildData
from tests.retrieval.articles import SEEDS
from tests.retrieval.editions import editions


@pytest.fixture(scope="session")
def small_data(build_data: BuildData) -> Path:
    """A data folder over the few articles of articles.py."""
    return build_data(SEEDS)


@pytest.fixture(scope="session")
def fares(build_data: BuildData) -> Path:
    """A data folder over the editions of editions.py."""
    return build_data(editions())


@pytest.fixture
def small(small_data: Path) -> Iterator[Retriever]:
    """A retriever of them."""
    with Retriever.open(small_data) as retriever:
        yield retriever


class Run(Protocol):
    """Runs `python -m retrieval` with these arguments and waits until it has ended."""

    def __call__(
        self, *arguments: str | Path, stdin: bytes = b"", **environment: str
    ) -> subprocess.CompletedProcess[bytes]: ...


def environment(**changes: str) -> dict[str, str]:
    """The environment of a person whose terminal has 80 columns."""
    return forked.environment(**{"COLUMNS": "80", **changes})


def heed_interrupts() -> None:
    """Undo that a shell lets what it starts in the background ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`python -m retrieval`, in a folder of its own without an index."""

    def call(*arguments: str | Path, stdin: bytes = b"", **changes: str) -> subprocess.CompletedProcess[bytes]:
        if not any(name.startswith("PYTHON") for name in changes):
            return forked.run("retrieval", *arguments, cwd=tmp_path, env=environment(**changes), stdin=stdin)
        # Only Python itself, started anew, heeds these.
        return subprocess.run(
            [sys.executable, "-m", "retrieval", *map(str, arguments)],
            cwd=tmp_path,
            env=environment(**changes),
            input=stdin,
            capture_output=True,
            timeout=60,
            check=False,
        )

    return call


@pytest.fixture
def plain() -> Console:
    """A console that is no terminal, as when the output is piped; `plain.file` holds what was printed."""
    return Console(file=io.StringIO(), width=80, markup=False, highlight=False, emoji=False)


@pytest.fixture
def styled() -> Console:
    """A console that takes itself for a terminal with colours."""
    return Console(
        file=io.StringIO(),
        width=80,
        height=24,
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
        markup=False,
        highlight=False,
        emoji=False,
    )


Printed = Callable[[Console], str]


@pytest.fixture
def printed() -> Printed:
    """What stands on a console so far."""

    def read(console: Console) -> str:
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    return read
