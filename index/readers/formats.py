"""Which formats are read, by the end of a file's name."""

from pathlib import PurePosixPath
from typing import Final

READERS: Final = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json_document",
    ".csv": "csv_table",
    ".tsv": "csv_table",
    ".opml": "feed",
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
}

# Of these a file is read part by part, and the limit of a file's size is that of a line.
IN_PARTS: Final = frozenset({"jsonl", "csv_table"})

OTHER_FORMAT: Final = f"not a format that is read ({', '.join(READERS)})"


def reader_of(path: str) -> str | None:
    """The name of the module that reads files named like `path`, None where none does."""
    return READERS.get(PurePosixPath(path).suffix.lower())
