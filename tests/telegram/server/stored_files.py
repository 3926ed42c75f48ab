"""The files people and the bot sent, and where they can be downloaded."""

import itertools
from dataclasses import dataclass
from typing import Final

from tests.telegram.server.entities import Json

DOWNLOAD_LIMIT: Final = 20 * 1024 * 1024
"""The largest file a bot may download, in bytes. Source: Bot API, "getFile"."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on Telegram's side.

    `size` may say more than `content` holds, so that a huge file need not be made to be refused.
    """

    number: int
    folder: str
    name: str
    content: bytes
    size: int
    mime_type: str | None = None

    @property
    def id(self) -> str:
        """What a bot calls it."""
        return f"BQACAgIAAxkBAAE{self.number:08d}"

    @property
    def path(self) -> str:
        """Where it can be downloaded, after `/file/bot<token>/`."""
        ending = self.name.rpartition(".")[2] if "." in self.name else "bin"
        return f"{self.folder}/file_{self.number}.{ending}"

    def identity(self) -> Json:
        """The fields that every object made of a file has."""
        return {"file_id": self.id, "file_unique_id": f"AgAD{self.number:08d}", "file_size": self.size}


class FileStore:
    """All files, by what a bot calls them and by where they are."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(
        self, folder: str, name: str, content: bytes, *, mime_type: str | None = None, size: int | None = None
    ) -> StoredFile:
        """Keep a file."""
        length = len(content) if size is None else size
        file = StoredFile(next(self._numbers), folder, name, content, length, mime_type)
        self._by_id[file.id] = file
        self._by_path[file.path] = file
        return file

    def by_id(self, file_id: str) -> StoredFile | None:
        """The file that a bot calls so."""
        return self._by_id.get(file_id)

    def by_path(self, path: str) -> StoredFile | None:
        """The file that lies there, if it may be downloaded."""
        file = self._by_path.get(path)
        return file if file and file.size <= DOWNLOAD_LIMIT else None
