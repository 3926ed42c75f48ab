"""What of a conversation a question may go on from, and which questions cannot be understood without."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from retrieval.question.conversation import RECALLED, Context, Turn, context_of, leans, turns_of
from retrieval.question.terms import LONGEST

EN = ("en",)
FIRST = "What did Blinken ask Russia to do?"


def asked(*questions: str) -> list[Turn]:
    return [turn for text in questions for turn in (Turn("user", text), Turn("agent", f"An answer to: {text}"))]


def recalled(history: Sequence[Turn | Mapping[str, str]], question: str = "Where is it?") -> Context | None:
    return context_of(question, turns_of(history), EN)


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


def test_the_last_question_that_stood_alone_is_recalled_with_the_last_reply() -> None:
    history = asked("Who won the World Cup?", FIRST, "And when?")
    replies = (f"An answer to: {FIRST}", "An answer to: And when?")
    assert recalled(history) == Context(
        FIRST, "An answer to: And when?", ("An answer to: Who won the World Cup?", *replies)
    )


def test_where_none_stood_alone_the_first_is_recalled() -> None:
    recollection = recalled(asked("Who is she?", "And why?"))
    assert recollection is not None
    assert recollection.earlier == "Who is she?"


def test_nothing_is_recalled_of_a_question_that_was_not_answered_nor_of_what_went_before_it() -> None:
    assert recalled([*asked("Who won the World Cup?"), Turn("user", FIRST), Turn("agent", "")]) is None


def test_a_follow_up_that_was_not_answered_is_passed_over() -> None:
    answer = f"An answer to: {FIRST}"
    assert recalled([*asked(FIRST), Turn("user", "And why?"), Turn("agent", "")]) == Context(FIRST, answer, (answer,))


def test_a_plain_question_that_was_not_answered_gives_way_to_the_one_it_came_from() -> None:
    history = [*asked("When did Finland join NATO?"), Turn("user", "And Sweden?"), Turn("agent", "")]
    recollection = recalled(history, "And Norway?")
    assert recollection is not None
    assert recollection.earlier == "When did Finland join NATO?"


def test_the_same_question_again_goes_on_from_what_came_before_it_the_first_time() -> None:
    assert recalled(asked(FIRST), "what did blinken ask Russia to do") is None
    again = recalled(asked("Who won the World Cup?", FIRST), FIRST)
    assert again is not None
    assert again.earlier == "Who won the World Cup?"


def test_a_follow_up_goes_on_from_the_plain_question_that_the_one_before_it_stood_for() -> None:
    recollection = recalled(asked("When did Finland join NATO?", "And Sweden?"), "Why?")
    assert recollection is not None
    assert recollection.earlier == "When did Sweden join NATO?"


def test_small_talk_is_passed_over() -> None:
    recollection = recalled(asked(FIRST, "great, thank you!", "👍"))
    assert recollection is not None
    assert recollection.earlier == FIRST


def test_without_a_question_nothing_is_recalled() -> None:
    assert recalled([]) is None
    assert recalled([Turn("agent", "Ask me anything about the harbour.")]) is None


def test_turns_may_be_mappings() -> None:
    history = [{"speaker": "user", "text": FIRST}, {"speaker": "agent", "text": "Pull back."}]
    assert recalled(history) == Context(FIRST, "Pull back.", ("Pull back.",))


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
        {"speaker": "user", "text": "\x00\ud800"},
        {"speaker": ["user"], "text": "orphan"},
        {"speaker": "USER; DROP TABLE", "text": "orphan"},
        Turn("user", 5),  # type: ignore[arg-type]
        None,
        "a string",
        5,
        ["user", "text"],
    ],
)
def test_a_turn_that_is_none_says_nothing(turn: Any) -> None:
    assert recalled([turn]) is None
    good: list[Turn | Mapping[str, str]] = [Turn("user", FIRST), turn]
    assert recalled(good) == Context(FIRST, "")


def test_what_is_recalled_of_a_long_question_leaves_room_for_the_new_one() -> None:
    recollection = recalled([Turn("user", "harbour " * LONGEST), Turn("agent", "quay " * LONGEST)])
    assert recollection is not None
    assert recollection.earlier == ("harbour " * 50).strip()
    assert recollection.reply == ("quay " * 160).strip()


def test_a_long_question_without_spaces_is_cut_as_well() -> None:
    recollection = recalled([Turn("user", "港" * 100_000)])
    assert recollection == Context("港" * 400, "")


def test_only_the_last_turns_of_an_endless_conversation_are_looked_at() -> None:
    history = [*asked("Who won the World Cup?"), *asked(*["And why?"] * 10_000)]
    recollection = recalled(history)
    assert recollection is not None
    assert (recollection.earlier, len(recollection.shown)) == ("And why?", 10)


def test_lines_of_an_earlier_question_become_one_and_signs_that_steer_a_screen_are_left_out() -> None:
    assert recalled([Turn("user", " Who\nwon \x1b  the Cup?\n")]) == Context("Who won the Cup?", "")


def test_turns_that_cannot_matter_and_turns_as_mappings_make_no_other_conversation() -> None:
    turns = [Turn("user", f"turn {number}") for number in range(RECALLED)]
    assert turns_of([Turn("user", "older"), *turns]) == turns_of(turns) == tuple(turns)
    assert turns_of([{"speaker": turn.speaker, "text": turn.text} for turn in turns]) == tuple(turns)
    assert turns_of([Turn("user", "x" * (LONGEST + 1))]) == (Turn("user", "x" * LONGEST),)
    assert turns_of(turns[1:]) != turns_of(turns)


def test_earlier_turns_lose_their_filters_and_nothing_else() -> None:
    reply = {"speaker": "agent", "text": "Nobody: a draw."}
    turns: list[Turn | Mapping[str, str]] = [Turn("user", "source:wire who  won?"), reply, {"speaker": "x"}]
    assert turns_of(turns) == (Turn("user", "who won?"), Turn("agent", "Nobody: a draw."))
    assert turns_of([{"speaker": "user", "text": "who won? in:x"}]) == (Turn("user", "who won?"),)
