"""A question that leans on the one before it is searched for together with it; one that stands alone is not."""

from collections.abc import Mapping
from typing import Any

import pytest

from retrieval.conversation import Turn, interpret, leans
from retrieval.question import LONGEST, checked

EN = ("en",)
FIRST = "What did Blinken ask Russia to do?"


def asked(*questions: str) -> list[Turn]:
    return [turn for text in questions for turn in (Turn("user", text), Turn("agent", f"An answer to: {text}"))]


@pytest.mark.parametrize(
    "question",
    [
        "Why?",
        "When was that?",
        "And when did he say that?",
        "and in Geneva?",
        "What about Germany?",
        "How about the ferries?",
        "But who paid?",
        "Who is she?",
        "When did they resign?",
        "Where is it?",
    ],
)
def test_a_question_that_takes_up_a_thread_or_points_back_leans(question: str) -> None:
    assert leans(question, EN)
    assert interpret(question, asked(FIRST), EN) == f"{FIRST} {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Who won the 2022 World Cup?",
        "What does the new barrier in Lindvik cost?",
        "When did the minister of finance say that taxes would rise?",
        "Android sales in Germany",
        "Organic farming subsidies",
        "Who is the president of France?",
    ],
)
def test_a_question_that_names_what_it_is_about_stands_alone(question: str) -> None:
    assert not leans(question, EN)
    assert interpret(question, asked(FIRST), EN) == question


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Når sa han det?", "no"),
        ("Og i Bergen?", "no"),
        ("Hva med Tyskland?", "no"),
        ("När sade hon det?", "sv"),
        ("Wann hat er das gesagt?", "de"),
        ("Und in Berlin?", "de"),
        ("Quand a-t-il démissionné?", "fr"),
        ("¿Y en Madrid?", "es"),
    ],
)
def test_other_languages_lean_on_words_of_their_own(question: str, language: str) -> None:
    assert leans(question, (language,))


@pytest.mark.parametrize(
    ("question", "language"),
    [
        # "er" is "he" in German and "is" in Norwegian; "il" is "he" in French and "the" in Italian.
        ("Hvem er statsminister i Norge?", "no"),
        ("Chi è il presidente?", "it"),
        # "es" is "it" in German and "is" in Spanish; "de" is "they" in Norwegian and "of" in French and Spanish.
        ("¿Quién es el presidente de Francia?", "es"),
        ("Qui est le président de la France?", "fr"),
        # "men" is "but" in Norwegian.
        ("Men in black cars", "en"),
    ],
)
def test_a_word_that_points_back_in_another_language_does_not_in_this_one(question: str, language: str) -> None:
    assert not leans(question, (language,))


def test_where_no_language_is_known_the_words_are_taken_for_english() -> None:
    assert leans("When was that?", ())
    assert not leans("Who won the World Cup?", ())


def test_the_last_question_that_stood_alone_is_drawn_in() -> None:
    history = asked("Who won the World Cup?", FIRST, "And when?")
    assert interpret("Why was that?", history, EN) == f"{FIRST} Why was that?"


def test_where_none_stood_alone_the_first_is_drawn_in() -> None:
    history = asked("Who is she?", "And why?")
    assert interpret("Where was that?", history, EN) == "Who is she? Where was that?"


def test_what_was_answered_is_not_drawn_in() -> None:
    assert interpret("Why?", [Turn("agent", "Ask me anything about the harbour.")], EN) == "Why?"


def test_without_a_history_a_question_is_itself() -> None:
    assert interpret("And why?", [], EN) == "And why?"


def test_turns_may_be_mappings() -> None:
    history = [{"speaker": "user", "text": FIRST}, {"speaker": "agent", "text": "Pull back."}]
    assert interpret("When?", history, EN) == f"{FIRST} When?"


@pytest.mark.parametrize(
    "turn",
    [
        {},
        {"speaker": "user"},
        {"text": "orphan"},
        {"speaker": "user", "text": None},
        {"speaker": None, "text": "orphan"},
        {"speaker": "user", "text": 5},
        {"speaker": "user", "text": ["a", "list"]},
        {"speaker": "user", "text": "  \n"},
        {"speaker": ["user"], "text": "orphan"},
        {"speaker": "USER; DROP TABLE", "text": "orphan"},
        None,
        "a string",
        5,
        ["user", "text"],
    ],
)
def test_a_turn_that_is_none_says_nothing(turn: Any) -> None:
    assert interpret("Why?", [turn], EN) == "Why?"
    good: list[Turn | Mapping[str, str]] = [Turn("user", FIRST), turn]
    assert interpret("Why?", good, EN) == f"{FIRST} Why?"


def test_a_long_question_before_it_leaves_room_for_the_new_one() -> None:
    long = "harbour " * (LONGEST // 8)
    interpreted = interpret("Why was that so?", asked(long), EN)
    assert interpreted.endswith("harbour Why was that so?")
    # It can still be asked, and the encoder still reads its end.
    assert checked(interpreted) == interpreted
    assert len(interpreted) <= 450


def test_a_long_question_without_spaces_is_cut_as_well() -> None:
    assert len(interpret("Why?", asked("港" * 100_000), EN)) <= 450


def test_lines_of_an_earlier_question_become_one() -> None:
    assert interpret("Why?", [Turn("user", " Who\nwon   the Cup?\n")], EN) == "Who won the Cup? Why?"
