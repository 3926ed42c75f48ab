"""Articles cut for a page: nothing is lost, no part is too large, and no cut runs through the quote."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.web.text import Marks, part_of, parts, stretches
from index.article import Span
from index.sentences import paragraphs
from retrieval.sanitize import Mark
from retrieval.whole import Block

SIZE = 40
TEXTS = st.lists(st.text(st.sampled_from("ab .\n"), min_size=1, max_size=90), min_size=1, max_size=8).map("\n\n".join)


def blocks_of(text: str) -> list[Block]:
    return [Block(span) for span in paragraphs(text)]


@given(text=TEXTS, ends=st.tuples(st.integers(0, 300), st.integers(1, 60)))
def test_parts_hold_every_block_in_order_and_none_cuts_the_passage(text: str, ends: tuple[int, int]) -> None:
    start = min(ends[0], len(text))
    passage = Span(start, min(len(text), start + ends[1]))
    blocks = blocks_of(text)
    found = parts(blocks, text, passage, SIZE)
    pieces = [block.span for part in found for block in part]
    assert "".join(span.of(text) for span in pieces) == "".join(block.span.of(text) for block in blocks)
    assert all(one.end <= other.start for one, other in pairwise(pieces))
    for part in found[1:]:
        assert not passage.start < part[0].span.start < passage.end
    # A part is larger only by the passage that it may not cut.
    for part in found:
        assert sum(len(block.span) for block in part) <= SIZE + len(passage) + SIZE


@given(text=TEXTS, at=st.integers(0, 300))
def test_a_place_lies_in_the_part_that_is_opened_for_it(text: str, at: int) -> None:
    cuts = parts(blocks_of(text), text, None, SIZE)
    number = part_of(cuts, at)
    assert 0 <= number < len(cuts)
    before = [block for part in cuts[:number] for block in part]
    assert all(block.span.end <= at for block in before) or number == len(cuts) - 1


@given(text=TEXTS, ends=st.tuples(st.integers(0, 300), st.integers(0, 60), st.integers(0, 30)))
def test_marked_words_are_the_passage_and_the_page_is_scrolled_to_one_place(
    text: str, ends: tuple[int, int, int]
) -> None:
    start = min(ends[0], len(text))
    passage = Span(start, min(len(text), start + ends[1]))
    sentence = Span(passage.start, min(passage.end, passage.start + ends[2])) if ends[2] and len(passage) else None
    (part,) = parts(blocks_of(text), text, passage, 10_000)
    runs = [
        run
        for stretch in stretches(part, text, Marks(passage, sentence))
        for paragraph in stretch.paragraphs
        for run in paragraph.runs
    ]
    shown = [block.span for block in blocks_of(text)]
    for mark, span in ((Mark.NOT, passage), (Mark.ANSWER, sentence)):
        inside = "".join(run.words for run in runs if (run.mark >= mark if mark else run.is_marked))
        there = [Span(max(one.start, span.start), min(one.end, span.end)) for one in shown if span and one.meets(span)]
        assert inside == "".join(one.of(text) for one in there)
    assert "".join(run.words for run in runs) == "".join(span.of(text) for span in shown)
    assert sum(run.anchor for run in runs) <= 1


def test_an_empty_article_is_one_empty_part() -> None:
    assert parts([], "", None) == [()]
    assert part_of([()], 7) == 0
    assert stretches((), "", Marks()) == ()
