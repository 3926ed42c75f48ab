"""The registry of parsers: which one reads a file, by the end of the file's name, and which formats none reads."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from io import BytesIO
from pathlib import PurePosixPath
from types import ModuleType
from typing import BinaryIO, Final

from index.parsers.container import Budget, Member, located, once_each
from index.parsers.parsed import Parsed, Skipped, UnreadableError, merged

PARSERS: Final = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".xht": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json_document",
    ".csv": "csv_table",
    ".tsv": "csv_table",
    ".opml": "feed",
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
    ".pdf": "pdf",
    ".docx": "office",
    ".odt": "office",
    ".rtf": "rtf",
    ".epub": "epub",
    ".mhtml": "mhtml",
    ".mht": "mhtml",
    ".warc": "warc",
    ".warc.gz": "warc",
    ".wacz": "warc",
    ".zip": "archive",
    ".tar": "archive",
    ".tar.gz": "archive",
    ".tgz": "archive",
    ".gz": "archive",
}
# Parsers of files that hold files of other formats; see index.parsers.container.
CONTAINERS: Final = frozenset({"archive", "warc"})
# These read a file part by part, and the limit of a file's size is that of a line.
IN_PARTS: Final = frozenset({"jsonl", "csv_table"})

OTHER_FORMAT: Final = f"not a format that is read ({', '.join(PARSERS)})"

_SEND: Final = "with addresses and no articles: save the pages themselves, or send their links to the bot"
_WITHOUT_ARTICLES: Final[Mapping[str, str]] = {
    "opml": "a list of feeds (OPML), with addresses and no articles: save the feeds themselves as .xml",
    "urlset": f"a sitemap, {_SEND}",
    "sitemapindex": f"a list of sitemaps, {_SEND}",
    "xbel": f"a browser's bookmarks, {_SEND}",
    "mediawiki": "an export of MediaWiki, whose markup is not read: make JSON lines of it, such as with wikiextractor",
}
BOOKMARKS: Final = _WITHOUT_ARTICLES["xbel"]


def suffix_of(name: str) -> str:
    """Return the end of a file's name in lower case, such as '.html' or '.warc.gz'; '' for a name without one."""
    path = PurePosixPath(name.lower())
    double = "".join(path.suffixes[-2:])
    return double if double in PARSERS else path.suffix


def parser_of(path: str) -> str | None:
    """Return the name of the module that parses files named like `path`, None if there is none."""
    return PARSERS.get(suffix_of(path))


def read(path: str, raw: bytes) -> Parsed:
    """Parse the bytes of one file.

    A pure function of its arguments. Bad content never raises: it is reported in `skipped`.

    Parameters:
        path: relative to the seeds, with '/' between folders; its suffix picks the format.
        raw: the whole file.
    """
    return merged(parsed_parts(path, raw))


def parsed_parts(path: str, raw: bytes, budget: Budget | None = None) -> Iterator[Parsed]:
    """Parse the bytes of one file part by part: a container has one part for each file in it.

    Parameters:
        path, raw: as in `read`.
        budget: what the containers around the file may still take; None if it lies in none.
    """
    name = parser_of(path)
    try:
        if name is None:
            yield Parsed(skipped=(Skipped(path, OTHER_FORMAT),))
        elif name in CONTAINERS:
            yield from _inside(_parser(name), path, raw, Budget() if budget is None else budget)
        elif name in IN_PARTS:
            yield from _parser(name).read_parts(path, BytesIO(raw))
        else:
            parsed: Parsed = _parser(name).read(path, raw)
            yield parsed
    except UnreadableError as error:
        yield Parsed(skipped=(Skipped(path, str(error)),))


def read_parts(path: str, stream: BinaryIO, longest: int) -> Iterator[Parsed]:
    """Parse one file part by part: by its lines, of which there may be any number, or by the files in a container.

    Parameters:
        stream: the file, from its beginning.
        longest: bytes of a line, in formats that go by lines; a longer line is skipped.
    """
    name = parser_of(path)
    if name not in IN_PARTS:
        yield from parsed_parts(path, stream.read())
        return
    try:
        yield from _parser(str(name)).read_parts(path, stream, longest)
    except UnreadableError as error:
        yield Parsed(skipped=(Skipped(path, str(error)),))


def why_no_articles(root: str) -> str | None:
    """Return why an XML document holds no articles, by the name of its first element; None if that is not known."""
    return _WITHOUT_ARTICLES.get(root.lower())


def _parser(name: str) -> ModuleType:
    # Imported only when a file of the format comes: trafilatura alone takes 0.4 s.
    return import_module(f"index.parsers.{name}")


def _inside(parser: ModuleType, path: str, raw: bytes, budget: Budget) -> Iterator[Parsed]:
    """Parse the files in a container, one after the other."""
    if budget.depth == 0:
        raise UnreadableError("an archive within an archive within an archive: unpack it yourself")
    budget.depth -= 1
    members: Iterator[Member | Skipped] = parser.members(path, raw, budget)
    for member in members:
        if isinstance(member, Skipped):
            yield Parsed(skipped=(member,))
            continue
        for parsed in parsed_parts(member.path, member.raw, budget):
            found = replace(parsed, articles=tuple(located(article, member.url) for article in parsed.articles))
            # Ids in a container within this one were compared there.
            yield found if parser_of(member.path) in CONTAINERS else once_each(found, budget)
    budget.depth += 1
