"""What Telegram has been told is taken is stored; what is stored is dealt with, once."""

import asyncio
import json
import time
from collections.abc import Callable

from telegram import Update

from bot.state.connection import Connection
from bot.state.inbox import MOST_TRIES, Body, forget_old, mark_finished, store, unfinished
from bot.state.state import State
from bot.updates.inbox import MOST_IN_HAND, Inbox, Unfinished, well_formed
from bot.updates.origin import PER_LANE, PER_PERSON
from tests.bot.databases import seen_elsewhere


def body(update_id: int, text: str = "When?", person: int | None = None, chat: int | None = None) -> Body:
    """Somebody writes: in private, everybody somebody else, unless it is said who and where."""
    person = update_id if person is None else person
    chat = person if chat is None else chat
    kind = {"type": "private", "first_name": "Ada"} if chat > 0 else {"type": "group", "title": "Lindvik"}
    return {
        "update_id": update_id,
        "message": {
            "message_id": update_id,
            "date": 1_700_000_000,
            "chat": {"id": chat, **kind},
            "from": {"id": person, "is_bot": False, "first_name": "Ada"},
            "text": text,
        },
    }


def whole(read: Body) -> Update:
    return Update.de_json(dict(read), None)


def pairs(*bodies: Body) -> list[tuple[Body, Update]]:
    """Updates as they are accepted: as they came, and as they are read."""
    return [(one, whole(one)) for one in bodies]


def taken(queue: "asyncio.Queue[object]") -> list[int]:
    """The numbers of what has been queued, in order."""
    found = [queue.get_nowait() for _ in range(queue.qsize())]
    return [update.update_id for update in found if isinstance(update, Update)]


def inbox_of(state: State, read: Callable[[Body], Update | None] = whole) -> "tuple[Inbox, asyncio.Queue[object]]":
    queue: asyncio.Queue[object] = asyncio.Queue()
    return Inbox(state, queue, read), queue


def test_an_update_is_stored_for_good_before_anybody_sees_it(state: State) -> None:
    stored: list[list[int]] = []

    class Watched(asyncio.Queue[object]):
        def put_nowait(self, update: object) -> None:
            # As another process, or the next start after a kill, sees the database at this moment.
            rows = seen_elsewhere(state, "SELECT update_id FROM inbox WHERE body IS NOT NULL ORDER BY update_id")
            stored.append([number for (number,) in rows])
            super().put_nowait(update)

    queue = Watched()
    inbox = Inbox(state, queue, whole)
    assert asyncio.run(inbox.accept(pairs(body(5), body(6)))) == []
    assert stored == [[5, 6], [5, 6]]
    assert taken(queue) == [5, 6]
    assert inbox.pending == 2


def test_an_update_that_comes_twice_is_taken_once(state: State) -> None:
    inbox, queue = inbox_of(state)

    async def deliver() -> None:
        await inbox.accept(pairs(body(5), body(5), body(6)))
        assert await inbox.known([5, 6, 7]) == {5, 6}
        await inbox.accept(pairs(body(5, "another text"), body(7)))
        await inbox.finish(5)
        await inbox.accept(pairs(body(5)))

    asyncio.run(deliver())
    assert taken(queue) == [5, 6, 7]
    assert inbox.pending == 2


def test_a_start_takes_up_what_is_unfinished_oldest_first_and_nothing_else(state: State) -> None:
    first, _ = inbox_of(state)

    async def deliver_and_die() -> None:
        await first.accept(pairs(body(12), body(11), body(14), body(13)))
        await first.finish(13)
        await first.finish(11)

    asyncio.run(deliver_and_die())
    second, queue = inbox_of(state)
    assert asyncio.run(second.resume_unfinished()) == Unfinished(2)
    assert taken(queue) == [12, 14]
    assert second.pending == 2
    # What Telegram delivers again after the kill is known, finished or not.
    asyncio.run(second.accept(pairs(body(11), body(12), body(13), body(14))))
    assert taken(queue) == []
    assert second.pending == 2


