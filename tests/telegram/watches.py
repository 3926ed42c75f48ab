"""What the tests of questions that wait share: articles that come, builds, and what the bot tells of them."""

from typing import Final

from index.build import build
from tests.conftest import write_seeds
from tests.telegram import articles
from tests.telegram.bad_days import PATIENCE
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer, Chat, Message

NOT_FOUND: Final = "I could not find the answer in the articles."
TELL: Final = "🔔 Tell me when it comes"
KEPT_PRESSED: Final = "I will tell you here when a new article answers this. /watches lists what you wait for."
ALREADY: Final = "I already watch for that, and will tell you here. /watches lists what you wait for."
# Articles that are not there at first, each with a question that it alone answers.
WELL: Final = articles.WELL_QUESTION
ORGAN: Final = "Who tuned all the pipes of the organ of Saint Brannoc?"
HUT: Final = "What did hikers find in the wooden hut that the Vessel glacier buried?"
TRAIN: Final = articles.TRAIN_QUESTION
FROST: Final = articles.ORCHARD_QUESTION
COMET: Final = articles.COMET_QUESTION
SAILORS: Final = "How many sailors did the trawler Havlyn rescue in all?"
COMING: Final = {
    WELL: ("well.md", articles.WELL),
    ORGAN: ("organ.md", articles.ORGAN),
    HUT: ("glacier.md", articles.GLACIER),
    TRAIN: ("train.txt", articles.TRAIN),
    FROST: ("orchard.md", articles.ORCHARD),
    COMET: ("comet.md", articles.COMET),
    SAILORS: ("rescue.md", articles.RESCUE),
}


def publish(bot: BotProcess, *questions: str, **files: str) -> None:
    """Build an index that also has the articles that answer these questions, and these files."""
    coming = dict(COMING[question] for question in questions)
    seeds = bot.data.parent / "seeds"
    write_seeds(seeds, {**coming, **{f"{name}.md": text for name, text in files.items()}})
    build(seeds, bot.data)


def withdraw(bot: BotProcess, *questions: str) -> None:
    """Build an index that no longer has the articles that answer these questions."""
    seeds = bot.data.parent / "seeds"
    for question in questions:
        (seeds / COMING[question][0]).unlink()
    build(seeds, bot.data, allow_removals=True)


def news(server: BotApiServer, chat: Chat, question: str) -> list[Message]:
    """What the bot has told in a chat of a question that waited."""
    beginning = f"🔔 News on your question: {question}\n"
    return [one for one in server.messages(chat) if one.sender == server.bot and one.text.startswith(beginning)]


def told(server: BotApiServer, chat: Chat, question: str) -> Message:
    """The first news of a question in a chat, when it has come."""
    server.wait(lambda: news(server, chat, question), PATIENCE)
    return news(server, chat, question)[0]


def settled(server: BotApiServer, bot: BotProcess) -> None:
    """Wait until the bot has looked at the index that is served, and told all there is to tell."""
    current = (bot.data / "index" / "CURRENT").read_text(encoding="utf-8").strip()
    server.wait(lambda: bot.kept("SELECT 1 FROM watch_marks WHERE generation = ?", current), PATIENCE)
    server.wait(lambda: not bot.kept("SELECT 1 FROM watch_news"), PATIENCE)
