"""The catalog: what is written is what later reads find, and nothing reads a file that is none."""

import re
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.article import UNKNOWN, Article, Found, Passage, Span
from index.engines.among import NO_DAY, NO_SOURCE, Origin
from index.errors import GenerationError
from index.generation.catalog import ArticleHead, Catalog, SeedRecord, StoredArticle, StoredPassage
from index.generation.catalog_writer import CatalogWriter
from index.generation.passage_map import PassageMap
from index.parsers import Skipped
from tests.index.test_connections import open_files

# Two of its characters lie outside the basic plane: offsets count code points, not bytes or UTF-16 units.
FERRY = Article(
    id="ferry",
    path="a/ferry.txt",
    text="🚢 Første ferge gikk kl. 12. 👍 The second left at one.",
    title=Found("Ferries run again", "heading line"),
    url=Found("https://example.org/ferry", "front matter"),
    source=Found("Harbour Post", "front matter"),
    author=Found("R. Moe", "byline"),
    published=Found("2024-02-03", "dateline"),
    language=Found("no", "detected"),
)
BARE = Article(id="bare", path="b.txt", text="Nothing is known of this one.")
COPY = Article(id="copy", path="c.txt", text="Nothing is known of this one!")
STORED = [
    StoredArticle(FERRY, "aa", (Passage(Span(0, 28), "Morning"), Passage(Span(29, 53))), b"\0\1"),
    StoredArticle(BARE, "bb", (Passage(Span(0, 29)),), b"\2"),
    StoredArticle(COPY, "cc", (Passage(Span(0, 29)),), b"\3"),
]
FERRY_HEAD = ArticleHead(
    0,
    "ferry",
    "a/ferry.txt",
    "Ferries run again",
    "https://example.org/ferry",
    "Harbour Post",
    "R. Moe",
    "2024-02-03",
    "no",
)
BARE_HEAD = ArticleHead(1, "bare", "b.txt", "", None, None, None, None, None)
COPY_HEAD = ArticleHead(2, "copy", "c.txt", "", None, None, None, None, None)
RECORDS = [
    SeedRecord("a/ferry.txt", "f1", 60, True),
    SeedRecord("b.txt", "f2", 29, False),
    SeedRecord("c.txt", "f3", 29, True),
]
SKIPPED = [Skipped("z.jsonl", "broken JSON", 7), Skipped("b.txt", "taken"), Skipped("z.jsonl", "it has no 'text'", 2)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.sqlite"
    with CatalogWriter(path) as writer:
        assert [writer.add_article(stored) for stored in STORED] == [0, 1, 2]
        writer.mark_copies({2: 1})
        writer.add_files(RECORDS, SKIPPED)
        writer.finish()
    return path


def test_articles_come_back_with_where_everything_was_found(path: Path) -> None:
    with Catalog(path) as catalog:
        assert [catalog.article(number) for number in range(3)] == [FERRY, BARE, COPY]
        assert catalog.article(1).title == UNKNOWN
        assert catalog.text(0) == (FERRY.text, "aa")
        assert list(catalog.heads()) == [FERRY_HEAD, BARE_HEAD, COPY_HEAD]
        assert catalog.head(0) == FERRY_HEAD
        assert catalog.heads_of({2, 0}) == {0: FERRY_HEAD, 2: COPY_HEAD}
        assert [catalog.number_of(article) for article in ("ferry", "copy", "none")] == [0, 2, None]


def test_passages_are_numbered_without_gaps_in_the_order_of_the_articles(path: Path) -> None:
    expected = [
        StoredPassage(0, 0, 0, Span(0, 28), "Morning"),
        StoredPassage(1, 0, 1, Span(29, 53), ""),
        StoredPassage(2, 1, 0, Span(0, 29), ""),
        StoredPassage(3, 2, 0, Span(0, 29), ""),
    ]
    with Catalog(path) as catalog:
        assert (catalog.article_count, catalog.passage_count) == (3, 4)
        assert catalog.passages(range(4)) == dict(enumerate(expected))
        assert catalog.passages([3, 0]) == {0: expected[0], 3: expected[3]}
        assert catalog.passages_of(0) == expected[:2]


def test_copies_are_found_from_either_side(path: Path) -> None:
    with Catalog(path) as catalog:
        assert catalog.copies(1) == catalog.copies(2) == [BARE_HEAD, COPY_HEAD]
        assert catalog.copies(0) == [FERRY_HEAD]


def test_sources_are_counted_and_what_is_not_known_is_no_source(path: Path) -> None:
    with Catalog(path) as catalog:
        assert catalog.source_counts() == {"Harbour Post": 1}
        assert catalog.days() == ("2024-02-03", "2024-02-03")


@pytest.mark.parametrize(
    ("sources", "first", "last", "numbers"),
    [
        (None, None, None, [0, 1, 2]),
        (["Harbour Post", "Nobody"], None, None, [0]),
        (["Nobody"], None, None, []),
        ([], None, None, []),
        (None, "2024-02-03", "2024-02-03", [0]),
        (None, "2024-02-04", None, []),
        (None, None, "2024-02-02", []),
        (None, "0001-01-01", None, [0]),
    ],
)
def test_articles_are_told_apart_by_source_and_day(
    path: Path, sources: list[str] | None, first: str | None, last: str | None, numbers: list[int]
) -> None:
    with Catalog(path) as catalog:
        assert sorted(number for number, _ in catalog.titles(sources, first, last)) == numbers
        assert catalog.numbers(sources, first, last).tolist() == numbers
        assert set(catalog.numbers(sources, first, last, 2).tolist()) <= set(numbers)
        assert dict(catalog.titles())[0] == "Ferries run again"


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [
        ("2024-02-03", "2024-02-03", True),
        ("2024-02-03", None, True),
        (None, "2024-02-03", True),
        ("2024-02-04", None, False),
        (None, "2024-02-02", False),
    ],
)
def test_a_time_of_day_lies_within_its_day(tmp_path: Path, first: str | None, last: str | None, fits: bool) -> None:
    path = tmp_path / "catalog.sqlite"
    with CatalogWriter(path) as writer:
        for number, time in enumerate(("T00:00:00+00:00", "T23:59:59-11:00", "")):
            dated = replace(BARE, id=f"{number}", published=Found(f"2024-02-03{time}", "front matter"))
            writer.add_article(StoredArticle(dated, "aa", (), b""))
        writer.finish()
    with Catalog(path) as catalog:
        assert catalog.numbers(None, first, last).tolist() == ([0, 1, 2] if fits else [])


