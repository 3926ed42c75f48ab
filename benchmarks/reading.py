"""Shared by the benchmarks of parsers: prose, passages without a model, and libraries loaded beforehand."""

import re
import signal
from collections.abc import Sequence
from typing import Final

from benchmarks.mutation_packed import PACKED
from index.article import Article, Passage
from index.parsers import read
from index.passages import passages

PROSE: Final = (
    "The river rose on Monday and flooded the streets of the old town, where nobody was hurt, the mayor said. "
    "Bridges were closed until the evening, and schools stayed shut."
)
# The suffix of files for each parser.
SUFFIXES: Final = {
    "text": "txt",
    "markdown": "md",
    "html": "html",
    "jsonl": "jsonl",
    "json": "json",
    "table": "csv",
    "feed": "xml",
    "chat": "txt",
    **{name: name for name in PACKED},
}
_PIECE: Final = re.compile(r"\w{1,4}|[^\w\s]")


def count(texts: Sequence[str]) -> list[int]:
    """About as many wordpieces as a tokenizer of English takes, without one."""
    return [len(_PIECE.findall(text)) for text in texts]


def cut(article: Article) -> tuple[Passage, ...]:
    """The passages of an article, by those wordpieces."""
    return passages(article, count)


def limit_time(seconds: int) -> None:
    """End this process after so many seconds of its processor time, or twenty times as many of the clock; 0 for never.

    By the default action of a signal, which does so even where C code does not come back.
    """
    for timer, sign, limit in ((signal.ITIMER_PROF, signal.SIGPROF, 1), (signal.ITIMER_REAL, signal.SIGALRM, 20)):
        signal.signal(sign, signal.SIG_DFL)
        signal.setitimer(timer, seconds * limit)


def warm() -> None:
    """Read and cut a file of each format, so that no measured one pays for what is loaded once."""
    page = f"<html lang=en><body><article><p>{PROSE * 3}</p></article></body></html>".encode()
    feed = f"<rss><channel><item><description>{PROSE}</description></item></channel></rss>".encode()
    front = f"---\ntitle: A\n---\n{PROSE} 3 March 2021.".encode()
    files = {"a.txt": PROSE.encode(), "a.md": front, "a.html": page, "a.jsonl": b'{"text": "a"}', "a.xml": feed}
    records = {"a.json": b'[{"title": "a", "text": "a"}]', "a.csv": b"title,text\na,b\n"}
    for name, raw in {**files, **records, "b.txt": "Blåbær på øya i går".encode("cp1252")}.items():
        for article in read(name, raw).articles:
            cut(article)
