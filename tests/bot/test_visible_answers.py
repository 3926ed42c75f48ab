"""A reader sees the whole sentence that answers before tapping anything."""

from collections.abc import Iterator

import pytest

from retrieval import Retriever
from tests.bot.visible_answers import answers, folded, messages, seen
from tests.conftest import BuildData
from tests.retrieval.sample_questions import SAMPLES


@pytest.fixture(scope="module")
def samples(build_data: BuildData) -> Iterator[Retriever]:
    """A retriever of all sample articles."""
    files = {str(path.relative_to(SAMPLES)): path.read_bytes() for path in SAMPLES.rglob("*") if path.is_file()}
    with Retriever.open(build_data(files)) as retriever:
        yield retriever


def test_of_every_passage_of_every_answer_the_marked_sentence_is_wholly_visible(samples: Retriever) -> None:
    found = answers(samples)
    assert len(found) >= 40
    hidden = [(one.question, html) for one in found for html in messages(one) if seen(html) != "whole"]
    assert hidden == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Short.", 6),
        ("a\nb\nc\nd", 6),
        # An empty line takes the room of a line.
        ("a\n\nb\nc", 5),
        # 8 words of 6 characters and a space: 46 hold six of them, since the last needs no space.
        ("abcdef " * 40, 3 * 6 * 7),
        ("x" * 200, 3 * 46),
    ],
)
def test_a_folded_quotation_shows_three_lines(text: str, shown: int) -> None:
    assert folded(text) == shown


@pytest.mark.parametrize(
    ("html", "how"),
    [
        ("<b>Title</b>\n<blockquote>One. <b>Two.</b></blockquote>", "whole"),
        ("<blockquote expandable><b>Two.</b> Three.</blockquote>", "whole"),
        (f"<blockquote expandable>{'abcdef ' * 40}<b>Two.</b></blockquote>", "hidden"),
        (f"<blockquote expandable>{'abcdef ' * 17}<b>abcdef Three.</b></blockquote>", "cut"),
        (f"<blockquote>{'abcdef ' * 40}<b>Two.</b></blockquote>", "whole"),
    ],
)
def test_what_is_seen_is_what_stands_within_those_lines(html: str, how: str) -> None:
    assert seen(html) == how
