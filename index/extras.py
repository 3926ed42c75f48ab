"""Packages that a light installation leaves out, and the commands that install them."""

import shlex
import sys
from importlib.util import find_spec
from typing import Final

from index.errors import IndexingError

DISTRIBUTION: Final = "verbatim-quotes"
# Extras of pyproject.toml, and the modules imported from their packages.
_MODULES: Final = {
    "eval": ("ir_measures", "matplotlib"),
    "models": ("sentence_transformers", "torch"),
}


class MissingExtraError(IndexingError):
    """Something needs the packages of an extra that is not installed; its text is one line with the command."""


def require(extra: str, purpose: str, *modules: str) -> None:
    """Make sure that packages of an extra are installed. Nothing is imported.

    Parameters:
        extra: `eval` or `models`.
        purpose: what needs them, to begin the message with: "measuring".
        modules: those that are needed; without any, all of the extra's.

    Raises:
        MissingExtraError: if one of the modules cannot be found.
    """
    missing = [name for name in modules or _MODULES[extra] if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"{purpose} needs {' and '.join(missing)}, which a light installation leaves out: "
            f"`{pip_install(f'{DISTRIBUTION}[{extra}]')}`"
        )


def pip_install(*arguments: str) -> str:
    """Return the command that installs packages where this program runs, in a pipx environment too."""
    return shlex.join([sys.executable, "-m", "pip", "install", *arguments])
