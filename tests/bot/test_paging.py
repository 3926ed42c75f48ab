"""Pages together are the text, each fits, and one begins where the reader comes in."""

import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.articles import pages
from bot.messages.markup import units
from index.article import Span
from tests.bot.texts import HOSTILE


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, int]:
    """A text and a place in it where something stands."""
    text = draw(HOSTILE.filter(lambda text: bool(text.strip())))
    places = [place for place, character in enumerate(text) if not character.isspace()]
    return text, draw(st.sampled_from(places))


@given(texts(), st.integers(20, 4000))
def test_any_text_is_on_its_pages_once_and_in_order(drawn: tuple[str, int], most: int) -> None:
    text, start = drawn
    found, entry = pages(text, start, most)
    assert found[entry].start == start
    end = 0
    for page in found:
        assert page.start >= end
        assert not text[end : page.start].strip()
        assert page.of(text).strip()
        assert units(page.of(text)) <= most
        end = page.end
    assert not text[end:].strip()


@given(HOSTILE, st.integers(20, 4000))
def test_whoever_comes_in_at_the_end_sees_the_last_page(text: str, most: int) -> None:
    found, entry = pages(text, len(text), most)
    assert entry == max(0, len(found) - 1)


def shown(text: str, most: int, start: int = 0) -> list[str]:
    return [page.of(text).strip() for page in pages(text, start, most)[0]]


def test_a_page_ends_at_a_paragraph_rather_than_at_a_line_a_sentence_or_a_word() -> None:
    assert shown("One two. Three and on\n\nfour five\nsix. Seven eight", 40) == [
        "One two. Three and on",
        "four five\nsix. Seven eight",
    ]
    assert shown("One two. Three four five\nsix. Seven eight nine", 40) == [
        "One two. Three four five",
        "six. Seven eight nine",
    ]
    assert shown("One two three four five six. Seven eight nine", 40) == [
        "One two three four five six.",
        "Seven eight nine",
    ]
    assert shown("One two three four five six seven", 20) == ["One two three four", "five six seven"]
    # The last sign that fits might go on behind the cut, and so goes to the next page.
    assert shown("x" * 50, 20) == ["x" * 19, "x" * 19, "x" * 12]


def test_a_paragraph_that_would_leave_half_a_page_empty_is_no_place_to_end() -> None:
    assert shown("One.\n\nTwo three four. Five six seven eight", 30) == [
        "One.\n\nTwo three four.",
        "Five six seven eight",
    ]


def test_what_stands_before_the_readers_place_is_on_pages_of_its_own() -> None:
    text = "Before it.\n\nThe passage that was quoted.\n\nAfter it."
    start = text.index("The passage")
    found, entry = pages(text, start, 1000)
    assert [page.of(text).strip() for page in found] == ["Before it.", "The passage that was quoted.\n\nAfter it."]
    assert (entry, found[1].start) == (1, start)
    assert pages(text, 0, 1000) == ([Span(0, len(text))], 0)


def test_no_sign_is_cut_in_two() -> None:
    for sign in ("👩‍👩‍👧‍👦", "🇳🇴", "e\u0301\u0302", "👍🏽"):
        text = sign * 100
        whole = {0, *(match.end() for match in regex.finditer(r"\X", text))}
        for most in (20, 33, 64):
            assert {page.end for page in pages(text, 0, most)[0]} <= whole


def test_a_megabyte_is_cut_into_pages() -> None:
    text = "Some words of it. " * 60_000
    found, _ = pages(text, 0, 3200)
    assert len(text) > 1_000_000
    # Each page ends at a sentence: 177 of 18 code points make 3,186.
    assert {len(page) for page in found[:-1]} == {3186}
