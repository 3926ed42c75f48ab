"""Filters as people type them: what is one, what is none, and what is said where one cannot be read."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import FilterError
from retrieval.question.filters import Filters, has_words, names_source, split, without, words_of
from retrieval.question.terms import checked_question


@pytest.mark.parametrize(
    ("asked", "words", "filters"),
    [
        ("source:reuters what did he say?", "what did he say?", Filters(source="reuters")),
        ("what did he say? SOURCE:Reuters", "what did he say?", Filters(source="Reuters")),
        ('what source:"The Guardian" said', "what said", Filters(source="The Guardian")),
        ("what source:“The Guardian” said", "what said", Filters(source="The Guardian")),
        ("what source:«The Guardian» said", "what said", Filters(source="The Guardian")),
        ("who after:2022-01-15", "who", Filters(after=date(2022, 1, 15))),
        ('who in:"tidal barrier", and why?', "who , and why?", Filters(title="tidal barrier")),
        ("source:wire, who won?", "who won?", Filters(source="wire")),
        ("kilde:nrk hvem etter:2022 før:2023-02 vant i:valget", "hvem vant",
         Filters("nrk", date(2022, 1, 1), date(2023, 2, 28), "valget")),
        ("\u200fsource:\u202ereuters\u202c who?", "who?", Filters(source="reuters")),
    ],
)  # fmt: skip
def test_a_filter_is_taken_out_of_the_question_wherever_it_stands(asked: str, words: str, filters: Filters) -> None:
    assert split(asked) == (words, filters)


@pytest.mark.parametrize(
    "asked",
    [
        "What is the source: the sun or the wind?",
        "Who took part in: Oslo or Bergen?",
        "What happened after: the flood or the fire?",
        "Who said topic:reuters?",
        "resource:reuters is what?",
        "see https://example.org/?in:x for what",
        "What does in:) mean",
        "\u017fource:reuters what",
        "At 10:30, who spoke?",
    ],
)
def test_a_colon_alone_makes_no_filter(asked: str) -> None:
    assert split(asked) == (asked, Filters())


@pytest.mark.parametrize(
    ("after", "before", "first", "last"),
    [
        ("2022", "2022", date(2022, 1, 1), date(2022, 12, 31)),
        ("2022-02", "2022-02", date(2022, 2, 1), date(2022, 2, 28)),
        ("2024-2", "2024-2", date(2024, 2, 1), date(2024, 2, 29)),
        ("2022-01-15", "2022-01-15", date(2022, 1, 15), date(2022, 1, 15)),
    ],
)
def test_both_ends_belong_to_the_time_that_is_asked_for(after: str, before: str, first: date, last: date) -> None:
    assert Filters.of(after=after, before=before) == Filters(after=first, before=last)
    assert split(f"who after:{after} before:{before}") == ("who", Filters(after=first, before=last))


@pytest.mark.parametrize(
    "written",
    [
        "0000-99-99",
        "0000",
        "2022-13",
        "2022-00",
        "2022-02-30",
        "22",
        "yesterday",
        "2022/01/15",
        "\u0662\u0660\u0662\u0662",
    ],
)
def test_what_is_no_date_is_said_to_be_none_with_the_forms_there_are(written: str) -> None:
    with pytest.raises(FilterError, match=r"is no date: write after:2022, after:2022-01 or after:2022-01-15$") as told:
        split(f"who won after:{written}")
    assert (told.value.reason, told.value.name, told.value.value) == ("date", "after", written)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("who won source:", "empty"),
        ('who won source:""', "empty"),
        ('who won in:"?!"', "empty"),
        ('who won before:" "', "empty"),
        ('who won in:"the tidal barrier', "quote"),
        ("source:reuters who won source:wire", "twice"),
        ("kilde:nrk who won source:wire", "twice"),
        ("source:reuters after:2022 ?!", "alone"),
        ("source:reuters", "alone"),
    ],
)
def test_a_filter_that_says_nothing_clear_is_an_error_of_one_line(asked: str, reason: str) -> None:
    with pytest.raises(FilterError) as told:
        split(asked)
    assert told.value.reason == reason
    assert "\n" not in str(told.value)
    assert ": " in str(told.value)


def test_the_same_filter_twice_is_one() -> None:
    assert split("source:wire who source:wire") == ("who", Filters(source="wire"))


def test_arguments_and_the_question_add_up_and_must_not_contradict() -> None:
    mine = Filters(source="wire").both(Filters(after=date(2022, 1, 1)))
    assert mine == Filters(source="wire", after=date(2022, 1, 1))
    assert mine.both(Filters(source="wire")) == mine
    with pytest.raises(FilterError, match=r"^source: is there twice: keep one of the two$"):
        mine.both(Filters(source="gazette"))


def test_filters_are_told_by_the_names_that_people_use() -> None:
    filters = Filters("wire", date(2022, 1, 1), date(2022, 2, 28), "barrier")
    assert filters.told() == {"source": "wire", "after": "2022-01-01", "before": "2022-02-28", "in": "barrier"}
    assert filters
    assert not Filters()
    assert Filters().told() == {}


@pytest.mark.parametrize(
    ("wanted", "source", "meant"),
    [
        ("guardian", "The Guardian", True),
        ("THE GUARDIAN", "the guardian", True),
        ("The Guardian", "theguardian.com", True),
        ("reuters", "www.reuters.com", True),
        ("Suddeutsche", "Süddeutsche Zeitung", True),
        ("un", "The Sun", False),
        ("ap", "Japan Times", False),
        ("guardian the", "The Guardian", False),
        (".*", "The Guardian", False),
        ("%", "The Guardian", False),
    ],
)
def test_a_source_is_meant_by_whole_words_of_its_name(wanted: str, source: str, meant: bool) -> None:
    assert names_source(wanted, source) is meant


def test_a_title_is_meant_by_words_of_it_in_any_order_and_case() -> None:
    assert has_words(words_of("BARRIER tidal"), "Lindvik votes for a tidal barrier")
    assert not has_words(words_of("tidal bar"), "Lindvik votes for a tidal barrier")
    assert not has_words(words_of("tidal gate"), "Lindvik votes for a tidal barrier")
    assert has_words(words_of("fete"), "La Fête du citron")
    assert not has_words(words_of("fet"), "La Fête du citron")
    assert has_words([], "")


@given(st.text(alphabet=st.sampled_from(list("source:in:after:før \"“«»\u202e\u200f2-0.,)%_'\\*(x")), max_size=60))
def test_whatever_is_typed_is_split_or_refused_in_one_line(asked: str) -> None:
    said = ""
    try:
        words, filters = split(asked)
    except FilterError as error:
        said = str(error)
    if said:
        assert len(said.splitlines()) == 1
        return
    assert without(asked) == words
    assert bool(filters) or words == asked


def test_two_thousand_characters_are_split_and_told_briefly() -> None:
    asked = checked_question("who won after:" + "9" * 1_980)
    with pytest.raises(FilterError) as told:
        split(asked)
    assert len(str(told.value)) < 200
