"""Who may open what: loopback without signatures, a public site with nothing but them, and headers on every answer."""

import socket
import time
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import httpx
import lxml.html
import pytest

from bot.state.usage import MINUTE, Limit, Limits
from bot.web.access import Access, local_visitors
from bot.web.links import PageLinks, Place
from index.article import Span
from tests.bot.web.serving import CLIENT, INIT_DATA, MEMBER, PUBLIC, SECRET, Served, served
from tests.telegram.articles import HARBOUR_PARAGRAPHS, HARBOUR_QUESTION

TEXT: Final = "\n\n".join(HARBOUR_PARAGRAPHS)
QUOTE: Final = Place.at("harbour", Span(0, len(TEXT)), Span(0, 40), TEXT)
OTHER: Final = Place.at("rescue.md")
DAY: Final = 86_400


def link(site: Served, place: Place = QUOTE, answer: tuple[Place, ...] = ()) -> str:
    return site.here(site.links.to(place, answer, now=site.now[0]))


def entered(site: Served, person: int = MEMBER) -> str:
    return site.links.new_pass(person, site.now[0]).written


def status(address: str, **headers: str) -> int:
    return CLIENT.get(address, headers=headers).status_code


# On loopback.


@pytest.mark.parametrize(
    "path", ["/", "/sources", f"/ask?q={HARBOUR_QUESTION}", f"/a/{QUOTE}", "/a/x", "/nothing", "/enter"]
)
def test_every_answer_forbids_what_a_page_does_not_need(local: Served, path: str) -> None:
    headers = CLIENT.get(local.url + path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Set-Cookie" not in headers
    assert "Server" not in headers


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::2]"]
)
def test_another_name_for_this_machine_is_refused_so_that_none_can_be_bound_to_it(local: Served, host: str) -> None:
    assert status(local.url, Host=host) in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "localhost:1234", "127.0.0.1", "[::1]:8480", "LOCALHOST"])
def test_this_machine_goes_by_its_own_names(local: Served, host: str) -> None:
    assert status(local.url, Host=host) == 200


def test_another_site_may_link_here_but_not_ask(local: Served) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert status(f"{local.url}/sources", **elsewhere) == 200
    assert status(f"{local.url}/ask?q=harbour", **elsewhere) == 403
    assert status(f"{local.url}/sources", **{**elsewhere, "Sec-Fetch-Mode": "no-cors"}) == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_a_proxy_does_not_make_the_unsigned_page_public(local: Served, header: str) -> None:
    assert status(local.url, **{header: "203.0.113.7"}) == 403


def test_a_page_is_asked_for_without_its_body_and_is_not_written_to(local: Served) -> None:
    head = CLIENT.head(f"{local.url}/sources")
    assert (head.status_code, head.content) == (200, b"")
    refused = CLIENT.post(f"{local.url}/sources", data={"words": "x"})
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


def test_what_is_not_there_is_said_in_a_page_and_not_in_json(local: Served) -> None:
    answer = CLIENT.get(f"{local.url}/nothing")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page" in answer.text
    assert status(f"{local.url}/files/{'0' * 12}/passwords.txt") == 404
    assert status(f"{local.url}/files/{'0' * 12}/..%2f..%2fserver.py") == 404


def test_a_long_address_and_one_that_is_no_text_are_refused(local: Served) -> None:
    assert status(f"{local.url}/ask?q={'x' * 15_000}") in (400, 414, 431)
    assert status(f"{local.url}/ask?q=%ff%fe") == 404


def test_many_connections_that_say_nothing_do_not_keep_others_out(local: Served) -> None:
    port = urlsplit(local.url).port
    assert port is not None
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
    try:
        started = time.monotonic()
        # On a connection of its own: one that was open before has been closed for them.
        assert httpx.get(local.url).status_code == 200
        assert time.monotonic() - started < 5
    finally:
        for one in idle:
            one.close()


# At a public address.


def test_a_signed_link_opens_its_article_with_the_quote_and_nothing_to_ask_with(public: Served) -> None:
    shown = lxml.html.document_fromstring(CLIENT.get(link(public)).text)
    assert shown.xpath("//mark")
    assert not shown.xpath("//form[contains(@class, 'ask')]")
    assert not shown.xpath("//a[contains(@href, '/sources')]")


def test_a_public_page_may_be_framed_by_telegram_alone(public: Served) -> None:
    for path in (link(public), f"{public.url}/", f"{public.url}/a/x"):
        headers = CLIENT.get(path).headers
        assert "frame-ancestors https://web.telegram.org" in headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in headers


def test_a_forged_or_foreign_link_opens_nothing(public: Served) -> None:
    good = link(public)
    foreign = PageLinks(PUBLIC, b"another secret of 32 or more bytes", DAY).to(QUOTE, now=public.now[0])
    other_site = PageLinks("https://other.example", SECRET, DAY).to(QUOTE, now=public.now[0])
    forged = (
        good.replace("key=", "key=x"),
        good.replace(str(QUOTE), str(OTHER)),
        good.replace("until=1", "until=9"),
        f"{public.url}/a/{QUOTE}",
        public.here(foreign),
        other_site.replace("https://other.example", public.url),
    )
    for address in forged:
        answer = CLIENT.get(address)
        assert answer.status_code == 403
        assert "This link opens nothing" in answer.text
        assert not lxml.html.document_fromstring(answer.text).xpath("//form[@class='ask']")
        assert "Aasheim" not in answer.text
    assert status(good) == 200


def test_an_expired_link_says_so(public: Served) -> None:
    address = public.here(public.links.to(QUOTE, now=public.now[0] - 40 * DAY))
    answer = CLIENT.get(address)
    assert answer.status_code == 410
    assert "This link has expired" in answer.text
    assert "Aasheim" not in answer.text


