"""A message as it is shown: a text and its buttons. Values only; sender.py sends them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.messages.markup import Piece, shortened

# Bot API: callback_data 1-64 bytes, CopyTextButton.text 1-256 characters. A button's own text has no documented limit;
# more does not fit on a phone.
COPY_LONGEST: Final = 256
LABEL_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Screen:
    """A message as it is to be sent."""

    piece: Piece
    keyboard: InlineKeyboardMarkup | None = None


Row = list[InlineKeyboardButton]


def button(label: str, card: str, action: str) -> InlineKeyboardButton:
    """Return a button that does something with a card.

    Parameters:
        card: the card's id.
        action: a letter and perhaps a number.
    """
    return InlineKeyboardButton(shortened(label, LABEL_LONGEST), callback_data=f"{card}:{action}")


def copy_button(label: str, text: str) -> InlineKeyboardButton:
    """Return a button that copies a text."""
    return InlineKeyboardButton(label, copy_text=CopyTextButton(shortened(text, COPY_LONGEST)))


def link_button(label: str, url: str) -> InlineKeyboardButton:
    """Return a button that opens an address."""
    return InlineKeyboardButton(label, url=url)


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
