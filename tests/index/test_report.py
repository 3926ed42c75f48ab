"""What a build says of its files: counts by format, and what was left out by the reason."""

import json
from pathlib import Path

from index.build import BuildRules, build
from index.parsers import Skipped
from index.report import FormatCount, Reason, reasons
from tests.conftest import write_seeds
from tests.index.parsers.forged_documents import packed
from tests.index.stories import BEFORE
from tests.index.test_build import NewData

MILL = "The mill by the river burned down on a Tuesday, and nobody was in it."
DRAFT = "---\ndraft: true\n---\nThe mill may have burned down, which nobody has checked."


def test_faults_of_one_kind_are_one_reason_whatever_numbers_and_names_they_hold() -> None:
    skipped = [
        Skipped("a.jsonl", "broken JSON: Expecting value at column 2", 3),
        Skipped("b.xml", "entry 1: it has no text"),
        Skipped("a.jsonl", "broken JSON: Expecting value at column 77", 9),
        Skipped("b.xml", "entry 12 (A mill (old)): it has no text"),
        Skipped("photo.jpg", "not a format that is read (.txt, .md)"),
    ]
    assert reasons(skipped, {"a.jsonl"}) == (
        Reason("it has no text", "", 2, False, ("b.xml, entry 1", "b.xml, entry 12 (A mill (old))")),
        Reason("not a format that is read (.txt, .md)", "convert it to one of these", 1, False, ("photo.jpg",)),
        Reason(
            "broken JSON: Expecting value at column 2",
            "mend it; the rest of its file is read",
            2,
            True,
            ("a.jsonl, line 3", "a.jsonl, line 9"),
        ),
    )


def test_files_in_an_archive_count_as_the_archive(new_data: NewData, tmp_path: Path) -> None:
    archive = packed({"news/harbour.txt": BEFORE["harbour.txt"], "mill.md": MILL, "draft.md": DRAFT, "photo.jpg": "x"})
    seeds = write_seeds(tmp_path / "seeds", {**BEFORE, "a.zip": archive, "b.zip": packed({"photo.jpg": "x"})})
    report = build(seeds, new_data())
    assert [count for count in report.formats if count.format == ".zip"] == [FormatCount(".zip", 1, 2, 1)]
    assert {"b.zip/photo.jpg"} == {place for one in report.reasons if not one.parts for place in one.examples}
    parts = {place for one in report.reasons if one.parts for place in one.examples}
    assert parts == {"a.zip/draft.md", "a.zip/photo.jpg"}


def test_a_file_is_never_both_added_and_skipped(new_data: NewData, tmp_path: Path) -> None:
    seeds, data = write_seeds(tmp_path / "seeds", {**BEFORE, "draft.md": DRAFT, "photo.jpg": "x"}), new_data()
    report = build(seeds, data)
    assert report.added == tuple(sorted(BEFORE))
    assert {skip.path for skip in report.skipped} == {"draft.md", "photo.jpg"}
    assert FormatCount(".md", 1, 1, 1) in report.formats
    again = build(seeds, data)
    assert (again.formats, again.reasons) == (report.formats, report.reasons)


def test_a_file_that_becomes_a_draft_is_removed_and_one_that_is_published_is_changed(
    new_data: NewData, tmp_path: Path
) -> None:
    seeds, data = write_seeds(tmp_path / "seeds", {**BEFORE, "mill.md": DRAFT}), new_data()
    build(seeds, data)
    write_seeds(seeds, {"mill.md": DRAFT.replace("true", "false"), "bridge.md": DRAFT})
    report = build(seeds, data)
    assert (report.added, report.changed, report.removed) == ((), ("mill.md",), ("bridge.md",))


def test_a_collection_larger_than_a_file_may_be_is_read(new_data: NewData, tmp_path: Path) -> None:
    rows = [{"id": str(n), "text": f"The mill by the river burned down in the year {n}."} for n in range(1800, 2000)]
    source = "".join(json.dumps(row) + "\n" for row in rows)
    seeds = write_seeds(tmp_path / "seeds", {"mills.jsonl": source, "long.txt": BEFORE["harbour.txt"] * 20})
    report = build(seeds, new_data(), rules=BuildRules(size_limit=1000))
    assert (len(source) > 10_000, report.articles) == (True, 200)
    assert [skip.path for skip in report.skipped] == ["long.txt"]
