"""What waits at the same time is done together, each for the one that wants it."""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from index.together import Together


def test_alone_a_thread_does_its_own_work_and_nobody_elses() -> None:
    batches: list[list[int]] = []

    def doubled(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        return [2 * item for item in items]

    together = Together(doubled)
    assert [together(1), together(2)] == [2, 4]
    assert batches == [[1], [2]]


def test_what_comes_while_work_is_going_on_is_done_together_in_parts_of_at_most_so_many() -> None:
    batches: list[list[int]] = []
    begun, go_on = threading.Event(), threading.Event()

    def doubled(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        begun.set()
        assert go_on.wait(10)
        return [2 * item for item in items]

    together = Together(doubled, most=3)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(together, 0)
        assert begun.wait(10)
        rest = [pool.submit(together, item) for item in range(1, 6)]
        while len(together._queue) < 5:
            pass
        go_on.set()
        assert [one.result(10) for one in (first, *rest)] == [0, 2, 4, 6, 8, 10]
    assert [len(batch) for batch in batches] == [1, 3, 2]
    assert sorted(item for batch in batches for item in batch) == [0, 1, 2, 3, 4, 5]
    assert together(21) == 42


def test_many_threads_each_get_the_result_for_their_own_item_and_one_works_at_a_time() -> None:
    at_work = threading.Lock()

    def squared(items: Sequence[int]) -> list[int]:
        assert at_work.acquire(blocking=False)
        # Others have the time to come.
        time.sleep(0.0002)
        at_work.release()
        return [item * item for item in items]

    together = Together(squared, most=4)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(together, range(1_000))) == [item * item for item in range(1_000)]


def test_an_error_reaches_those_whose_items_were_in_hand_and_nobody_after() -> None:
    def refused(items: Sequence[int]) -> list[int]:
        if -1 in items:
            raise ValueError("minus one")
        return list(items)

    together = Together(refused)
    for _ in range(2):
        with pytest.raises(ValueError, match="minus one"):
            together(-1)
        assert together(7) == 7


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, also where the tests run in the background and it was ignored from the start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_who_is_interrupted_while_waiting_keeps_nobody_from_going_on() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def doubled(items: Sequence[int]) -> list[int]:
        begun.set()
        assert go_on.wait(10)
        return [2 * item for item in items]

    together = Together(doubled)
    waiting = threading.Timer(0.1, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(together, 1)
        assert begun.wait(10)
        waiting.start()
        with pytest.raises(KeyboardInterrupt):
            together(2)
        go_on.set()
        assert first.result(10) == 2
        assert pool.submit(together, 3).result(10) == 6


def test_who_is_interrupted_at_the_work_of_several_ends_alone() -> None:
    begun, go_on = threading.Event(), threading.Event()
    batches: list[list[int]] = []

    def doubled(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        begun.set()
        assert go_on.wait(10)
        if 1 in items:
            raise KeyboardInterrupt
        return [2 * item for item in items]

    together = Together(doubled)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(together, 0)
        assert begun.wait(10)
        interrupted = pool.submit(together, 1)
        while len(together._queue) < 1:
            pass
        others = [pool.submit(together, item) for item in (2, 3)]
        while len(together._queue) < 3:
            pass
        go_on.set()
        assert first.result(10) == 0
        with pytest.raises(KeyboardInterrupt):
            interrupted.result(10)
        assert [one.result(10) for one in others] == [4, 6]
    assert [sorted(batch) for batch in batches] == [[0], [1, 2, 3], [2, 3]]
    assert together(21) == 42
