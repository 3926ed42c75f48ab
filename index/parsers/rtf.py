"""The parser of `.rtf`, by striprtf. Headings are the paragraphs with a level in the outline."""

import codecs
import re
from collections.abc import Callable
from typing import Final

from index.parsers.document import DocumentBuilder, article_of, parsing
from index.parsers.parsed import Parsed, UnreadableError, storable

_BEGINNING: Final = b"{\\rtf"
# Pictures, in hexadecimal or binary, which striprtf would read byte by byte.
_DIGITS: Final = re.compile(rb"[0-9a-fA-F\s]{400,}")
_BINARY: Final = re.compile(rb"\\bin(\d{1,9}) ?")
# Text that is hidden, or that was deleted while changes were recorded.
_HIDDEN: Final = re.compile(rb"\{[^{}]*\\(?:v|deleted)(?![a-z0-9])[^{}]*\}")
_BULLETS: Final = ("•\t", "·\t", "-\t")
# Put in front of a heading on its way through striprtf: a private character that no text has.
_MARK: Final = "\ue0f1"
_LEVEL: Final = re.compile(rb"\\outlinelevel[0-8](?!\d) ?")
_MARKED: Final = f"\\\\u{ord(_MARK)}? ".encode()
_PROPERTY: Final = rb"\{\\%s ([^{}]{1,1000})\}"
_CODEPAGE: Final = re.compile(rb"\\ansicpg(\d{1,6})")


def read(path: str, raw: bytes) -> Parsed:
    """Parse the one article in a document of Rich Text Format.

    Raises:
        UnreadableError: if it is none, or holds no text.
    """
    if not raw.lstrip().startswith(_BEGINNING):
        raise UnreadableError("not Rich Text Format")
    source = _HIDDEN.sub(b"", _DIGITS.sub(b" ", _without_binaries(raw)))
    with parsing("the document"):
        text, headings = _built(_plain(_LEVEL.sub(_MARKED, source))).written()
    title, author = _property(source, b"title"), _property(source, b"author")
    return Parsed((article_of(path, text, headings, property_title=title, property_author=author),))


def _built(plain: str) -> DocumentBuilder:
    """Build the blocks of a text as striprtf writes it: each in a line, the cells of a table with '|' behind them."""
    builder = DocumentBuilder()
    rows: list[list[str]] = []
    # A cell may end in a paragraph of its own.
    for line in plain.replace("\n|", "|").split("\n"):
        words = line.replace(_MARK, "").strip()
        if words.endswith("|"):
            rows.append(words[:-1].split("|"))
            continue
        if rows:
            builder.table(rows)
            rows = []
        if _MARK in line:
            builder.heading(words)
        elif words.startswith(_BULLETS):
            builder.item(words[2:])
        else:
            builder.paragraph(words)
    if rows:
        builder.table(rows)
    return builder


def _plain(source: bytes) -> str:
    from striprtf import striprtf

    unpacked: Callable[..., str] = striprtf.rtf_to_text
    return storable(unpacked(_CODEPAGE.sub(_if_known, source).decode("latin-1"), errors="replace"))


def _if_known(codepage: re.Match[bytes]) -> bytes:
    """Return a declared codepage if Python knows it, else nothing, for which striprtf takes the commonest."""
    try:
        codecs.lookup(f"cp{codepage[1].decode()}")
    except LookupError:
        return b""
    return codepage[0]


def _property(source: bytes, name: bytes) -> str:
    written = re.search(_PROPERTY % name, source[:20_000])
    return _plain(b"{\\rtf1 %s}" % written[1]).strip() if written else ""


def _without_binaries(raw: bytes) -> bytes:
    pieces: list[bytes] = []
    position = 0
    while match := _BINARY.search(raw, position):
        pieces.append(raw[position : match.start()])
        position = match.end() + int(match[1])
    return b"".join([*pieces, raw[position:]])
