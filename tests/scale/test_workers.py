"""Several workers on one state: killed and stopped at any moment, they answer all, once, in order, at one pace."""

import logging
import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.scale.postgres_server import PostgresServer
from tests.scale.worker_group import WorkerGroup
from tests.telegram.bad_days import (
    PATIENCE,
    all_answered,
    asked_by,
    copied,
    in_order,
    replies,
    told,
)
from tests.telegram.server import BotApiServer, Chat, Message, Person

_SEED: Final = int(os.environ.get("WORKER_SEED", "1"))
_LONG: Final = 900.0

log = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A server that forgets nothing when it crashes, as others that tests share may."""
    with PostgresServer("fsync=off") as server:
        yield server


@pytest.fixture
def admin(server: BotApiServer) -> Person:
    return server.person("Olav")


@pytest.fixture
def group(
    server: BotApiServer, admin: Person, postgres: PostgresServer, built: Path, tmp_path: Path
) -> Iterator[WorkerGroup]:
    """Four workers at work, on a state of their own."""
    data = copied(built, tmp_path / "data")
    address = postgres.new_state()
    with WorkerGroup(server, address, data, tmp_path, 4, telegram_admins=admin.id) as group:
        yield group
        assert "incident" not in group.said()


def people(server: BotApiServer, count: int) -> list[tuple[Person, Chat]]:
    return [(person, server.private(person)) for person in (server.person(f"P{n}") for n in range(count))]


def rest(group: WorkerGroup) -> None:
    """Wait until nothing is left to be done."""
    unfinished = "SELECT 1 FROM inbox WHERE body IS NOT NULL LIMIT 1"
    group.server.wait(lambda: not group.server.pending_updates and not group.kept(unfinished), PATIENCE)


def wait_for_answers(server: BotApiServer, questions: Sequence[Message], least: int) -> None:
    """Wait until at least so many questions have an answer."""
    server.wait(lambda: sum(1 for one in questions if replies(server, one)) >= least, _LONG)


def busiest_second(server: BotApiServer) -> int:
    """How many messages were sent in the second that had the most."""
    times = sorted(call.time for call in server.calls_of("sendMessage"))
    return max(sum(1 for one in times[start:] if one < times[start] + 1.0) for start in range(len(times)))


@pytest.mark.parametrize(
    ("updates", "chats", "kills"),
    [
        pytest.param(160, 16, 4, id="few"),
        pytest.param(2000, 40, 30, id="many", marks=[pytest.mark.slow, pytest.mark.timeout(1800)]),
    ],
)
def test_killed_at_random_moments_they_answer_everybody_once_and_in_order(
    server: BotApiServer, group: WorkerGroup, updates: int, chats: int, kills: int
) -> None:
    """An answer that is in flight at a kill may come twice, as it may of a bot alone."""
    chance = random.Random(_SEED)
    questions = asked_by(people(server, chats), each=updates // chats)
    in_flight = 0
    for kill in range(kills):
        done = updates * (kill + 1) / (kills + 1) * chance.uniform(0.8, 1.0)
        wait_for_answers(server, questions, int(done))
        victim = chance.choice(group.workers)
        victim.kill()
        in_flight += len(group.kept("SELECT 1 FROM inbox WHERE begun <> 0 AND body IS NOT NULL"))
        time.sleep(chance.uniform(0, 0.5))
        victim.start(wait=False)
    answers = all_answered(server, questions, _LONG)
    rest(group)
    answers = all_answered(server, questions)
    log.info("%d updates, %d kills, %d in flight then: answered %s", updates, kills, in_flight, dict(answers))
    assert set(answers) <= {1, 2}
    assert answers[2] <= in_flight
    assert in_order(server, questions)
    assert group.kept("SELECT 1 FROM inbox WHERE lane IS NOT NULL OR sender IS NOT NULL") == []
    assert "set aside" not in group.said()
    assert busiest_second(server) <= 31


def test_every_worker_takes_part_and_one_sets_the_webhook(server: BotApiServer, group: WorkerGroup) -> None:
    questions = asked_by(people(server, 12), each=2)
    assert all_answered(server, questions) == {1: 24}
    assert in_order(server, questions)
    assert len(server.calls_of("setWebhook")) == 1
    assert sum("this worker leads" in worker.said for worker in group.workers) == 1
    assert all('"event": "answered a question"' in worker.said for worker in group.workers)


def test_another_leads_within_seconds_of_the_leaders_death_and_goes_on_with_its_broadcast(
    server: BotApiServer, group: WorkerGroup, admin: Person
) -> None:
    office = server.private(admin)
    crowd = people(server, 30)
    for person, chat in crowd:
        server.wait_for_message(chat, person.writes(chat, "/start"), PATIENCE)
    server.wait_for_message(office, admin.writes(office, "/start"), PATIENCE)
    offered = server.wait_for_message(office, admin.writes(office, "/broadcast The well is open again."), PATIENCE)
    (send,) = [label for label in offered.buttons if label.startswith("Send to")]
    leader = group.leader()
    assert leader is not None
    admin.presses(offered, send)

    def got() -> list[int]:
        return [len(told(server, chat, "The well is open again.")) for _, chat in crowd]

    server.wait(lambda: sum(got()) >= 5, PATIENCE)
    leader.kill()
    killed = time.monotonic()
    before = sum(got())
    server.wait(lambda: sum(got()) > before + 1, PATIENCE)
    log.info("another worker went on after %.1f s", time.monotonic() - killed)
    assert time.monotonic() - killed < 10
    server.wait(lambda: offered.text.startswith("Sent to 31 of 31"), PATIENCE)
    assert min(got()) == 1
    assert sum(got()) <= 30 + 1


def test_news_and_housekeeping_go_on_within_ten_seconds_of_the_leaders_death(
    server: BotApiServer, group: WorkerGroup
) -> None:
    ((ada, chat),) = people(server, 1)
    server.wait_for_message(chat, ada.writes(chat, "/start"), PATIENCE)
    leader = group.leader()
    assert leader is not None
    # The leader has looked for news and tidied up, and does neither again by itself within minutes.
    server.wait(lambda: group.kept("SELECT 1 FROM notes WHERE name = 'steady'"), PATIENCE)
    # A watch that has ended, of which its person is still to be told.
    group.change(
        f"INSERT INTO watches VALUES (1, {ada.user.id}, {chat.id}, NULL, NULL, 'When?', 'when', '2026-01-01', 'en', 0)"
    )
    group.change("INSERT INTO watch_news VALUES (1, 1, '', '', '[]')")
    group.change("DELETE FROM notes WHERE name = 'steady'")
    leader.kill()
    killed = time.monotonic()
    server.wait(lambda: any("When?" in one.text for one in server.messages(chat) if one.sender == server.bot), PATIENCE)
    server.wait(lambda: group.kept("SELECT 1 FROM notes WHERE name = 'steady'"), PATIENCE)
    log.info("news and housekeeping went on after %.1f s", time.monotonic() - killed)
    assert time.monotonic() - killed < 10


def test_a_worker_that_is_stopped_finishes_what_it_holds_and_others_do_the_rest(
    server: BotApiServer, group: WorkerGroup
) -> None:
    crowd = people(server, 12)
    server.faults.add(method="sendMessage", kind="latency", seconds=0.5)
    questions = asked_by(crowd, each=3)
    server.wait(lambda: server.faults.injected["latency"] >= 8, PATIENCE)
    for worker in group.workers[:2]:
        assert worker.stop() == 0
    server.faults.clear()
    assert all_answered(server, questions) == {1: 36}
    assert in_order(server, questions)


def test_the_database_started_anew_under_load_loses_nothing(
    server: BotApiServer, group: WorkerGroup, postgres: PostgresServer
) -> None:
    questions = asked_by(people(server, 12), each=5)
    wait_for_answers(server, questions, 10)
    postgres.stop(signal.SIGQUIT)
    time.sleep(1)
    postgres.start()
    answers = all_answered(server, questions, _LONG)
    rest(group)
    answers = all_answered(server, questions)
    assert in_order(server, questions)
    assert answers == {1: 60}
