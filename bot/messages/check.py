"""Checks of quotes as messages: the verdict in plain words, what differs word by word, and the places, quoted whole."""

from collections.abc import Iterator, Sequence
from typing import Final

from telegram.constants import KeyboardButtonStyle

from bot.cards import CheckCard, OfferCard, StoredDifference
from bot.language.phrases import Phrases
from bot.messages.answer import citation_text, place, title
from bot.messages.markup import (
    LONGEST,
    Piece,
    Screen,
    bold,
    button,
    copy_button,
    joined,
    keyboard,
    page_button,
    plain,
    quoted,
    shortened,
    struck,
    underlined,
    units,
)
from bot.messages.quoting import quotation
from retrieval.sanitize import one_line

# Differences that change what is said: a number, a denial, a name.
_GRAVE: Final = ("number", "negation", "name")
# Telegram keeps 100 entities, and a difference has up to four.
_DIFFERENCES: Final = 15
_NAME: Final = 80
# UTF-16 units of the quote as it was asked, of the words of one difference, and of what is left between two.
_COMPARED: Final = 1_500
_WORDS: Final = 200
_LEAST_BETWEEN: Final = 20
# Places of a joined quote that are shown.
_PLACES: Final = 3


def check_screen(
    card_id: str, card: CheckCard, phrases: Phrases, pages: Sequence[str] = (), *, private: bool = False
) -> Screen:
    """Return the message of a check.

    Parameters:
        pages: the addresses that open its places in their articles; () to turn the articles' pages in the chat.
        private: whether it stands in a private chat.
    """
    shown = card.citations[:_PLACES]
    addresses = [*pages[:_PLACES], *[""] * (len(shown) - len(pages[:_PLACES]))]
    head = joined((bold(plain(_verdict(card, phrases))), _compared_under(card, phrases), _speaker(card, phrases)), "\n")
    frames = [(title(one, phrases, page), place(one, phrases)) for one, page in zip(shown, addresses, strict=True)]
    left = LONGEST - head.units - sum(above.units + below.units + 4 for above, below in frames)
    places = [
        joined((above, quoted(quotation(one.quote, (), left // len(shown))), below), "\n")
        for one, (above, below) in zip(shown, frames, strict=True)
    ]
    named = [phrases.article] if len(shown) == 1 else [f"{phrases.article} {n}" for n in range(1, len(shown) + 1)]
    buttons = [
        page_button(label, page, private=private) if page else button(label, card_id, f"a{n}")
        for n, (label, page) in enumerate(zip(named, addresses, strict=True))
    ]
    if len(shown) == 1:
        buttons.append(copy_button(phrases.copy, citation_text(shown[0], phrases)))
    return Screen(joined((head, *places), "\n\n"), keyboard(buttons))


def offer_screen(card_id: str, card: OfferCard, phrases: Phrases) -> Screen:
    """Return the question whether a forwarded message is to be checked."""
    check = button(phrases.check_quote, card_id, "c", KeyboardButtonStyle.PRIMARY)
    return Screen(plain(phrases.check_offer), keyboard([check, button(phrases.search_words, card_id, "s")]))


def _verdict(card: CheckCard, phrases: Phrases) -> str:
    said = phrases.check_verdicts[card.verdict]
    asked, named = (shortened(one_line(name or ""), _NAME) for name in (card.speaker, card.said_by))
    return said.format(asked=asked, speaker=named or phrases.check_somebody, n=len(card.citations))


def _speaker(card: CheckCard, phrases: Phrases) -> Piece:
    """Return whom the article names; the verdict does so itself where it is somebody else."""
    if card.verdict not in ("exact", "altered"):
        return Piece()
    if card.said_by is not None:
        return plain(phrases.check_said_by.format(speaker=shortened(one_line(card.said_by), _NAME)))
    return plain(phrases.check_said_by_nobody) if card.speaker is not None else Piece()


def _compared_under(card: CheckCard, phrases: Phrases) -> Piece:
    """Return the quote with the article's words beside those that differ, under a line that says which is which."""
    if not card.differences:
        return Piece()
    return joined((plain(phrases.check_legend), quoted(compared(card.quote, card.differences))), "\n")


def compared(quote: str, differences: tuple[StoredDifference, ...]) -> Piece:
    """Return a quote with what was asked struck through and what the article has underlined, the gravest in bold."""
    shown = sorted(differences, key=lambda one: (one.start, one.end))[:_DIFFERENCES]
    taken = sum(units(words) for one in shown for words in (one.article[:_WORDS], one.asked[:_WORDS]))
    room = max(_LEAST_BETWEEN, (_COMPARED - taken) // (len(shown) + 1)) if units(quote) > _COMPARED else len(quote)
    whole, end = Piece(), 0
    for one in shown:
        between = quote[end : one.start]
        whole += plain(_around(between, room, first=end == 0))
        for words in _changed(one):
            whole += (plain(" ") if whole.text[-1:].isalnum() else Piece()) + words
        end = one.end
        whole += plain(" ") if quote[end : end + 1].isalnum() else Piece()
    rest = quote[end:]
    return whole + plain(rest if units(rest) <= room else shortened(rest, room))


def _changed(one: StoredDifference) -> Iterator[Piece]:
    for words, marked in ((one.asked, struck), (one.article, underlined)):
        if words:
            piece = marked(plain(shortened(one_line(words), _WORDS)))
            yield bold(piece) if one.kind in _GRAVE else piece


def _around(between: str, room: int, *, first: bool) -> str:
    """Return the words between two differences in at most about `room` characters: their ends, next to these."""
    if len(between) <= room:
        return between
    half = room // 2
    return f"{'' if first else between[:half]}… {between[-(room if first else half) :]}"
