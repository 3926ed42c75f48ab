"""Errors of this room, and a check for the packages that a light installation leaves out.

Every message is one line: what was wrong, where, and what to do.

IndexingError
├── DataFolderError     this user may not read or write the data folder
├── SeedsError          the seeds folder is missing or holds no article that can be read
│   └── UnreadableSeedsError  it is there and cannot be read
├── RemovalsError       a build would remove a large part of the articles
├── ModelError          the encoder's model cannot be had, or is not what it should be
│   ├── UnsupportedModelError  only sentence-transformers can convert it
│   └── BrokenModelError  what was converted of it is damaged
├── BuildingError       another build is running
├── NoIndexError        nothing has been built yet
├── AddingError         a link or a file cannot be added
│   └── UnreachableError  the site cannot be reached, or takes too long: it may answer later
├── FeedsError          a feed cannot be followed, or the feeds cannot be fetched now
│   └── BusyError       another program does so
├── MissingExtraError   a package of an extra is not installed
├── TrialError          a file could not be read within its limits (in sandbox/trial.py)
├── AddressError        a setting names no engine or no encoders
├── EncodersError       encoders on other machines cannot be reached, or are of another kind
├── EngineError         the server that keeps the index cannot be reached, or refuses
└── GenerationError     a generation is damaged, or was made for something else
"""

import shlex
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Final


class IndexingError(Exception):
    """The base of every error of this room; its text is fit to be shown to a person.

    Attributes:
        exit_code: of a command that ends with it: 1 where something is not as it should be, 2 where it is used or
            configured wrongly.
    """

    exit_code: ClassVar[int] = 1


class DataFolderError(IndexingError):
    """An error where this user may not read or write the data folder."""

    exit_code = 2


class SeedsError(IndexingError):
    """An error where the seeds folder is missing, or holds no article that can be read."""

    exit_code = 2


class UnreadableSeedsError(SeedsError):
    """An error where the seeds folder cannot be read, or what was mounted on it is not mounted any more.

    Attributes:
        reason: in plain words.
    """

    exit_code = 1

    def __init__(self, seeds: Path, reason: str) -> None:
        super().__init__(f"the seeds folder {seeds} cannot be read: {reason}; an index that was there is served on")
        self.reason = reason


class RemovalsError(IndexingError):
    """An error where a build would remove a large part of the articles.

    Attributes:
        gone: how many articles would be removed, of `articles` that are served.
        examples: ids of some of them.
    """

    def __init__(self, gone: int, articles: int, examples: Sequence[str]) -> None:
        more = ", …" if gone > len(examples) else ""
        super().__init__(
            f"{gone:,} of {articles:,} articles would be removed ({', '.join(examples)}{more}), so the old index is "
            "served on: bring their files back, or build with --allow-removals"
        )
        self.gone = gone
        self.articles = articles
        self.examples = tuple(examples)


class ModelError(IndexingError):
    """An error where the encoder's model cannot be had, or is not what it should be."""

    exit_code = 2


class BrokenModelError(ModelError):
    """An error where the converted model is damaged, or was made by another version of this program."""

    exit_code = 1


class UnsupportedModelError(ModelError):
    """An error where only sentence-transformers can convert a model; the message says why."""


class NoIndexError(IndexingError):
    """An error where nothing has been built yet in this data folder."""

    exit_code = 2


class AddingError(IndexingError):
    """An error where a link or a file cannot be added; the text is one line, fit for the person who sent it."""


class UnreachableError(AddingError):
    """An error where a site cannot be reached, or takes too long to answer; it may answer later."""


class FeedsError(IndexingError):
    """An error where a feed cannot be followed as asked, or the feeds cannot be fetched now."""

    exit_code = 2


class BusyError(FeedsError):
    """An error where another program is fetching the feeds."""

    exit_code = 1


class BuildingError(IndexingError):
    """An error where another build of the data folder is running."""


class GenerationError(IndexingError):
    """An error where a generation is damaged, or does not fit this program or this model."""


class EncodersError(IndexingError):
    """An error where encoders on other machines cannot be reached, fail, or are of another kind than this one."""


class EngineError(IndexingError):
    """An error where the server that keeps the index cannot be reached, or refuses what is asked of it."""


class AddressError(IndexingError):
    """An error where a setting names no engine or no encoders."""

    exit_code = 2


# Extras of pyproject.toml: the modules imported from their packages, and the packages.
_EXTRAS: Final = {
    "eval": {"ir_measures": "ir-measures", "jinja2": "jinja2", "matplotlib": "matplotlib"},
    "milvus": {"pymilvus": "pymilvus"},
    "postgres": {"psycopg": "psycopg[binary]"},
    "ray": {"ray": "ray"},
    "mcp": {"mcp": "mcp"},
    "models": {"sentence_transformers": "sentence-transformers", "torch": "torch"},
}


class MissingExtraError(IndexingError):
    """An error where packages of an extra are not installed; its text is one line with the command.

    Attributes:
        packages: their names.
    """

    exit_code = 2

    def __init__(self, purpose: str, packages: list[str]) -> None:
        self.packages = packages
        names, command = " and ".join(packages), pip_install(*packages)
        super().__init__(f"{purpose} needs {names}, which a light installation leaves out: `{command}`")


def require(extra: str, purpose: str, *modules: str) -> None:
    """Make sure that packages of an extra are installed. Nothing is imported.

    Parameters:
        extra: its name in pyproject.toml.
        purpose: begins the message, such as "measuring".
        modules: those that are needed; without any, all of the extra's.

    Raises:
        MissingExtraError: if one of the modules cannot be found.
    """
    packages = _EXTRAS[extra]
    if missing := [packages[name] for name in modules or packages if find_spec(name) is None]:
        raise MissingExtraError(purpose, missing)


def pip_install(*arguments: str) -> str:
    """Return the command that installs packages into the environment that this program runs in."""
    environment = Path(sys.prefix)
    if (environment / "pipx_metadata.json").is_file():
        command = ["pipx", "runpip", environment.name, "install"]
    elif find_spec("pip") is None:  # made by uv
        command = ["uv", "pip", "install", "--python", sys.executable]
    else:
        command = [sys.executable, "-m", "pip", "install"]
    return shlex.join([*command, *arguments])
