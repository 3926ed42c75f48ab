"""A brief shows the answer with what it needs, in whole sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Span
from index.sentences import sentences
from retrieval.citation import brief_quote

# 120 code points each, so that three and the spaces between them are 362 and four 483.
FILLING = [f"Sentence number {number} ".ljust(119, "x") + "." for number in range(8)]


def briefly(parts: list[str], *answering: int) -> list[str]:
    """The sentences of the brief, where those at these places answer."""
    text = " ".join(parts)
    whole = Span(0, len(text))
    found = sentences(text, whole, "en")
    assert [span.of(text) for span in found] == parts
    span = brief_quote(text, whole, [found[place] for place in answering], "en")
    shown = [one for one in found if one.meets(span)]
    assert (span.start, span.end) == (shown[0].start, shown[-1].end)
    return [one.of(text) for one in shown]


def test_what_follows_an_answer_is_shown_as_far_as_there_is_room() -> None:
    assert briefly(FILLING, 3) == FILLING[3:6]


def test_what_comes_before_is_shown_where_nothing_more_follows() -> None:
    assert briefly(FILLING, 7) == FILLING[5:8]
    assert briefly(FILLING, 6) == FILLING[5:8]


@pytest.mark.parametrize("opening", ["He", "But", "“This”", "Hun", "Dette", "Sie", "Mais"])
def test_a_sentence_that_leans_on_the_one_before_has_it_beside_it(opening: str) -> None:
    parts = [*FILLING]
    parts[3] = f"{opening} left ".ljust(119, "x") + "."
    assert briefly(parts, 3) == parts[2:5]


def test_the_sentence_leaned_on_is_shown_however_long_it_is() -> None:
    parts = [*FILLING]
    parts[2], parts[3] = "Sentence " + "y" * 500 + ".", "It left."
    assert briefly(parts, 3) == parts[2:4]


@pytest.mark.parametrize("word", ["Hectic", "Italy", "Butter", "Thistles"])
def test_a_word_that_only_begins_like_a_pronoun_leans_on_nothing(word: str) -> None:
    parts = [*FILLING]
    parts[3] = f"{word} grew ".ljust(119, "x") + "."
    assert briefly(parts, 3) == parts[3:6]


def test_all_answers_are_shown_and_what_stands_between_them() -> None:
    assert briefly(FILLING, 1, 5) == FILLING[1:6]


def test_without_an_answer_the_beginning_is_shown() -> None:
    assert briefly(FILLING) == FILLING[:3]


@pytest.mark.parametrize(("opening", "closing"), [("“", "”"), ("(", ")"), ("«", "»")])
def test_speech_and_parentheses_are_not_cut(opening: str, closing: str) -> None:
    spoken = f"{opening}One left the house. Two came back again.{closing}"
    text = f"{FILLING[0]} {FILLING[1]} {spoken} {FILLING[2]} {FILLING[3]}"
    for answer in sentences(text, Span(0, len(text)), "en"):
        shown = brief_quote(text, Span(0, len(text)), [answer], "en").of(text)
        assert shown.count(opening) == shown.count(closing)


def test_a_scrap_is_not_left_out() -> None:
    parts = ["At last.", *FILLING[:3], "The end."]
    assert briefly(parts, 1) == parts


def test_only_the_passage_is_shown() -> None:
    text = "It began. He left. It ended."
    assert brief_quote(text, Span(10, 18), [Span(10, 18)], "en") == Span(10, 18)


@given(st.lists(st.sampled_from([*FILLING, "He said (", "“So.", "Not.”", "(a)", "\n\n", "x" * 700, "🎉"]), min_size=1))
def test_whatever_the_passage_a_brief_lies_in_it_and_holds_its_answer(parts: list[str]) -> None:
    text = " ".join(parts).strip()
    if not text:
        return
    whole = Span(0, len(text))
    for sentence in sentences(text, whole, "en"):
        span = brief_quote(text, whole, [sentence], "en")
        assert whole.holds(span)
        assert span.holds(sentence)
