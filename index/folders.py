"""Checks of the folders that a build uses: whether they are there, may be written, and are free of another build."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from index.errors import DataFolderError, IndexingError, SeedsError, UnreadableSeedsError
from index.generation.durable import locked, make_folder
from index.parsers import Skipped
from index.parsers.parsed import why
from index.seeds import ADDED


def check_seeds(seeds: Path, data: Path) -> None:
    """Check that the seeds are a folder apart from the data folder.

    Raises:
        SeedsError: if they are not.
    """
    _check_there(seeds)
    if data.resolve().is_relative_to(seeds.resolve()):
        raise SeedsError(
            f"the data folder {data} lies within the seeds {seeds}: name another with --data or VERBATIM_DATA"
        )
    if seeds.resolve().is_relative_to((data / ADDED).resolve()):
        raise SeedsError(
            f"the seeds {seeds} lie within {data / ADDED}, which is read beside them: name others with --seeds or "
            "VERBATIM_SEEDS"
        )


def _check_there(seeds: Path) -> None:
    try:
        if stat.S_ISDIR(seeds.stat().st_mode):
            return
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise UnreadableSeedsError(seeds, why(error)) from error
    raise SeedsError(f"there is no folder {seeds}: give the folder of your articles with --seeds or VERBATIM_SEEDS")


@contextmanager
def writable(data: Path) -> Iterator[None]:
    """Name the folder and the remedy where this user may not write to the data folder."""
    try:
        yield
    except PermissionError as error:
        if error.filename is None or not Path(os.fsdecode(error.filename)).is_relative_to(data):
            raise
        raise DataFolderError(
            f"{error.filename} cannot be written ({error.strerror}): give the data folder to the user who builds "
            "(chown -R), or name another with --data or VERBATIM_DATA"
        ) from error


@contextmanager
def only_builder(index: Path) -> Iterator[None]:
    """Make the index's folder and hold the builder's lock."""
    make_folder(index)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(index / ".lock", wait=False))
        except BlockingIOError as error:
            raise IndexingError(f"another build is running on {index.parent}: wait until it has ended") from error
        yield


def nothing_parsed(seeds: Path, added: Path, skipped: Sequence[Skipped]) -> str:
    """Return the message for a build that finds no article, with the first of what it skipped."""
    first = f" (the first of {len(skipped)}: {skipped[0].path}: {skipped[0].reason})" if skipped else ""
    where = f"{seeds} or {added}" if added.is_dir() else str(seeds)
    return f"no article could be read in {where}{first}: put .txt, .md, .html, .jsonl, .csv or .xml files there"
