"""Words that would steer a screen are shown as signs, and quotes are cut where an answer begins and ends."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Span
from index.sentences import paragraphs
from retrieval.sanitize import Mark, cut, one_line, pieces, visible

TEXTS = st.lists(
    st.sampled_from(
        [
            "One. ",
            "two ",
            "\n",
            "\n\n",
            "  ",
            "\t",
            "\x1b[2J",
            "\u202e",
            "\0",
            "\x7f",
            "\x9b",
            "\ud83d",
            "🎉",
            "e\u0301",
            "- ",
        ]
    )
    | st.text(max_size=5),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, naïve and 🎉", "plain, naïve and 🎉"),
        ("\0\x07\x1b[2J\x7f", "␀␇␛[2J␡"),
        ("a\x85b\x9bc", "a\ufffdb\ufffdc"),
        ("\u202egnorw\u202c \u2066x\u2069", "\ufffdgnorw\ufffd \ufffdx\ufffd"),
        ("half \ud83d of one", "half \ufffd of one"),
        ("tab\tline\r\n", "tab\tline\r\n"),
        # What joins letters and emoji, and marks the direction of what stands there, is left.
        ("👩‍👧 می‌خواهم \u200e\u200f", "👩‍👧 می‌خواهم \u200e\u200f"),
    ],
)
def test_what_steers_a_screen_is_shown_as_a_sign(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(TEXTS)
def test_signs_stand_one_for_one_and_nothing_is_left_to_obey(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert not re.search("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)


@given(TEXTS)
def test_one_line_is_one_line_with_single_spaces(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert not re.search(r"\s\s|^\s|\s$", line)
    assert line.split() == visible(text).split()


@given(
    st.integers(0, 50), st.integers(0, 50), st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=5)
)
def test_what_is_cut_lies_end_to_end_and_no_border_within(
    start: int, length: int, drawn: list[tuple[int, int]]
) -> None:
    whole = Span(start, start + length)
    spans = [Span(min(ends), max(ends)) for ends in drawn]
    found = list(cut(whole, spans))
    assert [place for piece in found for place in range(piece.start, piece.end)] == list(range(whole.start, whole.end))
    for piece in found:
        assert len(piece) > 0
        assert all(span.holds(piece) or not span.meets(piece) for span in spans)


def test_a_quote_is_cut_by_paragraphs_and_where_the_answer_begins_and_ends() -> None:
    quote = "One   two. Three\nfour. Five.\n\n  Six."
    # 'Three' begins behind 'One   two. ', at 11, and 'four.' ends at 22.
    assert list(pieces(quote, [Span(11, 22)])) == [
        [("One two. ", Mark.NOT), ("Three four.", Mark.SENTENCE), (" Five.", Mark.NOT)],
        [("Six.", Mark.NOT)],
    ]
    assert list(pieces(quote, [])) == [[("One two. Three four. Five.", Mark.NOT)], [("Six.", Mark.NOT)]]


def test_the_shortest_answer_is_a_piece_of_its_own_in_its_sentence() -> None:
    quote = "One two. Three four five. Six."
    # 'four' stands at 15 in a sentence from 9 to 25.
    assert list(pieces(quote, [Span(9, 25)], Span(15, 19))) == [
        [
            ("One two. ", Mark.NOT),
            ("Three ", Mark.SENTENCE),
            ("four", Mark.ANSWER),
            (" five.", Mark.SENTENCE),
            (" Six.", Mark.NOT),
        ]
    ]


def test_no_space_stands_twice_where_two_pieces_meet() -> None:
    # A line that was wrapped: the answer's span begins at its end, behind 'One two '.
    assert list(pieces("One two \n three four.", [Span(8, 21)])) == [
        [("One two ", Mark.NOT), ("three four.", Mark.SENTENCE)]
    ]


@given(TEXTS, st.data())
def test_pieces_together_are_the_quote_and_those_that_answer_the_highlight(quote: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(quote)))
    highlight = Span(start, data.draw(st.integers(start, len(quote))))
    found = list(pieces(quote, [highlight]))
    assert len(found) == len(paragraphs(quote))
    for span, paragraph in zip(paragraphs(quote), found, strict=True):
        joined = "".join(words for words, _ in paragraph)
        assert joined == re.sub(r"\s+", " ", visible(span.of(quote)))
        inside = Span(max(span.start, highlight.start), max(span.start, highlight.start, min(span.end, highlight.end)))
        answering = "".join("".join(words for words, answers in paragraph if answers).split())
        assert answering == "".join(visible(inside.of(quote)).split())
