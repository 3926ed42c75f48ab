"""kill -9 at the worst moments, SIGTERM in the middle: all is answered, and only what was in flight twice."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import BuildData, write_seeds
from tests.telegram.bad_days import (
    PATIENCE,
    QUESTION,
    STORIES,
    UNLIMITED,
    all_answered,
    asked_by,
    copied,
    in_order,
    replies,
    rest,
    told,
    unfinished,
)
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer, Chat, Person


@pytest.fixture(scope="module")
def built(build_data: BuildData) -> Path:
    return build_data(STORIES)


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.flood = None
        yield running


@pytest.fixture
def admin(server: BotApiServer) -> Person:
    return server.person("Olav")


@pytest.fixture
def office(server: BotApiServer, admin: Person) -> Chat:
    return server.private(admin)


@pytest.fixture
def bot(server: BotApiServer, admin: Person, built: Path, tmp_path: Path) -> Iterator[BotProcess]:
    """A bot at work, on data of its own."""
    data = copied(built, tmp_path / "data")
    seeds = write_seeds(tmp_path / "seeds", STORIES)
    settings = {"telegram_admins": admin.id, "seeds": seeds, **UNLIMITED}
    with BotProcess(server, data, tmp_path / "bot.log", **settings) as bot:
        yield bot
        server.wait(bot.is_idle, PATIENCE)
        assert bot.stop() == 0
        assert "incident" not in bot.said


def people(server: BotApiServer, count: int) -> list[tuple[Person, Chat]]:
    return [(person, server.private(person)) for person in (server.person(f"P{n}") for n in range(count))]


def wait_for_sendings(server: BotApiServer, least: int) -> None:
    """Wait until at least so many messages have been sent."""
    server.wait(lambda: len(server.calls_of("sendMessage")) >= least, PATIENCE)


def test_a_kill_before_any_answer_is_sent_loses_and_doubles_nothing(server: BotApiServer, bot: BotProcess) -> None:
    server.faults.add(method="sendMessage", kind="drop_before")
    questions = asked_by(people(server, 4), each=2)
    # They are confirmed, so that Telegram has forgotten them: only the inbox knows.
    server.wait(lambda: server.faults.injected["drop_before"] >= 4 and not server.pending_updates, PATIENCE)
    bot.kill()
    assert unfinished(bot.data) == 8
    server.faults.clear()
    bot.start()
    assert all_answered(server, questions) == {1: 8}
    assert in_order(server, questions)


def test_a_kill_before_updates_are_confirmed_answers_them_once(server: BotApiServer, bot: BotProcess) -> None:
    """Telegram delivers them again, and the inbox knows them already."""
    ((ada, chat),) = people(server, 1)
    server.wait_for_message(chat, ada.writes(chat, "/help"), PATIENCE)
    # What came before is confirmed by the fetch that now waits. The trouble begins with the next one.
    server.wait(bot.is_idle, PATIENCE)
    server.faults.add(method="getUpdates", kind="status", status=502)
    server.faults.add(method="sendMessage", kind="drop_before")
    question = ada.writes(chat, QUESTION)
    server.wait(lambda: server.faults.injected["drop_before"] and server.faults.injected["status"], PATIENCE)
    assert server.pending_updates
    bot.kill()
    server.faults.clear()
    bot.start()
    assert all_answered(server, [question]) == {1: 1}


def test_a_kill_while_an_answer_is_on_its_way_doubles_that_one_at_most(server: BotApiServer, bot: BotProcess) -> None:
    """The request has left, and what Telegram makes of it the bot never hears."""
    server.faults.add(method="sendMessage", kind="latency", seconds=1.0, times=1)
    ((ada, chat),) = people(server, 1)
    questions = asked_by([(ada, chat)], each=3)
    server.wait(lambda: server.faults.injected["latency"], PATIENCE)
    bot.kill()
    # It arrives all the same.
    server.wait(lambda: replies(server, questions[0]), PATIENCE)
    bot.start()
    assert all_answered(server, questions) == {1: 2, 2: 1}
    assert len(replies(server, questions[0])) == 2


def test_a_kill_after_the_sending_and_before_it_is_marked_doubles_that_one_at_most(
    server: BotApiServer, bot: BotProcess
) -> None:
    server.faults.add(method="sendMessage", kind="drop_after", times=1)
    server.faults.add(method="sendMessage", kind="drop_before")
    questions = asked_by(people(server, 1), each=3)
    server.wait(lambda: server.faults.injected["drop_before"], PATIENCE)
    assert len(replies(server, questions[0])) == 1
    bot.kill()
    server.faults.clear()
    bot.start()
    assert all_answered(server, questions) == {1: 2, 2: 1}
    assert in_order(server, questions)


def test_a_kill_after_it_is_marked_doubles_nothing(server: BotApiServer, bot: BotProcess) -> None:
    questions = asked_by(people(server, 4))
    all_answered(server, questions)
    server.wait(bot.is_idle, PATIENCE)
    bot.kill()
    bot.start()
    more = asked_by(people(server, 2))
    assert all_answered(server, more) == {1: 2}
    assert all_answered(server, questions) == {1: 4}


def test_kill_after_kill_under_load_every_question_is_answered_in_order(server: BotApiServer, bot: BotProcess) -> None:
    """Each kill may double one answer a chat: the one in flight there."""
    crowd, kills = people(server, 6), 3
    server.faults.add(method="sendMessage", kind="latency", seconds=0.1)
    questions = []
    for kill in range(kills):
        questions += asked_by(crowd, each=2)
        least = len(server.calls_of("sendMessage")) + 1 + 2 * kill
        wait_for_sendings(server, least)
        bot.kill()
        bot.start()
    counts = all_answered(server, questions, 2 * PATIENCE)
    server.wait(bot.is_idle, PATIENCE)
    counts = all_answered(server, questions)
    assert sum(counts.values()) == len(questions) == 2 * kills * len(crowd)
    assert sum(many - 1 for many in counts.elements() if many > 1) <= kills * len(crowd)
    assert in_order(server, questions)
    assert unfinished(bot.data) == 0


def test_a_kill_during_a_broadcast_neither_forgets_nor_repeats_but_the_one_in_flight(
    server: BotApiServer, bot: BotProcess, admin: Person, office: Chat
) -> None:
    crowd = people(server, 6)
    for person, chat in crowd:
        person.writes(chat, "/help")
        server.wait_for_message(chat, seconds=PATIENCE)
    offered = server.wait_for_message(office, admin.writes(office, "/broadcast The well is open again."), PATIENCE)
    (send,) = [label for label in offered.buttons if label.startswith("Send to")]
    assert send == "Send to 7 people"

    def got() -> list[int]:
        everybody = [*(chat for _, chat in crowd), office]
        return [len(told(server, chat, "The well is open again.")) for chat in everybody]

    server.faults.add(method="sendMessage", kind="latency", seconds=0.2)
    admin.presses(offered, send)
    server.wait(lambda: sum(got()) >= 3, PATIENCE)
    bot.kill()
    server.faults.clear()
    rest(0.5)
    bot.start()
    server.wait(lambda: offered.text.startswith("Sent to 7 of 7"), PATIENCE)
    assert min(got()) == 1
    assert sum(got()) <= 7 + 1


def test_a_kill_during_reindex_is_owned_up_to_and_the_index_goes_on_answering(
    server: BotApiServer, bot: BotProcess, admin: Person, office: Chat
) -> None:
    began = server.wait_for_reply(admin.writes(office, "/reindex"), PATIENCE)
    server.wait(lambda: bot.kept("SELECT 1 FROM notes WHERE name = 'reindex' AND value != ''"), PATIENCE)
    bot.kill()
    bot.start()
    server.wait(lambda: began.text.startswith("A restart interrupted the update of the index"), PATIENCE)
    assert all_answered(server, asked_by(people(server, 2))) == {1: 2}

    def again() -> bool:
        # The build that was left alone may take a moment to notice, and only one runs at a time. Where the kill came
        # before the first command was marked as done, the bot that starts carries that one out again as well.
        rest(0.5)
        reply = server.wait_for_reply(admin.writes(office, "/reindex"), PATIENCE)
        done = ("The index is up to date", "Nothing has changed")
        not_now = ("The index could not", "The index is already being updated")
        server.wait(lambda: reply.text.startswith((*done, *not_now)), PATIENCE)
        return reply.text.startswith(done)

    assert server.wait(again, 2 * PATIENCE)


def test_sigterm_finishes_what_is_in_hand_and_leaves_the_rest_in_the_inbox(
    server: BotApiServer, bot: BotProcess
) -> None:
    crowd = people(server, 3)
    server.faults.add(method="sendMessage", kind="latency", seconds=1.0)
    questions = asked_by(crowd, each=3)
    server.wait(lambda: server.faults.injected["latency"] >= 3 and not server.pending_updates, PATIENCE)
    assert bot.stop() == 0
    # One of each chat was in hand; "answered" and "left" are looked at while the bot is away.
    answered = [question for question in questions if replies(server, question)]
    assert answered == questions[:3]
    assert unfinished(bot.data) == 6
    assert not server.pending_updates
    server.faults.clear()
    bot.start()
    assert all_answered(server, questions) == {1: 9}
    assert in_order(server, questions)


def test_sigterm_while_nothing_can_be_sent_ends_in_time_and_loses_nothing(
    server: BotApiServer, bot: BotProcess
) -> None:
    server.faults.add(method="sendMessage", kind="drop_before")
    questions = asked_by(people(server, 3))
    server.wait(lambda: server.faults.injected["drop_before"] >= 3, PATIENCE)
    assert bot.stop(PATIENCE) == 0
    assert "some updates are left for the next start" in bot.said
    assert unfinished(bot.data) == 3
    server.faults.clear()
    bot.start()
    assert all_answered(server, questions) == {1: 3}


def test_the_state_is_sound_after_kills(server: BotApiServer, bot: BotProcess) -> None:
    for _ in range(2):
        asked_by(people(server, 3))
        server.wait(lambda: server.calls_of("sendMessage"), PATIENCE)
        bot.kill()
        with closing(sqlite3.connect(bot.data / "state.sqlite")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        bot.start()
