"""The fit of the confidence writes the confidences of wrong questions as the program reads them."""

import random
import tomllib

import pytest

from retrieval.calibration import threshold
from training.confidence import wrong_table


@pytest.mark.parametrize("n", [3, 200, 1234])
def test_the_table_of_wrong_questions_gives_thresholds_that_are_never_lower_and_hardly_higher(n: int) -> None:
    draw = random.Random(n)
    wrong = [draw.random() for _ in range(n)]
    table = tomllib.loads("\n".join(wrong_table("read", wrong)))["wrong"]["read"]
    assert table["questions"] == n
    assert len(table["confidences"]) == min(n, 200)
    for level in (0.01, 0.05, 0.1, 0.5):
        short, whole = threshold(table["confidences"], level, n), threshold(wrong, level)
        assert short >= whole
        # No more than one step of 200 and the rounding: of uniform confidences some half a percent.
        if n > 200:
            assert short - whole < 0.02


def test_a_confidence_is_rounded_up_and_never_above_one() -> None:
    table = tomllib.loads("\n".join(wrong_table("words", [0.99999, 0.12341, 0.0])))
    assert table["wrong"]["words"]["confidences"] == [0.0, 0.1235, 1.0]
