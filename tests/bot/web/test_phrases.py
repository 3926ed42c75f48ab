"""Every phrase of the page is shown somewhere, and the page shows none that is not there."""

import re
from pathlib import Path
from typing import Final

from bot.language.phrases import ENGLISH

FOLDER: Final = Path(__file__).resolve().parents[3] / "bot/web"
SOURCES: Final = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted(FOLDER.rglob("*.*")) if path.suffix in (".py", ".html")
)


def test_every_phrase_of_the_page_is_used() -> None:
    assert {name for name in ENGLISH.web if f'"{name}"' not in SOURCES} == set()


def test_every_phrase_that_is_used_is_there() -> None:
    assert set(re.findall(r'web\["(\w+)"\]', SOURCES)) <= ENGLISH.web.keys()
