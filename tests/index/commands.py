"""Asking the command server to run index commands, from a test."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import pytest

from index.encoder.model import DEFAULT_MODEL
from tests.forked import environment

KILLED = -9


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to go wrong: `action` right before or after the nth call of the function `target`, a dotted name.

    Attributes:
        action: 'kill', 'full disk', 'interrupt', 'error:N': the system says that error, by its number; or 'limit:N': no
            file may grow past N bytes from there on.
        target: also 'any call' of the room, or 'file operation' in the data folder.
    """

    action: str
    when: str
    target: str
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.action} {self.when} {self.target} {self.nth}"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended: its exit status (negative: the signal it died of) and what it printed.

    Attributes:
        left: processes that it had started and that were there long after it.
    """

    code: int
    out: str
    err: str
    left: int = 0

    def failed_with(self, code: int) -> str:
        """The one line on standard error that a failed command owes its user, and nothing but that."""
        assert (self.code, self.out, self.left) == (code, "", 0), self
        assert self.err.endswith("\n"), self
        (line,) = self.err.splitlines()
        return line


class Commands:
    """Runs index commands, each in a process forked from one that has imported everything."""

    def __init__(self, cwd: Path) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.index.command_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=cwd,
            # The model is named, so that what a build does hangs on no package that may be there or not.
            env={**environment(), "VERBATIM_MODEL": DEFAULT_MODEL},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()

    def __call__(self, *arguments: str | Path, fault: Fault | None = None, recording: Path | None = None) -> Done:
        """Run `python -m index` with these arguments.

        Parameters:
            recording: a file to keep a `Recording` of its data folder in; one that is kept there is gone on with.
        """
        request = {
            "arguments": [str(a) for a in arguments],
            "fault": asdict(fault) if fault else None,
            "recording": str(recording) if recording else None,
        }
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return Done(**json.loads(self._server.stdout.readline()))


def run(*arguments: str | Path, cwd: Path, prefix: tuple[str, ...] = ()) -> Done:
    """Run `python -m index` itself, in the folder `cwd`."""
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "index", *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def unprivileged() -> tuple[str, ...]:
    """What a command line must begin with so that file permissions hold for it; skips the test if there is no way."""
    if os.geteuid() != 0:
        return ()
    prefix = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")
    if not shutil.which("setpriv") or subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode:
        pytest.skip("running as root, and setpriv cannot take its privilege over file permissions away")
    return prefix
