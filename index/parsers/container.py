"""Files within files: how much they may unpack to, their paths and addresses, and documents that are zip archives."""

import codecs
import io
import posixpath
import unicodedata
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from index.article import UNKNOWN, Article, Found
from index.metadata import first_known, host_of
from index.parsers.charset import decode
from index.parsers.parsed import Parsed, Skipped, UnreadableError

if TYPE_CHECKING:
    from lxml.etree import _Element

# In the flags of a zip archive's file.
ENCRYPTED: Final = 0x1
# Bzip2 and LZMA can be made to take far more time and memory for each byte.
ZIP_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_PIECE: Final = 1 << 16
_LONGEST_NAME: Final = 300
# Deflate can unpack a byte to a thousand; it hardly packs text to a tenth.
_MOST_TIMES: Final = 200
_LEAST_BOMB: Final = 1_000_000
# The beginning of Microsoft's compound files: an old Word document, or a new one with a password.
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_FILES: Final = 20_000


@dataclass(slots=True)
class Budget:
    """The limits left to all files in a container together, including those in containers within it.

    Attributes:
        files: number of files.
        whole: bytes that they may unpack to.
        each: bytes that one of them may unpack to.
        depth: levels of containers within one another.
        seen: article ids that were given out.
    """

    files: int = 20_000
    whole: int = 1_000_000_000
    each: int = 20_000_000
    depth: int = 2
    seen: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Member:
    """A file within a container.

    Attributes:
        path: the container's, a slash, and its own name there.
        url: the address it was saved from.
    """

    path: str
    raw: bytes
    url: Found = UNKNOWN


def unpacked(stream: object, packed: int, budget: Budget) -> bytes:
    """Return what a stream unpacks to, and take its size from the budget.

    Parameters:
        stream: an object with a `read` method.
        packed: bytes that it is unpacked from; 0 if that is not known.

    Raises:
        UnreadableError: if it is larger than one file may be, exceeds the budget, or is far larger than what it is
            unpacked from.
    """
    content = bytearray()
    most = min(budget.each, budget.whole)
    while len(content) <= most and (piece := stream.read(_PIECE)):  # type: ignore[attr-defined]
        content += piece
        if packed and len(content) > max(_LEAST_BOMB, _MOST_TIMES * packed):
            budget.whole -= len(content)
            raise UnreadableError(f"it unpacks to more than {_MOST_TIMES} times its size")
    # Unpacking has cost its time, whether the content is used or not.
    budget.whole -= len(content)
    if len(content) > budget.each:
        raise UnreadableError(f"it unpacks to more than {budget.each / 1e6:,.3g} MB")
    if budget.whole < 0:
        raise UnreadableError("with it the archive unpacks to more than may be read at once: unpack it yourself")
    return bytes(content)


class Bounded(io.RawIOBase):
    """A stream that refuses to be read beyond a number of bytes.

    Raises:
        UnreadableError: from `read`, beyond that number.
    """

    def __init__(self, stream: io.BufferedIOBase, most: int) -> None:
        self._stream = stream
        self._left = most

    def read(self, size: int = -1) -> bytes:
        # `read1` returns what comes before a damaged place; `read` would fail for both.
        piece = self._stream.read1(size if 0 <= size <= self._left else self._left + 1)
        self._left -= len(piece)
        if self._left < 0:
            raise UnreadableError("the archive unpacks to more than may be read: unpack it yourself")
        return piece


def path_within(container: str, name: str) -> str | None:
    """Return the path of a file within a container, None if its name leads out of it or cannot be shown."""
    name = name.replace("\\", "/").lstrip("/")
    parts = [part for part in PurePosixPath(name).parts if part != "."]
    if not parts or ".." in parts or len(name) > _LONGEST_NAME:
        return None
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        return None
    return f"{container}/{'/'.join(parts)}"


