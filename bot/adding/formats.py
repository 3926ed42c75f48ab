"""Content types that can hold an article, and the suffix under which a build reads each."""

from typing import Final

from bot.adding import AddingError
from index.parsers.registry import PARSERS, suffix_of

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
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "multipart/related": ".mhtml",
    "application/x-mimearchive": ".mhtml",
    "application/warc": ".warc",
    "application/wacz": ".wacz",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/x-tar": ".tar",
    "application/gzip": ".gz",
    "application/x-gzip": ".gz",
}
# For these types the suffix in the address decides: many servers know no better.
_BY_NAME: Final = frozenset(
    {"text/plain", "application/octet-stream", "binary/octet-stream", "application/gzip", "application/x-gzip"}
)
ACCEPTED: Final = ", ".join(_SUFFIXES)
_KINDS: Final = {"image": "a picture", "video": "a video", "audio": "a recording", "font": "a font"}
_LONGEST_KIND: Final = 60


def suffix_for(content_type: str, path: str) -> str:
    """Return the suffix of the file that an answer is stored in, such as '.html'.

    Parameters:
        content_type: the answer's Content-Type, with or without parameters.
        path: of the URL; its suffix decides for an answer that is served as plain text or without a type.

    Raises:
        AddingError: if it cannot hold an article; the message says what it is.
    """
    kind = bare(content_type)
    named = suffix_of(path)
    if kind in _BY_NAME and named in PARSERS:
        return named
    suffix = _SUFFIXES.get(kind)
    if suffix is None:
        raise AddingError(
            f"the link leads to {_named(kind)}; "
            "pages, documents, plain text, Markdown, feeds, JSON, tables and archives are read"
        )
    return suffix


def bare(content_type: str) -> str:
    """Return the type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def _named(kind: str) -> str:
    if not kind:
        return "something that does not say what it is"
    described = _KINDS.get(kind.partition("/")[0])
    if described:
        return described
    shown = "".join(character if character.isprintable() else "?" for character in kind[:_LONGEST_KIND])
    return f"something else ({shown})"
