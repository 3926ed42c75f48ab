"""Packages that a light installation leaves out, and the commands that install them."""

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from index.errors import IndexingError

# Extras of pyproject.toml: the modules imported from their packages, and the packages.
_EXTRAS: Final = {
    "eval": {"ir_measures": "ir-measures", "jinja2": "jinja2", "matplotlib": "matplotlib"},
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
        extra: `eval` or `models`.
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
