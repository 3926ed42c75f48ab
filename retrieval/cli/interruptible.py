"""Work that a person at a terminal may stop waiting for, without cutting it off."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Final, TypeVar

T = TypeVar("T")

# Seconds between wake-ups of the main thread, which alone acts on Ctrl-C: a signal that arrives just before it falls
# asleep, or in another thread, does not wake it.
_LOOKS_EVERY: Final = 0.1


def interruptible(work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own, and return or raise what it does; only the wait can be interrupted.

    A question that is cut off in the middle could leave a retriever with a generation half opened, so the work goes on
    to its end and its result is dropped. The program waits for that before it ends, because a thread inside a C++
    library would abort it.

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
