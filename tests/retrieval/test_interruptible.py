"""Ctrl-C stops the waiting for a question, and never the question."""

import subprocess
import sys

from tests.retrieval.conftest import ROOT, environment

PROGRAM = """
import os, signal, sys, threading, time
from retrieval.terminal.interruptible import interruptible

signal.signal(signal.SIGINT, signal.default_int_handler)
begun, cancelled = threading.Event(), threading.Event()

def question():
    begun.set()
    cancelled.wait(30)
    time.sleep(0.5)
    print("the question has ended")

def press():
    begun.wait(30)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=press).start()
try:
    interruptible(question)
except KeyboardInterrupt:
    print("cancelled", flush=True)
cancelled.set()
"""


def test_the_program_ends_after_a_cancelled_question_has() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "cancelled\nthe question has ended\n", "")
