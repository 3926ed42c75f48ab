"""Servers and a few articles, which several modules of this folder share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import BuildData, write_seeds
from tests.scale import milvus_server, postgres_server
from tests.scale.milvus_server import MilvusServer
from tests.telegram.bad_days import STORIES
from tests.telegram.server import BotApiServer

_HERE: Final = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests whose server is not here: pytest then says so once a file, and not once a test."""
    milvus, postgres = milvus_server.missing(), postgres_server.missing()
    reasons = {"milvus": milvus, "own_milvus": milvus, "postgres": postgres, "own_server": postgres}
    for item in items:
        if item.path.parent == _HERE:
            for fixture in set(getattr(item, "fixturenames", ())) & reasons.keys():
                if reasons[fixture]:
                    item.add_marker(pytest.mark.skip(reason=reasons[fixture]))


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    with MilvusServer(tmp_path_factory.mktemp("milvus") / "data") as server:
        yield server


@pytest.fixture
def own_milvus(tmp_path: Path) -> Iterator[MilvusServer]:
    """A server that a test may kill."""
    with MilvusServer(tmp_path / "milvus") as server:
        yield server


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return write_seeds(tmp_path / "seeds", STORIES)


@pytest.fixture(scope="module")
def built(build_data: BuildData) -> Path:
    """A data folder of those articles."""
    return build_data(STORIES)


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    """Telegram, which holds nobody up."""
    with BotApiServer() as running:
        running.flood = None
        yield running
