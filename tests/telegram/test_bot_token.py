"""The token is nowhere: in no line of the log however much is logged, no traceback, no repr, no page of the bot."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import BuildData
from tests.forked import ROOT
from tests.telegram.bad_days import (
    PATIENCE,
    QUESTION,
    STORIES,
    copied,
    free_port,
    metrics,
)
from tests.telegram.bot_process import BotAnew
from tests.telegram.server import TOKEN, BotApiServer

SECRET = TOKEN.partition(":")[2]
SPELLINGS = (TOKEN, SECRET, TOKEN.replace(":", "%3A"), TOKEN.encode().hex(), repr(TOKEN.encode()))


@pytest.fixture(scope="module")
def built(build_data: BuildData) -> Path:
    return build_data(STORIES)


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


class Talkative(BotAnew):
    """A bot that logs everything, what the libraries say included."""

    arguments = ("-vv",)

    def start(self, *, wait: bool = False) -> None:
        super().start(wait=wait)


def assert_nowhere(text: str) -> None:
    for spelling in SPELLINGS:
        assert spelling not in text


def test_a_bad_day_that_is_logged_in_full_shows_no_token(server: BotApiServer, built: Path, tmp_path: Path) -> None:
    """Drops, refusals, a download that fails, a link that leads nowhere: each is logged with its traceback."""
    admin = server.person("Olav")
    office = server.private(admin)
    port, data = free_port(), copied(built, tmp_path / "data")
    server.faults.add(method="getMe", kind="drop_before", times=1)
    server.faults.add(method="setMyCommands", kind="status", status=404, times=2)
    admin.writes(office, QUESTION)
    settings = {"telegram_admins": admin.id, "health_port": port}
    with Talkative(server, data, tmp_path / "bot.log", **settings) as bot:
        server.wait_for_message(office, seconds=PATIENCE)
        for method, kind, status in (
            ("sendMessage", "drop_before", 0),
            ("sendMessage", "drop_after", 0),
            ("sendMessage", "status", 502),
            ("sendMessage", "status", 401),
            ("sendMessage", "status", 404),
            ("getUpdates", "status", 404),
            ("getUpdates", "drop_before", 0),
        ):
            server.faults.add(method=method, kind=kind, status=status, times=1)  # type: ignore[arg-type]
        admin.writes(office, QUESTION)
        server.wait(bot.is_idle, PATIENCE)
        server.faults.add(method="getFile", kind="status", status=500)
        admin.sends_file(office, "story.txt", b"A story\n\nIt was sent and never arrived.\n", mime_type="text/plain")
        admin.writes(office, f"{server.url}/file/bot{server.token}/documents/none.txt")
        server.faults.add(method="getFile", kind="status", status=404, times=1)
        server.faults.add(method="getFile", kind="drop_before", times=1)
        admin.sends_file(office, "other.txt", b"Another\n\nThis one neither.\n", mime_type="text/plain")
        server.wait(lambda: server.faults.injected["status"] > 6, PATIENCE)
        server.faults.clear()
        server.wait(bot.is_idle, 2 * PATIENCE)
        pages = [metrics(port), httpx.get(f"http://127.0.0.1:{port}/healthz").text]
        pages.append(httpx.get(f"http://127.0.0.1:{port}/bot{server.token}").text)
        assert bot.stop() == 0
    said = bot.said
    # The libraries did speak of their requests, with the token taken out.
    assert "[redacted]/sendMessage" in said
    assert "Traceback" in said
    assert_nowhere(said)
    assert_nowhere("".join(pages))
    for line in said.splitlines():
        json.loads(line)


def test_a_proxy_that_does_not_answer_shows_neither_token_nor_password(
    server: BotApiServer, built: Path, tmp_path: Path
) -> None:
    proxy = f"http://someone:pass-word@127.0.0.1:{free_port()}"
    data = copied(built, tmp_path / "data")
    with Talkative(server, data, tmp_path / "bot.log", telegram_proxy=proxy) as bot:
        bot.wait_for_log("Telegram cannot be reached", PATIENCE)
        assert bot.stop() == 0
    assert not server.calls
    assert_nowhere(bot.said)


def test_a_token_that_is_refused_is_not_shown(server: BotApiServer, built: Path, tmp_path: Path) -> None:
    stale = "110201543:AAstale_stale_stale_stale_stale_sta"
    data = copied(built, tmp_path / "data")
    with Talkative(server, data, tmp_path / "bot.log", telegram_token=stale) as bot:
        assert bot.wait() == 2
    assert "AAstale" not in bot.said


BEGINNING = """
import asyncio, gc, logging, sys, threading
from pathlib import Path
from types import SimpleNamespace
from telegram import Update
from telegram.ext import TypeHandler
from bot.app import options_of
from bot.application import application as made, telegram_bot
from bot.handlers.incidents import Incidents
from bot.updates.inbox import Inbox
from bot.library import Library
from bot.metrics import Metrics
from bot.rate_limiter import RateLimiter
from bot.updates.processing import ChatProcessor
from bot.updates.webhook import Webhook
from bot.sender import Courier
from bot.services import Services
from bot.state.database import Database
from bot.background import BackgroundTasks
from config.logging import configure, install_hooks
from config.logging import Redactor
from config.settings import load_bot

