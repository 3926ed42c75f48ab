"""Small PDFs for tests, written by hand: what is drawn where and in which order is the test's to say."""

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH = 595
HEIGHT = 842


@dataclass(frozen=True, slots=True)
class Drawn:
    """Words drawn in one go, `x` and `y` points from the lower left corner of the page."""

    x: float
    y: float
    words: str
    size: float = 11
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page, what is drawn on it in that order, and whether a picture covers it."""

    drawn: Sequence[Drawn] = ()
    picture: bool = False
    rotated: int = 0
    raw: bytes = field(default=b"")


def column(lines: Sequence[str], x: float = 72, top: float = 760, size: float = 11, leading: float = 14) -> list[Drawn]:
    """Lines below each other; an empty one leaves its room."""
    return [Drawn(x, top - leading * place, line, size) for place, line in enumerate(lines) if line]


def pdf(sheets: Sequence[Sheet], title: str = "", author: str = "", trailer: str = "") -> bytes:
    """A PDF with these pages, in Helvetica as Windows-1252."""
    bodies: list[bytes] = []

    def add(body: bytes) -> int:
        bodies.append(body)
        return len(bodies)

    kinds = [b"Helvetica", b"Helvetica-Bold"]
    fonts = [add(b"<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding/WinAnsiEncoding>>" % kind) for kind in kinds]
    picture = add(
        _stream(b"\x80", b"/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8")
    )
    root = len(bodies) + 2 * len(sheets) + 1
    kids = []
    for sheet in sheets:
        content = add(_stream(sheet.raw or _drawing(sheet)))
        resources = b"/Resources<</Font<</F0 %d 0 R/F1 %d 0 R>>/XObject<</P %d 0 R>>>>" % (*fonts, picture)
        box = b"/MediaBox[0 0 %d %d]/Rotate %d" % (WIDTH, HEIGHT, sheet.rotated)
        kids.append(add(b"<</Type/Page/Parent %d 0 R%s%s/Contents %d 0 R>>" % (root, box, resources, content)))
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    assert add(b"<</Type/Pages/Kids[%s]/Count %d>>" % (listed, len(kids))) == root
    catalog = add(b"<</Type/Catalog/Pages %d 0 R>>" % root)
    info = add(
        b"<</Title(%s)/Author(%s)/CreationDate(D:20010203040506)>>" % (title.encode("cp1252"), author.encode("cp1252"))
    )
    return _file(bodies, b"/Root %d 0 R/Info %d 0 R%s" % (catalog, info, trailer.encode()))


def _drawing(sheet: Sheet) -> bytes:
    parts = [b"q %d 0 0 %d 0 0 cm /P Do Q" % (WIDTH, HEIGHT)] if sheet.picture else []
    for one in sheet.drawn:
        words = one.words.encode("cp1252")
        for sign in (b"\\", b"(", b")"):
            words = words.replace(sign, b"\\" + sign)
        parts.append(b"BT /F%d %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET" % (one.bold, one.size, one.x, one.y, words))
    return b"\n".join(parts)


def _stream(content: bytes, facts: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (facts, len(content), content)


def _file(bodies: Sequence[bytes], trailer: bytes) -> bytes:
    made = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, trailer, start)
    return bytes(made)
