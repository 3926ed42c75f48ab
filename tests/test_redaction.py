"""The token appears nowhere: not in a cleaned text, and not in any output of a program."""

import contextlib
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.logging import Redactor

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw9"
PART = TOKEN.partition(":")[2]

tokens = st.from_regex(r"[0-9]{5,12}:[A-Za-z0-9_-]{30,50}", fullmatch=True)
# No brackets: together with the mark they could make up a secret that never stood in the text.
secrets = st.text(st.characters(exclude_characters="[]", exclude_categories=["Cs"]), min_size=11, max_size=50)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (TOKEN, "[redacted]"),
        (PART, "[redacted]"),
        (f"https://api.telegram.org/bot{TOKEN}/getMe", "https://api.telegram.org/bot[redacted]/getMe"),
        (f"https://x.test/?t={quote(TOKEN, safe='')}&a=1", "https://x.test/?t=[redacted]&a=1"),
        (f"t={TOKEN.replace(':', '%3a')}.", "t=[redacted]."),
        (f"t={TOKEN.replace(':', '%253A')}.", "t=[redacted]."),
        (f"{TOKEN} and {TOKEN}", "[redacted] and [redacted]"),
        (repr(TOKEN.encode()), "b'[redacted]'"),
        ("nothing to hide at 12:30, id 7123456789", "nothing to hide at 12:30, id 7123456789"),
        ("", ""),
    ],
)
def test_a_secret_is_taken_out_however_it_is_spelt_and_the_rest_stays(text: str, cleaned: str) -> None:
    assert Redactor([TOKEN]).clean(text) == cleaned


@pytest.mark.parametrize("template", ["{}", "/bot{}/getUpdates", "é{}", "x{}\n", "https://h/file/bot{}/a.txt"])
def test_a_token_that_nobody_named_is_known_by_its_looks(template: str) -> None:
    for token in (TOKEN, TOKEN.replace(":", "%3A")):
        assert Redactor().clean(template.format(token)) == template.format("[redacted]")


@pytest.mark.parametrize(
    "text",
    [
        "1234:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw9",  # four digits are no bot's id
        "12345:AAHdqTcvCH1vGWJxfSeofSAs0K5PA",  # 29 characters are no secret
        "2026-01-14T10:15:00Z",
    ],
)
def test_what_does_not_look_like_a_token_stays(text: str) -> None:
    assert Redactor().clean(text) == text


def test_a_short_part_behind_a_colon_stays_a_word() -> None:
    assert Redactor(["user:fifteen-letters"]).clean("fifteen-letters, user:fifteen-letters") == (
        "fifteen-letters, [redacted]"
    )
    assert Redactor(["user:sixteen-letters!"]).clean("sixteen-letters!") == "[redacted]"


def test_a_secret_is_taken_out_however_urls_spell_it() -> None:
    redactor = Redactor(["hook secret"])
    assert redactor.clean("the hook secret, hook%20secret and hook+secret") == (
        "the [redacted], [redacted] and [redacted]"
    )


def test_secrets_that_overlap_leave_nothing_of_either() -> None:
    redactor = Redactor(["alpha beta one", "beta one and more", f"{PART[-6:]} is behind"])
    assert redactor.clean("see alpha beta one and more.") == "see [redacted]."
    assert redactor.clean(TOKEN) == "[redacted]"
    assert redactor.clean(f"{TOKEN} is behind us") == "[redacted] us"


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Redactor([""])


def test_a_redactor_does_not_show_what_it_hides() -> None:
    redactor = Redactor([TOKEN])
    assert PART not in f"{redactor!r} {redactor}"


@given(st.lists(st.one_of(st.text(), secrets), max_size=6), st.lists(secrets, min_size=1, max_size=3), st.data())
def test_no_secret_survives_wherever_it_stands(around: list[str], hidden: list[str], data: st.DataObject) -> None:
    pieces = data.draw(st.permutations([*around, *hidden, *(quote(secret, safe="") for secret in hidden)]))
    cleaned = Redactor(hidden).clean("".join(pieces))
    for secret in hidden:
        assert secret not in cleaned
        assert quote(secret, safe="") not in cleaned


@given(st.text(), tokens, st.text())
@example("", "12345:" + "A" * 30, "A")
@example("12345:", "12345:" + "A" * 30, "")
def test_no_token_survives_within_any_text(before: str, token: str, after: str) -> None:
    cleaned = Redactor().clean(before + token + after)
    assert token not in cleaned
    assert token.partition(":")[2] not in cleaned


@given(st.text(alphabet=st.characters(exclude_characters=":%", exclude_categories=["Cs"])))
def test_a_text_without_secrets_is_not_touched(text: str) -> None:
    assert Redactor([TOKEN]).clean(text) == text


