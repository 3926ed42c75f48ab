"""This version takes over an index and a state of version 0.1.0, with all that people said.

`made_by_0_1_0/` was written by that version: a build over its `seeds/`, then a bot that was killed with a question in
hand. Its index files may be written to by nobody, the lock in the lexicon among them.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest

from index.build import build
from index.generation.generation import current, verify
from retrieval import Retriever
from tests.telegram.articles import (
    HARBOUR_ANSWER,
    HARBOUR_QUESTION,
    ORCHARD_ANSWER,
    ORCHARD_QUESTION,
)
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE
from tests.telegram.server import BotApiServer
from tests.telegram.server.entities import Formatted

MADE: Final = Path(__file__).parent / "made_by_0_1_0"
ADA: Final = 5_001
# Of Ada's answer, which stands in the fourth message of her chat: its card, and what its button ▶ sends.
ANSWER: Final = 4
NEXT_UPDATE: Final = 310_000_013
NEXT: Final = "P-hYw45m7AB-GgZR:p1"


@pytest.fixture
def data(tmp_path: Path, models: Path) -> Path:
    """Return a data folder of 0.1.0, with the modes that it gave its files."""
    data = tmp_path / "data"
    shutil.copytree(MADE, data)
    shutil.rmtree(data / "seeds")
    (data / "models").symlink_to(models)
    for path in (data / "index").glob("2*/**/*"):
        if path.is_file():
            path.chmod(0o444)
    (data / "state.sqlite").chmod(0o600)
    return data


def test_its_index_answers_and_is_sound_as_it_is(data: Path) -> None:
    with Retriever.open(data) as retriever:
        answer = retriever.ask(HARBOUR_QUESTION)
        assert answer.answered
        assert HARBOUR_ANSWER in answer.citations[0].quote
    verify(data / "index").close()


def test_a_build_takes_its_articles_over_and_encodes_none_again(data: Path) -> None:
    report = build(MADE / "seeds", data)
    assert (report.articles, report.encoded, report.added, report.removed) == (3, 0, (), ())
    # What it kept of every token is not taken over.
    assert not (current(data / "index") / "tokens").exists()
    (cache,) = (data / "vectors").glob("*.sqlite")
    with closing(sqlite3.connect(cache)) as db:
        assert db.execute("SELECT name FROM sqlite_master WHERE name = 'tokens'").fetchall() == []
    with Retriever.open(data) as retriever:
        assert ORCHARD_ANSWER in retriever.ask(ORCHARD_QUESTION).citations[0].quote


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as server:
        yield server
        assert server.surprises == []


def test_its_state_is_taken_over_with_all_that_people_said(data: Path, server: BotApiServer) -> None:
    ada = server.person("Ada", id=ADA)
    chat = server.private(ada)
    # Telegram has the messages of before; that with the buttons is the bot's.
    with server.world.lock:
        chat.started = True
        server.world.updates.next_id = NEXT_UPDATE
        for number in range(1, 14):
            server.world.post(chat, server.bot if number == ANSWER else ada.user, Formatted(f"message {number}"))
    (answer,) = (message for message in server.messages(chat) if message.id == ANSWER)
    last = server.messages(chat)[-1]
    # Deleting what is old is another test's matter, however long ago this was.
    with BotProcess(server, data, data / "bot.log", keep_days=36_500) as bot:
        # What was asked last was in hand when the bot was killed.
        assert ORCHARD_ANSWER in server.wait_for_message(chat, last, PATIENCE).text
        assert '"the state of an earlier version was taken over"' in bot.said
        assert ada.presses_data(answer, NEXT).answer(PATIENCE)
        assert "2/3" in answer.buttons
        settings = ada.writes(chat, "/settings")
        assert "Norsk" in server.wait_for_message(chat, settings, PATIENCE).text
        exported = ada.writes(chat, "/export")
        sent = server.wait_for_message(chat, exported, PATIENCE).file_bytes or b""
        with ZipFile(BytesIO(sent)) as held:
            assert HARBOUR_QUESTION.encode() in held.read("verbatim-export.json")
        assert bot.kept("SELECT id FROM bans") == [(5_003,)]
        assert bot.kept("SELECT person, verdict FROM feedback ORDER BY person") == [(ADA, "up"), (5_002, "up")]
        assert bot.kept("SELECT language, passages, started FROM people WHERE id = ?", ADA) == [("nb", 3, 1)]
        assert bot.stop() == 0
