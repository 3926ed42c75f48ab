"""Telegram refuses, drops, is slow or gone, somebody else fetches, the disk is full: nothing is lost by it."""

import asyncio
import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from telegram.ext import ExtBot

from bot.messages.markup import Piece, Screen
from bot.sender import Courier
from bot.state import inbox, usage
from bot.state.connection import Connection
from bot.state.database import Database
from bot.state.migrations import migrate
from bot.state.usage import DAY, MINUTE, Limit, Limits
from tests.conftest import BuildData
from tests.telegram.bad_days import (
    PATIENCE,
    QUESTION,
    STORIES,
    UNLIMITED,
    all_answered,
    asked_by,
    free_port,
    health,
    in_order,
    replies,
    told,
)
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer, Chat, Person

PORT = free_port()


@pytest.fixture(scope="module")
def running() -> Iterator[BotApiServer]:
    with BotApiServer(seed=7) as running:
        running.flood = None
        yield running


@pytest.fixture
def server(running: BotApiServer) -> Iterator[BotApiServer]:
    """The one server; whatever trouble a test made ends with it."""
    yield running
    running.faults.clear()


@pytest.fixture(scope="module")
def admin(running: BotApiServer) -> Person:
    return running.person("Olav")


@pytest.fixture(scope="module")
def office(running: BotApiServer, admin: Person) -> Chat:
    """The admin's chat with the bot."""
    office = running.private(admin)
    admin.writes(office, "/help")
    return office


@pytest.fixture(scope="module")
def bot(
    running: BotApiServer,
    admin: Person,
    office: Chat,
    build_data: BuildData,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BotProcess]:
    log = tmp_path_factory.mktemp("log") / "bot.log"
    settings = {"telegram_admins": admin.id, "health_port": PORT, **UNLIMITED}
    with BotProcess(running, build_data(STORIES), log, **settings) as bot:
        running.wait_for_message(office, seconds=PATIENCE)
        yield bot
        assert bot.stop() == 0
        assert "incident" not in bot.said


def people(server: BotApiServer, count: int) -> list[tuple[Person, Chat]]:
    """So many people who have not written before."""
    return [(person, server.private(person)) for person in (server.person(f"P{n}") for n in range(count))]


def test_a_burst_of_429_is_waited_out_and_answered_once(server: BotApiServer, bot: BotProcess) -> None:
    server.faults.add(method="sendMessage", kind="retry_after", seconds=1, times=4)
    questions = asked_by(people(server, 3))
    assert all_answered(server, questions) == {1: 3}
    assert server.faults.injected["retry_after"] >= 4


def test_a_429_holds_up_no_other_chat(server: BotApiServer, bot: BotProcess) -> None:
    """Whoever is told to wait for long waits alone."""
    (held, first), (free, second) = people(server, 2)
    server.faults.add(method="sendMessage", kind="retry_after", seconds=3, times=1)
    waiting = held.writes(first, QUESTION)
    server.wait(
        lambda: any(call.status == 429 and call.params["chat_id"] == held.id for call in server.calls), PATIENCE
    )
    quick = free.writes(second, QUESTION)
    server.wait_for_reply(quick, PATIENCE)
    assert not replies(server, waiting)
    assert all_answered(server, [waiting]) == {1: 1}


def test_a_person_who_blocks_the_bot_is_left_alone_and_answered_after_coming_back(
    server: BotApiServer, bot: BotProcess
) -> None:
    ((ada, chat),) = people(server, 1)
    server.faults.add(method="sendMessage", kind="latency", seconds=0.5, times=1)
    question = ada.writes(chat, QUESTION)
    ada.blocks()
    server.wait(lambda: any(call.status == 403 for call in server.calls_of("sendMessage")), PATIENCE)
    server.wait(bot.is_idle, PATIENCE)
    assert not replies(server, question)
    assert len([call for call in server.calls_of("sendMessage") if call.params["chat_id"] == ada.id]) == 1
    assert bot.kept("SELECT blocked FROM people WHERE id = ?", ada.id) == [(1,)]
    ada.unblocks()
    assert all_answered(server, [ada.writes(chat, QUESTION)]) == {1: 1}
    assert bot.kept("SELECT blocked FROM people WHERE id = ?", ada.id) == [(0,)]


