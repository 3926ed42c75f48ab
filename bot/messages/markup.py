"""Pieces of a message, HTML for Telegram beside the same text plain; and a message as it is shown, with its buttons.

Text of an article or a person gets in through `plain` alone, which escapes it. Lengths are in UTF-16 code
units, as Telegram counts them (Bot API, MessageEntity).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from typing import Final

import regex
from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, WebAppInfo
from telegram.constants import KeyboardButtonStyle

from index.metadata import web_address
from index.sentence_ends import CLOSERS, ENDS
from retrieval.sanitize import visible

# Bot API, sendMessage: 1-4096 characters after entities parsing.
LONGEST: Final = 4096
_GRAPHEME: Final = regex.compile(r"\X")
_ELLIPSIS: Final = "…"
# Places where a long text may be cut, the best first.
_CUTS: Final = (
    regex.compile(r"\n[ \t]*\n"),
    regex.compile(r"\n"),
    regex.compile(rf"(?<=[{ENDS}…][{CLOSERS}]*)\s"),
    regex.compile(r"\s"),
)
# A piece may be shorter by this share to end at a better place.
_SHORTEST: Final = 0.5
# Bot API: callback_data 1-64 bytes, CopyTextButton.text 1-256 characters. A button's own text has no documented limit;
# more does not fit on a phone.
COPY_LONGEST: Final = 256
LABEL_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text with its markup.

    Attributes:
        html: for `parse_mode=HTML`; tags balanced.
        text: the same without markup.
    """

    html: str = ""
    text: str = ""

    def __add__(self, other: "Piece") -> "Piece":
        return Piece(self.html + other.html, self.text + other.text)

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def units(self) -> int:
        """Return its length as Telegram counts it."""
        return units(self.text)


def plain(text: str) -> Piece:
    """Return the text escaped; characters that would steer a screen are shown as signs."""
    shown = visible(text)
    return Piece(escape(shown, quote=True), shown)


def bold(piece: Piece) -> Piece:
    """Return the piece in bold; an empty piece stays empty."""
    return _tagged(piece, "<b>", "</b>")


def underlined(piece: Piece) -> Piece:
    """Return the piece underlined."""
    return _tagged(piece, "<u>", "</u>")


def struck(piece: Piece) -> Piece:
    """Return the piece struck through."""
    return _tagged(piece, "<s>", "</s>")


def italic(piece: Piece) -> Piece:
    """Return the piece in italics."""
    return _tagged(piece, "<i>", "</i>")


def quoted(piece: Piece, *, expandable: bool = False) -> Piece:
    """Return the piece as a block quotation. Apps fold an expandable one to three lines until it is tapped."""
    return _tagged(piece, "<blockquote expandable>" if expandable else "<blockquote>", "</blockquote>")


def linked(piece: Piece, url: str | None) -> Piece:
    """Return the piece as a link, if the address is one that may be followed."""
    safe = web_address(url or "")
    return _tagged(piece, f'<a href="{escape(safe, quote=True)}">', "</a>") if safe else piece


def joined(pieces: Iterable[Piece], between: str = "") -> Piece:
    """Join the pieces, leaving out empty ones."""
    whole, gap = Piece(), plain(between)
    for piece in pieces:
        if piece:
            whole = whole + gap + piece if whole else piece
    return whole


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    # Half a surrogate pair is one unit. Counting characters in Python takes 40 times as long.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, most: int) -> str:
    """Cut a text to at most `most` UTF-16 units, between graphemes, and at a word where that costs little.

    What was cut is marked by '…', which counts.
    """
    if units(text) <= most:
        return text
    kept, room = [], most - 1
    for match in _GRAPHEME.finditer(text):
        room -= units(match.group())
        if room < 0:
            break
        kept.append(match.group())
    whole = "".join(kept)
    at_word = whole.rpartition(" ")[0]
    return (at_word if len(at_word) > 0.8 * len(whole) else whole).rstrip() + _ELLIPSIS


def cut_end(text: str, start: int, end: int, most: int) -> int:
    """Return the best place to end a piece of at most `most` UTF-16 units of a text, between graphemes at least."""
    furthest = min(end, start + most)
    # A character may take two units: what is beyond the limit is taken back.
    while units(text[start:furthest]) > most:
        furthest -= max(1, (units(text[start:furthest]) - most) // 2)
    if furthest == end:
        return end
    least = start + int((furthest - start) * _SHORTEST)
    for form in _CUTS:
        last = None
        # White space just behind the last character that fits is as good.
        for match in form.finditer(text, least, furthest + 1):
            last = match
        if last is not None:
            return min(last.end(), furthest)
    signs = list(regex.finditer(r"\X", text[max(start, furthest - 50) : furthest]))
    # The last grapheme may go on beyond the cut.
    cut = max(start, furthest - 50) + signs[-1].start() if len(signs) > 1 else furthest
    return cut if cut > start else furthest


def _tagged(piece: Piece, opening: str, closing: str) -> Piece:
    return Piece(f"{opening}{piece.html}{closing}", piece.text) if piece else piece


@dataclass(frozen=True, slots=True)
class Screen:
    """A message as it is to be sent."""

    piece: Piece
    keyboard: InlineKeyboardMarkup | None = None


Row = list[InlineKeyboardButton]


def button(label: str, card: str, action: str, style: KeyboardButtonStyle | None = None) -> InlineKeyboardButton:
    """Return a button that does something with a card.

    Parameters:
        card: the card's id.
        action: a letter and perhaps a number.
        style: the colour, where the button stands out; older apps show it as any other.
    """
    return InlineKeyboardButton(shortened(label, LABEL_LONGEST), callback_data=f"{card}:{action}", style=style)


def copy_button(label: str, text: str) -> InlineKeyboardButton:
    """Return a button that copies a text."""
    return InlineKeyboardButton(label, copy_text=CopyTextButton(shortened(text, COPY_LONGEST)))


def link_button(label: str, url: str) -> InlineKeyboardButton:
    """Return a button that opens an address."""
    return InlineKeyboardButton(label, url=url)


def page_button(label: str, url: str, *, private: bool) -> InlineKeyboardButton:
    """Return a button that opens a page: in a private chat with the bot within Telegram, as a Mini App.

    Bot API, InlineKeyboardButton and WebAppInfo: in private chats alone, and by HTTPS alone.
    """
    if private and url.startswith("https://"):
        return InlineKeyboardButton(label, web_app=WebAppInfo(url))
    return link_button(label, url)


def paging_row(card: str, page: int, pages: int, turn: Callable[[int], str] = "p{}".format) -> Row:
    """Return the buttons that turn pages; none if there is only one.

    Parameters:
        page: that is shown, from 0.
        turn: gives the action that leads to a page.
    """
    if pages < 2:
        return []
    back = [button("◀", card, turn(page - 1))] if page > 0 else []
    onward = [button("▶", card, turn(page + 1))] if page < pages - 1 else []
    return [*back, button(f"{page + 1}/{pages}", card, "-"), *onward]


def keyboard(*rows: Row) -> InlineKeyboardMarkup | None:
    """Return the rows that hold a button; None if none does."""
    filled = [row for row in rows if row]
    return InlineKeyboardMarkup(filled) if filled else None
