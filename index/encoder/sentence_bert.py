"""A sentence-transformers model of BERT's family -> the graph that encoder.py runs, without torch.

Reimers and Gurevych 2019, "Sentence-BERT". A model that is not understood to the last setting is refused, so that
sentence-transformers converts it (convert.py).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from tokenizers import Tokenizer

from index.encoder.bert import BertConfig, BertGraph, dense, encoder, read_weights
from index.encoder.runtime import openvino as ov
from index.encoder.tokenizer import Json, read_tokenizer, takes_types, write_lean
from index.errors import ModelError, UnsupportedModelError

op = ov.opset13

# Older versions of sentence-transformers named the settings of the Transformer module after its kind.
_SETTINGS: Final = ("sentence_bert_config.json", "sentence_roberta_config.json", "sentence_xlm-roberta_config.json")
# Values of these settings that change nothing.
_PLAIN: Final[Json] = {
    "do_lower_case": False,
    "transformer_task": "feature-extraction",
    "module_output_name": "token_embeddings",
    "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
}
# The modes of a pooling configuration up to sentence-transformers 5, in the order in which their vectors are joined.
_OLD_MODES: Final = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_ACTIVATIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "torch.nn.modules.activation.Tanh": op.tanh,
    "torch.nn.modules.linear.Identity": lambda node: node,
}
_SENTENCE: Final = "sentence_embedding"


def convert(source: Path, target: Path) -> Json:
    """Convert the model in `source` into `target`; return its dimensions, window and prompts.

    The files, the graph's inputs and outputs and the result are those of `convert.convert`.

    Raises:
        UnsupportedModelError: if something about the model is not understood.
        ModelError: if a file is damaged, or the graph cannot be written.
    """
    config, settings = _object(source / "config.json"), _object(source / "tokenizer_config.json")
    shape = BertConfig.read(config)
    tokenizer = read_tokenizer(source / "tokenizer.json", settings, config)
    modules = _modules(source)
    window = _window(source, config, settings)
    prompts = _prompts(source / "config_sentence_transformers.json")
    graph = encoder(read_weights(source / "model.safetensors"), shape, token_types=takes_types(settings, config))
    vector = _vector(graph.hidden, graph.inputs[1], modules, prompted=any(prompts.values()))
    save_graph([vector], graph, tokenizer, target)
    return {
        "dimension": vector.get_output_partial_shape(0)[1].get_length(),
        "window": min(window, shape.positions),
        "question_prompt": prompts.get("query") or "",
        "passage_prompt": prompts.get("document") or prompts.get("passage") or "",
    }


def save_graph(outputs: Sequence[Any], graph: BertGraph, tokenizer: Tokenizer, target: Path) -> None:
    """Write the graph from its inputs to these outputs, and the tokenizer, into the folder `target`.

    Raises:
        ModelError: if the graph cannot be written.
    """
    model = ov.Model(list(outputs), list(graph.inputs), "sentence_bert")
    try:
        ov.save_model(model, str(target / "graph.xml"), compress_to_fp16=False)
    except RuntimeError as error:
        raise ModelError(f"the graph of the model cannot be written to {target.parent}: is the disk full?") from error
    (target / "tokenizer.json").write_text(tokenizer.to_str(pretty=True), encoding="utf-8")
    write_lean(tokenizer, target)


def mean_vector(graph: BertGraph) -> Any:
    """Return the unit vector of each text, float32 of shape (texts, width): the mean of its tokens' vectors."""
    return _unit(_pooled(graph.hidden, graph.inputs[1], ["mean"]))


def _object(file: Path) -> Json:
    """Return the JSON object in a file of the model, an empty one where there is no file."""
    if not file.is_file():
        return {}
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{file} is damaged (it is not JSON): fetch the model again") from error
    if not isinstance(said, dict):
        raise UnsupportedModelError(f"{file.name} is not an object")
    return said


def _modules(source: Path) -> list[tuple[str, Path]]:
    """Return the kinds and folders of the modules after the Transformer: a Pooling, then what uses its vector."""
    file = source / "modules.json"
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
        modules = [(str(module["type"]), source / module["path"], module.get("kwargs")) for module in listed]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UnsupportedModelError("no usable modules.json") from error
    kinds = [type_.rpartition(".")[2] for type_, _, _ in modules]
    own = all(type_.startswith("sentence_transformers.") and not kwargs for type_, _, kwargs in modules)
    if not own or kinds[:2] != ["Transformer", "Pooling"] or modules[0][1] != source:
        raise UnsupportedModelError(f"modules {', '.join(kinds)}")
    return [(kind, folder) for kind, (_, folder, _) in zip(kinds[1:], modules[1:], strict=True)]