settings = load_bot()
token = settings.telegram_token.get_secret_value()
redactor = Redactor([token])
configure(2, redactor=redactor, level=logging.INFO)
install_hooks(redactor)
state = Database(settings.data / "state.sqlite")
queue = asyncio.Queue()
inbox = Inbox(state, queue, lambda body: None)
ours = telegram_bot(token, settings.telegram_api_url, None, RateLimiter())
application = made(ours, queue, ChatProcessor(inbox))
bot = application.bot
options = options_of(settings)
library = Library(options)
services = Services(options, bot, "verbatim_bot", state, library, Courier(bot, state), Metrics(), lambda: 0.0,
                    lambda number: 0.0, lambda: 0, lambda chat: False)
url = f"https://api.telegram.org/bot{token}/sendMessage"
"""

FAILURES = {
    "in the message": "raise RuntimeError(f'no answer from {url}')",
    "in the arguments": "raise ValueError(3, {'url': url}, [token.encode()])",
    "as a key": "raise KeyError(token)",
    "as bytes": "raise OSError(5, token.encode())",
    "in the cause": "raise RuntimeError('failed') from ConnectionError(url)",
    "in the context": (
        "\n        try:\n            raise ConnectionError(url)\n        except ConnectionError:\n            1 / 0"
    ),
    "in a note": "error = RuntimeError('failed'); error.add_note(url); raise error",
    "in a group": "raise ExceptionGroup('several', [ValueError(token), OSError(url)])",
    "in the source line": "raise RuntimeError(repr(bot) + repr(application) + repr(services))",
    "in a file name": "open(f'/nowhere/{token}/file')",
    "in a number": "int(token)",
    "in a decoding": "token.encode('utf-16').decode('ascii')",
    "of the library": "await bot.get_me()",
    "of a download": "await bot.request.retrieve(f'{settings.telegram_api_url}/file/bot{token}/documents/a.txt')",
    "of an address that is none": "await bot.request.retrieve(f'/file/bot{token}/documents/a.txt')",
}


def run(script: str, data: Path, api: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the bot is set up."""
    names = {"VERBATIM_DATA": str(data), "VERBATIM_TELEGRAM_TOKEN": TOKEN, "VERBATIM_TELEGRAM_API_URL": api}
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **names},
        cwd=data,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_a_handler_that_fails_with_the_token_in_its_hands_shows_it_nowhere(tmp_path: Path) -> None:
    cases = "\n".join(
        f"    async def fail{number}(update, context):\n        {code}\n    failures.append(fail{number})"
        for number, code in enumerate(FAILURES.values())
    )
    script = f"""{BEGINNING}
async def main():
    failures = []
{cases}
    application.add_error_handler(Incidents(services).failed)
    await bot.request.initialize()
    application._initialized = True
    for number, failing in enumerate(failures):
        application.handlers.clear()
        application.add_handler(TypeHandler(Update, failing))
        await application.process_update(Update(number))

asyncio.run(main())
state.close()
"""
    done = run(script, tmp_path, f"http://127.0.0.1:{free_port()}")
    said = done.stdout + done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    incidents = [line for line in lines if line["event"] == "incident"]
    assert len(incidents) == len(FAILURES), said
    assert all("Traceback" in line["exception"] for line in incidents)
    assert_nowhere(said)


def test_what_nobody_catches_shows_no_token(tmp_path: Path) -> None:
    """In a task of ours, a task of nobody's, a thread, a finalizer, a callback, and at last in the program."""
    script = f"""{BEGINNING}
class Falling:
    def __del__(self):
        raise RuntimeError(url)

async def failing():
    raise RuntimeError("gone wrong") from ConnectionError(url)

def falling():
    raise RuntimeError(url)

async def main():
    BackgroundTasks().start(failing(), f"asking {{url}}")
    task = asyncio.create_task(failing(), name=token)
    asyncio.get_running_loop().call_soon(falling)
    await asyncio.sleep(0.05)
    del task
    gc.collect()
    thread = threading.Thread(target=falling, name=token)
    thread.start()
    thread.join()
    Falling()
    gc.collect()

asyncio.run(main(), debug=True)
state.close()
logging.getLogger("httpx").info("HTTP Request: POST %s", url)
logging.getLogger("telegram.ext").warning("wrong arguments %s", url, "and one too many")
logging.getLogger("verbatim.bot").error("nested", extra={{"facts": {{token: [(url, {{"url": url}})]}}}})
raise SystemError(url)
"""
    done = run(script, tmp_path, "http://127.0.0.1:9")
    assert done.returncode == 1
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    for told in (
        "work in the background failed",
        "uncaught exception in a thread",
        "uncaught exception in a finalizer",
        "uncaught exception in the program",
        "nested",
    ):
        assert told in events, done.stderr
    assert any(event.startswith("Task exception was never retrieved") for event in events)
    assert any(event.startswith("Exception in callback") for event in events)
    assert any(event.startswith("HTTP Request: POST") for event in events)
    assert_nowhere(done.stdout + done.stderr)


def test_no_part_of_the_bot_shows_the_token_when_it_is_printed(tmp_path: Path) -> None:
    script = textwrap.dedent(f"""{BEGINNING}
hook = Webhook("https://bot.example.com/hook", token, "127.0.0.1", 8443)
for part in (settings, settings.telegram_token, options, services, bot, application, hook, redactor, inbox, library):
    for text in (repr(part), str(part), f"{{part}}", "%s" % (part,)):
        print(text)
print(settings.model_dump(), settings.model_dump_json())
state.close()
""")
    done = run(script, tmp_path, "http://127.0.0.1:9")
    assert done.returncode == 0, done.stderr
    assert "Services(" in done.stdout
    assert "Webhook(" in done.stdout
    assert_nowhere(done.stdout + done.stderr)
