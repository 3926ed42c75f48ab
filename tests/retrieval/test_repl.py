"""The REPL: its commands line by line, and a person at a terminal."""

import fcntl
import os
import pty
import re
import select
import stat
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from rich.console import Console
from rich.text import Text

from retrieval import Retriever
from retrieval.cli.layout import page
from retrieval.cli.prompt import CommandCompleter, history_in, titles
from retrieval.cli.repl import COMMANDS, Repl
from tests.conftest import BuildData
from tests.forked import ROOT, Forked
from tests.retrieval.articles import ASKED, QUESTION, SEEDS, UNANSWERABLE
from tests.retrieval.conftest import Printed, Run, environment

# Longer than two screens.
TALL: Final = "A tall story\n\n" + "".join(f"The story had a floor numbered {n}.\n\n" for n in range(40))

Say = Callable[..., list[str]]


@pytest.fixture
def say(small: Retriever, plain: Console, printed: Printed) -> Say:
    """Types lines to one REPL, and gives the lines that the last of them printed."""
    repl = Repl(small, plain, lambda: "", None)

    def typed(*lines: str) -> list[str]:
        before = ""
        for line in lines:
            before = printed(plain)
            repl.take(line)
        return printed(plain)[len(before) :].splitlines()

    return typed


def test_a_question_gives_passages_in_rank_order_the_best_one_whole(say: Say) -> None:
    lines = say(QUESTION)
    assert lines[0].startswith("Answered · confidence ")
    assert [line[:4] for line in lines if re.match(r" \d  ", line)] == [" 1  ", " 2  ", " 3  "]
    best = lines[: next(place for place, line in enumerate(lines) if line.startswith(" 2  "))]
    assert " ".join(line.removeprefix("  > ") for line in best if line.startswith("  > ")) == ASKED
    # The first sentence of the passage stands there too, and is not marked.
    assert any(line.startswith("    The barrier will cost 48 million euros") for line in lines)


def test_a_question_after_another_is_understood_in_its_light_until_a_new_conversation(say: Say) -> None:
    lines = say("Who is Runa Aasheim?", "What did she ask?")
    assert "Understood as: What did Runa Aasheim ask?" in lines
    assert not any(line.startswith("Understood as") for line in say(":new", "What did she ask?"))


def test_more_goes_on_where_the_last_passages_ended_and_ends(say: Say) -> None:
    say(":k 2", QUESTION)
    seen: list[int] = []
    while (lines := say(":more")) != ["there are no more passages"]:
        seen += [int(match[1]) for line in lines if (match := re.match(r" (\d)  ", line))]
        assert len(seen) < 10
    assert seen == list(range(3, 3 + len(seen)))
    assert len(seen) >= 2


def test_without_an_answer_titles_come_first_and_passages_are_marked_as_no_answer(say: Say) -> None:
    lines = say(UNANSWERABLE)
    assert lines[0].startswith("The articles do not seem to hold the answer (confidence ")
    assert lines[1] == "The nearest articles:"
    assert lines[-1] == ":more shows the passages that come nearest"
    assert say(":open 1") == ["no passage is shown yet: :more shows the passages that come nearest"]
    more = say(":more")
    assert more[0] == "These come nearest, but do not seem to hold the answer:"
    assert any(line.startswith(" 1  ") for line in more)
    assert not any(line.startswith("  > ") for line in [*more, *say(":open 1")])


def test_filters_narrow_the_question_they_stand_in_and_no_other(say: Say) -> None:
    lines = say('What reopened? in:"stone bridge"')
    assert "Only articles titled stone bridge" in lines
    assert [line for line in lines if re.match(r" \d  ", line)] == [" 1  Old stone bridge reopens to cyclists"]
    assert say(":more") == ["there are no more passages"]
    assert say(":why")[0] == "Passage 1: Old stone bridge reopens to cyclists"
    assert len([line for line in say("and when?") if re.match(r" \d  |  - ", line)]) > 1
    assert not any("in:" in line for line in say("and when?"))


def test_a_filter_that_no_article_fits_is_said_in_one_line(say: Say) -> None:
    assert say("What happened? source:gazete") == ["no article has the source gazete: did you mean Valley Gazette?"]
    assert say("after:2022") == ["there are only filters: type what you want to know beside them"]
    assert any("source:reuters" in line for line in say(":help"))


