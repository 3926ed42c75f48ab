"""The parser of `.jsonl` and `.ndjson`, however large: one article a line, as a JSON object.

A file that holds one JSON document instead, over many lines or as a list, is parsed as that if it is no larger than an
article may be.
"""

import codecs
import json
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any, BinaryIO, Final

from index.parsers.charset import BINARY, EMPTY, MARKS, SIGNATURES, decode
from index.parsers.json_document import articles_in, values_in
from index.parsers.parsed import Collector, Parsed, UnreadableError
from index.parsers.record import Records

# Bytes of a line.
LONGEST: Final = 20_000_000
# Enough to tell the encoding, and whether the file goes by lines.
HEAD: Final = 1 << 16
# Bytes of lines in one part.
PART: Final = 1 << 20
# Beside the usual ones, the separator of RFC 7464.
SPACE: Final = " \t\r\ufeff\x1e"


def read_parts(path: str, stream: BinaryIO, longest: int = LONGEST) -> Iterator[Parsed]:
    """Parse a file of JSON lines part by part.

    Parameters:
        stream: can be read again from its beginning.
        longest: bytes of a line; a longer one is reported and passed over.

    Raises:
        UnreadableError: if the file is empty, not text, or one large document.
    """
    stream = in_utf8(stream, longest)
    document = _document(stream, longest)
    if document is not None:
        yield articles_in(path, document)
        return
    collected = Collector(path)
    records = Records(collected)
    blank = True
    size = 0
    for number, line in lines_of(stream, longest):
        blank = blank and line is not None and not line.strip()
        _take(records, line, number, longest)
        size += len(line or b"")
        if size >= PART:
            size = 0
            yield collected.part()
    if blank:
        raise UnreadableError(EMPTY)
    records.finish()
    yield collected.finish()


def in_utf8(stream: BinaryIO, longest: int) -> BinaryIO:
    """Return `stream` as UTF-8 from its beginning; damaged lines stay as they are.

    A file in another encoding is decoded as a whole, since the encoding is detected from all of it.

    Raises:
        UnreadableError: if it is not text, or in another encoding and longer than `longest`.
    """
    head = stream.read(HEAD)
    stream.seek(0)
    if head.startswith(SIGNATURES):
        raise UnreadableError(BINARY)
    rows = head.split(b"\n")
    if not head.startswith(tuple(mark for mark, _ in MARKS[1:])):
        broken = sum(b"\0" in row for row in rows)
        if 2 * broken > len(rows):
            raise UnreadableError(BINARY)
        # The head may end within a character.
        decoder = codecs.getincrementaldecoder("utf-8")()
        with suppress(UnicodeDecodeError):
            decoder.decode(b"\n".join(row for row in rows if b"\0" not in row), final=len(head) < HEAD)
            if len(head) < HEAD and not broken:
                # The head is the whole file, which may still be binary or empty.
                decode(head)
            return stream
    raw = stream.read(longest + 1)
    if len(raw) > longest:
        raise UnreadableError(f"not in UTF-8 and larger than {longest:,} bytes: convert it, such as with iconv")
    return BytesIO(decode(raw).encode(errors="replace"))


def lines_of(stream: BinaryIO, longest: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines and their numbers, from 1; None for one that is longer than `longest`."""
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) > longest and not line.endswith(b"\n"):
            while (rest := stream.readline(PART)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        else:
            yield number, line


def _take(records: Records, line: bytes | None, number: int, longest: int) -> None:
    if line is None:
        records.collected.skip(f"too large: more than {longest:,} bytes in a line", number)
    elif b"\0" in line:
        records.collected.skip(BINARY, number)
    else:
        try:
            written = _text(line).strip(SPACE + "\n")
            if written:
                records.add(_object(written), f"line {number}", number)
        except UnreadableError as error:
            records.collected.skip(str(error), number)


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return decode(line)


def _object(line: str) -> dict[Any, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"broken JSON: {error.msg} at column {error.colno}") from error
    except (RecursionError, ValueError) as error:
        raise UnreadableError("broken JSON: nested too deeply, or a number too long") from error
    if not isinstance(record, dict):
        raise UnreadableError("not a JSON object")
    return record


def _document(stream: BinaryIO, longest: int) -> list[Any] | None:
    """Return the values of a file that does not go by lines; None if it does, or is broken."""
    head = stream.read(HEAD)
    stream.seek(0)
    first = head.decode(errors="replace").lstrip(SPACE + "\n").partition("\n")[0].strip(SPACE)
    if not first.startswith(("{", "[")) or (first.startswith("{") and len(first) > HEAD // 2):
        return None
    if first.startswith("{"):
        try:
            json.loads(first)
        except (ValueError, RecursionError):
            pass
        else:
            return None
    raw = stream.read(longest + 1)
    stream.seek(0)
    if len(raw) > longest:
        if first not in ("{", "[") and not first.startswith("[{"):
            return None
        raise UnreadableError(
            f"one JSON document of more than {longest:,} bytes, not an article a line: convert it with `jq -c '.[]'`"
        )
    try:
        return values_in(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
