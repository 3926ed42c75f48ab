"""Reading the best passages again: what comes nearest token by token goes to the front."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.encoder import ReadQuestion, TokenSigns
from index.tokens import TokenIndex, TokenWriter
from retrieval import Retriever
from retrieval.rerank import DEPTH, STRETCH, interact, mixed, nearest_stretch, sentence_nearness, word_weights
from retrieval.stages import Stages
from tests.conftest import BuildData
from tests.index.forging import replace_file
from tests.index.same_index import copied, served

# "who ran": a word of grammar and one that tells. Components of signs: +1 and -1.
WHO, RAN = [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]
NEAR_RAN = [[-1, -1, -1, 1]]
NEAR_WHO = [[1, -1, -1, -1]]


@pytest.fixture
def tokens(tmp_path: Path) -> TokenIndex:
    with TokenWriter(tmp_path / "tokens") as writer:
        for id, vectors in ((7, NEAR_RAN), (8, NEAR_WHO), (9, NEAR_RAN)):
            writer.add([TokenSigns(np.array([id], np.int32), np.packbits(np.array(vectors) > 0, axis=1))])
    return TokenIndex.open(tmp_path / "tokens", 4, 3)


def read(ids: list[int]) -> ReadQuestion:
    return ReadQuestion(
        np.zeros(4, np.float32), np.array(ids, np.int64), ((0, 3), (4, 7)), np.array([WHO, RAN], np.float32)
    )


def test_a_token_that_tells_weighs_more_than_a_word_of_grammar(tokens: TokenIndex) -> None:
    # Neither token stands in any passage, so that both have the same IDF; "who" counts three tenths of it.
    found = interact("who ran", read([100, 101]), tokens, np.array([0, 1]), ("en",))
    # Cosines to the signs are ±1/2: passage 0 is near "ran" and far from "who", passage 1 the other way round.
    assert found == pytest.approx([(-0.5 * 0.3 + 0.5) / 1.3, (0.5 * 0.3 - 0.5) / 1.3])


def test_a_token_in_many_passages_weighs_less(tmp_path: Path) -> None:
    with TokenWriter(tmp_path / "t") as writer:
        for id in (7, 7, 7, 8):
            writer.add([TokenSigns(np.array([id], np.int32), np.packbits(np.array(NEAR_RAN) > 0, axis=1))])
    index = TokenIndex.open(tmp_path / "t", 4, 4)
    common = interact("cat ran", read([8, 7]), index, np.array([0]), ("en",))[0]
    rare = interact("cat ran", read([7, 8]), index, np.array([0]), ("en",))[0]
    # The passage is near "ran" alone: the rarer that is, the better it does.
    assert rare > common


def test_mixing_keeps_what_both_agree_on_and_lets_reading_again_decide() -> None:
    fused = np.array([3.0, 2.0, 1.0])
    assert np.argmax(mixed(fused, np.array([0.9, 0.2, 0.1]))) == 0
    assert np.argmax(mixed(fused, np.array([0.1, 0.9, 0.2]))) == 1
    # What was not read again, in a language that the model does not know, counts as average.
    assert np.argsort(-mixed(np.ones(3), np.array([0.9, np.nan, 0.1]))).tolist() == [0, 1, 2]
    # Nothing is blown up where nothing differs.
    assert mixed(np.ones(3), np.ones(3)).tolist() == [0.0, 0.0, 0.0]


SEEDS = {
    f"report-{number}.txt": f"Report {number} from {town}\n\n{text}\n"
    for number, (town, text) in enumerate(
        [
            ("Lindvik", "The bridge at Lindvik was opened in 1911. The engineer was Ottilie Krag, who had drawn it."),
            ("Ostmark", "The bridge at Ostmark was closed in 1987. Nobody opened it again until the storm was over."),
            ("Zubrin", "In Zubrin an engineer opened a school for bridge builders. It was drawn up by the council."),
            ("Aasheim", "A ferry sails between Aasheim and the islands. The engineer on board is Runa Holt."),
        ]
    )
}


@pytest.fixture(scope="module")
def data(build_data: BuildData) -> Path:
    return build_data(SEEDS)


@pytest.fixture
def both(data: Path) -> Iterator[tuple[Retriever, Retriever]]:
    with Retriever.open(data) as on, Retriever.open(data, rerank=False) as off:
        yield on, off


def test_the_same_passages_are_found_with_and_without(both: tuple[Retriever, Retriever]) -> None:
    on, off = (r.search("Which engineer drew the bridge at Lindvik?", 10) for r in both)
    assert {hit.passage.number for hit in on} == {hit.passage.number for hit in off}
    assert on[0].article.title == "Report 0 from Lindvik"


def test_scores_go_down_with_the_rank(both: tuple[Retriever, Retriever]) -> None:
    for retriever in both:
        scores = [hit.score for hit in retriever.search("Who opened the bridge?", 10)]
        assert scores == sorted(scores, reverse=True)


def test_the_order_is_decided_by_reading_again(both: tuple[Retriever, Retriever]) -> None:
    on, off = both
    question = "Who was the engineer of the bridge that was opened?"
    assert [hit.score for hit in on.search(question, 4)] != [hit.score for hit in off.search(question, 4)]


def test_a_passage_whose_tokens_were_altered_is_not_read_again(data: Path, tmp_path: Path) -> None:
    altered = copied(data, tmp_path / "data")
    bits = served(altered) / "tokens" / "bits.bin"
    replace_file(bits, bytes(bits.stat().st_size))
    question = "Who was the engineer of the bridge that was opened?"
    with Retriever.open(altered) as damaged, Retriever.open(data, rerank=False) as off:
        ours, theirs = damaged.ask(question), off.ask(question)
    # But for the time it took.
    assert replace(ours, elapsed_ms=0.0, stages=Stages()) == replace(theirs, elapsed_ms=0.0, stages=Stages())


def test_marks_are_no_words_and_count_nothing(tokens: TokenIndex) -> None:
    marked = ReadQuestion(
        np.zeros(4, np.float32), np.array([100, 101]), ((0, 2), (3, 6)), np.array([WHO, RAN], np.float32)
    )
    assert interact("?? ran", marked, tokens, np.array([0]), ("en",)) == pytest.approx([0.5])
    assert nearest_stretch("?? ran", marked, tokens, 0, 0, ("en",)) == pytest.approx(0.5)


def test_what_was_not_read_again_stays_behind_what_was(build_data: BuildData) -> None:
    town = "Bridge and harbour of town {n} were opened by engineer {n}, and the ferry sails {n} times a day."
    data = build_data({f"{n:02}.txt": f"Report {n}\n\n{town.format(n=n)}\n" for n in range(DEPTH + 15)})
    question = "Who opened the bridge of the town?"
    with Retriever.open(data) as on, Retriever.open(data, rerank=False) as off:
        best = {hit.passage.number for hit in off.search(question, DEPTH)}
        hits = on.search(question, DEPTH + 15)
    assert len(hits) == DEPTH + 15
    assert {hit.passage.number for hit in hits[:DEPTH]} == best


NEITHER = [-1, 1, 1, -1]


def stretched(folder: Path, vectors: list[list[int]], front: int) -> float:
    """How near "cat ran", neither of them grammar, comes to a stretch of one passage of these tokens."""
    with TokenWriter(folder) as writer:
        writer.add([TokenSigns(np.arange(len(vectors), dtype=np.int32), np.packbits(np.array(vectors) > 0, axis=1))])
    index = TokenIndex.open(folder, 4, 1)
    return nearest_stretch("cat ran", read([100, 101]), index, 0, front, ("en",))


def test_words_that_stand_together_come_nearer_than_words_that_are_scattered(tmp_path: Path) -> None:
    far = [NEITHER] * (2 * STRETCH)
    together = [*far, NEAR_WHO[0], NEITHER, NEAR_RAN[0]]
    scattered = [NEAR_WHO[0], *far, NEAR_RAN[0]]
    # Cosines are ±1/2. Together both words are near; scattered one is, and the other's nearest is as far as can be.
    assert stretched(tmp_path / "together", together, 0) == pytest.approx(0.5)
    assert stretched(tmp_path / "scattered", scattered, 0) == pytest.approx(0.0)


def test_a_title_says_nothing_of_what_its_passage_answers(tmp_path: Path) -> None:
    titled = [NEAR_WHO[0], NEAR_RAN[0], NEITHER, NEITHER]
    assert stretched(tmp_path / "whole", titled, 0) == pytest.approx(0.5)
    assert stretched(tmp_path / "own", titled, 2) == pytest.approx(-0.5)


def test_the_last_tokens_of_a_passage_are_in_a_stretch(tmp_path: Path) -> None:
    vectors = [*[NEITHER] * (STRETCH + 3), NEAR_WHO[0], NEAR_RAN[0]]
    assert stretched(tmp_path / "end", vectors, 0) == pytest.approx(0.5)


def test_each_sentence_comes_as_near_as_its_own_tokens_do() -> None:
    # Tokens of the passage by rows, "who" and "ran" by columns; the first stands in the title, before the passage.
    cosines = np.array([[0.9, 0.9], [0.4, 0.1], [0.2, 0.3], [0.0, 0.5]], np.float32)
    weights = word_weights("who ran", read([100, 101]), ("en",))
    found = sentence_nearness(cosines, [(1, 3), (3, 4), (4, 4)], weights)
    # "who", a word of grammar, counts three tenths; a sentence without a token is as far away as can be.
    assert found == pytest.approx([(0.4 * 0.3 + 0.3) / 1.3, (0.0 * 0.3 + 0.5) / 1.3, -1.0])
