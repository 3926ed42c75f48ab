"""The running bot: puts its parts together, starts them, and stops them so that nothing in hand is lost."""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

from telegram import Update
from telegram.error import InvalidToken, NetworkError, RetryAfter
from telegram.ext import ExtBot

from bot.alerts import Alerts, forget_damage, tell_of_damage
from bot.application import application, telegram_bot
from bot.background import BackgroundTasks, keep_house
from bot.errors import BotError, DamagedError, StartError
from bot.feeds import check_addresses
from bot.handlers.gate import MOVED
from bot.health import HealthServer, Pulse
from bot.library import Library
from bot.lookout import Lookout
from bot.metrics import Metrics
from bot.options import Options
from bot.rate_limiter import RateLimiter
from bot.routing import Routed, present, route
from bot.sender import Courier
from bot.services import Peers, Services
from bot.state.choice import open_state
from bot.state.inbox import Body
from bot.state.usage import DAY, MINUTE, Limit, Limits
from bot.updates.inbox import Admission, Inbox, kind_of, well_formed
from bot.updates.polling import Poller, refused_token
from bot.updates.processing import HANDLED, ChatProcessor
from bot.updates.webhook import Webhook, WebhookReceiver
from bot.watches import FORGET, NEWS, WATCHES
from config.settings import BotSettings
from index.generation.durable import locked

if TYPE_CHECKING:
    from bot.updates.shared import SharedInbox
    from bot.web.public import PublicPage
    from bot.workers import Workers

# Seconds for updates in hand at a SIGTERM; systemd waits 90 s by default, docker stop 10.
_FINISHES_WITHIN: Final = 8.0
_LONGEST_PAUSE: Final = 30.0
_METRICS_EVERY: Final = 5.0

log = logging.getLogger("verbatim.bot")


def options_of(settings: BotSettings) -> Options:
    """Return the settings as the plain values that the bot's parts take."""
    limits = Limits(
        person=(Limit(settings.questions_a_minute, MINUTE), Limit(settings.questions_a_day, DAY)),
        chat=(Limit(settings.chat_questions_a_minute, MINUTE), Limit(settings.chat_questions_a_day, DAY)),
    )
    return Options(
        data=settings.data,
        state=settings.state_folder,
        database=settings.state_database,
        seeds=settings.seeds,
        model=settings.model,
        threshold=settings.answer_threshold,
        admins=frozenset(settings.telegram_admins),
        people=frozenset(settings.telegram_people),
        groups=frozenset(settings.telegram_groups),
        passages=settings.passages_shown,
        limits=limits,
        keep_days=settings.keep_days,
        log_questions=settings.log_questions,
        size_limit=settings.file_size_limit,
        reader=settings.reader,
        follow_links=settings.follow_links,
        unsure=settings.unsure_threshold,
        wrong_at_most=settings.wrong_at_most,
        feedback_buttons=settings.feedback_buttons,
        silent_in_groups=settings.silent_in_groups,
        engine=settings.index.get_secret_value(),
        encoders=settings.encoders,
        reindex_every=settings.reindex_every,
        feeds=settings.feeds,
    )


