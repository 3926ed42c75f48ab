"""Documents that are zip archives of XML files: DOCX, ODT, EPUB, WACZ."""

import io
import posixpath
import zipfile
from typing import TYPE_CHECKING, Any, Final

from index.parsers.container import ENCRYPTED, ZIP_METHODS, Budget, unpacked
from index.parsers.parsed import UnreadableError

if TYPE_CHECKING:
    from lxml.etree import _Element

# The beginning of Microsoft's compound files: an old Word document, or a new one with a password.
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_FILES: Final = 20_000


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
        """Return the root element of an XML file.

        Raises:
            UnreadableError: as in `read`; if it is no XML, declares entities, or is nested too deeply.
        """
        return xml_of(self.read(name))

    def xml_if_there(self, name: str) -> "_Element | None":
        """Return the root element of an XML file that not every document has; None if it is missing or broken."""
        try:
            return self.xml(name) if name in self.names else None
        except UnreadableError:
            return None


def xml_of(source: bytes) -> "_Element":
    """Return the root element of an XML document; nothing outside it is loaded, no entity expanded.

    Raises:
        UnreadableError: if it is no XML, or declares entities.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableError("its XML cannot be read") from error
    declared: Any = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise UnreadableError("it declares XML entities, which are not read")
    return root


def text_of(root: "_Element | None", name: str) -> str:
    """Return the words of the first element of that name, '' if there is none.

    Parameters:
        name: with its namespace, as '{…}title'.
    """
    element = None if root is None else next(root.iter(name), None)
    return "" if element is None else " ".join("".join(element.itertext()).split())
