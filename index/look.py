"""A look at the files that a build would read, by names, sizes and times alone: whether a build is worth its while.

No file is opened. With 10,000 files a look takes 0.12 s of processor time.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from index.errors import UnreadableSeedsError
from index.parsers import walk
from index.seeds import ADDED


@dataclass(frozen=True, slots=True)
class Look:
    """The files of the seeds, and those added to them, as they looked at one time.

    Attributes:
        digest: of the paths, sizes and times of change of all files, and of what cannot be read.
        sizes: of the files, bytes, by path.
        newest: when a file was changed last, seconds since 1970; 0 where there is none.
    """

    digest: str
    sizes: Mapping[str, int]
    newest: float


def look(seeds: Path, data: Path, *, size_limit: int, follow_links: bool = False) -> Look:
    """Look at the files in `seeds` and in the folder `added` of `data`.

    Parameters:
        size_limit, follow_links: as for a build.

    Raises:
        SeedsError: if there is no folder `seeds`, or it cannot be read.
    """
    walks = [walk(seeds, size_limit=size_limit, follow_links=follow_links)]
    added, lost = data / ADDED, ""
    if added.is_dir():
        try:
            walks.append(walk(added, size_limit=size_limit, under=ADDED, follow_links=follow_links))
        except UnreadableSeedsError as error:
            lost = error.reason
    files = [file for walked in walks for file in walked.files]
    digest = hashlib.sha256(lost.encode())
    for file in files:
        digest.update(f"{file.path}\0{file.size}\0{file.modified}\n".encode())
    for missed in (one for walked in walks for one in walked.unreadable):
        digest.update(f"{missed.path}\0{missed.reason}\n".encode())
    sizes = {file.path: file.size for file in reversed(files)}
    return Look(digest.hexdigest(), MappingProxyType(sizes), max((file.modified for file in files), default=0) / 1e9)