def run(settings: BotSettings, token: str, webhook: Webhook | None) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Raises:
        BotError: if it cannot start, or cannot go on.
    """
    folder = settings.state_folder
    # Of several workers none is alone; the state's database tells a bot that polls.
    with nullcontext() if settings.state_database and webhook else _only_bot(folder):
        try:
            asyncio.run(_Run(settings, token, webhook).run())
        except DamagedError as error:
            bot = _bot(settings, token, RateLimiter())
            asyncio.run(tell_of_damage(bot, settings.telegram_admins, folder, str(error)))
            raise


class _Run:
    """One run of the bot."""

    def __init__(self, settings: BotSettings, token: str, webhook: Webhook | None) -> None:
        self._settings = settings
        self._options = options_of(settings)
        self._webhook = webhook
        self._pulse = Pulse(waits=lambda: self._inbox.longest_wait(self._free_since))
        self._metrics = Metrics()
        check_addresses(self._options.feeds)
        self._state = open_state(self._options.state, self._options.database, alone=webhook is None)
        forget_damage(self._options.state)
        self._library = Library(self._options)
        self._lookout = Lookout(self._library, self._options.state / "watches")
        self._tasks = BackgroundTasks()
        # The parts around PTB's queue and processor need each other: the queue comes first.
        self._queue: asyncio.Queue[object] = asyncio.Queue()
        self._alone = Inbox(self._state, self._queue, self._read)
        self._processor = ChatProcessor(self._alone)
        self._workers = self._join() if self._options.database and webhook else None
        self._inbox: Inbox | SharedInbox = self._workers.inbox if self._workers else self._alone
        pace = self._workers.pace if self._workers else None
        self._rate_limiter = RateLimiter(self._metrics.count_request, self._note_waiting, pace)
        bot = _bot(settings, token, self._rate_limiter)
        self._application = application(bot, self._queue, self._processor)
        self._page: PublicPage | None = None
        self._stopped = asyncio.Event()

    def _join(self) -> "Workers":
        # Nothing of it is loaded where the bot is alone.
        from bot.workers import Workers

        return Workers(
            self._options.database, self._state, self._options.admins, self._read, lambda: self._stopped.set()
        )

    async def run(self) -> None:
        stopped = self._stopped
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
        self._state.on_damage(stopped.set)
        health, page = self._serve_health(), self._serve_page()
        self._page = page
        # The index is opened while Telegram is asked who the bot is.
        self._tasks.start(self._library.watch(), "library")
        try:
            if self._workers is not None:
                await self._workers.open()
            if not await _until_stopped(stopped, self._connect()):
                return
            if page is not None:
                page.introduce(self._application.bot.username)
            await self._work(stopped, self._services())
        finally:
            await self._tasks.stop()
            for server in (health, page):
                if server is not None:
                    await server.stop()
            await asyncio.to_thread(self._lookout.close)
            await asyncio.to_thread(self._library.close)
            if self._workers is not None:
                await self._workers.close()
            self._state.close()
            log.info("stopped")
        failure = self._workers.failure if self._workers is not None else None
        if (trouble := self._state.damage or failure) is not None:
            raise trouble

    async def _work(self, stopped: asyncio.Event, services: Services) -> None:
        application = self._application
        alerts = Alerts(services, self._pulse, self._tasks)
        self._state.on_trouble(alerts.disk)
        self._library.on_change(alerts.index_changed)
        routed = route(application, services, self._tasks, self._lookout)
        await routed.gate.follow()
        if self._workers is None:
            found = await self._alone.resume_unfinished()
            alerts.set_aside(found.set_aside)
            self._processor.quarantine.begin(found.suspects)
        await application.start()
        source = self._update_source(alerts, Admission(self._inbox, routed.gate, routed.buttons.expect))
        try:
            working = [asyncio.create_task(source.run())]
            self._tasks.start(routed.watches.run(), "watches")
            self._library.on_change(routed.watches.wake)
            self._tasks.start(self._measure(), "metrics")
            if self._workers is None:
                self._lead(routed, services)
            else:
                working.append(asyncio.create_task(self._take_part(self._workers, routed, services, alerts)))
            log.info("answering", extra={"bot": services.username, "by": "webhook" if self._webhook else "polling"})
            await _until_stopped(stopped, asyncio.gather(*working))
        finally:
            for task in working:
                task.cancel()
            # Updates for a damaged file are not confirmed: Telegram still has them.
            if self._state.damage is None:
                await source.stop()
            left = await (self._workers or self._processor).drain(_FINISHES_WITHIN)
            if left:
                log.warning("some updates are left for the next start", extra={"updates": left})
            await self._tasks.stop()
            await application.stop()
            await application.shutdown()

    def _lead(self, routed: Routed, services: Services) -> None:
        """Begin what one bot does for all: the only one there is, or the leader of several workers."""
        admins, home = sorted(self._options.admins), self._settings.public_url or ""
        self._tasks.start(routed.resume(), "resume")
        self._tasks.start(routed.telling.run(), "news")
        self._tasks.start(present(services.bot, self._state, admins, home), "commands")
        self._tasks.start(keep_house(services), "housekeeping")
        self._tasks.start(routed.scheduler.run(), "scheduler")
        self._tasks.start(routed.following.run(), "feeds")

    async def _take_part(self, workers: "Workers", routed: Routed, services: Services, alerts: Alerts) -> None:
        """Handle updates as one of several workers, and lead them where nobody else does."""

        def lead() -> None:
            self._lead(routed, services)
            self._tasks.start(workers.pace.tidy(), "pace")
            alerts.index_changed()
            routed.watches.wake()

        calls: dict[str, Callable[[], None]] = {
            WATCHES: routed.watches.wake,
            NEWS: routed.telling.wake,
            MOVED: lambda: self._tasks.start(routed.gate.follow(), "groups"),
            FORGET: lambda: self._tasks.start(asyncio.to_thread(self._lookout.forget), "forgetting"),
        }
        await workers.run(self._application.process_update, alerts.set_aside, calls, lead)

    async def _connect(self) -> None:
        """Learn the bot's own name; trouble on the way is waited out.

        Raises:
            StartError: if Telegram does not know the token.
        """
        pause = 1.0
        while True:
            try:
                await self._application.initialize()
            except InvalidToken as error:
                raise StartError(refused_token()) from error
            except RetryAfter as error:
                pause = min(_LONGEST_PAUSE, pause * 2)
                log.warning("Telegram asks to wait", extra={"reason": str(error)})
            except NetworkError as error:
                pause = min(_LONGEST_PAUSE, pause * 1.5)
                log.warning("Telegram cannot be reached; trying again", extra={"reason": str(error)})
            else:
                return
            await asyncio.sleep(pause)

    def _services(self) -> Services:
        bot = self._application.bot
        return Services(
            options=self._options,
            bot=bot,
            username=bot.username,
            state=self._state,
            library=self._library,
            courier=Courier(bot, self._state),
            metrics=self._metrics,
            now=time.time,
            waited=self._inbox.waited,
            pending=lambda: self._inbox.pending,
            held_up=self._rate_limiter.is_waiting_for,
            peers=self._workers.peers if self._workers else Peers(),
            page_of=self._page.address_of if self._page else None,
        )

    def _update_source(self, alerts: Alerts, intake: Admission) -> Poller | WebhookReceiver:
        async def take(bodies: list[Body]) -> None:
            for body in bodies:
                self._metrics.count_update(kind_of(body))
            await intake.take(bodies)

        if self._webhook is None:
            return Poller(self._application.bot, take, self._pulse, alerts.conflict)
        leads = self._workers.peers.leads if self._workers else None
        return WebhookReceiver(self._application.bot, self._webhook, take, self._pulse, leads or (lambda: True))

    def _free_since(self, lane: Hashable) -> float:
        match lane:
            case ("chat", int(chat)):
                return self._rate_limiter.free_since(chat)
            case _:
                return 0.0

    async def _note_waiting(self, waits: bool) -> None:
        """Do not count time spent waiting for Telegram as a try: nothing happens in it that could end the process."""
        update_id = HANDLED.get()
        if update_id is not None and waits:
            await self._inbox.pardon([update_id])
        elif update_id is not None:
            await self._inbox.begin(update_id)

    def _read(self, body: Body) -> Update | None:
        try:
            return Update.de_json(well_formed(body), self._application.bot)
        except Exception:
            # One update that cannot be parsed must not hold up all others.
            log.warning("an update is not as Telegram's documentation says", exc_info=True)
            return None

    async def _measure(self) -> None:
        while True:
            self._metrics.inbox_pending.set(self._inbox.pending)
            self._metrics.state_bytes.set(await self._state.size())
            await asyncio.sleep(_METRICS_EVERY)

    def _serve_health(self) -> HealthServer | None:
        if not self._settings.health_port:
            return None
        server = HealthServer(self._settings.health_port, self._pulse, self._metrics.registry)
        try:
            server.start()
        except OSError as error:
            raise StartError(
                f"port {self._settings.health_port} cannot be listened on ({error.strerror}): set another one with "
                "VERBATIM_HEALTH_PORT"
            ) from error
        return server

    def _serve_page(self) -> "PublicPage | None":
        settings = self._settings
        if settings.public_url is None:
            return None
        # Nothing of it is loaded where there is no page.
        from bot.web.initdata import MiniAppUsers
        from bot.web.public import PublicPage

        enter = MiniAppUsers(self._application.bot.token).enter
        page = PublicPage(
            self._state,
            self._library,
            self._options,
            settings.public_url,
            settings.web_listen,
            settings.web_port,
            enter,
        )
        page.start()
        log.info("serving the page", extra={"url": settings.public_url, "port": page.port})
        return page


def _bot(settings: BotSettings, token: str, rate_limiter: RateLimiter) -> ExtBot[None]:
    proxy = settings.telegram_proxy.get_secret_value() if settings.telegram_proxy is not None else None
    return telegram_bot(token, settings.telegram_api_url, proxy, rate_limiter)


async def _until_stopped(stopped: asyncio.Event, work: Awaitable[object]) -> bool:
    """Do some work to its end, unless the bot is to stop before: False then, and the work is cancelled."""
    working = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(stopped.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if working.done():
        working.result()
        return True
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    return False


@contextmanager
def _only_bot(state: Path) -> Iterator[None]:
    """Hold the bot's lock on its state's folder; the system frees it when the process ends, however it ends."""
    with ExitStack() as stack:
        try:
            state.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(state / "bot.lock", wait=False))
        except PermissionError as error:
            raise StartError(
                f"the bot cannot write its state into {state} ({error.strerror}): give that folder to the user who "
                f"runs the bot (chown -R), or name another for the state alone with VERBATIM_STATE"
            ) from error
        except BlockingIOError as error:
            raise BotError(
                f"another bot works with the state in {state}: stop it, or name another folder with VERBATIM_STATE"
            ) from error
        yield
