"""The interactive loop: it reads questions and commands, and carries them out."""

import difflib
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from typing import Final, TypeVar

from rich.console import Console
from rich.text import Text

from index.errors import IndexingError
from index.generation.catalog import ArticleHead
from index.generation.generation import current
from index.generation.manifest import read_manifest
from retrieval.answer import Answer, Citation
from retrieval.cli import display
from retrieval.cli.layout import Key, page, show, wrapped
from retrieval.cli.prompt import interruptible
from retrieval.cli.quotes import checked, quote_and_speaker
from retrieval.cli.small_talk import small_talk
from retrieval.cli.watches import Watches
from retrieval.errors import RetrievalError
from retrieval.question.conversation import Turn
from retrieval.question.intents import Intent, intent_of
from retrieval.retriever import Retriever
from retrieval.sanitize import one_line

T = TypeVar("T")

SHOWN: Final = 3
# Turns passed on with a question; older ones no longer say what "he" means.
_REMEMBERED: Final = 8

COMMANDS: Final = {
    ":more": "the next passages for the last question",
    ":open N": "the article around passage N, or article N of :sources; N alone or a title does as well",
    ":why N": "the scores behind the rank of passage N",
    ":check QUOTE": 'whether the articles hold these words; behind them, who said it: :check "…" – Blinken',
    ":sources WORDS": "the articles that hold all these words in title, source or file; all without words",
    ":watch QUESTION": "tell me when an article answers it; :watch alone keeps the last question, or lists what waits",
    ":unwatch N": "no longer watch question N of that list",
    ":new": "forget the conversation and begin another",
    ":k N": "how many passages are shown at a time",
    ":help": "this list; help does as well",
    ":quit": "leave, and so do quit, exit and Ctrl-D",
}
FILTERS: Final = {
    "source:reuters": 'only articles of that source; quotes hold words together: source:"The Guardian"',
    "after:2022-01": "only articles from that year, month or day on",
    "before:2022-02": "only articles up to that year, month or day, and with it",
    'in:"title words"': "only articles with these words in their title",
}


# What people type in other programs. A number alone is `:open`, once there is something to open.
_PLAIN: Final = {"help": ":help", "?": ":help", "more": ":more", "quit": ":quit", "exit": ":quit", "q": ":quit"}


class _Quit(Exception):  # noqa: N818  # not an error
    """Raised to leave the loop."""


class _Misuse(Exception):  # noqa: N818  # its text is shown, nothing has failed
    """Raised for a command that cannot be carried out as typed; the text says what to do."""


@dataclass(slots=True)
class _Topic:
    """The last question and the passages shown for it."""

    answer: Answer
    history: tuple[Turn, ...]
    shown: list[Citation] = field(default_factory=list)

    @property
    def found(self) -> bool:
        """Return whether the first passage is shown as the answer, or as the closest there is."""
        return self.answer.tier != "none"


