"""Routing of updates to handlers: the gate first, then the first handler that wants it."""

from dataclasses import dataclass
from typing import Any

from telegram.ext import Application

from bot.answering import Answering
from bot.background import BackgroundTasks
from bot.cards import (
    AddedCard,
    AnswerCard,
    ArticleCard,
    BroadcastCard,
    GreetingCard,
    RemovalsCard,
    SettingsCard,
    SourcesCard,
)
from bot.handlers.adding import Adding
from bot.handlers.admin import Admin
from bot.handlers.answers import Answers, Reactions
from bot.handlers.articles import Articles
from bot.handlers.broadcast import Broadcasting
from bot.handlers.buttons import Buttons
from bot.handlers.export import Export
from bot.handlers.gate import Gate, Membership
from bot.handlers.incidents import Incidents
from bot.handlers.inline import Inline
from bot.handlers.personal import Personal
from bot.handlers.questions import Questions
from bot.handlers.reindex import Reindex
from bot.services import Services

_GATE = -1

AnyApplication = Application[Any, Any, Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Routed:
    """The handlers that are needed outside of the handling of updates."""

    gate: Gate
    buttons: Buttons
    reindex: Reindex
    broadcasting: Broadcasting
    exports: Export

    async def resume(self) -> None:
        """Take up what was under way."""
        await self.reindex.resume()
        await self.broadcasting.resume()
        await self.exports.resume()


def route(application: AnyApplication, services: Services, tasks: BackgroundTasks) -> Routed:
    """Give the application every handler."""
    answering = Answering(services)
    gate, articles = Gate(services, tasks), Articles(services)
    exports = Export(services, tasks)
    answers, personal = Answers(services, articles), Personal(services, answering, articles, exports)
    admin, reindex, broadcasting = Admin(services), Reindex(services, tasks), Broadcasting(services, tasks)
    buttons = Buttons(
        services,
        answering,
        tasks,
        {
            AnswerCard: answers.pressed,
            ArticleCard: articles.pressed_article,
            SourcesCard: articles.pressed_sources,
            GreetingCard: personal.pressed_greeting,
            SettingsCard: personal.pressed_settings,
            BroadcastCard: broadcasting.pressed,
            AddedCard: reindex.pressed_added,
            RemovalsCard: reindex.pressed_removals,
        },
    )
    application.add_handlers({_GATE: gate.handlers()})
    application.add_handlers(
        [
            *Membership(services, gate).handlers(),
            *buttons.handlers(),
            *Inline(services).handlers(),
            *Reactions(services, answers).handlers(),
            *personal.handlers(),
            *exports.handlers(),
            *articles.handlers(),
            *admin.handlers(),
            *reindex.handlers(),
            *broadcasting.handlers(),
            *admin.refusals(),
            *Adding(services).handlers(),
            *Questions(services, answering).handlers(),
        ]
    )
    application.add_error_handler(Incidents(services).failed)
    return Routed(gate, buttons, reindex, broadcasting, exports)
