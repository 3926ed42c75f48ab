"""Lines come out as they were sent, however they were cut on the way, and long ones cost no memory."""

import os
import threading
import tracemalloc
from collections.abc import Iterable
from unittest.mock import patch

import anyio
from hypothesis import given
from hypothesis import strategies as st

from retrieval.mcp import stdio
from retrieval.mcp.stdio import BadLineError, read_lines

LIMIT = 12
LINES = st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"x")), max_size=8)


def received(chunks: Iterable[bytes]) -> list[bytes | None]:
    """The lines that are read from a pipe into which these chunks are written; None for one that is too long."""
    reading, writing = os.pipe()

    def write() -> None:
        for chunk in chunks:
            os.write(writing, chunk)
        os.close(writing)

    async def read() -> list[bytes | None]:
        return [None if isinstance(line, BadLineError) else line async for line in read_lines(reading)]

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return anyio.run(read)
    finally:
        writer.join()
        os.close(reading)


@given(lines=LINES, size=st.integers(1, 40), ended=st.booleans())
def test_lines_are_whole_however_they_are_cut(lines: list[bytes], size: int, ended: bool) -> None:
    sent = b"\n".join(lines) + (b"\n" if ended else b"")
    chunks = [sent[start : start + size] for start in range(0, len(sent), size)]
    # By the whole at once, and not as it comes.
    expected = [None if len(line) > LIMIT else line for line in sent.split(b"\n") if len(line) > LIMIT or line.strip()]
    with patch.object(stdio, "LONGEST_LINE", LIMIT):
        assert received(chunks) == expected


def test_an_endless_line_is_not_kept() -> None:
    chunk = b"x" * 65_536
    tracemalloc.start()
    try:
        assert received(chunk for _ in range(800)) == [None]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Of 50 MB the reader holds the 4 MiB that a line may have, and what such a buffer grows by.
    assert peak < 12_000_000
