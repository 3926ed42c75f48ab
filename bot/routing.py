"""Routing of updates to handlers: the gate first, then the first handler that wants it; and the commands in menus.

Telegram stores the commands by scope and language, and the descriptions that it shows before anybody writes. They are
sent only when they have changed, and none of it is worth a failed start.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    MenuButtonDefault,
    MenuButtonWebApp,
    WebAppInfo,
)
from telegram.error import TelegramError
from telegram.ext import Application

from bot.answering import Answering
from bot.asides import Asides
from bot.background import BackgroundTasks
from bot.cards import (
    AddedCard,
    AnswerCard,
    ArticleCard,
    BroadcastCard,
    CheckCard,
    FeedsCard,
    GreetingCard,
    OfferCard,
    RemovalsCard,
    RemoveCard,
    SettingsCard,
    SourcesCard,
    WatchesCard,
)
from bot.feeds import Following
from bot.handlers.adding import Adding
from bot.handlers.admin import Admin
from bot.handlers.answers import Answers
from bot.handlers.articles import Articles
from bot.handlers.broadcast import Broadcasting
from bot.handlers.buttons import Buttons
from bot.handlers.checks import Checks
from bot.handlers.export import Export
from bot.handlers.following import Follow
from bot.handlers.gate import Gate, Membership
from bot.handlers.guest import Guest
from bot.handlers.incidents import Incidents
from bot.handlers.inline import Inline
from bot.handlers.personal import Personal
from bot.handlers.questions import Questions
from bot.handlers.reindex import Reindex
from bot.handlers.removing import Removing
from bot.handlers.watching import Watching
from bot.language.phrases import LANGUAGES, Phrases
from bot.lookout import Lookout
from bot.rebuild import Builds
from bot.removals import RemovalsQuestion
from bot.scheduler import Scheduler
from bot.services import Services
from bot.state.database import read_note, write_note
from bot.state.state import State
from bot.telling import Telling
from bot.watches import Watches

_NOTE: Final = "presentation"
_MENU: Final = "menu button"
# Telegram keeps one label for all languages.
_PAGE: Final = "Verbatim"
# Commands that make sense in a group.
_IN_GROUPS: Final = ("ask", "check", "watch", "watches", "new", "sources", "article", "help")
log = logging.getLogger("verbatim.bot")
Line = tuple[BotCommandScope, Mapping[str, str], str]
_GATE = -1
AnyApplication = Application[Any, Any, Any, Any, Any, Any]


async def present(bot: Bot, state: State, admins: Sequence[int], home: str = "") -> None:
    """Tell Telegram the commands, per scope and language, the bot's descriptions, and its menu button.

    Parameters:
        home: the address of the page where people ask; '' where there is none.
    """
    await _set_menu_button(bot, state, f"{home.rstrip('/')}/" if home.startswith("https://") else "")
    lines = list(_lines(admins))
    told = [[scope.to_dict(), dict(commands), code] for scope, commands, code in lines]
    texts = [[phrases.description, phrases.short_description] for phrases in LANGUAGES]
    digest = hashlib.sha256(json.dumps([bot.id, told, texts]).encode()).hexdigest()
    if await state.run(read_note, _NOTE) == digest:
        return
    failed = 0
    for scope, commands, code in lines:
        try:
            await bot.set_my_commands(
                [BotCommand(name, does) for name, does in commands.items()], scope, language_code=code or None
            )
        except TelegramError as error:
            # An admin who never wrote has no chat with the bot yet; and the library takes any 404 for a bad token.
            log.info("commands could not be told", extra={"reason": str(error)})
            failed += not isinstance(scope, BotCommandScopeChat)
    for phrases, code in _languages():
        try:
            await bot.set_my_description(phrases.description, language_code=code or None)
            await bot.set_my_short_description(phrases.short_description, language_code=code or None)
        except TelegramError as error:
            log.info("the description could not be told", extra={"reason": str(error)})
            failed += 1
    if not failed:
        await state.run(write_note, _NOTE, digest)


async def _set_menu_button(bot: Bot, state: State, home: str) -> None:
    """Let the button beside the message field open a page; the one that the owner chose at BotFather stays else."""
    if await state.run(read_note, _MENU) == home:
        return
    button = MenuButtonWebApp(_PAGE, WebAppInfo(home)) if home else MenuButtonDefault()
    try:
        await bot.set_chat_menu_button(menu_button=button)
    except TelegramError as error:
        log.info("the menu button could not be set", extra={"reason": str(error)})
    else:
        await state.run(write_note, _MENU, home)


def _languages() -> Iterator[tuple[Phrases, str]]:
    """Yield each language with each of its codes; the first language also serves everybody else."""
    yield LANGUAGES[0], ""
    for phrases in LANGUAGES[1:]:
        for code in phrases.telegram_codes:
            yield phrases, code


def _lines(admins: Sequence[int]) -> Iterator[Line]:
    for phrases, code in _languages():
        everybody = phrases.commands
        grouped = {name: everybody[name] for name in _IN_GROUPS}
        yield BotCommandScopeDefault(), everybody, code
        yield BotCommandScopeAllPrivateChats(), everybody, code
        yield BotCommandScopeAllGroupChats(), grouped, code
        for admin in sorted(admins):
            yield BotCommandScopeChat(admin), {**everybody, **phrases.admin_commands}, code


@dataclass(frozen=True, slots=True)
class Routed:
    """The handlers that are needed outside of the handling of updates."""

    gate: Gate
    buttons: Buttons
    reindex: Reindex
    broadcasting: Broadcasting
    exports: Export
    scheduler: Scheduler
    following: Following
    watches: Watches
    telling: Telling

    async def resume(self) -> None:
        """Take up what was under way."""
        await self.reindex.resume()
        await self.broadcasting.resume()
        await self.exports.resume()


def route(application: AnyApplication, services: Services, tasks: BackgroundTasks, lookout: Lookout) -> Routed:
    """Give the application every handler."""
    answering = Answering(services)
    gate, articles = Gate(services, tasks), Articles(services)
    exports = Export(services, tasks)
    telling = Telling(services, lookout, gate.admits)
    watches = Watches(services, lookout, telling.wake)
    watching = Watching(services, answering, watches)
    answers = Answers(services, answering, articles, watching)
    personal = Personal(services, answering, articles, exports, watches)
    builds, question = Builds(services.options), RemovalsQuestion(services)
    following = Following(services.options, lambda: scheduler.wake())
    scheduler = Scheduler(services, builds, question, following)
    removing, follow = Removing(services, scheduler), Follow(services, following)
    admin, broadcasting = Admin(services), Broadcasting(services, tasks)
    reindex = Reindex(services, tasks, builds, question)
    checks = Checks(services, answering, articles)
    buttons = Buttons(
        services,
        answering,
        tasks,
        {
            AnswerCard: answers.pressed,
            CheckCard: checks.pressed,
            OfferCard: checks.pressed_offer,
            ArticleCard: articles.pressed_article,
            SourcesCard: articles.pressed_sources,
            GreetingCard: personal.pressed_greeting,
            SettingsCard: personal.pressed_settings,
            WatchesCard: watching.pressed_list,
            BroadcastCard: broadcasting.pressed,
            AddedCard: reindex.pressed_added,
            RemovalsCard: reindex.pressed_removals,
            RemoveCard: removing.pressed,
            FeedsCard: follow.pressed,
        },
    )
    application.add_handlers({_GATE: gate.handlers()})
    application.add_handlers(
        [
            *Guest(services, answering).handlers(),
            *Membership(services, gate).handlers(),
            *buttons.handlers(),
            *Inline(services).handlers(),
            *answers.handlers(),
            *personal.handlers(),
            *exports.handlers(),
            *articles.handlers(),
            *admin.handlers(),
            *reindex.handlers(),
            *broadcasting.handlers(),
            *removing.handlers(),
            *follow.handlers(),
            *admin.refusals(),
            *Adding(services).handlers(),
            *checks.handlers(),
            *watching.handlers(),
            *Questions(services, answering, checks, Asides(services, answering, articles)).handlers(),
        ]
    )
    application.add_error_handler(Incidents(services).failed)
    return Routed(gate, buttons, reindex, broadcasting, exports, scheduler, following, watches, telling)