@given(tokens, st.text(alphabet=" .,äß", min_size=1), st.text(alphabet=" .,äß", min_size=1))
def test_what_stands_around_a_secret_stays(token: str, before: str, after: str) -> None:
    assert Redactor([token]).clean(before + token + after) == f"{before}[redacted]{after}"


@pytest.mark.parametrize("text", ["1" * 1_000_000, "12345:" * 200_000, "%25" * 300_000, f"1:{'A' * 1_000_000}"])
def test_a_hostile_text_of_a_megabyte_is_cleaned_in_a_moment(text: str) -> None:
    started = time.perf_counter()
    assert Redactor([TOKEN]).clean(text) == text
    assert time.perf_counter() - started < 2


# Each kind of saying something, by name. Every one holds the token.
KINDS = {
    "message": "log.warning('here is ' + T)",
    "arguments": "log.warning('here is %s', T)",
    "wrong arguments": "log.warning('here is %d and %s', T)",
    "too many arguments": "log.warning('here it is', T)",
    "extra": "log.warning('here', extra={'token': T})",
    "key": "log.warning('here', extra={'deep': {T: 1}})",
    "nested": "log.warning('here', extra={'deep': {'deeper': [1, ({'deepest': 'x' + T},)]}})",
    "bytes": "log.warning('here', extra={'raw': T.encode(), 'list': [bytearray(T.encode())]})",
    "object": "log.warning('here', extra={'path': pathlib.Path('/bot' + T), 'set': {T}})",
    "url": "log.warning('GET https://api.telegram.org/bot%s/getMe?%s', T, urllib.parse.quote(T, safe=''))",
    "part": "log.warning(T.partition(':')[2])",
    "structlog": "bound.bind(token=T).warning('here ' + T, other=[T])",
    "structlog exception": "\ntry:\n    fail()\nexcept Exception:\n    bound.exception('failed', token=T)",
    "structlog stack": "bound.warning('here', stack_info=True)",
    "exception": "\ntry:\n    fail()\nexcept Exception:\n    log.exception('failed')",
    "local variable": "\ndef local(token):\n    1 / 0\ntry:\n    local(T)\nexcept Exception:\n    log.exception('x')",
    "group": (
        "\ntry:\n    raise ExceptionGroup(T, [ValueError(T), KeyError(T)])\nexcept Exception:\n"
        "    log.exception('failed')"
    ),
    "exception without its message": "log.warning('failed', exc_info=failed())",
    "stack": "log.warning('here ' + T, stack_info=True)",
    "library": "logging.getLogger('telegram.ext').error('failed', exc_info=failed())",
    "httpx": "logging.getLogger('httpx').warning('HTTP Request: POST https://h/bot%s/sendMessage', T)",
    "warning": "warnings.warn('do not use ' + T)",
    "uncaught": "fail()",
    "thread": "thread = threading.Thread(target=fail)\nthread.start()\nthread.join()",
    "task": (
        "\nasync def main():\n    asyncio.create_task(afail(), name=T)\n    await asyncio.sleep(0.05)\n"
        "asyncio.run(main())"
    ),
    "callback": (
        "\nasync def main():\n    asyncio.get_running_loop().call_soon(fail)\n    await asyncio.sleep(0.05)\n"
        "asyncio.run(main())"
    ),
    "finalizer": "\nclass Dying:\n    def __del__(self):\n        fail()\nDying()",
    "interrupt": "raise KeyboardInterrupt(T)",
}

_SCRIPT = """
import asyncio, logging, pathlib, sys, threading, urllib.parse, warnings
import structlog
from config.logging import configure, install_hooks
from config.logging import Redactor
T = sys.argv[1]
redactor = Redactor([T])
configure({arguments}, redactor=redactor)
install_hooks(redactor)
log = logging.getLogger("verbatim.bot")
bound = structlog.get_logger("verbatim.bound")
def fail():
    try:
        raise OSError("no answer from https://h/bot" + T + "/getMe")
    except OSError as cause:
        error = RuntimeError("gave up on", T, T.encode())
        error.add_note("the token was " + T)
        raise error from cause
def failed():
    try:
        fail()
    except Exception as error:
        return error
async def afail():
    fail()
print("started")
"""


def run(kind: str, arguments: str, error: int) -> subprocess.Popen[str]:
    script = _SCRIPT.format(arguments=arguments) + KINDS[kind]
    return subprocess.Popen(
        [sys.executable, "-c", script, TOKEN], stdout=subprocess.PIPE, stderr=error, text=True, cwd=ROOT
    )


def read_to_the_end(terminal: int) -> str:
    """Return all that was written to a terminal until the last program closed it."""
    written = b""
    with os.fdopen(terminal, "rb", buffering=0) as screen, contextlib.suppress(OSError):  # EIO: nobody holds it
        while piece := screen.read(65_536):
            written += piece
    return written.decode()


