"""One chat in order, chats side by side, and only what was dealt with is finished."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from telegram import Update

from bot.state.connection import Connection
from bot.state.inbox import unfinished
from bot.state.state import State
from bot.updates.inbox import Inbox
from bot.updates.origin import Lanes, lane_of
from bot.updates.processing import ChatProcessor


def written(update_id: int, chat: int = 42, person: int = 42) -> dict[str, Any]:
    """Somebody writes, in private or in a group."""
    kind = {"id": chat, "type": "private", "first_name": "Ada"} if chat > 0 else {"id": chat, "type": "group"}
    return {
        "update_id": update_id,
        "message": {
            "message_id": update_id,
            "date": 1_700_000_000,
            "chat": kind | ({} if chat > 0 else {"title": "Lindvik"}),
            "from": {"id": person, "is_bot": False, "first_name": "Ada"},
            "text": "When?",
        },
    }


def typed(update_id: int, person: int) -> dict[str, Any]:
    """Somebody types an inline query, which stands in no chat."""
    sender = {"id": person, "is_bot": False, "first_name": "Ada"}
    return {"update_id": update_id, "inline_query": {"id": "1", "from": sender, "query": "ferry", "offset": ""}}


def read(body: Any) -> Update:
    return Update.de_json(dict(body), None)


class Handled:
    """What handlers did: one for each update, which ends when it is let go."""

    def __init__(self, *held: int) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self._let_go = {update_id: asyncio.Event() for update_id in held}

    async def by(self, update_id: int) -> None:
        self.begun.append(update_id)
        if update_id in self._let_go:
            await self._let_go[update_id].wait()
        self.ended.append(update_id)

    def let_go(self, update_id: int) -> None:
        self._let_go[update_id].set()


def nothing(db: Connection) -> None:
    """Take a turn at the database."""


async def settle(state: State) -> None:
    """Let everything go as far as it can: what is written before a turn at the database has been written after it."""
    for _ in range(20):
        await state.run(nothing)


def run_with(state: State, test: Any) -> None:
    """Run a test with an inbox that holds its updates, and the processor over it."""

    async def main() -> None:
        inbox = Inbox(state, asyncio.Queue(), read)
        processor = ChatProcessor(inbox)
        async with processor:
            await test(inbox, processor)

    asyncio.run(main())


def begin(processor: ChatProcessor, body: dict[str, Any], work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    return asyncio.create_task(processor.process_update(read(body), work))


async def left(state: State) -> list[int]:
    return [body["update_id"] for body in await state.run(unfinished)]


def test_a_chat_is_handled_in_order_whoever_writes_and_others_beside_it(state: State) -> None:
    async def test(inbox: Inbox, processor: ChatProcessor) -> None:
        bodies = [written(1, -9, 42), written(2, -9, 43), written(3, -9, 42), written(4, 50, 50), written(5, -9, 42)]
        await inbox.accept([(body, read(body)) for body in bodies])
        handled = Handled(1, 2)
        tasks = [begin(processor, body, handled.by(body["update_id"])) for body in bodies]
        await settle(state)
        assert (handled.begun, handled.ended) == ([1, 4], [4])
        handled.let_go(1)
        await settle(state)
        assert handled.begun == [1, 4, 2]
        handled.let_go(2)
        await asyncio.gather(*tasks)
        assert handled.ended == [4, 1, 2, 3, 5]
        assert await left(state) == []
        assert inbox.pending == 0

    run_with(state, test)


def test_a_thousand_chats_are_handled_side_by_side(state: State) -> None:
    async def test(inbox: Inbox, processor: ChatProcessor) -> None:
        bodies = [written(number, number, number) for number in range(1, 1001)]
        await inbox.accept([(body, read(body)) for body in bodies])
        handled = Handled(*range(1, 1001))
        tasks = [begin(processor, body, handled.by(body["update_id"])) for body in bodies]
        await settle(state)
        assert sorted(handled.begun) == list(range(1, 1001))
        for number in range(1, 1001):
            handled.let_go(number)
        await asyncio.gather(*tasks)
        assert await left(state) == []

    run_with(state, test)


def test_what_fails_or_is_cancelled_is_left_unfinished_and_the_chat_goes_on(state: State) -> None:
    async def fails() -> None:
        raise LookupError("no handler raises; if one does, the update is not done with")

    async def test(inbox: Inbox, processor: ChatProcessor) -> None:
        await inbox.accept([(written(number), read(written(number))) for number in range(1, 5)])
        handled = Handled(2)
        failing = begin(processor, written(1), fails())
        held = begin(processor, written(2), handled.by(2))
        waiting = begin(processor, written(3), handled.by(3))
        last = begin(processor, written(4), handled.by(4))
        with pytest.raises(LookupError):
            await failing
        await settle(state)
        waiting.cancel()
        await settle(state)
        held.cancel()
        await asyncio.gather(held, waiting, return_exceptions=True)
        await last
        assert (handled.begun, handled.ended) == ([2, 4], [4])
        assert await left(state) == [1, 2, 3]

    run_with(state, test)


def test_draining_finishes_what_was_begun_and_begins_nothing(state: State) -> None:
    async def test(inbox: Inbox, processor: ChatProcessor) -> None:
        await inbox.accept([(body, read(body)) for body in (written(1), written(2), written(3, 50, 50))])
        handled = Handled(1)
        tasks = [begin(processor, written(number), handled.by(number)) for number in (1, 2)]
        await settle(state)
        draining = asyncio.create_task(processor.drain(60))
        await settle(state)
        tasks.append(begin(processor, written(3, 50, 50), handled.by(3)))
        await settle(state)
        assert not draining.done()
        handled.let_go(1)
        assert await draining == 0
        await asyncio.gather(*tasks)
        assert handled.begun == [1]
        assert await left(state) == [2, 3]

    run_with(state, test)


def test_draining_does_not_wait_for_ever(state: State) -> None:
    async def test(inbox: Inbox, processor: ChatProcessor) -> None:
        await inbox.accept([(body, read(body)) for body in (written(1), written(2, 50, 50))])
        handled = Handled(1, 2)
        tasks = [
            begin(processor, written(1), handled.by(1)),
            begin(processor, written(2, 50, 50), handled.by(2)),
        ]
        await settle(state)
        assert await processor.drain(0.05) == 2
        await asyncio.gather(*tasks, return_exceptions=True)
        assert handled.ended == []
        assert await left(state) == [1, 2]

    run_with(state, test)


def test_draining_nothing_is_over_at_once(state: State) -> None:
    async def test(inbox: Inbox, processor: ChatProcessor) -> None:
        assert await processor.drain(60) == 0

    run_with(state, test)


def test_what_stands_in_no_chat_is_handled_in_order_of_its_person() -> None:
    assert lane_of(read(written(1, -9, 42))) == lane_of(read(written(2, -9, 43)))
    assert lane_of(read(written(1, -9, 42))) != lane_of(read(written(2, 42, 42)))
    # An inline query is not held up by those before it, which are out of date.
    assert lane_of(read(typed(1, 42))) != lane_of(read(typed(2, 42)))
    # A person's id is their private chat's too, but typing is not to wait for an answer there.
    lanes = {lane_of(read(body)) for body in (typed(1, 42), typed(2, 43), written(3, 42, 42), {"update_id": 4})}
    assert len(lanes) == 4


def test_a_lane_is_there_only_as_long_as_somebody_wants_it() -> None:
    async def main() -> None:
        lanes = Lanes()
        async with lanes("a"), lanes("b"):
            assert len(lanes) == 2
            waiting = asyncio.create_task(hold(lanes, "a"))
            await asyncio.sleep(0)
            assert len(lanes) == 2
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        assert len(lanes) == 0
        with pytest.raises(LookupError):
            async with lanes("a"):
                raise LookupError
        assert len(lanes) == 0

    async def hold(lanes: Lanes, key: str) -> None:
        async with lanes(key):
            pass

    asyncio.run(main())


# After a crash.


def test_what_was_being_handled_at_a_crash_is_handled_alone_and_before_all_else(state: State) -> None:
    async def test(inbox: Inbox, processor: ChatProcessor) -> None:
        bodies = [written(number, number, number) for number in (1, 2, 3, 4)]
        await inbox.accept([(body, read(body)) for body in bodies])
        processor.quarantine.begin([3, 2])
        handled = Handled(2, 3, 4)
        order = [bodies[2], bodies[1], bodies[0], bodies[3]]
        tasks = [begin(processor, body, handled.by(body["update_id"])) for body in order]
        await settle(state)
        assert handled.begun == [3]
        # Only what is being handled would have a try, if it ended the process now.
        assert await state.run(begun) == [3]
        handled.let_go(3)
        await settle(state)
        assert handled.begun == [3, 2]
        handled.let_go(2)
        await settle(state)
        assert handled.begun == [3, 2, 1, 4]
        handled.let_go(4)
        await asyncio.gather(*tasks)
        assert await left(state) == []

    run_with(state, test)


def test_a_suspect_that_takes_its_time_holds_up_nobody_for_long(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.updates.processing._ALONE", 0.2)

    async def test(inbox: Inbox, processor: ChatProcessor) -> None:
        bodies = [written(number, number, number) for number in (1, 2, 3)]
        await inbox.accept([(body, read(body)) for body in bodies])
        processor.quarantine.begin([1, 2])
        handled = Handled(1)
        tasks = [begin(processor, body, handled.by(body["update_id"])) for body in bodies]
        await asyncio.gather(*tasks[1:])
        assert handled.ended == [2, 3]
        handled.let_go(1)
        await tasks[0]

    run_with(state, test)


def test_suspects_that_never_come_hold_up_nobody_for_ever(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.updates.processing._ALONE_ALL", 0.2)

    async def test(inbox: Inbox, processor: ChatProcessor) -> None:
        await inbox.accept([(written(1), read(written(1)))])
        processor.quarantine.begin([99])
        await begin(processor, written(1), Handled().by(1))
        assert await left(state) == []

    run_with(state, test)


def test_what_is_left_by_a_stop_in_good_order_has_had_no_try(state: State) -> None:
    async def test(inbox: Inbox, processor: ChatProcessor) -> None:
        await inbox.accept([(written(1), read(written(1)))])
        task = begin(processor, written(1), Handled(1).by(1))
        await settle(state)
        assert await state.run(begun) == [1]
        assert await processor.drain(0.05) == 1
        await asyncio.gather(task, return_exceptions=True)
        assert await left(state) == [1]
        assert await state.run(begun) == []

    run_with(state, test)


def begun(db: Connection) -> list[int]:
    return [number for (number,) in db.execute("SELECT update_id FROM inbox WHERE begun <> 0 AND body IS NOT NULL")]
