"""The same fault ends every program with the same exit code and one line."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

import bot.__main__
import index.__main__
import retrieval.__main__
from bot.errors import BotError, StartError
from config.cli import exit_code
from config.settings import SettingsError
from index.errors import (
    BrokenModelError,
    DataFolderError,
    GenerationError,
    IndexingError,
    ModelError,
    NoIndexError,
    RemovalsError,
    SeedsError,
    UnreadableSeedsError,
)
from retrieval.errors import (
    ChangedArticleError,
    EvaluationError,
    FilterError,
    QuestionError,
    RetrievalError,
)
from tests.forked import ROOT, environment
from tests.index.commands import unprivileged

# Wrong use or wrong configuration; everything else is not as it should be.
WRONG = (
    typer.BadParameter("no such option"),
    SettingsError(),
    SeedsError(),
    DataFolderError(),
    NoIndexError(),
    ModelError(),
    QuestionError(),
    FilterError("date", "after", "x", "x"),
    EvaluationError(),
    EvaluationError(),
    StartError(),
)
AMISS = (
    OSError(errno.ENOSPC, "No space left on device"),
    MemoryError(),
    RuntimeError(),
    IndexingError(),
    GenerationError(),
    BrokenModelError(),
    UnreadableSeedsError(Path("seeds"), "input/output error"),
    RemovalsError(20, 30, ["a"]),
    RetrievalError(),
    ChangedArticleError(),
    BotError(),
)


@pytest.mark.parametrize("error", [*WRONG, *AMISS, KeyboardInterrupt()], ids=lambda error: type(error).__name__)
def test_each_error_has_one_exit_code(error: BaseException) -> None:
    assert exit_code(error) == (2 if error in WRONG else 130 if isinstance(error, KeyboardInterrupt) else 1)


MAINS = pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (index.__main__, ["build"]),
        (index.__main__, ["status"]),
        (retrieval.__main__, ["ask", "Why?"]),
        (bot.__main__, ["feedback"]),
    ],
    ids=["build", "status", "ask", "feedback"],
)


@MAINS
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "var/x"),
            "cannot go on: [Errno 28] No space left on device: ",
        ),
        (
            OSError(errno.EIO, os.strerror(errno.EIO), "var/x"),
            "cannot go on: [Errno 5] Input/output error: 'var/x'; mend",
        ),
        (MemoryError(), "memory does not suffice: "),
    ],
    ids=["full disk", "bad disk", "memory"],
)
def test_what_the_system_refuses_ends_every_program_alike(
    main: object,
    arguments: list[str],
    error: Exception,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def failing() -> None:
        raise error

    for name in ("load", "load_bot"):
        monkeypatch.setattr(main, name, failing, raising=False)
    run: Callable[[list[str]], int] = vars(main)["main"]
    assert run(arguments) == 1
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert len(told.splitlines()) == 1


def test_a_data_folder_that_may_not_be_read_ends_every_program_with_2(tmp_path: Path) -> None:
    prefix = unprivileged()
    data, seeds = tmp_path / "data", tmp_path / "seeds"
    (data / "index").mkdir(parents=True)
    seeds.mkdir()
    (seeds / "a.txt").write_text("A mill burned down.")
    data.chmod(0)
    given = environment() | {
        "VERBATIM_DATA": str(data),
        "VERBATIM_SEEDS": str(seeds),
        "VERBATIM_TELEGRAM_TOKEN": "1:" + "a" * 35,
    }
    commands = (["index", "build"], ["index", "status"], ["index", "verify"], ["retrieval", "ask", "Why?"], ["bot"])
    try:
        for module, *arguments in commands:
            done = subprocess.run(
                [*prefix, sys.executable, "-m", module, *arguments],
                env=given,
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            (line,) = done.stderr.splitlines()
            assert (done.returncode, done.stdout) == (2, ""), (module, line)
            assert "(Permission denied)" in line, (module, line)
            assert str(data) in line
    finally:
        data.chmod(0o755)
