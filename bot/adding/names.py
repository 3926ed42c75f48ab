"""Names that strangers gave to their files, made fit for a folder of ours and for a message."""

import unicodedata
from pathlib import PurePosixPath
from typing import Final

# Leaves room, in the 255 bytes that file systems allow, for a date, a hash and a suffix.
_LONGEST_SLUG: Final = 80
_LONGEST_SHOWN: Final = 100


def base_name(name: str) -> str:
    """The last part of a path, whichever system wrote it, without anything that cannot be shown; '' for none."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "" if last == ".." else shown(last)


def shown(name: str) -> str:
    """`name` without control characters and other characters that cannot be seen, 100 characters of it at most."""
    visible = "".join(character for character in name if character.isprintable())
    return visible if len(visible) <= _LONGEST_SHOWN else f"…{visible[1 - _LONGEST_SHOWN :]}"


def slug(words: str) -> str:
    """`words` as letters and digits of any script with hyphens between, 80 bytes of UTF-8 at most, never empty."""
    folded = unicodedata.normalize("NFKC", words).lower()
    parts = "".join(character if character.isalnum() else " " for character in folded).split()
    cut = "-".join(parts).encode()[:_LONGEST_SLUG].decode(errors="ignore").strip("-")
    return cut or "article"