def test_errors_of_the_server_and_connections_dropped_before_lose_and_double_nothing(
    server: BotApiServer, bot: BotProcess
) -> None:
    server.faults.add(kind="status", status=502, probability=0.2)
    server.faults.add(kind="drop_before", probability=0.2)
    questions = asked_by(people(server, 6), each=2)
    assert all_answered(server, questions, 2 * PATIENCE) == {1: 12}
    assert in_order(server, questions)


def test_a_connection_dropped_after_the_sending_doubles_that_answer_at_most(
    server: BotApiServer, bot: BotProcess
) -> None:
    server.faults.add(method="sendMessage", kind="drop_after", times=2)
    questions = asked_by(people(server, 5))
    counts = all_answered(server, questions)
    server.wait(bot.is_idle, PATIENCE)
    counts = all_answered(server, questions)
    # The bot cannot know that what it sent arrived.
    assert sum(many * questions for many, questions in counts.items()) == 5 + 2
    assert in_order(server, questions)


def test_updates_whose_fetch_is_dropped_are_fetched_again_and_answered_once(
    server: BotApiServer, bot: BotProcess
) -> None:
    server.faults.add(method="getUpdates", kind="drop_after", times=2)
    questions = asked_by(people(server, 3))
    assert all_answered(server, questions) == {1: 3}


def test_questions_asked_while_all_is_down_are_answered_once_when_it_is_up(
    server: BotApiServer, bot: BotProcess
) -> None:
    server.faults.down()
    questions = asked_by(people(server, 5), each=2)
    bot.wait_for_log("Telegram is not heard", PATIENCE)
    before = server.faults.injected["down"]
    server.wait(lambda: server.faults.injected["down"] > before + 1, PATIENCE)
    assert not any(replies(server, question) for question in questions)
    server.faults.up()
    assert all_answered(server, questions) == {1: 10}
    assert in_order(server, questions)


def test_an_answer_that_is_ready_while_all_is_down_is_sent_when_it_is_up(server: BotApiServer, bot: BotProcess) -> None:
    server.faults.add(method="sendMessage", kind="drop_before")
    questions = asked_by(people(server, 4))
    server.wait(lambda: server.faults.injected["drop_before"] >= 4, PATIENCE)
    server.faults.down()
    server.faults.clear()
    assert all_answered(server, questions) == {1: 4}


def test_slow_answers_keep_their_order_in_a_chat(server: BotApiServer, bot: BotProcess) -> None:
    """The first sending takes longest: later answers must not overtake it."""
    for seconds in (1.5, 0.8, 0.2):
        server.faults.add(method="sendMessage", kind="latency", seconds=seconds, times=1)
    ((ada, chat),) = people(server, 1)
    questions = asked_by([(ada, chat)], each=4)
    assert all_answered(server, questions) == {1: 4}
    assert in_order(server, questions)


def test_a_second_fetcher_is_told_of_once_however_often_the_two_clash(
    server: BotApiServer, bot: BotProcess, office: Chat
) -> None:
    server.wait(lambda: health(PORT) == (200, ""), PATIENCE)
    alarm = "Another program fetches this bot's messages"
    clashes = 0

    def clashed() -> int:
        return len([call for call in server.calls_of("getUpdates") if call.status == 409])

    with httpx.Client(timeout=PATIENCE) as other:
        while clashes < 4:
            # It ends when the bot fetches again; what it is given stays unconfirmed.
            other.post(f"{server.url}/bot{server.token}/getUpdates", data={"timeout": 10})
            clashes = clashed()
    server.wait(lambda: told(server, office, alarm), PATIENCE)
    assert health(PORT) == (503, "somebody else fetches the updates of this token")
    # With the other one gone nobody's question is lost.
    assert all_answered(server, asked_by(people(server, 2))) == {1: 2}
    assert len(told(server, office, alarm)) == 1


