"""What the tests of the conversation share: the articles, a server, bots that run over them, and people who talk."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.conftest import BuildData
from tests.telegram.articles import SEEDS
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer, Chat, Message, Person

# Only so that a test ends at all: nothing is claimed of how fast the bot is.
PATIENCE: Final = 60.0
ADMIN: Final = 900_001
_TOO_MANY_REQUESTS: Final = 429


@dataclass(frozen=True, slots=True)
class Talk:
    """Somebody in a chat with the bot."""

    server: BotApiServer
    person: Person
    chat: Chat

    def writes(self, text: str, **more: Any) -> Message:
        """Write, and wait for nothing."""
        return self.person.writes(self.chat, text, **more)

    def asks(self, text: str, **more: Any) -> Message:
        """Write, and wait for the bot's reply to it."""
        return self.answer_to(self.writes(text, **more))

    def answer_to(self, message: Message) -> Message:
        """The bot's reply to a message."""
        return self.server.wait_for_reply(message, PATIENCE)

    def next_after(self, message: Message) -> Message:
        """The bot's next message in the chat, whatever it replies to."""
        return self.server.wait_for_message(self.chat, message, PATIENCE)

    def presses(self, message: Message, label: str) -> dict[str, Any]:
        """Press a button, and wait until the bot has acknowledged that: what it changes is changed by then."""
        answer = self.person.presses(message, label).answer(PATIENCE)
        assert answer is not None
        return answer

    def presses_data(self, message: Message, data: str) -> dict[str, Any]:
        """Press a button that the message may not have, and wait for the acknowledgement."""
        answer = self.person.presses_data(message, data).answer(PATIENCE)
        assert answer is not None
        return answer

    def said_by_bot(self) -> list[Message]:
        """The bot's messages in the chat."""
        return [message for message in self.server.messages(self.chat) if message.sender == self.server.bot]

    def in_group(self, chat: Chat) -> "Talk":
        """The same person in another chat."""
        return Talk(self.server, self.person, chat)


Meet = Callable[..., Talk]
NewData = Callable[[], Path]


@pytest.fixture(scope="session")
def articles_data(build_data: BuildData) -> Path:
    """A data folder over the articles of articles.py; nobody writes into it."""
    return build_data(SEEDS)


@pytest.fixture(scope="session")
def bot_data(articles_data: Path, tmp_path_factory: pytest.TempPathFactory) -> NewData:
    """Makes a data folder for a bot: with a state of its own, and an index of its own to be rebuilt."""

    def make() -> Path:
        data = tmp_path_factory.mktemp("bot")
        (data / "models").symlink_to((articles_data / "models").resolve())
        shutil.copytree(articles_data / "index", data / "index")
        return data

    return make


def refused(server: BotApiServer) -> set[tuple[str, str]]:
    """The calls that Telegram refused for what they said, by method and words; haste, which depends on the clock, is
    none of that.
    """
    return {
        (call.method, call.description)
        for call in server.calls
        if 400 <= call.status < 500 and call.status != _TOO_MANY_REQUESTS
    }


@contextmanager
def running_bot(server: BotApiServer, data: Path, **settings: object) -> Iterator[BotProcess]:
    """A bot that comes up, runs without an incident, and stops when it is told to."""
    with BotProcess(server, data, data / "bot.log", **settings) as bot:
        yield bot
        assert '"incident"' not in bot.said, bot.said
        assert bot.stop() == 0


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[BotApiServer]:
    """A server of the module's own; at the end the bot must have made no mistake but those in the module's REFUSED."""
    with BotApiServer() as server:
        yield server
        assert server.surprises == []
        assert refused(server) <= set(getattr(request.module, "REFUSED", ()))


@pytest.fixture
def alone() -> Iterator[BotApiServer]:
    """A server without the bot's process."""
    with BotApiServer() as server:
        yield server


@pytest.fixture(scope="module")
def meet(server: BotApiServer) -> Meet:
    """Makes somebody new in a private chat with the bot."""

    def somebody(first_name: str = "Ada", **more: Any) -> Talk:
        person = server.person(first_name, **more)
        return Talk(server, person, server.private(person))

    return somebody


@pytest.fixture(scope="module")
def admin(meet: Meet) -> Talk:
    """An admin of the bot."""
    return meet("Nora", id=ADMIN)


@pytest.fixture(scope="module")
def bot(server: BotApiServer, bot_data: NewData, admin: Talk) -> Iterator[BotProcess]:
    """A bot that everybody may ask, over the articles."""
    with running_bot(server, bot_data(), telegram_admins=admin.person.id) as bot:
        yield bot
