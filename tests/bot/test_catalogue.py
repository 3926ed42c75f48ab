"""Every language says everything, within what Telegram takes, and dates and numbers are its own."""

import re
from dataclasses import fields
from datetime import date
from string import Formatter

import pytest
from babel.core import Locale

from bot.language.phrases import (
    ENGLISH,
    LANGUAGES,
    NORWEGIAN,
    Phrases,
    counted,
    day,
    duration,
    number,
    percent,
    phrases_for,
    short_date,
)
from bot.messages.markup import units
from index.progress import STEPS

LANGUAGE = pytest.mark.parametrize("phrases", LANGUAGES, ids=lambda phrases: phrases.code)
# Said when a button is pressed, beside what incidents say.
PRESSED = (
    "thanks_up", "thanks_down", "taken_back", "not_yours", "expired", "article_changed", "article_gone", "not_ready",
    "admins_only", "private_bot", "broadcast_cancelled", "reindex_running", "incident", "away",
    "watch_kept_pressed", "watch_already", "watch_too_many", "watch_full", "watch_stopped", "watch_stopped_already",
)  # fmt: skip


def words(phrases: Phrases) -> dict[str, str]:
    """Every phrase by its name, those of tables by the table's name and theirs.

    Places of metadata that a language does not name are said as the parsers name them, in English. Numbers have as many
    forms as a language needs.
    """
    found: dict[str, str] = {}
    for field in fields(phrases):
        if field.name == "found_in":
            continue
        value = getattr(phrases, field.name)
        if field.name == "counts":
            continue
        if isinstance(value, dict):
            found |= {f"{field.name}[{name}]": said for name, said in value.items()}
        elif isinstance(value, str):
            found[field.name] = value
    return found


def placeholders(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}


@LANGUAGE
def test_every_language_has_the_same_phrases_with_the_same_places_to_fill_in(phrases: Phrases) -> None:
    said = {name: placeholders(phrase) for name, phrase in words(phrases).items()}
    assert said == {name: placeholders(phrase) for name, phrase in words(ENGLISH).items()}
    assert all(re.fullmatch(r"[a-z_0-9]+", place) for places in said.values() for place in places)


@LANGUAGE
def test_every_language_says_where_the_index_told_metadata_by_itself(phrases: Phrases) -> None:
    assert phrases.found_in.keys() >= ENGLISH.found_in.keys()
    assert all(place and place == place.strip() for place in phrases.found_in.values())


@LANGUAGE
def test_every_step_of_a_build_has_its_words(phrases: Phrases) -> None:
    assert set(phrases.reindex_steps) == set(STEPS)


@LANGUAGE
def test_every_phrase_says_something_and_nothing_that_is_english_only(phrases: Phrases) -> None:
    assert all(phrase.strip() == phrase and phrase for phrase in words(phrases).values())
    if phrases is not ENGLISH:
        alike = {name for name, phrase in words(phrases).items() if phrase == words(ENGLISH)[name] and len(phrase) > 20}
        assert alike == set()


@LANGUAGE
def test_telegram_takes_the_descriptions(phrases: Phrases) -> None:
    assert 1 <= units(phrases.description) <= 512
    assert 1 <= units(phrases.short_description) <= 120


@LANGUAGE
def test_telegram_takes_the_commands(phrases: Phrases) -> None:
    commands = {**phrases.commands, **phrases.admin_commands}
    assert len(commands) == len(phrases.commands) + len(phrases.admin_commands) <= 100
    for name, does in commands.items():
        assert re.fullmatch(r"[a-z0-9_]{1,32}", name)
        assert 1 <= units(does) <= 256


@LANGUAGE
def test_help_names_every_command(phrases: Phrases) -> None:
    for name in set(phrases.commands) - {"help"}:
        assert re.search(rf"/{name}\b", phrases.help)
    for name in phrases.admin_commands:
        assert re.search(rf"/{name}\b", phrases.help_admin)


@LANGUAGE
@pytest.mark.parametrize("name", PRESSED)
def test_what_is_said_at_a_press_fits(phrases: Phrases, name: str) -> None:
    assert units(words(phrases)[name].format_map(dict.fromkeys(("number", "id", "questions"), "1234567890"))) <= 200


@LANGUAGE
def test_buttons_and_placeholders_fit(phrases: Phrases) -> None:
    many = counted("people", 1_000_000, phrases)
    buttons = (
        phrases.more_context, phrases.less_context, phrases.article, phrases.copy, phrases.share,
        phrases.ask_again, phrases.broadcast_send.format(people=many), phrases.broadcast_cancel, phrases.reindex_now,
        phrases.watch_tell, phrases.watch_stop_all,
    )  # fmt: skip
    assert all(units(label) <= 40 for label in buttons)
    # Bot API: ForceReply.input_field_placeholder 1-64, InlineQueryResultsButton.text has no limit that is documented.
    assert 1 <= len(phrases.ask_placeholder) <= 64


def test_languages_are_told_apart() -> None:
    codes = [code for phrases in LANGUAGES for code in phrases.telegram_codes]
    assert len(set(codes)) == len(codes)
    # Bot API, setMyCommands: a two-letter ISO 639-1 code.
    assert all(re.fullmatch(r"[a-z]{2}", code) for code in codes)
    assert len({phrases.code for phrases in LANGUAGES}) == len(LANGUAGES)
    assert LANGUAGES[0] is ENGLISH


