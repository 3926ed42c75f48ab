"""The conversation as a page that looks as Telegram shows it."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

from tests.telegram.transcript.scene import Button, Line, Noted, Offered, Said, Scene

_STYLE: Final = Path(__file__).with_name("telegram.css").read_text(encoding="utf-8")
# Drawn here, so that the page looks the same where no font has them.
_THUMB: Final = (
    '<svg class="thumb" viewBox="0 0 24 24"{turned}><path fill="#ffcc4d" stroke="#b98214" stroke-width="1" '
    'd="M8 21V10.5L12 2.6c1.7 0 2.8 1.2 2.6 2.9L14.2 9H20a2.2 2.2 0 0 1 2.2 2.6l-1.5 7.6A2.3 2.3 0 0 1 18.4 21z"/>'
    '<path fill="#f2a93b" stroke="#b98214" stroke-width="1" d="M2 10.5h4.6V21H2z"/></svg>'
)
_BELL: Final = (
    '<svg class="thumb" viewBox="0 0 24 24"><path fill="#ffcc4d" stroke="#b98214" stroke-width="1" '
    'd="M12 2a2 2 0 0 1 2 2.2c3 .9 4.6 3.4 4.6 6.6 0 4.6 1.4 5.6 2.4 6.9H3c1-1.3 2.4-2.3 2.4-6.9 0-3.2 1.6-5.7 '
    '4.6-6.6A2 2 0 0 1 12 2z"/><path fill="#f2a93b" stroke="#b98214" stroke-width="1" '
    'd="M9.5 18.8h5a2.5 2.5 0 0 1-5 0z"/>{struck}</svg>'
)
_STRUCK: Final = '<path stroke="#e0433b" stroke-width="2.4" d="M3 3l18 18"/>'
_DRAWN: Final = {
    "🔔": _BELL.format(struck=""),
    "🔕": _BELL.format(struck=_STRUCK),
    "👍": _THUMB.format(turned=""),
    "👎": _THUMB.format(turned=' style="transform: scaleY(-1)"'),
}
_COLOURS: Final = ("#5b8def", "#e17076", "#7bc862", "#a695e7", "#ee7aae", "#6ec9cb", "#faa774")
_CORNER: Final = {"link": "<i>↗</i>", "copy": '<i class="copy"></i>', "press": ""}
_COMMAND: Final = re.compile(r"(?<![\w/@<&;\"])(/[A-Za-z_]+(?:@\w+)?|@\w{3,})")
_RESULTS: Final = 4


def whole(scenes: Iterable[Scene], title: str, head: str) -> str:
    """Write every scene, one below another, with the notes."""
    shown = "".join(f"<h2>{escape(scene.title)}</h2>{_phone(scene.place, scene.lines)}" for scene in scenes)
    return _page(title, f'<div class="phones"><h1>{escape(title)}</h1><p class="head">{head}</p>{shown}</div>')


def picture(columns: Sequence[tuple[tuple[str, str], Sequence[Line]]], title: str) -> str:
    """Write some lines side by side, each column a screen: its place and its lines."""
    return _page(title, f'<div class="columns">{"".join(_phone(place, lines) for place, lines in columns)}</div>')


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def _phone(place: tuple[str, str], lines: Iterable[Line]) -> str:
    name, below = place
    shown = list(lines)
    field = "" if isinstance(shown[-1], Offered) else '<div class="field">Message</div>'
    return (
        f'<div class="phone"><div class="top">{_face(name)}<div><b>{escape(name)}</b><span>{escape(below)}</span></div>'
        f'</div><div class="chat">\n{"".join(_line(line, place) for line in shown)}</div>{field}</div>\n'
    )


def _line(line: Line, place: tuple[str, str]) -> str:
    match line:
        case Noted(_, alert, shown) if shown and alert:
            return f'<div class="alert"><b>Verbatim</b>{escape(alert)}<u>OK</u></div>\n'
        case Noted(html):
            return f'<div class="note">{_drawn(html)}</div>\n'
        case Offered():
            return _offered(line)
        case Said():
            return _said(line, in_group="members" in place[1])


def _said(said: Said, *, in_group: bool) -> str:
    side = "row mine" if said.mine else "row" if said.time else "row about"
    head = (
        f'<span class="who" style="color: {_colour(said.who)}">{escape(said.who)}</span>'
        if in_group and not said.mine
        else ""
    )
    if said.via:
        head += f'<span class="who">via <span class="command">@{escape(said.via)}</span></span>'
    if said.reply:
        name, words = said.reply
        head += f'<span class="reply"><b>{escape(name)}</b><span>{escape(words)}</span></span>'
    if said.file:
        head += f'<span class="file">{escape(said.file)}</span>\n'
    seen = " ✓✓" if said.mine else ""
    time = f'<span class="time">{"edited " if said.edited else ""}{said.time}{seen}</span>'
    face = _face(said.who) if in_group and not said.mine else ""
    return (
        f'<div class="{side}">{face}<div class="body"><div class="bubble">{head}{_text(said.html)}{time}</div>'
        f"{_keys(said.rows)}</div></div>\n"
    )


def _text(html: str) -> str:
    # Around a quotation a page breaks the line by itself.
    text = re.sub(r"\n?<blockquote>", "<blockquote>", html).replace("</blockquote>\n", "</blockquote>")
    # The apps show three lines of an expandable one until it is tapped: here too.
    text = re.sub(r"\n?<blockquote expandable>", '<blockquote class="folded" tabindex="0">', text)
    pieces = re.split(r"(<[^>]*>)", text)
    return _drawn("".join(piece if piece.startswith("<") else _COMMAND.sub(_blue, piece) for piece in pieces))


def _blue(found: re.Match[str]) -> str:
    return f'<span class="command">{found[0]}</span>'


def _keys(rows: Sequence[Sequence[Button]]) -> str:
    if not rows:
        return ""
    shown = "".join(f"<div>{''.join(_key(button) for button in row)}</div>" for row in rows)
    return f'<div class="keys">{shown}</div>'


def _key(button: Button) -> str:
    return f'<span class="key"><span>{_drawn(escape(button.label))}</span>{_CORNER[button.does]}</span>'


def _offered(offered: Offered) -> str:
    name, _, words = offered.typed.partition(" ")
    shown = "".join(
        f'<div class="result">{_face(title)}<div><b>{escape(title)}</b><span>{escape(text)}</span></div></div>'
        for title, text in offered.results[: _RESULTS if offered.picture else None]
    )
    return f'<div class="offer">{shown}<div class="typed"><em>{escape(name)}</em> {escape(words)}</div></div>\n'


def _face(name: str) -> str:
    return f'<span class="face" style="background: {_colour(name)}">{escape(name[:1])}</span>'


def _colour(name: str) -> str:
    return _COLOURS[sum(map(ord, name)) % len(_COLOURS)]


def _drawn(html: str) -> str:
    for emoji, drawing in _DRAWN.items():
        html = html.replace(emoji, drawing)
    return html
