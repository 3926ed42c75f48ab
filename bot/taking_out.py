"""Taking an added article out again: at once from everything that is shown, and its file as soon as that is noted.

First the article is put on the list that every reader of the index honours (index/withdrawn.py), then its file is
deleted. A kill between the two leaves a file that nothing shows any more; the next start deletes it.
"""

import logging
import os
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from bot.options import Options
from index.seeds import ADDED
from index.withdrawn import Withdrawals, Withdrawn, withdraw
from retrieval.articles import ArticlesOfFile

log = logging.getLogger("verbatim.bot")

Hindrance = Literal["", "seeds", "read_only"]


def hindrance(options: Options, file: str) -> Hindrance:
    """Return why the bot cannot take a file out: it is the operator's, or the data folder is read only; '' if it can.

    Parameters:
        file: as a build names it.
    """
    place = _place(options.data, file)
    # Of two files with one path the seeds' is read.
    if place is None or not place.is_file() or (options.seeds / file).exists():
        return "seeds"
    return "" if all(os.access(folder, os.W_OK) for folder in (options.data, place.parent)) else "read_only"


def take_out(options: Options, chosen: ArticlesOfFile, now: float) -> None:
    """Take a file with its articles out. When this returns, no reader of the index shows them any more.

    Parameters:
        now: seconds since 1970.

    Raises:
        OSError: if the disk does not take it; nothing has changed then.
    """
    at = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    withdraw(
        options.data,
        (
            Withdrawn(head.id, head.path, chosen.file, head.url, sha256, at)
            for head, sha256 in zip(chosen.articles, chosen.sha256, strict=True)
        ),
    )
    _delete(options.data, chosen.file)


def finish(options: Options) -> None:
    """Delete the files of what was taken out that are still there, as after a kill."""
    for file in {entry.file for entry in Withdrawals.read(options.data).entries}:
        _delete(options.data, file)


def _delete(data: Path, file: str) -> None:
    place = _place(data, file)
    if place is None or not place.exists():
        return
    try:
        place.unlink()
    except OSError as error:
        # It is not shown in any case.
        log.warning("the file of an article that was taken out stays", extra={"file": file, "reason": str(error)})
    else:
        log.info("took an article out", extra={"file": file})


def _place(data: Path, file: str) -> Path | None:
    """Return where an added file lies; None for any other file."""
    parts = PurePosixPath(file).parts
    if len(parts) < 2 or parts[0] != ADDED or ".." in parts:
        return None
    place = data / file
    # A link in the folder may lead anywhere.
    return place if place.parent.resolve().is_relative_to((data / ADDED).resolve()) else None
