"""Answers with a public page: titles and buttons open the article at the quote, and a Mini App lets its person ask."""

import http.client
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from bot.web.links import PageLinks, Place, secret_in
from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import ADMIN, PATIENCE, Meet, NewData, Talk, running_bot
from tests.telegram.server import BotApiServer, Message
from tests.telegram.server.mini_apps import init_data

HOST: Final = "read.example.org"
URL: Final = f"https://{HOST}/verbatim"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the page's server answered."""

    status: int
    body: str
    location: str


class Browser:
    """Asks for addresses of the public site where a proxy would: at the bot's own port."""

    def __init__(self, port: int) -> None:
        self._port = port

    def get(self, address: str) -> Reply:
        """Open an address."""
        return self._request("GET", address)

    def post(self, address: str, **fields: str) -> Reply:
        """Send a form from a page of the site."""
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{HOST}"}
        return self._request("POST", address, urlencode(fields), form)

    def _request(
        self, method: str, address: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        parts = urlsplit(address)
        # The proxy takes the site's own path away, or leaves it: the bot serves it from the root.
        path = parts.path.removeprefix("/verbatim") or "/"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            target = f"{path}?{parts.query}" if parts.query else path
            connection.request(method, target, body, {"Host": HOST, **(headers or {})})
            found = connection.getresponse()
            return Reply(found.status, found.read().decode(), found.getheader("Location") or "")
        finally:
            connection.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def bot(server: BotApiServer, bot_data: NewData, admin: Talk, port: int) -> Iterator[BotProcess]:
    """A bot with a public page."""
    settings = {"public_url": URL, "web_port": port, "questions_a_day": 6}
    with running_bot(server, bot_data(), telegram_admins=admin.person.id, **settings) as bot:
        yield bot


@pytest.fixture(scope="module")
def browser(bot: BotProcess, port: int) -> Browser:
    return Browser(port)


def title_link(message: Message) -> str:
    """The address of the first link in a message, its title's."""
    return next(str(entity["url"]) for entity in message.entities if entity["type"] == "text_link")


def test_an_article_without_an_address_is_linked_to_its_page_at_the_quote(meet: Meet, browser: Browser) -> None:
    answer = meet().asks(articles.ORCHARD_QUESTION)
    link = title_link(answer)
    assert link.startswith(f"{URL}/a/")
    page = browser.get(link)
    assert page.status == 200
    marked = re.sub(r"<[^>]+>", "", page.body)
    assert articles.ORCHARD_ANSWER in unescape(re.sub(r"\s+", " ", marked))


def test_one_with_an_address_keeps_its_link_and_its_button_opens_the_page(meet: Meet, browser: Browser) -> None:
    answer = meet().asks(articles.HARBOUR_QUESTION)
    assert title_link(answer).startswith(f"{articles.HARBOUR_URL}#:~:text=")
    opened = answer.button("Article")["web_app"]["url"]
    assert opened.startswith(f"{URL}/a/")
    assert browser.get(opened).status == 200
    assert len(answer.keyboard) <= 2


def test_other_passages_have_pages_of_their_own(meet: Meet, browser: Browser) -> None:
    talk = meet()
    answer = talk.asks(articles.HARBOUR_QUESTION)
    first = answer.button("Article")["web_app"]["url"]
    talk.presses(answer, "▶")
    second = answer.button("Article")["web_app"]["url"]
    assert urlsplit(second).path != urlsplit(first).path
    assert browser.get(second).status == 200


def test_in_a_group_the_button_is_a_plain_link(server: BotApiServer, meet: Meet, browser: Browser) -> None:
    talk = meet()
    group = server.group("Readers", talk.person)
    answer = talk.in_group(group).asks(f"/ask@verbatim_bot {articles.ORCHARD_QUESTION}")
    assert browser.get(answer.button("Article")["url"]).status == 200


def test_a_checked_quote_opens_its_place(meet: Meet, browser: Browser) -> None:
    answer = meet().asks(f"/check {articles.ORCHARD_ANSWER}")
    assert browser.get(answer.button("Article")["web_app"]["url"]).status == 200


def test_a_passage_that_is_quoted_inline_opens_its_page(meet: Meet, browser: Browser) -> None:
    results = meet().person.asks_inline(articles.ORCHARD_QUESTION).answer(PATIENCE)["results"]
    (button,) = results[0]["reply_markup"]["inline_keyboard"][0]
    assert button["url"].startswith(f"{URL}/a/")
    assert browser.get(button["url"]).status == 200


def test_help_says_how_long_a_link_works(meet: Meet) -> None:
    assert "works for 90 days; ask again for a new one" in meet().asks("/help").text


def test_the_menu_button_opens_the_page(server: BotApiServer, bot: BotProcess) -> None:
    server.wait(lambda: server.world.menu_buttons, PATIENCE)
    button = {"type": "web_app", "text": "Verbatim", "web_app": {"url": f"{URL}/"}}
    assert server.world.menu_buttons == {0: button}


def test_a_link_that_was_changed_or_is_too_old_opens_nothing_and_leads_to_the_bot(
    server: BotApiServer, bot: BotProcess, browser: Browser
) -> None:
    secret, day = secret_in(bot.data), 86_400
    links = PageLinks(URL, secret, 90 * day)
    place = Place.at("orchard.md")
    now = time.time()
    assert browser.get(links.to(place, now=now)).status == 200
    old = browser.get(links.to(place, now=now - 92 * day))
    assert old.status == 410
    forged = browser.get(links.to(Place.at("harbour"), now=now).replace(str(Place.at("harbour")), str(place)))
    assert forged.status == 403
    foreign = browser.get(PageLinks(URL, b"another secret of thirty-two bytes", 90 * day).to(place, now=now))
    assert foreign.status == 403
    for refused in (old, forged, foreign):
        assert f'href="https://t.me/{server.bot.username}"' in refused.body
        assert "paraffin" not in refused.body


def enter(browser: Browser, data: str, onward: str = "/") -> Reply:
    """Send what a page's script sends."""
    return browser.post(f"{URL}/enter", data=data, next=onward)


def test_a_mini_app_lets_its_person_ask_within_the_limits_of_the_bot(meet: Meet, browser: Browser) -> None:
    talk = meet()
    answer = talk.asks(articles.HARBOUR_QUESTION)
    opened = urlsplit(talk.person.opens(answer, "Article"))
    (data,) = parse_qs(opened.fragment.partition("&")[2])["tgWebAppData"]
    # The page's script sends the form that stands at its end.
    form = browser.get(opened.geturl()).body
    (onward,) = re.findall(r'name="next" value="([^"]+)"', form)
    entered = enter(browser, data, unescape(onward))
    assert entered.status == 303
    assert entered.location.startswith("/verbatim/a/")
    assert browser.get(entered.location).status == 200
    (written,) = parse_qs(urlsplit(entered.location).query)["pass"]

    def asks(n: int) -> Reply:
        return browser.get(f"{URL}/ask?" + urlencode({"q": f"{articles.ORCHARD_QUESTION} {n}", "pass": written}))

    first = asks(0)
    assert first.status == 200
    assert "9,000 paraffin candles" in re.sub(r"<[^>]+>", "", first.body)
    # One was asked in the chat; six may be asked in a day.
    assert [asks(n).status for n in range(1, 6)] == [200, 200, 200, 200, 429]
    # And in the chat there is none left either.
    assert "Please ask again in" in talk.asks(articles.ORCHARD_QUESTION).text


def test_old_and_forged_data_let_nobody_in(server: BotApiServer, meet: Meet, browser: Browser) -> None:
    user = {"id": meet().person.id, "first_name": "Ada"}
    now = time.time()
    assert enter(browser, init_data(server.token, user, now)).status == 303
    for refused in (
        init_data(server.token, user, now - 3700),
        init_data(server.token, user, now + 3600),
        init_data(server.token.replace("A", "B"), user, now),
        init_data(server.token, user, now).replace("Ada", "Eve"),
        "",
    ):
        reply = enter(browser, refused)
        assert reply.status == 403
        assert "pass=" not in reply.body
        assert f'href="https://t.me/{server.bot.username}"' in reply.body


def test_who_is_banned_is_not_let_in_and_a_pass_ends_with_the_ban(
    server: BotApiServer, meet: Meet, admin: Talk, browser: Browser
) -> None:
    person = meet().person
    data = init_data(server.token, {"id": person.id, "first_name": "Ada"})
    home = enter(browser, data).location
    assert browser.get(home).status == 200
    admin.asks(f"/ban {person.id}")
    assert enter(browser, data).status == 403
    assert browser.get(home).status == 403


def test_the_token_and_what_opens_pages_are_in_no_log(server: BotApiServer, bot: BotProcess) -> None:
    assert server.token not in bot.said
    assert "pass=" not in bot.said
    assert "key=" not in bot.said
    assert "hash=" not in bot.said


def test_a_bot_for_invited_people_gives_pages_to_them_alone(alone: BotApiServer, bot_data: NewData) -> None:
    port, data = free_port(), bot_data()
    invited, stranger = alone.person("Ada"), alone.person("Eve")
    settings = {"public_url": URL, "web_port": port, "telegram_people": invited.id, "telegram_admins": ADMIN}
    with running_bot(alone, data, **settings):
        talk, browser = Talk(alone, invited, alone.private(invited)), Browser(port)
        assert "web_app" in talk.asks(articles.ORCHARD_QUESTION).button("Article")
        # What is quoted inline may be read by anybody, so that it opens nothing but the bot.
        results = invited.asks_inline(articles.ORCHARD_QUESTION).answer(PATIENCE)["results"]
        assert URL not in str(results)
        assert enter(browser, init_data(alone.token, {"id": invited.id})).status == 303
        assert enter(browser, init_data(alone.token, {"id": stranger.id})).status == 403
    # Without the page the menu button goes, and articles are turned in the chat again.
    with running_bot(alone, data, telegram_people=invited.id, telegram_admins=ADMIN):
        answer = talk.asks(articles.ORCHARD_QUESTION)
        assert "callback_data" in answer.button("Article")
        alone.wait(lambda: alone.world.menu_buttons == {0: {"type": "default"}}, PATIENCE)
