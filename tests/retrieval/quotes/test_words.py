"""Words as quotes are compared by them."""

import pytest

from retrieval.quotes.words import words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("don’t", "don't"),
        ("“well” — she", "well she"),
        ("[T]he end", "the end"),
        ("[i]t's over", "It’s over"),
        ("3,000 names", "3000 names"),
        ("12 000 names", "12\u00a0000 names"),
        ("the U.S. army", "the US army"),
        ("co\u00adoper\u200bate", "cooperate"),
        ("caf\u00e9", "cafe\u0301"),
        ("one\r\n\r\ntwo", "one two"),
        ("ﬁrst", "first"),
    ],
)
def test_the_same_words_in_other_dress_are_the_same(one: str, other: str) -> None:
    assert words_of(one).forms == words_of(other).forms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 %", "6 %"),
        ("5 %", "5"),
        ("-5 degrees", "5 degrees"),
        ("3.5", "35"),
        ("3,5", "35"),
        ("can't", "can"),
        ("its", "it's"),
        ("$5", "€5"),
        ("Nystrom", "Nyström"),
        ("no table", "notable"),
    ],
)
def test_what_people_read_as_another_word_is_another(one: str, other: str) -> None:
    assert words_of(one).forms != words_of(other).forms


def test_scripts_without_blanks_are_compared_sign_by_sign() -> None:
    assert words_of("三千円です").forms == ("三", "千", "円", "で", "す")


def test_places_are_those_of_the_text() -> None:
    text = "“Aye,” she said – twice."
    words = words_of(text)
    assert [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)] == [
        "Aye",
        "she",
        "said",
        "twice",
    ]


@pytest.mark.parametrize("text", ["", " \n", "…?!", "\u202e\u200b"])
def test_what_holds_no_word_has_none(text: str) -> None:
    assert len(words_of(text)) == 0
