"""Who may not get in, or sends too much, is stored nowhere, and is told so once a minute at most."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.background import BackgroundTasks
from bot.handlers.gate import Gate
from bot.library import Library
from bot.metrics import Metrics
from bot.options import Options
from bot.sender import Courier
from bot.services import Services
from bot.state import people
from bot.state.connection import Connection
from bot.state.inbox import unfinished
from bot.state.state import State
from bot.updates.inbox import Admission, Inbox, well_formed
from bot.updates.origin import PER_LANE, PER_PERSON
from tests.bot.line import AnyBot, speak
from tests.telegram.server import BotApiServer, Chat, Person

ADMIN = 900_001
TOO_MUCH = "That is more than I can take at once"


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


@pytest.fixture
def ada(server: BotApiServer) -> Person:
    return server.person("Ada")


@dataclass
class Entrance:
    """An intake over a real inbox, and what Telegram has to bring."""

    server: BotApiServer
    state: State
    inbox: Inbox
    gate: Gate
    intake: Admission
    services: Services

    async def bring(self) -> None:
        """Bring everything that people did since the last time, and let what follows from it happen."""
        bodies = self.server.pending_updates
        with self.server.world.lock:
            self.server.world.updates.clear()
        for start in range(0, len(bodies), 100):
            await self.intake.take(bodies[start : start + 100])
        while self.gate._busy:
            await asyncio.sleep(0.01)

    async def stored(self) -> list[int]:
        """Whose updates are stored, one by one."""
        bodies = await self.state.run(unfinished)
        updates = [Update.de_json(well_formed(body), None) for body in bodies]
        return [update.effective_user.id for update in updates if update.effective_user is not None]


def enter(
    server: BotApiServer, state: State, tmp_path: Path, test: Callable[[Entrance], Awaitable[None]], options: Options
) -> None:
    async def with_bot(bot: AnyBot) -> None:
        queue: asyncio.Queue[object] = asyncio.Queue()
        inbox = Inbox(state, queue, lambda body: Update.de_json(well_formed(body), bot))
        services = Services(
            options=options,
            bot=bot,
            username="verbatim_bot",
            state=state,
            library=Library(options),
            courier=Courier(bot, state),
            metrics=Metrics(),
            now=time.time,
            waited=inbox.waited,
            pending=lambda: inbox.pending,
            held_up=lambda chat: False,
        )
        tasks = BackgroundTasks()
        gate = Gate(services, tasks)
        await test(Entrance(server, state, inbox, gate, Admission(inbox, gate, lambda update: None), services))
        await tasks.stop()

    speak(server, with_bot)


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(tmp_path, tmp_path, tmp_path, "", 0.5, admins=frozenset({ADMIN}))


def said(server: BotApiServer, chat: Chat) -> list[str]:
    return [message.text for message in server.messages(chat) if message.sender == server.bot]


def flood(person: Person, chat: Chat, count: int, words: str = "/help@verbatim_bot") -> None:
    """Write that often, 57 times a minute by Telegram's clock: too slow for the limit of a minute."""
    now = time.time()
    for number in range(count):
        person.writes(chat, words, date=now - (count - number) * 60 / 57)


def test_of_a_flood_in_private_so_much_is_stored_and_one_line_is_said(
    server: BotApiServer, state: State, tmp_path: Path, options: Options, ada: Person
) -> None:
    mallory = server.person("Mallory")

    async def test(entrance: Entrance) -> None:
        flood(mallory, server.private(mallory), 300)
        ada.writes(server.private(ada), "Who named the comet?")
        await entrance.bring()
        assert await entrance.stored() == [mallory.id] * PER_PERSON + [ada.id]
        flood(mallory, server.private(mallory), 300)
        await entrance.bring()
        assert len(await entrance.stored()) == PER_PERSON + 1
        (line,) = said(server, server.private(mallory))
        assert line.startswith(TOO_MUCH)
        assert said(server, server.private(ada)) == []

    enter(server, state, tmp_path, test, options)


def test_a_flood_over_many_groups_is_as_much_as_one_in_one(
    server: BotApiServer, state: State, tmp_path: Path, options: Options, ada: Person
) -> None:
    mallory = server.person("Mallory")
    dens = [server.group(f"Den {number}", mallory) for number in range(20)]

    async def test(entrance: Entrance) -> None:
        for den in dens:
            flood(mallory, den, 20)
        ada.writes(server.private(ada), "Who named the comet?")
        await entrance.bring()
        assert await entrance.stored() == [mallory.id] * PER_PERSON + [ada.id]
        # A group gets 20 messages a minute: none is spent on saying that there are too few.
        assert [said(server, den) for den in dens] == [[]] * 20
        assert not server.calls_of("sendMessage")

    enter(server, state, tmp_path, test, options)


def test_many_accounts_in_one_group_fill_that_group_alone(
    server: BotApiServer, state: State, tmp_path: Path, options: Options, ada: Person
) -> None:
    gang = [server.person(f"M{number}") for number in range(10)]
    den = server.group("Den", *gang)

    async def test(entrance: Entrance) -> None:
        for one in gang:
            flood(one, den, 20)
        ada.writes(server.private(ada), "Who named the comet?")
        await entrance.bring()
        assert len(await entrance.stored()) == PER_LANE + 1
        assert (await entrance.stored())[-1] == ada.id
        assert said(server, den) == []

    enter(server, state, tmp_path, test, options)


