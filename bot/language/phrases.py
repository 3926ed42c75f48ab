"""Phrases of the bot, one TOML file per language, whose `{names}` the caller fills in; numbers, dates and times."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, Final

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from babel.units import format_unit
from pydantic import ConfigDict, TypeAdapter

from index.progress import Step
from retrieval.question.intents import ArticlesKind, TalkKind
from retrieval.quotes.verdict import Verdict

# Seconds.
_UNITS: Final = (("hour", 3600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class Phrases:
    """All phrases of one language, as plain text; the code that shows them marks up and escapes.

    Attributes:
        code: the language, ISO 639-1, by which people choose it; `name`: its name for itself.
        locale: of dates and numbers, as Babel knows it.
        telegram_codes: the codes that Telegram gives to people who use it, two letters each.
    """

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    code: str
    name: str
    locale: str
    telegram_codes: tuple[str, ...]

    # Descriptions that Telegram shows before a person has written (at most 512 and 120 characters).
    description: str
    short_description: str

    # The conversation.
    greeting: str
    greeting_with_articles: str
    greeting_without_index: str
    ask_what: str
    ask_placeholder: str
    asked: str
    understood_as: str
    following_up: str
    unsure: str
    unsure_further: str
    unanswered: str
    unanswered_nearest: str
    source_unknown: str
    date_unknown: str
    metadata_found: str
    metadata_names: dict[str, str]
    found_in: dict[str, str]
    percent: str
    under_one_percent: str
    over_ninety_nine_percent: str
    also_in: str
    and_more: str
    no_title: str
    not_ready: str
    away: str
    no_words: str
    filter_refused: dict[str, str]
    filter_known: str
    too_long: str
    wait: str
    too_much: str
    set_aside: str
    not_text: str
    unknown_command: str
    incident: str
    new_conversation: str
    nothing_to_forget: str

    did_you_mean: str
    either_or: str
    try_these: str
    unknown_language: str
    small_talk: dict[TalkKind, str]
    sources_asked: dict[ArticlesKind, str]

    # Quotes.
    check_verdicts: dict[Verdict, str]
    check_somebody: str
    check_said_by: str
    check_said_by_nobody: str
    check_legend: str
    check_usage: str
    check_offer: str
    check_quote: str
    search_words: str

    # Watches, the questions that wait for an answer. Lines shown when a button is pressed have at most 200 characters.
    watch_tell: str
    watch_kept: str
    watch_kept_pressed: str
    watch_already: str
    watch_too_many: str
    watch_full: str
    watch_usage: str
    watch_answered_now: str
    watch_stopped: str
    watch_stopped_already: str
    watch_list: str
    watch_list_help: str
    watch_none: str
    watch_elsewhere: str
    watch_stop_all: str
    watch_news: str
    watch_before: str
    watch_ended: str

    # Buttons, and the lines shown when one is pressed (at most 200 characters).
    more_context: str
    less_context: str
    article: str
    copy: str
    share: str
    ask_again: str
    thanks_up: str
    thanks_down: str
    taken_back: str
    not_yours: str
    expired: str
    article_changed: str
    article_gone: str
    article_withdrawn: str
    passage_changed: str
    passage_was: str
    passage_is: str
    passage_gone: str

    # Commands.
    help: str
    help_admin: str
    help_page: str
    sources: str
    sources_found: str
    sources_none: str
    sources_search: str
    changed_on: str
    article_usage: str
    article_none: str
    page: str
    page_of: str
    settings: str
    settings_passages: str
    settings_language: str
    automatic: str
    privacy: str
    privacy_server: str
    export: str
    export_part: str
    export_running: str
    export_unreachable: str
    export_open: str
    export_of_chats: str
    export_failed: str
    forgotten: str
    forgotten_nothing: str
    commands: dict[str, str]
    admin_commands: dict[str, str]

    # Admission.
    private_bot: str
    group_refused: str
    group_hello: str
    admins_only: str

    # Inline.
    inline_not_ready: str
    inline_related: str
    inline_unsure: str

    # For admins.
    stats: str
    stats_totals: str
    stats_now: str
    stats_without_picture: str
    chart: dict[str, str]
    reindex_started: str
    reindex_running: str
    reindex_step: str
    reindex_steps: dict[Step, str]
    reindex_done: str
    reindex_unchanged: str
    reindex_skipped: str
    reindex_failed: str
    reindex_removals: str
    reindex_anyway: str
    reindex_left: str
    reindex_interrupted: str
    removals_done: str
    removals_left: str
    removals_void: str
    ban_usage: str
    unban_usage: str
    banned: str
    banned_already: str
    unbanned: str
    unbanned_already: str
    no_ban_of_admins: str
    broadcast_usage: str
    broadcast_preview: str
    broadcast_send: str
    broadcast_cancel: str
    broadcast_cancelled: str
    broadcast_progress: str
    broadcast_done: str
    adding: str
    added: str
    added_titles: str
    already_added: str
    not_added: str
    not_downloaded: str
    reindex_now: str
    in_quotes: str
    remove_usage: str
    remove_which: str
    remove_question: str
    remove: str
    remove_left: str
    removed: str
    remove_failed: str
    remove_of_seeds: str
    remove_read_only: str
    follow_usage: str
    follow_more: str
    followed: str
    followed_already: str
    followed_soon: str
    not_followed: str
    feed_next: str
    feed_ended: str
    feed_by_setting: str
    unfollow: str
    unfollowed: str
    admin_index_missing: str
    admin_index_there: str
    admin_index_refused: str
    admin_build_again: str
    admin_conflict: str
    admin_disk: str
    admin_set_aside: str
    admin_damaged: str

    # The web page.
    web: dict[str, str]

    # Numbers with what they count, by the plural forms of the language.
    counts: dict[str, dict[str, str]]


_FORM: Final = TypeAdapter(Phrases)


def load(language: str) -> Phrases:
    """Read the phrases of a language from its file beside this one.

    Raises:
        ValidationError: naming each phrase that is missing, or that the bot does not know.
    """
    text = Path(__file__).with_name(f"{language}.toml").read_text(encoding="utf-8")
    return _FORM.validate_python(tomllib.loads(text))


ENGLISH: Final = load("english")
NORWEGIAN: Final = load("norwegian")
LANGUAGES: Final = (ENGLISH, NORWEGIAN)


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


def foreign_language(code: str, phrases: Phrases) -> str:
    """Return that questions in a language are hardly understood: in that language, if there are phrases in it.

    Parameters:
        code: ISO 639-1.
        phrases: of the person, for any other language.
    """
    spoken = next((one for one in LANGUAGES if code in one.telegram_codes), phrases)
    return spoken.unknown_language.format(language=Locale.parse(spoken.locale).languages.get(code, code))


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


def counted(what: str, n: int, phrases: Phrases) -> str:
    """Write a number with what it counts, in the form that goes with it, such as '1 person' or '23 people'.

    Parameters:
        what: a name in the phrases' table `counts`.
    """
    forms = phrases.counts[what]
    # Unicode CLDR, language plural rules.
    form = Locale.parse(phrases.locale).plural_form(n)
    return forms.get(form, forms["other"]).format(n=number(n, phrases))


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
