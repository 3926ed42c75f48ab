"""Builds of the index, each in a process of its own, one at a time.

The bot goes on answering meanwhile, and holds none of the build's memory.
"""

import asyncio
import json
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from bot.errors import RebuildError, RemovalsError
from bot.options import Options
from index.progress import Step as BuildStep

_ROOT: Final = Path(__file__).resolve().parents[1]
# Answers come first: a build takes the processor that they leave.
_NICENESS: Final = 10
_STOPS_WITHIN: Final = 10.0
# A report names every file that was skipped.
_LINE_LIMIT: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of a build; `total` is None if it is not known."""

    step: BuildStep
    done: int
    total: int | None


_STEP: Final = TypeAdapter(Step)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Report of a build. Numbers of files; `reasons` tells of those that were skipped or cannot be read.

    Attributes:
        kept: files that cannot be read; what the index held of them is served on.
    """

    published: bool
    articles: int
    passages: int
    added: int
    changed: int
    removed: int
    skipped: int
    kept: int
    reasons: tuple[str, ...]
    seconds: float


class Builds:
    """Builds of the index at the bot's command: one at a time, whoever asks for it."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._taken = False

    def take(self) -> bool:
        """Take the only turn, until `free`; return False where somebody has it."""
        taken, self._taken = self._taken, True
        return not taken

    def free(self) -> None:
        """Let go of the turn."""
        self._taken = False

    async def run(self, report: Callable[[Step], Awaitable[None]], *, allow_removals: bool = False) -> Rebuilt:
        """Build as `rebuild` does; whoever calls this has the turn."""
        return await rebuild(self._options, report, allow_removals=allow_removals)


async def rebuild(
    options: Options, report: Callable[[Step], Awaitable[None]], *, allow_removals: bool = False
) -> Rebuilt:
    """Run `python -m index build`; a cancelled build leaves the old index as it was.

    Parameters:
        report: is told how far it is.
        allow_removals: remove articles however many they are.

    Raises:
        RemovalsError: if it would remove a large part of the articles, and may not.
        RebuildError: if the build fails.
    """
    command = [sys.executable, "-P", "-m", "index", "build", "--json", "--progress"]
    if allow_removals:
        command.append("--allow-removals")
    folders = ("--seeds", str(options.seeds), "--data", str(options.data))
    process = await asyncio.create_subprocess_exec(
        *command,
        *folders,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(options),
        limit=_LINE_LIMIT,
    )
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
    assert process.stdout
    assert process.stderr
    last: deque[str] = deque(maxlen=1)
    try:
        reading = asyncio.create_task(process.stdout.read())
        async for raw in process.stderr:
            line = raw.decode(errors="replace").strip()
            step = _step(line)
            if step is not None:
                await report(step)
            elif line:
                last.append(line)
        output = await reading
        code = await process.wait()
    finally:
        await _stop(process)
    if code:
        raise _failure(code, last[0] if last else "", output)
    return _report(json.loads(output))


def _environment(options: Options) -> dict[str, str]:
    """Return the environment of the build, without the bot's secrets."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VERBATIM_TELEGRAM_")}
    ours = {
        "VERBATIM_MODEL": options.model,
        "VERBATIM_INDEX": options.engine,
        "VERBATIM_ENCODERS": options.encoders,
        "VERBATIM_FILE_SIZE_LIMIT": str(options.size_limit),
        "VERBATIM_READER": str(options.reader),
        "VERBATIM_FOLLOW_LINKS": str(options.follow_links),
    }
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
    return {**kept, **ours, "PYTHONPATH": path}


def _step(line: str) -> Step | None:
    try:
        return _STEP.validate_json(line)
    except ValidationError:
        return None


def _failure(code: int, line: str, output: bytes) -> RebuildError:
    """Return what a build that failed has said: on standard error its line, and on standard output why it stopped."""
    try:
        stopped = json.loads(output)["stopped"]
        return RemovalsError(stopped["removals"], stopped["articles"], tuple(stopped["examples"]))
    except (ValueError, KeyError):
        pass
    if code == -signal.SIGKILL:
        line = "the system killed the build, as it does where memory runs out"
    return RebuildError(line or f"the build ended with exit code {code}")


def _report(said: dict[str, Any]) -> Rebuilt:
    reasons = (*(f"{lost['path']}: {lost['reason']}" for lost in said["kept"]), *map(_reason, said["reasons"]))
    return Rebuilt(
        published=said["published"],
        articles=said["articles"],
        passages=said["passages"],
        added=len(said["added"]),
        changed=len(said["changed"]),
        removed=len(said["removed"]),
        skipped=len(said["skipped"]),
        kept=sum(kept["files"] for kept in said["kept"]),
        reasons=reasons,
        seconds=said["seconds"],
    )


def _reason(said: dict[str, Any]) -> str:
    """Return what was left out for one reason, and where."""
    more = said["count"] - len(said["examples"])
    return f"{', '.join(said['examples'])}{f' (+{more:,})' if more else ''}: {said['reason']}"


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOPS_WITHIN)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
