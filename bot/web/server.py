"""The HTTP server of the page: which address shows what, and the headers that keep a browser from doing more.

Nothing is logged of a request but that it failed: addresses hold questions and keys.
"""

import hashlib
import logging
from pathlib import Path
from string import ascii_letters, digits
from typing import Any, Final

from tornado.template import Loader
from tornado.web import Finish, HTTPError

from bot.errors import NotReadyError
from bot.http_server import Listening, QuietHandler
from bot.language.phrases import ENGLISH, LANGUAGES, Phrases, counted
from bot.library import Library, Options
from bot.web.access import Access, Grant
from bot.web.asking import LISTED, Asking, Said
from bot.web.links import ExpiredLinkError, ForgedLinkError, LinkError, Place
from bot.web.pages import AnswerPage, ListPage, ReadingPage, list_page, reading_page
from retrieval import Retriever
from retrieval.sanitize import one_line

# What Telegram says of a Mini App's user takes some 1 KB, and the longest question 9 KB in an address.
_BODY_LIMIT: Final = 16_384
_CONNECTIONS: Final = 256
_IDLE_SECONDS: Final = 30.0
_BODY_SECONDS: Final = 10.0
_ADDRESS: Final = 14_000
_WORDS: Final = 200
# Web clients of Telegram that show a Mini App in a frame (https://core.telegram.org/bots/webapps).
_FRAMED_BY: Final = "https://web.telegram.org"
_FOLDER: Final = Path(__file__).parent
_FILES: Final = {
    "style.css": "text/css; charset=utf-8",
    "mini_app.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
# What an address of a page is made of.
_PLAIN: Final = frozenset(f"{ascii_letters}{digits}/_-.~?&=")
# By the status: names of phrases, the title and the line.
_REFUSALS: Final = {
    403: ("forged_title", "forged"),
    404: ("missing_title", "missing"),
    410: ("expired_title", "expired"),
    503: ("not_ready_title", ""),
}

log = logging.getLogger("verbatim.bot.web")


class Site:
    """Everything that the pages are made of.

    Attributes:
        bot: the address of the bot's chat; '' where there is none.
    """

    def __init__(self, library: Library, options: Options, access: Access) -> None:
        self.library = library
        self.access = access
        self.asking = Asking(library, options, access)
        self.templates = Loader(str(_FOLDER / "templates"), autoescape="xhtml_escape")
        self.files = {name: (_FOLDER / "files" / name).read_bytes() for name in _FILES}
        whole = b"".join(self.files.values())
        # In the addresses of the files, so that a browser may keep them for as long as they stay the same.
        self.bot = ""
        self.version = hashlib.sha256(whole).hexdigest()[:12]

    def headers(self) -> dict[str, str]:
        """Return the headers of every answer: nothing comes from other servers, and only Telegram may frame it."""
        framed = _FRAMED_BY if self.access.links else "'none'"
        policy = (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
            f"base-uri 'none'; frame-ancestors {framed}"
        )
        found = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            "X-Robots-Tag": "noindex, nofollow",
            "Cache-Control": "private, no-store",
        }
        return found if self.access.links else {**found, "X-Frame-Options": "DENY"}


class WebServer(Listening):
    """The server of the page, in the running asyncio loop.

    Parameters:
        port: 0 picks a free one.
    """

    def __init__(self, site: Site, listen: str, port: int) -> None:
        given = {"site": site}
        routes: list[Any] = [
            (r"/", _Home, given),
            (r"/ask", _Ask, given),
            (r"/sources", _Sources, given),
            (r"/a/([^/]+)", _Read, given),
            (r"/files/[0-9a-f]{12}/([a-z_.]+)", _File, given),
            (r"/enter", _Enter, given),
            (r".*", _Page, given),
        ]
        super().__init__(
            routes,
            listen,
            port,
            _CONNECTIONS,
            max_body_size=_BODY_LIMIT,
            max_header_size=_BODY_LIMIT,
            body_timeout=_BODY_SECONDS,
            idle_connection_timeout=_IDLE_SECONDS,
        )


