"""Hostile files that are legal in their format and made of one thing over and over."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.fuzz.promises import SUFFIXES

PROSE: Final = (
    "The river rose on Monday and flooded the streets of the old town, where nobody was hurt, the mayor said. "
    "Bridges were closed until the evening, and schools stayed shut."
)

# What stands in a file of any format over and over.
UNITS: Final = {
    "one line without spaces": "a",
    "one line of words": "word ",
    "one line of sentences": "The river rose. ",
    "letters of two bytes": "é",
    "ideographs": "海",
    "combining marks": "\u0301",
    "spaces": " ",
    "tabs": "\t",
    "no-break spaces": "\u00a0",
    "line feeds": "\n",
    "carriage returns": "\r",
    "line separators": "\u2028",
    "quote marks": ">",
    "hashes": "#",
    "stars": "*",
    "starred words": "*a ",
    "underscores": "_a_",
    "square brackets": "[",
    "closing brackets": "]",
    "brackets and parentheses": "[](",
    "images": "![",
    "images with addresses": "![a](b) ",
    "backticks": "`",
    "backticks of growing number": "` `` ``` ",
    "tildes": "~",
    "backslashes": "\\",
    "dashes": "-",
    "spaced dashes": "- ",
    "dates' dashes": " – ",
    "equals signs": "=",
    "pipes": "| ",
    "bars": "a | ",
    "digits": "1",
    "digits and stops": "1.",
    "digits and strokes": "1/",
    "numbers": "1 ",
    "dates": "1 May 2021 ",
    "dates of numbers": "2021-03-03 ",
    "half dates": "1 May ",
    "months": "May ",
    "full stops": ". ",
    "dots": ".",
    "quotes": '"',
    "quotes after stops": '!"',
    "curly quotes": "“a. ",
    "parentheses": "(",
    "colons": "a: ",
    "commas": "a, ",
    "bylines": "By A ",
    "capitals": "A",
    "strokes": "A/",
    "addresses": "http://a.b/c ",
    "at signs": "a@b ",
    "opening angles": "<",
    "elements": "<div>",
    "bold": "<b>",
    "cells": "<table><tr><td>",
    "comments": "<!--",
    "processing": "<?",
    "sections": "<![CDATA[",
    "ampersands": "&",
    "references": "&amp;",
    "bidi marks": "\u202e",
    "joiners": "👩\u200d",
    "tiny lines": "a\n",
    "tiny paragraphs": "a\n\n",
    "paragraphs of a sentence": "The river rose.\n\n",
    "headings": "# A b\n\n",
    "underlined headings": "A b\n---\n",
    "list items": "- a\n",
    "numbered items": "1. a\n",
    "definitions": "[a]: b\n",
    "rules": "---\n\n",
    "fences": "```\na\n```\n",
    "quotes of lines": "> a\n",
    "credits": "Getty Images\n\n",
    "captions": "The river (left) on Monday.\n\nGetty Images\n\n",
    "menus": "Home\n\nSport\n\n",
    "promo lines": "Read more: the river\n\n",
    "bylines in lines": "By Jane Doe\n\n",
    "dates in lines": "1 May 2021\n\n",
}


def _page(body: str) -> bytes:
    paragraphs = f"<p>{PROSE}</p>" * 3
    return f"<html lang=en><head><title>A page</title></head><body><article>{paragraphs}{body}</body></html>".encode()


def _rss(items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>A</title>{items}</channel></rss>'.encode()


def _feed(items: str) -> bytes:
    return b'<?xml version="1.0"?>' + _rss(items)


def _in_each_format(unit: str) -> dict[str, Callable[[int], bytes]]:
    def much(size: int) -> str:
        return unit * (size // len(unit.encode()))

    return {
        "text": lambda size: (much(size) + "x").encode(),
        "markdown": lambda size: (much(size) + "x").encode(),
        "html": lambda size: _page(f"<p>{much(size)}</p>"),
        "jsonl": lambda size: json.dumps({"text": much(size) + "x"}, ensure_ascii=False).encode(),
        "json": lambda size: json.dumps([{"title": "a", "text": much(size) + "x"}], ensure_ascii=False).encode(),
        "table": lambda size: ('title,text\na,"' + much(size).replace('"', '""') + 'x"\n').encode(),
        "chat": lambda size: "".join(
            f"[0{day}/05/2023, 08:00:12] Ann: {much(size // 2)}x\n" for day in (1, 2)
        ).encode(),
        "feed": lambda size: _feed(f"<item><description><![CDATA[<p>{PROSE}</p>{much(size)}]]></description></item>"),
    }


def _nested(opening: str, closing: str) -> Callable[[int], str]:
    return lambda size: (lambda depth: opening * depth + "a" + closing * depth)(size // len(opening + closing))


def _deeper(line: Callable[[int], str]) -> Callable[[int], str]:
    """Make lines each a level deeper than the one before it, up to 100 levels, over and over."""
    block = "".join(line(depth) + "\n" for depth in range(100))
    return lambda size: block * (size // len(block))


def _over_and_over(unit: str) -> Callable[[int], bytes]:
    return lambda size: (unit * (size // len(unit))).encode()


def _exported(unit: str) -> Callable[[int], bytes]:
    """Make an item of a WordPress export with one thing over and over."""
    about = "<wp:wxr_version>1.2</wp:wxr_version><item><wp:status>publish</wp:status><description><![CDATA["
    return lambda size: _feed(f"{about}{unit * (size // len(unit))}]]></description></item>")


# What only one of the formats has.
OWN: Final[dict[str, dict[str, Callable[[int], bytes]]]] = {
    "text": {
        "long lines of dashes": lambda size: (("-" * 590 + "a\n\n") * (size // 593)).encode(),
        "long lines of capitals": lambda size: (("Ab " * 190 + "\n\n") * (size // 572)).encode(),
        "long lines of names": lambda size: (("A.b-" * 140 + "\n\n") * (size // 562)).encode(),
        "Western letters": lambda size: "Blåbær på øya. ".encode("cp1252") * (size // 15),
        "Cyrillic letters": lambda size: "Река поднялась. ".encode("koi8_r") * (size // 16),
        "half of UTF-8": lambda size: b"\xc3\xa5\xe5" * (size // 3),
        "bytes from 128 up": lambda size: bytes(range(128, 256)) * (size // 128),
        "UTF-16": lambda size: ("The river rose. " * (size // 32)).encode("utf-16"),
        "NULs": lambda size: b"\0" * size,
    },
    "markdown": {
        "deeper and deeper lists": lambda size: _deeper(lambda depth: "  " * depth + "- a")(size).encode(),
        "deeper and deeper quotes": lambda size: _deeper(lambda depth: "> " * depth + "a")(size).encode(),
        "one quote as deep as it goes": lambda size: (">" * (size - 1) + "a").encode(),
        "one list as deep as it goes": lambda size: ("- " * (size // 2) + "a").encode(),
        "front matter of one key": lambda size: f"---\ntitle: {'a' * size}\n---\n{PROSE}".encode(),
        "front matter of brackets": lambda size: f"---\ntitle: {'[' * size}\n---\n{PROSE}".encode(),
        "a heading of one line": lambda size: f"# {'[a](' * (size // 4)}\n\n{PROSE}".encode(),
        "a heading with hashes inside": lambda size: f"# a{'#' * size}a\n\n{PROSE}".encode(),
        "a heading with spaces inside": lambda size: f"# a{' ' * size}a\n\n{PROSE}".encode(),
        **{
            f"notes' markup {unit!r}": _over_and_over(unit)
            for unit in (
                *("[[", "[[a|", "[[a]] ", "![[", "%%", "%% a ", "%%\n", "{{", "{{a", "{%", "{% raw %}", "{#", "{:.a "),
                *("[a]({{", "==a", " ^a", "> [!", "#a ", ":::", "[TOC", "```dataview\n", "~~~\n", "{% comment %}"),
            )
        },
        "front matter of plain lines": lambda size: ("Title: a\n" * (size // 9)).encode(),
        "front matter in TOML": lambda size: ("+++\n" + "a = [[[[\n" * (size // 9) + f"+++\n{PROSE}").encode(),
        "front matter in JSON": lambda size: ('{"a":' * (size // 5)).encode(),
        "a table": lambda size: ("| a | b |\n|---|---|\n" * (size // 21)).encode(),
        "one heading with stars": lambda size: ("# " + "*a_b " * (size // 5)).encode(),
        "blocks of HTML": lambda size: ("<div>\n<!-- a\n\n" * (size // 14)).encode(),
        "comments in one block": lambda size: ("<div>" + "<!-- a --> " * (size // 11)).encode(),
        "lines of images": lambda size: ("![a](b)\n" * (size // 8)).encode(),
        "half images in lines": lambda size: ("[![a](b)" * (size // 8)).encode(),
        "lines of tags": lambda size: ("<div><b><i>\n" * (size // 12)).encode(),
        "items of blank lines": lambda size: ("-\n\n" * (size // 3)).encode(),
        "indented code": lambda size: ("    a\n\n" * (size // 7)).encode(),
        "open fence": lambda size: ("```\n" + "a\n" * (size // 2)).encode(),
        "lazy lines of a quote": lambda size: ("> a\n" + "a\n" * (size // 2)).encode(),
        "lazy lines of a list": lambda size: ("- a\n" + "a\n" * (size // 2)).encode(),
    },
    "html": {
        "nested elements": lambda size: _page(_nested("<div>", "</div>")(size)),
        "nested bold": lambda size: _page(_nested("<b>", "</b>")(size)),
        "nested tables": lambda size: _page(_nested("<table><tr><td>", "</td></tr></table>")(size)),
        "nested lists": lambda size: _page(_nested("<ul><li>", "</li></ul>")(size)),
        "nested quotes": lambda size: _page(_nested("<blockquote>", "</blockquote>")(size)),
        "elements one after another": lambda size: _page("<p>a</p>" * (size // 8)),
        "paragraphs one after another": lambda size: _page("<p>The river rose.</p>" * (size // 22)),
        "headings one after another": lambda size: _page("<h2>A</h2><p>b</p>" * (size // 18)),
        "list items": lambda size: _page("<ul>" + "<li>a</li>" * (size // 10) + "</ul>"),
        "cells in one row": lambda size: _page("<table><tr>" + "<td>a</td>" * (size // 10) + "</table>"),
        "rows": lambda size: _page("<table>" + "<tr><td>a</td></tr>" * (size // 19) + "</table>"),
        "tables": lambda size: _page("<table><tr><td>a</td></tr></table>" * (size // 34)),
        "lists": lambda size: _page("<ul><li>a</li></ul>" * (size // 19)),
        "breaks": lambda size: _page("a<br>" * (size // 5)),
        "links": lambda size: _page("<a href=/a>b</a> " * (size // 17)),
        "nothing but links": lambda size: ("<html><body>" + "<a href=/a>b</a> " * (size // 17)).encode(),
        "spans": lambda size: _page("<span>a</span>" * (size // 14)),
        "code": lambda size: _page("<code>a\nb</code>" * (size // 16)),
        "preformatted": lambda size: _page("<pre>a</pre>" * (size // 12)),
        "images": lambda size: _page("<img src=a.jpg alt=b>" * (size // 21)),
        "an image as a data address": lambda size: _page(f"<img src='data:image/png;base64,{'A' * size}'>"),
        "times": lambda size: _page("<time datetime=2021-03-03>a</time>" * (size // 33)),
        "dates": lambda size: _page("<p>3 March 2021</p>" * (size // 19)),
        "copyright lines": lambda size: _page("<p>© 2021 A</p>" * (size // 16)),
        "attributes": lambda size: _page("<div " + "a=b " * (size // 4) + ">"),
        "different attributes": lambda size: _page("<p " + "".join(f"a{n}=b " for n in range(size // 9)) + ">a"),
        "one long attribute": lambda size: _page(f"<div class='{'a ' * (size // 2)}'>a</div>"),
        "metas": lambda size: _page("<meta name=author content=b>" * (size // 28)),
        "one long meta": lambda size: f"<html><meta name=author content='{'a ' * (size // 2)}'>".encode() + _page(""),
        "a title of dashes": lambda size: f"<html><title>{'a - ' * (size // 4)}</title>".encode() + _page(""),
        "a heading of dashes": lambda size: _page(f"<h1>{'a - ' * (size // 4)}</h1>"),
        "a script": lambda size: _page(f"<script>{'a(b);' * (size // 5)}</script>"),
        "scripts": lambda size: _page("<script>a</script>" * (size // 18)),
        "JSON-LD of one string": lambda size: _page(
            f'<script type="application/ld+json">{{"@type":"Article","headline":"{"a " * (size // 2)}"}}</script>'
        ),
        "JSON-LD of brackets": lambda size: _page(f'<script type="application/ld+json">{"[" * size}</script>'),
        "JSON-LD of authors": lambda size: _page(
            '<script type="application/ld+json">{"@type":"Article","author":['
            + ",".join(['{"name":"a"}'] * (size // 13))
            + "]}</script>"
        ),
        "JSON-LD of digits": lambda size: _page(f'<script type="application/ld+json">{"1" * size}</script>'),
        "an address of letters": lambda size: _page(f"<a href='http://a.b/{'a' * size}'>c</a>"),
        "byline classes": lambda size: _page("<div class=author>By Jane Doe</div>" * (size // 35)),
        "comments": lambda size: _page("<!-- a -->" * (size // 10)),
        "forms": lambda size: _page("<form><input type=text></form>" * (size // 30)),
        "references of numbers": lambda size: _page("&#x26;" * (size // 6)),
        "one word of references": lambda size: _page("<p>" + "&eacute;" * (size // 8)),
        "frames": lambda size: _page("<iframe src=a></iframe>" * (size // 23)),
        "unclosed paragraphs": lambda size: _page("<p>" * (size // 3)),
        "closing tags": lambda size: _page("</div>" * (size // 6)),
        "articles": lambda size: _page("<article>a</article>" * (size // 20)),
    },
    "json": {
        "nested brackets": lambda size: b"[" * size,
        "nested objects": lambda size: b'{"a":' * (size // 5),
        "empty lists": lambda size: b"[" + b"[]," * (size // 3) + b"[]]",
        "objects without a text": lambda size: b"[" + b'{"a":1},' * (size // 8) + b"{}]",
        "records": lambda size: b"[" + b'{"title":"a","text":"The river rose."},' * (size // 39) + b"{}]",
        "one value after another": lambda size: b"{}" * (size // 2),
        "names": lambda size: json.dumps({f"a{n}": {} for n in range(size // 12)}).encode(),
        "one long number": lambda size: b"[" + b"1" * size + b"]",
        "messages of one day": lambda size: (
            b'{"name":"a","type":"b","messages":['
            + b'{"type":"message","date":"2021-03-03T08:00:00","text":"a"},' * (size // 60)
            + b"{}]}"
        ),
        "messages of parts": lambda size: (
            b'{"name":"a","type":"b","messages":[{"date":"2021-03-03","text":[' + b'"a",' * (size // 4) + b'"b"]}]}'
        ),
    },
    "table": {
        "columns": lambda size: b"text," * (size // 5),
        "columns in a row": lambda size: b"title,text\n" + b"a," * (size // 2),
        "rows": lambda size: b"title,text\n" + b"a,b\n" * (size // 4),
        "rows without a text": lambda size: b"title,text\n" + b"a,\n" * (size // 3),
        "an open quote": lambda size: b'title,text\na,"' + b"b\n" * (size // 2),
        "quotes": lambda size: b"title,text\na," + b'"' * size,
        "one line": lambda size: b"text" + b"a" * size,
        "lines of half a quote": lambda size: b"title,text\n" + b'"\n' * (size // 2),
    },
    "chat": {
        "messages": lambda size: b"[01/05/2023, 08:00:12] Ann: a\n" * (size // 31),
        "dates": lambda size: b"[01/05/2023, 08:00:12] Ann: a\n" * 2 + b"1/1/" * (size // 4),
        "lines of one message": lambda size: b"[01/05/2023, 08:00:12] Ann: a\n" * 2 + b"a\n" * (size // 2),
        "colons": lambda size: b"[01/05/2023, 08:00:12] Ann: a\n" * 2 + b"01/05/2023, 08:00 - " + b":" * size,
    },
    "jsonl": {
        "lines": lambda size: (json.dumps({"text": PROSE[:60]}) + "\n").encode() * (size // 73),
        "lines of different articles": lambda size: "".join(
            json.dumps({"id": n, "text": f"The river rose by {n} inches on Monday."}) + "\n" for n in range(size // 62)
        ).encode(),
        "tiny lines": lambda size: b"{}\n" * (size // 3),
        "broken lines": lambda size: b"{\n" * (size // 2),
        "empty lines": lambda size: b"\n" * (size - 12) + b'{"text":"a"}',
        "nested brackets": lambda size: b'{"text":' + b"[" * size,
        "nested objects": lambda size: b'{"text":' * (size // 8),
        "one long number": lambda size: b'{"text":' + b"1" * size + b"}",
        "one long id": lambda size: b'{"id":"' + b"1" * size + b'","text":"a"}',
        "long title": lambda size: json.dumps({"title": "a " * (size // 2), "text": PROSE}).encode(),
        "long date": lambda size: json.dumps({"date": "1 May " * (size // 6), "text": PROSE}).encode(),
        "long address": lambda size: json.dumps({"url": "http://a.b/" + "a" * size, "text": PROSE}).encode(),
        "escapes": lambda size: b'{"text":"' + b"\\u0041" * (size // 6) + b'"}',
        "the same key": lambda size: b"{" + b'"text":"a",' * (size // 11) + b'"text":"b"}',
        "different keys": lambda size: json.dumps({**{f"a{n}": 1 for n in range(size // 11)}, "text": "a"}).encode(),
        "spaces in a line": lambda size: b'{"text":' + b" " * size + b'"a"}',
        "broken strings": lambda size: b'{"text":"a' * (size // 10),
        "NULs in every third line": lambda size: b'{"text":"a"}\n{"text":"b"}\n\0\n' * (size // 28),
    },
    "feed": {
        **{
            f"an export of {unit!r}": _exported(unit)
            for unit in ("[", "[a b=", "[gallery ", "[/a]", "[a_b]", "<!--", "<pre>", "[caption]a", "\n\n", "a\n\n")
        },
        "authors of an export": lambda size: _feed("<wp:status>a</wp:status>" + "<wp:author>" * (size // 11)),
        "entries": lambda size: _feed("<item><description>The river rose.</description></item>" * (size // 56)),
        "different entries": lambda size: _feed(
            "".join(
                f"<item><guid>{n}</guid><title>Flood {n}</title><description>&lt;p&gt;The river rose by {n} inches "
                "on Monday.&lt;/p&gt;</description></item>"
                for n in range(size // 130)
            )
        ),
        "empty entries": lambda size: _feed("<item/>" * (size // 7)),
        "entries within entries": lambda size: _feed("<item>" * (size // 6)),
        "elements within an entry": lambda size: _feed("<item>" + "<a>b</a>" * (size // 8) + "</item>"),
        "nested elements": lambda size: _feed("<item><description>" + _nested("<a>", "</a>")(size)),
        "nested escaped elements": lambda size: _feed(
            f"<item><description><![CDATA[<p>{PROSE}</p>{_nested('<div>', '</div>')(size)}]]></description></item>"
        ),
        "paragraphs of an entry": lambda size: _feed(
            f"<item><description><![CDATA[{'<p>The river rose.</p>' * (size // 22)}]]></description></item>"
        ),
        "a row of cells": lambda size: _feed(
            f"<item><description><![CDATA[<table><tr>{'<td>a</td>' * (size // 10)}]]></description></item>"
        ),
        "tables within tables": lambda size: _feed(
            "<item><description><![CDATA["
            + ("<table><tr><td>" * 80 + "<b>a</b>" * 300 + "</td></tr></table>" * 80) * (size // 5040)
            + "]]></description></item>"
        ),
        "entries of credits": lambda size: _feed(
            ("<item><description>" + "The river.\n\nGetty Images\n\n" * 770 + "</description></item>")
            * (size // 20_000)
        ),
        "categories": lambda size: _feed("<item><category>a</category></item>" * (size // 35)),
        "categories of one entry": lambda size: _feed("<item>" + "<category>a</category>" * (size // 22)),
        "contents of one entry": lambda size: _feed("<item>" + "<description>a</description>" * (size // 28)),
        "links of one entry": lambda size: _feed("<item>" + "<link>http://a.b/</link>" * (size // 24)),
        "authors of one entry": lambda size: _feed("<item>" + "<author>a</author>" * (size // 18)),
        "dates of one entry": lambda size: _feed("<item>" + "<pubDate>1 May 2021</pubDate>" * (size // 29)),
        "a long date": lambda size: _feed(f"<item><pubDate>{'1 May ' * (size // 6)}</pubDate></item>"),
        "a long title": lambda size: _feed(
            f"<item><title>{'a ' * (size // 2)}</title><description>{PROSE}</description></item>"
        ),
        "a long author": lambda size: _feed(
            f"<item><author>{'a@b (c) ' * (size // 8)}</author><description>{PROSE}</description></item>"
        ),
        "attributes": lambda size: _feed("<item " + "".join(f'a{n}="b" ' for n in range(size // 10)) + "/>"),
        "one long attribute": lambda size: _feed(f'<item a="{"b" * size}"/>'),
        "namespaces": lambda size: _feed("".join(f'<a{n} xmlns:b{n}="c"/>' for n in range(size // 22))),
        "references": lambda size: _feed(f"<item><description>{'&#38;' * (size // 5)}</description></item>"),
        "unknown references": lambda size: _feed(f"<item><description>{'&a;' * (size // 3)}</description></item>"),
        "broken in the middle": lambda size: _feed(
            "<item><description>The river rose.</description></item>" * (size // 112)
            + "<"
            + "<item><description>The river rose.</description></item>" * (size // 112)
        ),
        "long prolog": lambda size: b"<!--" + b"a" * size + b"-->" + _rss("<item><title>a</title></item>"),
        "comments before the root": lambda size: b"<!---->" * (size // 7) + _rss("<item><title>a</title></item>"),
        "a DOCTYPE of brackets": lambda size: b"<!DOCTYPE rss [" + b"[" * size + b"]>" + _rss("<item/>"),
        "declared attributes": lambda size: (
            b"<!DOCTYPE rss [" + b"<!ATTLIST a b CDATA 'c'>" * (size // 24) + b"]>" + _rss("<item/>")
        ),
        "a broken DOCTYPE": lambda size: b"<!DOCTYPE " * (size // 10) + _rss("<item/>"),
    },
}


@dataclass(frozen=True, slots=True)
class Case:
    """A sort of hostile file; `make` gives one of about so many bytes."""

    kind: str
    name: str
    make: Callable[[int], bytes]

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def cases() -> Iterator[Case]:
    """Yield every sort, by the kind of file."""
    for kind in SUFFIXES:
        for name, unit in UNITS.items():
            if make := _in_each_format(unit).get(kind):
                yield Case(kind, name, make)
        for name, make in OWN.get(kind, {}).items():
            yield Case(kind, name, make)
