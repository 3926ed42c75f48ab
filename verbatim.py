"""The program `verbatim`: the commands of `python -m index`, `retrieval` and `bot` under one name.

Only the room that a command belongs to is imported: imports take half of the time to an answer.
"""

import signal
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Final

VERSION: Final = "0.2.0"


@dataclass(frozen=True, slots=True)
class _Command:
    """The room whose `main` runs a command, what it puts before the arguments, and the line of help."""

    room: str
    before: tuple[str, ...]
    help: str


_COMMANDS: Final = {
    "index": _Command("index", (), "build the index, show it, check it: index build | status | verify"),
    "ask": _Command("retrieval", ("ask",), "answer one question, or one a line"),
    "check": _Command("retrieval", ("check",), "say whether somebody really said this: check QUOTE --speaker NAME"),
    "mcp": _Command("retrieval", ("mcp",), "answer other programs over the Model Context Protocol"),
    "watch": _Command("retrieval", ("watch",), "tell which questions new articles answer: watch QUESTIONS --once"),
    "chat": _Command("retrieval", (), "answer one question after another"),
    "bot": _Command("bot", (), "answer in Telegram, or in a browser: bot web; bot health | feedback | backup"),
    "eval": _Command("retrieval", ("eval",), "measure the answers to a question set"),
    "compare": _Command("retrieval", ("compare",), "compare two measurements"),
    "status": _Command("index", ("status",), "the same as index status"),
    "verify": _Command("index", ("verify",), "the same as index verify"),
}
_HELP: Final = "\n".join(
    [
        "Usage: verbatim COMMAND ...",
        "",
        "Answers questions over a folder of articles with the exact passage and a citation that can be checked.",
        "",
        *(f"  {name:9} {command.help}" for name, command in _COMMANDS.items()),
        "",
        "`verbatim COMMAND --help` shows its options and settings; --version prints the version.",
    ]
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        What the room's own `main` returns; 2 with one line on standard error if there is no such command.
    """
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    command = _COMMANDS.get(name)
    if command is not None:
        if command.room != "bot":
            # As in the rooms' own __main__: a reader such as `head` that has seen enough ends the program.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        # A room's own sub-commands are typed after its name.
        program = "verbatim" if command.before else f"verbatim {name}"
        code: int = import_module(f"{command.room}.__main__").main([*command.before, *rest], program)
        return code
    if name in ("-h", "--help"):
        print(_HELP)
        return 0
    if name == "--version":
        print(f"verbatim {VERSION}")
        return 0
    from config.cli import print_error

    return print_error(f"there is no command {name!r}: see `verbatim --help`", 2)


if __name__ == "__main__":
    raise SystemExit(main())
