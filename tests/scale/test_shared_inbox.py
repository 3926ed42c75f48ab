"""What several workers share without a word between them: lanes, bounds, suspects, turns, the pace, and who leads."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from telegram import Update

from bot.state.inbox import MOST_TRIES, Body
from bot.updates.origin import PER_LANE, PER_PERSON
from tests.bot.test_inbox import body, pairs, whole
from tests.scale.postgres_server import PostgresServer

_PATIENCE: Final = 20.0


@pytest.fixture
def address(postgres: PostgresServer) -> str:
    """The address of a state that nobody has used."""
    return postgres.new_state()


@dataclass
class Worker:
    """A worker without Telegram.

    Attributes:
        handled: the numbers of the updates that it has handled.
        set_aside: those of updates that it has given up.
        lost: not empty where it had to end.
        heard: the words that it has heard.
    """

    workers: Any
    state: Any
    handled: list[int] = field(default_factory=list)
    set_aside: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def has_begun(self) -> bool:
        """Return whether an update is in hand."""
        return bool(self.workers.inbox.pending)

    async def takes(self, *bodies: Body) -> list[int]:
        """Receive updates; return the numbers of those that found no room."""
        return [update.update_id for update in await self.workers.inbox.accept(pairs(*bodies))]


@asynccontextmanager
async def worker(
    address: str, handle: Callable[[Update], Awaitable[None]] | None = None, admins: frozenset[int] = frozenset()
) -> AsyncIterator[Worker]:
    """A worker that takes part, and at the end is gone as one that was killed is."""
    from bot.state.postgres import Postgres
    from bot.workers import Workers

    state = Postgres(address, alone=False)
    ended: list[int] = []
    one = Worker(Workers(address, state, admins, whole, lambda: ended.append(1)), state, lost=ended)

    async def handled(update: Update) -> None:
        if handle is not None:
            await handle(update)
        one.handled.append(update.update_id)

    await one.workers.open()
    running = asyncio.create_task(
        one.workers.run(
            handled,
            lambda updates: one.set_aside.extend(update.update_id for update in updates),
            {"news": lambda: one.heard.append("news")},
            lambda: None,
        )
    )
    try:
        yield one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await one.workers.close()
        for task in one.workers.inbox._running.values():
            task.cancel()
        state.close()


async def until(true: Callable[[], object]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + _PATIENCE
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def test_a_chat_is_handled_by_one_at_a_time_and_in_order_whoever_receives_it(address: str) -> None:
    order: list[int] = []
    at_once: list[int] = []

    async def slow(update: Update) -> None:
        at_once.append(1)
        assert len(at_once) == 1
        await asyncio.sleep(0.02)
        order.append(update.update_id)
        at_once.pop()

    async def run() -> None:
        async with worker(address, slow) as one, worker(address, slow) as other:
            for number in range(1, 31):
                await (one, other)[number % 2].takes(body(number, person=7))
            await until(lambda: len(order) == 30)

    asyncio.run(run())
    assert order == list(range(1, 31))


def test_what_a_worker_held_when_it_was_gone_is_handled_by_another(address: str) -> None:
    async def never(update: Update) -> None:
        await asyncio.sleep(3600)

    async def run() -> list[int]:
        async with worker(address) as other:
            async with worker(address, never) as one:
                await one.takes(body(1, person=7), body(2, person=7))
                await asyncio.sleep(0.3)
                assert other.handled == []
            await until(lambda: len(other.handled) == 2)
            return other.handled

    assert asyncio.run(run()) == [1, 2]


def test_an_update_that_ends_three_workers_is_set_aside_and_no_other_is(address: str) -> None:
    async def never(update: Update) -> None:
        await asyncio.sleep(3600)

    async def run() -> tuple[list[int], list[int]]:
        for number in range(MOST_TRIES):
            async with worker(address, never) as one:
                if not number:
                    await one.takes(body(1, person=7), body(2, person=7))
                await until(one.has_begun)
                await asyncio.sleep(0.3)
        async with worker(address) as last:
            await until(lambda: last.handled)
            return last.set_aside, last.handled

    assert asyncio.run(run()) == ([1], [2])


def test_suspects_are_handled_one_at_a_time_by_all_workers(address: str) -> None:
    at_once = 0
    most = 0

    async def never(update: Update) -> None:
        await asyncio.sleep(3600)

    async def counted(update: Update) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.05)
        at_once -= 1

    async def run() -> None:
        async with worker(address, never) as one:
            await one.takes(*(body(number) for number in range(1, 9)))
            await until(lambda: one.workers.inbox.pending == 8)
            await asyncio.sleep(0.3)
        async with worker(address, counted) as one, worker(address, counted) as other:
            await until(lambda: len(one.handled) + len(other.handled) == 8)

    asyncio.run(run())
    assert most == 1


def test_a_flood_of_one_person_fills_its_room_once_over_all_workers(address: str) -> None:
    async def never(update: Update) -> None:
        await asyncio.sleep(3600)

    async def run() -> tuple[int, int]:
        async with worker(address, never) as one, worker(address, never) as other:
            left_out = 0
            for number in range(1, 81):
                left_out += len(await (one, other)[number % 2].takes(body(number, person=7, chat=-number)))
            of_a_person = 80 - left_out
            taken = 0
            for number in range(101, 201):
                taken += not await (one, other)[number % 2].takes(body(number, person=number, chat=-5000))
            return of_a_person, taken

    assert asyncio.run(run()) == (PER_PERSON, PER_LANE)


def test_whoever_floods_a_group_leaves_room_there_for_others(address: str) -> None:
    async def never(update: Update) -> None:
        await asyncio.sleep(3600)

    async def run() -> None:
        async with worker(address, never) as one:
            for number in range(1, PER_PERSON + 1):
                assert await one.takes(body(number, person=7, chat=-5000)) == []
            assert await one.takes(body(100, person=7, chat=-5000)) == [100]
            assert one.workers.inbox.is_full_for(whole(body(101, person=7, chat=-5000)))
            assert not one.workers.inbox.is_full_for(whole(body(102, person=8, chat=-5000)))
            assert await one.takes(body(102, person=8, chat=-5000)) == []

    asyncio.run(run())


def test_only_the_leader_handles_what_begins_work_and_another_leads_when_it_is_gone(address: str) -> None:
    async def run() -> None:
        admins = frozenset({99})
        async with worker(address, admins=admins) as other:
            await until(lambda: other.workers.peers.leads())
            async with worker(address, admins=admins) as follower:
                await follower.takes(body(1, "/reindex", person=99), body(2, "/export", person=7), body(3, person=8))
                await until(lambda: len(other.handled) + len(follower.handled) == 3)
                assert sorted(other.handled) == [1, 2]
                assert follower.handled == [3]
        async with worker(address, admins=admins) as next_one:
            await next_one.takes(body(4, "/reindex", person=99))
            await until(lambda: next_one.handled == [4])

    asyncio.run(run())


def test_what_was_left_to_a_leader_that_ends_is_handled_by_the_next(address: str) -> None:
    async def never(update: Update) -> None:
        await asyncio.sleep(3600)

    async def run() -> None:
        admins = frozenset({99})
        async with worker(address, admins=admins) as follower:
            async with worker(address, never, admins) as other:
                await until(lambda: follower.workers.peers.leads() or other.workers.peers.leads())
                leader = other if other.workers.peers.leads() else follower
                await follower.takes(body(1, "/reindex", person=99))
                await until(lambda: leader.has_begun() or leader.handled)
            await until(lambda: follower.handled == [1])

    asyncio.run(run())


def test_unfinished_updates_of_a_bot_alone_are_taken_up(address: str) -> None:
    from bot.state.inbox import store
    from bot.state.postgres import Postgres

    state = Postgres(address)
    asyncio.run(state.run(store, [body(1, person=7), body(2, person=8)], 1_700_000_000.0))
    state.close()

    async def run() -> list[int]:
        async with worker(address) as one:
            await until(lambda: len(one.handled) == 2)
            return sorted(one.handled)

    assert asyncio.run(run()) == [1, 2]


def test_nothing_of_whose_turn_it_was_outlives_an_update(address: str) -> None:
    async def run() -> Any:
        async with worker(address) as one:
            await one.takes(body(1, person=7))
            await until(lambda: one.handled)
            await asyncio.sleep(0.2)
            return await one.state.run(lambda db: db.execute("SELECT body, lane, sender FROM inbox").fetchall())

    assert asyncio.run(run()) == [(None, None, None)]


def test_a_bot_that_polls_and_workers_refuse_each_other(address: str) -> None:
    from bot.errors import BotError
    from bot.state.postgres import Postgres

    for first, second in ((True, False), (False, True)):
        state = Postgres(address, alone=first)
        with pytest.raises(BotError, match="take updates by webhook alone"):
            Postgres(address, alone=second)
        state.close()


def test_messages_of_all_workers_keep_one_pace(address: str) -> None:
    times: list[float] = []

    async def run() -> None:
        async with worker(address) as one, worker(address) as other:

            async def send(number: int) -> None:
                await (one, other)[number % 2].workers.pace.wait(number)
                times.append(time.monotonic())

            await asyncio.gather(*map(send, range(90)))
            began = time.monotonic()
            for number in range(5):
                await (one, other)[number % 2].workers.pace.wait(-5)
            assert 2.5 < time.monotonic() - began < 6.0
            await one.workers.pace.hold(1000, 1.0)
            began = time.monotonic()
            await other.workers.pace.wait(1000)
            assert time.monotonic() - began > 0.9

    asyncio.run(run())
    times.sort()
    assert max(sum(1 for one in times[start:] if one < times[start] + 0.95) for start in range(len(times))) <= 30


def test_one_persons_turn_is_held_by_one_worker(address: str) -> None:
    async def run() -> list[str]:
        said: list[str] = []
        async with worker(address) as one, worker(address) as other:

            async def turn(by: Worker, name: str) -> None:
                async with by.workers.peers.turns(7):
                    said.append(f"{name} begins")
                    await asyncio.sleep(0.2)
                    said.append(f"{name} ends")

            await asyncio.gather(turn(one, "one"), turn(other, "other"))
        return said

    said = asyncio.run(run())
    assert [line.split()[1] for line in said] == ["begins", "ends", "begins", "ends"]


def test_a_word_that_one_rings_is_heard_by_all(address: str) -> None:
    async def run() -> None:
        async with worker(address) as one, worker(address) as other:
            while not (one.heard and other.heard):
                await one.workers.peers.ring("news")
                await asyncio.sleep(0.1)

    asyncio.run(asyncio.wait_for(run(), _PATIENCE))


def test_a_leader_that_lost_its_lock_to_another_ends_and_a_lane_that_was_lost_is_let_go(
    address: str, postgres: PostgresServer
) -> None:
    async def never(update: Update) -> None:
        await asyncio.sleep(3600)

    async def run() -> None:
        from bot.state.coordination import Coordination

        async with worker(address, never) as one:
            await until(one.workers.peers.leads)
            await one.takes(body(1, person=7))
            await until(one.has_begun)
            assert one.workers.failure is None
            other = Coordination(address)
            await other.open()
            connection = one.workers.coordination._connection
            assert connection is not None
            postgres.execute(f"SELECT pg_terminate_backend({connection.info.backend_pid})")
            while len(await other.take_of(["leader", "chat 7"], 2)) < 2:
                await asyncio.sleep(0.01)
            await until(lambda: one.lost and not one.has_begun())
            assert "another worker leads by now" in str(one.workers.failure)
            await other.close()

    asyncio.run(run())


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGQUIT])
def test_locks_outlive_a_server_that_is_started_anew(
    address: str, postgres: PostgresServer, sign: signal.Signals
) -> None:
    """Nobody gets what another has in hand, though the server has forgotten it."""

    async def run() -> None:
        async with worker(address) as one, worker(address) as other:
            await until(lambda: one.workers.peers.leads() or other.workers.peers.leads())
            assert await one.workers.coordination.take("lane")
            await asyncio.to_thread(postgres.stop, sign)
            await asyncio.to_thread(postgres.start)
            end = time.monotonic() + 8
            while time.monotonic() < end:
                assert not await other.workers.coordination.take("lane")
                await asyncio.sleep(0.1)
            assert one.lost == other.lost == []
            assert one.workers.peers.leads() != other.workers.peers.leads()

    asyncio.run(run())
