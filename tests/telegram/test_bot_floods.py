"""One account against everybody else: floods, chats that Telegram holds up, and updates that end the process."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bot.state.inbox import MOST_TRIES
from bot.updates.origin import PER_PERSON
from tests.conftest import BuildData
from tests.telegram.bad_days import (
    PATIENCE,
    QUESTION,
    QUESTIONS,
    STORIES,
    WORDS,
    all_answered,
    copied,
    free_port,
    health,
    replies,
    told,
    unfinished,
)
from tests.telegram.bot_process import BotAnew, BotProcess
from tests.telegram.server import BotApiServer, Chat, Person

_FLOOD: Final = 20 * PER_PERSON
# Far below the minutes that the flood itself takes, and the hold of a chat. It is a fraction of a second where nothing
# else keeps the machine busy.
_ANSWERED_WITHIN: Final = 20.0
_TOO_MUCH: Final = "That is more than I can take at once"


@pytest.fixture(scope="module")
def built(build_data: BuildData) -> Path:
    return build_data(STORIES)


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


@pytest.fixture(scope="module")
def port() -> int:
    """Of /healthz."""
    return free_port()


@pytest.fixture(scope="module", params=["polling", "webhook"])
def bot(
    request: pytest.FixtureRequest,
    server: BotApiServer,
    built: Path,
    port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BotProcess]:
    folder = tmp_path_factory.mktemp("floods")
    settings: dict[str, object] = {"health_port": port}
    if request.param == "webhook":
        hook = free_port()
        settings |= {"telegram_webhook_url": f"http://127.0.0.1:{hook}/hook", "telegram_webhook_port": hook}
        settings["telegram_webhook_secret"] = "a-secret_of-letters_and-digits_0123456789"
    with BotProcess(server, copied(built, folder / "data"), folder / "bot.log", **settings) as bot:
        yield bot
        assert bot.stop() == 0
        assert "incident" not in bot.said


@pytest.fixture
def ada(server: BotApiServer, bot: BotProcess) -> tuple[Person, Chat]:
    """Somebody who asks, and has been answered before: the bot is awake."""
    ada = server.person("Ada")
    home = server.private(ada)
    server.wait_for_reply(ada.writes(home, QUESTION), PATIENCE)
    return ada, home


def floods(person: Person, chat: Chat) -> None:
    """Write for ten minutes, 57 times a minute by Telegram's clock: below what the limit of a minute lets through."""
    now = time.time()
    for number in range(_FLOOD):
        person.writes(chat, "/help@verbatim_bot", date=now - (_FLOOD - number) * 60 / 57)


def test_a_429_in_one_group_holds_up_neither_presses_there_nor_its_people_elsewhere(
    server: BotApiServer, bot: BotProcess, ada: tuple[Person, Chat]
) -> None:
    person, _ = ada
    mallory = server.person("Mallory")
    den, home = server.group("Den", mallory, person), server.private(mallory)
    answer = server.wait_for_reply(person.writes(den, f"/ask@verbatim_bot {QUESTION}"), PATIENCE)
    server.faults.add(method="sendMessage", kind="retry_after", seconds=15, times=1)
    held = mallory.writes(den, f"/ask@verbatim_bot {list(QUESTIONS)[1]}")
    server.wait(lambda: any(call.status == 429 and call.fault for call in server.calls), PATIENCE)
    elsewhere = mallory.writes(home, list(QUESTIONS)[2])
    mine, not_mine = person.presses(answer, "▶"), mallory.presses(answer, "▶")
    server.wait_for_reply(elsewhere, _ANSWERED_WITHIN)
    refused, taken = not_mine.answer(_ANSWERED_WITHIN), mine.answer(_ANSWERED_WITHIN)
    assert refused is not None
    assert refused["text"].startswith("Only the person who asked")
    assert taken is not None
    assert not replies(server, held)
    # What was promised is done in the end, in its order.
    server.wait(lambda: "2/" in "".join(answer.buttons), PATIENCE)
    assert len(replies(server, held)) == 1


def test_hundreds_of_one_persons_hold_up_nobody_elses_question(
    server: BotApiServer, bot: BotProcess, port: int, ada: tuple[Person, Chat]
) -> None:
    person, home = ada
    mallory = server.person("Mallory")
    floods(mallory, server.group("Den", mallory))
    server.wait(lambda: len(server.pending_updates) < 100, PATIENCE)
    question = person.writes(home, list(QUESTIONS)[1])
    server.wait_for_reply(question, _ANSWERED_WITHIN)
    # Most of what was let in still waits for the group, and nothing else is stored but perhaps the question.
    assert 1 < unfinished(bot.data) <= PER_PERSON + 1
    assert health(port) == (200, "")


