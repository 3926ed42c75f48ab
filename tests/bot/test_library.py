"""The articles as the bot asks them: before there is an index, while it changes, and when a new one is bad."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.cards import ArticleCard
from bot.errors import NotReadyError
from bot.library import Library
from bot.options import Options
from index.article import Article
from index.build import build
from index.encoder.model import DEFAULT_MODEL
from index.generation.catalog import Catalog
from index.generation.generation import current
from index.withdrawn import Withdrawn, withdraw
from retrieval import Retriever
from retrieval.errors import ChangedArticleError, QuestionError, UnknownArticleError
from tests.conftest import write_seeds
from tests.index.forging import replace_file
from tests.retrieval.articles import HARBOUR, ORCHARD, QUESTION

NewData = Callable[[], Path]


def options_of(data: Path, wrong_at_most: float | None = None) -> Options:
    return Options(data, data, data, DEFAULT_MODEL, 0.5, wrong_at_most=wrong_at_most)


def open_library(data: Path, test: Callable[[Library, list[str]], Awaitable[None]]) -> None:
    """Run a test with a library, and a note for each time that it told of a change."""

    async def main() -> None:
        library = Library(options_of(data))
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
        for asked in (library.listed("", 0, 8), library.examples(), library.page(ArticleCard("harbour.txt"))):
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
        page = await library.page(ArticleCard("harbour.txt"))
        assert (page.words, page.number, page.pages) == (HARBOUR, 0, 1)
        found = await library.listed("harbour", 0, 8)
        assert (found.total, [head.path for head in found.heads]) == (1, ["harbour.txt"])
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
            await library.page(ArticleCard("nowhere.txt"))
        with pytest.raises(ChangedArticleError):
            await library.page(ArticleCard.at("harbour.txt", old.start, old.quote))
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


def test_a_calibration_that_cannot_be_used_is_told_and_nothing_is_answered_until_it_is_mended(
    new_data: NewData, tmp_path: Path
) -> None:
    data = new_data()
    build(write_seeds(tmp_path, {"harbour.txt": HARBOUR}), data)
    (data / "calibration.json").write_text("{")

    async def main() -> None:
        library = Library(options_of(data, wrong_at_most=0.05))
        try:
            await library.look()
            assert not library.is_open
            assert library.missing.startswith(f"{data / 'calibration.json'} is damaged: make it anew with `python -m")
            (data / "calibration.json").unlink()
            await library.look()
            assert (library.is_open, library.missing) == (True, "")
        finally:
            library.close()

    asyncio.run(main())


def test_a_library_that_is_watched_comes_up_by_itself(new_data: NewData, tmp_path: Path) -> None:
    data, seeds = new_data(), write_seeds(tmp_path, {"harbour.txt": HARBOUR})

    async def test(library: Library, changes: list[str]) -> None:
        watching = asyncio.create_task(library.watch())
        while not changes:
            await asyncio.sleep(0.01)
        build(seeds, data)
        # It is open a moment before that is told.
        async with asyncio.timeout(60):
            while not library.is_open or changes[-1] != library.generation:
                await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

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


def test_no_example_is_of_an_article_that_was_taken_out(new_data: NewData, tmp_path: Path) -> None:
    data, seeds = new_data(), write_seeds(tmp_path / "seeds", {"orchard.md": ORCHARD})
    harbour = HARBOUR.replace("ferry companies to move to the outer quay", "ferry companies to leave the quay")
    write_seeds(data / "added", {"harbour.txt": harbour})
    build(seeds, data)

    async def test(library: Library, changes: list[str]) -> None:
        await library.look()
        assert "Who asked the ferry companies to leave the quay by May?" in await library.examples()
        (head,) = (await library.listed("harbour", 0, 1)).heads
        withdraw(data, [Withdrawn(head.id, head.path, head.path, head.url, "", "2026-11-30T12:00:00+00:00")])
        assert await library.examples() == ("Who lit some 9,000 paraffin candles between the rows?",)

    open_library(data, test)


# Ten paragraphs a page or so, and some forty pages.
LONG = "\n\n".join(f"Paragraph {number} of the long report ends here. " + "Word " * 60 for number in range(400))


def test_an_article_is_read_once_and_its_pages_are_turned_without_it(
    new_data: NewData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, seeds = new_data(), write_seeds(tmp_path, {"long.txt": f"Long report\n\n{LONG}\n"})
    build(seeds, data)
    read: list[str] = []
    whole = Retriever.article

    def counted(retriever: Retriever, article_id: str) -> Article:
        read.append(article_id)
        return whole(retriever, article_id)

    monkeypatch.setattr(Retriever, "article", counted)

    async def test(library: Library, changes: list[str]) -> None:
        await library.look()
        first = await library.page(ArticleCard("long.txt"))
        assert first.pages > 30
        turned = [await library.page(ArticleCard("long.txt", page=number)) for number in range(first.pages)]
        assert read == ["long.txt"]
        assert [page.number for page in turned] == list(range(first.pages))
        assert turned[0].head.title == "Long report"
        text = f"Long report\n\n{LONG}\n"
        assert all(text.startswith(page.words, page.start) for page in turned)
        assert "".join(page.words for page in turned).split() == text.split()
        # What is outside is the nearest page.
        assert await library.page(ArticleCard("long.txt", page=999_999)) == turned[-1]
        assert await library.page(ArticleCard("long.txt", page=-5)) == turned[0]

        # Who comes in elsewhere has pages that begin there, and an article that has changed is cut anew.
        start = text.index("Paragraph 200 ")
        inside = await library.page(ArticleCard.at("long.txt", start, "Paragraph 200 of"))
        assert (inside.start, inside.number, inside.words[:14]) == (start, inside.entry, "Paragraph 200 ")
        read.clear()
        write_seeds(seeds, {"long.txt": "Long report\n\nIt has been withdrawn by its author.\n"})
        build(seeds, data)
        await library.look()
        assert (await library.page(ArticleCard("long.txt", page=3))).words.endswith("withdrawn by its author.\n")
        assert read == ["long.txt"]
        with pytest.raises(ChangedArticleError):
            await library.page(ArticleCard.at("long.txt", start, "Paragraph 200 of"))

    open_library(data, test)


def test_the_list_is_turned_and_an_article_found_by_its_name_without_reading_the_catalog_again(
    new_data: NewData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = write_seeds(tmp_path, {"harbour.txt": HARBOUR, "orchard.md": ORCHARD})
    data = new_data()
    build(seeds, data)
    looked_through: list[str] = []
    facts, ids = Catalog.facts, Catalog.ids

    def noted(name: str, look: Callable[[Catalog], Any]) -> Callable[[Catalog], Any]:
        def looked(catalog: Catalog) -> Any:
            looked_through.append(name)
            return look(catalog)

        return looked

    monkeypatch.setattr(Catalog, "facts", noted("facts", facts))
    monkeypatch.setattr(Catalog, "ids", noted("ids", ids))

    async def test(library: Library, changes: list[str]) -> None:
        await library.look()
        first = await library.listed("", 0, 1)
        second = await library.listed("", 1, 1)
        assert (first.total, first.page, second.total, second.page) == (2, 0, 2, 1)
        assert [head.path for head in (*first.heads, *second.heads)] == ["harbour.txt", "orchard.md"]
        # Outside of the list, the nearest page.
        assert await library.listed("", 9, 1) == second
        assert await library.listed("", -9, 1) == first
        assert (await library.listed("nobody", 3, 8)).total == 0
        assert [head.path for head in await library.titled(first.heads[0].title.upper())] == ["harbour.txt"]
        assert await library.titled(first.heads[0].title[:-1]) == []
        for path in ("harbour.txt", "orchard.md"):
            found = await library.named(hashlib.sha256(path.encode()).digest()[:12])
            assert found is not None
            assert found.path == path
        for name in (b"", b"x", bytes(12), b"\xff" * 12, hashlib.sha256(b"harbour.txt").digest()[:11]):
            assert await library.named(name) is None
        assert looked_through == ["facts", "ids"]

        write_seeds(seeds, {"third.txt": "A third story\n\nIt was added on the next day by somebody else.\n"})
        build(seeds, data)
        await library.look()
        assert (await library.listed("", 0, 8)).total == 3
        assert await library.named(hashlib.sha256(b"third.txt").digest()[:12]) is not None

    open_library(data, test)
