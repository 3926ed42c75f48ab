"""Several bots as workers on one state, behind a small load balancer that gives each connection to the next of them."""

import asyncio
import itertools
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.telegram.bad_days import UNLIMITED, free_port
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer

SECRET: Final = "a-secret_of-letters_and-digits_0123456789"
_STARTED_WITHIN: Final = 10.0
_CHUNK: Final = 65536


class Balancer:
    """A load balancer on loopback: each connection goes to the next port where somebody listens."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.port = free_port()
        self._ports = ports
        self._turns = itertools.count()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="balancer", daemon=True)

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        assert self._ready.wait(_STARTED_WITHIN)

    def stop(self) -> None:
        """Listen no longer."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        self._ready.set()
        await self._stopping.wait()
        server.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turns)
        for turn in range(len(self._ports)):
            port = self._ports[(first + turn) % len(self._ports)]
            with suppress(OSError):
                towards, back = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(_copy(reader, back), _copy(towards, writer))
                return
        writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await source.read(_CHUNK):
            target.write(some)
            await target.drain()
    target.close()


class WorkerGroup:
    """Workers on one state in PostgreSQL, with one data folder, and the load balancer that Telegram is told of.

    Parameters:
        address: of the state's database.
        settings: of each worker's environment, by name without `VERBATIM_`, in lower case.
    """

    def __init__(
        self, server: BotApiServer, address: str, data: Path, folder: Path, count: int, **settings: object
    ) -> None:
        self.server = server
        self._address = address
        ports = [free_port() for _ in range(count)]
        self._balancer = Balancer(ports)
        shared = {
            "state": address,
            "telegram_webhook_url": f"http://127.0.0.1:{self._balancer.port}/hook",
            "telegram_webhook_secret": SECRET,
            **UNLIMITED,
            **settings,
        }
        self.workers = [
            BotProcess(server, data, folder / f"worker-{number}.log", telegram_webhook_port=port, **shared)
            for number, port in enumerate(ports)
        ]

    def __enter__(self) -> Self:
        self._balancer.start()
        for worker in self.workers:
            worker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            if worker.process is not None and worker.process.poll() is None:
                worker.kill()
        self._balancer.stop()

    def kept(self, query: str) -> list[tuple[object, ...]]:
        """The rows of the state that a query finds, as another program sees them."""
        import psycopg  # which the tests do without where they skip

        with psycopg.connect(self._address) as state:
            found: list[tuple[object, ...]] = state.execute(query).fetchall()
            return found

    def change(self, statement: str) -> None:
        """Change the state behind the workers' backs."""
        import psycopg

        with psycopg.connect(self._address) as state:
            state.execute(statement)

    def leader(self) -> BotProcess | None:
        """The worker that leads, None while none does."""
        running = [one for one in self.workers if one.process is not None and one.process.poll() is None]
        leading = [one for one in running if "this worker leads" in one.said.rpartition('"event": "answering"')[2]]
        return leading[0] if leading else None

    def said(self) -> str:
        """What all logs say."""
        return "\n".join(worker.said for worker in self.workers)
