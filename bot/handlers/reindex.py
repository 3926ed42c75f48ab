"""/reindex: brings the index up to date, its progress edited into one message."""

import asyncio
import time
from dataclasses import replace
from typing import Final

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler

from bot.background import BackgroundTasks
from bot.cards import AddedCard, RemovalsCard
from bot.errors import RebuildError, RemovalsError
from bot.handlers.admin import only_admins
from bot.handlers.buttons import Press
from bot.language.phrases import Phrases, counted, number, phrases_for
from bot.messages.markup import Screen, plain
from bot.rebuild import Builds, Rebuilt, Step
from bot.removals import RemovalsQuestion, removals_screen
from bot.services import Context, Place, Services, Visitor
from bot.state import cards
from bot.state.database import read_note, write_note
from retrieval.sanitize import one_line

# Seconds between two edits of the progress: a chat takes one message a second.
_EDITED_EVERY: Final = 3.0
_REASONS: Final = 5
_REASON: Final = 200
# The note of the message that shows a build's progress: chat, message and language.
_NOTE: Final = "reindex"


class Reindex:
    """Builds of the index at an admin's command."""

    def __init__(self, services: Services, tasks: BackgroundTasks, builds: Builds, question: RemovalsQuestion) -> None:
        self._services = services
        self._tasks = tasks
        self._builds = builds
        self._question = question

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
        services, card = self._services, press.stored.card
        assert isinstance(card, RemovalsCard)
        if not services.is_admin(press.visitor.id) or press.action not in ("r", "c"):
            return ""
        if card.asked:
            is_first = await self._question.settle(press.stored, removed=press.action == "r")
        else:
            is_first = await services.state.run(cards.remove, press.stored.id)
        if not is_first:
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
        if not self._builds.take():
            await self._services.reply(place, phrases.reindex_running, reply_to)
            return
        try:
            shown = await self._services.reply(place, phrases.reindex_started, reply_to)
        except BaseException:
            self._builds.free()
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

        try:
            rebuilt = await self._builds.run(told, allow_removals=allow_removals)
            screen = Screen(plain(_result(rebuilt, phrases)))
            await self._question.forget()
        except RemovalsError as error:
            card = RemovalsCard(error.gone, error.articles, examples=error.examples)
            stored = replace(place.new_card(visitor, card), message=message)
            await self._services.state.run(cards.put, stored, self._services.now())
            screen = removals_screen(stored.id, card, phrases)
        except RebuildError as error:
            screen = Screen(plain(phrases.reindex_failed.format(reason=one_line(str(error)))))
        finally:
            self._builds.free()
            if editing is not None:
                await asyncio.gather(editing, return_exceptions=True)
        await self._services.library.look()
        if message is not None:
            # A group that has moved meanwhile gets a new message.
            await self._services.courier.edit_or_send(place.chat, message, screen)
        await self._services.state.run(write_note, _NOTE, "")


def _progress(step: Step, phrases: Phrases) -> str:
    if step.total:
        done = f"{number(step.done, phrases)} / {number(step.total, phrases)} ({100 * step.done // step.total} %)"
    else:
        done = number(step.done, phrases) if step.done else "…"
    return phrases.reindex_step.format(step=phrases.reindex_steps[step.step], done=done)


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