class _Page(QuietHandler):
    """A page for people. By itself it is none: any address that is not known."""

    SUPPORTED_METHODS: tuple[str, ...] = ("GET", "HEAD")
    # Whether another site may send a browser here.
    linked_from_elsewhere = True

    def initialize(self, site: Site) -> None:
        self.site = site
        self.grant = Grant(site.access.root, site.access.links)
        self._secure()

    def _secure(self) -> None:
        for name, value in self.site.headers().items():
            self.set_header(name, value)

    @property
    def phrases(self) -> Phrases:
        """Return the phrases of the first language of the browser's that there are phrases in."""
        for wanted in self.request.headers.get("Accept-Language", "")[:_WORDS].split(","):
            code = wanted.partition(";")[0].strip().partition("-")[0].lower()
            for phrases in LANGUAGES:
                if code in phrases.telegram_codes:
                    return phrases
        return ENGLISH

    def prepare(self) -> None:
        if not self.site.access.is_host(self.request.host):
            # Another name for this address: somebody rebinds theirs to it.
            raise HTTPError(421)
        if self.site.access.is_forwarded(self.request.headers):
            raise HTTPError(403)
        if len(self.request.uri or "") > _ADDRESS:
            raise HTTPError(414)
        fetched = self.request.headers
        by_hand = fetched.get("Sec-Fetch-Mode", "navigate") == "navigate" and self.linked_from_elsewhere
        if fetched.get("Sec-Fetch-Site", "none") in ("cross-site", "same-site") and not by_hand:
            raise HTTPError(403)

    def head(self, *path: str) -> Any:
        return self.get(*path)

    def get(self, *_: str) -> Any:
        raise HTTPError(404)

    def asked(self, name: str) -> str:
        """Return an argument of the address, '' where there is none."""
        try:
            return self.get_query_argument(name, "")
        except HTTPError as error:
            # Bytes that are no UTF-8.
            raise HTTPError(404) from error

    def page_asked(self) -> int | None:
        """Return the number of the page that is asked for, from 1."""
        asked = self.asked("page") or self.asked("part")
        return int(asked[:9]) if asked.isascii() and asked.isdigit() else None

    async def enter(self) -> Grant:
        """Let the request in that has a pass, or needs none."""
        try:
            self.grant = await self.site.access.to_site(self.asked("pass"))
        except ExpiredLinkError as error:
            raise HTTPError(410) from error
        except LinkError as error:
            if self.asked("pass"):
                raise HTTPError(403) from error
            self.refuse(403, self.phrases.web["closed_title"], self.phrases.web["closed"])
            raise Finish from error
        return self.grant

    def show(self, template: str, question: str = "", **shown: object) -> None:
        """Answer with a page.

        Parameters:
            question: in the ask box.
        """
        self.set_header("Content-Type", "text/html; charset=utf-8")
        site, access = self.site, self.site.access
        files = f"{access.root}/files/{site.version}"
        # What was opened inside Telegram may let its user in, once.
        enters = bool(access.visitors.enter and not self.grant.may_ask and self.request.method == "GET")
        page = site.templates.load(template).generate(
            grant=self.grant,
            phrases=self.phrases,
            web=self.phrases.web,
            files=files,
            opened=self.request.uri if enters else None,
            question=question,
            **shown,
        )
        self.finish(page)

    def refuse(self, status: int, title: str = "", line: str = "") -> None:
        """Answer that there is no such page, in words."""
        phrases = self.phrases
        named = _REFUSALS.get(status, ("missing_title", "missing") if status < 500 else ("wrong_title", "wrong"))
        title = title or phrases.web[named[0]]
        line = line or (phrases.web[named[1]] if named[1] else phrases.not_ready)
        self.set_status(status)
        bot = self.site.bot if status in (403, 410) else ""
        self.show("refusal.html", title=title, line=line, bot=bot)

    def write_error(self, status_code: int, **more: Any) -> None:
        self._secure()
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.SUPPORTED_METHODS))
        error = more.get("exc_info", (None, None))[1]
        self.refuse(503 if isinstance(error, NotReadyError) else status_code)

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        if not isinstance(error, HTTPError | NotReadyError):
            log.error("a page could not be made", exc_info=(kind, error, trace))


