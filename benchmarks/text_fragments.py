"""Links to quotes, and how many of them lead a browser there, measured in headless Chromium.

    python -m benchmarks.text_fragments [--pages N] [--shared FOLDER] [--verbose]

Pages are rebuilt as HTML from ../shared/data/page_lines, their article and clutter lines as paragraphs, lists, tables
and links, and those of ../shared/faults are taken as they are. Each is read and cut as a build does it, and the link to
each passage is opened. Where one of these folders, Chromium or playwright is missing, that is said and no more is done.
"""

import argparse
import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.chromium import chromium, program, tab
from index.article import Article, Passage, Span
from index.parsers import read
from index.passages import passages
from retrieval.links.page_text import shown_lines
from retrieval.links.text_fragment import Fragment, fragment_of

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

_SHARED: Final = Path(__file__).resolve().parents[2] / "shared"
_LISTED: Final = ("navigation", "related headline", "tag list", "share bar", "footer/legal", "button")
_TAGS: Final = {"headline": "h1", "subheading": "h2", "quote": "blockquote"}
# Far apart, so that no two blocks are in the middle of the window at once; marks every block that holds text itself.
_SPREAD: Final = """
(() => {
  const inline = e => ['inline', 'contents'].includes(getComputedStyle(e).display) || e.tagName === 'BR';
  const seen = e => getComputedStyle(e).display !== 'none' && e.innerText && e.innerText.trim();
  window.blocks = [...document.querySelectorAll('body *')].filter(
    e => !inline(e) && seen(e) && ![...e.querySelectorAll('*')].some(c => !inline(c) && seen(c)));
  blocks.forEach(e => { e.style.setProperty('padding', '900px 0', 'important'); });
  return blocks.map(e => e.innerText);
})()
"""
# The block in the middle of the window, and the places of all: its first and last pixel.
_PLACES: Final = """
(() => blocks.map(e => { const r = document.createRange(); r.selectNodeContents(e);
  const b = r.getBoundingClientRect(); return [b.top + scrollY, b.bottom + scrollY]; }))()
"""
_FRAMES: Final = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_TRIES: Final = 12
_NEAR: Final = 60


@dataclass(frozen=True, slots=True)
class Page:
    """A page and what it is called."""

    name: str
    html: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.text_fragments", description="Measure links to quotes.")
    parser.add_argument("--pages", type=int, default=200, metavar="N")
    parser.add_argument("--shared", type=Path, default=_SHARED, metavar="FOLDER", help="the folder of pages")
    parser.add_argument("--verbose", action="store_true", help="name every link that fails")
    given = parser.parse_args(arguments)
    browser = program()
    lines = given.shared / "data" / "page_lines" / "train.jsonl"
    if browser is None or not lines.is_file():
        print(
            f"not measured: {'Chromium or playwright is not installed' if browser is None else f'{lines} is missing'}"
        )
        return 0
    faults = given.shared / "faults" / "pages"
    for name, pages in (("rebuilt", list(rebuilt(lines, given.pages))), ("faults", list(_fault_pages(faults)))):
        verdicts: Counter[str] = Counter()
        with (
            chromium(browser) as opened,
            tab(opened, viewport={"width": 800, "height": 600}) as shown,
            tempfile.TemporaryDirectory() as folder,
        ):
            for page in pages:
                for verdict, link in _tried(shown, Path(folder) / "page.html", page):
                    verdicts[verdict] += 1
                    if given.verbose and verdict != "right":
                        print(f"{verdict:8} {page.name} {link}", flush=True)
        total = verdicts.total() - verdicts["unplaced"]
        failed = total - verdicts["right"]
        print(
            f"{name}: {len(pages)} pages, {total} links, {dict(verdicts)}: {failed / max(1, total):.2%} fail",
            flush=True,
        )
    return 0


def rebuilt(file: Path, count: int) -> Iterator[Page]:
    """Pages of the labelled lines in a file, drawn with a fixed seed."""
    with file.open(encoding="utf-8") as lines:
        found = [page for page in map(json.loads, lines) if page["variant"] in ("b", "c")]
    random.Random(20220121).shuffle(found)
    # One variant of each page.
    distinct = {page["id"]: page for page in found}
    for page in list(distinct.values())[:count]:
        yield Page(f"{page['id']}/{page['variant']}", _html(page["lines"], page["language"]))