def test_a_flood_in_private_is_told_of_in_one_line_and_the_bot_stays_free(
    server: BotApiServer, bot: BotProcess, ada: tuple[Person, Chat]
) -> None:
    person, home = ada
    mallory = server.person("Mallory")
    den = server.private(mallory)
    floods(mallory, den)
    server.wait(lambda: len(server.pending_updates) < 100, PATIENCE)
    server.wait_for_reply(person.writes(home, list(QUESTIONS)[2]), _ANSWERED_WITHIN)
    server.wait(lambda: told(server, den, _TOO_MUCH), PATIENCE)
    # Theirs, what the flood before has left in its group, and the question.
    assert unfinished(bot.data) <= 2 * PER_PERSON + 1
    assert len(told(server, den, _TOO_MUCH)) == 1


# An update that ends the process.

_DEADLY: Final = "Boom?"
_TRAP: Final = f"""
import os, signal
from bot.handlers.questions import Questions

answer = Questions._ask

async def ask(self, update, words, *rest, **more):
    if words == {_DEADLY!r}:
        os.kill(os.getpid(), signal.SIGKILL)
    await answer(self, update, words, *rest, **more)

Questions._ask = ask
"""


class Fragile(BotAnew):
    """A bot that a certain question kills, as memory that runs out or a fault in a library would."""

    def environment(self) -> dict[str, str]:
        trap = self.data / "trap"
        trap.mkdir(exist_ok=True)
        # What Python imports at its start, if it is there.
        (trap / "sitecustomize.py").write_text(_TRAP)
        given = super().environment()
        return {**given, "PYTHONPATH": os.pathsep.join([str(trap), given["PYTHONPATH"]])}


def test_an_update_that_ends_the_process_is_set_aside_after_three_tries_and_no_other_is(
    built: Path, tmp_path: Path
) -> None:
    with BotApiServer() as server:
        server.flood = None
        olav, mallory = server.person("Olav"), server.person("Mallory")
        office, den = server.private(olav), server.private(mallory)
        olav.writes(office, "/help")
        data = copied(built, tmp_path / "data")
        with Fragile(server, data, tmp_path / "bot.log", telegram_admins=olav.id) as bot:
            server.wait_for_message(office, seconds=PATIENCE)
            # Theirs are on the way when it ends for the first time.
            innocent = [server.person(f"P{number}") for number in range(3)]
            server.faults.add(method="sendMessage", kind="latency", seconds=2.0, times=3)
            questions = [person.writes(server.private(person), QUESTION) for person in innocent]
            server.wait(lambda: server.faults.injected["latency"] >= 3, PATIENCE)
            deadly = mallory.writes(den, _DEADLY)
            after = mallory.writes(den, QUESTION)
            for _ in range(MOST_TRIES):
                assert bot.wait(PATIENCE) == -9
                assert not replies(server, deadly)
                bot.start(wait=False)
            own = server.wait_for_reply(deadly, PATIENCE)
            assert own.text.startswith("I tried this three times")
            server.wait(lambda: told(server, office, "I broke down three times"), PATIENCE)
            (line,) = told(server, office, "I broke down three times")
            assert str(mallory.id) in line
            # What was in hand with it was answered, by the second run at the latest, and what came after it too.
            assert max(all_answered(server, [*questions, after])) <= 2
            assert WORDS in replies(server, after)[0].text
            server.wait(bot.is_idle, PATIENCE)
            assert bot.kept("SELECT tries FROM inbox WHERE tries >= ?", MOST_TRIES) == [(MOST_TRIES,)]
            assert bot.said.count("an update is set aside") == 1
            assert bot.stop() == 0
            bot.start()
            assert all_answered(server, [olav.writes(office, QUESTION)]) == {1: 1}
            assert len(replies(server, deadly)) == 1
            assert bot.stop() == 0


def test_kills_while_telegram_cannot_be_reached_set_nothing_aside(built: Path, tmp_path: Path) -> None:
    """Whoever waits for Telegram does nothing that could be to blame."""
    with BotApiServer() as server:
        server.flood = None
        with BotProcess(server, copied(built, tmp_path / "data"), tmp_path / "bot.log") as bot:
            server.faults.add(method="sendMessage", kind="drop_before")
            people = [server.person(f"P{number}") for number in range(3)]
            questions = [person.writes(server.private(person), QUESTION) for person in people]
            for _ in range(MOST_TRIES + 1):
                before = server.faults.injected["drop_before"]
                # Each of them has begun to wait, and is known to.
                server.wait(lambda before=before: server.faults.injected["drop_before"] >= before + 6, PATIENCE)  # type: ignore[misc]
                server.wait(lambda: not bot.kept("SELECT 1 FROM inbox WHERE begun AND body IS NOT NULL"), PATIENCE)
                bot.kill()
                bot.start()
            server.faults.clear()
            assert all_answered(server, questions) == {1: 3}
            assert bot.stop() == 0
