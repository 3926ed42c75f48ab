"""Which kinds of answers can hold an article, and the suffix under which a build reads each."""

from pathlib import PurePosixPath
from typing import Final

from bot.adding.errors import ResponseError
from index.readers.formats import READERS

_SUFFIXES: Final = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".atom",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/jsonl": ".jsonl",
    "application/x-jsonl": ".jsonl",
    "application/jsonlines": ".jsonl",
    "application/x-jsonlines": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/ndjson": ".jsonl",
    "application/json": ".json",
    "application/feed+json": ".json",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
}
ACCEPTED: Final = ", ".join(_SUFFIXES)
_NAMES: Final = {
    "application/pdf": "a PDF",
    "application/zip": "an archive: send it as a file",
}
_KINDS: Final = {"image": "a picture", "video": "a video", "audio": "a recording", "font": "a font"}
_LONGEST_KIND: Final = 60


def suffix_for(content_type: str, path: str) -> str:
    """The suffix of the file that an answer is kept in, such as '.html'.

    Parameters:
        content_type: the answer's Content-Type, with or without parameters.
        path: of the URL. What is served as plain text is told apart by it, since many servers know no better.

    Raises:
        ResponseError: if it cannot hold an article; the message says what it is.
    """
    kind = bare(content_type)
    suffix = _SUFFIXES.get(kind)
    if suffix is None:
        raise ResponseError(
            f"the link leads to {_named(kind)}; pages, plain text, Markdown, feeds, JSON and tables are read"
        )
    named = PurePosixPath(path).suffix.lower()
    return named if kind == "text/plain" and named in READERS else suffix


def bare(content_type: str) -> str:
    """The type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def _named(kind: str) -> str:
    if not kind:
        return "something that does not say what it is"
    described = _NAMES.get(kind) or _KINDS.get(kind.partition("/")[0])
    if described:
        return described
    shown = "".join(character if character.isprintable() else "?" for character in kind[:_LONGEST_KIND])
    return f"something else ({shown})"
