"""Small documents for tests, made of the files and headers that their formats ask for."""

import io
import zipfile
from collections.abc import Mapping
from urllib.parse import quote

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OPEN = "urn:oasis:names:tc:opendocument:xmlns"
_DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'


def packed(files: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in files.items():
            writer.writestr(name, content)
    return archive.getvalue()


def docx(body: str, title: str = "", author: str = "", **parts: str) -> bytes:
    """A Word document; `body` is XML whose prefix for Word's own names is 'w'."""
    styles = "".join(
        f'<w:style w:styleId="{key}"><w:name w:val="{name}"/>{based}</w:style>'
        for key, name, based in (
            ("berschrift1", "heading 1", ""),
            ("Mine", "Mine", '<w:basedOn w:val="berschrift1"/>'),
            ("Titel", "Title", ""),
            ("Verz1", "toc 1", ""),
            ("Loop", "Loop", '<w:basedOn w:val="Loop"/>'),
        )
    )
    files = {
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
        "word/styles.xml": f'<w:styles xmlns:w="{_WORD}">{styles}</w:styles>',
        "docProps/core.xml": f"<c {_DC}><dc:title>{title}</dc:title><dc:creator>{author}</dc:creator></c>",
        **{f"word/{name}.xml": f'<w:part xmlns:w="{_WORD}">{content}</w:part>' for name, content in parts.items()},
    }
    return packed(files)


def odt(body: str, styles: str = "", title: str = "", manifest: str = "") -> bytes:
    """An OpenDocument text; `body` is XML with the usual prefixes."""
    names = " ".join(f'xmlns:{name}="{_OPEN}:{name}:1.0"' for name in ("office", "text", "table", "style"))
    names += f' xmlns:draw="{_OPEN}:drawing:1.0"'
    content = f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>{body}</office:body>"
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {names}>{content}</office:document-content>",
            "meta.xml": f"<office:meta {names} {_DC}><dc:title>{title}</dc:title></office:meta>",
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{_OPEN}:manifest:1.0">{manifest}</m:manifest>',
        }
    )


def epub(chapters: Mapping[str, str], facts: str = "", *, encrypted: tuple[str, ...] = ()) -> bytes:
    """A book of these XHTML bodies, whose names lie in the folder 'text' beside its package document."""
    items = "".join(
        f'<item id="c{n}" href="text/{quote(name)}" media-type="application/xhtml+xml"/>'
        for n, name in _numbered(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n, _ in _numbered(chapters))
    links = "".join(f'<li><a href="text/{quote(name)}#top">Part {n}</a></li>' for n, name in _numbered(chapters))
    nav = '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    container = '<rootfile full-path="OPS/book.opf"/>'
    files = {
        "META-INF/container.xml": f'<c xmlns="urn:oasis:names:tc:opendocument:xmlns:container">{container}</c>',
        "OPS/book.opf": f'<package xmlns="http://www.idpf.org/2007/opf" {_DC}><metadata>{facts}</metadata>'
        f'<manifest>{nav}{items}</manifest><spine><itemref idref="nav"/>{spine}</spine></package>',
        "OPS/nav.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body><ol>{links}</ol></body></html>',
        **{
            f"OPS/text/{name}": f'<html xmlns:epub="http://www.idpf.org/2007/ops"><body>{body}</body></html>'
            for name, body in chapters.items()
        },
    }
    if encrypted:
        marks = "".join(f'<e:CipherReference URI="OPS/text/{name}"/>' for name in encrypted)
        files["META-INF/encryption.xml"] = f'<c xmlns:e="http://www.w3.org/2001/04/xmlenc#">{marks}</c>'
    return packed(files)


def _numbered(chapters: Mapping[str, str]) -> list[tuple[int, str]]:
    return list(enumerate(chapters, start=1))


def warc(*records: tuple[str, str, bytes], status: str = "200 OK") -> bytes:
    """A web archive of responses, each of an address, a Content-Type and a body."""
    made = []
    for url, kind, body in records:
        answer = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + body
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2021-03-04T05:06:07Z\r\n"
            "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
        )
        made.append(head.encode() + answer + b"\r\n\r\n")
    return b"".join(made)


def mhtml(page: bytes, *, charset: str = "utf-8", head: str = "", located: str = "", frame: bytes = b"") -> bytes:
    """A page that a browser saved in one file, with a frame where there is one."""
    parts = [b"\r\n".join((f"Content-Type: text/html; charset={charset}\r\n{located}".encode(), b"", page))]
    if frame:
        parts.append(b"Content-Type: text/html\r\nContent-ID: <frame@mhtml.blink>\r\n\r\n" + frame)
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return f'{head}MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="edge"\r\n\r\n'.encode() + body
