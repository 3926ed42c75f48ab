"""Two lists become one ranking; the numbers are worked out by hand."""

from pathlib import Path

import numpy as np
import pytest

from index.encoder.encoder import Encoder
from index.engines.bm25 import word_query
from index.generation.generation import Generation
from retrieval.ranking.fusion import MIXING, Candidates, Mixing, fuse, gather
from tests.conftest import BuildData

LATE = 1_000_000_000


def candidates(cosines: list[float], words: list[float]) -> Candidates:
    return Candidates(np.arange(len(words)), np.array(cosines, np.float32), np.array(words, np.float32))


def fused(
    cosines: list[float],
    words: list[float],
    weight: float,
    known: list[bool] | None = None,
    ordinals: list[int] | None = None,
    deviation: float = MIXING[""].deviation,
) -> list[float]:
    """Of late passages in a language that the model knows, unless it is said otherwise."""
    n = len(words)
    found = fuse(
        candidates(cosines, words),
        Mixing(weight, deviation),
        np.array(known or [True] * n, np.bool_),
        np.array(ordinals or [LATE] * n, np.int64),
    )
    return [float(score) for score in found]


def test_scores_are_standard_deviations_above_the_mean_mixed_by_the_weight() -> None:
    # Words 10, 0, 5: mean 5, deviation sqrt(50/3) = 4.08248, so 1.22474, -1.22474, 0.
    # Cosines .6, .5, .1: mean .4, deviation sqrt(.14/3) = .216025, so .925820, .462910, -1.388730.
    # A quarter of the first and three quarters of the second:
    expected = [1.000551, 0.040998, -1.041548]
    assert fused([0.6, 0.5, 0.1], [10, 0, 5], 0.25) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("weight", "expected"), [(0.0, [1, -1]), (1.0, [-1, 1])])
def test_a_weight_of_nothing_or_of_all_leaves_one_list(weight: float, expected: list[float]) -> None:
    assert fused([0.9, 0.1], [0, 10], weight) == pytest.approx(expected, abs=1e-5)


def test_cosines_that_hardly_differ_are_not_blown_up() -> None:
    # Their deviation is .01, and .08 counts in its place.
    assert fused([0.52, 0.50], [0, 0], 0) == pytest.approx([0.125, -0.125], abs=1e-5)


def test_what_hardly_differs_hangs_on_how_near_a_models_cosines_lie_together() -> None:
    # Those of E5 deviate by some .02: .03 counts in place of their .01.
    narrow = MIXING["e5"].deviation
    assert fused([0.82, 0.80], [0, 0], 0, deviation=narrow) == pytest.approx([1 / 3, -1 / 3], abs=1e-4)


def test_words_that_hardly_differ_are_not_blown_up() -> None:
    # Their deviation is .5, and 15 % of the best, 1.5, counts in its place.
    assert fused([0, 0], [10, 9], 1) == pytest.approx([1 / 3, -1 / 3], abs=1e-5)


def test_where_the_model_does_not_know_the_language_the_words_count_alone() -> None:
    expected = [-1.0, 0.25 * 1 + 0.75 * -1]
    assert fused([0.9, 0.1], [0, 10], 0.25, known=[False, True]) == pytest.approx(expected, abs=1e-5)


def test_where_no_passage_holds_a_word_the_cosines_decide() -> None:
    assert fused([0.1, 0.9], [0, 0], 0.5) == pytest.approx([-0.5, 0.5], abs=1e-5)


def test_one_candidate_is_average() -> None:
    assert fused([0.7], [3], 0.5) == pytest.approx([0], abs=1e-5)


def test_no_candidates_have_no_scores() -> None:
    assert fused([], [], 0.5) == []


def test_the_beginning_of_an_article_has_a_little_over_its_end() -> None:
    # A fifth of a deviation for the first passage, a tenth for the second, next to nothing for the last.
    scores = fused([0.5] * 3, [0] * 3, 0.5, ordinals=[0, 1, LATE])
    assert scores == pytest.approx([0.2, 0.1, 0], abs=1e-5)


@pytest.fixture(scope="module")
def articles(build_data: BuildData) -> Path:
    return build_data(
        {
            "1-ferry.txt": "The ferry to the outer islands was cancelled on Monday because of the storm.",
            "2-budget.txt": "Parliament passed the budget for next year after a debate of nine hours.",
            "3-boats.txt": "Vessels stayed in port as gales swept the coast and the sea was far too rough.",
            "4-orchestra.txt": "The orchestra of the capital has named a new conductor from Finland.",
        }
    )


def test_candidates_are_those_of_both_lists_each_once_with_both_scores(articles: Path, model_folder: Path) -> None:
    generation = Generation.open(articles / "index")
    vector = Encoder.open(model_folder).question("Why did ships not sail in the gale?")
    query = word_query(["orchestra", "budget"], ["en"])
    found = gather(generation, vector, query, depth=2)
    # Meaning finds the two about the sea, words the two others.
    assert found.numbers.tolist() == [0, 1, 2, 3]
    assert (found.cosines[[0, 2]] > found.cosines[[1, 3]].max()).all()
    assert (found.words > 0).tolist() == [False, True, False, True]
    narrow = gather(generation, vector, word_query(["gales"], ["en"]), depth=1)
    assert narrow.numbers.tolist() == [2]
    assert narrow.cosines[0] == pytest.approx(found.cosines[2], abs=1e-6)
    generation.close()


def test_candidates_without_a_single_word_come_from_the_vectors_alone(articles: Path, model_folder: Path) -> None:
    generation = Generation.open(articles / "index")
    found = gather(generation, Encoder.open(model_folder).question("conductor"), (), depth=1)
    assert found.numbers.tolist() == [3]
    assert found.words.tolist() == [0]
    generation.close()
