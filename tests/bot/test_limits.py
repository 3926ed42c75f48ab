"""How long somebody has to wait, against a count second by second."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.state.usage import Limit, Limits, wait

NOW = 1_700_000_000


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ([], 0),
        ([0, 10], 0),
        # Three within the minute: the first of them leaves it 60 seconds after it was asked, at 60.
        ([0, 10, 20], 35),
        # Only the last three count; the second of the four leaves at 70.
        ([0, 10, 20, 24], 45),
        ([25, 25, 25], 60),
    ],
)
def test_three_a_minute_asked_again_at_second_25(asked: list[int], seconds: int) -> None:
    assert wait([NOW + at for at in asked], NOW + 25, [Limit(3, 60)]) == seconds


def test_a_question_counts_for_exactly_its_stretch() -> None:
    assert wait([NOW], NOW + 59, [Limit(1, 60)]) == 1
    assert wait([NOW], NOW + 60, [Limit(1, 60)]) == 0


def test_what_was_asked_at_another_time_altogether_does_not_count() -> None:
    # A clock jumped, or somebody sends from the future.
    assert wait([NOW + 60, NOW + 10**8], NOW, [Limit(1, 60)]) == 0
    assert wait([NOW - 10**8, NOW + 59], NOW, [Limit(1, 60)]) == 119


def test_of_several_limits_the_longest_wait_holds() -> None:
    asked = [NOW, NOW + 1]
    assert wait(asked, NOW + 2, [Limit(2, 10), Limit(2, 100)]) == 98
    assert wait(asked, NOW + 2, [Limit(2, 100), Limit(2, 10)]) == 98
    assert wait(asked, NOW + 2, []) == 0


def fits(asked: Sequence[int], at: int, limits: Sequence[Limit]) -> bool:
    """Whether with one more question at `at`, no stretch that ends there has too many."""
    return all(sum(at - limit.seconds < other <= at for other in asked) < limit.most for limit in limits)


@given(
    asked=st.lists(st.integers(0, 40), max_size=12),
    since=st.integers(0, 10),
    limits=st.lists(st.builds(Limit, st.integers(1, 5), st.integers(1, 40)), min_size=1, max_size=3),
)
def test_it_is_the_first_second_at_which_one_more_fits(asked: list[int], since: int, limits: list[Limit]) -> None:
    asked = sorted(asked)
    now = max(asked, default=0) + since
    expected = next(seconds for seconds in range(200) if fits(asked, now + seconds, limits))
    assert wait(asked, now, limits) == expected


def test_a_person_may_ask_ten_a_minute_and_two_hundred_a_day_unless_it_is_set_otherwise() -> None:
    limits = Limits()
    assert limits.person == (Limit(10, 60), Limit(200, 86_400))
    assert limits.chat == (Limit(30, 60), Limit(1000, 86_400))
    assert (limits.characters, limits.inline) == (1000, Limit(60, 60))
