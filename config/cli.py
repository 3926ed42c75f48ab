"""Exit of a command that fails: one line on standard error, and an exit code.

1 means that something is not as it should be: the index, the seeds, the disk. 2 means wrong use or wrong configuration.
The same error ends every program with the same code.
"""

import logging
import os
import re
import sqlite3
import sys
import textwrap
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Final, TextIO

import typer

FAILURE: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130
# With pipx there is no `python` that finds the modules, only the program `verbatim`.
_MODULE: Final = re.compile(r"\bpython -m (?:(index|bot)|retrieval)\b ?")

# Of every program: `-h` as well, and no line wider than can be read.
CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_WIDTH: Final = 78

log = logging.getLogger("verbatim")


def settings_help(settings: Sequence[tuple[str, str, str]]) -> str:
    """Return the settings as a program's help ends with them.

    Parameters:
        settings: as `described` returns them.
    """
    # Click reflows a paragraph unless a backspace stands above it.
    lines = ["\b", "Settings, from the environment, .env or verbatim.toml:"]
    for name, default, does in settings:
        lines.append(f"  {name}{f' (default: {default})' if default else ''}")
        lines += textwrap.wrap(does, _WIDTH, initial_indent="      ", subsequent_indent="      ")
    return "\n".join(lines)


def whole(least: int) -> Callable[[str], int]:
    """Return a parser of an option that takes a whole number from `least` on."""

    def parse(value: str) -> int:
        # `int` refuses thousands of digits.
        if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < least:
            raise typer.BadParameter(f"give a whole number from {least} on, not {value!r}")
        return int(value)

    return parse


def as_typed(message: str) -> str:
    """Return the message with `python -m index …` as `verbatim index …` where the program was started as `verbatim`."""
    if PurePath(sys.argv[0]).stem != "verbatim":
        return message
    return _MODULE.sub(lambda found: f"verbatim {found[1]} " if found[1] else "verbatim ", message)


def exit_code(error: BaseException) -> int:
    """Return the exit code of a program that `error` ends; the errors of each room name theirs as `exit_code`."""
    if isinstance(error, typer.TyperException):
        return WRONG_USE
    if isinstance(error, typer.Abort | KeyboardInterrupt):
        return INTERRUPTED
    return int(getattr(error, "exit_code", FAILURE))


def report_error(error: BaseException, program: str, *, interrupted: str = "", unharmed: str = "") -> int:
    """Write the line that `error` owes the person who started the program, and return the exit code.

    Parameters:
        program: as it is called, such as 'python -m index'.
        interrupted: the line after an interrupt; '' for none.
        unharmed: a sentence on what the failure has left alone, added if the system or the disk failed.
    """
    code = exit_code(error)
    if code == INTERRUPTED:
        return print_error(interrupted, code) if interrupted else code
    if isinstance(error, OSError):
        _give_up(sys.stdout)
    return print_error(_line(error, program, f". {unharmed}" if unharmed else ""), code)


def _line(error: BaseException, program: str, unharmed: str) -> str:
    if isinstance(error, typer.TyperException):
        return f"{error.format_message().rstrip('.')}: see `{program} --help`"
    if hasattr(error, "exit_code"):
        return str(error)
    if isinstance(error, OSError):
        return f"cannot go on: {error}; mend that and run it again{unharmed}"
    if isinstance(error, MemoryError) or "bad_alloc" in str(error):
        return f"memory does not suffice: end other programs, or give this one more, and run it again{unharmed}"
    if isinstance(error, sqlite3.Error):
        return (
            f"a database cannot be used ({error}): see to the disk, and check the index with `python -m index verify`"
        )
    log.debug("unforeseen", exc_info=error)
    told = f"{type(error).__name__}: {error}"
    return f"this should not happen ({told}): run it again with -vv and report what that prints"


def print_error(message: str, code: int) -> int:
    """Write `message` in one line, and return the exit code; where nothing can be written, that alone says it."""
    # Names of files may hold anything; what could move a terminal's cursor is shown as an escape.
    words = " ".join(as_typed(message).split())
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in words)
    if sys.stderr is not None:  # else whoever started the program has closed it
        try:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
        except OSError:
            _give_up(sys.stderr)
    return code


def _give_up(stream: TextIO | None) -> None:
    """Discard the output that a stream did not take: it would fail again when the program ends, with another code."""
    with suppress(OSError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # type: ignore[union-attr]  # None where it is closed


def open_what_is_closed() -> None:
    """Open the standard streams that are closed on the null device."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115  # open for as long as the program runs
