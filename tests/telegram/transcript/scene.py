"""The values that a conversation consists of."""

from dataclasses import dataclass, field
from typing import Literal

Shown = Literal["press", "link", "copy"]


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message, and what pressing it does: call the bot, open an address, or copy a text."""

    label: str
    does: Shown = "press"


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it stood at that moment.

    Attributes:
        html: its text with Telegram's markup.
        time: of the day, as 9:41.
        mine: whether the person says it from whose side the conversation is seen.
        reply: the name and the words of the message it replies to.
        via: the bot by which it was picked inline, '' for none.
        file: the name of the file it carries, '' for none.
        picture: the column of the scene's picture that shows it, counted from 1; 0 for none.
    """

    who: str
    html: str
    time: str
    mine: bool = False
    rows: tuple[tuple[Button, ...], ...] = ()
    reply: tuple[str, str] | None = None
    edited: bool = False
    via: str = ""
    file: str = ""
    picture: int = 0


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that happens without a message; `alert` is what a window in front of the chat says."""

    html: str
    alert: str = ""
    picture: int = 0


@dataclass(frozen=True, slots=True)
class Offered:
    """The results that the bot offers while somebody types its name and some words: titles with texts below them."""

    typed: str
    results: tuple[tuple[str, str], ...]
    picture: int = 0


Line = Said | Noted | Offered


@dataclass(slots=True)
class Scene:
    """A part of the conversation in one place.

    Attributes:
        place: what stands at the top of the screen, and the line below that.
    """

    title: str
    place: tuple[str, str]
    lines: list[Line] = field(default_factory=list)
