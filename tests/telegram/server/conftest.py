"""Fixtures of the server's own tests: a server without flood limits, calls to it, and somebody who has written."""

from collections.abc import Iterator

import pytest

from tests.telegram.server import BotApiServer, Chat
from tests.telegram.server.wire import Wire


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    """Return a server that refuses nothing for haste."""
    with BotApiServer() as running:
        running.flood = None
        yield running


@pytest.fixture
def wire(server: BotApiServer) -> Wire:
    """Return a client of the server."""
    return Wire(server)


@pytest.fixture
def chat(server: BotApiServer) -> Chat:
    """Return Ada's chat, number 42, in which she has written `/start`."""
    ada = server.person("Ada", id=42)
    chat = server.private(ada)
    ada.writes(chat, "/start")
    return chat
