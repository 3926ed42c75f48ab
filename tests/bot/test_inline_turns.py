"""Of the queries that people type one a person is searched for at a time, and only the newest that waits."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.handlers.inline import NewestTurns


class Searches:
    """Searches that end when they are told to; what became of each, in order."""

    def __init__(self, turns: NewestTurns) -> None:
        self._turns = turns
        self.begun: list[tuple[int, int]] = []
        self.dropped: list[tuple[int, int]] = []
        self._ends: dict[tuple[int, int], asyncio.Event] = {}
        self.tasks: dict[tuple[int, int], asyncio.Task[None]] = {}

    def ask(self, person: int, number: int) -> None:
        self._ends[person, number] = asyncio.Event()
        self.tasks[person, number] = asyncio.create_task(self._search(person, number))

    async def end(self, person: int, number: int) -> None:
        self._ends[person, number].set()
        await self.tasks[person, number]
        await settle()

    async def _search(self, person: int, number: int) -> None:
        async with self._turns.turn(person, number) as has_turn:
            (self.begun if has_turn else self.dropped).append((person, number))
            if has_turn:
                await self._ends[person, number].wait()


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(500):
        await asyncio.sleep(0)


def run(at_once: int, test: Callable[[Searches], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(10):
            await test(Searches(NewestTurns(at_once)))

    asyncio.run(main())


def test_twenty_people_who_type_sixty_letters_each_cost_two_searches_each() -> None:
    async def test(searches: Searches) -> None:
        people = range(20)
        for letter in range(60):
            for person in people:
                searches.ask(person, letter * 20 + person)
        await settle()
        assert searches.begun == [(0, 0)]
        for _ in people:
            await searches.end(*searches.begun[-1])
        assert sorted(searches.begun[1:]) == [(person, 59 * 20 + person) for person in people]
        assert len(searches.begun) == 21
        assert len(searches.dropped) == 20 * 60 - 21

    run(1, test)


def test_one_persons_searches_do_not_take_two_turns_at_once() -> None:
    async def test(searches: Searches) -> None:
        for person, number in ((1, 1), (1, 2), (2, 3), (3, 4)):
            searches.ask(person, number)
        await settle()
        assert searches.begun == [(1, 1), (2, 3)]
        await searches.end(2, 3)
        assert searches.begun == [(1, 1), (2, 3), (3, 4)]
        await searches.end(1, 1)
        assert searches.begun[-1] == (1, 2)

    run(2, test)


@pytest.mark.parametrize("begun", [True, False])
def test_what_is_cancelled_gives_its_turn_to_the_next(begun: bool) -> None:
    async def test(searches: Searches) -> None:
        for person in (1, 2, 3):
            searches.ask(person, person)
        await settle()
        cancelled = (1, 1) if begun else (2, 2)
        searches.tasks[cancelled].cancel()
        await settle()
        if not begun:
            await searches.end(1, 1)
        assert searches.begun == [(1, 1), (2, 2) if begun else (3, 3)]

    run(1, test)


def test_a_search_that_fails_gives_its_turn_back() -> None:
    async def test(searches: Searches) -> None:
        turns = NewestTurns(1)
        for _ in range(3):
            with pytest.raises(ValueError, match="failed"):
                async with turns.turn(1, 1):
                    raise ValueError("failed")

    run(1, test)