@pytest.mark.parametrize(
    ("sources", "first", "plan"),
    [
        ([], None, "SEARCH articles USING COVERING INDEX articles_by_origin (source=?)"),
        ([], "2024", "SEARCH articles USING COVERING INDEX articles_by_origin (source=? AND published>?)"),
        (None, "2024", "SCAN articles USING COVERING INDEX articles_by_origin"),
    ],
)
def test_what_articles_are_told_apart_by_is_read_from_an_index_without_touching_a_text(
    path: Path, monkeypatch: pytest.MonkeyPatch, sources: list[str] | None, first: str | None, plan: str
) -> None:
    asked: list[tuple[str, Mapping[str, object]]] = []
    rows = Catalog._rows

    def noted(self: Catalog, query: str, values: Mapping[str, object]) -> list[tuple[object, ...]]:
        asked.append((query, values))
        return rows(self, query, values)

    with Catalog(path) as catalog, closing(sqlite3.connect(path)) as db:
        monkeypatch.setattr(Catalog, "_rows", noted)
        catalog.titles(sources, first)
        catalog.numbers(sources, first, None)
        for query, values in asked:
            assert db.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()[0][3] == plan


def test_the_passages_of_some_articles_come_by_number(path: Path) -> None:
    with Catalog(path) as catalog:
        layout = catalog.passage_map()
    for articles, passages in (([0, 2], [0, 1, 3]), ([], []), ([1], [2]), ([0, 1, 2], [0, 1, 2, 3])):
        assert layout.passages(np.array(articles, np.int64)).tolist() == passages
    # The second of four articles has no passage.
    gaps = PassageMap.of(np.array([0, 2, 2, 5, 6]), np.arange(4), [None] * 4)
    assert gaps.passages(np.array([0, 1, 3])).tolist() == [0, 1, 5]
    assert gaps.passages(np.array([1])).tolist() == []


def test_each_passage_has_the_day_and_the_source_of_its_article_by_number(path: Path) -> None:
    with Catalog(path) as catalog:
        assert catalog.source_numbers == {"Harbour Post": 0}
        ferry, bare, copy = Origin(0, 0, 2024_02_03), Origin(1, NO_SOURCE, NO_DAY), Origin(2, NO_SOURCE, NO_DAY)
        assert list(catalog.origins()) == [ferry, ferry, bare, copy]