def _window(source: Path, config: Json, settings: Json) -> int:
    """Return the most tokens that sentence-transformers would read."""
    transformer = next((_object(source / name) for name in _SETTINGS if (source / name).is_file()), {})
    for name, value in transformer.items():
        if name != "max_seq_length" and value and value != _PLAIN.get(name):
            raise UnsupportedModelError(f"{name} of its Transformer")
    given = transformer.get("max_seq_length")
    positions = config["max_position_embeddings"]
    return int(min(settings.get("model_max_length", positions), positions) if given is None else given)


def _prompts(file: Path) -> Mapping[str, str | None]:
    said = _object(file)
    if said.get("model_type", "SentenceTransformer") != "SentenceTransformer":
        raise UnsupportedModelError(f"a model of type {said['model_type']}")
    prompts: Mapping[str, str | None] = said.get("prompts") or {}
    return prompts


def _vector(hidden: Any, mask: Any, modules: Sequence[tuple[str, Path]], *, prompted: bool) -> Any:
    """Return the unit vector of each text, float32 of shape (texts, dimension)."""
    pooling = _object(modules[0][1] / "config.json")
    if prompted and not pooling.get("include_prompt", True):
        raise UnsupportedModelError("a pooling that leaves out prompts")
    node = _pooled(hidden, mask, _modes(pooling))
    for kind, folder in modules[1:]:
        if kind == "Dense":
            node = _dense(node, folder)
        elif kind == "Normalize" and _object(folder / "config.json").get("module_input_name", _SENTENCE) == _SENTENCE:
            node = _unit(node)
        else:
            raise UnsupportedModelError(f"a module {kind}")
    return node if modules[-1][0] == "Normalize" else _unit(node)


def _modes(pooling: Json) -> list[str]:
    modes = pooling.get("pooling_mode")
    if modes is None:
        modes = [mode for name, mode in _OLD_MODES.items() if pooling.get(name)] or ["mean"]
    return [modes] if isinstance(modes, str) else list(modes)


def _pooled(hidden: Any, mask: Any, modes: Sequence[str]) -> Any:
    """Return one vector for each text, of the modes' vectors one after another."""
    tokens = op.constant(np.array([1]))
    real = op.unsqueeze(op.convert(mask, "f32"), op.constant(np.array([2])))
    total = op.reduce_sum(op.multiply(hidden, real), tokens, False)
    count = op.maximum(op.reduce_sum(real, tokens, False), op.constant(np.float32(1e-9)))
    lowest = op.constant(np.float32(np.finfo(np.float32).min))
    vectors: Mapping[str, Callable[[], Any]] = {
        # Padding stands on the right.
        "cls": lambda: op.gather(hidden, op.constant(np.int32(0)), op.constant(np.int32(1))),
        "max": lambda: op.reduce_max(op.select(op.convert(real, "boolean"), hidden, lowest), tokens, False),
        "mean": lambda: op.divide(total, count),
        "mean_sqrt_len_tokens": lambda: op.divide(total, op.sqrt(count)),
    }
    for mode in modes:
        if mode not in vectors:
            raise UnsupportedModelError(f"pooling {mode!r}")
    return op.concat([vectors[mode]() for mode in modes], 1)


def _dense(node: Any, folder: Path) -> Any:
    config = _object(folder / "config.json")
    activation = _ACTIVATIONS.get(config.get("activation_function", "torch.nn.modules.activation.Tanh"))
    places = {config.get(name) or _SENTENCE for name in ("module_input_name", "module_output_name")}
    if activation is None or config.get("use_residual") or places != {_SENTENCE}:
        raise UnsupportedModelError("a Dense module")
    weights = read_weights(folder / "model.safetensors")
    if "linear.weight" not in weights:
        raise UnsupportedModelError("a Dense module's weights")
    return activation(dense(node, weights["linear.weight"], weights.get("linear.bias")))


def _unit(node: Any) -> Any:
    # As torch's normalize: no vector is divided by less than 1e-12.
    return op.normalize_l2(node, op.constant(np.array([1])), 1e-24, "max")
