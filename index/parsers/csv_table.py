"""The parser of `.csv` and `.tsv`, however large: one article a row, under a first row that names the columns."""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from index.parsers.charset import EMPTY
from index.parsers.fields import KNOWN, normal
from index.parsers.jsonl import LONGEST, PART, in_utf8
from index.parsers.parsed import Collector, Parsed, UnreadableError
from index.parsers.record import Records, listing

# Real tables have a few dozen.
MOST_COLUMNS: Final = 1_000
DELIMITERS: Final = ",;\t|"


def read_parts(path: str, stream: BinaryIO, longest: int = LONGEST) -> Iterator[Parsed]:
    """Parse a table part by part.

    Parameters:
        stream: can be read again from its beginning.
        longest: characters of a field; what is longer ends the reading.

    Raises:
        UnreadableError: if the file is empty, not text, or no column is known to hold a text.
    """
    # So that a quotation mark that is never closed does not swallow the rest of the file.
    csv.field_size_limit(longest)
    text = io.TextIOWrapper(in_utf8(stream, longest), encoding="utf-8-sig", errors="replace", newline="")
    header = text.readline(longest)
    while header and not header.strip():
        header = text.readline(longest)
    if not header:
        raise UnreadableError(EMPTY)
    delimiter = max(DELIMITERS, key=header.count)
    columns = _columns(header, delimiter)
    collected = Collector(path)
    records = Records(collected, where="column", shared_ids=False)
    size = 0
    rows = csv.reader(_counted(text, longest), delimiter=delimiter)
    try:
        for row in rows:
            if not any(map(str.strip, row)):
                continue
            line = rows.line_num + 1
            if len(row) > len(columns):
                collected.skip(f"{len(row):,} fields where the first row names {len(columns):,}", line)
                continue
            records.add(dict(zip(columns, row, strict=False)), f"line {line}", line)
            size += sum(map(len, row))
            if size >= PART:
                size = 0
                yield collected.part()
    except csv.Error as error:
        collected.skip(f"broken off here: {error}", rows.line_num + 1)
    if not records.taken and not collected.skipped and not collected.unnamed:
        raise UnreadableError("a table without rows")
    records.finish()
    yield collected.finish()


def _columns(header: str, delimiter: str) -> list[str]:
    try:
        columns = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error as error:
        raise UnreadableError(f"its first row cannot be read: {error}") from error
    if len(columns) > MOST_COLUMNS:
        raise UnreadableError(f"a table of {len(columns):,} columns, the limit is {MOST_COLUMNS:,}")
    known = {normal(name) for name in columns}
    if known.isdisjoint(KNOWN["text"]) and (known.isdisjoint(KNOWN["summary"]) or known.isdisjoint(KNOWN["title"])):
        raise UnreadableError(f"no column is known to hold a text: name one 'text'; its columns are {listing(columns)}")
    return columns


def _counted(text: io.TextIOWrapper, longest: int) -> Iterator[str]:
    """Yield the lines; one that is longer than a field may be comes in pieces, which `csv` refuses."""
    while line := text.readline(longest):
        yield line.replace("\0", "\ufffd")