def test_nothing_of_a_finished_update_is_kept_but_its_number(state: State) -> None:
    inbox, _ = inbox_of(state)

    async def through() -> None:
        await inbox.accept(pairs(body(5, "a secret of mine")))
        await inbox.begin(5)
        await inbox.finish(5)

    asyncio.run(through())
    assert seen_elsewhere(state, "SELECT update_id, body FROM inbox") == [(5, None)]
    assert inbox.pending == 0


def test_fetching_waits_before_too_many_are_stored(state: State) -> None:
    inbox, queue = inbox_of(state)

    async def flood() -> None:
        await inbox.accept(pairs(*(body(update) for update in range(1, MOST_IN_HAND + 1))))
        assert inbox.longest_wait(lambda lane: float("inf")) <= 0
        fetching = asyncio.create_task(inbox.accept(pairs(body(MOST_IN_HAND + 1), body(MOST_IN_HAND + 2))))
        await asyncio.sleep(0.05)
        assert not fetching.done()
        # However often it is killed here, no start finds more than that.
        assert len(await state.run(unfinished)) == MOST_IN_HAND
        # That nothing is fetched counts as waiting, whatever the chats wait for.
        assert inbox.longest_wait(lambda lane: float("inf")) >= 0.05
        await inbox.finish(1)
        await fetching
        assert inbox.pending == queue.qsize() - 1 == MOST_IN_HAND + 1
        for update in range(2, MOST_IN_HAND // 2 + 4):
            await inbox.finish(update)
        assert inbox.longest_wait(lambda lane: float("inf")) <= 0

    asyncio.run(flood())


def test_of_one_person_and_of_one_chat_only_so_much_is_stored_and_everybody_else_finds_room(state: State) -> None:
    inbox, queue = inbox_of(state)
    crowd = range(1, 101)

    async def flood() -> None:
        mine = [body(1000 + number, person=7, chat=-number) for number in crowd]
        left_out = await inbox.accept(pairs(*mine))
        assert [update.update_id for update in left_out] == list(range(1001 + PER_PERSON, 1101))
        # Those who share a group with a flood of many accounts are out of luck there, and nowhere else.
        theirs = [body(2000 + number, person=number + 7, chat=-500) for number in crowd]
        left_out = await inbox.accept(pairs(*theirs))
        assert [update.update_id for update in left_out] == list(range(2001 + PER_LANE, 2101))
        assert await inbox.accept(pairs(body(3000, person=8))) == []
        # What was left out leaves no trace: delivered again, it is new.
        assert await inbox.known([1100, 2100]) == set()
        # One is done with, and there is room for one.
        await inbox.finish(1001)
        assert len(await inbox.accept(pairs(body(4000, person=7), body(4001, person=7)))) == 1
        assert await inbox.accept(pairs(body(4002, person=7)), exempt=lambda update: True) == []

    asyncio.run(flood())
    assert inbox.pending == queue.qsize() - 1 == PER_PERSON + PER_LANE + 2


def test_that_the_bot_is_removed_is_heard_beside_a_flood(state: State) -> None:
    inbox, _ = inbox_of(state)
    bot = {"id": 1, "is_bot": True, "first_name": "Verbatim"}
    removed = {
        "update_id": 999,
        "my_chat_member": {
            "chat": {"id": -5, "type": "group", "title": "Lindvik"},
            "from": {"id": 7, "is_bot": False, "first_name": "Ada"},
            "date": 1_700_000_000,
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, "status": "left"},
        },
    }

    async def flood() -> None:
        left_out = await inbox.accept(pairs(*(body(number, person=7, chat=-5) for number in range(1, 200))))
        assert len(left_out) == 199 - PER_PERSON
        assert await inbox.accept(pairs(removed)) == []

    asyncio.run(flood())


def test_an_update_that_this_version_cannot_read_is_finished_and_stops_nobody(state: State) -> None:
    asyncio.run(state.run(store, [body(5), body(6)], 0.0))
    inbox, queue = inbox_of(state, lambda update: None if update["update_id"] == 5 else whole(update))
    asyncio.run(inbox.resume_unfinished())
    assert taken(queue) == [6]
    assert inbox.pending == 1
    assert [one["update_id"] for one in asyncio.run(state.run(unfinished))] == [6]


# What ends the process.


