"""Articles of every kind that a page has to show, built once for all tests of the page."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.bot.web.serving import Served, served
from tests.conftest import BuildData
from tests.telegram.articles import HARBOUR, LANTERN, LIGHTHOUSE, ORCHARD, RESCUE, RESCUE_COPY

# 1 MB, and one sentence in the middle of it that something can be asked about. Passages that are the same are encoded
# once, so that a test need not wait for thousands.
_FILLER: Final = "The tide table for the outer quay lists the hours of high water and of low water. " * 40
_RECORDS: Final = 151
BURIED: Final = "Harbour pilot Vigdis Storm found a golden sextant under pier nine."
BURIED_QUESTION: Final = "What did harbour pilot Vigdis Storm find under pier nine?"
LONG: Final = "\n\n".join(
    f"{_FILLER}\n\n{_FILLER}" if number != _RECORDS // 2 else f"{BURIED} It was handed to the museum."
    for number in range(_RECORDS)
)

SHARED_WORDS: Final = "Кофе"
MIXED_TITLE: Final = "Аpple оrchard is sold"
SECTIONS: Final = """---
title: The mill of Orsk
source: Valley Gazette
date: 2020-05-01
author: Nils Brenner
---

# The mill of Orsk

The mill of Orsk ground its last flour on 30 April 2020. Its owner, Beata Holm, is 81 years old.

## What happens to the building

The municipality bought the mill for 90,000 euros. It will become a library.

| year | sacks |
|------|-------|
| 2018 | 4,100 |
| 2019 | 3,300 |
"""
HEBREW: Final = json.dumps(
    {
        "id": "hebrew",
        "title": "מגדלור חדש נפתח בחיפה",
        "source": "הארץ",
        "published": "2022-02-02",
        "language": "he",
        "text": "מגדלור חדש נפתח בחיפה ביום רביעי. המגדלור נבנה בעלות של עשרה מיליון שקלים.",
    },
    ensure_ascii=False,
)
MIXED: Final = json.dumps(
    {
        "id": "mixed",
        "title": f"\u202e{MIXED_TITLE}\u202c",
        "url": "https://xn--e1awd7f.example/а?b=<script>",
        "text": "The orchard at Dalen was sold on Monday to a cooperative of eleven growers.",
    }
)


@pytest.fixture(scope="session")
def web_data(build_data: BuildData) -> Path:
    """Return a data folder over articles that are long, hostile, doubled, foreign and plain."""
    return build_data(
        {
            "wire.jsonl": "\n".join((HARBOUR, HEBREW, MIXED)) + "\n",
            "orchard.md": ORCHARD,
            "lantern.md": LANTERN,
            "fyret.md": LIGHTHOUSE,
            "rescue.md": RESCUE,
            "copies/rescue.md": RESCUE_COPY,
            "mill.md": SECTIONS,
            "long.txt": LONG,
        }
    )


@pytest.fixture(scope="module")
def local(web_data: Path) -> Iterator[Served]:
    """The page on loopback, as `python -m bot web` serves it."""
    with served(web_data) as site:
        yield site


@pytest.fixture(scope="module")
def public(web_data: Path) -> Iterator[Served]:
    """The page at a public address."""
    with served(web_data, public=True) as site:
        yield site
