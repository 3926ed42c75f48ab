"""What is old is deleted by the clock, and nothing while the clock cannot be believed."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import background
from bot.background import keep_house, tidy
from bot.options import Options
from bot.services import Services
from bot.state import broadcasts, cards, feedback, inbox, people, turns, usage, watches
from bot.state.connection import Connection
from bot.state.database import FILE, Database
from bot.state.usage import Limits
from bot.state.watches import Watch
from tests.bot.samples import answer, kept
from tests.bot.test_database import trace

HOUR, DAY = 3600.0, 24 * 3600.0
KEEP = 90 * DAY
NOW = 1_700_000_000.0
# Deleted by age, in whatever form: all that must outlive a clock that jumped.
TABLES = ("cards", "turns", "feedback", "people", "asked", "told_to_wait", "seen_today", "inbox", "broadcasts")


def day_of(seconds: float) -> Any:
    return datetime.fromtimestamp(seconds, UTC).date()


def live(db: Connection, now: float) -> None:
    """One row of everything that grows old."""
    people.note_visit(db, 42, now, private=True)
    cards.put(db, kept("card"), now)
    turns.note_exchange(db, 42, None, 42, 6, "card", "When?", "On Monday.", now)
    feedback.give(db, "card", 42, "up", answer(), now)
    usage.ask(db, 1, 42, 42, int(now), Limits())
    db.execute("INSERT INTO told_to_wait VALUES (42, 42, ?)", [int(now)])
    usage.count(db, day_of(now), "answered", 42)
    inbox.store(db, [{"update_id": 1}], now)
    inbox.mark_finished(db, 1)
    broadcasts.begin(db, "Hello", 42, 42, None, [], now)


def left(db: Connection) -> set[str]:
    return {table for table in TABLES if db.execute(f"SELECT 1 FROM {table}").fetchone()}


class Clock:
    """A machine's clock and its time since the start, by which the state is tidied up every hour."""

    def __init__(self, db: Connection, now: float = NOW) -> None:
        self.db = db
        self.now = now
        self._passed: float | None = None

    def tidies(self) -> bool:
        done = tidy(self.db, self.now, day_of(self.now), KEEP, self._passed)
        self._passed = 0.0
        return done

    def runs(self, seconds: float) -> list[bool]:
        """Let time go by, hour by hour up to a day; whether something could be deleted in each."""
        step = HOUR if seconds <= 2 * DAY else DAY
        done = []
        for _ in range(round(seconds / step)):
            self.now += step
            self._passed = step
            done.append(self.tidies())
        return done

    def is_off(self, seconds: float) -> None:
        """Let time go by without the bot, and start it again."""
        self.now += seconds
        self._passed = None

    def jumps(self, seconds: float) -> None:
        """Set the clock while the bot runs."""
        self.now += seconds


def test_a_new_bot_deletes_after_a_day_and_what_is_old_then(db: Connection) -> None:
    clock = Clock(db)
    live(db, NOW)
    assert not clock.tidies()
    assert clock.runs(DAY) == [False] * 23 + [True]
    clock.runs(KEEP - DAY)
    assert left(db) == set(TABLES) - {"asked", "told_to_wait", "seen_today", "inbox"}
    clock.runs(HOUR)
    assert left(db) == set()


@pytest.mark.parametrize("off", [True, False], ids=["at a start", "while it runs"])
@pytest.mark.parametrize("days", [100, -100, 36_500])
def test_a_clock_that_jumped_deletes_nothing_until_a_day_has_gone_by(db: Connection, off: bool, days: int) -> None:
    clock = Clock(db)
    clock.tidies()
    clock.runs(2 * DAY)
    live(db, clock.now)
    (clock.is_off if off else clock.jumps)(days * DAY)
    assert not clock.tidies()
    assert not any(clock.runs(DAY - HOUR))
    assert left(db) == set(TABLES)
    # Set right before the day is over, all is as if nothing had been.
    (clock.is_off if off else clock.jumps)(-days * DAY)
    assert not clock.tidies()
    assert left(db) == set(TABLES)
    assert clock.runs(DAY)[-1]
    assert {"cards", "turns", "feedback", "people", "broadcasts"} <= left(db)


def test_a_bot_that_was_off_for_a_week_deletes_a_day_later(db: Connection) -> None:
    clock = Clock(db)
    clock.tidies()
    live(db, NOW)
    clock.runs(KEEP - DAY)
    clock.is_off(7 * DAY)
    assert not clock.tidies()
    assert "cards" in left(db)
    assert clock.runs(DAY) == [False] * 23 + [True]
    assert left(db) == set()


def test_restarts_within_a_day_do_not_put_deleting_off(db: Connection) -> None:
    clock = Clock(db)
    clock.tidies()
    done = []
    for _ in range(10):
        clock.is_off(5 * HOUR)
        done.append(clock.tidies())
    assert done == [False] * 4 + [True] * 6


def test_small_steps_of_the_clock_are_no_jumps(db: Connection) -> None:
    clock = Clock(db)
    clock.tidies()
    clock.runs(2 * DAY)
    clock.jumps(-2 * HOUR)  # from summer time, on a clock that does not keep UTC
    assert clock.tidies()


