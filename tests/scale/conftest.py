"""One Milvus server for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.scale.milvus_server import MilvusServer, needed


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    needed()
    with MilvusServer(tmp_path_factory.mktemp("milvus") / "data") as server:
        yield server
