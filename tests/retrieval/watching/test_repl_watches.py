"""`:watch` and `:unwatch` in the conversation, and the news at the next prompt."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from retrieval import Retriever
from retrieval.cli.repl import Repl
from retrieval.cli.watches import FILE, Watches
from retrieval.watching import Watched
from retrieval.watching.diary import Diary
from retrieval.watching.store import Kept
from tests.retrieval.conftest import Printed
from tests.retrieval.watching.conftest import COPY, COST, QUESTION, UPDATE, Paper

Say = Callable[..., str]


@pytest.fixture
def say(paper: Paper, retriever: Retriever, plain: Console, printed: Printed) -> Say:
    """Types lines at the prompts of one conversation, and gives all that stands on the screen since."""
    lines: list[str] = []

    def read() -> str:
        if not lines:
            raise EOFError
        return lines.pop(0)

    repl = Repl(retriever, plain, read, None, watches=Watches(retriever, paper.data))

    def typed(*more: str) -> str:
        before = printed(plain)
        lines.extend(more)
        repl.run()
        return " ".join(printed(plain)[len(before) :].split())

    return typed


def test_a_question_that_is_watched_is_told_at_the_next_prompt_after_a_build_and_once(paper: Paper, say: Say) -> None:
    assert say(f":watch {QUESTION}").startswith(f"Watched: {QUESTION}")
    assert "News" not in say("")
    paper.prints(cost=COST)
    shown = say("")
    assert f"News: {QUESTION}" in shown
    assert "> The tidal barrier at Lindvik will cost 48 million euros" in shown
    assert "Before that" not in shown
    assert "News" not in say("")
    paper.prints(copy=COPY)
    assert "News" not in say("")
    paper.prints(update=UPDATE.replace("2024-06-11", date.today().isoformat()))
    shown = say("")
    assert "61 million" in shown.partition("Before that:")[0]
    assert "48 million" in shown.partition("Before that:")[2]


def test_another_conversation_is_told_what_came_meanwhile(
    paper: Paper, retriever: Retriever, say: Say, plain: Console, printed: Printed
) -> None:
    say(f":watch {QUESTION}")
    paper.prints(cost=COST)
    Watches(retriever, paper.data).tell_news(plain)
    assert "48 million" in printed(plain)


def test_watch_alone_keeps_the_last_question_as_it_was_understood_and_then_lists(say: Say) -> None:
    assert say(":watch") == "No question waits: :watch QUESTION keeps one."
    shown = say("Who is the mayor of Lindvik? after:2024-05", ":watch")
    assert 'Watched: Who is the mayor of Lindvik? after:"2024-05-01"' in shown
    assert "1 Who is the mayor of Lindvik? after:" in say(":watch")


def test_a_follow_up_waits_together_with_the_question_before_it(say: Say) -> None:
    first, second = "What did the council of Lindvik talk about?", "And what will it cost?"
    assert f"Watched: {first} {second} – when" in say(first, second, ":watch")


def test_an_answer_that_was_shown_is_no_news(paper: Paper, say: Say) -> None:
    paper.prints(cost=COST)
    assert "Answered" in say(QUESTION, ":watch")
    paper.prints(copy=COPY, cost=COST.replace("48", "48.0"))
    assert "News" not in say("")


def test_a_question_waits_until_it_is_stopped(paper: Paper, say: Say) -> None:
    say(f":watch {QUESTION}", ":watch Who won the boat race of Tolvik?")
    assert "It waits already" in say(f":watch {QUESTION}")
    assert say(":unwatch 1") == f"No longer watched: {QUESTION}"
    assert "1 Who won the boat race of Tolvik? (since" in say(":watch")
    paper.prints(cost=COST)
    assert "News" not in say("")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (":unwatch 1", "no question waits: :watch QUESTION keeps one"),
        (":watch ?!", "the question holds no word: type what you want to know"),
        (":watch Who? source:", "source: is empty"),
        (f":watch {'x' * 3_000}", "the question has 3,000 characters: ask in at most 2,000"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(say: Say, line: str, said: str) -> None:
    assert said in say(line)


def test_a_number_that_is_none_of_the_list_is_named(say: Say) -> None:
    say(f":watch {QUESTION}")
    for number in ("0", "2", "x", "9" * 5_000, ""):
        assert say(f":unwatch {number}") == "say which question: a number from 1 to 1; :watch lists them"


def test_a_question_that_was_stopped_is_not_kept_again_by_listing(say: Say) -> None:
    shown = say("Who is the mayor of Lindvik?", ":watch", ":unwatch 1", ":watch")
    assert shown.endswith("No question waits: :watch QUESTION keeps one.")


def test_no_more_than_a_hundred_questions_wait(say: Say) -> None:
    shown = say(*(f":watch Who is number {number}?" for number in range(101)))
    assert "100 questions wait, which is the most: :unwatch N stops one of them" in shown


def test_a_damaged_file_is_named_once_and_the_conversation_goes_on(paper: Paper, say: Say) -> None:
    (paper.data / FILE).write_text("rubbish")
    shown = say("", "", "Who won the chess championship of the north?")
    # The path may be as long as a line, and be cut anywhere.
    assert shown.replace("\n", "").replace(" ", "").count("watches.jsoncannotberead") == 1
    assert "other-" in shown
    assert "watches.jsoncannotberead" in say(":watch Who?").replace("\n", "").replace(" ", "")
    assert (paper.data / FILE).read_text() == "rubbish"


def test_what_articles_and_questions_hold_moves_no_cursor(paper: Paper, say: Say) -> None:
    say(f":watch {QUESTION} \x1b[2J\u202e")
    paper.prints(cost=COST.replace("on Monday.", "on Monday \x1b]0;owned\x07[bold]."))
    shown = say("", ":watch")
    assert "48 million" in shown
    assert "[bold]" in shown
    assert not any(sign in shown for sign in "\x1b\x07\u202e")


def test_without_questions_nothing_is_looked_for_and_no_file_is_made(
    paper: Paper, retriever: Retriever, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Retriever, "article_marks", lambda _: pytest.fail("looked"))
    say("", "Who saved the library?")
    assert not (paper.data / FILE).exists()
    assert not Path(paper.data, "watching").exists()


def test_what_another_conversation_keeps_meanwhile_is_not_lost(paper: Paper, retriever: Retriever) -> None:
    mine, other = (Diary(retriever, paper.data / FILE, paper.data / "watching") for _ in range(2))

    def keep(question: str) -> Callable[[Kept], Kept]:
        one = Watched(question, question, "2024-05-02")
        return lambda kept: replace(kept, watched={**kept.watched, question: one})

    mine.kept()
    other.change(keep("Who keeps the lock?"))
    mine.change(keep(QUESTION))
    assert list(mine.kept().watched) == ["Who keeps the lock?", QUESTION]
