"""Links of answers and checks to the page that opens their article at the quote."""

from typing import Any

import pytest
from telegram import InlineKeyboardButton

from bot.cards import CheckCard
from bot.language.phrases import ENGLISH
from bot.messages.answer import answer_screen, title
from bot.messages.check import check_screen
from bot.messages.markup import Screen, page_button
from tests.bot import samples

PAGE = "https://read.example.org/a/x?until=1&key=y#quote"
HTML = PAGE.replace("&", "&amp;")


def buttons(screen: Screen) -> dict[str, InlineKeyboardButton]:
    assert screen.keyboard is not None
    return {button.text: button for row in screen.keyboard.inline_keyboard for button in row}


def answered(**more: Any) -> Screen:
    return answer_screen(samples.CARD_ID, samples.answer(), ENGLISH, "verbatim_bot", **more)


@pytest.mark.parametrize("url", [None, "", "ftp://files.example.org/ferry", "javascript:alert(1)"])
def test_the_title_of_an_article_without_an_address_of_its_own_leads_to_the_page(url: str | None) -> None:
    shown = samples.quoted(url=url, link="")
    assert title(shown, ENGLISH, PAGE).html == f'<b><a href="{HTML}">Ferry cancelled</a></b>'
    assert title(shown, ENGLISH).html == "<b>Ferry cancelled</b>"


def test_one_with_an_address_keeps_the_link_to_the_quote() -> None:
    html = title(samples.QUOTED, ENGLISH, PAGE).html
    assert html == '<b><a href="https://news.example.org/ferry#:~:text=The%20ferry">Ferry cancelled</a></b>'


def test_the_article_button_opens_the_page_within_telegram_in_private_chats_alone() -> None:
    private = buttons(answered(page=PAGE, private=True))["Article"]
    assert private.web_app is not None
    assert (private.web_app.url, private.url) == (PAGE, None)
    group = buttons(answered(page=PAGE, private=False))["Article"]
    assert (group.web_app, group.url) == (None, PAGE)


def test_without_a_page_the_article_is_turned_in_the_chat() -> None:
    assert buttons(answered(private=True))["Article"].callback_data == f"{samples.CARD_ID}:a"


def test_a_page_that_is_not_served_by_https_is_a_plain_link_everywhere() -> None:
    found = page_button("Article", "http://read.example.org/", private=True)
    assert (found.web_app, found.url) == (None, "http://read.example.org/")


def test_there_are_two_rows_of_buttons_at_most() -> None:
    card = samples.answer(citations=(samples.QUOTED,) * 3, shown=1)
    screen = answer_screen(samples.CARD_ID, card, ENGLISH, "verbatim_bot", page=PAGE, private=True)
    assert screen.keyboard is not None
    assert len(screen.keyboard.inline_keyboard) == 2


def test_each_place_of_a_joined_quote_has_its_page() -> None:
    places = (samples.QUOTED, samples.quoted(url=None, link=""))
    card = CheckCard(quote="The ferry spoke.", speaker=None, verdict="joined", citations=places)
    pages = [f"{PAGE}{n}" for n in (1, 2)]
    screen = check_screen(samples.CARD_ID, card, ENGLISH, pages, private=True)
    opened = [button.web_app for button in buttons(screen).values()]
    assert [app.url for app in opened if app is not None] == pages
    assert f'href="{HTML}2"' in screen.piece.html
    without = buttons(check_screen(samples.CARD_ID, card, ENGLISH, private=True))
    assert [button.callback_data for button in without.values()] == [f"{samples.CARD_ID}:a0", f"{samples.CARD_ID}:a1"]
