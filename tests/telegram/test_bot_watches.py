"""Questions that wait: asked, answered when an article comes, once; and all that may go wrong on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build import build
from tests.conftest import BuildData, write_seeds
from tests.telegram.articles import WELL, WELL_ANSWER, WELL_QUESTION
from tests.telegram.bad_days import PATIENCE, STORIES, UNLIMITED, copied, free_port, health, metrics
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import Talk
from tests.telegram.server import BotApiServer, Chat, Message

PORT = free_port()
ADMIN = 900_001
NEWS = f"🔔 News on your question: {WELL_QUESTION}"
TELL = "🔔 Tell me when it comes"
NOT_FOUND = "I could not find the answer in the articles."


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.flood = None
        yield running
        assert running.surprises == []


@pytest.fixture
def bot(server: BotApiServer, build_data: BuildData, tmp_path: Path) -> Iterator[BotProcess]:
    """A bot over a few stories, none of which tells of a well."""
    data = copied(build_data(STORIES), tmp_path / "data")
    write_seeds(tmp_path / "seeds", STORIES)
    settings = {"telegram_admins": ADMIN, "health_port": PORT, **UNLIMITED}
    with BotProcess(server, data, tmp_path / "bot.log", **settings) as bot:
        yield bot
        assert "incident" not in bot.said
        assert '"level": "error"' not in bot.said, bot.said
        if bot.process is not None and bot.process.poll() is None:
            assert bot.stop() == 0


@pytest.fixture
def ada(server: BotApiServer) -> Talk:
    person = server.person("Ada")
    return Talk(server, person, server.private(person))


def published(bot: BotProcess, **files: str) -> None:
    """Build an index that has these articles too; an empty text takes one out."""
    seeds = bot.data.parent / "seeds"
    write_seeds(seeds, {name.replace("_", "."): text for name, text in files.items() if text})
    for name, text in files.items():
        if not text:
            (seeds / name.replace("_", ".")).unlink()
    build(seeds, bot.data)


def news(server: BotApiServer, chat: Chat, question: str = WELL_QUESTION) -> list[Message]:
    """What the bot has told in a chat of a question that waited."""
    beginning = f"🔔 News on your question: {question}"
    return [one for one in server.messages(chat) if one.sender == server.bot and one.text.startswith(beginning)]


def told(server: BotApiServer, chat: Chat) -> Message:
    """The first news in a chat, when it has come."""
    server.wait(lambda: news(server, chat), PATIENCE)
    return news(server, chat)[0]


def settled(server: BotApiServer, bot: BotProcess) -> None:
    """Wait until the bot has looked at the index that is served, and told all there is to tell."""
    current = (bot.data / "index" / "CURRENT").read_text(encoding="utf-8").strip()
    server.wait(lambda: bot.kept("SELECT 1 FROM watch_marks WHERE generation = ?", current), PATIENCE)
    server.wait(lambda: not bot.kept("SELECT 1 FROM watch_news"), PATIENCE)


def test_who_pressed_the_button_under_not_answered_is_told_when_the_article_comes(
    server: BotApiServer, bot: BotProcess, ada: Talk
) -> None:
    question = ada.writes(WELL_QUESTION)
    answer = ada.answer_to(question)
    assert answer.text.startswith(NOT_FOUND)
    assert answer.buttons[-1] == TELL
    said = ada.presses(answer, TELL)["text"]
    assert said == "I will tell you here when a new article answers this. /watches lists what you wait for."
    assert answer.buttons[-1] == f"✓ {TELL}"
    settled(server, bot)
    published(bot, well_md=WELL)
    message = told(server, ada.chat)
    assert message.html.startswith(f"<i>{NEWS}</i>\n<b>Village of Orrin digs its well again</b>\n<blockquote>")
    assert WELL_ANSWER in message.text
    assert message.reply_to is question
    assert message.keyboard and [button["text"] for button in message.keyboard[0]] == ["👍", "👎", "🔕"]
    assert message.buttons[3:] == ["More", "Article", "Copy", "Share"]
    # Its buttons work as those of any answer.
    ada.presses(message, "👍")
    assert "✓ 👍" in message.buttons
    ada.presses(message, "Article")
    settled(server, bot)
    assert len(news(server, ada.chat)) == 1
