"""Addresses of reading pages, and signed ones that expire: a bot for invited people does not publish its articles.

A page's address names the article, the passage and the sentence to mark, and the other passages of the same answer:

    /a/NAME.START-END.START-END.DIGEST?with=PLACE~~PLACE&until=SECONDS&key=MAC

NAME is made of the article's id, see `listing.name_of`. The passage comes first, then the sentence; DIGEST is of the
words of the passage, so that an article that has changed since is noticed. In `with` an empty place stands for the
page's own. The key is an HMAC-SHA256 of all of it and of the site's address (RFC 2104, cut to 128 bits), so that none
of it can be changed, and a key of another site does not fit.

A pass lets one person ask, list and open everything until it expires: `pass=PERSON.SECONDS.MAC`.

LinkError
├── ForgedLinkError    nobody with the secret made this link for this site
└── ExpiredLinkError   it was good once
"""

import hashlib
import hmac
import os
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

from index.article import Span
from index.generation.durable import make_folder, sync
from retrieval.answer import Citation
from retrieval.listing import name_of

SECRET_FILE: Final = "web.key"
# Of the passage that a page opens at: a fragment, so that it is scrolled to without a script.
FRAGMENT: Final = "#quote"
_SECRET_BYTES: Final = 32
_MAC_BYTES: Final = 16
_DIGEST_BYTES: Final = 6
# Telegram takes buttons of more; addresses that people see are better short.
_LONGEST: Final = 512
_DAY: Final = 86_400
_PASSAGES: Final = 20

_PLACE: Final = re.compile(
    r"(?P<name>[A-Za-z0-9_-]{16})"
    r"(?:\.(?P<start>\d{1,9})-(?P<end>\d{1,9})\.(?:(?P<first>\d{1,9})-(?P<last>\d{1,9}))?\.(?P<digest>[A-Za-z0-9_-]{8})?)?"
)


class LinkError(Exception):
    """Raised for a link that opens nothing."""


class ForgedLinkError(LinkError):
    """Raised for a link that was not made here, or was changed."""


class ExpiredLinkError(LinkError):
    """Raised for a link that is too old."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an article that a page opens at.

    Attributes:
        name: of the article, see `listing.name_of`.
        passage: to mark and to scroll to; without length, a place that is only scrolled to; None for the beginning.
        sentence: the answering one, to mark more strongly.
        digest: of the words of the passage; '' where nothing is marked.
    """

    name: bytes
    passage: Span | None = None
    sentence: Span | None = None
    digest: str = ""

    @classmethod
    def at(cls, article_id: str, passage: Span | None = None, sentence: Span | None = None, words: str = "") -> Self:
        """Return a place in the article of that id.

        Parameters:
            words: of the passage.
        """
        return cls(name_of(article_id), passage, sentence, digest_of(words) if words else "")

    @classmethod
    def of(cls, citation: Citation) -> Self:
        """Return the place of a citation."""
        marked = citation.highlights
        sentence = Span(marked[0].start, marked[-1].end) if marked else None
        return cls.at(citation.article_id, Span(citation.start, citation.end), sentence, citation.quote)

    @classmethod
    def read(cls, written: str) -> Self:
        """Return the place that `str` wrote.

        Raises:
            ForgedLinkError: if it is none.
        """
        found = _PLACE.fullmatch(written)
        if found is None:
            raise ForgedLinkError("no place in an article is written like that")
        try:
            passage, sentence = (
                Span(int(found[start]), int(found[end])) if found[start] else None
                for start, end in (("start", "end"), ("first", "last"))
            )
        except ValueError as error:
            raise ForgedLinkError(str(error)) from error
        return cls(urlsafe_b64decode(found["name"]), passage, sentence, found["digest"] or "")

    def __str__(self) -> str:
        name = urlsafe_b64encode(self.name).decode()
        if self.passage is None:
            return name
        sentence = f"{self.sentence.start}-{self.sentence.end}" if self.sentence else ""
        return f"{name}.{self.passage.start}-{self.passage.end}.{sentence}.{self.digest}"

    def fits(self, words: str) -> bool:
        """Return whether the words that stand at the passage now are those that the link was made for."""
        return not self.digest or digest_of(words) == self.digest


def digest_of(words: str) -> str:
    """Return a short digest of the words of a passage."""
    digest = hashlib.sha256(words.encode(errors="surrogatepass")).digest()[:_DIGEST_BYTES]
    return urlsafe_b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class Opened:
    """A page that a link opens.

    Attributes:
        answer: every passage of the answer that the link belongs to, in order, `place` among them; () without one.
        until: when the link expires, seconds since 1970.
    """

    place: Place
    answer: tuple[Place, ...] = ()
    until: int = 0


@dataclass(frozen=True, slots=True)
class Pass:
    """The leave of one person to ask, to list and to open everything.

    Attributes:
        person: Telegram's id.
        until: when it expires, seconds since 1970.
        written: as it stands in an address.
    """

    person: int
    until: int
    written: str


