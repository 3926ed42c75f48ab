"""A word that no article holds is matched to words that articles hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from retrieval import Retriever
from retrieval.errors import FilterError
from retrieval.question.spelling import Correction, Misspelt
from tests.conftest import BuildData

SEEDS: Final = {
    "song.md": """---
title: Loreen wins the Eurovision
source: Wekkly Courier
date: 2023-05-14
---

Loreen won the Eurovision in Liverpool. The government of Zimbabwe congratulated her on the achievement. Rugby was
played beside the stadium, and Government House was lit. The casting of the statue took place in Reykjavik.
""",
    "names.md": """---
title: Ministers in Niagara
---

Prime Minister Kwarteng met Chancellor Kwartang near the Niagara falls. The nationalization of railways was discussed,
and photographers took a picture of Thorbjørnsen, who sells marmelade and marmalade, plates and pirates.
""",
}


@pytest.fixture(scope="session")
def folder(build_data: BuildData) -> Path:
    """A data folder over these articles."""
    return build_data(SEEDS)


@pytest.fixture
def small_words(folder: Path) -> Iterator[Retriever]:
    """A retriever of them."""
    with Retriever.open(folder, reader=False) as retriever:
        yield retriever


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("eurovison", "Eurovision"),  # a letter missing, in the ending
        ("goverrnment", "government"),  # a letter too many
        ("zimbebwe", "Zimbabwe"),  # another letter
        ("naigara", "Niagara"),  # two in the wrong order
        ("nationalizaton", "nationalization"),  # in an ending that is cut off
        ("rgby", "Rugby"),  # near the beginning, of a word whose stem ends otherwise
        ("thorbjornssen", "Thorbjørnsen"),  # accents do not count
        ("ACHEIVEMENT", "achievement"),
    ],
)
def test_one_wrong_letter_is_forgiven_and_the_word_is_shown_as_an_article_writes_it(
    small_words: Retriever, wrong: str, right: str
) -> None:
    correction = small_words.corrected(f"Who spoke of the {wrong}?")
    assert correction == Correction(
        f"Who spoke of the {right}?", (Misspelt(wrong.lower(), (right,)),), certain=len(wrong) > 4
    )


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("urovision", "Eurovision"),  # begins otherwise
        ("niagarb", "Niagara"),  # ends otherwise
        ("reykhavek", "Reykjavik"),  # two letters of nine
        ("rugbx", "Rugby"),
    ],
)
def test_what_may_be_another_word_is_offered_and_not_searched_at_once(
    small_words: Retriever, wrong: str, right: str
) -> None:
    correction = small_words.corrected(f"Who spoke of the {wrong}?")
    assert correction
    assert correction.changed == (Misspelt(wrong, (right,)),)
    assert not correction.certain


def test_where_several_words_fit_all_are_offered(small_words: Retriever) -> None:
    correction = small_words.corrected("What did Kwartxng say?")
    assert correction
    assert {*correction.changed[0].meant} == {"Kwarteng", "Kwartang"}
    assert not correction.certain


@pytest.mark.parametrize(
    "question",
    [
        "Who won the Eurovision in Liverpool?",  # all known
        "Who reads the Wekkly Courier?",  # the name of a source
        "Did the minister see the casts?",  # known by its stem
        "Who was stuck in the strait?",  # the model knows the words
        "What about 20233 and wn?",  # a number, and a short word
        "Dont you know whos there?",  # grammar without its apostrophe
        "Who is Xylophanes of Qwertz?",  # near to nothing
        "riyhjavek",  # three letters are wrong
        "platez of zimbebwe, naigara, eurovison, rgby",  # more than a slip or two
        "日本のニュースは何ですか",
        "",
    ],
)
def test_a_question_without_a_slip_stays_as_it_is(small_words: Retriever, question: str) -> None:
    assert small_words.corrected(question) is None


def test_filters_stay_as_they_are_and_come_last(small_words: Retriever) -> None:
    correction = small_words.corrected('source:"Wekkly Courier" Who won the eurovison? after:2023-05')
    assert correction
    assert correction.question == 'Who won the Eurovision? source:"Wekkly Courier" after:"2023-05-01"'
    assert small_words.ask(correction.question, 1).citations
    with pytest.raises(FilterError):
        small_words.corrected('Who won the eurovison? source:"Wek')


def test_each_misspelt_word_is_corrected_where_it_stands(small_words: Retriever) -> None:
    correction = small_words.corrected("Eurovison's stage: the eurovison in Zimbebwe?")
    assert correction
    assert correction.question == "Eurovision's stage: the Eurovision in Zimbabwe?"
    assert [changed.word for changed in correction.changed] == ["eurovison", "zimbebwe"]
