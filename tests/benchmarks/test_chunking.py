"""Retrieved text is compared with gold code point by code point, and a text is cut the tutorial's way."""

import pytest

from benchmarks.chunking import Scores, scores, split
from index.article import Span


def test_the_measures_are_those_worked_out_by_hand() -> None:
    # Gold is [10, 20) and [30, 40): 20 code points. Retrieved are [0, 15) and [12, 35): 15 + 23 = 38, of gold [10, 20)
    # and [30, 35), 15 in all; 5 are missed.
    gold = [("a", Span(10, 20)), ("a", Span(30, 40))]
    found = scores([("a", Span(0, 15)), ("a", Span(12, 35))], gold)
    assert (found.recall, found.precision, found.iou) == pytest.approx((15 / 20, 15 / 38, 15 / 43))


def test_places_of_another_text_cover_nothing_and_cost_precision() -> None:
    gold = [("a", Span(0, 10))]
    assert scores([("b", Span(0, 10))], gold) == Scores(0.0, 0.0, 0.0)
    assert scores([("a", Span(0, 10)), ("b", Span(0, 30))], gold) == Scores(1.0, 0.25, 0.25)


def test_gold_that_overlaps_counts_once_and_nothing_retrieved_is_nothing() -> None:
    assert scores([("a", Span(0, 15))], [("a", Span(0, 10)), ("a", Span(5, 15))]) == Scores(1.0, 1.0, 1.0)
    assert scores([], [("a", Span(0, 10))]) == Scores(0.0, 0.0, 0.0)


def words(text: str, most: int) -> list[str]:
    """The chunks of `text` where a token is a code point that is not white space."""

    def size(span: Span) -> int:
        return len("".join(span.of(text).split()))

    return [span.of(text) for span in split(text, size, most)]


@pytest.mark.parametrize(
    ("text", "most", "chunks"),
    [
        ("One two.\n\nThree.", 20, ["One two.\n\nThree."]),
        ("One two.\n\nThree.", 10, ["One two.", "Three."]),
        ("One two\nthree.\n\nFour.", 7, ["One two", "three.", "Four."]),
        ("One two. Three four. Five.", 14, ["One two.", "Three four.", "Five."]),
        ("One two three", 6, ["One two", "three"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("  \n\n ", 3, []),
    ],
)
def test_a_text_is_cut_at_the_largest_separator_that_leaves_pieces_small_enough(
    text: str, most: int, chunks: list[str]
) -> None:
    assert words(text, most) == chunks
