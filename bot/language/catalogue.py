"""Choice of the bot's language, and numbers, dates and times as it writes them."""

from datetime import date, datetime
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal
from babel.units import format_unit

from bot.language.phrases import Phrases, load

ENGLISH: Final = load("english")
NORWEGIAN: Final = load("norwegian")
LANGUAGES: Final = (ENGLISH, NORWEGIAN)

# Seconds.
_UNITS: Final = (("hour", 3600), ("minute", 60), ("second", 1))


def phrases_for(chosen: str | None, telegram: str | None) -> Phrases:
    """Return the language a person chose, else their Telegram's, else English.

    Parameters:
        telegram: the IETF tag that Telegram gives, such as 'nb' or 'en-GB'.
    """
    for phrases in LANGUAGES:
        if chosen == phrases.code:
            return phrases
    code = (telegram or "").partition("-")[0].lower()
    return next((phrases for phrases in LANGUAGES if code in phrases.telegram_codes), ENGLISH)


def day(published: str, phrases: Phrases) -> str:
    """Write an ISO 8601 date as people do, such as '21 Jan 2022'; return any other text as it is."""
    try:
        when = datetime.fromisoformat(published)
    except ValueError:
        return published
    return short_date(when.date(), phrases)


def short_date(when: date, phrases: Phrases) -> str:
    """Write a date, such as '21 Jan 2022'."""
    return format_date(when, "d MMM y", locale=phrases.locale)


def number(n: float, phrases: Phrases) -> str:
    """Write a whole number with separated thousands."""
    return format_decimal(round(n), locale=phrases.locale)


def articles(n: int, phrases: Phrases) -> str:
    """Write '1 article' or '23 articles'."""
    return phrases.article_one if n == 1 else phrases.article_many.format(n=number(n, phrases))


def percent(confidence: float, phrases: Phrases) -> str:
    """Write a probability; never 0 or 100 %, since nothing is that sure."""
    if confidence < 0.01:
        return phrases.under_one_percent
    if confidence > 0.99:
        return phrases.over_ninety_nine_percent
    return phrases.percent.format(n=round(confidence * 100))


def duration(seconds: int, phrases: Phrases) -> str:
    """Write a time to wait, rounded up: '40 seconds', '3 minutes', '2 hours'."""
    # 90 seconds are told as 2 minutes, 60 as one; below a whole unit the smaller one is clearer.
    unit, length = next(one for one in _UNITS if max(1, seconds) >= one[1])
    return format_unit(max(1, -(-seconds // length)), f"duration-{unit}", locale=phrases.locale)
