"""What the tests of bad days share: a few short articles, copies of their index, and looks at a bot from outside."""

import random
import re
import shutil
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from html import unescape
from pathlib import Path
from typing import Final

import httpx

from tests import forked
from tests.forked import ROOT
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer, Chat, Message, Person

STORIES: Final[Mapping[str, str]] = {
    "ferry.txt": """Ferry to Askholm runs all night

The ferry to the island of Askholm runs all night from Monday. Captain Wiebke Daal asked the islanders to buy their \
tickets before they come on board.

A crossing costs seven crowns. Children under six travel free, and so do goats.
""",
    "bakery.txt": """Bakery of Pellworth burns down

The bakery of Pellworth burned down on Thursday night. Baker Oskar Lind carried eleven sacks of rye flour out of the \
flames before the firemen came.

The town lends him the kitchen of the school until the spring.
""",
    "tower.txt": """Water tower becomes a library

The old water tower of Grimsand becomes a library. Architect Nora Feld puts nine thousand books on a shelf that winds \
up along the wall.

Readers in the town had asked for a library since 1958.
""",
    "otter.txt": """Otters are back in the river Mell

Otters live in the river Mell again after sixty years. Biologist Jonas Reber counted fourteen of them in a week.

They eat the crayfish that had driven out the trout.
""",
}
QUESTIONS: Final[Mapping[str, str]] = {
    "What did Captain Wiebke Daal ask the islanders to do?": "buy their tickets before they come on board",
    "How many sacks of rye flour did Oskar Lind carry out of the flames?": "eleven sacks of rye flour",
    "How many books does Nora Feld put on the shelf?": "nine thousand books",
    "How many otters did Jonas Reber count in a week?": "fourteen of them in a week",
}
"""A question, and words that stand in its answer and in no other article."""
QUESTION, WORDS = next(iter(QUESTIONS.items()))
# A process on a machine that does much else at the same time.
PATIENCE: Final = 60.0
# Settings of a bot that is asked as often as it answers, for as long as a slow machine takes.
UNLIMITED: Final[Mapping[str, int]] = {
    "questions_a_minute": 1_000_000,
    "questions_a_day": 1_000_000,
    "chat_questions_a_minute": 1_000_000,
    "chat_questions_a_day": 1_000_000,
}
_QUOTED: Final = re.compile(r"<blockquote[^>]*>(.*?)</blockquote>", re.DOTALL)


def copied(built: Path, data: Path, *, index: bool = True) -> Path:
    """A data folder of a test's own, with the same models; without `index`, nothing has been built in it."""
    data.mkdir()
    (data / "models").symlink_to((built / "models").resolve())
    if index:
        shutil.copytree(built / "index", data / "index")
    return data


def free_port() -> int:
    """A port of loopback that nobody listens on.

    It is none of those from 32,768 on, of which the system gives one to every connection that is made.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def health(port: int) -> tuple[int, str]:
    """What /healthz says: the status, and the reason where the bot is not ready; (0, '') where nobody answers."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz")
    except httpx.TransportError:
        return 0, ""
    return answer.status_code, str(answer.json().get("reason", ""))


def metrics(port: int) -> str:
    """What /metrics says."""
    return httpx.get(f"http://127.0.0.1:{port}/metrics").text


def replies(server: BotApiServer, question: Message) -> list[Message]:
    """The bot's replies to a message."""
    return [one for one in server.messages(question.chat) if one.sender == server.bot and one.reply_to is question]


def told(server: BotApiServer, chat: Chat, beginning: str) -> list[str]:
    """What the bot wrote into a chat that begins with these words."""
    written = [one.text for one in server.messages(chat) if one.sender == server.bot]
    return [text for text in written if text.startswith(beginning)]


def asked_by(people: Sequence[tuple[Person, Chat]], *, each: int = 1) -> list[Message]:
    """Everybody asks so many questions, all at once; the questions in the order they were written."""
    questions = list(QUESTIONS)
    return [
        person.writes(chat, questions[(number + turn) % len(questions)])
        for turn in range(each)
        for number, (person, chat) in enumerate(people)
    ]


def all_answered(server: BotApiServer, questions: Sequence[Message], seconds: float = PATIENCE) -> Counter[int]:
    """Wait until every question has a reply; how many questions have how many replies.

    Raises:
        AssertionError: naming a question without a reply, or with a wrong one.
    """
    try:
        server.wait(lambda: all(replies(server, question) for question in questions), seconds)
    except TimeoutError as error:
        lost = [(question.chat.id, question.text) for question in questions if not replies(server, question)]
        raise AssertionError(f"{len(lost)} of {len(questions)} questions have no answer: {lost}") from error
    for question in questions:
        for reply in replies(server, question):
            assert QUESTIONS[question.text] in reply.text, (question.text, reply.text)
    return Counter(len(replies(server, question)) for question in questions)


def in_order(server: BotApiServer, questions: Sequence[Message]) -> bool:
    """Whether in every chat the first replies came in the order of the questions."""
    firsts: dict[int, list[int]] = {}
    for question in questions:
        firsts.setdefault(question.chat.id, []).append(replies(server, question)[0].id)
    return all(ids == sorted(ids) for ids in firsts.values())


def quotes(message: Message) -> list[str]:
    """What a message quotes, without its markup."""
    return [unescape(re.sub(r"<[^>]+>", "", quoted)) for quoted in _QUOTED.findall(message.html)]


def unfinished(data: Path) -> int:
    """How many updates the bot's inbox holds that are not dealt with."""
    with closing(sqlite3.connect(f"{(data / 'state.sqlite').as_uri()}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM inbox WHERE body IS NOT NULL").fetchone()[0])


def command(bot: BotProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m bot` with arguments, in the bot's environment, to its end."""
    done = forked.run("bot", *arguments, cwd=ROOT, env=bot.environment(), timeout=PATIENCE)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def rest(seconds: float) -> None:
    """Let some time go by in which nothing must happen."""
    time.sleep(seconds)
