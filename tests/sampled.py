"""Long lists of cases, of which `make test` tries a few and `make test-all` the others."""

import os
from collections.abc import Iterable
from typing import Any

import pytest


def sampled(cases: Iterable[object], every: int) -> list[Any]:
    """Mark all cases as slow but the first and every nth after it."""
    return [
        pytest.param(case, marks=() if number % every == 0 else pytest.mark.slow) for number, case in enumerate(cases)
    ]


def amount(name: str, default: int) -> int:
    """Return how much a slow test does: the number in this variable of the environment, else the default."""
    return int(os.environ.get(name, default))
