"""In which languages a question is read, and whether the model's vectors can be trusted."""

import pytest

from index.model import ModelCard
from retrieval.languages import languages_of, model_knows


def card(*languages: str) -> ModelCard:
    return ModelCard("m", "0", 1, 1, "", "", languages, {})


def test_the_commonest_languages_come_first_and_no_more_than_four() -> None:
    passages = {"no": 5, "en": 90, None: 7, "de": 6, "fr": 1, "sv": 2}
    assert languages_of(passages) == ("en", None, "de", "no")


def test_equally_common_languages_come_by_name_and_the_unknown_one_first() -> None:
    assert languages_of({"no": 2, "en": 2, None: 2}) == (None, "en", "no")


def test_an_index_without_passages_has_no_language() -> None:
    assert languages_of({}) == ()


@pytest.mark.parametrize("languages", [("en",), ("en", None), (None,)])
def test_a_model_that_knows_every_language_of_the_index_is_trusted(languages: tuple[str | None, ...]) -> None:
    assert model_knows("Hvem vant?", languages, card("en"))


@pytest.mark.parametrize("languages", [("no",), ("no", "de", "ja")])
def test_a_model_that_knows_no_language_of_the_index_is_not_trusted(languages: tuple[str | None, ...]) -> None:
    assert not model_knows("Who won?", languages, card("en"))


def test_a_multilingual_model_is_trusted_with_every_mixture() -> None:
    assert model_knows("Hvem vant?", ("no", "en", "ja", None), card("*"))
    assert model_knows("Hvem vant?", ("no", "en"), card("en", "no"))


@pytest.mark.parametrize(
    ("question", "trusted"),
    [
        ("Who won the championship in handball?", True),
        ("What did the minister say about it?", True),
        ("Hvem vant mesterskapet i håndball?", False),
        ("Når ble han valgt til statsminister?", False),
        ("Wer hat die Wahl gewonnen?", False),
        # Bare names, which are alike in every language.
        ("Magnus Carlsen", True),
        ("Tromsø 2022", True),
    ],
)
@pytest.mark.parametrize("languages", [("en", "no", "de"), ("no", "de", "en", None)])
def test_in_a_mixed_folder_the_language_of_the_question_decides(
    question: str, trusted: bool, languages: tuple[str | None, ...]
) -> None:
    assert model_knows(question, languages, card("en")) == trusted


def test_articles_of_unknown_language_leave_a_question_without_foreign_grammar_trusted() -> None:
    assert model_knows("Who won the championship?", ("no", None), card("en"))
    assert not model_knows("Hvem vant mesterskapet?", ("no", None), card("en"))
