"""Rebuilds with adds, changes and removals under readers."""

from pathlib import Path

import pytest

from tests.endurance.rebuilds import rebuilds, states
from tests.index.commands import Commands
from tests.sampled import amount

REBUILDS = amount("ENDURANCE_TRIES", 30) // 6


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_readers_during_rebuilds_get_whole_answers_of_one_generation_and_nothing_piles_up(
    models: Path, tmp_path: Path, commands: Commands
) -> None:
    tally = rebuilds(models, REBUILDS, 3, tmp_path / "rebuilds", commands)
    assert tally.wrong == ()
    assert tally.tried == REBUILDS


def test_every_state_differs_from_the_one_before_by_an_addition_a_removal_and_changes() -> None:
    first, second = states(1, 3)
    assert len(second.keys() - first.keys()) == 1
    assert len(first.keys() - second.keys()) == 1
    assert len([name for name in first.keys() & second.keys() if first[name] != second[name]]) == 3
