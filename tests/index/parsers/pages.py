"""Pages of a made-up town, for tests: a headline, three paragraphs of a report, and what templates put around them."""

import json

from index.article import Article
from tests.index.parsers.articles import only

HEADLINE = "Sports hall to close for nine weeks"
FIRST = (
    "The parish council of Selvik will close the sports hall for nine weeks this autumn, "
    "its chair told a meeting on Thursday evening."
)
SECOND = (
    "Damp was found behind the panels in August, and three of the roof beams have to be replaced "
    "before the first snow comes."
)
THIRD = (
    "The handball club will train at the school in Ytre Selvik meanwhile, and the winter market moves to the fire "
    "station."
)
REPORT = f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
HEADING = f"<h1>{HEADLINE}</h1>"


def page(body: str, head: str = "", title: str = HEADLINE, lang: str = "en") -> str:
    """A page of that body."""
    start = f"<!doctype html><html lang={lang}><head><meta charset=utf-8><title>{title}</title>{head}</head>"
    return f"{start}<body>{body}</body></html>"


def linked(*nodes: dict[str, object]) -> str:
    """A script of JSON-LD with these nodes in one graph."""
    return f'<script type="application/ld+json">{json.dumps({"@graph": nodes})}</script>'


def article(source: str | bytes) -> Article:
    """The one article in a page."""
    return only("page.html", source)
