"""Long lists of cases, of which a few are tried at once and the others by `make test-all`."""

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(cases: Iterable[object], every: int) -> list[Any]:
    """The first case and every nth after it as they are, the others marked as slow."""
    return [
        pytest.param(case, marks=() if number % every == 0 else pytest.mark.slow) for number, case in enumerate(cases)
    ]
