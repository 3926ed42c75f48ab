"""The one line on standard error with which a command ends that could not do what it was asked."""

import sys
from contextlib import suppress


def failed(message: str, code: int) -> int:
    """Write `message` in one line, and return the exit code; where nothing can be written, that alone says it."""
    if sys.stderr is not None:  # else whoever started the program has closed it
        with suppress(OSError):
            sys.stderr.write(" ".join(message.split()) + "\n")
            sys.stderr.flush()
    return code