def address(place: Place, answer: Sequence[Place] = ()) -> str:
    """Return the path and the query of a page, without a signature.

    Parameters:
        answer: as in `Opened`; its last places are left out where the address would grow too long.
    """
    path = f"/a/{place}"
    others = ["" if one == place else str(one) for one in answer[:_PASSAGES]]
    while len(others) > 1 and len(path) + len("~".join(others)) > _LONGEST - 160:
        # The page's own place stays, however far down it stands.
        others.pop(0 if others[-1] == "" else -1)
    return f"{path}?with={'~'.join(others)}" if len(others) > 1 and "" in others else path


def opened(written: str, others: str) -> Opened:
    """Return the page that the path and `with` of an address name, whoever may open it.

    Raises:
        ForgedLinkError: if they name none.
    """
    place = Place.read(written)
    listed = others.split("~", _PASSAGES)[:_PASSAGES] if others else []
    return Opened(place, tuple(Place.read(one) if one else place for one in listed))


class PageLinks:
    """Makes and checks the signed links of one site.

    Parameters:
        public_url: of the site, without a '/' at its end.
        secret: known to nobody else.
        lifetime: of a link to a page, seconds.
        pass_lifetime: of a pass, seconds.
    """

    def __init__(self, public_url: str, secret: bytes, lifetime: float, pass_lifetime: float = _DAY) -> None:
        if len(secret) < _SECRET_BYTES:
            raise ValueError(f"the secret has {len(secret)} bytes: {_SECRET_BYTES} are needed")
        self.root = public_url.rstrip("/")
        self._secret = secret
        self._lifetime = lifetime
        self._pass_lifetime = pass_lifetime

    def __repr__(self) -> str:
        return f"PageLinks({self.root!r})"

    def to(self, place: Place, answer: Sequence[Place] = (), *, now: float, until: int | None = None) -> str:
        """Return a full address that opens a page, good for at least the lifetime; of one day, the same each time.

        Parameters:
            answer: every passage of the answer, `place` among them, for the page's "previous" and "next".
            until: when it expires, in place of the lifetime.
        """
        if until is None:
            until = -int(-(now + self._lifetime) // _DAY) * _DAY
        found = address(place, answer)
        joint = "&" if "?" in found else "?"
        key = self._mac("page", found, str(until))
        fragment = "" if place.passage is None else FRAGMENT
        return f"{self.root}{found}{joint}until={until}&key={key}{fragment}"

    def check(self, link: str, now: float) -> Opened:
        """Return what a link opens.

        Parameters:
            link: an address, or its path and query below the site's root.

        Raises:
            ForgedLinkError, ExpiredLinkError
        """
        parts = urlsplit(link.removeprefix(self.root))
        query = parse_qs(parts.query)
        written, others, until, key = (
            parts.path.removeprefix("/a/"),
            query.get("with", [""])[0],
            query.get("until", [""])[0],
            query.get("key", [""])[0],
        )
        signed = f"/a/{written}?with={others}" if others else f"/a/{written}"
        if parts.netloc or not self._is_mac(key, "page", signed, until):
            raise ForgedLinkError("the key does not fit the link")
        found = opened(written, others)
        return Opened(found.place, found.answer, _alive(until, now))

    def new_pass(self, person: int, now: float) -> Pass:
        """Return a pass for a person who has just been let in."""
        until = int(now + self._pass_lifetime)
        return Pass(person, until, f"{person}.{until}.{self._mac('pass', str(person), str(until))}")

    def home(self, person: int, now: float) -> str:
        """Return a full address where a person can ask, good for one day."""
        return f"{self.root}/?pass={self.new_pass(person, now).written}"

    def check_pass(self, written: str, now: float) -> Pass:
        """Return the pass that an address holds.

        Raises:
            ForgedLinkError, ExpiredLinkError
        """
        person, _, rest = written.partition(".")
        until, _, key = rest.partition(".")
        if not self._is_mac(key, "pass", person, until):
            raise ForgedLinkError("the key does not fit the pass")
        return Pass(int(person), _alive(until, now), written)

    def _mac(self, *parts: str) -> str:
        words = "\n".join((self.root, *parts)).encode(errors="surrogatepass")
        return urlsafe_b64encode(hmac.digest(self._secret, words, "sha256")[:_MAC_BYTES]).decode().rstrip("=")

    def _is_mac(self, key: str, *parts: str) -> bool:
        return hmac.compare_digest(key.encode(errors="surrogatepass"), self._mac(*parts).encode())


def _alive(until: str, now: float) -> int:
    if int(until) <= now:
        raise ExpiredLinkError("the link is too old")
    return int(until)


def secret_in(folder: Path) -> bytes:
    """Return the secret of a site, which is made once and kept in its folder, readable by nobody else.

    Raises:
        OSError: if the folder cannot be written, or the file read.
    """
    file = folder / SECRET_FILE
    with suppress(FileNotFoundError, ValueError):
        found = bytes.fromhex(file.read_text(encoding="ascii"))
        if len(found) >= _SECRET_BYTES:
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)
            return found
    make_folder(folder)
    made = secrets.token_bytes(_SECRET_BYTES)
    # A crash leaves a file that is too short, which nothing was signed with yet.
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
        os.fchmod(written.fileno(), 0o600)
        written.write(made.hex())
    sync(file)
    sync(folder)
    return made
