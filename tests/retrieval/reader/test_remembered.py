"""A window that is read again within moments is not given to the model again, and reads the same in any company."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from index.article import Span
from index.sentences import sentences
from retrieval.cache import Cache
from retrieval.reader import reading
from retrieval.reader.reading import Candidate, Pair, Reader, Reading

TEXT = (
    "The ferry Solveig ran aground off Lindvik on Monday. Captain Wiebke Daal asked the islanders for boats. "
    "Thirty-one people were on board, among them a school class from Sandøy. Nobody was hurt. "
    "“We had no fog,” she said. The harbour master closed the sound until Thursday. Two tugs came from Bergen."
)
QUESTION = "Who was the captain of the Solveig?"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.open()


@pytest.fixture
def candidates(reader: Reader) -> list[Candidate]:
    found = reader.pieces.windows(TEXT, sentences(TEXT, Span(0, len(TEXT)), "en"), 30)
    assert len(found) > 2
    return [Candidate(reader.pieces.prefix("Ferry aground"), window) for window in found]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many windows each batch held that the model was given."""
    batches: list[int] = []
    feed = reading._feed

    def counted(pairs: Sequence[Pair]) -> dict[str, NDArray[np.int64]]:
        batches.append(len(pairs))
        return feed(pairs)

    monkeypatch.setattr(reading, "_feed", counted)
    return batches


def values(found: Reading) -> tuple[float, list[float], list[float]]:
    return found.logit, found.starts.tolist(), found.ends.tolist()


def test_only_what_was_not_read_before_is_given_to_the_model(
    reader: Reader, candidates: list[Candidate], given: list[int]
) -> None:
    question = "Who asked the islanders for boats?"
    [first] = reader.read(question, candidates[:1])
    again = reader.read(question, [candidates[1], candidates[0], candidates[1]])
    assert given == [1, 1]
    assert values(again[1]) == values(first)
    assert values(again[0]) == values(again[2]) != values(first)


def test_another_question_or_title_is_another_reading(
    reader: Reader, candidates: list[Candidate], given: list[int]
) -> None:
    window = candidates[0].window
    asked = [
        ("Where did the ferry run aground?", "Ferry"),
        ("When did it run aground?", "Ferry"),
        ("When did it run aground?", "Storm"),
    ]
    found = [reader.read(question, [Candidate(reader.pieces.prefix(title), window)])[0] for question, title in asked]
    assert given == [1, 1, 1]
    assert len({one.logit for one in found}) == 3


def test_a_window_reads_the_same_alone_and_among_others(
    reader: Reader, candidates: list[Candidate], monkeypatch: pytest.MonkeyPatch
) -> None:
    together = reader.read(QUESTION, candidates)
    monkeypatch.setattr(reader, "_read", Cache(0))
    alone = [reader.read(QUESTION, [candidate])[0] for candidate in candidates]
    for one, other in zip(together, alone, strict=True):
        assert one.logit == other.logit
        assert np.array_equal(one.starts, other.starts)


def test_no_more_is_remembered_than_some_answers_need(
    reader: Reader, candidates: list[Candidate], given: list[int]
) -> None:
    reader.read("Who closed the sound?", candidates[:1])
    for number in range(reading._REMEMBERED):
        reader.read(f"Who closed sound {number}?", candidates[1:2])
    given.clear()
    reader.read("Who closed the sound?", candidates[:1])
    assert given == [1]


def test_the_windows_of_a_passage_are_those_of_its_place_in_the_text(reader: Reader) -> None:
    later = f"{TEXT}\n\n{TEXT}"
    for text, span in ((TEXT, Span(0, len(TEXT))), (later, Span(len(later) - len(TEXT), len(later)))):
        found = sentences(text, span, "en")
        for _ in range(2):
            windows = reader.windows(text, span, found)
            assert (windows[0].span.start, windows[-1].span.end) == (found[0].start, found[-1].end)
            assert [len(one.ids) for one in windows] == [len(one.ids) for one in reader.pieces.windows(text, found)]
