"""A headless Chromium of this machine, driven by playwright: for benchmarks, tests and pictures."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def program() -> str | None:
    """Return the path of the browser; None where there is none, or nothing to drive it with."""
    try:
        import playwright  # noqa: F401  # of the extra `dev`, and looked for alone
    except ImportError:
        return None
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def chromium(path: str) -> Iterator["Browser"]:
    """Start a browser, and end it."""
    from playwright.sync_api import sync_playwright

    # The browser's own sandbox refuses to run as root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=path, args=["--disable-gpu", "--disable-background-networking", *sandbox]
        ) as browser,
    ):
        yield browser


@contextmanager
def tab(browser: "Browser", **options: Any) -> Iterator["Page"]:
    """Open a tab with nothing of other tabs in it, and close it.

    Parameters:
        options: playwright's, of a context: the size of the window, the scheme of colours.
    """
    context = browser.new_context(**options)
    try:
        yield context.new_page()
    finally:
        context.close()