def test_markup_that_telegram_refuses_goes_out_plain(alone: BotApiServer, tmp_path: Path) -> None:
    ada = alone.person()
    chat = alone.private(ada)
    ada.writes(chat, "/start")
    broken = Screen(Piece("<b>All of <i>it</b></i>", "All of it"))

    async def send() -> None:
        state = Database(tmp_path / "state.sqlite")
        async with ExtBot[None](alone.token, base_url=f"{alone.url}/bot") as bot:
            courier = Courier(bot, state)
            number = await courier.send(chat.id, Screen(Piece("first", "first")))
            assert number is not None
            await courier.send(chat.id, broken)
            await courier.edit(chat.id, number, broken)
        state.close()

    asyncio.run(send())
    shown = [message.html for message in alone.messages(chat) if message.sender == alone.bot]
    assert shown == ["All of it", "All of it"]
    assert [call.status for call in alone.calls_of("sendMessage")] == [200, 400, 200]


def test_a_full_disk_loses_nothing_and_admins_are_told_once(
    server: BotApiServer, bot: BotProcess, office: Chat
) -> None:
    server.wait(bot.is_idle, PATIENCE)
    process = psutil.Process(bot.process.pid if bot.process else 0)
    _, most = process.rlimit(psutil.RLIMIT_FSIZE)
    alarm = "I cannot save my state"
    told_before = len(told(server, office, alarm))
    process.rlimit(psutil.RLIMIT_FSIZE, (1, most))
    try:
        questions = asked_by(people(server, 3), each=2)
        server.wait(lambda: len(told(server, office, alarm)) > told_before, PATIENCE)
        server.wait(lambda: health(PORT)[0] == 503, PATIENCE)
        assert "make room on the disk" in health(PORT)[1]
        assert not any(replies(server, question) for question in questions)
        # What is not on the disk is not confirmed.
        assert server.pending_updates
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, (resource.RLIM_INFINITY, most))
    assert all_answered(server, questions) == {1: 6}
    assert in_order(server, questions)
    assert len(told(server, office, alarm)) == told_before + 1


@pytest.fixture
def db() -> Iterator[Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    migrate(opened)
    yield opened
    opened.close()


def test_a_clock_that_jumped_ahead_and_back_locks_nobody_out(db: Connection) -> None:
    """Questions counted at a time that never was do not count for the time that is."""
    now, year = int(time.time()), 365 * 24 * 3600
    limits = Limits(person=(Limit(2, MINUTE), Limit(5, DAY)), chat=(Limit(9, MINUTE), Limit(9, DAY)))
    for number in range(2):
        assert usage.ask(db, number, 1, 1, now + 10 * year, limits) is None
    refused = usage.ask(db, 2, 1, 1, now + 10 * year, limits)
    assert refused is not None
    assert usage.ask(db, 3, 1, 1, now, limits) is None
    assert usage.ask(db, 4, 1, 1, now - 10 * year, limits) is None
    # And what is over the limit now is said to last a minute at most, not ten years.
    assert usage.ask(db, 5, 1, 1, now, limits) is None
    over = usage.ask(db, 6, 1, 1, now, limits)
    assert over is not None
    assert 0 < over.seconds <= 60


@pytest.mark.parametrize("jump", [10 * 365 * 24 * 3600.0, -10 * 365 * 24 * 3600.0])
def test_what_is_unfinished_outlives_a_jump_of_the_clock(db: Connection, jump: float) -> None:
    now = time.time()
    inbox.store(db, [{"update_id": 1}, {"update_id": 2}], now)
    inbox.mark_finished(db, 1)
    inbox.forget_old(db, now + jump)
    assert [body["update_id"] for body in inbox.unfinished(db)] == [2]


def test_a_repetition_is_known_where_the_clock_went_back(db: Connection) -> None:
    now = time.time()
    inbox.store(db, [{"update_id": 1}], now)
    inbox.mark_finished(db, 1)
    past = now - 10 * 365 * 24 * 3600.0
    inbox.forget_old(db, past)
    assert inbox.store(db, [{"update_id": 1}], past) == []
