"""Hostile documents and archives: their contents are mutated before they are packed, so that parsers reach them."""

import gzip
import io
import random
import tarfile
from collections.abc import Callable, Sequence
from typing import Final

from tests.index.parsers.forged_documents import docx, epub, mhtml, odt, packed, warc
from tests.index.parsers.forged_pdf import Drawn, Sheet, pdf

# Mutates markup.
Mutate = Callable[[str], str]

_WORD: Final = (
    *("<w:p>", "</w:p>", "<w:r><w:t>", "</w:t></w:r>", "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>", "<w:del>"),
    *('<w:pPr><w:pStyle w:val="berschrift1"/></w:pPr>', '<w:outlineLvl w:val="99"/>', "<w:br/>", "<w:txbxContent>"),
    *("<w:pPr><w:numPr/></w:pPr>", "<w:sdt><w:sdtContent>", "<w:vanish/>", "<w:footnoteReference/>", "<w:tab/>"),
)
_OPEN: Final = (
    *("<text:p>", "</text:p>", '<text:h text:outline-level="-1">', "</text:h>", "<text:list><text:list-item>"),
    *(
        '<text:s text:c="999999999"/>',
        "<text:note><text:note-body>",
        "<table:table><table:table-row><table:table-cell>",
    ),
    *("<text:tracked-changes>", "<draw:text-box>", "<text:line-break/>", "<text:span>", "</text:span>", "<text:tab/>"),
)
_RICH: Final = (
    *("{", "}", "\\par ", "\\pard", "\\u-1?", "\\u55357?", "\\'ff", "\\'", "\\bin9 ", "\\bin999999999 ", "\\uc9 "),
    *(
        "\\outlinelevel0 ",
        "{\\*\\",
        "{\\pict ",
        "{\\v ",
        "\\cell\\row ",
        "\\ansicpg932 ",
        "\\*",
        "\\",
        "|",
        "\\bullet\\tab ",
    ),
)
_PAGE: Final = (
    b"BT ",
    b"ET ",
    b"/F0 9 Tf ",
    b"/F9 0 Tf ",
    b"1 0 0 1 0 0 Tm ",
    b"0 1 -1 0 9 9 Tm ",
    b"(a) Tj ",
    b"q ",
    b"Q ",
)
_MAIL: Final = (
    *("Content-Type: multipart/mixed; boundary=edge\n\n", "--edge\n", "--edge--\n", "Content-Location: http://a.b/\n"),
    *("Content-Transfer-Encoding: base64\n\n", "Content-Type: text/html; charset=utf-7\n\n", "=3D", "=\n"),
)


def _marked(chance: random.Random, paragraphs: Sequence[str], tokens: Sequence[str], wrapped: str) -> str:
    """Write paragraphs as markup, with other marks between them."""
    pieces: list[str] = []
    for paragraph in paragraphs:
        pieces.append(wrapped.format(paragraph.replace("<", "&lt;").replace("&", "&amp;")))
        if chance.random() < 0.3:
            pieces.append(chance.choice(tokens) * chance.choice((1, 1, 3, 40)))
    return "".join(pieces)


def _docx(chance: random.Random, paragraphs: Sequence[str], mutate: Mutate) -> bytes:
    return docx(mutate(_marked(chance, paragraphs, _WORD, "<w:p><w:r><w:t>{}</w:t></w:r></w:p>")))


def _odt(chance: random.Random, paragraphs: Sequence[str], mutate: Mutate) -> bytes:
    body = _marked(chance, paragraphs, _OPEN, "<text:p>{}</text:p>")
    return odt(f"<office:text>{mutate(body)}</office:text>")


def _rtf(chance: random.Random, paragraphs: Sequence[str], mutate: Mutate) -> bytes:
    body = _marked(chance, paragraphs, _RICH, "{{\\pard {}\\par}}")
    return f"{{\\rtf1\\ansi\\ansicpg1252 {mutate(body)}}}".encode("cp1252", errors="replace")


def _epub(chance: random.Random, paragraphs: Sequence[str], mutate: Mutate) -> bytes:
    chapters = {f"{number}.xhtml": mutate(f"<p>{paragraph}</p>") for number, paragraph in enumerate(paragraphs[:9])}
    return epub(
        chapters, mutate("<dc:title>A</dc:title><dc:date>2021-03-03</dc:date>") if chance.random() < 0.3 else ""
    )


