"""A server that the tests of one file share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.retrieval.mcp.raw_client import RawClient


@pytest.fixture(scope="module")
def client(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawClient]:
    """A session over the few articles of articles.py."""
    with RawClient(small_data, tmp_path_factory.mktemp("mcp") / "log") as client:
        client.begin()
        yield client
