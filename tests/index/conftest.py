"""Index commands in processes of their own, for the tests of this room."""

from collections.abc import Iterator

import pytest

from tests.index.commands import Commands


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Runs `python -m index …`, one forked process a command, in a folder without settings files."""
    with Commands(tmp_path_factory.mktemp("cwd")) as running:
        yield running
