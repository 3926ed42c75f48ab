"""A link as the file that a build reads."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from index.adding.page import ACCEPTED, suffix_for, with_address
from index.adding.request import Address, FetchLimits, Resolve, Web, get, is_public, resolve, words_of_status
from index.errors import AddingError

_HEADERS: Final = {"User-Agent": "Verbatim", "Accept": ACCEPTED}


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page or document.

    Attributes:
        url: after redirects, without its fragment.
        raw: the file to keep; for HTML with its address in it, for other documents a web archive of the one.
        suffix: by which a build knows the format, such as '.html'.
    """

    url: str
    raw: bytes
    suffix: str


async def fetch(
    url: str,
    limits: FetchLimits,
    *,
    allowed: Callable[[Address], bool] = is_public,
    resolver: Resolve = resolve,
    tls: ssl.SSLContext | None = None,
) -> Page:
    """Fetch a link.

    Parameters:
        allowed, resolver, tls: see `Web`.

    Raises:
        AddingError: if the link, or one it redirects to, is not one that is followed; if the site cannot be reached or
            does not answer with something that can be an article; if the limits are passed.
    """
    reply = await get(url, limits, Web(allowed, resolver, tls), _HEADERS, wanted=suffix_for)
    if reply.status != HTTPStatus.OK:
        raise AddingError(f"the site answered {words_of_status(reply.status)}")
    kind = reply.headers.get("content-type", "")
    suffix = suffix_for(kind, urlsplit(reply.url).path)
    return Page(reply.url, *with_address(reply.raw, reply.url, kind, suffix))
