"""A real web server on a loopback address, for what fetching is to meet on the web."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Handler = Callable[[BaseHTTPRequestHandler], None]
PAGE = (
    "<html><head><title>River rises</title></head><body><article><h1>River rises</h1><p>The river rose on Monday and "
    "flooded the streets of the old town of Ostrec.</p><p>Nobody was hurt, the mayor said on Tuesday, and the bridge "
    "will be open again by the end of the week.</p><p>Sandbags had been brought from the neighbouring valley.</p>"
    "</article></body></html>"
)


@dataclass(slots=True)
class Site:
    """A running server: its pages by path, and the requests it was sent, as (Host header, path)."""

    host: str
    port: int
    pages: dict[str, Handler]
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def url(self, path: str, host: str | None = None, scheme: str = "http") -> str:
        return f"{scheme}://{host or self.host}:{self.port}{path}"


def answer(body: bytes | str, kind: str = "text/html; charset=utf-8", status: int = 200, **headers: str) -> Handler:
    """An ordinary answer; a header's name may be written with '_' for '-'."""
    raw = body.encode() if isinstance(body, str) else body

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        if kind:
            request.send_header("Content-Type", kind)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(raw)

    return handle


def http_1_1(handler: Handler) -> Handler:
    """The same answer in HTTP/1.1, which knows chunks; the connection is closed behind it."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        request.protocol_version, request.close_connection = "HTTP/1.1", True
        handler(request)

    return handle


def redirect(target: str, status: int = 302) -> Handler:
    return answer("", status=status, Location=target)


def dripping(pieces: Iterator[bytes], pause: float, length: int | None = None) -> Handler:
    """An answer of a claimed length that comes piece by piece, until they end or the other side hangs up."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        headers = {} if length is None else {"Content_Length": str(length)}
        answer(b"", "text/plain", 200, **headers)(request)
        for piece in pieces:
            request.wfile.write(piece)
            time.sleep(pause)

    return handle


@contextmanager
def serving(
    pages: Mapping[str, Handler], host: str = "127.0.0.2", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """Serve pages; 127.0.0.2 by default, so that a test can allow one loopback address and not another."""

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server looks for
            site.asked.append((self.headers.get("Host", ""), self.path))
            site.headers.append({name.lower(): value for name, value in self.headers.items()})
            site.pages.get(self.path, answer("", status=404))(self)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing is logged."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """The other side hung up, as it should."""

    server = Server((host, port), Asked)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site = Site(host, server.server_address[1], dict(pages))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
