"""/reindex: brings the index up to date in a process of its own, its progress edited into one message.

The bot goes on answering meanwhile, and holds none of the build's memory.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from telegram import Update
from telegram.constants import KeyboardButtonStyle
from telegram.ext import BaseHandler, CommandHandler

from bot.background import BackgroundTasks
from bot.cards import AddedCard, RemovalsCard
from bot.errors import RebuildError, RemovalsError
from bot.handlers.admin import only_admins
from bot.handlers.buttons import Press
from bot.language.phrases import Phrases, counted, number, phrases_for
from bot.library import Options
from bot.messages.markup import Screen, button, keyboard, plain
from bot.services import Context, Place, Services, Visitor
from bot.state import cards
from bot.state.database import read_note, write_note
from index.progress import Step as BuildStep
from retrieval.sanitize import one_line

_ROOT: Final = Path(__file__).resolve().parents[2]
# Answers come first: a build takes the processor that they leave.
_NICENESS: Final = 10
_STOPS_WITHIN: Final = 10.0
# A report names every file that was skipped.
_LINE_LIMIT: Final = 64 << 20
# Seconds between two edits of the progress: a chat takes one message a second.
_EDITED_EVERY: Final = 3.0
_REASONS: Final = 5
_REASON: Final = 200
# The note of the message that shows a build's progress: chat, message and language.
_NOTE: Final = "reindex"
log = logging.getLogger("verbatim.bot")


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of a build; `total` is None if it is not known."""

    step: BuildStep
    done: int
    total: int | None


_STEP: Final = TypeAdapter(Step)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Report of a build. Numbers of files; `reasons` tells of those that were skipped or cannot be read.

    Attributes:
        kept: files that cannot be read; what the index held of them is served on.
    """

    published: bool
    articles: int
    passages: int
    added: int
    changed: int
    removed: int
    skipped: int
    kept: int
    reasons: tuple[str, ...]
    seconds: float


async def rebuild(
    options: Options, report: Callable[[Step], Awaitable[None]], *, allow_removals: bool = False
) -> Rebuilt:
    """Run `python -m index build`; a cancelled build leaves the old index as it was.

    Parameters:
        report: is told how far it is.
        allow_removals: remove articles however many they are.

    Raises:
        RemovalsError: if it would remove a large part of the articles, and may not.
        RebuildError: if the build fails.
    """
    command = [sys.executable, "-P", "-m", "index", "build", "--json", "--progress"]
    if allow_removals:
        command.append("--allow-removals")
    folders = ("--seeds", str(options.seeds), "--data", str(options.data))
    process = await asyncio.create_subprocess_exec(
        *command,
        *folders,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(options),
        limit=_LINE_LIMIT,
    )
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
    assert process.stdout
    assert process.stderr
    last: deque[str] = deque(maxlen=1)
    try:
        reading = asyncio.create_task(process.stdout.read())
        async for raw in process.stderr:
            line = raw.decode(errors="replace").strip()
            step = _step(line)
            if step is not None:
                await report(step)
            elif line:
                last.append(line)
        output = await reading
        code = await process.wait()
    finally:
        await _stop(process)
    if code:
        raise _failure(code, last[0] if last else "", output)
    return _report(json.loads(output))


def _environment(options: Options) -> dict[str, str]:
    """Return the environment of the build, without the bot's secrets."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VERBATIM_TELEGRAM_")}
    ours = {
        "VERBATIM_MODEL": options.model,
        "VERBATIM_FILE_SIZE_LIMIT": str(options.size_limit),
        "VERBATIM_READER": str(options.reader),
        "VERBATIM_FOLLOW_LINKS": str(options.follow_links),
    }
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
    return {**kept, **ours, "PYTHONPATH": path}


def _step(line: str) -> Step | None:
    try:
        return _STEP.validate_json(line)
    except ValidationError:
        return None


def _failure(code: int, line: str, output: bytes) -> RebuildError:
    """Return what a build that failed has said: on standard error its line, and on standard output why it stopped."""
    try:
        stopped = json.loads(output)["stopped"]
        return RemovalsError(stopped["removals"], stopped["articles"], tuple(stopped["examples"]))
    except (ValueError, KeyError):
        pass
    if code == -signal.SIGKILL:
        line = "the system killed the build, as it does where memory runs out"
    return RebuildError(line or f"the build ended with exit code {code}")


def _report(said: dict[str, Any]) -> Rebuilt:
    reasons = (*(f"{lost['path']}: {lost['reason']}" for lost in said["kept"]), *map(_reason, said["reasons"]))
    return Rebuilt(
        published=said["published"],
        articles=said["articles"],
        passages=said["passages"],
        added=len(said["added"]),
        changed=len(said["changed"]),
        removed=len(said["removed"]),
        skipped=len(said["skipped"]),
        kept=sum(kept["files"] for kept in said["kept"]),
        reasons=reasons,
        seconds=said["seconds"],
    )


def _reason(said: dict[str, Any]) -> str:
    """Return what was left out for one reason, and where."""
    more = said["count"] - len(said["examples"])
    return f"{', '.join(said['examples'])}{f' (+{more:,})' if more else ''}: {said['reason']}"


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOPS_WITHIN)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


