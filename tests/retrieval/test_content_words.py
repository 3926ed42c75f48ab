"""What a question is about: its words without those of grammar, each by how much it tells."""

import math
from pathlib import Path

import pytest

from index.engines.bm25 import Bm25Index
from index.engines.protocol import Document
from retrieval.question.terms import content_query, content_words, coverage, is_grammar, weights
from tests.conftest import write_bm25


@pytest.fixture
def words(tmp_path: Path) -> Bm25Index:
    """Of four passages: "storm" is in three, "ferry" in one, "hus" in two and "husen" in one."""
    texts = ["storm ferry hus", "storm hus", "storm husen", "mayor"]
    write_bm25(tmp_path / "lexicon", (Document(n, text, None) for n, text in enumerate(texts)))
    return Bm25Index.open(tmp_path / "lexicon", 4)


def test_words_of_grammar_are_left_out() -> None:
    assert content_query("What did the minister ask Russia to do?", ("en",)) == (("minist",), ("russia",))


def test_a_question_of_nothing_but_grammar_keeps_all_its_words() -> None:
    assert content_query("Who are they?", ("en",)) == (("who",), ("are",), ("they",))


def test_each_word_is_looked_for_once() -> None:
    assert content_query("Storm after storm", ("en",)) == (("storm",),)


def test_each_word_takes_the_form_of_every_language() -> None:
    # Norwegian for "Which houses burnt?": in English only the last letter of "husene" is an ending.
    query = content_query("Hvilke husene brant?", ("no", "en"))
    assert query == (("hus", "husen"), ("brant",))


def test_a_question_in_a_language_of_the_index_takes_the_forms_of_that_one() -> None:
    # Norwegian cuts "-en" off, and an Englishman's garden would be a farm: "gard".
    assert content_query("Which garden burnt?", ("no", "en"), ("en",)) == (("garden",), ("burnt",))
    assert content_query("Which garden burnt?", ("no", "en")) == (("gard", "garden"), ("burnt",))


def test_names_and_numbers_take_the_forms_of_every_language_of_the_index() -> None:
    query = content_query("Did players meet Sanders in 1999?", ("no", "en"), ("en",))
    assert query == (("player",), ("meet",), ("sand", "sander"), ("1999",))


def test_articles_of_unknown_language_are_looked_through_for_words_as_they_stand() -> None:
    assert content_query("Which players left?", ("en", None, "no"), ("en",))[0] == ("player", "players")


def test_grammar_of_another_language_than_the_questions_tells_something() -> None:
    # "men" is a Norwegian's "but", "over" and "for" are grammar to both.
    assert content_query("Which men looked over for a storm?", ("no", "en"), ("en",)) == (
        ("men",), ("look",), ("storm",),
    )  # fmt: skip
    assert ("men",) not in content_query("Which men left?", ("no", "en"))


def test_of_a_question_in_a_language_that_the_index_does_not_hold_only_grammar_is_left_out() -> None:
    query = content_query("Hvem ble president i Finland?", ("en",), ("da", "no"))
    assert query == (("presid",), ("finland",))


def test_without_a_known_language_grammar_is_english_and_words_stay_as_they_are() -> None:
    assert content_query("Who resigned?", (None,)) == (("resigned",),)
    assert content_query("Who resigned?", ()) == (("resigned",),)


@pytest.mark.parametrize(
    ("word", "language"),
    [
        ("what", "en"), ("the", "en"), ("between", "en"), ("hva", "no"), ("og", "no"), ("hvilken", "no"), ("när", "sv"),
        ("hvornår", "da"), ("welche", "de"), ("nicht", "de"), ("pourquoi", "fr"), ("quién", "es"), ("quando", "it"),
        ("waar", "nl"), ("что", "ru"), ("kven", "no"), ("korleis", "no"), ("heter", "no"), ("hedder", "da"),
        ("måste", "sv"), ("heißt", "de"), ("pouvait", "fr"), ("puede", "es"), ("può", "it"), ("deve", "pt"),
        ("hoeveel", "nl"),
    ],
)  # fmt: skip
def test_a_word_of_grammar_is_one_in_its_language(word: str, language: str) -> None:
    assert is_grammar(word, (language,))
    assert is_grammar(word, ("xx", language))


@pytest.mark.parametrize("word", ["russia", "storm", "minister", "2022", "oslo"])
def test_a_word_that_tells_is_no_grammar(word: str) -> None:
    assert not is_grammar(word, ("en", "no", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "fi", "ru"))


def test_grammar_of_one_language_may_be_a_word_of_another() -> None:
    assert is_grammar("men", ("no",))
    assert not is_grammar("men", ("en",))


def test_a_language_without_a_list_has_no_grammar() -> None:
    assert not is_grammar("the", ("ja",))
    assert not is_grammar("the", ())


def test_a_word_weighs_what_its_commonest_form_weighs(words: Bm25Index) -> None:
    # ln(1 + (4 - n + .5) / (n + .5)) for the n passages that hold it.
    weighed = weights((("storm",), ("hus", "husen"), ("nobody",)), words)
    assert weighed == pytest.approx(
        {
            ("storm",): math.log(1 + 1.5 / 3.5),
            ("hus", "husen"): math.log(1 + 2.5 / 2.5),
            ("nobody",): math.log(1 + 4.5 / 0.5),
        }
    )


def test_coverage_is_the_share_of_the_weight_that_a_text_holds() -> None:
    query = (("storm",), ("ferri",), ("mayor",))
    weighed: dict[tuple[str, ...], float] = {("storm",): 1.0, ("ferri",): 2.0, ("mayor",): 5.0}
    assert coverage(query, weighed, "Two ferries lay in the storm.", "en") == pytest.approx(3 / 8)
    assert coverage(query, weighed, "The mayor, two ferries, a storm", "en") == pytest.approx(1)
    assert coverage(query, weighed, "Nothing of it", "en") == 0


def test_any_form_of_a_word_covers_it_once() -> None:
    weighed = {("hus", "husen"): 3.0, ("brant",): 1.0}
    query = (("hus", "husen"), ("brant",))
    assert coverage(query, weighed, "husene og huset", "no") == pytest.approx(3 / 4)


def test_coverage_of_words_that_tell_nothing_is_nothing() -> None:
    assert coverage((), {}, "text", "en") == 0
    assert coverage((("text",),), {("text",): 0.0}, "text", "en") == 0


@pytest.mark.parametrize(
    ("question", "telling"),
    [
        ("What did the US ask Russia to do?", ["us", "russia"]),
        ("What did the U.S. do?", ["us"]),
        ("When did Theresa May resign?", ["theresa", "may", "resign"]),
        ("WHO warned of what?", ["who", "warned"]),
        ("Who warned us?", ["warned"]),
        ("WHAT DID THEY DO TO US", []),
        ("What Did The Minister Say To Us?", ["minister"]),
        ("May I ask you?", []),
    ],
)
def test_a_word_of_grammar_that_is_written_as_a_name_tells_something(question: str, telling: list[str]) -> None:
    assert content_words(question, ("en",)) == telling
