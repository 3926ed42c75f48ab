"""Input from a person at a terminal: line editing, history, completion and single keys (prompt_toolkit), and Ctrl-C."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Final, TypeVar

import structlog
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from retrieval.cli.display import titled
from retrieval.retriever import Retriever

T = TypeVar("T")

HISTORY: Final = "repl_history"
_TITLED: Final = (":open", ":sources")
_TITLES: Final = 50
# Seconds between wake-ups of the main thread, which alone acts on Ctrl-C: a signal that arrives just before it falls
# asleep, or in another thread, does not wake it.
_LOOKS_EVERY: Final = 0.1

log = structlog.get_logger("verbatim.retrieval")


class Terminal:
    """A person at a terminal, as a source of lines and keys.

    Parameters:
        history: as `history_in` gives it.
        commands: what begins a line that is no question, such as ':more'.
    """

    def __init__(self, retriever: Retriever, history: History, commands: Sequence[str]) -> None:
        self._lines: PromptSession[str] = PromptSession(
            history=history,
            completer=CommandCompleter(commands, lambda words: titles(retriever, words)),
            complete_in_thread=True,
            complete_while_typing=False,
            reserve_space_for_menu=4,
        )
        self._keys: PromptSession[str] = PromptSession(key_bindings=_paging(), erase_when_done=True)

    def read(self) -> str:
        """Return the next line; '' where Ctrl-C discarded it.

        Raises:
            EOFError: for Ctrl-D.
        """
        try:
            return self._lines.prompt(FormattedText([("bold", "> ")]))
        except KeyboardInterrupt:
            return ""

    def key(self, hint: str) -> str:
        """Return '', 'b' or 'q', as `layout.page` expects."""
        try:
            return self._keys.prompt(FormattedText([("reverse", hint)]))
        except (KeyboardInterrupt, EOFError):
            return "q"


class CommandCompleter(Completer):
    """Completion of commands, and of titles behind the commands that take one.

    Parameters:
        titles: the titles of the articles that hold all these words.
    """

    def __init__(self, commands: Sequence[str], titles: Callable[[str], Sequence[str]]) -> None:
        self._commands = commands
        self._titles = titles

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield the completions of the text before the cursor."""
        text = document.text_before_cursor.lstrip()
        name, space, argument = text.partition(" ")
        if not space:
            for command in self._commands:
                if text.startswith(":") and command.startswith(text):
                    yield Completion(command, start_position=-len(text))
        elif name in _TITLED:
            for title in dict.fromkeys(map(titled, self._titles(argument))):
                yield Completion(title, start_position=-len(argument))


def titles(retriever: Retriever, words: str) -> list[str]:
    """Return the titles of the first articles that hold all these words, as many as are offered at a time."""
    return [head.title for head in retriever.listed(words, size=_TITLES).heads]


class _PrivateHistory(FileHistory):
    """A history file that ignores a full disk, so that no typed question is lost to it."""

    def store_string(self, string: str) -> None:
        try:
            super().store_string(string)
        except OSError as error:
            log.info("the history was not written", reason=str(error))


def history_in(data: Path) -> History:
    """Return the history kept in the data folder, private to its owner; one in memory where that cannot be."""
    path = data / HISTORY
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            # The file may exist already, and be open to others.
            os.fchmod(handle, 0o600)
        finally:
            os.close(handle)
    except OSError as error:
        log.info("the history is kept in memory", reason=str(error))
        return InMemoryHistory()
    return _PrivateHistory(path)


def _paging() -> KeyBindings:
    bindings = KeyBindings()

    def answers(result: str, *keys: str | Keys) -> None:
        def leave(event: KeyPressEvent) -> None:
            event.app.exit(result=result)

        for key in keys:
            bindings.add(key, eager=True)(leave)

    bindings.add(Keys.Any)(lambda _: None)
    answers("", Keys.Enter, " ", Keys.PageDown, Keys.Down)
    answers("b", "b", Keys.PageUp, Keys.Up)
    answers("q", "q", Keys.Escape)
    return bindings


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