def assert_nothing_leaked(said: str) -> None:
    for secret in (TOKEN, PART, quote(TOKEN, safe=""), PART[:20], PART[-20:]):
        assert secret not in said


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_is_nowhere_in_the_lines_for_machines(kind: str) -> None:
    process = run(kind, "level=logging.INFO", subprocess.PIPE)
    out, err = process.communicate(timeout=60)
    assert out == "started\n"
    assert_nothing_leaked(err)
    lines = [json.loads(line) for line in err.splitlines()]
    assert lines, "it was said, only redacted"
    assert all(isinstance(line.get("exception", ""), str) for line in lines)
    told_without_token = {"structlog stack", "local variable", "wrong arguments", "too many arguments"}
    assert ("[redacted]" in err) == (kind not in told_without_token)


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_is_nowhere_on_a_terminal(kind: str) -> None:
    ours, theirs = pty.openpty()
    process = run(kind, "level=logging.INFO", theirs)
    os.close(theirs)
    shown = read_to_the_end(ours)
    out, _ = process.communicate(timeout=60)
    assert out == "started\n"
    assert shown.strip()
    assert_nothing_leaked(shown)


@pytest.mark.parametrize("kind", ["httpx", "library", "nested", "task", "uncaught"])
def test_the_token_is_nowhere_even_when_everything_is_said(kind: str) -> None:
    _, err = run(kind, "2", subprocess.PIPE).communicate(timeout=60)
    assert "[redacted]" in err
    assert_nothing_leaked(err)


def said(script: str, arguments: str = "level=logging.INFO") -> list[dict[str, object]]:
    """Run a program off a terminal, and return its log, one object a line."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(arguments=arguments) + script, TOKEN],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_an_exception_is_told_with_its_cause_and_its_notes_as_one_text() -> None:
    (line,) = said(KINDS["exception"])
    told = line["exception"]
    assert isinstance(told, str)
    assert told.startswith("Traceback (most recent call last):\n")
    assert "OSError: no answer from https://h/bot[redacted]/getMe\n" in told
    assert "The above exception was the direct cause of the following exception" in told
    assert told.endswith("RuntimeError: ('gave up on', '[redacted]', b'[redacted]')\nthe token was [redacted]")
    assert (line["event"], line["level"], line["logger"]) == ("failed", "error", "verbatim.bot")


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("uncaught", "uncaught exception in the program"),
        ("thread", "uncaught exception in a thread"),
        ("finalizer", "uncaught exception in a finalizer"),
    ],
)
def test_what_nobody_catches_is_one_line_of_the_log(kind: str, event: str) -> None:
    (line,) = said(KINDS[kind])
    assert (line["event"], line["level"]) == (event, "critical")
    assert "RuntimeError" in str(line["exception"])


def test_a_thread_that_leaves_by_exit_is_no_fault() -> None:
    assert said("thread = threading.Thread(target=sys.exit)\nthread.start()\nthread.join()") == []


def test_nested_values_keep_their_shape() -> None:
    (line,) = said("log.warning('here', extra={'deep': {'ids': (1, 2.5, None, True), 'text': 'a'}})")
    assert line["deep"] == {"ids": [1, 2.5, None, True], "text": "a"}


def test_a_line_that_cannot_be_made_is_said_to_be_so_and_the_next_ones_are_made() -> None:
    first, second = said("log.info('%d', T)\nlog.info('next')")
    assert (first["event"], first["level"]) == ("a line of the log could not be made", "error")
    assert str(first["where"]).startswith("<string>:")
    assert "TypeError: %d format" in str(first["exception"])
    assert second["event"] == "next"


_LIBRARIES = """
for name in ("verbatim.bot", "httpx", "httpcore", "telegram", "apscheduler", "tornado.access", "other"):
    for level in (logging.DEBUG, logging.INFO, logging.WARNING):
        logging.getLogger(name).log(level, "said")
logging.getLogger("other.stubborn").setLevel(logging.DEBUG)
logging.getLogger("other.stubborn").info("said")
"""
_NAMED = ("verbatim.bot", "httpx", "httpcore", "telegram", "apscheduler", "tornado.access", "other")


def test_a_bot_says_what_it_does_and_what_libraries_warn_of() -> None:
    lines = [(line["logger"], line["level"]) for line in said(_LIBRARIES)]
    assert lines == [("verbatim.bot", "info"), *((name, "warning") for name in _NAMED)]


def test_asked_twice_a_bot_says_everything() -> None:
    lines = [(line["logger"], line["level"]) for line in said(_LIBRARIES, "2, level=logging.INFO")]
    expected = [(name, level) for name in _NAMED for level in ("debug", "info", "warning")]
    assert [line for line in lines if line[0] in _NAMED] == expected
    assert lines[-1] == ("other.stubborn", "info")


def test_a_warning_of_pythons_is_a_line_of_the_bots_log() -> None:
    (line,) = said(KINDS["warning"])
    assert (line["logger"], line["level"]) == ("py.warnings", "warning")
    assert "UserWarning: do not use [redacted]" in str(line["event"])
