"""The sentence that answers stands out."""

import pytest

from index.article import Span
from index.engines.bm25 import word_query
from index.engines.protocol import WordQuery
from retrieval.citation import answering_sentence

HARBOUR = (
    "The council met in the old town hall. "
    "Fishermen fear that the barrier will hold up their boats. "
    "The barrier will cost 48 million euros. "
    "Mayor Runa Aasheim promised that the barrier will be ready soon. "
    "Work on the barrier begins on 4 September 2023."
)


def highlighted(question: str, words: list[str], text: str = HARBOUR, passage: Span | None = None) -> str:
    """The sentence of `text` for a question whose telling words are all worth the same."""
    query = word_query(words, ["en"])
    span = answering_sentence(question, query, dict.fromkeys(query, 1.0), text, passage or Span(0, len(text)), "en")
    return span.of(text)


def test_the_sentence_that_holds_most_of_the_question_answers_it() -> None:
    assert highlighted("Do fishermen fear for boats?", ["fishermen", "fear", "boats"]) == (
        "Fishermen fear that the barrier will hold up their boats."
    )


def test_words_count_in_any_of_their_forms() -> None:
    assert highlighted("feared by a fisherman with a boat", ["feared", "boat"]).startswith("Fishermen fear")


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How much is the barrier?", "The barrier will cost 48 million euros."),
        ("When is the barrier built?", "Work on the barrier begins on 4 September 2023."),
        ("Who wants the barrier?", "Mayor Runa Aasheim promised that the barrier will be ready soon."),
        ("In what month does the barrier come?", "Work on the barrier begins on 4 September 2023."),
        # No kind of thing is asked for: the first of equals.
        ("Is there a barrier?", "Fishermen fear that the barrier will hold up their boats."),
    ],
)
def test_of_sentences_with_the_same_words_the_one_with_what_is_asked_for_answers(question: str, sentence: str) -> None:
    assert highlighted(question, ["barrier"]) == sentence


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many boats sank?", "Seven boats sank."),
        ("How many boats sank?", "In all 12 boats sank."),
        ("What percentage of boats sank?", "Half of the boats sank."),
        ("When did the boats sink?", "The boats sank on Friday."),
        ("When did the boats sink?", "The boats sank at 10:45."),
        ("What year did the boats sink?", "The boats sank in 1978."),
        ("Whose boats sank?", "The boats of Ole Vik sank."),
        ("Where did the boats sink?", "The boats sank off Lofoten."),
    ],
)
def test_what_a_question_asks_for_is_told_by_how_it_asks(question: str, answer: str) -> None:
    text = f"The boats sank. {answer} Then boats sank."
    assert highlighted(question, ["boats", "sank"], text) == answer


def test_the_kind_asked_for_does_not_outweigh_the_words() -> None:
    text = "Ole Vik was born in Bergen. The ferry sank near the coast in a storm."
    assert highlighted("Where did the ferry sink in the storm?", ["ferry", "storm"], text).startswith("The ferry sank")


def test_a_capital_at_the_beginning_of_a_sentence_is_no_name() -> None:
    text = "Boats sank. The boats of Vik sank."
    assert highlighted("Who sank boats?", ["boats", "sank"], text) == "The boats of Vik sank."


def test_a_rare_word_counts_for_more_than_a_common_one() -> None:
    text = "The storm came. The ferry left."
    query: WordQuery = (("storm",), ("ferri",))
    span = answering_sentence(
        "Storm? Ferry?", query, {("storm",): 1.0, ("ferri",): 3.0}, text, Span(0, len(text)), "en"
    )
    assert span.of(text) == "The ferry left."


def test_only_the_passage_is_looked_at() -> None:
    start = HARBOUR.index("The barrier will cost")
    passage = Span(start, HARBOUR.index("Mayor") - 1)
    assert highlighted("Do fishermen fear for boats?", ["fishermen", "fear"], HARBOUR, passage) == passage.of(HARBOUR)


def test_where_nothing_fits_the_first_sentence_stands_out() -> None:
    assert highlighted("What is the capital of Peru?", ["capital", "peru"]) == "The council met in the old town hall."


def test_words_without_a_weight_and_questions_without_words_do_no_harm() -> None:
    whole = Span(0, len(HARBOUR))
    first = "The council met in the old town hall."
    assert answering_sentence("???", (), {}, HARBOUR, whole, "en").of(HARBOUR) == first
    assert answering_sentence("barrier?", (("barrier",),), {}, HARBOUR, whole, None).of(HARBOUR) == first


def test_a_passage_of_one_sentence_stands_out_whole() -> None:
    assert highlighted("Who?", ["storm"], "no full stop here") == "no full stop here"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Hvor mange båter sank?", "I alt sank sju båter."),
        ("Når sank båtene?", "Båtene sank fredag."),
        ("Hvilket år sank båtene?", "Båtene sank i 1978."),
        ("Hvem sine båter sank?", "Båtene til Ole Vik sank."),
        ("Hvor sank båtene?", "Båtene sank ved Lofoten."),
    ],
)
def test_what_a_norwegian_question_asks_for_is_told_too(question: str, answer: str) -> None:
    text = f"Båtene sank. {answer} Så sank båtene."
    query = word_query(["sank"], ["no"])
    span = answering_sentence(question, query, dict.fromkeys(query, 1.0), text, Span(0, len(text)), "no")
    assert span.of(text) == answer
