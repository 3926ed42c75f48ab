"""The one line on standard error with which a command ends that could not do what it was asked."""

import re
import sys
from contextlib import suppress
from pathlib import PurePath

# Where the program `verbatim` is typed there may be no `python` that finds the modules, as with pipx.
_MODULE = re.compile(r"\bpython -m (?:(index|bot)|retrieval)\b ?")


def as_typed(message: str) -> str:
    """Return the message with `python -m index …` as `verbatim index …` where the program was started as `verbatim`."""
    if PurePath(sys.argv[0]).stem != "verbatim":
        return message
    return _MODULE.sub(lambda found: f"verbatim {found[1]} " if found[1] else "verbatim ", message)


def failed(message: str, code: int) -> int:
    """Write `message` in one line, and return the exit code; where nothing can be written, that alone says it."""
    if sys.stderr is not None:  # else whoever started the program has closed it
        with suppress(OSError):
            sys.stderr.write(" ".join(as_typed(message).split()) + "\n")
            sys.stderr.flush()
    return code
