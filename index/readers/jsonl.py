"""Reads `.jsonl`: one article a line, as a JSON object."""

import json
from collections.abc import Iterator
from typing import Any

from index.article import UNKNOWN, Article, Found
from index.metadata import LONGEST_ID, first_known, found, host_of, language, one_line, web_address
from index.readers.dates import iso_date
from index.readers.decoding import BINARY, decode
from index.readers.lead import lead, title_of
from index.readers.reading import Entry, Gathering, Reading, UnreadableError, identity, sound


def read(path: str, raw: bytes) -> Reading:
    """The articles in a file of JSON lines; a line that holds none is reported by its number.

    Raises:
        UnreadableError: if the file is empty or not text.
    """
    source, binary = _text(raw)
    found = Gathering(path)
    for number, line in enumerate(_lines(source), start=1):
        if number in binary:
            found.leave_out(BINARY, number)
        elif line.strip(" \t\r\ufeff"):
            try:
                found.take(Entry(_article(path, line.strip(" \t\r\ufeff")), f"line {number}", number))
            except UnreadableError as error:
                found.leave_out(str(error), number)
    return found.reading()


def _lines(source: str) -> Iterator[str]:
    """The lines one at a time; not str.splitlines, since U+2028 and its like may stand within a string."""
    start = 0
    while (end := source.find("\n", start)) >= 0:
        yield source[start:end]
        start = end + 1
    yield source[start:]


def _text(raw: bytes) -> tuple[str, frozenset[int]]:
    """The decoded file, and the numbers of the lines that are binary where the others are not."""
    try:
        return decode(raw), frozenset()
    except UnreadableError:
        rows = raw.split(b"\n")
        binary = frozenset(number for number, row in enumerate(rows, start=1) if b"\0" in row)
        if not binary or 2 * len(binary) > len(rows):
            raise
        return decode(b"\n".join(b"" if number in binary else row for number, row in enumerate(rows, 1))), binary


def _article(path: str, line: str) -> Article:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"broken JSON: {error.msg} at column {error.colno}") from error
    except (RecursionError, ValueError) as error:
        raise UnreadableError("broken JSON: nested too deeply, or a number too long") from error
    if not isinstance(fields, dict):
        raise UnreadableError("not a JSON object")
    text = fields.get("text")
    if text is None:
        raise UnreadableError("it has no 'text'")
    if not isinstance(text, str):
        raise UnreadableError("its 'text' is not a string")
    if not text.strip():
        raise UnreadableError("its 'text' is empty")
    text = sound(text)
    spoken = language(text, _line(fields, "language"))
    title, url = _line(fields, "title"), found(web_address(_string(fields, "url")), "field url")
    if title == UNKNOWN:
        opening = lead(text, language=spoken.value)
        title = first_known(found(title_of(opening.words(text)), "lead sentence"), found(one_line(text), "first line"))
    return Article(
        id=_id(fields.get("id")) or identity(path, text),
        path=path,
        text=text,
        title=title,
        url=url,
        source=first_known(_line(fields, "source"), host_of(url)),
        author=_line(fields, "author"),
        published=first_known(
            *(found(iso_date(_string(fields, name)), f"field {name}") for name in ("published", "date"))
        ),
        language=spoken,
    )


def _id(value: Any) -> str | None:
    if isinstance(value, str):
        # Cut off, two ids could become one.
        return sound(value) if value.strip() and len(value) <= LONGEST_ID else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return number if len(number := str(value)) <= LONGEST_ID else None


def _string(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _line(fields: dict[str, Any], name: str) -> Found:
    return found(one_line(_string(fields, name)), f"field {name}")