class Reindex:
    """Builds of the index at an admin's command, one at a time."""

    def __init__(self, services: Services, tasks: BackgroundTasks) -> None:
        self._services = services
        self._tasks = tasks
        self._running = False

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler of /reindex, for admins."""
        return [CommandHandler("reindex", self.reindex, filters=only_admins(self._services))]

    async def reindex(self, update: Update, context: Context) -> None:
        """Start a build."""
        message, visitor, place = await self._services.incoming(update)
        await self.begin(place, visitor, message.message_id)

    async def pressed_added(self, press: Press) -> str:
        """Start a build, at the button below added articles."""
        assert isinstance(press.stored.card, AddedCard)
        if press.action == "r" and self._services.is_admin(press.visitor.id):
            await self.begin(press.place, press.visitor, press.message)
        return ""

    async def pressed_removals(self, press: Press) -> str:
        """Go on with a stopped build, or leave it. The first press removes the card: a second one starts nothing."""
        services = self._services
        assert isinstance(press.stored.card, RemovalsCard)
        if not services.is_admin(press.visitor.id) or press.action not in ("r", "c"):
            return ""
        if not await services.state.run(cards.remove, press.stored.id):
            return press.visitor.phrases.expired
        if press.action == "r":
            await services.courier.set_keyboard(press.place.chat, press.message, None)
            await self.begin(press.place, press.visitor, press.message, allow_removals=True)
        else:
            said = Screen(plain(press.visitor.phrases.reindex_left))
            await services.courier.edit(press.place.chat, press.message, said)
        return ""

    async def begin(self, place: Place, visitor: Visitor, reply_to: int, *, allow_removals: bool = False) -> None:
        """Start a build, and go on while it runs."""
        phrases = visitor.phrases
        if self._running:
            await self._services.reply(place, phrases.reindex_running, reply_to)
            return
        self._running = True
        try:
            shown = await self._services.reply(place, phrases.reindex_started, reply_to)
        except BaseException:
            self._running = False
            raise
        await self._services.state.run(write_note, _NOTE, f"{place.chat} {shown or 0} {phrases.code}")
        self._tasks.start(self._build(place, shown, visitor, allow_removals), "reindex")

    async def resume(self) -> None:
        """Report, after a restart, that a build that was under way was interrupted."""
        note = await self._services.state.run(read_note, _NOTE)
        if note:
            chat, message, code = note.split()
            said = phrases_for(code, None).reindex_interrupted
            await self._services.courier.edit(int(chat), int(message), Screen(plain(said)))
            await self._services.state.run(write_note, _NOTE, "")

    async def _build(self, place: Place, message: int | None, visitor: Visitor, allow_removals: bool) -> None:
        phrases = visitor.phrases
        edited = time.monotonic()
        editing: asyncio.Task[None] | None = None

        async def show(words: str) -> None:
            if message is not None:
                await self._services.courier.edit(place.chat, message, Screen(plain(words)))

        async def told(step: Step) -> None:
            nonlocal edited, editing
            if time.monotonic() - edited >= _EDITED_EVERY and (editing is None or editing.done()):
                edited = time.monotonic()
                # The build is not to wait for Telegram.
                editing = asyncio.create_task(show(_progress(step, phrases)))

        asked = None
        try:
            rebuilt = await rebuild(self._services.options, told, allow_removals=allow_removals)
            said = _result(rebuilt, phrases)
        except RemovalsError as error:
            said = _removals(error, phrases)
            card = RemovalsCard(error.gone, error.articles)
            stored = replace(place.new_card(visitor, card), message=message)
            await self._services.state.run(cards.put, stored, self._services.now())
            anyway = phrases.reindex_anyway.format(gone=number(error.gone, phrases))
            remove = button(anyway, stored.id, "r", KeyboardButtonStyle.DANGER)
            asked = keyboard([remove, button(phrases.broadcast_cancel, stored.id, "c")])
        except RebuildError as error:
            said = phrases.reindex_failed.format(reason=one_line(str(error)))
        finally:
            self._running = False
            if editing is not None:
                await asyncio.gather(editing, return_exceptions=True)
        await self._services.library.look()
        if message is not None:
            # A group that has moved meanwhile gets a new message.
            await self._services.courier.edit_or_send(place.chat, message, Screen(plain(said), asked))
        await self._services.state.run(write_note, _NOTE, "")


def _progress(step: Step, phrases: Phrases) -> str:
    if step.total:
        done = f"{number(step.done, phrases)} / {number(step.total, phrases)} ({100 * step.done // step.total} %)"
    else:
        done = number(step.done, phrases) if step.done else "…"
    return phrases.reindex_step.format(step=phrases.reindex_steps[step.step], done=done)


def _removals(stopped: RemovalsError, phrases: Phrases) -> str:
    return phrases.reindex_removals.format(
        gone=number(stopped.gone, phrases),
        articles=counted("articles", stopped.articles, phrases),
        examples=", ".join(one_line(example)[:_REASON] for example in stopped.examples),
    )


def _result(rebuilt: Rebuilt, phrases: Phrases) -> str:
    many, passages = counted("articles", rebuilt.articles, phrases), counted("passages", rebuilt.passages, phrases)
    if rebuilt.published:
        said = phrases.reindex_done.format(
            articles=many,
            passages=passages,
            added=number(rebuilt.added, phrases),
            changed=number(rebuilt.changed, phrases),
            removed=number(rebuilt.removed, phrases),
            skipped=number(rebuilt.skipped, phrases),
            seconds=number(max(1, rebuilt.seconds), phrases),
        )
    else:
        skipped = counted("files", rebuilt.skipped, phrases)
        said = phrases.reindex_unchanged.format(articles=many, passages=passages, skipped=skipped)
    if rebuilt.kept:
        said += "\n" + counted("unreadable", rebuilt.kept, phrases)
    if not rebuilt.reasons:
        return said
    reasons = [one_line(reason)[:_REASON] for reason in rebuilt.reasons[:_REASONS]]
    more = len(rebuilt.reasons) - len(reasons)
    rest = [phrases.and_more.format(n=number(more, phrases))] if more else []
    return "\n".join((said, "", phrases.reindex_skipped, *reasons, *rest))
