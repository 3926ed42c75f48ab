"""The one line on standard error with which a command ends that could not do what it was asked."""

import sys
from contextlib import suppress


def tell(message: str) -> None:
    """Write `message` in one line. Where nothing can be written, the exit code alone says that something was wrong."""
    if sys.stderr is None:  # whoever started the program has closed it
        return
    with suppress(OSError):
        sys.stderr.write(" ".join(message.split()) + "\n")
        sys.stderr.flush()
