"""What a question's words alone say for a passage."""

import pytest

from retrieval.words_evidence import WordsEvidence, words_evidence

QUERY = (("storm",), ("ferri",), ("mayor",))
WEIGHTS: dict[tuple[str, ...], float] = {("storm",): 1.0, ("ferri",): 2.0, ("mayor",): 5.0}
TITLE = "Mayor under fire"


def told(*sentences: str, scores: tuple[float, float] = (10.0, 4.0)) -> WordsEvidence:
    found = "\n".join([TITLE, " ".join(sentences)])
    return words_evidence(QUERY, WEIGHTS, found, sentences, "en", scores)


def test_what_stands_in_front_of_a_passage_covers_words_but_holds_none_together() -> None:
    evidence = told("Two ferries lay still.", "Nobody came.", "The storm went on.")
    assert evidence.coverage == pytest.approx(1.0)
    # The ferries' sentence: 2 of 8. The storm is two sentences away.
    assert evidence.together == pytest.approx(2 / 8)


def test_two_sentences_in_a_row_hold_their_words_together() -> None:
    assert told("Two ferries lay still.", "The storm went on.", "Nobody came.").together == pytest.approx(3 / 8)
    assert told("Nobody came.", "Two ferries lay in the storm.").together == pytest.approx(3 / 8)


def test_the_lead_is_over_the_best_of_the_other_articles() -> None:
    assert told("The storm.", scores=(10.0, 4.0)).lead == pytest.approx(0.6)
    assert told("The storm.", scores=(10.0, 0.0)).lead == 1
    assert told("The storm.", scores=(10.0, 10.0)).lead == 0
    # One that was put first for another reason than its words.
    assert told("The storm.", scores=(4.0, 5.0)).lead == pytest.approx(-0.25)
    assert told("The storm.", scores=(1.0, 9.0)).lead == -1


def test_the_words_of_the_question_are_counted() -> None:
    assert told("Nobody came.").telling == 3
    assert words_evidence((), {}, "text", ["text"], "en", (1.0, 0.0)).telling == 0


def test_words_that_weigh_nothing_or_are_not_there_say_nothing() -> None:
    nothing = WordsEvidence(0.0, 0.0, 0.0, 1)
    assert words_evidence((("text",),), {("text",): 0.0}, "text", ["text"], "en", (1.0, 0.0)) == nothing
    assert words_evidence((("word",),), {("word",): 1.0}, "text", ["text"], "en", (0.0, 0.0)) == nothing


def test_the_evidence_is_the_same_in_a_folder_where_every_word_is_rarer_alike() -> None:
    rarer = {forms: 3 * weight for forms, weight in WEIGHTS.items()}
    sentences = ("Two ferries lay still.", "The storm went on.")
    few = words_evidence(QUERY, WEIGHTS, " ".join(sentences), sentences, "en", (10.0, 4.0))
    many = words_evidence(QUERY, rarer, " ".join(sentences), sentences, "en", (30.0, 12.0))
    assert few.coverage == pytest.approx(many.coverage)
    assert few.together == pytest.approx(many.together)
    assert few.lead == pytest.approx(many.lead)