def test_what_was_stored_while_the_clock_was_ahead_is_not_kept_for_longer(db: Connection) -> None:
    clock = Clock(db)
    clock.tidies()
    live(db, NOW + 1000 * DAY)
    clock.runs(DAY)
    # From the time on at which the clock was believed again.
    clock.runs(KEEP)
    assert {"cards", "turns", "feedback", "people", "broadcasts"} <= left(db)
    clock.runs(HOUR)
    assert not {"cards", "turns", "feedback", "people", "broadcasts", "seen_today"} & left(db)


def test_a_person_who_comes_back_is_kept_and_one_of_an_earlier_version_for_another_period(
    db: Connection,
) -> None:
    clock = Clock(db)
    clock.tidies()
    clock.runs(DAY)
    people.choose(db, 42, clock.now, language="nb", passages=3)
    people.choose(db, 43, clock.now, language="nb", passages=3)
    db.execute("UPDATE people SET seen = NULL WHERE id = 43")
    clock.runs(KEEP - DAY)
    people.note_visit(db, 42, clock.now, private=False)
    clock.runs(3 * DAY)
    assert people.look_up(db, 42).passages == 3
    assert people.look_up(db, 43).passages is None
    clock.runs(KEEP)
    assert people.how_many(db).people == 0


def test_being_there_is_written_once_a_day(db_in_file: sqlite3.Connection) -> None:
    db = db_in_file
    people.note_visit(db, 42, NOW, private=True)
    before = db.total_changes
    people.note_visit(db, 42, NOW + DAY, private=True)
    assert db.total_changes == before
    people.note_visit(db, 42, NOW + DAY + 1, private=True)
    assert db.execute("SELECT seen FROM people").fetchall() == [(NOW + DAY + 1,)]


def test_whose_words_a_card_holds_is_forgotten_with_it(db: Connection) -> None:
    clock = Clock(db)
    clock.tidies()
    cards.put(db, kept("card"), NOW)
    cards.note_words(db, "card", led=[7], asked=8)
    clock.runs(KEEP)
    assert db.execute("SELECT count(*) FROM words_of").fetchone() == (2,)
    clock.runs(HOUR)
    assert db.execute("SELECT count(*) FROM words_of").fetchone() == (0,)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """As much of a bot as tidying up needs."""
    state = Database(tmp_path / FILE)
    options = Options(data=tmp_path, state=tmp_path, seeds=tmp_path, model="model", threshold=0.5)
    unused: Any = None
    yield Services(
        options, unused, "bot", state, unused, unused, unused, lambda: NOW, lambda _: 0.0, lambda: 0, lambda _: False
    )
    state.close()


def test_a_jump_is_logged_and_words_leave_the_files_every_hour(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(background, "_EVERY", 0.01)
    caplog.set_level(logging.WARNING)
    ticks = iter([0.0, HOUR, HOUR + 2 * DAY, *[HOUR + 2 * DAY] * 10_000])
    state = services.state

    def stands(word: bytes) -> bool:
        return any(word in file.read_bytes() for file in tmp_path.glob(f"{FILE}*"))

    async def said(update_id: int, word: str) -> None:
        await state.run(inbox.store, [{"update_id": update_id, "message": {"text": word}}], NOW)
        await state.run(inbox.mark_finished, update_id)

    async def runs() -> None:
        await said(1, "Zwiebelkuchen")
        assert stands(b"Zwiebelkuchen")
        task = asyncio.create_task(keep_house(services, lambda: next(ticks)))
        while "the clock jumped" not in caplog.text or stands(b"Zwiebelkuchen"):
            await asyncio.sleep(0.01)
        # The file has been rewritten today: from now on it is the log alone that is emptied.
        await said(2, "Quittenmus")
        while stands(b"Quittenmus"):
            await asyncio.sleep(0.01)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(runs())


def test_the_file_is_rewritten_once_a_day_and_after_somebody_has_forgotten(state_in_file: Database) -> None:
    state, rewritten = state_in_file, list[str]()

    def note(statement: str) -> None:
        rewritten.extend([statement] * (statement == "VACUUM"))

    async def hour(now: float) -> int:
        state._rests_until = 0.0
        await background._rewrite(state, now)
        return len(rewritten)

    async def runs() -> list[int]:
        await state.run(trace, note)
        done = [await hour(NOW), await hour(NOW + HOUR)]
        await state.run(people.erase, 42)
        done += [await hour(NOW + 2 * HOUR), await hour(NOW + 3 * HOUR), await hour(NOW + 26 * HOUR)]
        return done

    assert asyncio.run(runs()) == [1, 1, 2, 2, 3]


def test_a_watch_without_news_for_a_year_is_to_end_and_keeps_its_person_until_then(db: Connection) -> None:
    clock = Clock(db)
    clock.tidies()
    clock.runs(2 * DAY)
    people.note_visit(db, 42, clock.now, private=True)
    watches.add(db, Watch(0, 42, 42, None, None, "When?", "2023-11-16", "en"), (), (), clock.now)
    clock.runs(365 * DAY)
    assert watches.next_piece(db, (), ()) is None
    assert left(db) == {"people"}
    clock.runs(HOUR)
    piece = watches.next_piece(db, (), ())
    assert piece is not None
    assert (piece.card, piece.watch.person) == ("", 42)
    watches.settle(db, piece.id)
    clock.runs(HOUR)
    assert left(db) == set()
