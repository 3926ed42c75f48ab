"""The day of a question: what is recent, what "last month" is, and what had not been published yet."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retrieval import Retriever
from retrieval.answering import evidence
from retrieval.confidence import Evidence
from retrieval.errors import QuestionError
from retrieval.ranking.ranking import gains, rank
from retrieval.ranking.recency import day_of, periods, timeliness, times_asked_for, untimely
from retrieval.reader.passages import reader_bonus
from retrieval.snapshot import Snapshot
from tests.retrieval.editions import DAY

# Together every time that is reckoned from the day.
RELATIVE = (
    "yesterday, today, last week, last month, last year, {} days ago, {} years ago, in May, on 31 December, on 29 May",
    "i går, i dag, forrige uke, forrige måned, i fjor, for {} måneder siden, i mai, den 31. desember",
)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What happened yesterday?", date(2024, 5, 30), date(2024, 5, 30)),
        ("Hva skjedde i går?", date(2024, 5, 30), date(2024, 5, 30)),
        ("what is on tonight", DAY, DAY),
        ("Who resigned last week?", date(2024, 5, 20), date(2024, 5, 26)),
        ("Who resigned last month?", date(2024, 4, 1), date(2024, 4, 30)),
        ("Last year's winner?", date(2023, 1, 1), date(2023, 12, 31)),
        ("Hvem vant i fjor?", date(2023, 1, 1), date(2023, 12, 31)),
        ("Who led it three weeks ago?", date(2024, 5, 10), date(2024, 5, 10)),
        ("what was the rate a year ago", date(2023, 4, 17), date(2023, 7, 16)),
        ("Hva kostet det for to måneder siden?", date(2024, 3, 29), date(2024, 4, 4)),
        ("Who won in May?", date(2024, 5, 1), date(2024, 5, 31)),
        ("Who won in June?", date(2023, 6, 1), date(2023, 6, 30)),
        ("Who spoke on 9 December?", date(2023, 12, 9), date(2023, 12, 10)),
        ("Who spoke on December 9th?", date(2023, 12, 9), date(2023, 12, 10)),
        ("Who was born on 29 February?", date(2024, 2, 29), date(2024, 3, 1)),
        ("Who won the 2022 cup?", date(2022, 1, 1), date(2022, 12, 31)),
        ("Who spoke on 9 December 2021?", date(2021, 12, 9), date(2021, 12, 10)),
    ],
)
def test_a_time_is_reckoned_from_the_day_of_the_question(question: str, first: date, last: date) -> None:
    assert times_asked_for(question, DAY) == [(first, last)]


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What happened in January 2022?", date(2022, 1, 1), date(2022, 1, 31)),
        ("Hva skjedde i februar 2024?", date(2024, 2, 1), date(2024, 2, 29)),
        ("Who spoke on 21 January 2022?", date(2022, 1, 21), date(2022, 1, 22)),
        ("Who spoke on the 21st of January, 2022?", date(2022, 1, 21), date(2022, 1, 22)),
        ("Who spoke on JANUARY 21, 2022?", date(2022, 1, 21), date(2022, 1, 22)),
        ("Hvem talte 21. januar 2022?", date(2022, 1, 21), date(2022, 1, 22)),
        ("Who spoke on 2022-01-21?", date(2022, 1, 21), date(2022, 1, 22)),
        ("Who won in 2021?", date(2021, 1, 1), date(2021, 12, 31)),
        ("Hvem vant i 2021, og hvorfor?", date(2021, 1, 1), date(2021, 12, 31)),
        ("Who ends it on 9999-12-31?", date(9999, 12, 31), date(9999, 12, 31)),
    ],
)
def test_a_time_with_its_year_is_a_period(question: str, first: date, last: date) -> None:
    assert list(periods(question)) == [(first, last)]


@pytest.mark.parametrize(
    "question",
    [
        "Who won in January?",
        "Who won the 2022 World Cup?",
        "Who counted 1,905 people in 2021.5?",
        "What is in 2021abc?",
        "Who spoke on 31 February 2022?",
        "What happened on 0000-01-01?",
        "What does \u017feptember 2022x mean?",
    ],
)
def test_what_is_no_time_is_none(question: str) -> None:
    assert list(periods(question)) == []


@pytest.mark.parametrize(
    "question",
    [
        "Who won?",
        "May I ask who won?",
        "Who will march in Oslo?",
        "Who spoke on 31 February?",
        "How many of 1,984 left?",
    ],
)
def test_what_names_no_time_is_about_now(question: str) -> None:
    assert times_asked_for(question, DAY) == []


@settings(deadline=None)
@given(st.dates(), st.sampled_from(RELATIVE), st.integers(0, 999))
@example(date.min, RELATIVE[0], 1)
@example(date.max, RELATIVE[0], 1)
def test_of_any_day_every_time_is_one_that_there_is(asked: date, question: str, number: int) -> None:
    for first, last in times_asked_for(question.format(number, number), asked):
        assert first <= last
    assert len(timeliness(question.format(number, number), asked, ["0001-01-01", "9999-12-31", None])) == 3


def test_29_february_is_the_last_that_there_was() -> None:
    assert times_asked_for("Who was born on 29 February?", date(2023, 5, 1))[0][0] == date(2020, 2, 29)
    assert times_asked_for("Who was born on 29 February?", date(1903, 5, 1))[0][0] == date(1896, 2, 29)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What happened this week?", "2024-05-27", "2024-05-31"),
        ("Who resigned this month?", "2024-05-01", "2024-05-31"),
        ("Who won the marathon this year?", "2024-01-01", "2024-05-31"),
        ("How many rails nested this spring?", "2024-03-01", "2024-05-31"),
        ("What will the storms be called this summer?", "2024-06-01", "2024-06-01"),
        ("How cold was it this winter?", "2023-12-02", "2024-03-31"),
        ("Hvem vant i år?", "2024-01-01", "2024-05-31"),
        ("What came of the April meeting of the bank?", "2024-04-01", "2024-04-30"),
    ],
)
def test_a_time_that_is_not_over_or_has_no_year_is_reckoned_from_the_day_asked(
    question: str, first: str, last: str
) -> None:
    assert times_asked_for(question, DAY) == [(date.fromisoformat(first), date.fromisoformat(last))]


@pytest.mark.parametrize(
    ("question", "published", "against"),
    [
        ("Who won?", "2019-05-05", 0.0),
        ("Who won?", None, 0.0),
        ("Who won?", "2024-06-01", 1.0),
        ("Who won in May 2023?", "2023-05-09", 0.0),
        ("Who won in May 2023?", None, 0.0),
    ],
)
def test_the_day_of_an_article_speaks_against_it_only_where_it_is_later_or_another_time_is_named(
    question: str, published: str | None, against: float
) -> None:
    assert untimely(question, DAY, published) == against


def test_the_farther_from_the_time_named_the_more_the_day_speaks_against_an_article() -> None:
    days = ["2023-05-31", "2023-06-20", "2023-09-01", "2024-05-01", "2010-01-01"]
    found = [untimely("Who won in May 2023?", DAY, day) for day in days]
    assert found == sorted(found)
    assert 0 == found[0] < found[1] < found[-1] <= 1


def test_of_recent_articles_the_later_has_more_and_one_of_tomorrow_speaks_against_itself() -> None:
    published = ["2024-05-31T08:00:00+02:00", "2024-05-01", "2023-05-31", "2024-06-01", None]
    today, month, year, tomorrow, unknown = timeliness("Who won?", DAY, published).tolist()
    assert today > month > unknown > year > 0 > tomorrow
    # 30 days: 2.4 (.8 / e^(30/45) + .2 / e^(30/405)) = 1.431; 366 days: 2.4 · .2 / e^(366/405) = .194.
    assert (today, month, year, tomorrow) == pytest.approx((2.4, 1.431, 0.194, -3), abs=1e-3)


def test_where_all_articles_are_old_or_undated_hardly_anything_changes() -> None:
    assert timeliness("Who won?", DAY, ["2019-01-01", None, "2001-05-05"]).max() < 0.01
    assert timeliness("Who won?", DAY, [None, "n.d."]).tolist() == [0, 0]
    assert timeliness("Who won?", DAY, []).shape == (0,)


def test_of_a_time_that_is_named_articles_of_it_have_most_and_recent_ones_nothing() -> None:
    published = ["2023-05-10", "2023-06-10", "2023-04-21", "2024-05-30", "2024-06-02"]
    within, after, before, recent, tomorrow = timeliness("Who won in May 2023?", DAY, published).tolist()
    assert 2.4 == within > after > before > recent >= 0 > tomorrow


@pytest.mark.parametrize("asked", [DAY, "2024-05-31", datetime(2024, 5, 31, 23, tzinfo=UTC)])
def test_the_day_is_given_as_a_day(asked: date | str) -> None:
    assert day_of(asked) == DAY
    assert type(day_of(asked)) is date


def test_where_none_is_given_it_is_today() -> None:
    before = date.today()
    assert before <= day_of(None) <= date.today()


@pytest.mark.parametrize("asked", ["", "31.05.2024", "on Monday", "2024-05", "2024-02-30"])
def test_what_is_no_day_is_refused_with_one_line(asked: str) -> None:
    with pytest.raises(QuestionError, match=r"^the day of the question is '.*': give it as in 2024-05-31$"):
        day_of(asked)


@pytest.fixture(scope="module")
def ask(fares: Path) -> Callable[..., str]:
    def asked(question: str, day: date) -> str:
        with Retriever.open(fares) as retriever:
            answer = retriever.ask(question, asked=day)
            assert retriever.search(question, 1, asked=day)[0].article.id == answer.citations[0].article_id
            return answer.citations[0].quote

    return asked


@pytest.mark.parametrize(
    ("question", "day", "price"),
    [
        ("What does the ferry to Sandnes cost?", DAY, 42),
        ("What does the ferry to Sandnes cost?", DAY - timedelta(11), 41),
        ("What does the ferry to Sandnes cost?", DAY - timedelta(201), 40),
        ("What did the ferry to Sandnes cost a year ago?", DAY, 40),
        ("What did the ferry to Sandnes cost in November 2023?", DAY, 41),
    ],
)
def test_of_editions_of_one_story_that_of_the_day_is_the_answer(
    ask: Callable[..., str], question: str, day: date, price: int
) -> None:
    assert f"costs {price} crowns" in ask(question, day)


def test_which_of_two_editions_is_right_their_days_tell_and_not_the_reader(fares: Path) -> None:
    with closing(Snapshot.open(fares)) as snapshot:
        ranking = rank(snapshot, "What does the ferry to Sandnes cost?", 10, asked=DAY)
        found = gains(ranking.question, list(ranking.quotes.values()), ranking.findings)
    editions = [
        number for number in ranking.findings if ranking.quotes[number].hit.article.id in ("0.md", "1.md", "2.md")
    ]
    read = [reader_bonus(ranking.findings[number]) for number in editions]
    assert len(set(read)) > 1
    assert [found[number] for number in editions] == [max(read)] * len(read)


def test_a_question_that_names_a_number_is_left_to_the_reader(fares: Path) -> None:
    with closing(Snapshot.open(fares)) as snapshot:
        ranking = rank(snapshot, "Does the ferry to Sandnes cost 41 crowns?", 10, asked=DAY)
        found = gains(ranking.question, list(ranking.quotes.values()), ranking.findings)
    assert found == {number: reader_bonus(finding) for number, finding in ranking.findings.items()}
    assert len(set(found.values())) > 1


def test_that_an_article_is_of_another_time_than_is_asked_about_counts_for_how_sure_an_answer_is(fares: Path) -> None:
    with closing(Snapshot.open(fares)) as snapshot:

        def against(question: str) -> float:
            found = evidence(snapshot, rank(snapshot, question, 5, asked=DAY))
            assert isinstance(found, Evidence)
            return found.untimely

        question = "What did the ferry from Lindvik to Sandnes cost{}?"
        assert against(question.format("")) == 0
        assert against(question.format(" in November 2023")) < 0.1
        assert against(question.format(" in November 2015")) > 0.9


def test_an_answer_of_one_day_is_not_given_on_another(fares: Path) -> None:
    with Retriever.open(fares) as retriever:
        quotes = [
            retriever.ask("What does the ferry cost?", asked=day).citations[0].quote
            for day in (DAY, DAY - timedelta(11), DAY)
        ]
    assert quotes[0] == quotes[2] != quotes[1]
