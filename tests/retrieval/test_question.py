"""What can be asked, and what is told to who cannot be helped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import QuestionError
from retrieval.question.terms import LONGEST, checked_question, without_courtesies


@pytest.mark.parametrize(
    ("asked", "clean"),
    [
        ("Who won?", "Who won?"),
        ("  Who\n\twon?  ", "Who won?"),
        ("Who\u00a0\u2003won?", "Who won?"),
        ("Who won?\r\n", "Who won?"),
        ("Wh\x00o\x1b w\x07on?", "Who won?"),
        ("\ud800Who won?\udcff", "Who won?"),
        ("誰が勝ちましたか", "誰が勝ちましたか"),
        ("क्या", "क्या"),
        ("👩‍🚒 Who?", "👩‍🚒 Who?"),
        ("1", "1"),
    ],
)
def test_white_space_is_folded_and_control_characters_go(asked: str, clean: str) -> None:
    assert checked_question(asked) == clean


@pytest.mark.parametrize("asked", ["", "   ", "\n\t\u3000\u00a0", "\x00\x01", "\ud800"])
def test_an_empty_question_is_refused(asked: str) -> None:
    with pytest.raises(QuestionError, match=r"^the question is empty: type what you want to know$"):
        checked_question(asked)


@pytest.mark.parametrize("asked", ["?", "... !!! ---", "¿؟", "🎉🎉", "+-*/", "\u0301"])
def test_a_question_without_a_letter_or_a_digit_is_refused(asked: str) -> None:
    with pytest.raises(QuestionError, match=r"^the question holds no word: type what you want to know$"):
        checked_question(asked)


def test_a_question_may_be_as_long_as_a_person_types_and_no_longer() -> None:
    assert checked_question("a" * LONGEST) == "a" * LONGEST
    with pytest.raises(QuestionError, match=r"^the question has 100,000 characters: ask in at most 2,000$"):
        checked_question("a" * 100_000)


@given(st.text(max_size=200))
def test_what_is_accepted_is_one_clean_line(asked: str) -> None:
    try:
        clean = checked_question(asked)
    except QuestionError:
        return
    assert clean == checked_question(clean)
    assert clean == " ".join(clean.split())
    assert not any(character < " " or "\x7f" <= character < "\xa0" for character in clean)
    clean.encode()
    # Every letter and digit is still there.
    assert [c for c in clean if c.isalnum()] == [c for c in asked if c.isalnum()]


@pytest.mark.parametrize(
    ("asked", "plain"),
    [
        ("I would like to know what cargo the trawler carried, please?", "what cargo the trawler carried?"),
        ("Could you please tell me who won?", "who won?"),
        ("Hi, do you know when the ferry sails", "when the ferry sails"),
        ("I was wondering where it lies. Thanks", "where it lies."),
        ("Hei! Kan du si meg hvem som vant, er du snill?", "hvem som vant?"),
    ],
)
def test_courtesies_around_a_question_are_no_part_of_it(asked: str, plain: str) -> None:
    assert without_courtesies(asked) == plain


@pytest.mark.parametrize(
    "question",
    [
        "Who said thank you to the king?",
        "What is Tell Me Why about?",
        "please",
        "Thanks",
        "Hi",
        "Do you know",
        "Whom do you know?",
    ],
)
def test_a_question_about_such_words_keeps_them_and_one_of_nothing_else_too(question: str) -> None:
    assert without_courtesies(question) == question