def test_small_talk_gets_a_line_with_questions_that_the_articles_answer(say: Say) -> None:
    thanked = " ".join(say("Hi there, thanks a lot! 😀"))
    assert thanked.startswith('You are welcome. Ask about the articles, such as "')
    for question in re.findall(r'"(.+?)"', thanked):
        assert say(question)[0].startswith("Answered")
    # It is no turn of the conversation.
    assert not any(line.startswith("Understood as") for line in say(":new", "thanks", "Who is Runa Aasheim?"))


def test_a_request_for_articles_lists_them_and_a_number_then_opens_one(say: Say) -> None:
    assert say("what articles do you have?") == say(":sources")
    assert say("How many articles are there?") == ["5 articles"]
    assert say("articles about the frost", ":open 1")[0] == "Late frost ruins the apple blossom"
    assert say("show me the harbour article")[0] == "Harbour of Lindvik gets a tidal barrier"
    assert say("articles about zebras")[0].startswith("The articles do not seem to hold the answer")


def test_the_articles_of_a_source_or_a_day_come_with_their_leads(say: Say) -> None:
    for request in ("source:gazette", "everything from Valley Gazette", "what happened on 27 April 2022"):
        lines = say(request)
        assert lines[0] == " 1  Late frost ruins the apple blossom"
        lead = "Night frost destroyed two thirds of the apple blossom in the valley on 26 April 2022."
        assert lead in " ".join(map(str.strip, lines))
        assert say(request, ":open 1")[0] == "Late frost ruins the apple blossom"


def test_of_a_misspelt_question_and_what_it_may_mean_the_surer_answer_is_shown(say: Say, small: Retriever) -> None:
    typed, meant = (small.ask(f"What reopened to {word}?").confidence for word in ("cyclsts", "cyclists"))
    assert round(typed, 2) != round(meant, 2)
    surer = f"confidence {100 * max(typed, meant):.0f} %"
    assert say(":new", "What reopened to cyclsts?")[:2] == ["Did you mean cyclists?", f"Answered · {surer}"]


def test_a_misspelt_word_is_told_and_searched_where_only_one_fits(say: Say) -> None:
    lines = say("What did mayor Runa Aashiem ask the ferry companies to do?")
    assert lines[0] == "Did you mean Aasheim?"
    assert lines[1].startswith("Answered")
    assert "Aasheim" in " ".join(lines)
    # A word with another first letter may be another word: it is offered only.
    offered = say(":new", "What did Easheim ask for?")
    assert offered[0] == "Did you mean Aasheim?"


def test_open_shows_the_article_around_the_quote(say: Say) -> None:
    lines = say(QUESTION, ":open 1")
    assert lines[:2] == ["Harbour of Lindvik gets a tidal barrier", "source unknown · 14 Mar 2023 · harbour.txt"]
    assert lines[2].startswith("found in: title – ")
    assert "published – " in lines[2]
    assert " ".join(line.removeprefix("  > ") for line in lines if line.startswith("  > ")) == ASKED
    assert any(line.startswith("  | The barrier will cost") for line in lines)


def test_open_takes_a_title_or_words_that_only_one_article_has(say: Say) -> None:
    assert say(":open late frost ruins the APPLE blossom")[0] == "Late frost ruins the apple blossom"
    assert say(":open toll")[0] == "Bridge toll is dropped"
    # 'bridge' is in the title of two: they are listed, and a number then names one of them.
    listed = say(":open bridge")
    assert [line for line in listed if re.match(r" \d  ", line)] == [
        " 1  Old stone bridge reopens to cyclists",
        " 2  Bridge toll is dropped",
    ]
    assert say(":open 2")[0] == "Bridge toll is dropped"
    assert say(":open nobody wrote this") == [
        "no article has all these words in its title, source or file: nobody wrote this"
    ]


def test_sources_lists_the_articles_the_newest_first(say: Say) -> None:
    titles = [line[4:] for line in say(":sources") if re.match(r" \d  ", line)]
    assert titles == [
        "Harbour of Lindvik gets a tidal barrier",
        "Late frost ruins the apple blossom",
        "Old stone bridge reopens to cyclists",
        "Bridge toll is dropped",
        "The [red]lantern[/red] of Zubrin",
    ]
    assert say(":sources gazette frost") == [
        " 1  Late frost ruins the apple blossom",
        "    Valley Gazette · 27 Apr 2022 · orchard.md",
    ]


