"""Tables: a row is an article under the names of the first row."""

import pytest

from index.article import Found
from index.parsers import Skipped, read

TEXT = "The river rose on Monday and flooded the streets of the old town. Nobody was hurt, the mayor said."


@pytest.mark.parametrize(("suffix", "by"), [("csv", ","), ("csv", ";"), ("tsv", "\t"), ("csv", "|")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_row_is_an_article(suffix: str, by: str, encoding: str) -> None:
    raw = by.join(("Title", "Full text", "Author", "Publish date")) + "\r\n"
    raw += by.join(("Høyt vann på øya", f'"{TEXT}\n\nDet ""steg"", sa ordføreren."', "Jåne Dø", "2021-03-03")) + "\r\n"
    reading = read(f"a.{suffix}", raw.encode(encoding))
    (one,) = reading.articles
    assert one.text == f'{TEXT}\n\nDet "steg", sa ordføreren.'
    assert one.title == Found("Høyt vann på øya", "column Title")
    assert one.author == Found("Jåne Dø", "column Author")
    assert one.published == Found("2021-03-03", "column Publish date")
    assert reading.skipped == ()


def test_a_row_that_holds_none_is_reported_by_its_line() -> None:
    raw = (
        f'id,title,text\n1,A,"{TEXT}\n\nMore."\n2,B,\n3,C,{TEXT.replace(",", "")},x,y\n\n4,D,{TEXT.replace(",", "")}\n'
    )
    reading = read("a.csv", raw.encode())
    assert [one.id for one in reading.articles] == ["a.csv#1", "a.csv#4"]
    assert reading.skipped == (
        Skipped("a.csv", "its 'text' is empty", 5),
        Skipped("a.csv", "5 fields where the first row names 3", 6),
    )


def test_a_table_without_a_text_says_which_columns_it_has() -> None:
    reason = "no column is known to hold a text: name one 'text'; its columns are 'river', 'level'"
    assert read("a.csv", b"river,level\nAa,7\n").skipped == (Skipped("a.csv", reason),)


@pytest.mark.parametrize(
    ("raw", "reason"), [(b"", "empty"), (b"\n\n", "empty"), (b"title,text\n", "a table without rows")]
)
def test_an_empty_table_is_called_so(raw: bytes, reason: str) -> None:
    assert read("a.csv", raw).skipped == (Skipped("a.csv", reason),)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("raw", "start"),
    [
        (b"text," * 1_000_000, "a table of 1,000,001 columns"),
        (b"title,text\n" + b"a," * 1_000_000, "1,000,001 fields where the first row names 2"),
        (b'title,text\na,"' + b"b\n" * 10_500_000, "broken off here: field larger than field limit"),
    ],
)
def test_a_hostile_table_is_one_line(raw: bytes, start: str) -> None:
    reading = read("a.csv", raw)
    assert reading.articles == ()
    assert [skip.reason[: len(start)] for skip in reading.skipped] == [start]
