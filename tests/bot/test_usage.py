"""Limits by Telegram's time, and counts of nobody in particular."""

from datetime import date

import pytest

from bot.state import usage
from bot.state.connection import Connection
from bot.state.usage import Limit, Limits, Refusal

NOW = 1_700_000_000
LIMITS = Limits(person=(Limit(2, 60),), chat=(Limit(3, 60),))
MONDAY, TUESDAY, WEDNESDAY = date(2023, 3, 13), date(2023, 3, 14), date(2023, 3, 15)


class Asking:
    """Asks with a new update each time."""

    def __init__(self, db: Connection, limits: Limits = LIMITS) -> None:
        self._db = db
        self._limits = limits
        self.update = 0

    def __call__(self, at: int, person: int = 42, chat: int = -9) -> Refusal | None:
        self.update += 1
        return usage.ask(self._db, self.update, person, chat, NOW + at, self._limits)


def test_a_question_over_the_limit_is_told_how_long_to_wait_once(db: Connection) -> None:
    ask = Asking(db)
    assert ask(0) is None
    assert ask(10) is None
    assert ask(20) == Refusal(40, told=False)
    assert ask(21) == Refusal(39, told=True)
    assert ask(59) == Refusal(1, told=True)
    assert ask(60) is None
    # A new time to wait is told anew.
    assert ask(61) == Refusal(9, told=False)


def test_what_is_refused_does_not_count(db: Connection) -> None:
    ask = Asking(db)
    ask(0)
    ask(0)
    for at in range(1, 60):
        assert ask(at) is not None
    assert ask(60) is None


def test_people_have_limits_of_their_own_in_all_chats_and_a_chat_has_one_for_all(db: Connection) -> None:
    ask = Asking(db)
    assert ask(0, person=42, chat=-9) is None
    assert ask(1, person=42, chat=42) is None
    # 42 has asked twice, in two chats.
    assert ask(2, person=42, chat=-7) == Refusal(58, told=False)
    assert ask(2, person=43, chat=-9) is None
    assert ask(3, person=44, chat=-9) is None
    # Three in the chat -9; the first was asked at 0.
    assert ask(4, person=45, chat=-9) == Refusal(56, told=False)
    assert ask(4, person=45, chat=45) is None
    # Who was told in one chat has heard nothing in another.
    assert ask(5, person=42, chat=-9) == Refusal(55, told=False)


def test_the_same_update_is_counted_once_and_admitted_again(db: Connection) -> None:
    for _ in range(5):
        assert usage.ask(db, 1, 42, -9, NOW, LIMITS) is None
    assert usage.ask(db, 2, 42, -9, NOW, LIMITS) is None
    assert usage.ask(db, 1, 42, -9, NOW, LIMITS) is None
    assert usage.ask(db, 3, 42, -9, NOW, LIMITS) == Refusal(60, told=False)


def test_a_backlog_is_measured_by_when_it_was_written_and_not_by_when_it_is_read(db: Connection) -> None:
    # Nothing but the messages' own times comes in, so that hours of outage, read in one second, are hours.
    ask = Asking(db)
    assert [ask(minute * 60) for minute in range(30)] == [None] * 30


def test_a_message_from_before_the_others_is_held_by_what_was_asked_around_it(db: Connection) -> None:
    ask = Asking(db)
    assert ask(100) is None
    assert ask(101) is None
    # Delivered out of order: with two asked 30 seconds later a third would make three in a minute.
    assert ask(70) == Refusal(90, told=False)
    assert ask(-3500) is None


def test_nobody_is_shut_out_for_years_by_a_clock_that_jumped(db: Connection) -> None:
    year = 365 * 24 * 3600
    ask = Asking(db)
    assert [ask(year), ask(year)] == [None, None]
    assert ask(year) == Refusal(60, told=False)
    assert [ask(0), ask(1)] == [None, None]
    # And they are told again, although until a year from now they have been told.
    assert ask(2) == Refusal(58, told=False)


def test_limits_of_a_day_and_of_a_minute_hold_together(db: Connection) -> None:
    day = 24 * 3600
    ask = Asking(db, Limits(person=(Limit(2, 60), Limit(3, day)), chat=()))
    assert [ask(0), ask(60), ask(120)] == [None, None, None]
    assert ask(180) == Refusal(day - 180, told=False)
    assert ask(day) is None


def test_old_times_are_forgotten_once_no_limit_needs_them(db: Connection) -> None:
    day = 24 * 3600
    usage.count(db, MONDAY, "answered", 42)
    usage.count(db, TUESDAY, "answered", 42)
    for update, at in ((1, NOW - 2 * day - 1), (2, NOW - 2 * day), (3, NOW)):
        assert usage.ask(db, update, 42, -9, at, LIMITS) is None
    usage.forget_old(db, NOW + 0.9, WEDNESDAY)
    assert db.execute("SELECT update_id FROM asked ORDER BY 1").fetchall() == [(2,), (3,)]
    assert db.execute("SELECT day FROM seen_today").fetchall() == [("2023-03-14",)]
    # What was counted stays.
    assert [day.people for day in usage.days(db, WEDNESDAY, 3)] == [1, 1, 0]


def test_days_are_counted_and_one_on_which_nothing_happened_is_there_too(db: Connection) -> None:
    for what, person in (("answered", 42), ("answered", 42), ("answered", 43), ("unanswered", 42), ("up", None)):
        usage.count(db, MONDAY, what, person)
    usage.count(db, WEDNESDAY, "unanswered", 42)
    monday, tuesday, wednesday = usage.days(db, WEDNESDAY, 3)
    assert [count.day for count in (monday, tuesday, wednesday)] == [MONDAY, TUESDAY, WEDNESDAY]
    assert (monday.counts, monday.people) == ({"answered": 3, "unanswered": 1, "up": 1}, 2)
    assert (tuesday.counts, tuesday.people, tuesday.p50) == ({}, 0, None)
    assert (wednesday.counts, wednesday.people) == ({"unanswered": 1}, 1)
    assert usage.days(db, MONDAY, 1) == [monday]


@pytest.mark.parametrize(
    ("times", "median"),
    [
        ([500.0], 500.0),
        ([100.0, 200.0, 90_000.0], 200.0),
        ([5.0] * 50 + [1000.0] * 51, 1000.0),
        ([30.0, 40.0, 50.0, 60.0, 70.0], 50.0),
        # Below a millisecond there is nothing to tell apart.
        ([0.0, 0.2, 0.9], 1.0),
    ],
)
def test_the_median_is_right_to_a_tenth(db: Connection, times: list[float], median: float) -> None:
    for milliseconds in times:
        usage.count(db, MONDAY, "answered", None, milliseconds)
    found = usage.days(db, MONDAY, 1)[0].p50
    assert found is not None
    assert median <= found <= median * 1.1
    assert usage.median(db, MONDAY) == found


def test_the_median_of_several_days_is_of_all_their_answers_together(db: Connection) -> None:
    for day, times in ((MONDAY, [9000.0] * 5), (TUESDAY, [10.0]), (WEDNESDAY, [10.0, 10.0, 900.0])):
        for milliseconds in times:
            usage.count(db, day, "answered", None, milliseconds)
    # 10, 10, 10, 900: the lower of the two in the middle.
    since_tuesday = usage.median(db, TUESDAY)
    assert since_tuesday is not None
    assert 10 <= since_tuesday <= 11
    # With five more of 9000 the middle one of nine is 9000.
    since_monday = usage.median(db, MONDAY)
    assert since_monday is not None
    assert 9000 <= since_monday <= 9900
    assert usage.median(db, date(2023, 3, 16)) is None