class _Home(_Page):
    async def get(self, *_: str) -> None:
        await self.enter()
        self.show("said.html", said=await self.site.asking.greeting(self.phrases), title="")


class _Ask(_Page):
    # A question is counted, so that only a person's own pages may ask one.
    linked_from_elsewhere = False

    async def get(self, *_: str) -> None:
        grant = await self.enter()
        question = self.asked("q")
        who = grant.entered.person if grant.entered else str(self.request.remote_ip)
        page = (self.page_asked() or 1) - 1
        found = await self.site.asking.answer(question, who, grant, self.phrases, page)
        title = one_line(question)
        match found:
            case Said():
                self.set_status(found.status)
                self.show("said.html", said=found, question=question, title=title)
            case ListPage():
                self.show("list.html", page=found, words="", question=question, title=title)
            case AnswerPage():
                self.show("answer.html", page=found, question=question, title=title)


class _Sources(_Page):
    async def get(self, *_: str) -> None:
        grant = await self.enter()
        words = self.asked("words")[:_WORDS]
        found = await self.site.library.listed(words, (self.page_asked() or 1) - 1, LISTED)
        phrases = self.phrases
        if not found.total:
            head = phrases.sources_none.format(words=one_line(words))
        else:
            named = phrases.sources_found if words.strip() else phrases.sources
            head = named.format(articles=counted("articles", found.total, phrases), words=one_line(words))

        def turned(to: int) -> str:
            return grant.to("/sources", words=words, page=to)

        page = list_page(found, LISTED, head, turned, grant, phrases)
        self.show("list.html", page=page, words=words, title=phrases.web["articles"])


class _Read(_Page):
    async def get(self, *path: str) -> None:
        written = path[0]
        try:
            self.grant, page = await self.site.access.to_page(
                written, self.asked("with"), f"/a/{written}?{self.request.query}", self.asked("pass")
            )
        except ExpiredLinkError as error:
            raise HTTPError(410) from error
        except LinkError as error:
            raise HTTPError(403) from error
        part, grant, phrases = self.page_asked(), self.grant, self.phrases

        def laid_out(retriever: Retriever) -> ReadingPage | None:
            # Off the event loop: to cut an article of ten megabytes takes half a second.
            whole = retriever.whole(page.place.name)
            return None if whole is None else reading_page(whole, page, part, grant, phrases)

        shown = await self.site.library.run(laid_out)
        if shown is None:
            self.refuse(410, phrases.web["gone_title"], phrases.article_gone)
            return
        self.show("reading.html", page=shown, title=shown.title)


class _Enter(_Page):
    """The door of a Mini App: what Telegram says of its user is checked, and they get a pass."""

    SUPPORTED_METHODS = ("POST",)
    linked_from_elsewhere = False

    async def post(self) -> None:
        access = self.site.access
        if access.visitors.enter is None or not access.is_origin(self.request.headers.get("Origin", "")):
            raise HTTPError(404)
        person = await access.visitors.enter(self.get_body_argument("data", ""))
        if person is None or not await access.visitors.may_ask(person):
            self.refuse(403, self.phrases.web["closed_title"], self.phrases.web["closed"])
            return
        self.grant = access.new_pass(person)
        self.redirect(_entered(self.grant, self.get_body_argument("next", "")), status=303)


def _entered(grant: Grant, path: str) -> str:
    """Return where somebody goes on who has just been let in: the article that they opened, else the beginning."""
    written, _, query = path.partition("?")
    try:
        # No other path, such as one that leads out of the site: the pass goes along.
        place = Place.read(written.removeprefix("/a/"))
    except ForgedLinkError:
        return grant.to("/")
    if not (set(path) <= _PLAIN):
        return grant.to("/")
    others = next((part for part in query.split("&") if part.startswith("with=")), "")
    joint = f"?{others}&" if others else "?"
    return f"{grant.root}/a/{place}{joint}pass={grant.written_pass}#quote"


class _File(_Page):
    async def get(self, *path: str) -> None:
        content = self.site.files.get(path[0])
        if content is None:
            raise HTTPError(404)
        self.set_header("Content-Type", _FILES[path[0]])
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.finish(content)