def _html(lines: Sequence[dict[str, Any]], language: str) -> str:
    pieces = [f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8"><title>']
    pieces += [
        next((escape(line["text"]) for line in lines if line["label"] == "headline"), ""),
        "</title></head><body>",
    ]
    for kind, group in groupby(lines, key=_kind):
        texts = [escape(line["text"]) for line in group]
        if kind == "links":
            pieces += ["<ul>", *(f'<li><a href="#x">{text}</a></li>' for text in texts), "</ul>"]
        elif kind == "items":
            pieces += ["<ul>", *(f"<li>{text}</li>" for text in texts), "</ul>"]
        elif kind == "cells":
            rows = [texts[start : start + 2] for start in range(0, len(texts), 2)]
            pieces += ["<table>", *(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in rows), "</table>"]
        else:
            pieces += [f"<{kind}>{_linked(text) if kind == 'p' else text}</{kind}>" for text in texts]
    return "".join([*pieces, "</body></html>"])


def _kind(line: dict[str, Any]) -> str:
    if line["label"] == "clutter" and line["kind"] in _LISTED:
        return "links"
    return {"list item": "items", "table cell": "cells"}.get(line["kind"], _TAGS.get(line["kind"], "p"))


def _linked(text: str) -> str:
    """A paragraph with a link and emphasis in it, as most have."""
    words = text.split(" ")
    if len(words) < 12 or "&" in text:
        return text
    words[3:5] = [f'<a href="#x">{" ".join(words[3:5])}</a>']
    words[6:8] = [f"<em>{' '.join(words[6:8])}</em>"]
    return " ".join(words)


def _cut(article: Article) -> Sequence[Passage]:
    """Cut an article into passages, with about as many wordpieces to a text as a tokenizer of English finds."""
    return passages(article, lambda texts: [len(text) // 4 + 1 for text in texts])


def _fault_pages(folder: Path) -> Iterator[Page]:
    for file in sorted(folder.glob("*/*.html")):
        try:
            yield Page(f"{file.parent.name}/{file.name}", file.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue


def _tried(shown: "Tab", file: Path, page: Page) -> Iterator[tuple[str, str]]:
    """Each link of a page, and whether it was 'right', 'nothing', 'wrong' or of an 'unplaced' quote."""
    articles = read("page.html", page.html.encode()).articles
    if not articles:
        return
    article = articles[0]
    file.write_text(page.html, encoding="utf-8")
    shown.goto("about:blank")
    shown.goto(file.as_uri())
    blocks = shown.evaluate(_SPREAD)
    places = shown.evaluate(_PLACES)
    where = _aligned(article, blocks)
    for passage in _cut(article):
        fragment = fragment_of(article.text, passage.span)
        assert fragment is not None
        held = _held(article, passage.span, where)
        if not held:
            yield "unplaced", str(fragment)
            continue
        top, bottom = places[min(held)][0] - _NEAR, places[max(held)][1] + _NEAR
        verdict = _verdict(shown, file, fragment, top, bottom)
        if verdict == "right" and fragment.end:
            # Where the start is, which the middle of a long quote does not tell.
            verdict = _verdict(shown, file, Fragment(fragment.start, "", fragment.prefix), top, bottom)
        yield verdict, str(fragment)


def _verdict(shown: "Tab", file: Path, fragment: Fragment, top: float, bottom: float) -> str:
    shown.evaluate("scrollTo(0, 0)")
    shown.goto(f"{file.as_uri()}#:~:{fragment}")
    for _ in range(_TRIES):
        shown.evaluate(_FRAMES)
        if shown.evaluate("scrollY"):
            middle = shown.evaluate("scrollY + innerHeight / 2")
            return "right" if top <= middle <= bottom else "wrong"
    return "nothing"


def _aligned(article: Article, blocks: Sequence[str]) -> dict[int, int]:
    """The block of the page that each line of the article is, by the line's number: of equal ones that in its order."""
    ours = ["".join(line.shown.split()) for line in shown_lines(article.text, markdown=False)]
    theirs = ["".join("".join(line.shown for line in shown_lines(block, markdown=False)).split()) for block in blocks]
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    return {match.a + step: match.b + step for match in matcher.get_matching_blocks() for step in range(match.size)}


def _held(article: Article, span: Span, where: dict[int, int]) -> range:
    """The blocks of a quote; where its first or last line is none of them, up to the lines beside it that are."""
    lines = shown_lines(article.text, markdown=False)
    numbers = [number for number, line in enumerate(lines) if line.start < span.end and span.start < line.end]
    if not any(number in where for number in numbers):
        return range(0)
    before = [block for number, block in where.items() if number < numbers[0]]
    behind = [block for number, block in where.items() if number > numbers[-1]]
    first = where.get(numbers[0], max(before, default=-1) + 1)
    last = where.get(numbers[-1], min(behind, default=max(where.values()) + 1) - 1)
    return range(first, last + 1)


if __name__ == "__main__":
    raise SystemExit(main())