def printable(name: str) -> str:
    """Return a name that `path_within` may have refused, fit for a line of a report."""
    visible = "".join(character if character.isprintable() else "?" for character in name)
    return visible if len(visible) <= _LONGEST_NAME else f"{visible[: _LONGEST_NAME - 1]}…"


def as_utf_8(raw: bytes, declared: str | None) -> bytes:
    """Return text in the encoding that its container declares as UTF-8 with a mark, which every parser tries first."""
    return codecs.BOM_UTF8 + decode(raw, declared).encode() if declared else raw


def located(article: Article, url: Found) -> Article:
    """Return an article with the address that its file was saved from, unless it names one itself."""
    if article.url != UNKNOWN or url == UNKNOWN:
        return article
    return replace(article, url=url, source=first_known(article.source, host_of(url)))


def once_each(parsed: Parsed, budget: Budget) -> Parsed:
    """Skip the articles whose id another file of the container had."""
    articles, skipped = [], list(parsed.skipped)
    for article in parsed.articles:
        if article.id in budget.seen:
            skipped.append(Skipped(article.path, f"another file of the archive has the article id {article.id!r}"))
        else:
            budget.seen.add(article.id)
            articles.append(article)
    return Parsed(tuple(articles), tuple(skipped))


class Package:
    """The files of a document, each unpacked when needed, within limits.

    Parameters:
        kind: what the document is, for messages, such as 'a Word document'.

    Raises:
        UnreadableError: if it is no zip archive.
    """

    def __init__(self, raw: bytes, kind: str, budget: Budget | None = None) -> None:
        if raw.startswith(_COMPOUND):
            raise UnreadableError(f"encrypted, or not {kind} but an older format: save it anew without a password")
        if raw.count(b"PK\x01\x02") > _MOST_FILES:
            raise UnreadableError(f"{kind} of too many files: the limit is {_MOST_FILES:,}")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(raw))
        except Exception as error:  # a hostile archive may make zipfile raise anything; it must not end the build
            raise UnreadableError(f"not {kind} that can be read") from error
        self._kind = kind
        self._budget = budget or Budget(each=60_000_000, whole=200_000_000)
        self.names = frozenset(self._archive.namelist())

    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            UnreadableError: if there is none of that name, or it is encrypted, damaged or a bomb.
        """
        try:
            entry = self._archive.getinfo(name)
            if entry.flag_bits & ENCRYPTED:
                raise UnreadableError("encrypted: it opens only with a password")
            if entry.compress_type not in ZIP_METHODS:
                raise UnreadableError("compressed in a way that is not read")
            with self._archive.open(entry) as stream:
                return unpacked(stream, entry.compress_size, self._budget)
        except UnreadableError:
            raise
        except Exception as error:  # as above
            raise UnreadableError(f"{self._kind} that is damaged: {posixpath.basename(name)} cannot be read") from error

    def xml(self, name: str) -> "_Element":
        """Return the root element of an XML file; nothing outside it is loaded, no entity expanded.

        Raises:
            UnreadableError: as in `read`; if it is no XML, declares entities, or is nested too deeply.
        """
        from lxml import etree

        source = self.read(name)
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = etree.fromstring(source, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise UnreadableError("its XML cannot be read") from error
        declared: Any = root.getroottree().docinfo.internalDTD
        if declared is not None and any(True for _ in declared.iterentities()):
            raise UnreadableError("it declares XML entities, which are not read")
        return root

    def xml_if_there(self, name: str) -> "_Element | None":
        """Return the root element of an XML file that not every document has; None if it is missing or broken."""
        try:
            return self.xml(name) if name in self.names else None
        except UnreadableError:
            return None


def words_of(element: "_Element") -> str:
    """Return the words of an element in one line."""
    return " ".join("".join(element.itertext()).split())


def text_of(root: "_Element | None", name: str) -> str:
    """Return the words of the first element of that name, '' if there is none.

    Parameters:
        name: with its namespace, as '{…}title'.
    """
    element = None if root is None else next(root.iter(name), None)
    return "" if element is None else words_of(element)
