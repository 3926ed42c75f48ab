"""One Milvus server for the tests of a module, one for a single test, and a few articles."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import write_seeds
from tests.scale.milvus_server import MilvusServer, needed
from tests.telegram.bad_days import STORIES


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    needed()
    with MilvusServer(tmp_path_factory.mktemp("milvus") / "data") as server:
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[MilvusServer]:
    """A server that a test may kill."""
    needed()
    with MilvusServer(tmp_path / "milvus") as server:
        yield server


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return write_seeds(tmp_path / "seeds", STORIES)
