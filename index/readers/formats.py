"""Which formats are read, by the end of a file's name."""

from pathlib import PurePosixPath
from typing import Final

READERS: Final = {
    ".txt": "text",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".jsonl": "jsonl",
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
}

OTHER_FORMAT: Final = "not a format that is read (.txt, .md, .html, .jsonl, .xml, .rss, .atom)"


def reader_of(path: str) -> str | None:
    """The name of the module that reads files named like `path`, None where none does."""
    return READERS.get(PurePosixPath(path).suffix.lower())
