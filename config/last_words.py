"""The one line on standard error with which a command ends that could not do what it was asked."""

import os
import sys


def tell(message: str) -> None:
    """Write `message` in one line. Where nothing can be written, the exit code alone says that something was wrong."""
    if sys.stderr is None:  # whoever started the program has closed it
        return
    try:
        sys.stderr.write(" ".join(message.split()) + "\n")
        sys.stderr.flush()
    except OSError:
        # What was not taken stays in the buffer, and would change the exit code when the program ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
