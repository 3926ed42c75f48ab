"""How many questions' transactions a second the state takes, in SQLite's file and from several bots in one PostgreSQL.

`python -m tests.scale.postgres_load` makes for each question the eight transactions that a bot makes, ten questions
side by side, with every commit on the disk.
"""

import asyncio
import multiprocessing
import sys
import tempfile
import time
from datetime import date
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Final

from bot.state import inbox, people, turns, usage
from bot.state.database import FILE, Database
from bot.state.state import State
from bot.state.usage import Limit, Limits
from tests.scale.postgres_server import PostgresServer

_QUESTIONS: Final = 400
_AT_ONCE: Final = 10
_BOTS: Final = (1, 2, 4, 8)
_UNLIMITED: Final = Limits(person=(Limit(1_000_000, 60),), chat=(Limit(1_000_000, 60),))


async def ask(state: State, number: int) -> None:
    """Make the transactions of one question and its answer."""
    person, now = number % 40 + 1, time.time()
    await state.run(inbox.store, [{"update_id": number, "message": {"text": "q" * 200}}], now)
    await state.run_unsynced(inbox.mark_begun, [number], True)
    await state.run(people.note_visit, person, now, private=True)
    await state.run(usage.ask, number, person, person, int(now), _UNLIMITED)
    await state.run(turns.history, person, None, person, now)
    await state.run(turns.note_exchange, person, None, person, 1, f"c{number}", "q", "r", now)
    await state.run(usage.count, date.today(), "answered", person, 30.0)
    await state.run(inbox.mark_finished, number)


async def ask_all(state: State, first: int) -> float:
    """Return the seconds that many questions take."""
    begun = time.monotonic()
    for start in range(first, first + _QUESTIONS, _AT_ONCE):
        await asyncio.gather(*(ask(state, number) for number in range(start, start + _AT_ONCE)))
    return time.monotonic() - begun


def work(address: str, first: int, taken: "Queue[tuple[float, int]]") -> None:
    """Be one of several bots: tell the seconds, and the number of transactions, repeated ones too."""
    from bot.state.postgres import Postgres

    state = Postgres(address, alone=False)
    taken.put((asyncio.run(ask_all(state, first)), state._number))
    state.close()


def main() -> None:
    """Measure, and print a line for each."""
    with tempfile.TemporaryDirectory() as folder:
        state = Database(Path(folder) / FILE)
        sys.stdout.write(f"SQLite, one bot: {_QUESTIONS / asyncio.run(ask_all(state, 1)):.0f} questions a second\n")
        state.close()
    with PostgresServer() as server:
        for bots in _BOTS:
            address = server.new_state()
            taken: Queue[tuple[float, int]] = multiprocessing.Queue()
            working = [
                multiprocessing.Process(target=work, args=(address, 1 + 100_000 * bot, taken)) for bot in range(bots)
            ]
            for one in working:
                one.start()
            found = [taken.get() for _ in working]
            for one in working:
                one.join()
            rate = bots * _QUESTIONS / max(seconds for seconds, _ in found)
            each = sum(transactions for _, transactions in found) / (bots * _QUESTIONS)
            sys.stdout.write(f"PostgreSQL, {bots} bots: {rate:.0f} questions a second, {each:.2f} transactions each\n")


if __name__ == "__main__":
    main()
