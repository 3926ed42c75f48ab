"""Every trace of a person: a word that stands nowhere else is looked for in all files that the bot leaves."""

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest

from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import ADMIN, PATIENCE, Meet, NewData, Talk, running_bot
from tests.telegram.server import BotApiServer, Chat, Message

WORD: Final = "Zwiebelkuchen"
QUESTION: Final = f"What did Mayor Runa Aasheim of {WORD} ask the ferry companies to do?"
DAY: Final = 24 * 3600


def card_of(answer: Message) -> str:
    return str(answer.button("▶")["callback_data"]).partition(":")[0]


def left(bot: BotProcess) -> set[str]:
    """The files of the bot, its log among them, in which the word stands."""
    files = [*bot.data.glob("state.sqlite*"), bot.log]
    assert bot.data / "state.sqlite-wal" in files or not bot.process or bot.process.poll() is not None
    return {file.name for file in files if WORD.lower().encode() in file.read_bytes().lower()}


def tables(bot: BotProcess) -> set[str]:
    """The tables in which the word stands, as another program sees them."""
    names = [name for (name,) in bot.kept("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name for name in names if any(WORD in str(row) for row in bot.kept(f"SELECT * FROM {name}"))}


def everywhere(ada: Talk, ben: Talk, server: BotApiServer) -> Chat:
    """Ada, who is an admin, leaves her word wherever she can, and Ben takes it up wherever he can."""
    group = server.group("Readers", ada.person, ben.person)
    group.members[server.bot.id] = "administrator"
    hers, his = ada.in_group(group), ben.in_group(group)
    # In private: questions, also edited ones, captions, commands, links, inline queries.
    answer = ada.asks(QUESTION)
    ada.presses(answer, "👍")
    ada.presses(answer, "▶")
    followed = ada.asks("And when should the companies move there?", reply_to=answer)
    assert followed.text
    edited = ada.writes(articles.COMET_QUESTION)
    ada.answer_to(edited)
    ada.person.edits(edited, f"{articles.COMET_QUESTION} Says {WORD}?")
    ada.person.sends(ada.chat, "photo", caption=f"{WORD} on a plate")
    for text in (f"/start {WORD}", f"/sources {WORD}", f"/article {WORD}", f"/unheard_of {WORD}", f"/settings {WORD}"):
        ada.writes(text)
    ada.person.asks_inline(f"{WORD} in the harbour").answer(PATIENCE)
    # In a group, where Ben judges her answer, goes on from it, and asks her question again in her words.
    asked = hers.writes(f"/ask@verbatim_bot {QUESTION}")
    shown = hers.answer_to(asked)
    ben.person.reacts(shown, "👎")
    his.asks("And when should they move?", reply_to=shown)
    his.asks("/ask@verbatim_bot", reply_to=asked)
    his.asks("@verbatim_bot", reply_to=asked)
    # In private again: Ben opens her answer by its link, judges it, goes on from it, and forwards her question.
    opened = ben.next_after(ben.writes(f"/start a{card_of(answer)}"))
    assert WORD in opened.text
    ben.presses(opened, "👍")
    ben.asks("And when should they move?", reply_to=opened)
    ben.answer_to(ben.person.forwards(asked, ben.chat))
    # A broadcast that is sent and one that waits, and a ban.
    preview = ada.asks(f"/broadcast There is {WORD} for everybody")
    ada.presses(preview, preview.buttons[0])
    assert server.wait(lambda: preview.text.startswith("Sent to"), PATIENCE)
    ada.asks(f"/broadcast More {WORD}?")
    ada.asks("/ban 987654321")
    return group


@pytest.fixture
def ada(server: BotApiServer) -> Talk:
    """An admin whom nobody has met, and whose name is the word."""
    person = server.person(WORD, id=ADMIN + len(server.world.users))
    return Talk(server, person, server.private(person))


@pytest.fixture
def bot(server: BotApiServer, bot_data: NewData, ada: Talk) -> Iterator[BotProcess]:
    with running_bot(server, bot_data(), telegram_admins=ada.person.id) as bot:
        yield bot


def export_of(talk: Talk) -> bytes:
    document = talk.next_after(talk.writes("/export"))
    assert document.file_bytes is not None
    with zipfile.ZipFile(io.BytesIO(document.file_bytes)) as sent:
        return sent.read("verbatim-export.json")


def test_of_whoever_forgets_no_word_is_left_in_any_file_whoever_took_it_up(
    bot: BotProcess, ada: Talk, meet: Meet, server: BotApiServer
) -> None:
    ben = meet("Ben")
    everywhere(ada, ben, server)
    server.wait(bot.is_idle, PATIENCE)
    assert tables(bot) >= {"cards", "turns", "feedback"}
    assert "state.sqlite-wal" in left(bot)
    assert WORD.encode() in export_of(ada)
    # Nobody else is handed her words.
    his = export_of(ben)
    assert WORD.encode() not in his
    assert articles.HARBOUR_ANSWER.encode() in his
    said = ada.asks(f"/forget {WORD}", reply_to=ada.writes(f"/privacy {WORD}"))
    assert said.text.startswith("Deleted: your settings")
    server.wait(bot.is_idle, PATIENCE)
    assert tables(bot) == set()
    assert left(bot) == set()
    ids = {
        name
        for (name,) in bot.kept("SELECT name FROM sqlite_master WHERE type = 'table'")
        if any(str(ada.person.id) in str(row) for row in bot.kept(f"SELECT * FROM {name}"))
    }
    # The times of her questions, so that a limit is not lifted by a command.
    assert ids == {"asked"}
    # What is Ben's own is still his.
    assert b"And when should they move?" in export_of(ben)


def test_after_the_period_no_word_is_left_in_any_file(
    bot: BotProcess, meet: Meet, server: BotApiServer, ada: Talk
) -> None:
    ben = meet("Ben")
    everywhere(ada, ben, server)
    server.wait(bot.is_idle, PATIENCE)
    assert left(bot) >= {"state.sqlite-wal"}
    assert bot.stop() == 0
    age(bot, 91 * DAY)
    bot.start()
    assert server.wait(lambda: not bot.kept("SELECT 1 FROM cards"), PATIENCE)
    server.wait(lambda: not left(bot), PATIENCE)
    assert tables(bot) == set()
    assert {bot.kept(f"SELECT count(*) FROM {table}")[0] for table in ("people", "turns", "feedback", "words_of")} == {
        (0,)
    }


def age(bot: BotProcess, seconds: float) -> None:
    """Make everything older, as if the clock had gone on steadily; words are deleted as the bot would."""
    columns = (
        ("cards", "created"),
        ("turns", "created"),
        ("feedback", "created"),
        ("feedback", "since"),
        ("people", "seen"),
        ("inbox", "received"),
        ("broadcasts", "created"),
    )
    with closing(sqlite3.connect(bot.data / "state.sqlite")) as db, db:
        db.execute("PRAGMA secure_delete = ON")
        for table, column in columns:
            db.execute(f"UPDATE {table} SET {column} = {column} - ?", [seconds])
        since, last = map(float, db.execute("SELECT value FROM notes WHERE name = 'steady'").fetchone()[0].split())
        db.execute("UPDATE notes SET value = ? WHERE name = 'steady'", [f"{since - 2 * DAY} {last}"])
