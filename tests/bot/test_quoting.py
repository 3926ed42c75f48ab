"""A passage of any length and kind fits, keeps its answering sentence, and says nothing that does not stand there."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.messages.markup import Piece, units
from bot.messages.quoting import marked, quotation
from index.article import Span
from retrieval.sanitize import visible
from tests.bot.texts import HOSTILE, read_html, squeezed
from tests.telegram.server.entities import utf16_slice
from tests.telegram.server.html_parse_mode import parse_html

PASSAGE = "First one. Second one. Third one. Fourth one. Fifth one."


def bolds(piece: Piece) -> str:
    """What is in bold, without white space."""
    text, entities = parse_html(piece.html)
    found = [utf16_slice(text, entity["offset"], entity["length"]) for entity in entities if entity["type"] == "bold"]
    return squeezed("".join(found))


def uncut(shown: str) -> set[str]:
    """What may be the quote's own of what is shown: with and without a mark of a cut at either end."""
    begins = {shown, shown.removeprefix("…")}
    return begins | {words.removesuffix("…") for words in begins}


@st.composite
def passages(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """A quote, and at most one stretch of it that answers."""
    quote = draw(HOSTILE.filter(lambda text: bool(text.strip())))
    if draw(st.booleans()):
        return quote, []
    start = draw(st.integers(0, len(quote) - 1))
    return quote, [Span(start, draw(st.integers(start + 1, len(quote))))]


def words_of(shown: str) -> str:
    """What is shown, without the signs of control characters that are white space: at a paragraph's rim they go."""
    return squeezed(re.sub("[␋␌␜␝␞␟\ufffd]", "", shown))


@given(passages(), st.integers(60, 4096))
@example(("0\x0c", [Span(0, 1)]), 60)
@example((" " * 25_000 + "At last.", []), 100)
@example(("a\n" * 3000, []), 4096)
@example(("x" * 9000, [Span(5000, 5005)]), 4000)
def test_any_quote_fits_and_every_word_stands_in_it_in_order(passage: tuple[str, list[Span]], most: int) -> None:
    quote, highlights = passage
    piece = quotation(quote, highlights, most)
    assert piece.units <= most
    assert read_html(piece.html).replace("\r\n", "\n") == piece.text.replace("\r\n", "\n")
    whole = words_of(visible(quote))
    assert any(words_of(words) in whole for words in uncut(squeezed(piece.text)))
    if units(quote) <= most - 4:
        assert words_of(piece.text) == whole
    if highlights and (answering := words_of(visible(highlights[0].of(quote)))):
        shown = words_of(bolds(piece))
        assert shown
        assert answering.startswith(shown)
        if units(quote) <= most - 4:
            assert shown == answering


@given(passages())
@example(("0\x0c", []))
def test_a_page_of_an_article_is_never_longer_than_its_text(passage: tuple[str, list[Span]]) -> None:
    quote, highlights = passage
    piece = marked(quote, highlights)
    assert piece.units <= units(quote)
    assert words_of(piece.text) == words_of(visible(quote))


def test_a_short_passage_is_shown_whole_with_its_answer_in_bold() -> None:
    assert quotation("Ferry &\n\ncancelled. Nobody   hurt.", [Span(20, 34)], 200) == Piece(
        "Ferry &amp;\n\ncancelled. <b>Nobody hurt.</b>", "Ferry &\n\ncancelled. Nobody hurt."
    )


def test_an_answer_across_paragraphs_is_one_piece_of_bold() -> None:
    assert quotation("One. Two.\n\nThree. Four.", [Span(5, 17)], 200).html == "One. <b>Two.\n\nThree.</b> Four."
    assert quotation("One.\n\nTwo.", [Span(0, 4)], 200).html == "<b>One.</b>\n\nTwo."


def test_lines_that_follow_each_other_are_not_pulled_apart() -> None:
    # An empty line between them would make a page of short lines longer than Telegram lets a message be.
    assert marked("- one\n- two\n\n\n- three", []).text == "- one\n- two\n\n- three"


@pytest.mark.parametrize(
    ("most", "shown"),
    [
        (200, PASSAGE),
        # Four units are kept for the marks of cuts: 'Third one.' has 10, with 'Fourth one.' 22; all up to it has 33.
        (14, "… Third one. …"),
        (26, "… Third one. Fourth one. …"),
        (38, "First one. Second one. Third one. …"),
        (49, "First one. Second one. Third one. Fourth one. …"),
    ],
)
def test_what_does_not_fit_is_cut_at_sentences_and_holds_the_answer(most: int, shown: str) -> None:
    piece = quotation(PASSAGE, [Span(23, 33)], most)
    assert piece.text == shown
    assert "<b>Third one.</b>" in piece.html


def test_without_an_answering_sentence_the_beginning_is_shown() -> None:
    assert quotation(PASSAGE, [], 26).text == "First one. Second one. …"


def test_a_sentence_longer_than_a_message_is_shown_from_its_beginning() -> None:
    words = "word " * 2000
    piece = quotation(f"Before. {words}end. After.", [Span(8, 8 + len(words) + 4)], 100)
    assert piece.text.startswith("… word word")
    assert piece.text.endswith("word …")
    assert 80 <= piece.units <= 100


def test_a_megabyte_is_shown_around_its_answer() -> None:
    before, answering = "Some sentence of no interest. " * 20_000, "The answer is שלום 👩‍👩‍👧‍👦 42."
    quote = before + answering + " More of that kind stands here." * 20_000
    piece = quotation(quote, [Span(len(before), len(before) + len(answering))], 4000)
    assert len(quote) > 1_000_000
    assert f"<b>{answering}</b>" in piece.html
    assert 3900 <= piece.units <= 4000


@pytest.mark.parametrize("filling", ["x", "🎉", "👩‍👩‍👧‍👦", "\n", "a\n", "<", "\u202e", ". ", "שלום "])
def test_a_megabyte_of_one_thing_fits(filling: str) -> None:
    quote = "Begin. " + filling * (1_000_000 // len(filling)) + " End."
    assert quotation(quote, [Span(0, 6)], 4000).text.startswith("Begin.")
    assert quotation(quote, [Span(0, 6)], 4000).units <= 4000
    assert quotation(quote, [Span(0, len(quote))], 4000).units <= 4000


def test_emphasis_is_never_more_than_telegram_keeps() -> None:
    # An answering stretch over a list of short lines.
    quote = "".join(f"{number}. point\n" for number in range(300))
    _, entities = parse_html(quotation(quote, [Span(0, len(quote))], 3900).html)
    assert [entity["type"] for entity in entities] == ["bold"]


def underlined(piece: Piece) -> list[str]:
    text, entities = parse_html(piece.html)
    return [utf16_slice(text, one["offset"], one["length"]) for one in entities if one["type"] == "underline"]


@pytest.mark.parametrize("most", [4096, 45])
def test_the_shortest_answer_is_underlined_in_its_bold_sentence_also_where_the_quote_is_cut(most: int) -> None:
    sentence, answer = Span(PASSAGE.index("Third"), PASSAGE.index("Third") + 10), Span(PASSAGE.index("Third"), 28)
    piece = quotation(PASSAGE, [sentence], most, answer)
    assert underlined(piece) == [answer.of(PASSAGE)] == ["Third"]
    assert bolds(piece) == "Thirdone."
    assert (piece.text == PASSAGE) == (most == 4096)


def test_an_answer_that_is_cut_away_is_not_underlined() -> None:
    first, last = Span(0, 10), Span(PASSAGE.index("Fifth"), PASSAGE.index("Fifth") + 5)
    assert underlined(quotation(PASSAGE, [first], 30, last)) == []