class Repl:
    """A conversation with a retriever.

    Parameters:
        read: the next line that the person types; raises EOFError at the end.
        key: asks what to do at the end of a page; None where nobody can answer.
        watches: the questions that wait; None to keep none.
    """

    def __init__(
        self,
        retriever: Retriever,
        console: Console,
        read: Callable[[], str],
        key: Key | None,
        shown: int = SHOWN,
        watches: Watches | None = None,
    ) -> None:
        self._retriever = retriever
        self._console = console
        self._read = read
        self._key = key
        self._shown = shown
        self._watches = watches
        self._turns: list[Turn] = []
        self._topic: _Topic | None = None
        # The list that was shown last, to which the numbers of `:open` refer.
        self._sources: list[ArticleHead] | None = None
        self._commands: dict[str, Callable[[str], None]] = {
            ":more": self._more,
            ":open": self._open,
            ":why": self._why,
            ":check": self._check,
            ":sources": self._list_sources,
            ":watch": self._watch,
            ":unwatch": self._unwatch,
            ":new": self._new,
            ":k": self._set_shown,
            ":help": self._help,
            ":quit": self._quit,
        }

    def run(self) -> None:
        """Read and answer until the person leaves."""
        while True:
            try:
                self._tell_news()
                self.take(self._read())
                self._console.print()
            except (EOFError, _Quit):
                return
            except KeyboardInterrupt:
                # Input is no person, so that Ctrl-C is meant to end the program.
                if self._key is None:
                    raise
                self._say("Cancelled.", "dim")

    def take(self, line: str) -> None:
        """Carry out one line. Errors are printed as one line."""
        line = line.strip()
        if not line:
            return
        try:
            if plain := _PLAIN.get(line.lower()):
                self._commands[plain]("")
            elif line.isdecimal() and (self._topic or self._sources):
                self._open(line)
            elif line.startswith(":"):
                name, _, argument = line.partition(" ")
                self._command(name)(argument.strip())
            else:
                self._ask(line)
        except (RetrievalError, IndexingError, _Misuse) as error:
            self._say(str(error), "yellow")
        except (OSError, sqlite3.Error) as error:
            self._say(f"the index cannot be read ({error}): check it with `python -m index verify`", "yellow")

    def _command(self, name: str) -> Callable[[str], None]:
        if name in self._commands:
            return self._commands[name]
        begun = [command for command in self._commands if command.startswith(name.lower())]
        if len(begun) == 1:
            return self._commands[begun[0]]
        near = difflib.get_close_matches(name.lower(), self._commands, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise _Misuse(f"there is no command {one_line(name)}: {hint}:help lists them")

    def _ask(self, question: str) -> None:
        intent = intent_of(question, self._retriever.languages)
        if intent and intent.is_talk:
            self._say(interruptible(lambda: small_talk(self._retriever, intent)), "")
            return
        if intent and self._show_asked(intent):
            return
        history = tuple(self._turns[-_REMEMBERED:])
        answer = interruptible(lambda: self._retriever.ask(question, self._shown, history))
        if correction := interruptible(lambda: self._retriever.corrected(question)):
            for changed in correction.changed:
                self._say(f"Did you mean {' or '.join(changed.meant)}?", "italic")
            if correction.certain:
                meant = interruptible(lambda: self._retriever.ask(correction.question, self._shown, history))
                answer = max(meant, answer, key=attrgetter("confidence"))
        topic = _Topic(answer, history)
        self._topic, self._sources = topic, None
        said = " ".join(
            citation.quote[span.start - citation.start : span.end - citation.start]
            for citation in answer.citations[:1]
            for span in citation.highlights
        )
        self._turns += [Turn("user", answer.question), Turn("agent", said if topic.found else "")]
        show(display.heading(answer, self._console), self._console)
        if topic.found:
            self._show(answer.citations)
            return
        show(display.nearest(answer, self._console), self._console)
        if answer.citations:
            self._say(":more shows the passages that come nearest", "dim")

    def _show_asked(self, intent: Intent) -> bool:
        """Show the articles that are asked for; return whether there are any, since it is a question otherwise."""
        asked = interruptible(lambda: self._retriever.asked_articles(intent))
        if asked is None:
            return False
        total, heads = asked.listed.total, list(asked.listed.heads)
        if intent.kind == "count":
            self._say(f"{total:,} articles" if total != 1 else "1 article", "")
        elif intent.kind == "open" and total == 1:
            self._read_article(heads[0].id, None)
        elif asked.leads:
            self._sources = heads
            for lead in asked.leads:
                show(display.briefly(lead, self._console, answers=False), self._console)
        else:
            self._show_sources(heads)
        if total > len(heads) and intent.kind != "count":
            self._say(
                f"{total:,} articles in all: :sources lists them, :sources WORDS those that hold the words", "dim"
            )
        return True

    def _more(self, argument: str) -> None:
        topic = self._asked()
        question, wanted = topic.answer.question, len(topic.shown) + self._shown
        answer = interruptible(lambda: self._retriever.ask(question, wanted, topic.history))
        new = answer.citations[len(topic.shown) :]
        if not new:
            raise _Misuse("there are no more passages")
        if not topic.found and not topic.shown:
            self._say("These come nearest, but do not seem to hold the answer:", "yellow")
        self._sources = None
        self._show(new)

    def _show(self, citations: tuple[Citation, ...]) -> None:
        """Show passages: an answer whole, the others briefly, so that the answer stays on the screen."""
        topic = self._asked()
        for citation in citations:
            self._console.print()
            if topic.found and citation.rank == 1:
                show(display.cited(citation, self._console), self._console)
            else:
                show(display.briefly(citation, self._console, answers=topic.found), self._console)
            topic.shown.append(citation)

    def _open(self, argument: str) -> None:
        if not argument.isdecimal():
            self._open_titled(argument)
        elif self._sources is not None:
            self._read_article(_numbered(self._sources, argument, "article").id, None)
        else:
            topic = self._asked()
            citation = _numbered(topic.shown, argument, "passage")
            # A passage that was not shown as an answer has nothing marked as one.
            self._read_article(citation.article_id, citation if topic.found else replace(citation, highlights=()))

    def _open_titled(self, words: str) -> None:
        if not words:
            raise _Misuse("say which: :open N for the article around passage N, or :open and a title")
        heads = self._retriever.titled(words) or self._retriever.sources(words)
        if not heads:
            raise _Misuse(f"no article has all these words in its title, source or file: {one_line(words)}")
        if len(heads) == 1:
            self._read_article(heads[0].id, None)
        else:
            self._show_sources(heads)

    def _read_article(self, article_id: str, citation: Citation | None) -> None:
        article = self._retriever.article(article_id)
        page(display.article_view(article, citation, self._console), self._console, self._key)

    def _why(self, argument: str) -> None:
        topic = self._asked()
        citation = _numbered(topic.shown, argument or "1", "passage")
        lines = interruptible(lambda: display.why(self._retriever, topic.answer, topic.history, citation))
        show(
            wrapped(Text(f"Passage {citation.rank}: {display.titled(citation.title)}", "bold"), self._console),
            self._console,
        )
        show(lines, self._console)

    def _check(self, argument: str) -> None:
        if not argument:
            raise _Misuse('say what to check: :check "the words" – and who said it, if you like')
        quote, speaker = quote_and_speaker(argument)
        found = interruptible(lambda: self._retriever.check(quote, speaker))
        self._sources = None
        show(checked(found, quote, speaker, self._console), self._console)

    def _tell_news(self) -> None:
        if self._watches is not None:
            self._watches.tell_news(self._console)

    def _watch(self, argument: str) -> None:
        if self._watches is None:
            raise _Misuse("there is no data folder to keep questions in")
        answer = self._topic.answer if self._topic else None
        show(self._watches.keep(argument, answer, self._console), self._console)

    def _unwatch(self, argument: str) -> None:
        if self._watches is None:
            raise _Misuse("no question waits")
        show(self._watches.stop(argument, self._console), self._console)

    def _list_sources(self, argument: str) -> None:
        heads = self._retriever.sources(argument)
        if not heads:
            raise _Misuse(f"no article has all these words in its title, source or file: {one_line(argument)}")
        self._show_sources(heads)

    def _show_sources(self, heads: list[ArticleHead]) -> None:
        self._sources = heads
        if self._key is None:
            show(display.listed(heads, self._console), self._console)
        else:
            page(lambda: (list(display.listed(heads, self._console)), 0), self._console, self._key)

    def _new(self, argument: str) -> None:
        self._turns.clear()
        self._topic = self._sources = None
        self._say("A new conversation.", "dim")

    def _set_shown(self, argument: str) -> None:
        if not argument.isdecimal() or not 1 <= int(argument) <= 100:
            raise _Misuse(f"say how many passages to show, from 1 to 100: :k {self._shown} is set now")
        self._shown = int(argument)
        self._say(f"Passages shown at a time: {self._shown}.", "dim")

    def _help(self, argument: str) -> None:
        self._console.print("Type a question, or:")
        width = max(map(len, COMMANDS)) + 4
        for usage, does in COMMANDS.items():
            show(wrapped(Text(does), self._console, first=f"  {usage}".ljust(width)), self._console)
        self._console.print("In a question, anywhere and several at once:")
        width = max(map(len, FILTERS)) + 4
        for usage, does in FILTERS.items():
            show(wrapped(Text(does), self._console, first=f"  {usage}".ljust(width)), self._console)

    def _quit(self, argument: str) -> None:
        raise _Quit

    def _asked(self) -> _Topic:
        if self._topic is None:
            raise _Misuse("ask a question first")
        return self._topic

    def _say(self, words: str, style: str) -> None:
        show(wrapped(Text(one_line(words), style), self._console), self._console)


def _numbered(entries: Sequence[T], argument: str, kind: str) -> T:
    if not entries:
        raise _Misuse(f"no {kind} is shown yet: :more shows the passages that come nearest")
    # No list is longer, and int() refuses thousands of digits.
    number = int(argument) if argument.isdecimal() and len(argument) < 9 else 0
    if not 1 <= number <= len(entries):
        raise _Misuse(f"say which {kind}: a number from 1 to {len(entries)}")
    return entries[number - 1]


def at_terminal(retriever: Retriever, data: Path, shown: int) -> None:
    """Hold a conversation with a person, whose lines are kept in the data folder.

    Parameters:
        shown: passages to show at a time.
    """
    # Slow to load, and not needed for lines from a pipe.
    from retrieval.cli.prompt import Terminal, history_in

    console = display.console_for()
    show(wrapped(Text(_greeting(data), "dim"), console), console)
    terminal = Terminal(retriever, history_in(data), [usage.split()[0] for usage in COMMANDS])
    Repl(retriever, console, terminal.read, terminal.key, shown, Watches(retriever, data)).run()


def piped(retriever: Retriever, data: Path, shown: int) -> None:
    """Answer the lines of standard input as plain text, without a prompt."""
    Repl(retriever, display.console_for(), _read, None, shown, Watches(retriever, data)).run()


def _read() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def _greeting(data: Path) -> str:
    manifest = read_manifest(current(data / "index"))
    counts = manifest.counts
    articles = f"{counts.articles:,} article{'' if counts.articles == 1 else 's'}"
    return (
        f"{articles} to ask. Type a question and press Enter; type a passage's number to read the article around it. "
        "help lists what else there is, quit leaves."
    )
