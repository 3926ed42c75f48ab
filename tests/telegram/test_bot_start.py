"""Starting: what is wrong is said in one line, and what is not there yet is waited for."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from telegram.ext import ExtBot

from bot.health import Pulse
from bot.updates.polling import Poller
from tests.conftest import BuildData
from tests.telegram.bad_days import (
    PATIENCE,
    QUESTION,
    STORIES,
    WORDS,
    command,
    copied,
    free_port,
    health,
    metrics,
    told,
)
from tests.telegram.bot_process import BotAnew, BotProcess
from tests.telegram.server import BotApiServer


@pytest.fixture(scope="module")
def built(build_data: BuildData) -> Path:
    return build_data(STORIES)


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    return copied(built, tmp_path / "data")


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


def ends_with(bot: BotProcess, code: int) -> str:
    """Start it, see it end by itself with this code, and return the one line it said."""
    with bot:
        assert bot.wait() == code, bot.said
    (line,) = bot.said.splitlines()
    return line


class Unawaited(BotProcess):
    """A bot whose answering nobody waits for."""

    def start(self, *, wait: bool = False) -> None:
        super().start(wait=wait)


def refused(server: BotApiServer, data: Path, code: int, **settings: object) -> str:
    """The one line that a bot with these settings ends with."""
    return ends_with(Unawaited(server, data, data / "bot.log", **settings), code)


def test_without_a_token_it_ends_and_names_botfather(server: BotApiServer, data: Path) -> None:
    line = refused(server, data, 2, telegram_token=None)
    assert "@BotFather" in line
    assert "VERBATIM_TELEGRAM_TOKEN" in line
    assert not server.calls


def test_a_malformed_token_ends_it_and_is_not_repeated(server: BotApiServer, data: Path) -> None:
    line = refused(server, data, 2, telegram_token="my-secret-thing")
    assert "@BotFather" in line
    assert "my-secret-thing" not in line
    assert not server.calls


def test_a_token_that_telegram_does_not_know_ends_it(server: BotApiServer, data: Path) -> None:
    stale = "110201543:AAstale_stale_stale_stale_stale_sta"
    with Unawaited(server, data, data / "bot.log", telegram_token=stale) as bot:
        assert bot.wait() == 2
    assert "Telegram does not know this token" in bot.said.splitlines()[-1]
    assert [call.status for call in server.calls] == [401]
    assert stale not in bot.said
    assert stale.partition(":")[2] not in bot.said


def test_a_token_file_is_as_good_as_a_token(server: BotApiServer, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{server.token}\n", encoding="utf-8")
    with BotAnew(server, data, data / "bot.log", telegram_token=None, telegram_token_file=file) as bot:
        ada = server.person()
        question = ada.writes(server.private(ada), QUESTION)
        assert WORDS in server.wait_for_reply(question, PATIENCE).text
        assert bot.stop() == 0


def test_a_token_file_that_is_not_there_is_named(server: BotApiServer, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "nothing"
    assert str(file) in refused(server, data, 2, telegram_token=None, telegram_token_file=file)


def test_a_webhook_without_a_secret_is_refused(server: BotApiServer, data: Path) -> None:
    line = refused(server, data, 2, telegram_webhook_url="https://bot.example.com/hook")
    assert "VERBATIM_TELEGRAM_WEBHOOK_SECRET" in line
    assert not server.calls


def test_a_webhook_with_a_secret_that_telegram_would_not_take_is_refused(server: BotApiServer, data: Path) -> None:
    settings = {"telegram_webhook_url": "https://bot.example.com/hook", "telegram_webhook_secret": "not so secret"}
    line = refused(server, data, 2, **settings)
    assert "VERBATIM_TELEGRAM_WEBHOOK_SECRET" in line
    assert "not so secret" not in line


def test_a_setting_that_cannot_be_used_is_named(server: BotApiServer, data: Path) -> None:
    line = refused(server, data, 2, health_port="eighty")
    assert "VERBATIM_HEALTH_PORT" in line
    assert "eighty" in line


def test_a_second_bot_on_one_data_folder_is_refused_and_the_first_goes_on(
    server: BotApiServer, data: Path, tmp_path: Path
) -> None:
    with BotProcess(server, data, data / "bot.log"):
        line = ends_with(Unawaited(server, data, tmp_path / "second.log"), 1)
        assert "another bot works with the state in" in line
        assert str(data) in line
        ada = server.person()
        assert WORDS in server.wait_for_reply(ada.writes(server.private(ada), QUESTION), PATIENCE).text


def test_the_state_of_a_newer_program_is_left_alone(server: BotApiServer, data: Path) -> None:
    with closing(sqlite3.connect(data / "state.sqlite")) as db:
        db.execute("PRAGMA user_version = 99")
    line = refused(server, data, 1)
    assert "newer version" in line
    assert "99" in line
    with closing(sqlite3.connect(data / "state.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_a_state_file_that_is_none_is_left_alone(server: BotApiServer, data: Path) -> None:
    (data / "state.sqlite").write_bytes(b"shopping: milk, nails, rope\n" * 200)
    assert "state.sqlite is damaged (file is not a database)" in refused(server, data, 2)
    assert (data / "state.sqlite").read_bytes().startswith(b"shopping: milk")


def test_a_taken_health_port_is_named(server: BotApiServer, data: Path) -> None:
    taken = int(server.url.rpartition(":")[2])
    line = refused(server, data, 2, health_port=taken)
    assert str(taken) in line
    assert "VERBATIM_HEALTH_PORT" in line


def test_a_missing_index_is_waited_for_and_admins_are_told_twice(
    server: BotApiServer, built: Path, tmp_path: Path
) -> None:
    data, port = copied(built, tmp_path / "data", index=False), free_port()
    admin, ada = server.person("Olav"), server.person("Ada")
    office, chat = server.private(admin), server.private(ada)
    admin.writes(office, "/help")
    with BotProcess(server, data, data / "bot.log", telegram_admins=admin.id, health_port=port) as bot:
        missing = "There is no index to answer from"
        server.wait(lambda: told(server, office, missing), PATIENCE)
        early = server.wait_for_reply(ada.writes(chat, QUESTION), PATIENCE)
        assert early.text == "The articles are not ready yet. Please ask again in a few minutes."
        assert "being prepared" in server.wait_for_message(chat, ada.writes(chat, "/start"), PATIENCE).text
        assert server.wait(lambda: health(port)[1] == "no index is open", PATIENCE)
        asked = command(bot, "health")
        assert (asked.returncode, asked.stderr) == (1, "not ready: no index is open\n")

        copied(built, tmp_path / "other")
        (tmp_path / "other" / "index").rename(data / "index")
        server.wait(lambda: told(server, office, "The index is ready: 4 articles"), PATIENCE)
        assert WORDS in server.wait_for_reply(ada.writes(chat, QUESTION), PATIENCE).text
        server.wait(lambda: health(port) == (200, ""), PATIENCE)
        assert command(bot, "health").stdout == "ready\n"
        assert len(told(server, office, missing)) == 1
        assert len(told(server, office, "The index is ready")) == 1


def test_telegram_being_down_at_the_start_is_waited_out(server: BotApiServer, data: Path) -> None:
    ada = server.person()
    question = ada.writes(server.private(ada), QUESTION)
    port = free_port()
    server.faults.down()
    with Unawaited(server, data, data / "bot.log", health_port=port) as bot:
        bot.wait_for_log("Telegram cannot be reached", PATIENCE)
        assert health(port) == (503, "Telegram has not been heard yet")
        server.faults.up()
        assert WORDS in server.wait_for_reply(question, PATIENCE).text
        server.wait(lambda: health(port) == (200, ""), PATIENCE)
        assert bot.stop() == 0


def test_a_bot_that_waits_for_telegram_ends_when_it_is_told_to(server: BotApiServer, data: Path) -> None:
    server.faults.down()
    with Unawaited(server, data, data / "bot.log") as bot:
        bot.wait_for_log("Telegram cannot be reached", PATIENCE)
        assert bot.stop() == 0


def test_the_operators_commands(server: BotApiServer, data: Path, tmp_path: Path) -> None:
    """`feedback` and `backup` work beside the running bot; /metrics counts."""
    port, ada = free_port(), server.person()
    chat = server.private(ada)
    with BotProcess(server, data, data / "bot.log", health_port=port) as bot:
        assert command(bot, "feedback").stdout == ""
        question = ada.writes(chat, QUESTION)
        answer = server.wait_for_reply(question, PATIENCE)
        assert ada.presses(answer, "👍").answer(PATIENCE) is not None
        (line,) = command(bot, "feedback").stdout.splitlines()
        assert QUESTION in json.loads(line).values()
        assert command(bot, "feedback", "--disapproved").stdout == ""

        file = tmp_path / "copy.sqlite"
        done = command(bot, "backup", str(file))
        assert done.returncode == 0, done.stderr
        assert file.stat().st_mode & 0o777 == 0o600
        with closing(sqlite3.connect(file)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert db.execute("SELECT count(*) FROM feedback").fetchone() == (1,)
        again = command(bot, "backup", str(file))
        assert (again.returncode, again.stderr.count("\n")) == (2, 1)
        assert str(file) in again.stderr
        (tmp_path / "link.sqlite").symlink_to(tmp_path / "elsewhere.sqlite")
        assert command(bot, "backup", str(tmp_path / "link.sqlite")).returncode == 2
        assert not (tmp_path / "elsewhere.sqlite").exists(), "nothing is written through a link"

        counted = server.wait(lambda: found if "answered" in (found := metrics(port)) else "", PATIENCE)
        assert 'verbatim_questions_total{outcome="answered"} 1.0' in counted
        assert 'verbatim_feedback_total{verdict="up"} 1.0' in counted
        assert (data / "index" / "CURRENT").read_text(encoding="utf-8").strip() in counted


def test_the_health_command_says_where_nobody_answers(server: BotApiServer, data: Path) -> None:
    port = free_port()
    silent = command(BotProcess(server, data, data / "bot.log", health_port=port), "health")
    assert (silent.returncode, silent.stderr.count("\n")) == (1, 1)
    assert str(port) in silent.stderr
    unset = command(BotProcess(server, data, data / "bot.log"), "health")
    assert unset.returncode == 2
    assert "VERBATIM_HEALTH_PORT" in unset.stderr


def test_a_deaf_bot_is_not_ready_and_is_again_when_it_hears(server: BotApiServer) -> None:
    """The fetching itself feels the pulse; only the clock that it is felt by is set by hand."""
    now = 1000.0
    pulse = Pulse(limit=90.0, clock=lambda: now)
    pulse.index_open(True)
    ada = server.person()
    chat = server.private(ada)
    taken: list[object] = []

    async def take(updates: list[object]) -> None:
        taken.extend(updates)

    async def nobody() -> None:
        raise AssertionError("nobody else fetches")

    async def until(count: int) -> None:
        while len(taken) < count:
            await asyncio.sleep(0.02)

    async def listen() -> None:
        nonlocal now
        bot: ExtBot[None] = ExtBot(server.token, base_url=f"{server.url}/bot")
        async with bot:
            assert pulse.reason() == "Telegram has not been heard yet"
            fetching = asyncio.create_task(Poller(bot, take, pulse, nobody).run())
            ada.writes(chat, "one")
            await asyncio.wait_for(until(1), PATIENCE)
            assert pulse.reason() is None
            server.faults.down()
            now += 91.0
            assert pulse.reason() == "Telegram has not been heard for 91 s"
            ada.writes(chat, "two")
            server.faults.up()
            await asyncio.wait_for(until(2), PATIENCE)
            assert pulse.reason() is None
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)

    asyncio.run(listen())
