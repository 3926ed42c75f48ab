"""Programs are quiet unless asked, and log through one configuration."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

_SCRIPT = """
import logging, sys, warnings
import structlog
from config.logging import configure
configure({verbosity})
ours = logging.getLogger("verbatim.retrieval")
ours.debug("ours at debug")
ours.info("ours at info", extra={{"passages": 3}})
ours.warning("ours at warning")
structlog.get_logger("verbatim.bound").warning("bound at warning", chat=7)
library = logging.getLogger("library")
library.warning("theirs at warning")
library.critical("theirs at critical")
stubborn = logging.getLogger("stubborn")
stubborn.setLevel(logging.DEBUG)
stubborn.error("stubborn at error")
warnings.warn("a warning of theirs")
"""


def said(verbosity: int) -> list[dict[str, object]]:
    """Run a program, and return its log, one object a line; nothing is on standard output."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(verbosity=verbosity)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_by_default_only_our_own_warnings_are_said() -> None:
    assert [(line["logger"], line["event"]) for line in said(0)] == [
        ("verbatim.retrieval", "ours at warning"),
        ("verbatim.bound", "bound at warning"),
    ]


def test_asked_once_we_say_what_we_do_and_the_libraries_nothing() -> None:
    assert [line["event"] for line in said(1)] == ["ours at info", "ours at warning", "bound at warning"]


@pytest.mark.parametrize("verbosity", [2, 5])
def test_asked_twice_everything_is_said_warnings_included(verbosity: int) -> None:
    lines = said(verbosity)
    assert [line["event"] for line in lines[:-1]] == [
        "ours at debug",
        "ours at info",
        "ours at warning",
        "bound at warning",
        "theirs at warning",
        "theirs at critical",
        "stubborn at error",
    ]
    assert lines[-1]["logger"] == "py.warnings"
    assert "a warning of theirs" in str(lines[-1]["event"])


def test_a_line_says_when_who_how_bad_and_what() -> None:
    line = said(1)[0]
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {"event": "ours at info", "level": "info", "logger": "verbatim.retrieval", "passages": 3}


def test_on_a_terminal_lines_are_for_people() -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(verbosity=1)], stdout=subprocess.PIPE, stderr=theirs, cwd=ROOT, check=True
    )
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.stdout == b""
    assert "ours at info" in shown
    assert "passages" in shown
    assert '"event"' not in shown
    assert "theirs" not in shown


def test_configuring_twice_says_nothing_twice() -> None:
    script = (
        "import logging\nfrom config.logging import configure\nconfigure(0)\nconfigure(0)\n"
        "logging.getLogger('verbatim.x').warning('once')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stderr.count("once") == 1