def test_only_what_had_begun_when_a_run_was_killed_has_had_a_try(state: State) -> None:
    async def killed_run(*begun: int) -> Unfinished:
        inbox, _ = inbox_of(state)
        found = await inbox.resume_unfinished()
        for update_id in begun:
            await inbox.begin(update_id)
        return found

    async def main() -> None:
        inbox, _ = inbox_of(state)
        await inbox.accept(pairs(body(1), body(2), body(3)))
        await killed_run(2, 3)
        assert (await killed_run(2)).suspects == (2, 3)
        third = await killed_run(2, 1)
        assert (third.suspects, third.set_aside) == ((2, 3), ())
        last = await killed_run()
        assert [update.update_id for update in last.set_aside] == [2]
        assert (last.unfinished, last.suspects) == (2, (1, 3))
        # It is set aside for good, and known where Telegram brings it again.
        again = await killed_run()
        assert (again.unfinished, again.set_aside) == (2, ())
        assert await inbox.known([2]) == {2}
        assert await state.run(tries_of, 2) == (None, MOST_TRIES)

    asyncio.run(main())


def test_what_was_pardoned_or_finished_has_had_no_try(state: State) -> None:
    async def main() -> None:
        inbox, _ = inbox_of(state)
        await inbox.accept(pairs(body(1), body(2), body(3)))
        for update_id in (1, 2, 3):
            await inbox.begin(update_id)
        await inbox.finish(1)
        await inbox.pardon([2])
        again, _ = inbox_of(state)
        assert (await again.resume_unfinished()).suspects == (3,)

    asyncio.run(main())


def test_suspects_come_first_even_where_their_person_has_no_room(state: State) -> None:
    async def main() -> None:
        inbox, _ = inbox_of(state)
        await inbox.accept(pairs(*(body(number, person=number) for number in range(1, 90))))
        await inbox.begin(80)
        await inbox.begin(70)
        again, queue = inbox_of(state)
        assert (await again.resume_unfinished()).suspects == (70, 80)
        assert taken(queue)[:3] == [70, 80, 1]

    asyncio.run(main())


def tries_of(db: Connection, update_id: int) -> tuple[str | None, int]:
    found: tuple[str | None, int] = db.execute(
        "SELECT body, tries FROM inbox WHERE update_id = ?", [update_id]
    ).fetchone()
    return found


def test_half_a_surrogate_pair_and_a_null_outlive_a_restart(state: State) -> None:
    strange = body(5, "\ud83d and \udc00 and \0 and 🎉")
    asyncio.run(inbox_of(state)[0].accept(pairs(strange)))
    read: list[Body] = []

    def watched(one: Body) -> Update:
        read.append(one)
        return whole(one)

    inbox, _ = inbox_of(state, watched)
    asyncio.run(inbox.resume_unfinished())
    assert read[-1] == strange


def test_an_update_is_read_without_halves_of_pairs_and_otherwise_as_it_came() -> None:
    strange = {"update_id": 5, "message": {"text": "a \ud83d\n\0 🎉\u2028 \udc00", "\ud800": [1.5, None, True]}}
    assert well_formed(strange) == {
        "update_id": 5,
        "message": {"text": "a \ufffd\n\0 🎉\u2028 \ufffd", "\ufffd": [1.5, None, True]},
    }
    # Two halves that belong together are one sign, however they were written.
    assert well_formed({"text": json.loads('"\\ud83c\\udf89"')}) == {"text": "🎉"}


def test_how_long_an_update_has_waited_is_known_while_it_is_in_hand(state: State) -> None:
    inbox, _ = inbox_of(state)

    async def wait() -> tuple[float, float]:
        await inbox.accept(pairs(body(5)))
        await asyncio.sleep(0.05)
        before = inbox.waited(5)
        assert inbox.longest_wait(lambda lane: 0.0) >= 0.05
        # Whoever waits until Telegram lets the bot write to them does not wait for the bot.
        assert inbox.longest_wait(lambda lane: time.monotonic() if lane == ("chat", 5) else 0.0) < 0.05
        await inbox.finish(5)
        return before, inbox.waited(5)

    before, after = asyncio.run(wait())
    assert before >= 0.05
    assert after == 0


def test_numbers_are_forgotten_after_three_days_and_what_is_unfinished_never(db: Connection) -> None:
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
