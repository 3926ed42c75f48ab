"""Behind a webhook: the same conversation, the same inbox, and nobody else's updates."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.updates.polling import ALLOWED
from tests.conftest import BuildData
from tests.telegram.bad_days import (
    PATIENCE,
    QUESTION,
    STORIES,
    UNLIMITED,
    WORDS,
    all_answered,
    asked_by,
    copied,
    free_port,
    health,
    in_order,
    told,
    unfinished,
)
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer, Chat, Person

SECRET = "a-secret_of-letters_and-digits_0123456789"


@pytest.fixture(scope="module")
def built(build_data: BuildData) -> Path:
    return build_data(STORIES)


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.flood = None
        yield running


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    """Of the webhook, and of /healthz."""
    return free_port(), free_port()


@pytest.fixture(scope="module")
def bot(
    server: BotApiServer, built: Path, ports: tuple[int, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BotProcess]:
    folder = tmp_path_factory.mktemp("webhook")
    hook, port = ports
    settings = {
        "telegram_webhook_url": f"http://127.0.0.1:{hook}/telegram/hook",
        "telegram_webhook_secret": SECRET,
        "telegram_webhook_port": hook,
        "health_port": port,
        **UNLIMITED,
    }
    with BotProcess(server, copied(built, folder / "data"), folder / "bot.log", **settings) as bot:
        server.wait(lambda: server.calls_of("setWebhook"), PATIENCE)
        yield bot
        assert bot.stop() == 0
        assert SECRET not in bot.said
        assert server.token not in bot.said


def people(server: BotApiServer, count: int) -> list[tuple[Person, Chat]]:
    return [(person, server.private(person)) for person in (server.person(f"P{n}") for n in range(count))]


def test_telegram_is_told_where_to_what_and_by_which_secret(
    server: BotApiServer, bot: BotProcess, ports: tuple[int, int]
) -> None:
    (call,) = server.calls_of("setWebhook")
    assert call.params["url"] == f"http://127.0.0.1:{ports[0]}/telegram/hook"
    assert call.params["secret_token"] == SECRET
    assert set(call.params["allowed_updates"]) == set(ALLOWED)
    assert "message_reaction" in call.params["allowed_updates"]
    assert call.params.get("drop_pending_updates") in (None, False)
    assert not server.calls_of("getUpdates")


def test_the_same_conversation(server: BotApiServer, bot: BotProcess, ports: tuple[int, int]) -> None:
    ((ada, chat),) = people(server, 1)
    greeting = server.wait_for_message(chat, ada.writes(chat, "/start"), PATIENCE)
    assert greeting.text.startswith("Hello! I answer questions from 4 articles")
    answer = server.wait_for_reply(ada.writes(chat, QUESTION), PATIENCE)
    assert WORDS in answer.text
    first = answer.text
    ada.presses(answer, "▶").answer(PATIENCE)
    server.wait(lambda: answer.text != first, PATIENCE)
    ada.presses(answer, "◀").answer(PATIENCE)
    server.wait(lambda: answer.text == first, PATIENCE)
    assert ada.asks_inline(QUESTION).answer(PATIENCE)["results"]
    assert health(ports[1]) == (200, "")
    assert not server.calls_of("getUpdates")


@pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": SECRET[:-1] + "8"}])
def test_whoever_does_not_know_the_secret_is_refused_and_nothing_is_stored(
    server: BotApiServer, bot: BotProcess, ports: tuple[int, int], headers: dict[str, str]
) -> None:
    forged = {"update_id": 999_999_999, "message": {"text": "/stats"}}
    url = f"http://127.0.0.1:{ports[0]}/telegram/hook"
    assert httpx.post(url, json=forged, headers=headers).status_code == 403
    assert httpx.post(f"http://127.0.0.1:{ports[0]}/", json=forged, headers=headers).status_code == 404
    assert bot.kept("SELECT * FROM inbox WHERE update_id = 999999999") == []


def test_an_update_brought_twice_is_answered_once(
    server: BotApiServer, bot: BotProcess, ports: tuple[int, int]
) -> None:
    ((ada, chat),) = people(server, 1)
    question = ada.writes(chat, QUESTION)
    (update,) = server.wait(lambda: [u for u in server.pending_updates if u.get("message")], PATIENCE)[-1:]
    assert all_answered(server, [question]) == {1: 1}
    url = f"http://127.0.0.1:{ports[0]}/telegram/hook"
    again = httpx.post(url, json=update, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET})
    assert again.status_code == 200
    # What is brought after it is answered after it.
    assert all_answered(server, asked_by([(ada, chat)])) == {1: 1}
    assert all_answered(server, [question]) == {1: 1}


def test_what_is_asked_while_the_bot_is_away_is_answered_when_it_is_back(server: BotApiServer, bot: BotProcess) -> None:
    assert bot.stop() == 0
    questions = asked_by(people(server, 4), each=2)
    assert len(server.pending_updates) >= 8
    bot.start()
    assert all_answered(server, questions) == {1: 8}
    assert in_order(server, questions)


def test_what_was_taken_outlives_a_kill(server: BotApiServer, bot: BotProcess) -> None:
    server.faults.add(method="sendMessage", kind="drop_before")
    questions = asked_by(people(server, 4))
    server.wait(lambda: not server.pending_updates, PATIENCE)
    bot.kill()
    assert unfinished(bot.data) == 4
    server.faults.clear()
    bot.start()
    assert all_answered(server, questions) == {1: 4}


def test_a_webhook_that_somebody_removed_is_set_again(server: BotApiServer, bot: BotProcess) -> None:
    """It is looked at when the bot starts, too."""
    assert bot.stop() == 0
    httpx.post(f"{server.url}/bot{server.token}/deleteWebhook")
    before = len(server.calls_of("setWebhook"))
    bot.start()
    server.wait(lambda: len(server.calls_of("setWebhook")) > before, PATIENCE)
    assert all_answered(server, asked_by(people(server, 1))) == {1: 1}


def test_a_bot_that_polls_again_removes_the_webhook_and_nothing_is_lost(built: Path, tmp_path: Path) -> None:
    """Telegram gives no updates to a poll while a webhook is set: that is no second bot."""
    with BotApiServer() as server:
        admin = server.person("Olav")
        office = server.private(admin)
        admin.writes(office, "/help")
        hook = f"http://127.0.0.1:{free_port()}/hook"
        httpx.post(f"{server.url}/bot{server.token}/setWebhook", data={"url": hook, "secret_token": SECRET})
        questions = asked_by(people(server, 2))
        data = copied(built, tmp_path / "data")
        with BotProcess(server, data, tmp_path / "bot.log", telegram_admins=admin.id) as bot:
            assert all_answered(server, questions) == {1: 2}
            (call,) = server.calls_of("deleteWebhook")
            assert call.params.get("drop_pending_updates") in (None, False)
            assert not told(server, office, "Another process")
            assert bot.stop() == 0
