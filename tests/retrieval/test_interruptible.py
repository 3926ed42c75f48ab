"""Ctrl-C stops the waiting for a question, and never the question."""

import subprocess
import sys

import pytest

from tests.forked import ROOT
from tests.retrieval.conftest import environment

PROGRAM = """
import os, signal, sys, threading, time
from retrieval.cli.prompt import interruptible

signal.signal(signal.SIGINT, signal.default_int_handler)
begun, cancelled = threading.Event(), threading.Event()

def question():
    begun.set()
    cancelled.wait(30)
    time.sleep(0.5)
    print("the question has ended")

def press():
    begun.wait(30)
    time.sleep(0.3)
    PRESS

threading.Thread(target=press).start()
try:
    interruptible(question)
except KeyboardInterrupt:
    print("cancelled", flush=True)
cancelled.set()
"""


@pytest.mark.parametrize(
    "press",
    [
        "os.kill(os.getpid(), signal.SIGINT)",
        # The system may hand it to any thread, and that does not wake the main one.
        "signal.pthread_kill(threading.get_ident(), signal.SIGINT)",
    ],
)
def test_the_program_ends_after_a_cancelled_question_has(press: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("PRESS", press)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "cancelled\nthe question has ended\n", "")
