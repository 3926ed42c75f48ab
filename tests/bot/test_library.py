"""The articles as the bot asks them: before there is an index, while it changes, and when a new one is bad."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.library import Library, NotReadyError
from index.build import build
from index.generation import current
from index.model import DEFAULT_MODEL
from retrieval.errors import ChangedArticleError, QuestionError, UnknownArticleError
from tests.conftest import write_seeds
from tests.index.forging import replace_file
from tests.retrieval.articles import HARBOUR, ORCHARD, QUESTION

NewData = Callable[[], Path]


def open_library(data: Path, test: Callable[[Library, list[str]], Awaitable[None]]) -> None:
    """Run a test with a library, and a note for each time that it told of a change."""

    async def main() -> None:
        library = Library(data, DEFAULT_MODEL, 0.5)
        changes: list[str] = []
        library.on_change(lambda: changes.append(library.generation or library.missing))
        try:
            await test(library, changes)
        finally:
            library.close()

    asyncio.run(main())


def damage(data: Path) -> None:
    """Alter one byte of the catalog that CURRENT points at."""
    catalog = current(data / "index") / "catalog.sqlite"
    content = bytearray(catalog.read_bytes())
    content[-1] ^= 1
    replace_file(catalog, bytes(content))


def test_there_is_no_answer_until_an_index_is_there_and_then_there_is(new_data: NewData, tmp_path: Path) -> None:
    data, seeds = new_data(), write_seeds(tmp_path, {"harbour.txt": HARBOUR})

    async def test(library: Library, changes: list[str]) -> None:
        # Whoever asks before anybody has looked waits for that, and is not sent away.
        early = asyncio.create_task(library.ask(QUESTION, 3, ()))
        await asyncio.sleep(0.05)
        assert (early.done(), library.missing, library.is_open) == (False, "", False)
        await library.look()
        missing = f"there is no index in {data}: build one with `python -m index build`"
        with pytest.raises(NotReadyError) as refused:
            await early
        assert str(refused.value) == library.missing == missing
        for asked in (library.sources(), library.examples(), library.article("harbour.txt")):
            with pytest.raises(NotReadyError):
                await asked
        await library.look()
        assert changes == [missing]
        assert (library.generation, library.articles, library.passages) == ("", 0, 0)

        build(seeds, data)
        await library.look()
        name = current(data / "index").name
        assert changes == [missing, name]
        assert (library.is_open, library.missing, library.refusal, library.articles) == (True, "", "", 1)
        answer, generation = await library.ask(QUESTION, 3, ())
        assert (generation, answer.answered) == (name, True)
        assert "move to the outer quay by May" in answer.citations[0].quote
        article = await library.article("harbour.txt")
        assert article.text == HARBOUR
        assert [head.path for head in await library.sources("harbour")] == ["harbour.txt"]
        assert answer.citations[0] in await library.around(answer.citations[0])

    open_library(data, test)


def test_who_listens_late_is_told_what_is(new_data: NewData) -> None:
    async def test(library: Library, _: list[str]) -> None:
        told: list[str] = []
        library.on_change(lambda: told.append("early"))
        assert told == []
        await library.look()
        library.on_change(lambda: told.append("late"))
        assert told == ["early", "late"]

    open_library(new_data(), test)


def test_a_new_index_is_taken_up_a_bad_one_is_refused_and_the_old_one_answers_on(
    new_data: NewData, tmp_path: Path
) -> None:
    data, seeds = new_data(), write_seeds(tmp_path, {"harbour.txt": HARBOUR})
    build(seeds, data)

    async def test(library: Library, changes: list[str]) -> None:
        await library.look()
        first = library.generation
        _, generation = await library.ask(QUESTION, 1, ())
        assert generation == first

        write_seeds(seeds, {"orchard.md": ORCHARD})
        build(seeds, data)
        await library.look()
        second = library.generation
        assert (second != first, library.articles, changes) == (True, 2, [first, second])

        write_seeds(seeds, {"harbour.txt": HARBOUR.replace("outer quay", "inner quay")})
        build(seeds, data)
        damage(data)
        await library.look()
        assert library.generation == second
        assert "catalog.sqlite" in library.refusal
        assert "\n" not in library.refusal
        assert (library.is_open, library.missing) == (True, "")
        answer, generation = await library.ask(QUESTION, 1, ())
        assert generation == second
        assert "outer quay" in answer.citations[0].quote
        for _ in range(3):
            await library.look()
        assert changes == [first, second, second]

        old = answer.citations[0]
        build(seeds, data, clean=True)
        await library.look()
        assert (library.refusal, library.generation != second) == ("", True)
        assert changes == [first, second, second, library.generation]
        answer, _ = await library.ask(QUESTION, 1, ())
        assert "inner quay" in answer.citations[0].quote
        # What an old message quotes is not shown as if it still stood there.
        with pytest.raises(ChangedArticleError):
            await library.around(old)
        with pytest.raises(UnknownArticleError):
            await library.article("nowhere.txt")
        with pytest.raises(QuestionError):
            await library.ask("?", 1, ())

    open_library(data, test)


def test_whatever_is_wrong_with_the_folder_there_is_another_look(new_data: NewData, tmp_path: Path) -> None:
    data, seeds = new_data(), write_seeds(tmp_path, {"harbour.txt": HARBOUR})
    (data / "index").mkdir()
    (data / "index" / "CURRENT").mkdir()

    async def test(library: Library, changes: list[str]) -> None:
        await library.look()
        assert "CURRENT" in library.missing
        assert not library.is_open
        (data / "index" / "CURRENT").rmdir()
        build(seeds, data)
        await library.look()
        assert library.is_open
        assert len(changes) == 2

    open_library(data, test)


def test_a_library_that_is_watched_comes_up_by_itself(new_data: NewData, tmp_path: Path) -> None:
    data, seeds = new_data(), write_seeds(tmp_path, {"harbour.txt": HARBOUR})

    async def test(library: Library, changes: list[str]) -> None:
        watching = asyncio.create_task(library.watch())
        while not changes:
            await asyncio.sleep(0.01)
        build(seeds, data)
        while not library.is_open:
            await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        assert changes[-1] == library.generation

    open_library(data, test)


def test_examples_are_questions_that_are_answered_and_change_with_the_index(new_data: NewData, tmp_path: Path) -> None:
    # One question of each article, the newest first: the harbour's is of 2023, the orchard's of 2022.
    harbour = HARBOUR.replace("ferry companies to move to the outer quay", "ferry companies to leave the quay")
    data, seeds = new_data(), write_seeds(tmp_path, {"harbour.txt": harbour, "orchard.md": ORCHARD})
    build(seeds, data)

    async def test(library: Library, changes: list[str]) -> None:
        await library.look()
        examples = await library.examples()
        assert examples == (
            "Who asked the ferry companies to leave the quay by May?",
            "Who lit some 9,000 paraffin candles between the rows?",
        )
        answer, _ = await library.ask(examples[0], 1, ())
        assert answer.answered
        assert "Mayor Runa Aasheim asked the ferry companies" in answer.citations[0].quote
        for file in ("harbour.txt", "orchard.md"):
            (seeds / file).unlink()
        write_seeds(seeds, {"notes.txt": "Some notes\n\nnothing in here is a sentence that says who did something\n"})
        build(seeds, data)
        await library.look()
        assert await library.examples() == ()
        assert len(changes) == 2

    open_library(data, test)
