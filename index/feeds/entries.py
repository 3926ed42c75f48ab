"""The entries of a feed: which of them are the same, which hold the whole article, and the file that one becomes.

A file is an Atom feed of one entry (RFC 4287): the parser of feeds reads it, and says of each piece of metadata that
the feed gave it. Its name follows from the entry alone, so that whoever writes it again writes the same file.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.sax.saxutils import escape, quoteattr

from index.adding.store import slug
from index.feeds.reading import Entry
from index.parsers.html import letters_of
from index.parsers.tree import NOT_XML

SUFFIX: Final = ".atom"
# Letters from which a text is the whole article: what a feed calls a summary, and what it calls the content.
FEWEST_LETTERS: Final = 1_200
FEWEST_LETTERS_DECLARED: Final = 400
# Letters of a teaser that is worth storing.
FEWEST_LETTERS_OF_TEASER: Final = 40
# A shorter page says something else than its teaser if it has so small a part of the teaser's words.
LONGEST_WALL: Final = 1_500
FEWEST_SHARED: Final = 1 / 3
# Letters of a text by which an entry is recognised, whatever its id.
FEWEST_LETTERS_OF_STORY: Final = 80
_CUT: Final = re.compile(
    r"(?:…|\.\.\.|\[(?:…|\.\.\.|&hellip;)\]|\b(?:read|continue|les|lese|keep)\s+(?:more|reading|mer|videre)\W{0,9}"
    r"|\bthe post .{1,300} (?:appeared first|first appeared) on .{1,100})\s*\Z",
    re.IGNORECASE,
)
# Parameters that count visits.
_COUNTING: Final = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|at_\w+|cmpid|ns_\w+|xtor|WT\.mc_id", re.IGNORECASE)
_WORD: Final = re.compile(r"\w{3,}")
_NO_NAME: Final = re.compile(r"[^a-z0-9.-]|\.{2,}")
_LONGEST_HOST: Final = 100
_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Identity:
    """What an entry of a feed is recognised by, each '' where it does not identify it."""

    feed: str
    key: str
    link: str
    story: str
    words: str

    @property
    def digest(self) -> str:
        """Return the hash in the name of the entry's file; '' for one that nothing identifies."""
        own = self.key or self.link or self.story or self.words
        return _hash(f"{self.feed}\n{own}")[:_DIGITS] if own else ""


@dataclass(frozen=True, slots=True)
class Document:
    """What is stored of an entry.

    Attributes:
        updated: when it was changed, for an article without a date.
        source: the title of its feed.
        content: HTML or plain text.
    """

    title: str
    author: str
    published: str
    updated: str
    language: str
    url: str
    source: str
    content: str

    @classmethod
    def of_feed(cls, entry: Entry, source: str) -> Self:
        """Return what a feed of this title says itself of an entry."""
        return cls(
            entry.title,
            entry.author,
            entry.published,
            entry.updated,
            entry.language,
            without_counting(entry.link),
            source,
            entry.content,
        )


def identities(feed: str, entries: Sequence[Entry]) -> list[Identity]:
    """Return what each entry of a feed, by its address, is recognised by; what two of them share identifies neither."""
    found = [
        Identity(
            feed,
            entry.key,
            without_counting(entry.link),
            _hash(f"{entry.title}\n{entry.published}") if entry.title and entry.published else "",
            _hash(_words(entry.text)) if letters_of(entry.text) >= FEWEST_LETTERS_OF_STORY else "",
        )
        for entry in entries
    ]
    names = ("key", "link", "story", "words")
    shared = {name: Counter(getattr(each, name) for each in found) for name in names}
    return [
        Identity(feed, *("" if shared[name][getattr(each, name)] > 1 else getattr(each, name) for name in names))
        for each in found
    ]


def without_counting(link: str) -> str:
    """Return a link without the parameters that count visits, by which one article has many links."""
    parts = urlsplit(link)
    if not parts.query:
        return link
    kept = [(name, value) for name, value in parse_qsl(parts.query, True) if not _COUNTING.fullmatch(name)]
    return urlunsplit(parts._replace(query=urlencode(kept)))


def content_hash(entry: Entry) -> str:
    """Return a hash of what a feed says of an entry; it changes where the article does, or its title or author."""
    return _hash("\n".join((entry.title, entry.author, entry.published, _words(entry.text))))


def is_whole(entry: Entry) -> bool:
    """Return whether a feed gives the whole article, not a teaser; one without a page has nothing else."""
    if not entry.link:
        return True
    letters = letters_of(entry.text)
    if _CUT.search(entry.text[-500:]):
        return False
    return letters >= (FEWEST_LETTERS_DECLARED if entry.declared_full else FEWEST_LETTERS)


def is_worth_storing(entry: Entry) -> bool:
    """Return whether an entry's own text is worth storing."""
    return letters_of(entry.text) >= (FEWEST_LETTERS_OF_TEASER if entry.link else 1)


def why_not_the_article(entry: Entry, text: str) -> str:
    """Return why the text of a page is not the article that an entry is about; '' if it may be."""
    if letters_of(text) < letters_of(entry.text):
        return "its page holds less than the feed"
    said = {word.lower() for word in _WORD.findall(f"{entry.title} {_CUT.sub('', entry.text)}")}
    shown = {word.lower() for word in _WORD.findall(text)}
    if len(text) < LONGEST_WALL and said and len(said & shown) < FEWEST_SHARED * len(said):
        return "its page says something else than the feed, as one that asks to log in does"
    return ""


def folder_of(added: Path, host: str) -> Path:
    """Return the folder of a host's files, which is not hidden and no other."""
    return added / (_NO_NAME.sub("-", host.lower()).strip(".-")[:_LONGEST_HOST] or "feed")


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder, 0 where there is none."""
    size = 0
    for file in folder.glob("*"):
        # Somebody may take it out meanwhile.
        with suppress(FileNotFoundError):
            size += file.lstat().st_size
    return size


def path_of(entry: Entry, identity: Identity, host: str, folder: Path) -> str:
    """Return where the file of an entry lies in the folder of added articles, or is to lie."""
    place = folder_of(folder, host).name
    there = sorted((folder / place).glob(f"*-{identity.digest}{SUFFIX}"))
    if there:
        return str(PurePosixPath(place, there[0].name))
    day = entry.published[:10] or entry.updated[:10]
    words = [*([day] if day else []), slug(entry.title.replace("/", " ")), identity.digest]
    return str(PurePosixPath(place, f"{'-'.join(words)}{SUFFIX}"))


def written(document: Document, article_id: str) -> bytes:
    """Return an entry as a file.

    Parameters:
        article_id: the article's, which must not change with what the feed says.
    """

    def element(name: str, value: str, attributes: str = "") -> str:
        return f"<{name}{attributes}>{escape(NOT_XML.sub(' ', value))}</{name}>\n" if value else ""

    spoken = f" xml:lang={quoteattr(document.language)}" if document.language else ""
    parts = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n',
        element("title", document.source, ' type="text"'),
        "<entry>\n",
        element("id", article_id),
        element("title", document.title, ' type="text"'),
        f'<link rel="alternate" href={quoteattr(document.url)}/>\n' if document.url else "",
        f"<author>{element('name', document.author).strip()}</author>\n" if document.author else "",
        element("published", document.published),
        element("updated", "" if document.published else document.updated),
        element("content", document.content, f' type="html"{spoken}'),
        "</entry>\n</feed>\n",
    )
    return "".join(parts).encode("utf-8", "replace")


def _words(text: str) -> str:
    return " ".join(text.split())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() if text else ""
