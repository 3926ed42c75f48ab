"""A bot whose state is in a PostgreSQL database, from outside: the same conversation, and the same on its bad days."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.scale.postgres_server import PASSWORD, PostgresServer
from tests.telegram.bad_days import (
    PATIENCE,
    QUESTION,
    UNLIMITED,
    WORDS,
    all_answered,
    asked_by,
    command,
    copied,
    free_port,
    health,
    in_order,
    told,
)
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer, Chat, Person


class PostgresBot(BotProcess):
    """A bot whose database is on a server."""

    address = ""

    def kept(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of its state database that a query finds, as another program sees them."""
        import psycopg

        with closing(psycopg.connect(self.address, autocommit=True)) as server:
            rows: list[tuple[Any, ...]] = server.execute(query.replace("?", "%s"), values).fetchall()
            return rows


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    with PostgresServer() as running:
        yield running


@pytest.fixture
def admin(server: BotApiServer) -> Person:
    return server.person("Olav")


@pytest.fixture
def bot(
    server: BotApiServer, admin: Person, own_server: PostgresServer, built: Path, tmp_path: Path
) -> Iterator[PostgresBot]:
    own_server.execute("CREATE DATABASE state")
    address = own_server.address("state")
    settings = {"state": address, "telegram_admins": admin.id, "health_port": free_port(), **UNLIMITED}
    bot = PostgresBot(server, copied(built, tmp_path / "data"), tmp_path / "bot.log", **settings)
    bot.address = address
    with bot:
        yield bot
        assert bot.stop() == 0
        assert "incident" not in bot.said
        assert PASSWORD not in bot.said
        assert quote(PASSWORD, safe="") not in bot.said


def people(server: BotApiServer, count: int) -> list[tuple[Person, Chat]]:
    return [(person, server.private(person)) for person in (server.person(f"P{n}") for n in range(count))]


def test_a_conversation_outlives_kills_and_restarts_of_the_bot_and_of_its_database(
    server: BotApiServer, admin: Person, own_server: PostgresServer, bot: PostgresBot
) -> None:
    office = server.private(admin)
    server.wait_for_message(office, admin.writes(office, "/start"), PATIENCE)
    answer = server.wait_for_reply(admin.writes(office, QUESTION), PATIENCE)
    assert WORDS in answer.text
    assert not (bot.data / "state.sqlite").exists()

    # kill -9 with eight questions confirmed to Telegram, of which none is answered.
    server.faults.add(method="sendMessage", kind="drop_before")
    questions = asked_by(people(server, 4), each=2)
    server.wait(lambda: server.faults.injected["drop_before"] >= 4 and not server.pending_updates, PATIENCE)
    bot.kill()
    assert bot.kept("SELECT count(*) FROM inbox WHERE body IS NOT NULL") == [(8,)]
    server.faults.clear()
    bot.start()
    assert all_answered(server, questions) == {1: 8}
    assert in_order(server, questions)

    # A button of an answer from before the kill.
    assert answer.buttons[:2] == ["1/4", "▶"]
    assert admin.presses(answer, "▶").answer(PATIENCE) is not None
    assert answer.buttons[:3] == ["◀", "2/4", "▶"]

    # The database is away: the bot says so once to whoever asks after its health, and answers when it is back.
    server.wait(bot.is_idle, PATIENCE)
    port = int(str(bot._settings["health_port"]))
    own_server.stop(signal.SIGQUIT)
    late = asked_by(people(server, 2))
    server.wait(lambda: health(port)[0] == 503, PATIENCE)
    assert "cannot be written" in health(port)[1]
    own_server.start()
    assert all_answered(server, late) == {1: 2}
    server.wait(lambda: health(port)[0] == 200, PATIENCE)
    server.wait(lambda: len(told(server, office, "I cannot save my state")) == 1, PATIENCE)

    # /privacy says what no bot can delete, /forget leaves nothing but the times of questions.
    said = server.wait_for_message(office, admin.writes(office, "/privacy"), PATIENCE).text
    assert said.endswith("may hold deleted words for some time; whoever runs this bot knows how long.")
    server.wait_for_message(office, admin.writes(office, "/forget"), PATIENCE)
    server.wait(bot.is_idle, PATIENCE)
    assert bot.kept("SELECT 1 FROM cards WHERE owner = ?", admin.id) == []
    assert bot.kept("SELECT 1 FROM turns WHERE person = ?", admin.id) == []


def test_the_operators_commands_know_where_the_state_is(server: BotApiServer, bot: PostgresBot, tmp_path: Path) -> None:
    ((ada, chat),) = people(server, 1)
    answer = server.wait_for_reply(ada.writes(chat, QUESTION), PATIENCE)
    assert ada.presses(answer, "👍").answer(PATIENCE) is not None
    server.wait(bot.is_idle, PATIENCE)
    printed = command(bot, "feedback")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert QUESTION in printed.stdout
    refused = command(bot, "backup", str(tmp_path / "copy"))
    assert refused.returncode == 2
    assert refused.stderr == (
        f"the bot's state is in postgresql://127.0.0.1:{bot.address.rpartition(':')[2]}: back that up with pg_dump, "
        "as docs/postgres.md says\n"
    )
    moved = command(bot, "copy-state", "--to", str(tmp_path / "moved"))
    assert moved.returncode == 1
    assert "another bot works with the state" in moved.stderr
    second = command(bot)
    assert second.returncode == 1
    assert "another bot works with the state" in second.stderr
    assert PASSWORD not in second.stderr
