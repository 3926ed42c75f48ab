"""Pages of state.sqlite are damaged: the bot stops, says so once, and what it has not stored waits at Telegram."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from bot.cards import SourcesCard
from bot.state import cards
from bot.state.cards import StoredCard
from bot.state.migrations import migrate
from tests.conftest import BuildData
from tests.telegram.bad_days import PATIENCE, QUESTION, STORIES, WORDS, command, copied, replies, told
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer, Chat, Person

ALARM: Final = "I have stopped, since my state is damaged."
# More than SQLite keeps of a file in memory (2 MB), so that pages are read from the disk.
CARDS: Final = 3000
FILLER: Final = "filler " * 400
_PAGE: Final = 4096
# The types of a b-tree's leaves (SQLite's file format, 1.6): of an index or a table without rowid, and of a table.
_LEAVES: Final = (0x0A, 0x0D)


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.flood = None
        yield running
        assert running.surprises == []


@pytest.fixture
def data(build_data: BuildData, tmp_path: Path) -> Path:
    return copied(build_data(STORIES), tmp_path / "data")


def card(number: int) -> str:
    return f"filler-card-{number:04d}"


def fill(data: Path, owner: int) -> None:
    """A state with many cards of one person."""
    with closing(sqlite3.connect(data / "state.sqlite", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        migrate(db)
        db.execute("BEGIN")
        # Long ago by no clock: nothing of it is old enough to be deleted while the test runs.
        cards.put(db, StoredCard(card(0), owner, None, None, None, owner, SourcesCard(FILLER)), 4e9)
        # More than the bot itself would let one person have.
        columns = "kind, chat, thread, message, question_message, owner, created, body"
        copying = f"INSERT INTO cards (id, {columns}) SELECT ?, {columns} FROM cards WHERE id = ?"
        db.executemany(copying, [(card(number), card(0)) for number in range(1, CARDS)])
        db.execute("COMMIT")


def damage(data: Path) -> int:
    """Overwrite the headers of all leaves that hold filled cards; return how many."""
    file = data / "state.sqlite"
    pages = file.read_bytes()
    hit = 0
    with file.open("r+b") as opened:
        for start in range(_PAGE, len(pages), _PAGE):
            page = pages[start : start + _PAGE]
            if page[0] in _LEAVES and b"filler-card-" in page:
                opened.seek(start)
                opened.write(bytes(byte ^ 0xFF for byte in page[:8]))
                hit += 1
    return hit


def press_until_it_ends(bot: BotProcess, ada: Person, chat: Chat) -> None:
    """Press old buttons, whose cards must be read from the disk, until one of them meets a damaged page."""
    shown = bot._server.wait_for_message(chat, ada.writes(chat, "/privacy"), PATIENCE)
    assert bot.process is not None
    for number in range(0, CARDS, 150):
        ada.presses_data(shown, f"{card(number)}:p1").answer(2.0)
        if bot.process.poll() is not None or "is damaged" in bot.said:
            return


def test_damage_while_it_runs_stops_it_and_what_is_not_stored_is_answered_from_the_backup(
    server: BotApiServer, data: Path
) -> None:
    admin, ada = server.person("Olav"), server.person("Ada")
    office, chat = server.private(admin), server.private(ada)
    fill(data, ada.id)
    bot = BotProcess(server, data, data / "bot.log", telegram_admins=admin.id)
    with bot:
        server.wait_for_message(office, admin.writes(office, "/help"), PATIENCE)
        assert WORDS in server.wait_for_reply(ada.writes(chat, QUESTION), PATIENCE).text
        server.wait(bot.is_idle, PATIENCE)
        assert command(bot, "backup", str(data / "copy.sqlite")).returncode == 0
        # Out of the log and into the file, where the damage is done.
        with closing(sqlite3.connect(data / "state.sqlite", timeout=20)) as db:
            assert db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        assert damage(data) > 100
        press_until_it_ends(bot, ada, chat)
        assert bot.wait() == 2, bot.said[-3000:]
    last = bot.said.splitlines()[-1]
    assert last.startswith(f"{data / 'state.sqlite'} is damaged (database disk image is malformed): put the last ")
    assert len(told(server, office, ALARM)) == 1
    assert "Jeg har stoppet" in told(server, office, ALARM)[0]
    assert str(data / "state.sqlite") in told(server, office, ALARM)[0]
    # Asked while nobody is there: neither confirmed nor refused.
    waiting = ada.writes(chat, QUESTION)
    bot.start(wait=False)
    assert bot.wait() == 2
    assert len(told(server, office, ALARM)) == 1
    assert server.pending_updates
    assert not replies(server, waiting)
    # A copy of what is damaged is none.
    refused = command(bot, "backup", str(data / "late.sqlite"))
    assert refused.returncode == 2
    assert "the bot's state is damaged" in refused.stderr
    assert not (data / "late.sqlite").exists()
    # As the line says.
    for suffix in ("-wal", "-shm"):
        (data / f"state.sqlite{suffix}").unlink(missing_ok=True)
    shutil.copy(data / "copy.sqlite", data / "state.sqlite")
    with bot:
        assert WORDS in server.wait_for_reply(waiting, PATIENCE).text
        assert len(replies(server, waiting)) == 1
        assert bot.kept("SELECT count(*) FROM cards WHERE id LIKE 'filler-card-%'") == [(CARDS,)]
        assert bot.stop() == 0
    assert len(told(server, office, ALARM)) == 1
    # The next damage is news again.
    assert damage(data) > 100
    bot.start(wait=False)
    assert bot.wait() == 2
    assert len(told(server, office, ALARM)) == 2


def test_damage_found_at_the_start_stops_it_before_anything_is_fetched(server: BotApiServer, data: Path) -> None:
    admin, ada = server.person("Olav"), server.person("Ada")
    office, chat = server.private(admin), server.private(ada)
    admin.writes(office, "/help")
    waiting = ada.writes(chat, QUESTION)
    fill(data, ada.id)
    damage(data)
    before = (data / "state.sqlite").read_bytes()
    bot = BotProcess(server, data, data / "bot.log", telegram_admins=admin.id)
    for _ in range(2):
        bot.start(wait=False)
        assert bot.wait() == 2
        assert "is damaged" in bot.said.splitlines()[-1]
    assert len(told(server, office, ALARM)) == 1
    assert not server.calls_of("getUpdates")
    assert server.pending_updates
    assert not replies(server, waiting)
    assert (data / "state.sqlite").read_bytes() == before
