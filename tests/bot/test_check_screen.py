"""Checks of quotes as messages: whatever they hold, they fit, and every tag is closed."""

from dataclasses import replace

import pytest

from bot.cards import CheckCard, OfferCard, StoredDifference
from bot.language.phrases import ENGLISH, LANGUAGES, Phrases
from bot.messages.check import check_screen, compared, offer_screen
from bot.messages.markup import units
from tests.bot.samples import CARD_ID, QUOTE, QUOTED
from tests.telegram.server.formatting import text_of

# Bot API: 1-4096 characters after entities parsing; Telegram's servers keep 100 entities.
LONGEST, ENTITIES = 4096, 100
EXACT = CheckCard(QUOTE, None, "exact", (QUOTED,))


def differs(quote: str, asked: str, article: str, kind: str = "word") -> StoredDifference:
    """A difference at the first place of some words of a quote."""
    start = quote.index(asked)
    return StoredDifference(article, asked, kind, start, start + len(asked))  # type: ignore[arg-type]  # one of the kinds


@pytest.mark.parametrize("phrases", LANGUAGES, ids=lambda one: one.code)
@pytest.mark.parametrize(
    "card",
    [
        EXACT,
        replace(EXACT, quote="a " * 2048, citations=(replace(QUOTED, quote="🎉 " * 200_000),)),
        replace(EXACT, verdict="joined", citations=(replace(QUOTED, quote="Nobody. " * 900),) * 9),
        replace(EXACT, verdict="absent", citations=()),
        replace(EXACT, verdict="other_speaker", speaker="<b>" * 300, said_by="& " * 300),
        replace(
            EXACT,
            verdict="altered",
            quote="<i>&" * 1000,
            differences=tuple(StoredDifference("</s>" * 99, "<i>&", "number", 4 * n, 4 * n + 4) for n in range(1000)),
        ),
    ],
    ids=["exact", "long", "joined", "absent", "hostile", "altered"],
)
def test_a_check_fits_into_a_message_and_is_well_formed(card: CheckCard, phrases: Phrases) -> None:
    screen = check_screen(CARD_ID, card, phrases)
    sent = text_of(screen.piece.html, "HTML", None)
    assert 1 <= sent.length <= LONGEST
    assert sent.text == screen.piece.text.strip()
    assert len(sent.entities) < ENTITIES


def test_what_was_left_out_and_what_was_put_in_stand_apart_from_the_words_around() -> None:
    quote = "The money is there, Vik said today"
    left_out = StoredDifference("not", "", "negation", quote.index("there"), quote.index("there"))
    put_in = differs(quote, "today", "")
    piece = compared(quote, (put_in, left_out))
    assert piece.text == "The money is not there, Vik said today"
    assert piece.html == "The money is <b><u>not</u></b> there, Vik said <s>today</s>"


def test_numbers_denials_and_names_are_bold_and_other_words_are_not() -> None:
    quote = "Rates rose to 6 % in May, Lie said"
    found = (
        differs(quote, "6", "5", "number"),
        differs(quote, "rose", "fell"),
        differs(quote, "Lie", "Vik", "name"),
    )
    assert compared(quote, found).html == (
        "Rates <s>rose</s> <u>fell</u> to <b><s>6</s></b> <b><u>5</u></b> % in May, "
        "<b><s>Lie</s></b> <b><u>Vik</u></b> said"
    )


def test_of_a_long_quote_the_words_around_each_difference_are_shown() -> None:
    quote = "before " * 200 + "six " + "between " * 200 + "seven " + "after " * 200
    shown = compared(quote, (differs(quote, "six", "6"), differs(quote, "seven", "7"))).text
    assert units(shown) < 1_700
    assert "before six 6 between" in shown
    assert "between seven 7 after" in shown
    assert shown.count("…") == 3


def test_an_offer_has_two_buttons() -> None:
    screen = offer_screen(CARD_ID, OfferCard("The ferry sank", 7), ENGLISH)
    assert screen.keyboard is not None
    assert [[one.text for one in row] for row in screen.keyboard.inline_keyboard] == [
        ["Check the quote", "Search for it"]
    ]
