"""What Telegram has been told is taken is stored; what is stored is dealt with, once."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.inbox import MOST_IN_HAND, Body, Inbox, forget_old, mark_finished, sound, store, unfinished
from bot.state.database import FILE, Database


def body(update_id: int, text: str = "When?") -> Body:
    return {"update_id": update_id, "message": {"text": text}}


def whole(read: Body) -> object:
    return read


def taken(queue: "asyncio.Queue[object]") -> list[object]:
    """What has been queued, in order."""
    return [queue.get_nowait() for _ in range(queue.qsize())]


def inbox_of(state: Database, read: Callable[[Body], object | None] = whole) -> "tuple[Inbox, asyncio.Queue[object]]":
    queue: asyncio.Queue[object] = asyncio.Queue()
    return Inbox(state, queue, read), queue


def test_an_update_is_stored_for_good_before_anybody_sees_it(tmp_path: Path, state: Database) -> None:
    stored: list[list[int]] = []

    def read(update: Body) -> object:
        # As another process, or the next start after a kill, sees the file at this moment.
        with closing(sqlite3.connect(tmp_path / FILE)) as other:
            stored.append([id for (id,) in other.execute("SELECT update_id FROM inbox WHERE body IS NOT NULL")])
        return update

    inbox, queue = inbox_of(state, read)
    asyncio.run(inbox.accept([body(5), body(6)]))
    assert stored == [[5, 6], [5, 6]]
    assert taken(queue) == [body(5), body(6)]
    assert inbox.pending == 2


def test_an_update_that_comes_twice_is_taken_once(state: Database) -> None:
    inbox, queue = inbox_of(state)

    async def deliver() -> None:
        await inbox.accept([body(5), body(5), body(6)])
        await inbox.accept([body(5, "another text"), body(7)])
        await inbox.finish(5)
        await inbox.accept([body(5)])

    asyncio.run(deliver())
    assert taken(queue) == [body(5), body(6), body(7)]


def test_a_start_takes_up_what_is_unfinished_oldest_first_and_nothing_else(state: Database) -> None:
    first, _ = inbox_of(state)

    async def deliver_and_die() -> None:
        await first.accept([body(12), body(11), body(14), body(13)])
        await first.finish(13)
        await first.finish(11)

    asyncio.run(deliver_and_die())
    second, queue = inbox_of(state)
    assert asyncio.run(second.take_up_unfinished()) == 2
    assert taken(queue) == [body(12), body(14)]
    assert second.pending == 2
    # What Telegram delivers again after the kill is known, finished or not.
    asyncio.run(second.accept([body(11), body(12), body(13), body(14)]))
    assert taken(queue) == []


def test_nothing_of_a_finished_update_is_kept_but_its_number(tmp_path: Path, state: Database) -> None:
    inbox, _ = inbox_of(state)

    async def through() -> None:
        await inbox.accept([body(5, "a secret of mine")])
        await inbox.finish(5)

    asyncio.run(through())
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        assert db.execute("SELECT update_id, body FROM inbox").fetchall() == [(5, None)]
    assert inbox.pending == 0


def test_fetching_waits_while_too_many_are_in_hand(state: Database) -> None:
    inbox, queue = inbox_of(state)

    async def flood() -> None:
        await inbox.accept([body(update) for update in range(1, MOST_IN_HAND)])
        fetching = asyncio.create_task(inbox.accept([body(MOST_IN_HAND), body(MOST_IN_HAND + 1)]))
        while queue.qsize() <= MOST_IN_HAND:
            await asyncio.sleep(0.01)
        # They are stored and queued; it is the next fetch that waits.
        assert not fetching.done()
        await inbox.finish(1)
        await asyncio.sleep(0)
        assert not fetching.done()
        await inbox.finish(2)
        await fetching
        assert inbox.pending == MOST_IN_HAND - 1

    asyncio.run(flood())


def test_an_update_that_nothing_can_be_made_of_is_finished_and_stops_nobody(state: Database) -> None:
    inbox, queue = inbox_of(state, lambda update: None if update["update_id"] == 5 else update)
    asyncio.run(inbox.accept([body(5), body(6)]))
    assert taken(queue) == [body(6)]
    assert inbox.pending == 1
    again, queue = inbox_of(state)
    asyncio.run(again.take_up_unfinished())
    assert taken(queue) == [body(6)]


def test_half_a_surrogate_pair_and_a_null_outlive_a_restart(state: Database) -> None:
    strange = body(5, "\ud83d and \udc00 and \0 and 🎉")
    asyncio.run(inbox_of(state)[0].accept([strange]))
    inbox, queue = inbox_of(state)
    asyncio.run(inbox.take_up_unfinished())
    assert taken(queue) == [strange]


def test_an_update_is_read_without_halves_of_pairs_and_otherwise_as_it_came() -> None:
    strange = {"update_id": 5, "message": {"text": "a \ud83d\n\0 🎉\u2028 \udc00", "\ud800": [1.5, None, True]}}
    assert sound(strange) == {
        "update_id": 5,
        "message": {"text": "a \ufffd\n\0 🎉\u2028 \ufffd", "\ufffd": [1.5, None, True]},
    }
    # Two halves that belong together are one sign, however they were written.
    assert sound({"text": json.loads('"\\ud83c\\udf89"')}) == {"text": "🎉"}


def test_how_long_an_update_has_waited_is_known_while_it_is_in_hand(state: Database) -> None:
    inbox, _ = inbox_of(state)

    async def wait() -> tuple[float, float]:
        await inbox.accept([body(5)])
        await asyncio.sleep(0.05)
        before = inbox.waited(5)
        await inbox.finish(5)
        return before, inbox.waited(5)

    before, after = asyncio.run(wait())
    assert before >= 0.05
    assert after == 0


def test_numbers_are_forgotten_after_three_days_and_what_is_unfinished_never(db: sqlite3.Connection) -> None:
    day = 24 * 3600.0
    for update_id, received in ((1, 0.0), (2, 0.0), (3, 1.5 * day)):
        store(db, [body(update_id)], received)
    mark_finished(db, 1)
    mark_finished(db, 3)
    forget_old(db, 3 * day)
    assert [id for (id,) in db.execute("SELECT update_id FROM inbox ORDER BY 1")] == [1, 2, 3]
    forget_old(db, 3 * day + 1)
    assert [id for (id,) in db.execute("SELECT update_id FROM inbox ORDER BY 1")] == [2, 3]
    assert unfinished(db) == [body(2)]