def test_a_number_means_the_list_that_was_shown_last(say: Say) -> None:
    assert say(QUESTION, ":sources frost", ":open 1")[0] == "Late frost ruins the apple blossom"
    assert say(QUESTION, ":open 1")[0] == "Harbour of Lindvik gets a tidal barrier"


def test_why_shows_the_scores_that_a_search_gives_that_passage(say: Say, small: Retriever) -> None:
    hit = small.search(QUESTION, 2)[1]
    lines = say(QUESTION, ":why 2")
    assert lines[0] == f"Passage 2: {hit.article.title}"
    assert f"{hit.score:.3f}    rank 2 of " in lines[1]
    assert f"{hit.words:.2f}    rank " in lines[2]
    assert f"{hit.cosine:.3f}    rank " in lines[3]


def test_why_says_that_an_answer_was_kept_from_before(say: Say) -> None:
    assert say(QUESTION, ":new", QUESTION, ":why 1")[-1].endswith("it was asked before, and the answer was kept")


def test_why_tells_of_the_stages_that_took_time_and_of_no_wait_where_nobody_else_asks(say: Say) -> None:
    lines = say(QUESTION, ":why 2")
    told = lines[next(place for place, line in enumerate(lines) if "Answered in" in line) + 1 :]
    stages = [" ".join(line.split()[:-2]) for line in told]
    assert "encoding" in stages
    assert "waiting" not in stages


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (":sorces", "there is no command :sorces: did you mean :sources? :help lists them"),
        (":xyzzy", "there is no command :xyzzy: :help lists them"),
        (":more", "ask a question first"),
        (":why 1", "ask a question first"),
        (":open 1", "ask a question first"),
        (":open", "say which: :open N for the article around passage N, or :open and a title"),
        (":k 0", "say how many passages to show, from 1 to 100: :k 3 is set now"),
        (":k ²", "say how many passages to show, from 1 to 100: :k 3 is set now"),
        ("?!", "the question holds no word: type what you want to know"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(say: Say, line: str, said: str) -> None:
    assert say(line) == [said]


@pytest.mark.parametrize("number", ["0", "4", "9" * 5000])
def test_a_number_that_no_passage_has_is_said_in_one_line(say: Say, number: str) -> None:
    assert say(QUESTION, f":why {number}") == ["say which passage: a number from 1 to 3"]


def test_a_command_may_be_shortened_while_it_stays_the_only_one(say: Say) -> None:
    assert say(":he") == say(":help")
    assert len(say(":help")) > len(COMMANDS)


def test_a_question_longer_than_any_is_one_line_and_the_conversation_goes_on(say: Say) -> None:
    [line] = [" ".join(say("x" * 100_000))]
    assert line == "the question has 100,000 characters: ask in at most 2,000"
    assert say(QUESTION)[0].startswith("Answered")


def test_an_index_that_breaks_meanwhile_is_one_line_and_the_conversation_goes_on(
    build_data: BuildData, plain: Console, printed: Printed
) -> None:
    data = build_data({"a.txt": "The bell of Tarn was cast in 1654.\n", "b.txt": "Geese fly over the moor at dusk.\n"})
    lines = iter(["When was the bell of Tarn cast?", "Where do geese fly?"])

    def read() -> str:
        line = next(lines, None)
        if line is None:
            raise EOFError
        return line

    with Retriever.open(data) as retriever:
        retriever.close()
        Repl(retriever, plain, read, None).run()
    said = printed(plain).split("\n\n")
    assert [part.strip().replace("\n", " ") for part in said if part.strip()] == [
        "the index cannot be read (Cannot operate on a closed database.): check it with `python -m index verify`"
    ] * 2


def test_ctrl_c_cancels_the_question_and_not_the_conversation(small_data: Path) -> None:
    second = "When did the stone bridge reopen?"
    done = subprocess.run(
        [sys.executable, "-m", "tests.retrieval.cancelled", str(small_data), QUESTION, second],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout
    assert said.startswith("Cancelled.\n")
    # One answer, the second question's: its best passage is of the bridge.
    assert said.count("Answered") == 1
    assert " 1  Old stone bridge reopens to cyclists" in said
    assert said.count("\n 1  ") == 1


def paged(console: Console, lines: int, focus: int, keys: Iterable[str]) -> list[str]:
    """The hints that were shown while these keys were pressed; every key must be used."""
    hints: list[str] = []
    pressed = iter(keys)

    def key(hint: str) -> str:
        hints.append(hint.partition(":")[0])
        return next(pressed)

    page(lambda: ([Text(str(n)) for n in range(1, lines + 1)], focus), console, key)
    assert next(pressed, None) is None
    return hints


@pytest.fixture
def screen(styled: Console) -> Console:
    """A terminal of 12 lines: ten of text, and two to spare."""
    styled.height = 12
    return styled


def test_a_long_text_is_paged_forth_and_back_and_ends_after_its_last_page(screen: Console) -> None:
    assert paged(screen, 25, 0, ["", "", "b", "", ""]) == [
        "lines 1–10 of 25",
        "lines 11–20 of 25",
        "lines 21–25 of 25",
        "lines 11–20 of 25",
        "lines 21–25 of 25",
    ]
    assert paged(screen, 25, 0, ["b", "q"]) == ["lines 1–10 of 25"] * 2


def test_a_text_that_fits_is_shown_without_asking(screen: Console, printed: Printed) -> None:
    assert paged(screen, 10, 9, []) == []
    assert printed(screen).split() == [str(n) for n in range(1, 11)]


def test_the_first_page_shows_the_line_that_matters_with_what_leads_up_to_it(screen: Console) -> None:
    assert paged(screen, 100, 50, ["q"]) == ["lines 47–56 of 100"]
    assert paged(screen, 100, 98, ["q"]) == ["lines 91–100 of 100"]


def test_a_screen_that_is_resized_between_pages_goes_on_near_the_same_place(screen: Console) -> None:
    hints: list[str] = []

    def key(hint: str) -> str:
        hints.append(hint.partition(":")[0])
        screen.width = 40
        return "" if len(hints) == 1 else "q"

    def layout() -> tuple[Sequence[Text], int]:
        # Half as wide, twice as many lines.
        return [Text(str(n)) for n in range(4000 // screen.width)], 0

    page(layout, screen, key)
    assert hints == ["lines 1–10 of 50", "lines 21–30 of 100"]


def completions(small: Retriever, text: str) -> list[str]:
    completer = CommandCompleter([usage.split()[0] for usage in COMMANDS], lambda words: titles(small, words))
    return [found.text for found in completer.get_completions(Document(text), CompleteEvent())]


def test_commands_and_titles_are_completed_and_questions_are_not(small: Retriever) -> None:
    assert completions(small, ":") == [usage.split()[0] for usage in COMMANDS]
    assert completions(small, ":so") == [":sources"]
    assert completions(small, ":open fros") == ["Late frost ruins the apple blossom"]
    assert completions(small, ":sources lantern") == ["The [red]lantern[/red] of Zubrin"]
    assert len(completions(small, ":open ")) == 5
    assert completions(small, ":k b") == completions(small, "bridge") == completions(small, "") == []


def test_the_history_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    history_in(tmp_path).append_string("a question")
    file = tmp_path / "repl_history"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    again = history_in(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(again.load_history_strings()) == ["a question"]


def test_a_history_that_cannot_be_kept_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "repl_history").mkdir()
    assert isinstance(history_in(tmp_path), InMemoryHistory)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "repl_history").symlink_to(elsewhere)
    assert isinstance(history_in(tmp_path / "linked"), InMemoryHistory)
    assert elsewhere.read_text() == "precious"


def test_piped_lines_are_answered_in_plain_text_without_a_prompt(run: Run, small_data: Path) -> None:
    done = run("--data", small_data, stdin=f"{QUESTION}\n:why 1\n:nonsense\n:quit\nnever asked\n".encode())
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode()
    assert said.startswith("Answered · confidence ")
    assert "rank 1 of " in said
    assert said.endswith("there is no command :nonsense: :help lists them\n\n")
    assert "\x1b" not in said
    assert not (small_data / "repl_history").exists()


def test_the_end_of_piped_lines_is_the_end(run: Run, small_data: Path) -> None:
    done = run("--data", small_data, stdin=QUESTION.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert "harbour.txt" in done.stdout.decode()


class Person:
    """Somebody at a terminal of 80 by 24 in which the REPL runs: types, and reads what appears."""

    def __init__(self, data: Path, **changes: str) -> None:
        self._screen, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        # The terminal here does not answer when it is asked where its cursor is.
        settings = environment(**{"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", **changes})
        self.process = Forked(
            ["retrieval", "--data", str(data)],
            cwd=ROOT,
            env={name: value for name, value in settings.items() if name != "COLUMNS"},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            terminal=True,
        )
        os.close(inner)
        self._raw = ""

    def enters(self, text: str) -> None:
        """Types at the next prompt."""
        self._waits(lambda seen: seen.rstrip().endswith(">"), "a prompt")
        self.types(text)

    def types(self, text: str) -> None:
        self._raw = ""
        os.write(self._screen, text.encode())

    def sees(self, text: str) -> str:
        """What appeared since the person typed last, with its colours, once this text is in it."""
        return self._waits(lambda seen: text in " ".join(seen.split()), repr(text))

    def exits(self) -> int:
        return self.process.wait(60)

    def leaves(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)
        os.close(self._screen)

    def _waits(self, wanted: Callable[[str], bool], name: str) -> str:
        deadline = time.monotonic() + 60
        while not wanted(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x08", "", self._raw)):
            ready, _, _ = select.select([self._screen], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{name} did not appear in {self._raw!r}"
            self._raw += os.read(self._screen, 65536).decode(errors="replace")
        return self._raw


@pytest.fixture
def person(build_data: BuildData) -> Iterator[Callable[..., Person]]:
    data = build_data({**SEEDS, "tall.txt": TALL})
    people: list[Person] = []

    def sits_down(**changes: str) -> Person:
        people.append(Person(data, **changes))
        return people[-1]

    yield sits_down
    for one in people:
        one.leaves()


def test_a_person_at_a_terminal_asks_completes_cancels_and_leaves(person: Callable[..., Person]) -> None:
    one = person()
    one.enters(QUESTION + "\r")
    assert "\x1b[1;32mMayor" in one.sees("harbour.txt · ¶ 2")
    one.enters(":sour\t")
    one.sees("ces")
    one.types(" frost\r")
    one.sees("Valley Gazette · 27 Apr 2022")
    # Ctrl-C throws the line away: what is typed next is a line of its own.
    one.enters("half a question")
    one.sees("half a question")
    one.types("\x03")
    one.enters(":k 1\r")
    one.sees("Passages shown at a time: 1.")
    one.enters("\x04")
    assert one.exits() == 0


def test_the_lines_of_one_conversation_can_be_called_up_in_the_next(person: Callable[..., Person]) -> None:
    one = person()
    one.enters("When did the stone bridge reopen?\r")
    one.sees("bridge.jsonl")
    one.enters(":quit\r")
    assert one.exits() == 0
    other = person()
    other.enters("\x1b[A")
    other.sees(":quit")
    other.types("\x1b[A\r")
    other.sees("Old stone bridge reopens to cyclists")


def test_pages_are_turned_by_single_keys(person: Callable[..., Person]) -> None:
    one = person()
    one.enters(":open tall\r")
    one.sees("lines 1–22 of")
    one.types(" ")
    one.sees("lines 23–44 of")
    one.types("b")
    one.sees("lines 1–22 of")
    one.types("q")
    one.enters(":k 1\r")
    one.sees("Passages shown at a time: 1.")


def test_who_wants_no_colour_gets_bold_alone(person: Callable[..., Person]) -> None:
    one = person(NO_COLOR="1")
    one.enters(QUESTION + "\r")
    answer = one.sees("harbour.txt · ¶ 2")
    assert "\x1b[1mMayor" in answer
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", answer)


def test_a_terminal_without_styles_gets_the_mark_in_the_margin(person: Callable[..., Person]) -> None:
    one = person(TERM="dumb")
    one.enters(QUESTION + "\r")
    assert "  > Mayor Runa Aasheim asked" in one.sees("harbour.txt · ¶ 2")


def test_what_people_type_in_other_programs_does_what_they_expect(small: Retriever, plain: Console, say: Say) -> None:
    assert say("help") == say(":help")
    assert say("?") == say(":help")
    assert say(QUESTION, "1") == say(QUESTION, ":open 1")
    assert say(":sources frost", "1")[0] == "Late frost ruins the apple blossom"
    assert say(QUESTION, "9")[0].startswith("say which passage: a number from 1 to ")
    for word in ("quit", "exit", "QUIT", "q"):
        # The line after it is not read.
        lines = iter([word, QUESTION])
        Repl(small, plain, lambda lines=lines: next(lines), None).run()  # type: ignore[misc]
        assert next(lines) == QUESTION


def test_before_anything_can_be_opened_a_number_is_a_question(say: Say) -> None:
    assert "ask a question first" not in say("1963")
