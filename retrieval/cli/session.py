"""Starting a REPL: for a person at a terminal, or on lines from a pipe."""

import sys
from pathlib import Path

from rich.text import Text

from index.generation.generation import current
from index.generation.manifest import read_manifest
from retrieval.cli.display import console_for, show
from retrieval.cli.layout import wrapped
from retrieval.cli.repl import COMMANDS, Repl
from retrieval.retriever import Retriever


def at_terminal(retriever: Retriever, data: Path, shown: int) -> None:
    """A conversation with a person; what they type is kept in the data folder.

    Parameters:
        shown: passages to show at a time.
    """
    # Slow to load, and of no use to lines from a pipe.
    from retrieval.cli.prompt import Terminal, history_in

    console = console_for()
    show(wrapped(Text(_greeting(data), "dim"), console), console)
    terminal = Terminal(retriever, history_in(data), [usage.split()[0] for usage in COMMANDS])
    Repl(retriever, console, terminal.read, terminal.key, shown).run()


def piped(retriever: Retriever, shown: int) -> None:
    """Answers line by line, as plain text, without a prompt."""
    Repl(retriever, console_for(), _read, None, shown).run()


def _read() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def _greeting(data: Path) -> str:
    manifest = read_manifest(current(data / "index"))
    counts = manifest.counts
    return (
        f"{counts.articles:,} articles, {counts.passages:,} passages, {manifest.model.name}. "
        "Ask a question; :help lists the commands."
    )
