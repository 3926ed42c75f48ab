"""What a question's words alone say for a passage."""

import pytest

from retrieval.confidence import WordsEvidence, words_evidence

QUERY = (("storm",), ("ferri",), ("mayor",))
WEIGHTS: dict[tuple[str, ...], float] = {("storm",): 1.0, ("ferri",): 2.0, ("mayor",): 5.0}
TITLE = "Mayor under fire"


def told(*sentences: str) -> WordsEvidence:
    found = "\n".join([TITLE, " ".join(sentences)])
    return words_evidence(QUERY, WEIGHTS, found, sentences, "en")


def test_what_stands_in_front_of_a_passage_covers_words_but_holds_none_together() -> None:
    evidence = told("Two ferries lay still.", "Nobody came.", "The storm went on.")
    assert evidence.coverage == pytest.approx(1.0)
    # The ferries' sentence: 2 of 8. The storm is two sentences away.
    assert evidence.together == pytest.approx(2 / 8)


def test_two_sentences_in_a_row_hold_their_words_together() -> None:
    assert told("Two ferries lay still.", "The storm went on.", "Nobody came.").together == pytest.approx(3 / 8)
    assert told("Nobody came.", "Two ferries lay in the storm.").together == pytest.approx(3 / 8)


def test_the_words_of_the_question_are_counted() -> None:
    assert told("Nobody came.").telling == 3
    assert words_evidence((), {}, "text", ["text"], "en").telling == 0


def test_words_that_weigh_nothing_or_are_not_there_say_nothing() -> None:
    nothing = WordsEvidence(0.0, 0.0, 1)
    assert words_evidence((("text",),), {("text",): 0.0}, "text", ["text"], "en") == nothing
    assert words_evidence((("word",),), {("word",): 1.0}, "text", ["text"], "en") == nothing


def test_the_evidence_is_the_same_in_a_folder_where_every_word_is_rarer_alike() -> None:
    rarer = {forms: 3 * weight for forms, weight in WEIGHTS.items()}
    sentences = ("Two ferries lay still.", "The storm went on.")
    few = words_evidence(QUERY, WEIGHTS, " ".join(sentences), sentences, "en")
    many = words_evidence(QUERY, rarer, " ".join(sentences), sentences, "en")
    assert few.coverage == pytest.approx(many.coverage)
    assert few.together == pytest.approx(many.together)
