"""Questions from many threads get the answers that they get one after another, also while generations change."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from index.generation.generation import current
from retrieval import Answer, Retriever
from retrieval import retriever as retriever_module
from retrieval.errors import FilterError
from retrieval.ranking.ranking import Ranking, rank
from retrieval.retriever import THRESHOLD
from tests.conftest import BuildData, write_seeds

NewData = Callable[[], Path]

TOWNS = ("Lindvik", "Ostmark", "Zubrin", "Aasheim", "Northgate", "Velmora", "Kesthal", "Bruneby")
YEARS = range(1911, 1911 + len(TOWNS))
# Enough of their own for no article to be taken for a copy of another.
STORIES = (
    "A ferry had sailed there before. Its last captain stayed on as keeper, and painted the railings every spring.",
    "Farmers paid their toll in oats until the war, when soldiers took over the gatehouse and burned its furniture.",
    "Three arches of pale granite carry the road. Masons from the islands cut them, and some never went home again.",
    "Trams crossed on Sundays only, because the council feared for the windows of the tall houses along the quay.",
)


def report(town: str, year: int, name: str = "Ottilie Krag") -> str:
    story = STORIES[TOWNS.index(town) % len(STORIES)]
    return (
        f"Bridge of {town}\n\nThe bridge at {town} was opened in {year}. The engineer {name} had drawn it.\n\n{story}\n"
    )


QUESTIONS = (
    *(f"When was the bridge at {town} opened?" for town in TOWNS),
    *(f"Who drew the bridge of {town}?" for town in TOWNS[:4]),
    "Who is the prime minister of Atlantis?",
)


@pytest.fixture(scope="module")
def data(build_data: BuildData) -> Path:
    return build_data({f"{town}.txt": report(town, year) for town, year in zip(TOWNS, YEARS, strict=True)})


def essence(answer: Answer) -> tuple[object, ...]:
    """All of it but how long it took."""
    return answer.interpreted_as, answer.answered, answer.confidence, answer.citations, answer.nearest


def test_sixteen_threads_get_the_answers_that_one_gets(data: Path) -> None:
    with Retriever.open(data, kept=0) as retriever, ThreadPoolExecutor(16) as pool:
        one_by_one = [retriever.ask(question) for question in QUESTIONS]
        for _ in range(3):
            for alone, among_others in zip(one_by_one, pool.map(retriever.ask, QUESTIONS), strict=True):
                assert essence(among_others) == essence(alone)
    years = [answer.citations[0].quote.split(" was opened in ")[1][:4] for answer in one_by_one[: len(TOWNS)]]
    assert years == [str(year) for year in YEARS]


@pytest.fixture
def two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as on a machine of one core, however many there are here."""
    monkeypatch.setattr(retriever_module, "_CONCURRENT", 2)


@pytest.mark.usefixtures("two_at_a_time")
def test_no_more_are_answered_at_once_than_have_a_turn_and_the_rest_wait(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, most, lock = 0, 0, threading.Lock()

    def counted(*arguments: Any, **named: Any) -> Ranking:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.02)
        with lock:
            at_work -= 1
        return rank(*arguments, **named)

    monkeypatch.setattr("retrieval.answering.rank", counted)
    with Retriever.open(data, kept=0) as retriever, ThreadPoolExecutor(16) as pool:
        for ask in (retriever.ask, retriever.search):
            answers = list(pool.map(ask, QUESTIONS))
            assert most == 2
            most = 0
            assert len(answers) == len(QUESTIONS)
        waited = [answer.stages.waiting for answer in pool.map(retriever.ask, QUESTIONS)]
        # The last of them waits for five others to be done at least.
        assert max(waited) > 5 * 20


@pytest.mark.usefixtures("two_at_a_time")
def test_what_was_asked_before_waits_for_nobody(data: Path) -> None:
    with Retriever.open(data) as retriever, ThreadPoolExecutor(1) as pool:
        first = retriever.ask(QUESTIONS[0])
        with retriever._slots, retriever._slots:
            assert essence(pool.submit(retriever.ask, QUESTIONS[0]).result(20)) == essence(first)


