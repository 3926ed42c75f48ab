"""Archives in a build: their articles stay while they do, go with them, and no file in one can end a build."""

import io
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index.build import BuildRules, build
from index.generation.catalog import Catalog
from index.generation.generation import Generation
from index.parsers import SeedFile
from index.report import BuildReport
from index.sandbox.worker import NO_TIME, cut, read_file
from retrieval import Retriever
from tests.conftest import write_seeds
from tests.index.parsers.forged_documents import packed
from tests.index.parsers.forged_pdf import Sheet, column, pdf
from tests.index.stories import BRIDGE, HARBOUR, MUSEUM

NewData = Callable[[], Path]
RULES = BuildRules().passages
FILES: dict[str, str | bytes] = {"news/harbour.txt": HARBOUR, "bridge.md": BRIDGE, "photo.jpg": b"\xff"}


def articles(data: Path) -> list[str]:
    with closing(Generation.open(data / "index")) as served:
        return sorted(head.path for head in served.catalog.heads())


def told(report: BuildReport) -> list[str]:
    return [skip.path for skip in report.skipped]


def test_the_articles_of_an_archive_are_taken_over_change_and_go_with_it(new_data: NewData, tmp_path: Path) -> None:
    data = new_data()
    seeds = write_seeds(tmp_path / "seeds", {"a.zip": packed(FILES), "museum.txt": MUSEUM})
    report = build(seeds, data)
    inside = ["a.zip/bridge.md", "a.zip/news/harbour.txt"]
    assert (articles(data), told(report)) == ([*inside, "museum.txt"], ["a.zip/photo.jpg"])

    report = build(seeds, data)
    assert (report.published, report.unchanged, told(report)) == (False, 2, ["a.zip/photo.jpg"])

    (seeds / "museum.txt").write_text(f"{MUSEUM} It is open on Sundays too.")
    report = build(seeds, data)
    assert (report.changed, report.unchanged, told(report)) == (("museum.txt",), 1, ["a.zip/photo.jpg"])
    assert articles(data) == [*inside, "museum.txt"]

    (seeds / "a.zip").write_bytes(packed({"bridge.md": BRIDGE}))
    report = build(seeds, data, allow_removals=True)
    assert (articles(data), told(report)) == (["a.zip/bridge.md", "museum.txt"], [])

    (seeds / "a.zip").unlink()
    build(seeds, data, allow_removals=True)
    assert articles(data) == ["museum.txt"]


def test_an_archive_that_cannot_be_read_is_served_on(
    new_data: NewData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = new_data()
    seeds = write_seeds(tmp_path / "seeds", {"a.zip": packed(FILES), "museum.txt": MUSEUM})
    build(seeds, data)
    opened = SeedFile.open

    def refusing(file: SeedFile) -> io.BufferedReader:
        if file.path == "a.zip":
            raise OSError(5, os.strerror(5))
        return opened(file)

    monkeypatch.setattr(SeedFile, "open", refusing)
    (seeds / "museum.txt").write_text(f"{MUSEUM} It is open on Sundays too.")
    report = build(seeds, data)
    assert [(kept.path, kept.files) for kept in report.kept] == [("a.zip", 1)]
    assert articles(data) == ["a.zip/bridge.md", "a.zip/news/harbour.txt", "museum.txt"]


def test_a_folder_of_an_archives_name_keeps_its_own_articles(new_data: NewData, tmp_path: Path) -> None:
    data = new_data()
    seeds = write_seeds(tmp_path / "seeds", {"added/a.zip": packed({"harbour.txt": HARBOUR})})
    write_seeds(data / "added", {"a.zip/bridge.md": BRIDGE})
    build(seeds, data)
    with closing(Generation.open(data / "index")) as served:
        catalog: Catalog = served.catalog
        for path, held in (
            ("added/a.zip", "added/a.zip/harbour.txt"),
            ("added/a.zip/bridge.md", "added/a.zip/bridge.md"),
        ):
            assert [stored.article.path for part in catalog.stored_articles(path) for stored in part] == [held]


def test_a_hostile_file_within_an_archive_costs_itself(new_data: NewData, tmp_path: Path) -> None:
    data = new_data()
    files: dict[str, str | bytes] = {
        "harbour.txt": HARBOUR,
        "bomb.txt": bytes(30_000_000),
        "deep.html": "<p>" + "<b><i>" * 100_000,
        "loop.docx": packed({"word/document.xml": "<a>" * 9_000}),
        "broken.pdf": b"%PDF-1.7",
        "bridge.md": BRIDGE,
    }
    report = build(write_seeds(tmp_path / "seeds", {"a.zip": packed(files)}), data)
    assert articles(data) == ["a.zip/bridge.md", "a.zip/harbour.txt"]
    assert told(report) == ["a.zip/bomb.txt", "a.zip/deep.html", "a.zip/loop.docx", "a.zip/broken.pdf"]


def test_an_archive_has_no_more_time_than_a_few_files(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(packed(FILES))
    file = SeedFile("a.zip", tmp_path / "a.zip", 0)
    (done,) = read_file(
        file,
        lambda article: cut(article, lambda texts: [len(text) for text in texts], RULES),
        go_on=lambda: False,
    )
    assert [stored.article.path for stored in done.articles] == ["a.zip/news/harbour.txt"]
    assert [(skip.path, skip.reason) for skip in done.skipped] == [("a.zip", NO_TIME)]


def test_an_answer_from_a_pdf_names_the_page_it_stands_on(new_data: NewData, tmp_path: Path) -> None:
    data = new_data()
    first = ["The council of Brekke met on a Tuesday and", "spoke of nothing but the weather and the price of coal."]
    second = [
        "The quay of Brekke was built of nine hundred stones by",
        "two brothers who never spoke to each other again.",
    ]
    seeds = write_seeds(tmp_path / "seeds", {"quay.pdf": pdf([Sheet(column(first)), Sheet(column(second))])})
    build(seeds, data)
    with Retriever.open(data) as retriever:
        citation = retriever.ask("How many stones was the quay of Brekke built of?").citations[0]
    assert (citation.path, citation.page, citation.link) == ("quay.pdf", 2, "")
    assert "nine hundred stones by two brothers" in citation.quote
