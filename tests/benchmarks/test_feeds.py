"""The simulated week of feeds, and the tries to have a private address fetched: 0 of them may succeed."""

from pathlib import Path

import pytest

from benchmarks.feed_traps import Try, fetched_privately, tries
from benchmarks.feeds import simulate
from index.feeds import reading


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse in this process, 0.5 s quicker a feed."""
    monkeypatch.setattr(reading, "answer_of", lambda module, argument, raw, **limits: reading._found(argument, raw))


def test_two_days_of_three_feeds_bring_each_article_once_and_each_change(tmp_path: Path) -> None:
    seen = simulate(2, tmp_path)
    # 48 of the hours, 2 of the days, 1 of the week; those of the hours 0, 10, 20, 30 and 40 are mended.
    assert (seen.published, seen.taken, seen.missing, seen.doubles) == (51, 51, 0, 0)
    assert (seen.mended, seen.changed) == (5, 5)
    assert seen.pages == 2
    hourly, daily, weekly = seen.feeds
    assert 48 <= hourly[1] <= 4 * 48
    assert hourly[2] >= 20
    assert daily[1] <= 24
    assert weekly[1] <= 24


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_no_feed_has_a_private_address_fetched(tmp_path: Path, every: int) -> None:
    outcome = fetched_privately(tmp_path, every=every)
    assert outcome.tries == len(tries(1)[::every]) >= 40
    assert outcome.reached == ()
    assert outcome.requests > outcome.tries / 2


def test_the_tries_would_succeed_where_no_address_is_checked(tmp_path: Path) -> None:
    def is_simple(one: Try) -> bool:
        return one.name in {"entry at 127.0.0.1", "feed moved to 2130706433", "robots.txt moved", "two moves of 307"}

    outcome = fetched_privately(tmp_path, is_simple, is_allowed=lambda _: True)
    assert len(outcome.reached) == outcome.tries == 4
