"""Which language the bot speaks to whom, and how it writes numbers, dates and times."""

from datetime import date, datetime
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal

from bot.language.english import ENGLISH
from bot.language.norwegian import NORWEGIAN
from bot.language.phrases import Phrases

LANGUAGES: Final = (ENGLISH, NORWEGIAN)

_MINUTE: Final = 60
_HOUR: Final = 3600


def phrases_for(chosen: str | None, telegram: str | None) -> Phrases:
    """The language a person chose, else their Telegram's, else English.

    Parameters:
        telegram: the IETF tag that Telegram gives, such as 'nb' or 'en-GB'.
    """
    for phrases in LANGUAGES:
        if chosen == phrases.code:
            return phrases
    code = (telegram or "").partition("-")[0].lower()
    return next((phrases for phrases in LANGUAGES if code in phrases.telegram_codes), ENGLISH)


def day(published: str, phrases: Phrases) -> str:
    """An ISO 8601 date as people write it, such as '21 Jan 2022'; what is no such date stays as it is."""
    try:
        when = datetime.fromisoformat(published)
    except ValueError:
        return published
    return short_date(when.date(), phrases)


def short_date(when: date, phrases: Phrases) -> str:
    """A date, such as '21 Jan 2022'."""
    return format_date(when, "d MMM y", locale=phrases.locale)


def number(n: float, phrases: Phrases) -> str:
    """A whole number with its thousands parted."""
    return format_decimal(round(n), locale=phrases.locale)


def articles(n: int, phrases: Phrases) -> str:
    """'1 article' or '23 articles'."""
    return phrases.article_one if n == 1 else phrases.article_many.format(n=number(n, phrases))


def percent(confidence: float, phrases: Phrases) -> str:
    """A probability in words; never 0 or 100 %, since nobody knows that surely."""
    if confidence < 0.01:
        return phrases.under_one_percent
    if confidence > 0.99:
        return phrases.over_ninety_nine_percent
    return phrases.percent.format(n=round(confidence * 100))


def duration(seconds: int, phrases: Phrases) -> str:
    """A time to wait in words, rounded up: '40 seconds', '3 minutes', '2 hours'."""
    for unit, one, many in (
        (_HOUR, phrases.hour_one, phrases.hour_many),
        (_MINUTE, phrases.minute_one, phrases.minute_many),
        (1, phrases.second_one, phrases.second_many),
    ):
        # 90 seconds are told as 2 minutes, 60 as one; below a whole unit the smaller one is clearer.
        if seconds >= unit:
            n = -(-seconds // unit)
            return one if n == 1 else many.format(n=n)
    return phrases.second_one
