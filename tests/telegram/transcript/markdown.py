"""The conversation as Markdown."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Final

from tests.telegram.transcript.scene import Line, Noted, Offered, Said, Scene

_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>#|~])")
_LIST: Final = re.compile(r"^(\d+)([.)])", re.MULTILINE)


def page(scenes: Iterable[Scene], head: str) -> str:
    """Write the whole conversation below an introduction."""
    blocks = [head]
    for scene in scenes:
        blocks.append(f"## {scene.title}")
        for line in scene.lines:
            blocks.extend(_line(line))
    return "\n\n".join(blocks) + "\n"


def _line(line: Line) -> Iterator[str]:
    match line:
        case Noted(html):
            yield f"*{_plain(html)}*"
        case Offered(typed, results):
            yield f"While Ada types `{typed}`, this is offered:"
            yield "\n".join(
                f"{n}. **{_escaped(title)}**\\\n   {_escaped(text)}" for n, (title, text) in enumerate(results, 1)
            )
        case Said():
            yield from _said(line)


def _said(said: Said) -> Iterator[str]:
    facts = [f"**{said.who}**", said.time or "before anybody writes"]
    facts += ["edited"] if said.edited else []
    facts += [f"via @{_escaped(said.via)}"] if said.via else []
    facts += [f"in reply to {said.reply[0]}"] if said.reply else []
    yield " · ".join(facts)
    if said.file:
        yield f"`{said.file}`"
    yield _Text.of(said.html)
    if said.rows:
        yield "\\\n".join(" ".join(f"`[{button.label}]`" for button in row) for row in said.rows)


def _escaped(text: str) -> str:
    return _LIST.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text))


def _plain(html: str) -> str:
    return re.sub(r"<code>(.*?)</code>", r"`\1`", html).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


# Telegram's tags, and how Markdown opens and closes them. What has no sign of Markdown's own is HTML there too.
_SIGNS: Final = {"b": ("**", "**"), "i": ("*", "*"), "s": ("~~", "~~"), "u": ("<ins>", "</ins>"), "code": ("`", "`")}


class _Text(HTMLParser):
    """Telegram's markup as Markdown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._links: list[str] = []

    @classmethod
    def of(cls, html: str) -> str:
        """Write a text as Markdown: block quotations with `>`, every line break preserved; ▾ opens a folded one."""
        parts = re.split(r"\n?<blockquote( expandable)?>(.*?)</blockquote>\n?", html, flags=re.DOTALL)
        blocks = [cls._inline(parts[0])]
        for folded, quote, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            if len(blocks) > 1 and not blocks[-1]:
                # Two quotations in a row would be one without something between them.
                blocks.append("<!-- -->")
            written = ("▾ " if folded else "") + cls._inline(quote)
            blocks += ["\n".join(f"> {line}".rstrip() for line in written.split("\n")), cls._inline(after)]
        return "\n\n".join(filter(None, blocks))

    @classmethod
    def _inline(cls, html: str) -> str:
        parser = cls()
        parser.feed(html)
        parser.close()
        paragraphs = "".join(parser._pieces).strip("\n").split("\n\n")
        return "\n\n".join(paragraph.replace("\n", "\\\n") for paragraph in paragraphs)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        self._pieces.append("[" if tag == "a" else _SIGNS.get(tag, ("", ""))[0])

    def handle_endtag(self, tag: str) -> None:
        self._pieces.append(f"]({self._links.pop()})" if tag == "a" else _SIGNS.get(tag, ("", ""))[1])

    def handle_data(self, data: str) -> None:
        self._pieces.append(_escaped(data))
