"""The parameters of a call, as strings and uploads, read as Telegram reads them."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.telegram.server.errors import BadRequest

PLAIN: Final = frozenset(
    {
        "text",
        "caption",
        "parse_mode",
        "callback_query_id",
        "inline_query_id",
        "guest_query_id",
        "inline_message_id",
        "url",
        "secret_token",
        "language_code",
        "name",
        "description",
        "short_description",
        "file_id",
        "action",
        "next_offset",
        "photo",
        "document",
    }
)
"""Parameters that are strings, whatever they look like."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart call."""

    name: str
    content: bytes
    mime_type: str


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a call came with. Numbers that are none read as absent, as Telegram reads them."""

    values: Mapping[str, str]
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A string, empty if absent."""
        return self.values.get(name, "")

    def integer(self, name: str) -> int | None:
        """A whole number."""
        try:
            return int(self.values[name])
        except (KeyError, ValueError):
            return None

    def flag(self, name: str) -> bool:
        """A Boolean, false if absent."""
        return self.values.get(name, "").lower() in ("true", "yes", "1")

    def parsed(self, name: str, expected: type, what: str) -> Any:
        """A JSON-encoded value, or None if absent.

        Args:
            expected: the Python type of the value.
            what: what the refusal calls it.

        Raises:
            BadRequest: if it is no JSON or of another type.
        """
        written = self.values.get(name)
        if not written:
            return None
        try:
            value = json.loads(written)
        except ValueError as error:
            raise BadRequest(f"can't parse {what} JSON object") from error
        if not isinstance(value, expected):
            raise BadRequest(f"can't parse {what} JSON object")
        return value

    def unknown(self, known: Collection[str]) -> list[str]:
        """The names the method does not have. Uploads may have any name that a value attaches."""
        attached = " ".join(value for value in self.values.values() if "attach://" in value)
        loose = [name for name in self.uploads if name not in known and f"attach://{name}" not in attached]
        return [name for name in self.values if name not in known] + loose

    def shown(self) -> dict[str, Any]:
        """The parameters for people to look at: nested values decoded, uploads by name and size."""
        shown: dict[str, Any] = {}
        for name, value in self.values.items():
            shown[name] = value
            if name not in PLAIN:
                try:
                    shown[name] = json.loads(value)
                except ValueError:
                    continue
        for name, upload in self.uploads.items():
            shown[name] = f"<{upload.name}, {len(upload.content)} bytes>"
        return shown