def _mhtml(chance: random.Random, paragraphs: Sequence[str], mutate: Mutate) -> bytes:
    page = mutate(f"<article>{''.join(f'<p>{paragraph}</p>' for paragraph in paragraphs)}</article>")
    head = "".join(chance.choice(_MAIL) for _ in range(chance.choice((0, 0, 1, 3))))
    return mhtml(page.encode(errors="replace"), head=head.replace("\n\n", "\n"), frame=b"<p>frame</p>")


def _pdf(chance: random.Random, paragraphs: Sequence[str], mutate: Mutate) -> bytes:
    sheets: list[Sheet] = []
    for paragraph in paragraphs[:9]:
        words = mutate(paragraph).encode("cp1252", errors="replace").decode("cp1252", errors="ignore").split()
        lines = [" ".join(words[at : at + 9]) for at in range(0, len(words), 9)]
        drawn = [
            Drawn(
                chance.choice((72, 72, 72, 320, -9, 1e9)), 760 - 14 * line, text, chance.choice((9, 9, 9, 0, 24, 1e5))
            )
            for line, text in enumerate(lines)
        ]
        raw = b"".join(chance.choice(_PAGE) for _ in range(40)) if chance.random() < 0.2 else b""
        sheets.append(Sheet(drawn, chance.random() < 0.1, chance.choice((0, 0, 90, 180)), raw))
    return pdf(sheets, title="A")


def _files(paragraphs: Sequence[str], mutate: Mutate) -> dict[str, str | bytes]:
    names = ("a.txt", "b/c.html", "../d.md", "e.jsonl", "f.rtf", "g.xml", "h_files/i.html", "h.html", "j.jpg")
    return {
        name: mutate(paragraph).encode(errors="replace") for name, paragraph in zip(names, paragraphs, strict=False)
    }


def _archive(chance: random.Random, paragraphs: Sequence[str], mutate: Mutate) -> bytes:
    return packed({**_files(paragraphs, mutate), "k.zip": packed(_files(paragraphs[:2], mutate))})


def _tar(chance: random.Random, paragraphs: Sequence[str], mutate: Mutate) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=chance.choice((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))) as writer:
        for name, content in _files(paragraphs, mutate).items():
            info = tarfile.TarInfo(name * chance.choice((1, 1, 30)))
            info.size, info.type = len(content), chance.choice((b"0", b"0", b"0", b"2", b"5", b"S", b"x", b"L"))
            writer.addfile(info, io.BytesIO(content if isinstance(content, bytes) else content.encode()))
    return made.getvalue()


def _tgz(chance: random.Random, paragraphs: Sequence[str], mutate: Mutate) -> bytes:
    return gzip.compress(_tar(chance, paragraphs, mutate))


def _warc(chance: random.Random, paragraphs: Sequence[str], mutate: Mutate) -> bytes:
    kinds = ("text/html", "text/html; charset=utf-7", "text/plain", "application/pdf", "image/png", "")
    addresses = ("https://a.example/b", "https://a.example/", "javascript:1", "https://a.example/../c\u202e", "")
    records = [
        (chance.choice(addresses), chance.choice(kinds), mutate(f"<p>{paragraph}</p>").encode(errors="replace"))
        for paragraph in paragraphs[:9]
    ]
    return warc(*records)


def _wacz(chance: random.Random, paragraphs: Sequence[str], mutate: Mutate) -> bytes:
    return packed({"archive/a.warc.gz": gzip.compress(_warc(chance, paragraphs, mutate)), "pages/pages.jsonl": "{}"})


# By the suffix of the file.
PACKED: Final[dict[str, Callable[[random.Random, Sequence[str], Mutate], bytes]]] = {
    "pdf": _pdf,
    "docx": _docx,
    "odt": _odt,
    "rtf": _rtf,
    "epub": _epub,
    "mhtml": _mhtml,
    "zip": _archive,
    "tar": _tar,
    "tgz": _tgz,
    "warc": _warc,
    "wacz": _wacz,
}
