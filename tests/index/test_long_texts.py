"""A text that is longer than the encoder's window has the vector of all of it."""

from pathlib import Path

import numpy as np
import pytest

from index.encoder.encoder import Encoder
from index.encoder.pipeline import vectors_of

SHORT = "The council closed the old pier for eleven months."
LONG = "Городской совет во вторник постановил закрыть старую пристань на одиннадцать месяцев. " * 6


@pytest.fixture(scope="module")
def encoder(model_folder: Path) -> Encoder:
    return Encoder.open(model_folder)


def test_texts_that_fit_have_the_encoders_own_vectors(encoder: Encoder) -> None:
    texts = [SHORT, "Nobody was hurt."]
    np.testing.assert_array_equal(vectors_of(encoder, texts), encoder.passages(texts))


def test_a_longer_text_has_the_mean_of_its_parts_in_its_place(encoder: Encoder) -> None:
    assert encoder.room < encoder.count([LONG])[0] < 2 * encoder.room
    found = vectors_of(encoder, [SHORT, LONG, SHORT])
    middle = LONG.rfind(" ", 0, len(LONG) // 2)
    halves = [LONG[:middle], LONG[middle:]]
    mean = np.array([len(half) for half in halves]) @ encoder.passages(halves)
    np.testing.assert_allclose(found[1], mean / np.linalg.norm(mean), atol=1e-5)
    np.testing.assert_allclose(found[[0, 2]], encoder.passages([SHORT, SHORT]), atol=1e-5)


def test_what_stands_at_the_end_of_a_longer_text_counts(encoder: Encoder) -> None:
    one, other = vectors_of(encoder, [LONG + "Пожар.", LONG + SHORT])
    assert not np.allclose(one, other, atol=1e-3)


def test_a_word_without_blanks_is_cut_anywhere(encoder: Encoder) -> None:
    [vector] = vectors_of(encoder, ["海" * 700])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_progress_is_told_in_texts(encoder: Encoder) -> None:
    told: list[int] = []
    vectors_of(encoder, [SHORT, LONG, LONG], done=told.append)
    assert sum(told) == 3
