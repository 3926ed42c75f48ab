"""Work that Ctrl-C stops waiting for, and never stops halfway."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Final, TypeVar

T = TypeVar("T")

# Python acts on Ctrl-C only when the main thread wakes, and one that comes just before it falls asleep, or that the
# system hands to another thread, does not wake it. Seconds.
_LOOKS_EVERY: Final = 0.1


def interruptible(work: Callable[[], T]) -> T:
    """What `work` returns or raises, done in a thread of its own; only the waiting for it can be interrupted.

    A question that is cut off in the middle could leave a retriever with a generation half taken up. So the work goes
    on to its end, and nobody looks at what comes of it. The program waits for that before it ends: a thread that is
    within a library of C++ by then would end it with an abort.

    Raises:
        KeyboardInterrupt: if Ctrl-C is pressed meanwhile.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name="question").start()
    while not wait([outcome], _LOOKS_EVERY).done:
        pass
    return outcome.result()
