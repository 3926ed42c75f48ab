"""`python -m bot web`, and the page beside a running bot, as processes of their own."""

import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

from bot.state import people
from bot.state.database import FILE
from bot.web.links import PageLinks, secret_in
from tests.bot.web.test_access import QUOTE
from tests.forked import Forked, environment
from tests.telegram.articles import HARBOUR_ANSWER, HARBOUR_QUESTION
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer

_WITHIN: Final = 30.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Web:
    """`python -m bot web` over a data folder, without any setting, and what it writes.

    Parameters:
        address: that it prints, '' where it ends before.
    """

    def __init__(self, data: Path, folder: Path, *arguments: str) -> None:
        self._files = [folder / name for name in ("stdin", "stdout", "stderr")]
        self._files[0].touch()
        with self._files[0].open("rb") as given, self._files[1].open("wb") as out, self._files[2].open("wb") as wrong:
            command = ["bot", "web", "--data", str(data), *(arguments or ("--port", "0"))]
            self.process = Forked(command, cwd=folder, env=environment(), stdin=given, stdout=out, stderr=wrong)
        until = time.monotonic() + _WITHIN
        while not (address := self._files[1].read_text()) and self.process.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.05)
        self.address = address.strip()

    @property
    def complaint(self) -> str:
        """What it has written on standard error."""
        return self._files[2].read_text()

    def ends(self, sign: signal.Signals | None = None) -> int:
        """Its exit code, after a signal."""
        if sign is not None:
            self.process.send_signal(sign)
        return int(self.process.wait(_WITHIN))


@contextmanager
def web(data: Path, folder: Path, *arguments: str) -> Iterator[Web]:
    """Start it, and kill it if it has not ended."""
    folder.mkdir(exist_ok=True)
    started = Web(data, folder, *arguments)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
            started.process.wait(_WITHIN)


def test_without_telegram_and_without_a_token_one_asks_and_reads_and_ctrl_c_ends_it(
    web_data: Path, tmp_path: Path
) -> None:
    before = sorted(web_data.iterdir())
    with web(web_data, tmp_path) as started:
        assert re.fullmatch(r"http://localhost:\d+/", started.address)
        asked = httpx.get(f"{started.address}ask", params={"q": HARBOUR_QUESTION}, timeout=60)
        assert HARBOUR_ANSWER in asked.text
        assert httpx.get(f"{started.address}a/{QUOTE}").status_code == 200
        assert started.ends(signal.SIGINT) == 0
        assert started.complaint == ""
    # It writes nothing: neither a state nor a secret.
    assert sorted(web_data.iterdir()) == before


def test_a_port_that_is_in_use_is_said_in_one_line(web_data: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with web(web_data, tmp_path, "--port", str(port)) as started:
            assert (started.address, started.ends()) == ("", 2)
            (line,) = started.complaint.splitlines()
    assert f"port {port} cannot be listened on" in line
    assert "--port" in line


def test_a_folder_without_an_index_is_said_and_the_page_waits_for_one(tmp_path: Path) -> None:
    with web(tmp_path / "nothing", tmp_path / "run") as started:
        assert httpx.get(f"{started.address}sources").status_code == 503
        assert started.ends(signal.SIGTERM) == 0
        assert "python -m index build" in started.complaint


@pytest.fixture
def copied(web_data: Path, tmp_path: Path) -> Path:
    """Return a data folder of its own with the same index."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("index", "models"):
        (folder / name).symlink_to(web_data / name)
    return folder


def test_beside_a_bot_signed_links_open_the_page_and_its_limits_are_the_bots(copied: Path) -> None:
    port, person = free_port(), 4711
    with BotApiServer() as server:
        settings = {"public_url": "https://read.example", "web_port": port, "questions_a_minute": 2}
        with BotProcess(server, copied, copied / "bot.log", **settings) as bot:
            secret = secret_in(copied)
            links, here = PageLinks("https://read.example", secret, 86_400), f"http://127.0.0.1:{port}"
            now = time.time()
            opened = httpx.get(links.to(QUOTE, now=now).replace("https://read.example", here), timeout=60)
            assert (opened.status_code, "<mark" in opened.text) == (200, True)
            assert httpx.get(f"{here}/a/{QUOTE}").status_code == 403
            home = links.home(person, now).replace("https://read.example/", f"{here}/ask").replace("?", "?q=Hi!&")
            assert [httpx.get(home).status_code for _ in range(3)] == [200, 200, 429]
            with closing(sqlite3.connect(copied / FILE)) as db:
                assert db.execute("SELECT person, chat FROM asked").fetchall() == [(person, person)] * 2
                people.ban(db, person, 1, now)
                db.commit()
            assert httpx.get(home).status_code == 403
            assert secret.hex() not in bot.said
            assert "Hi!" not in bot.said
            assert bot.stop() == 0
    (file,) = copied.glob("web.key")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_bot_without_a_public_address_serves_no_page_and_makes_no_secret(copied: Path) -> None:
    port = free_port()
    with BotApiServer() as server, BotProcess(server, copied, copied / "bot.log", web_port=port) as bot:
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/")
        assert bot.process is not None
        loaded = "import bot.app, sys; sys.exit(any(name.startswith('bot.web') for name in sys.modules))"
        assert bot.stop() == 0
    assert not (copied / "web.key").exists()
    assert subprocess.run([sys.executable, "-c", loaded], env=environment(), check=False).returncode == 0