def test_an_error_of_one_question_is_no_other_questions(data: Path) -> None:
    def ask(question: str) -> str:
        try:
            return retriever.ask(question).citations[0].article_id
        except FilterError as error:
            return error.reason

    with Retriever.open(data, kept=0) as retriever, ThreadPoolExecutor(8) as pool:
        asked = [QUESTIONS[0], "Who? source:nobody"] * 8
        assert list(pool.map(ask, asked)) == ["Lindvik.txt", "source"] * 8


def traces(folder: Path) -> set[str]:
    """The files of a folder that this process holds open or mapped."""
    with Path("/proc/self/maps").open(encoding="utf-8", errors="replace") as maps:
        found = {line.split(maxsplit=5)[-1].strip() for line in maps if str(folder) in line}
    for handle in Path("/proc/self/fd").iterdir():
        try:
            found.add(str(handle.readlink()))
        except FileNotFoundError:  # closed meanwhile
            continue
    return {path for path in found if path.startswith(str(folder))}


def test_generations_change_under_eight_threads_without_one_failed_or_mixed_answer(
    new_data: NewData, tmp_path: Path
) -> None:
    data, seeds = new_data(), tmp_path / "seeds"
    # In every generation all articles name the same engineer, another one than those of the others.
    names = [f"{first} Krag" for first in ("Ottilie", "Runa", "Sverre")]
    over = threading.Event()
    told: set[tuple[str, str]] = set()

    def publish(name: str) -> Path:
        build(write_seeds(seeds, {f"{town}.txt": report(town, 1911, name) for town in TOWNS[:3]}), data)
        return current(data / "index")

    def ask_on(retriever: Retriever, start: int) -> int:
        asked = 0
        while not over.is_set() or asked < 5:
            answer = retriever.ask(f"Who drew the bridge of {TOWNS[(start + asked) % 3]}?", 3)
            engineers = {name for name in names for citation in answer.citations if name in citation.quote}
            assert (len(answer.citations), len(engineers)) == (3, 1)
            told.add((answer.generation, engineers.pop()))
            asked += 1
        return asked

    folders = [publish(names[0])]
    with Retriever.open(data, kept=4) as retriever, ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask_on, retriever, start) for start in range(8)]
        try:
            for name in names[1:]:
                folders.append(publish(name))
                retriever.refresh()
                until = time.monotonic() + 60
                while (folders[-1].name, name) not in told and time.monotonic() < until:
                    time.sleep(0.01)
        finally:
            over.set()
        assert min(one.result(60) for one in asking) >= 5
        generations = [folder.name for folder in folders]
        assert retriever.generation == generations[-1]
        # Each generation told of its own engineer and of no other; the last one was asked.
        assert told <= set(zip(generations, names, strict=True))
        assert (generations[-1], names[-1]) in told
        assert [traces(folder) for folder in folders[:-1]] == [set()] * (len(folders) - 1)
        assert traces(folders[-1])
    # What futures and frames still hold is let go of with the retriever.
    del retriever, asking
    assert traces(folders[-1]) == set()


def test_a_question_in_hand_keeps_its_generation_open_and_the_next_one_has_the_new(
    new_data: NewData, tmp_path: Path
) -> None:
    data, seeds = new_data(), tmp_path / "seeds"
    build(write_seeds(seeds, {"a.txt": report("Lindvik", 1911)}), data)
    old = current(data / "index")
    with Retriever.open(data) as retriever:
        with retriever._current.pinned() as in_hand:
            build(write_seeds(seeds, {"b.txt": report("Ostmark", 1912)}), data)
            assert retriever.ask("When was the bridge at Ostmark opened?").citations[0].article_id == "b.txt"
            assert in_hand.generation.folder == old
            assert in_hand.generation.catalog.text(0)[0].startswith("Bridge of Lindvik")
            assert traces(old)
        del in_hand
        assert traces(old) == set()


def test_a_retriever_that_is_closed_lets_a_question_in_hand_end(data: Path) -> None:
    retriever = Retriever.open(data, threshold=THRESHOLD)
    with retriever._current.pinned() as in_hand:
        retriever.close()
        assert in_hand.generation.catalog.text(0)[0].startswith("Bridge of ")
    del in_hand, retriever
    assert traces(data / "index") == set()
