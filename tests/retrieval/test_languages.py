"""Which language a question is in, in which it is read, and whether the model's vectors can be trusted."""

import pytest

from index.encoder.model import ModelCard
from retrieval.question.terms import analysed_languages, index_languages, model_knows, question_languages


def card(*languages: str) -> ModelCard:
    return ModelCard("m", "0", 1, 1, "", "", languages, {})


def test_the_commonest_languages_come_first() -> None:
    passages = {"no": 5, "en": 90, None: 7, "de": 6, "fr": 1, "sv": 2}
    assert index_languages(passages) == ("en", None, "de", "no", "sv", "fr")


def test_a_question_is_read_in_the_four_commonest_languages_and_in_its_own() -> None:
    held = ("en", None, "de", "no", "sv", "fr")
    assert analysed_languages(held) == ("en", None, "de", "no")
    assert analysed_languages(held, ("fr",)) == ("en", None, "de", "no", "fr")
    assert analysed_languages(held, ("de",)) == ("en", None, "de", "no")
    # The index does not hold it, so that no word of an article has its forms.
    assert analysed_languages(held, ("es",)) == ("en", None, "de", "no")


EUROPE = ("en", "no", "de", "fr", "es", "it", "pt", "nl", None)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Who won the race in Oslo?", "en"),
        ("Was the mayor in Geneva?", "en"),  # "was" asks in German
        ("When did the king come to Rome?", "en"),  # "come" is Italian grammar
        ("Hvem vant løpet i Oslo?", "no"),
        ("Kven vart ordførar i Bergen?", "no"),
        ("Korleis gjekk det med ferja?", "no"),
        ("Wer gewann das Rennen in Oslo?", "de"),
        ("Was wurde in Genf beschlossen?", "de"),
        ("Qui a gagné la course à Oslo ?", "fr"),
        ("Quién ganó la carrera en Oslo?", "es"),
        ("Chi ha vinto la gara di Oslo?", "it"),
        ("Quem ganhou a corrida em Oslo?", "pt"),
        ("Hoeveel kost het nieuwe stadion?", "nl"),
        # The title holds more words of grammar than the question around it, but none that asks.
        ("Hvem regisserte The Lord of the Rings?", "no"),
        ("Who wrote Den hemmelige hagen?", "en"),
        ("Who sings La vie en rose?", "en"),
    ],
)
def test_a_question_is_in_the_language_of_its_grammar(question: str, language: str) -> None:
    assert question_languages(question, EUROPE) == (language,)
    assert question_languages(question, EUROPE[::-1]) == (language,)


def test_languages_that_a_question_does_not_tell_apart_all_count() -> None:
    assert question_languages("Hvor ligger Drammen?", ("da", "en", "no")) == ("da", "no")


@pytest.mark.parametrize("question", ["Magnus Carlsen", "Tromsø 2022", "storm damage"])
def test_a_question_without_grammar_is_in_no_language(question: str) -> None:
    assert question_languages(question, ("no", "en")) == ()


def test_a_question_in_a_language_that_no_article_is_in_is_seen_as_such() -> None:
    assert question_languages("Hvem ble valgt til ordfører?", ("en",)) == ("no",)
    assert question_languages("Who was elected mayor?", ("no", None)) == ("en",)
    assert question_languages("Hvem spilte i The Phantom of the Opera?", ("en",)) == ("da", "no")


@pytest.mark.parametrize(
    "question",
    [
        "La Casa de Papel",
        "Charles de Gaulle",
        "Die Hard",
        "Who was Che Guevara?",
        "Was Como in Italy?",
        "Que Sera Sera",
    ],
)
def test_a_foreign_name_does_not_make_a_question_foreign(question: str) -> None:
    assert not set(question_languages(question, ("en",))) - {"en"}
    assert model_knows(question_languages(question, ("en",)), ("en",), card("en"))


def test_danish_words_in_a_norwegian_question_do_not_make_it_danish() -> None:
    # "end" and "af" are Danish grammar and here parts of names.
    assert question_languages("Hvor ligger bydelen East End?", ("no",)) == ("no",)
    assert question_languages("Hvem skrev Fortællinger af Landet?", ("no",)) == ("no",)


def test_vectors_do_not_count_for_a_question_in_a_language_that_the_model_does_not_know() -> None:
    assert not model_knows(question_languages("Hvem ble valgt til ordfører?", ("en",)), ("en",), card("en"))
    assert model_knows(question_languages("Hvem ble valgt til ordfører?", ("en",)), ("en",), card("en", "no"))
    assert model_knows(question_languages("Hvem ble valgt til ordfører?", ("en",)), ("en",), card("*"))
    assert model_knows(question_languages("Who was elected mayor?", ("en",)), ("en",), card("en"))


def test_the_language_of_a_question_counts_however_few_articles_are_in_it() -> None:
    held = ("en", "sv", "fr", "es", "it", "no")
    assert not model_knows(question_languages("Hvem vant mesterskapet i håndball?", held), held, card("en"))
    assert model_knows(
        question_languages("Who won the championship?", ("no", "sv", "fr", "es", "it", "en")),
        ("no", "sv", "fr", "es", "it", "en"),
        card("en"),
    )


def test_equally_common_languages_come_by_name_and_the_unknown_one_first() -> None:
    assert index_languages({"no": 2, "en": 2, None: 2}) == (None, "en", "no")


def test_an_index_without_passages_has_no_language() -> None:
    assert index_languages({}) == ()


@pytest.mark.parametrize("languages", [("en",), ("en", None), (None,)])
def test_a_model_that_knows_every_language_of_the_index_is_trusted(languages: tuple[str | None, ...]) -> None:
    assert model_knows(question_languages("Hvem vant?", languages), languages, card("en"))


@pytest.mark.parametrize("languages", [("no",), ("no", "de", "ja")])
def test_a_model_that_knows_no_language_of_the_index_is_not_trusted(languages: tuple[str | None, ...]) -> None:
    assert not model_knows(question_languages("Who won?", languages), languages, card("en"))


def test_a_multilingual_model_is_trusted_with_every_mixture() -> None:
    assert model_knows(question_languages("Hvem vant?", ("no", "en", "ja", None)), ("no", "en", "ja", None), card("*"))
    assert model_knows(question_languages("Hvem vant?", ("no", "en")), ("no", "en"), card("en", "no"))


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
    assert model_knows(question_languages(question, languages), languages, card("en")) == trusted


def test_articles_of_unknown_language_leave_a_question_without_foreign_grammar_trusted() -> None:
    assert model_knows(question_languages("Who won the championship?", ("no", None)), ("no", None), card("en"))
    assert not model_knows(question_languages("Hvem vant mesterskapet?", ("no", None)), ("no", None), card("en"))