def test_the_signed_link_of_a_withdrawn_article_says_that_it_is_gone(public: Served) -> None:
    answer = CLIENT.get(link(public, Place.at("withdrawn.txt", Span(0, 4), None, "gone")))
    assert answer.status_code == 410
    assert "no longer in the collection" in answer.text


def test_reading_on_through_an_answer_needs_no_new_link_and_does_not_make_it_last_longer(public: Served) -> None:
    answer = (QUOTE, OTHER)
    (after,) = lxml.html.document_fromstring(CLIENT.get(link(public, QUOTE, answer)).text).xpath(
        "//a[@rel='next']/@href"
    )
    assert status(public.url + str(after)) == 200
    first, second = (parse_qs(urlsplit(one).query)["until"] for one in (link(public, QUOTE, answer), str(after)))
    assert first == second


def test_a_link_opens_no_article_beside_those_of_its_answer(public: Served) -> None:
    shown = lxml.html.document_fromstring(CLIENT.get(link(public, OTHER)).text)
    # Its copy is named, and not linked.
    assert "Nineteen saved off Cape Sorrel" in shown.text_content()
    assert not shown.xpath("//dd/a")


@pytest.mark.parametrize("path", ["/", "/sources", "/ask?q=harbour"])
def test_nobody_asks_or_lists_without_a_pass(public: Served, path: str) -> None:
    joint = "&" if "?" in path else "?"
    assert status(public.url + path) == 403
    for forged in (entered(public).replace("4711", "4712"), "1.2.3", "x"):
        assert status(f"{public.url}{path}{joint}pass={forged}") == 403
    assert status(f"{public.url}{path}{joint}pass={entered(public)}") == 200


def test_a_pass_of_somebody_whom_the_bot_would_not_answer_opens_nothing(public: Served) -> None:
    assert status(f"{public.url}/?pass={entered(public, 999)}") == 403


def test_a_pass_expires_within_a_day(public: Served) -> None:
    old = public.links.new_pass(MEMBER, public.now[0] - DAY - 1).written
    assert status(f"{public.url}/?pass={old}") == 410


def test_with_a_pass_one_goes_from_the_question_to_the_opened_quote(public: Served) -> None:
    asked = CLIENT.get(f"{public.url}/ask", params={"q": HARBOUR_QUESTION, "pass": entered(public)})
    (there, *_) = lxml.html.document_fromstring(asked.text).xpath("//p[@class='there']/a/@href")
    shown = lxml.html.document_fromstring(CLIENT.get(public.url + str(there)).text)
    assert shown.xpath("//mark[@id='quote']")
    assert shown.xpath("//form[contains(@class, 'ask')]//input[@name='pass']/@value") == [entered(public)]


def test_the_limits_are_those_of_the_person(web_data: Path) -> None:
    with served(web_data, public=True, limits=Limits(person=(Limit(2, MINUTE),))) as site:
        address = f"{site.url}/ask?q=Hi!&pass={entered(site)}"
        assert [status(address) for _ in range(3)] == [200, 200, 429]


def test_a_mini_app_lets_its_user_in_and_back_to_what_they_opened(public: Served) -> None:
    opened = urlsplit(link(public, QUOTE, (QUOTE, OTHER)))
    given = {"data": INIT_DATA, "next": f"{opened.path}?{opened.query}"}
    answer = CLIENT.post(f"{public.url}/enter", data=given)
    assert answer.status_code == 303
    there = answer.headers["Location"]
    assert there.startswith(f"/a/{QUOTE}?with=")
    assert there.endswith("#quote")
    assert status(public.url + there) == 200
    home = CLIENT.post(f"{public.url}/enter", data={"data": INIT_DATA, "next": "/"}).headers["Location"]
    assert status(public.url + home) == 200


@pytest.mark.parametrize(
    "further",
    [
        "//evil.example/",
        "https://evil.example/",
        "/a/x\r\nSet-Cookie: a=b",
        "/a/\\evil",
        "/sources",
        # Out of the site, to what else stands at its host.
        "/a/../../other",
        f"/a/{OTHER}/../other",
    ],
)
def test_nobody_is_sent_anywhere_but_to_an_article_or_the_beginning(public: Served, further: str) -> None:
    there = CLIENT.post(f"{public.url}/enter", data={"data": INIT_DATA, "next": further}).headers["Location"]
    assert there.startswith("/?pass=")


@pytest.mark.parametrize("data", ["", "user=4711&hash=bad", "x" * 5_000])
def test_forged_data_of_a_mini_app_lets_nobody_in(public: Served, data: str) -> None:
    answer = CLIENT.post(f"{public.url}/enter", data={"data": data, "next": "/"})
    assert answer.status_code == 403
    assert "Please come in through the bot" in answer.text
    # What refused once does not try again by itself.
    assert 'id="enter"' not in answer.text


def test_another_site_lets_nobody_in(public: Served) -> None:
    refused = CLIENT.post(
        f"{public.url}/enter", data={"data": INIT_DATA, "next": "/"}, headers={"Origin": "https://evil.example"}
    )
    assert refused.status_code == 404
    assert status(f"{public.url}/", Host="articles.example") == 403
    assert status(f"{public.url}/", Host="evil.example") == 421


def test_a_public_address_with_other_letters_is_known_as_browsers_write_it() -> None:
    access = Access(PageLinks("https://lesesal.bøker.example/les", SECRET, DAY), local_visitors(Limits()))
    assert access.is_host("lesesal.xn--bker-gra.example:443")
    assert access.is_host("lesesal.bøker.example")
    assert not access.is_host("xn--bker-gra.example")
