"""Index commands in processes of their own, and what sentence-transformers says, for the tests of this room."""

import fcntl
import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.index.commands import Commands
from tests.index.reference import Reference, referred


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Runs `python -m index …`, one forked process a command, in a folder without settings files."""
    with Commands(tmp_path_factory.mktemp("cwd")) as running:
        yield running


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """What sentence-transformers makes of the default model, of its texts and of small models."""
    if find_spec("sentence_transformers") is None:
        pytest.skip("sentence-transformers, which the encoder is compared with, is not installed")
    ours = tmp_path_factory.getbasetemp()
    shared = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
    folder = shared / "reference"
    # One of the processes that run tests side by side makes it.
    with (shared / "reference.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            scratch = tmp_path_factory.mktemp("reference")
            referred(scratch)
            scratch.rename(folder)
    return Reference.read(folder)
