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
    ".xht": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json_document",
    ".csv": "csv_table",
    ".tsv": "csv_table",
    ".opml": "feed",
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
    ".pdf": "pdf",
    ".docx": "docx",
    ".odt": "odt",
    ".rtf": "rtf",
    ".epub": "epub",
    ".mhtml": "mhtml",
    ".mht": "mhtml",
    ".warc": "warc",
    ".warc.gz": "warc",
    ".wacz": "wacz",
    ".zip": "archive",
    ".tar": "archive",
    ".tar.gz": "archive",
    ".tgz": "archive",
    ".gz": "archive",
}
# Readers of files that hold files of other formats; see index.readers.container.
CONTAINERS: Final = frozenset({"archive", "warc", "wacz"})

# Of these a file is read part by part, and the limit of a file's size is that of a line.
IN_PARTS: Final = frozenset({"jsonl", "csv_table"})

OTHER_FORMAT: Final = f"not a format that is read ({', '.join(READERS)})"


def suffix_of(name: str) -> str:
    """What a file's name ends with, in lower case, such as '.html' or '.warc.gz'; '' for nothing."""
    path = PurePosixPath(name.lower())
    double = "".join(path.suffixes[-2:])
    return double if double in READERS else path.suffix


def reader_of(path: str) -> str | None:
    """The name of the module that reads files named like `path`, None where none does."""
    return READERS.get(suffix_of(path))