def test_a_source_has_the_number_of_its_first_article_and_a_time_the_number_of_its_day(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    dated = Found("2024-02-03T23:59:00+05:00", "front matter")
    with CatalogWriter(path) as writer:
        for number, source in enumerate(["The Valley", None, "Äther 'Post'", "The Valley"]):
            named = UNKNOWN if source is None else Found(source, "front matter")
            article = replace(BARE, id=f"{number}", source=named, published=dated)
            writer.add_article(StoredArticle(article, "aa", (Passage(Span(0, 7)),) * number, b""))
        writer.finish()
    with Catalog(path) as catalog:
        assert catalog.source_numbers == {"The Valley": 0, "Äther 'Post'": 2}
        # As many times as each article has passages.
        found = [(one.article, one.source, one.day) for one in catalog.origins()]
        assert found == [(1, NO_SOURCE, 2024_02_03), *[(2, 2, 2024_02_03)] * 2, *[(3, 0, 2024_02_03)] * 3]


def test_languages_are_counted_by_passages_the_commonest_first(path: Path) -> None:
    with Catalog(path) as catalog:
        assert catalog.passage_map().passages_by_language() == {None: 2, "no": 2}


def test_files_and_what_was_left_out_of_them_come_back_in_order(path: Path) -> None:
    with Catalog(path) as catalog:
        assert catalog.files() == {record.path: record for record in RECORDS}
        assert catalog.skipped() == SKIPPED


def test_a_file_is_taken_over_as_it_was_written(path: Path, tmp_path: Path) -> None:
    with Catalog(path) as catalog:
        assert [list(catalog.stored_articles(path)) for path in ("a/ferry.txt", "b.txt", "c.txt")] == [
            [[stored]] for stored in STORED
        ]
        assert list(catalog.stored_articles("gone.txt")) == [[]]


def test_a_writer_that_does_not_finish_leaves_no_catalog(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with CatalogWriter(path) as writer:
        writer.add_article(STORED[0])
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (0,)


def test_a_finished_catalog_is_one_self_contained_file_that_reading_does_not_touch(path: Path) -> None:
    before = path.read_bytes()
    with Catalog(path) as catalog:
        list(catalog.texts())
        assert [file.name for file in path.parent.iterdir()] == ["catalog.sqlite"]
        with (
            catalog._connections.one() as db,
            pytest.raises(sqlite3.OperationalError, match="readonly"),
        ):
            db.execute("DELETE FROM articles")
    assert path.read_bytes() == before
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("content", [None, b"", b"garbage", b"SQLite format 3\0" + b"\0" * 4000])
def test_a_file_that_is_no_catalog_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "catalog.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GenerationError) as refused:
        Catalog(path)
    assert str(refused.value).startswith(f"{path} cannot be read as a catalog (")
    assert "\n" not in str(refused.value)
    # While the error, and with it whatever was at work, is still held.
    assert open_files(path) == 0


def test_a_name_that_sqlite_would_read_options_from_is_a_name_like_any_other(tmp_path: Path) -> None:
    folder = tmp_path / "what? #50% [ærlig]"
    folder.mkdir()
    with CatalogWriter(folder / "catalog.sqlite") as writer:
        writer.add_article(STORED[1])
        writer.finish()
    with Catalog(folder / "catalog.sqlite") as catalog:
        assert catalog.article_count == 1


def test_several_threads_may_read_at_once(path: Path) -> None:
    found: list[bool] = []
    with Catalog(path) as catalog:

        def read() -> None:
            found.extend(catalog.article(0) == FERRY and len(list(catalog.texts())) == 3 for _ in range(50))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [True] * 200


def test_what_the_disk_does_not_take_is_an_os_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"

    def write_too_much() -> None:
        with CatalogWriter(path) as writer:
            writer._db.execute("PRAGMA max_page_count = 40")
            for number in range(1000):
                writer.add_article(StoredArticle(Article(str(number), "a", "word " * 1000), "", (), b""))

    with pytest.raises(OSError, match=f"^{re.escape(str(path))} could not be written: database or disk is full$"):
        write_too_much()


def test_a_catalog_in_a_folder_that_is_not_there_is_an_os_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "catalog.sqlite"
    with pytest.raises(OSError, match="unable to open database file"), CatalogWriter(path):
        pass


def test_passages_are_of_the_article_they_lie_in_also_beside_articles_without_any() -> None:
    # Three passages, none, two, none.
    layout = PassageMap.of(np.array([0, 3, 3, 5, 5]), np.array([0, 1, 2, 3]), ["en", "en", "no", None])
    assert layout.articles(np.array([4, 0, 2, 3])).tolist() == [2, 0, 0, 2]
    assert layout.ordinals(np.array([4, 0, 2, 3])).tolist() == [1, 0, 2, 0]


def test_an_article_is_copied_where_another_has_the_same_original() -> None:
    layout = PassageMap.of(np.arange(6), np.array([0, 1, 0, 3, 1]), ["en"] * 5)
    assert layout.is_copied.tolist() == [True, True, True, False, True]
    assert layout.copies_of.tolist() == [0, 1, 0, 3, 1]


def test_passages_are_counted_by_language_and_a_language_without_any_is_not_named() -> None:
    layout = PassageMap.of(np.array([0, 3, 3, 5, 6]), np.arange(4), ["en", "fr", None, "en"])
    assert layout.passages_by_language() == {"en": 4, None: 2}
    assert [layout.languages[place] for place in layout.language_of] == ["en", "fr", None, "en"]


def test_nothing_is_laid_out_of_no_articles() -> None:
    layout = PassageMap.of(np.array([0]), np.array([], np.int64), [])
    assert layout.passages_by_language() == {}
    assert layout.articles(np.array([], np.int64)).tolist() == []
