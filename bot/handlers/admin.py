"""Commands for admins about people and numbers: /stats, /ban, /unban. Everybody else is refused."""

import re
from typing import Final

from babel.dates import get_month_names
from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.language.phrases import Phrases, counted, number
from bot.messages.markup import bold, joined, plain
from bot.services import Context, Services
from bot.state import people, usage, watches
from bot.stats_chart import ChartError, ChartLabels, Day, draw
from bot.updates.origin import Sender, sender_of
from index.errors import MissingExtraError

DAYS: Final = 30
# Telegram's ids fit into 52 bits (Bot API, User); chats that people write in the name of have negative ones.
_ID: Final = re.compile(r"-?[0-9]{1,16}")
COMMANDS: Final = ("stats", "reindex", "remove", "follow", "ban", "unban", "broadcast")


class Admin:
    """Commands about people and numbers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handlers of these commands, for admins."""
        admins = only_admins(self._services)
        return [
            CommandHandler("stats", self.stats, filters=admins),
            CommandHandler("ban", self.ban, filters=admins),
            CommandHandler("unban", self.unban, filters=admins),
        ]

    def refusals(self) -> list[BaseHandler[Update, Context, None]]:
        """Return the handler that refuses admin commands to everybody else; it comes behind all handlers of them."""
        return [CommandHandler(list(COMMANDS), self.refused, filters=filters.UpdateType.MESSAGE)]

    async def refused(self, update: Update, context: Context) -> None:
        """Refuse an admin command."""
        message, visitor, place = await self._services.incoming(update)
        await self._services.reply(place, visitor.phrases.admins_only, message.message_id)

    async def stats(self, update: Update, context: Context) -> None:
        """Send a picture of the last thirty days, with the totals and the state of things below it."""
        message, visitor, place = await self._services.incoming(update)
        services, phrases = self._services, visitor.phrases
        today = services.today()
        days = await services.state.run(usage.days, today, DAYS)
        median = await services.state.run(usage.median, days[0].day)
        known = await services.state.run(people.how_many)
        waiting = await services.state.run(watches.how_many)
        told = sum(day.counts.get("told", 0) for day in days)
        caption = joined(
            (
                bold(plain(phrases.stats)),
                plain(_totals(days, median, phrases)),
                plain(self._now(known, waiting, told, await self._services.state.size(), phrases)),
            ),
            "\n",
        )
        try:
            picture = await draw([_drawn(day) for day in days], _labels(phrases))
        except (ChartError, MissingExtraError) as error:
            await services.courier.say(
                place.chat,
                joined((caption, plain(why_no_picture(error, phrases))), "\n"),
                thread=place.thread,
                reply_to=message.message_id,
            )
            return
        await services.courier.send_picture(
            place.chat, picture, caption, thread=place.thread, reply_to=message.message_id
        )

    async def ban(self, update: Update, context: Context) -> None:
        """Ban a person by their id, or by a reply to what they wrote."""
        message, visitor, place = await self._services.incoming(update)
        phrases, person = visitor.phrases, _target(message, context)
        if person is None:
            said = phrases.ban_usage.format(command="/ban")
        elif self._services.is_admin(person):
            said = phrases.no_ban_of_admins.format(id=person)
        else:
            new = await self._services.state.run(people.ban, person, visitor.id, self._services.now())
            said = (phrases.banned if new else phrases.banned_already).format(id=person)
        await self._services.reply(place, said, message.message_id)

    async def unban(self, update: Update, context: Context) -> None:
        """Lift a ban."""
        message, visitor, place = await self._services.incoming(update)
        phrases, person = visitor.phrases, _target(message, context)
        if person is None:
            said = phrases.unban_usage.format(command="/unban")
        else:
            lifted = await self._services.state.run(people.unban, person)
            said = (phrases.unbanned if lifted else phrases.unbanned_already).format(id=person)
        await self._services.reply(place, said, message.message_id)

    def _now(self, known: people.Census, waiting: int, told: int, size: int, phrases: Phrases) -> str:
        services = self._services
        return phrases.stats_now.format(
            articles=counted("articles", services.library.articles, phrases),
            passages=counted("passages", services.library.passages, phrases),
            generation=services.library.generation or "–",
            people=counted("people", known.people, phrases),
            groups=counted("groups", known.groups, phrases),
            watches=counted("watches", waiting, phrases),
            told=number(told, phrases),
            state=number(max(1.0, size / 1e6), phrases),
            # This command itself is one of them.
            pending=number(max(0, services.pending() - 1), phrases),
        )


def why_no_picture(error: ChartError | MissingExtraError, phrases: Phrases) -> str:
    """Return what /stats says in place of its picture."""
    if isinstance(error, MissingExtraError):
        # Not the text of the error, which holds a path of this machine: a group may read along.
        return phrases.stats_without_picture.format(command=f"pip install {' '.join(error.packages)}")
    return str(error)


def only_admins(services: Services) -> filters.BaseFilter:
    """Return a filter for new messages of admins."""
    return filters.UpdateType.MESSAGE & _Admins(services)


class _Admins(filters.UpdateFilter):
    """A filter for updates of admins. The library's own filter goes by `from`, which anonymous people share."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services

    def filter(self, update: Update) -> bool:
        """Return whether an update comes from an admin."""
        who = sender_of(update)
        return who is not None and self._services.is_admin(who.id)


def _target(message: Message, context: Context) -> int | None:
    words = context.args or []
    if words:
        return int(words[0]) if _ID.fullmatch(words[0]) else None
    replied = message.reply_to_message
    who = (replied.sender_chat or replied.from_user) if replied is not None else None
    return Sender.of(who).id if who is not None else None


def _totals(days: list[usage.DayCount], median: float | None, phrases: Phrases) -> str:
    def total(what: str) -> int:
        return sum(day.counts.get(what, 0) for day in days)

    answered, unsure, unanswered = total("answered"), total("unsure"), total("unanswered")
    asked = answered + unsure + unanswered
    return phrases.stats_totals.format(
        questions=counted("questions", asked, phrases),
        answered=number(answered, phrases),
        unsure=number(unsure, phrases),
        share=phrases.percent.format(n=round(100 * answered / asked)) if asked else "–",
        up=number(total("up"), phrases),
        down=number(total("down"), phrases),
        p50=f"{number(median, phrases)} ms" if median is not None else "–",
    )


def _drawn(day: usage.DayCount) -> Day:
    counts = day.counts
    return Day(
        day=day.day,
        answered=counts.get("answered", 0),
        unsure=counts.get("unsure", 0),
        unanswered=counts.get("unanswered", 0),
        people=day.people,
        up=counts.get("up", 0),
        down=counts.get("down", 0),
        p50_ms=day.p50,
    )


def _labels(phrases: Phrases) -> ChartLabels:
    months = get_month_names("abbreviated", locale=phrases.locale)
    return ChartLabels(**phrases.chart, months=tuple(months[month].rstrip(".") for month in range(1, 13)))
