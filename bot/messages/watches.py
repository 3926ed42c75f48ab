"""Messages about watches, the questions that wait for an answer."""

from collections.abc import Sequence
from typing import Final

from telegram.constants import KeyboardButtonStyle

from bot.cards import WatchesCard
from bot.language.phrases import Phrases, counted
from bot.messages.markup import Screen, bold, button, joined, keyboard, plain, shortened
from bot.state.watches import Watch
from retrieval.sanitize import one_line

# Twenty of them fit into a message.
_QUESTION: Final = 150
_IN_A_ROW: Final = 5


def watches_screen(card_id: str, card: WatchesCard, alive: Sequence[Watch], phrases: Phrases) -> Screen:
    """Return the list of the watches of a card that are still there, each with a button that ends it.

    Numbers stay as they were first shown, so that a button pressed twice ends no other.
    """
    numbers = {watch: number for number, watch in enumerate(card.watches, start=1)}
    listed = sorted((numbers[watch.id], watch) for watch in alive if watch.id in numbers)
    if not listed:
        return Screen(plain(phrases.watch_none))
    lines = [plain(f"{number}. {_told(watch, phrases)}") for number, watch in listed]
    heading = bold(plain(phrases.watch_list.format(questions=counted("questions", len(listed), phrases))))
    buttons = [button(f"✕ {number}", card_id, f"x{number}") for number, _ in listed]
    rows = [buttons[start : start + _IN_A_ROW] for start in range(0, len(buttons), _IN_A_ROW)]
    if len(listed) > 1:
        rows.append([button(phrases.watch_stop_all, card_id, "z", KeyboardButtonStyle.DANGER)])
    return Screen(joined((heading, *lines, plain(phrases.watch_list_help)), "\n"), keyboard(*rows))


def short(question: str) -> str:
    """Return a question as messages about it quote it."""
    return shortened(one_line(question), _QUESTION)


def _told(watch: Watch, phrases: Phrases) -> str:
    where = f" {phrases.watch_elsewhere}" if watch.chat != watch.person else ""
    return f"{short(watch.question)}{where}"