def test_presses_count_and_those_turned_away_are_acknowledged_one_at_a_time(
    server: BotApiServer, state: State, tmp_path: Path, options: Options
) -> None:
    mallory = server.person("Mallory")
    den = server.group("Den", mallory)
    message = mallory.writes(den, "Look")

    async def test(entrance: Entrance) -> None:
        await entrance.bring()
        presses = [mallory.presses_data(message, "again-again-agai:q") for _ in range(50)]
        await entrance.bring()
        assert len(await entrance.stored()) == PER_PERSON
        told = [press.query.answer for press in presses if press.query.answer]
        assert [answer["text"][: len(TOO_MUCH)] for answer in told] == [TOO_MUCH]
        # Typing takes no room from them, and has as much as a lane.
        queries = [mallory.asks_inline(f"comet {number}") for number in range(PER_LANE + 5)]
        await entrance.bring()
        assert len(await entrance.stored()) == PER_PERSON + PER_LANE
        assert [query.query.answer["results"] for query in queries if query.query.answer] == [[]]

    enter(server, state, tmp_path, test, options)


def test_the_sixty_first_of_a_minute_is_not_stored_but_an_admins_hundredth_is(
    server: BotApiServer, state: State, tmp_path: Path, options: Options
) -> None:
    mallory, nora = server.person("Mallory"), server.person("Nora", id=ADMIN)

    async def test(entrance: Entrance) -> None:
        for _ in range(4):
            for person in (mallory, nora):
                for _ in range(25):
                    person.writes(server.private(person), "Who?", date=1_790_000_000)
            await entrance.bring()
            for body in await state.run(unfinished):
                if body["message"]["from"]["id"] == mallory.id:
                    await entrance.inbox.finish(body["update_id"])
        assert await entrance.stored() == [nora.id] * 100
        assert await state.run(numbers) == 100 + 60
        (line,) = said(server, server.private(mallory))
        assert line.startswith(TOO_MUCH)

    enter(server, state, tmp_path, test, options)


def numbers(db: Connection) -> int:
    return int(db.execute("SELECT count(*) FROM inbox").fetchone()[0])


def test_nothing_of_a_banned_person_is_stored_and_what_waits_of_theirs_is_not_handled(
    server: BotApiServer, state: State, tmp_path: Path, options: Options, ada: Person
) -> None:
    mallory = server.person("Mallory")

    async def test(entrance: Entrance) -> None:
        message = mallory.writes(server.private(mallory), "Before")
        (waiting,) = server.pending_updates
        await entrance.bring()
        assert await entrance.stored() == [mallory.id]
        await state.run(people.ban, mallory.id, ADMIN, 0.0)
        mallory.writes(server.private(mallory), "After")
        press = mallory.presses_data(message, "again-again-agai:q")
        ada.writes(server.private(ada), "Who?")
        await entrance.bring()
        assert await entrance.stored() == [mallory.id, ada.id]
        assert await state.run(numbers) == 2
        answer = press.answer()
        assert answer is not None
        assert answer["text"] == ""
        update = Update.de_json(well_formed(waiting), entrance.services.bot)
        with pytest.raises(ApplicationHandlerStop):
            await entrance.gate.check(update, None)  # type: ignore[arg-type]  # no gate looks at the context
        assert said(server, server.private(mallory)) == []

    enter(server, state, tmp_path, test, options)


def test_a_stranger_to_a_private_bot_is_told_once_and_not_stored(
    server: BotApiServer, state: State, tmp_path: Path, options: Options, ada: Person
) -> None:
    stranger = server.person("Mallory")

    async def test(entrance: Entrance) -> None:
        for _ in range(30):
            stranger.writes(server.private(stranger), "Let me in")
        ada.writes(server.private(ada), "Who?")
        await entrance.bring()
        assert await entrance.stored() == [ada.id]
        (line,) = said(server, server.private(stranger))
        assert str(stranger.id) in line

    enter(server, state, tmp_path, test, replace(options, people=frozenset({ada.id})))


def test_a_group_that_is_not_on_the_list_is_left_once_and_stores_nothing(
    server: BotApiServer, state: State, tmp_path: Path, options: Options, ada: Person
) -> None:
    den = server.group("Den", ada)

    async def test(entrance: Entrance) -> None:
        flood(ada, den, 50)
        await entrance.bring()
        assert await entrance.stored() == []
        assert len(said(server, den)) == 1
        assert len(server.calls_of("leaveChat")) == 1
        assert den.members[server.bot.id] == "left"

    enter(server, state, tmp_path, test, replace(options, groups=frozenset({-1})))


def test_what_telegram_brings_again_is_neither_counted_nor_turned_away(
    server: BotApiServer, state: State, tmp_path: Path, options: Options, ada: Person
) -> None:
    """As after a kill before the fetch that would have confirmed it."""

    async def test(entrance: Entrance) -> None:
        for _ in range(PER_PERSON):
            ada.writes(server.private(ada), "Who?")
        again = server.pending_updates
        await entrance.bring()
        for _ in range(3):
            await entrance.intake.take(again)
        assert len(await entrance.stored()) == PER_PERSON
        await asyncio.sleep(0.05)
        assert said(server, server.private(ada)) == []

    enter(server, state, tmp_path, test, options)