@pytest.mark.parametrize(
    ("chosen", "telegram", "phrases"),
    [
        (None, "nb", NORWEGIAN),
        (None, "no", NORWEGIAN),
        (None, "nn", NORWEGIAN),
        (None, "nb-NO", NORWEGIAN),
        (None, "NB", NORWEGIAN),
        (None, "en-GB", ENGLISH),
        (None, "de", ENGLISH),
        (None, "nbx", ENGLISH),
        (None, "", ENGLISH),
        (None, None, ENGLISH),
        ("nb", "en", NORWEGIAN),
        ("en", "nb", ENGLISH),
        ("tlh", "nb", NORWEGIAN),
        ("", None, ENGLISH),
    ],
)
def test_the_language_is_the_chosen_one_else_telegrams_else_english(
    chosen: str | None, telegram: str | None, phrases: Phrases
) -> None:
    assert phrases_for(chosen, telegram) is phrases


@pytest.mark.parametrize(
    ("published", "english", "norwegian"),
    [
        ("2022-01-21", "21 Jan 2022", "21 jan. 2022"),
        ("2022-05-03", "3 May 2022", "3 mai 2022"),
        ("2022-12-01T23:30:00+00:00", "1 Dec 2022", "1 des. 2022"),
        ("0999-03-04", "4 Mar 999", "4 mars 999"),
        ("last summer", "last summer", "last summer"),
        ("2022-13-45", "2022-13-45", "2022-13-45"),
        ("", "", ""),
    ],
)
def test_dates_are_written_as_people_write_them(published: str, english: str, norwegian: str) -> None:
    assert day(published, ENGLISH) == english
    assert day(published, NORWEGIAN) == norwegian


def test_a_date_of_the_calendar_is_written_alike() -> None:
    assert short_date(date(2024, 2, 29), ENGLISH) == "29 Feb 2024"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "1 second"),
        (1, "1 second"),
        (2, "2 seconds"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (3600, "1 hour"),
        (3601, "2 hours"),
        (24 * 3600, "24 hours"),
    ],
)
def test_a_time_to_wait_is_never_told_too_short(seconds: int, told: str) -> None:
    assert duration(seconds, ENGLISH) == told


def test_numbers_are_parted_as_the_language_does() -> None:
    assert (number(1234567, ENGLISH), number(999, ENGLISH), number(12.6, ENGLISH)) == ("1,234,567", "999", "13")
    # A space that does not break.
    assert number(1234567, NORWEGIAN) == "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"


@pytest.mark.parametrize(
    ("what", "n", "english", "norwegian"),
    [
        ("articles", 1, "1 article", "1 artikkel"),
        ("articles", 0, "0 articles", "0 artikler"),
        ("articles", 1200, "1,200 articles", "1\N{NO-BREAK SPACE}200 artikler"),
        ("people", 1, "1 person", "1 person"),
        ("people", 2, "2 people", "2 personer"),
        ("groups", 1, "1 group", "1 gruppe"),
        ("groups", 21, "21 groups", "21 grupper"),
        ("passages", 1, "1 passage", "1 avsnitt"),
        ("questions", 1, "1 question", "1 spørsmål"),
        ("characters", 1, "1 character", "1 tegn"),
        ("days", 1, "1 day", "1 dag"),
        ("days", 90, "90 days", "90 dager"),
        ("files", 1, "1 file", "1 fil"),
    ],
)
def test_a_number_stands_with_the_form_that_goes_with_it(what: str, n: int, english: str, norwegian: str) -> None:
    assert counted(what, n, ENGLISH) == english
    assert counted(what, n, NORWEGIAN) == norwegian


@LANGUAGE
def test_every_form_that_a_language_needs_is_there(phrases: Phrases) -> None:
    # The forms of whole numbers, Unicode CLDR.
    needed = {Locale.parse(phrases.locale).plural_form(n) for n in range(200)}
    assert phrases.counts.keys() == ENGLISH.counts.keys()
    for forms in phrases.counts.values():
        assert needed <= forms.keys()
        assert all(placeholders(form) == {"n"} for form in forms.values())


@LANGUAGE
def test_no_phrase_counts_by_itself_what_may_be_one(phrases: Phrases) -> None:
    plurals = {counted(what, 2, phrases).split()[1] for what in phrases.counts}
    assert not [
        phrase for phrase in words(phrases).values() for word in plurals if re.search(rf"\{{\w+\}} {word}\b", phrase)
    ]


@pytest.mark.parametrize(
    ("confidence", "told"),
    [
        (0.0, "under 1\N{NO-BREAK SPACE}%"),
        (0.0099, "under 1\N{NO-BREAK SPACE}%"),
        (0.01, "1\N{NO-BREAK SPACE}%"),
        (0.5, "50\N{NO-BREAK SPACE}%"),
        (0.874, "87\N{NO-BREAK SPACE}%"),
        (0.99, "99\N{NO-BREAK SPACE}%"),
        (0.991, "over 99\N{NO-BREAK SPACE}%"),
        (1.0, "over 99\N{NO-BREAK SPACE}%"),
    ],
)
def test_nothing_is_told_as_certain(confidence: float, told: str) -> None:
    assert percent(confidence, ENGLISH) == told
