"""The page in a real browser: from a question to the opened quote, in the dark, without a script, for everybody."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import pytest

from benchmarks import chromium
from benchmarks.chromium import program
from bot.web.links import Place
from tests.bot.web.conftest import BURIED_QUESTION
from tests.bot.web.serving import INIT_DATA, MEMBER, PUBLIC, Served
from tests.bot.web.test_access import QUOTE
from tests.telegram.articles import HARBOUR_ANSWER, HARBOUR_QUESTION

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

_CHROMIUM: Final = program()
if _CHROMIUM is None:
    pytest.skip("these tests need Chromium (apt install chromium) and playwright", allow_module_level=True)

# Every kind of page.
PATHS: Final = (
    "/",
    "/sources",
    f"/ask?q={quote(HARBOUR_QUESTION)}",
    "/ask?q=How+many+moons+does+Jupiter+have%3F",
    f"/a/{QUOTE}",
    f"/a/{Place.at('mixed')}",
    f"/a/{Place.at('long.txt')}?part=2",
)
WIDTHS: Final = (320, 768, 1280)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    assert _CHROMIUM is not None
    with chromium.chromium(_CHROMIUM) as opened:
        yield opened


@dataclass
class Tab:
    """A tab, and everything in it that should not have been."""

    page: "Page"
    complaints: list[str] = field(default_factory=list)

    def holds(self, selector: str) -> bool:
        """Return whether all of the first such element lies within the screen."""
        return bool(
            self.page.eval_on_selector(
                selector,
                "one => [one.getBoundingClientRect()].every(box => box.top >= 0 && box.bottom <= innerHeight)",
            )
        )


@contextmanager
def tab(browser: "Browser", site: Served, **options: Any) -> Iterator[Tab]:
    """Open a tab; at its end nothing was asked of another host, refused by the policy, or written to the console."""
    host = urlsplit(site.url).netloc
    with chromium.tab(browser, **{"viewport": {"width": 390, "height": 844}, **options}) as page:
        opened = Tab(page)

        def requested(request: "Request") -> None:
            if urlsplit(request.url).netloc != host:
                opened.complaints.append(request.url)

        page.on("console", lambda message: opened.complaints.append(message.text))
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        page.on("request", requested)
        yield opened
        assert opened.complaints == []


@pytest.mark.parametrize(("scheme", "script"), [("light", True), ("dark", True), ("dark", False)])
def test_from_a_question_to_the_quote_on_the_screen(
    browser: "Browser", local: Served, scheme: str, script: bool
) -> None:
    with tab(browser, local, color_scheme=scheme, java_script_enabled=script) as opened:
        page = opened.page
        page.goto(local.url)
        page.fill("#q", HARBOUR_QUESTION)
        page.press("#q", "Enter")
        page.click(".first .there a")
        page.wait_for_selector("#quote")
        if script:
            assert opened.holds("#quote")
        assert page.inner_text("#quote") == HARBOUR_ANSWER
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor") if script else ""
        assert not script or (paper == "rgb(23, 22, 19)") == (scheme == "dark")
        page.click(".passages a[rel=next]")
        page.go_back()
        page.wait_for_selector("#quote")


def test_without_a_script_the_quote_in_a_megabyte_is_scrolled_to(browser: "Browser", local: Served) -> None:
    with tab(browser, local, java_script_enabled=False) as opened:
        opened.page.goto(f"{local.url}/ask?q={quote(BURIED_QUESTION)}")
        opened.page.click(".first .there a")
        opened.page.wait_for_selector("#quote")
        # The box of the element tells where it lies on the screen, and needs no script of the page's.
        box = opened.page.locator("#quote").bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 844


def test_nothing_is_wider_than_the_screen(browser: "Browser", local: Served) -> None:
    with tab(browser, local) as opened:
        for path in PATHS:
            opened.page.goto(local.url + path)
            for width in WIDTHS:
                opened.page.set_viewport_size({"width": width, "height": 700})
                assert opened.page.evaluate("document.documentElement.scrollWidth") <= width, path
                outside = opened.page.evaluate(
                    """() => [...document.querySelectorAll("main *, header *")].filter(one => {
                        const box = one.getBoundingClientRect();
                        return box.width > 1 && box.right > innerWidth + 0.5 && !one.closest("summary");
                    }).map(one => one.outerHTML.slice(0, 80))"""
                )
                assert outside == [], path


def test_axe_finds_nothing_that_keeps_anybody_out(browser: "Browser", local: Served, public: Served) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    refused = f"{public.url}/"
    with tab(browser, local, bypass_csp=True) as opened:
        for path in PATHS:
            opened.page.emulate_media(color_scheme="light")
            opened.page.goto(local.url + path)
            if opened.page.query_selector("details.about"):
                opened.page.click("details.about summary")
            found = axe.Axe().run(opened.page)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
            # Nothing but the colours is another in the dark.
            opened.page.emulate_media(color_scheme="dark")
            found = axe.Axe().run(opened.page, options={"runOnly": ["color-contrast"]})
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    with tab(browser, public, bypass_csp=True) as opened:
        for address in (refused, public.here(public.links.to(QUOTE, now=public.now[0]))):
            opened.page.goto(address)
            found = axe.Axe().run(opened.page)
            assert found.violations_count == 0, f"{address}: {found.generate_report()}"
        # The browser notes that a page was refused.
        opened.complaints[:] = [one for one in opened.complaints if "status of 403" not in one]


def test_every_control_is_reached_by_the_keyboard_and_shows_it(browser: "Browser", local: Served) -> None:
    with tab(browser, local) as opened:
        opened.page.goto(f"{local.url}/a/{QUOTE}")
        seen = []
        for _ in range(7):
            opened.page.keyboard.press("Tab")
            seen.append(opened.page.evaluate("document.activeElement.className || document.activeElement.tagName"))
            assert opened.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        assert seen[0] == "skip"
        assert {"INPUT", "BUTTON", "articles", "SUMMARY"} <= set(seen)


def test_a_mini_app_takes_telegrams_colours_and_enters(browser: "Browser", public: Served) -> None:
    theme = quote('{"bg_color":"#101820","text_color":"#ffffff"}')
    fragment = f"tgWebAppData={quote(INIT_DATA)}&tgWebAppVersion=8.0&tgWebAppThemeParams={theme}"
    address = public.here(public.links.to(QUOTE, now=public.now[0]))
    with tab(browser, public, color_scheme="light") as opened:
        # Telegram adds its parameters to the fragment of the link.
        opened.page.goto(f"{address}&{fragment}")
        opened.page.wait_for_selector("form.ask")
        assert opened.page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 24, 32)"
        assert opened.holds("#quote")
        # The colours stay on further pages.
        opened.page.click("a.articles")
        opened.page.wait_for_selector("ol.list")
        assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 24, 32)"
    assert PUBLIC not in opened.page.url


def test_the_back_button_of_telegram_goes_back(browser: "Browser", public: Served) -> None:
    told = (
        "window.told = []; window.TelegramWebviewProxy = { postEvent: (name, data) => window.told.push([name, data]) };"
    )
    opening = "tgWebAppVersion=8.0&tgWebAppThemeParams=%7B%7D"
    address = f"{public.url}/?pass={public.links.new_pass(MEMBER, public.now[0]).written}#{opening}"
    with tab(browser, public) as opened:
        opened.page.add_init_script(told)
        opened.page.goto(address)
        assert [name for name, _ in opened.page.evaluate("told")] == [
            "web_app_ready",
            "web_app_expand",
            "web_app_setup_back_button",
        ]
        opened.page.evaluate("sessionStorage.setItem('verbatim.theme', '{}')")
        opened.page.click("a.articles")
        opened.page.wait_for_selector("ol.list")
        assert ["web_app_setup_back_button", '{"is_visible":true}'] in opened.page.evaluate("told")
        opened.page.evaluate("Telegram.WebView.receiveEvent('back_button_pressed')")
        opened.page.wait_for_selector("ul.examples")


def test_colours_that_are_none_change_nothing(browser: "Browser", local: Served) -> None:
    theme = quote('{"bg_color":"red;background:url(https://evil.example)"}')
    with tab(browser, local, color_scheme="light") as opened:
        opened.page.goto(f"{local.url}/#tgWebAppThemeParams={theme}")
        assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(252, 251, 248)"
        opened.page.goto(f"{local.url}/sources#tgWebAppThemeParams=%7Bbroken")


def test_a_printed_page_is_the_article_and_its_quote(browser: "Browser", local: Served) -> None:
    with tab(browser, local) as opened:
        opened.page.goto(f"{local.url}/a/{QUOTE}")
        # Paper is white, whatever the screen was.
        opened.page.emulate_media(media="print", color_scheme="dark")
        assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert not opened.page.is_visible(".top")
        assert opened.page.is_visible("mark")
        assert len(opened.page.pdf()) > 5_000
