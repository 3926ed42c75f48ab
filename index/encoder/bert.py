"""BERT's encoder as an OpenVINO graph, built from its weights without torch.

The architecture is that of Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers". RoBERTa (Liu et
al. 2019) and XLM-RoBERTa (Conneau et al. 2020) compute the same and differ only in how they number positions. Heads,
such as the pooling in sentence_bert.py, are put on the last hidden layer.

Weights are mapped from their safetensors file: the length of a header, 8 bytes, little-endian; the header, JSON, with
the type, shape and place of each tensor; then their bytes (https://github.com/huggingface/safetensors, "Format"). The
format's own library copies all of them: 470 MB for a multilingual model, whereas the system can take mapped pages back
when it needs them.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from index.encoder.runtime import openvino as ov
from index.errors import ModelError, UnsupportedModelError

# By the format's names; bf16 is the upper half of an fp32.
_TYPES: Final = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}
_LENGTH: Final = 8


def read_weights(file: Path) -> Mapping[str, NDArray[Any]]:
    """Return the tensors of a file, by name.

    Raises:
        UnsupportedModelError: if there is no such file, or it holds numbers of a type that is not known here.
        ModelError: if it is damaged.
    """
    if not file.is_file():
        raise UnsupportedModelError(f"there is no {file.parent.name}/{file.name}")
    try:
        # Copied on writing: OpenVINO takes no array that cannot be written.
        content = np.memmap(file, np.uint8, mode="c")
        start = _LENGTH + int.from_bytes(content[:_LENGTH].tobytes(), "little")
        header = json.loads(content[_LENGTH:start].tobytes())
        header.pop("__metadata__", None)
        if strange := {facts["dtype"] for facts in header.values()} - _TYPES.keys():
            raise UnsupportedModelError(f"weights of type {min(strange)}")
        return {
            name: _tensor(content[start:], facts["dtype"], facts["shape"], *facts["data_offsets"])
            for name, facts in header.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"{file} is damaged ({error}): fetch the model again") from error


def _tensor(content: NDArray[np.uint8], type_: str, shape: list[int], start: int, end: int) -> NDArray[Any]:
    values: NDArray[Any] = np.asarray(content[start:end]).view(_TYPES[type_]).reshape(shape)
    return (values.astype(np.uint32) << 16).view(np.float32) if type_ == "BF16" else values


# Names and arrays as in the model's safetensors file; matrices are of shape (outputs, inputs).
Weights = Mapping[str, NDArray[Any]]

op = ov.opset13

# By the names of transformers' configuration.
_ACTIVATIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "gelu": lambda node: op.gelu(node, "erf"),
    "gelu_new": lambda node: op.gelu(node, "tanh"),
    "gelu_pytorch_tanh": lambda node: op.gelu(node, "tanh"),
    "relu": op.relu,
}
# True where positions are counted from the padding token's id on, without padding.
_OFFSET_POSITIONS: Final = {"bert": False, "roberta": True, "xlm-roberta": True}
# Prefixes of the names of weights in checkpoints that were trained with another head.
_PREFIXES: Final = ("", "bert.", "roberta.")
# Saved by some versions of transformers; they hold 0, 1, 2 ... and nothing learned.
_NUMBERING: Final = frozenset({"embeddings.position_ids", "embeddings.token_type_ids"})
# Vocabularies of several languages have as many words and more; those of one some 30,000.
_MANY_WORDS: Final = 100_000
_ROWS_AT_ONCE: Final = 8192


@dataclass(frozen=True, slots=True)
class BertConfig:
    """The shape of an encoder.

    Attributes:
        layers, heads: how many of them.
        width: components of a token's vector.
        positions: the most tokens it has positions for.
        epsilon: added to the variance by layer normalization.
        activation: of the feed-forward layers, by transformers' name.
        padding: the id of the padding token where positions count from it; None where they count from 0.
    """

    layers: int
    heads: int
    width: int
    positions: int
    epsilon: float
    activation: str
    padding: int | None = None

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> Self:
        """Return the shape that a `config.json` of transformers describes.

        Raises:
            UnsupportedModelError: if it describes anything else than an encoder of this family.
        """
        kind, activation = config.get("model_type"), config.get("hidden_act")
        strange = (
            (kind not in _OFFSET_POSITIONS, f"model_type {kind!r}"),
            (activation not in _ACTIVATIONS, f"hidden_act {activation!r}"),
            (config.get("position_embedding_type", "absolute") != "absolute", "relative positions"),
            *((config.get(key), key) for key in ("is_decoder", "auto_map", "quantization_config", "pruned_heads")),
        )
        for found, what in strange:
            if found:
                raise UnsupportedModelError(f"{what} in config.json")
        try:
            padding = int(config["pad_token_id"]) if _OFFSET_POSITIONS[str(kind)] else None
            return cls(
                layers=int(config["num_hidden_layers"]),
                heads=int(config["num_attention_heads"]),
                width=int(config["hidden_size"]),
                positions=int(config["max_position_embeddings"]) - (0 if padding is None else padding + 1),
                epsilon=float(config["layer_norm_eps"]),
                activation=str(activation),
                padding=padding,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UnsupportedModelError(f"no usable {error} in config.json") from error


@dataclass(frozen=True, slots=True)
class BertGraph:
    """An encoder that heads can be put on: nodes of an OpenVINO graph that is not compiled yet.

    Attributes:
        inputs: `input_ids`, `attention_mask` and, where asked for, `token_type_ids`, int64 of shape (texts, tokens).
        hidden: the last hidden layer, float32 of shape (texts, tokens, width).
    """

    inputs: tuple[Any, ...]
    hidden: Any


@dataclass(frozen=True, slots=True)
class ByteRows:
    """An embedding table in 8 bits, for vocabularies that are most of a model: 96 MB instead of 384 for XLM-R's.

    Attributes:
        levels: int8 of shape (rows, width).
        scales: the value of one level in each row, float32 of shape (rows, 1).
    """

    levels: NDArray[np.int8]
    scales: NDArray[np.float32]

    @classmethod
    def of(cls, parts: Iterable[NDArray[Any]]) -> Self:
        """Round each row of these parts of a table, one after another, to 127 levels on either side of 0."""
        levels, scales = [], []
        for part in parts:
            scale = np.maximum(np.abs(part).max(axis=1, keepdims=True), 1e-12).astype(np.float32) / 127
            levels.append(np.round(part / scale).astype(np.int8))
            scales.append(scale)
        return cls(np.concatenate(levels), np.concatenate(scales))


def encoder(weights: Weights, config: BertConfig, *, token_types: bool, words: ByteRows | None = None) -> BertGraph:
    """Return the encoder with these weights.

    Parameters:
        token_types: whether the graph has `token_type_ids` for an input. Otherwise all are of type 0.
        words: the word embeddings, where they are not among the weights.

    Raises:
        UnsupportedModelError: if a weight is missing or of another shape, or there are some that it has no use for.
    """
    prefix = next((prefix for prefix in _PREFIXES if f"{prefix}embeddings.LayerNorm.weight" in weights), "")
    layers = _Layers(weights, config, prefix)
    names = ("input_ids", "attention_mask", "token_type_ids")[: 3 if token_types else 2]
    inputs = tuple(_input(name) for name in names)
    ids, mask = inputs[:2]
    embedded = op.add(layers.words(ids, words), layers.positions(ids))
    types = inputs[2] if token_types else op.constant(np.zeros((1, 1), np.int64))
    hidden = layers.norm(op.add(embedded, layers.looked_up("token_type", types)), "embeddings")
    # One row for all tokens of a text: the plugin spreads it, which is as fast as a whole mask.
    attended = op.convert(op.unsqueeze(mask, op.constant(np.array([1, 2]))), "boolean")
    for layer in range(config.layers):
        hidden = layers.layer(hidden, attended, f"encoder.layer.{layer}")
    layers.check_nothing_is_left()
    return BertGraph(inputs, hidden)


def dense(node: Any, weight: NDArray[Any], bias: NDArray[Any] | None) -> Any:
    """Return `node` times the transposed weight, of shape (outputs, inputs), plus the bias, of shape (outputs,)."""
    product = op.matmul(node, constant(weight), False, True)
    return product if bias is None else op.add(product, constant(bias))


def constant(values: NDArray[Any]) -> Any:
    """Return the values as float32, without a copy where they are that already."""
    return op.constant(np.require(values, np.float32, ("C", "A")), shared_memory=True)


def _input(name: str) -> Any:
    node = op.parameter([-1, -1], np.int64, name=name)
    node.output(0).set_names({name})
    return node


class _Layers:
    """The parts of an encoder, by the names that its weights have."""

    def __init__(self, weights: Weights, config: BertConfig, prefix: str) -> None:
        self._weights = weights
        self._config = config
        self._prefix = prefix
        self._used: set[str] = set()
        if config.width % config.heads:
            raise UnsupportedModelError(f"{config.heads} heads for {config.width} components")
        # In a shape, 0 stands for the size of the input.
        self._split = op.constant(np.array([0, 0, config.heads, config.width // config.heads]))
        self._joined = op.constant(np.array([0, 0, config.width]))
        self._swapped = op.constant(np.array([0, 2, 1, 3]))

    def layer(self, hidden: Any, attended: Any, name: str) -> Any:
        """Return one layer: attention, then feed-forward, each added to its input and normalized."""
        query, key, value = (
            self._by_heads(self._dense(hidden, f"{name}.attention.self.{part}")) for part in ("query", "key", "value")
        )
        seen = op.scaled_dot_product_attention(query, key, value, attended)
        seen = op.reshape(op.transpose(seen, self._swapped), self._joined, True)
        attention = f"{name}.attention.output"
        hidden = self.norm(op.add(self._dense(seen, f"{attention}.dense"), hidden), attention)
        wide = _ACTIVATIONS[self._config.activation](self._dense(hidden, f"{name}.intermediate.dense"))
        return self.norm(op.add(self._dense(wide, f"{name}.output.dense"), hidden), f"{name}.output")

    def _by_heads(self, node: Any) -> Any:
        """Reshape (texts, tokens, width) to (texts, heads, tokens, width / heads)."""
        return op.transpose(op.reshape(node, self._split, True), self._swapped)

    def norm(self, node: Any, name: str) -> Any:
        """Return a layer normalization (Ba et al. 2016)."""
        last = op.constant(np.array([-1]))
        centred = op.mvn(node, last, True, self._config.epsilon, "inside_sqrt")
        scale, shift = (self._weight(f"{name}.LayerNorm.{part}", self._config.width) for part in ("weight", "bias"))
        return op.add(op.multiply(centred, constant(scale)), constant(shift))

    def words(self, ids: Any, rows: ByteRows | None) -> Any:
        """Return the word embedding of each token, of a large table in 8 bits."""
        if rows is None:
            table = self._weight("embeddings.word_embeddings.weight", None, self._config.width)
            if len(table) < _MANY_WORDS:
                return self._gathered(constant(table), ids)
            rows = ByteRows.of(table[start : start + _ROWS_AT_ONCE] for start in range(0, len(table), _ROWS_AT_ONCE))
        # Only the rows that were looked up become floats.
        levels = self._gathered(op.constant(rows.levels, shared_memory=True), ids)
        return op.multiply(op.convert(levels, "f32"), self._gathered(constant(rows.scales), ids))

    def looked_up(self, kind: str, ids: Any) -> Any:
        """Return the row of an embedding table for each id."""
        table = self._weight(f"embeddings.{kind}_embeddings.weight", None, self._config.width)
        return self._gathered(constant(table), ids)

    def _gathered(self, table: Any, ids: Any) -> Any:
        return op.gather(table, op.convert(ids, "i32"), op.constant(np.int32(0)))

    def positions(self, ids: Any) -> Any:
        """Return the vector of each token's position, which broadcasts over texts where it does not depend on them."""
        if self._config.padding is not None:
            padding = op.constant(np.int32(self._config.padding))
            real = op.convert(op.not_equal(op.convert(ids, "i32"), padding), "i32")
            count = op.cum_sum(real, op.constant(np.int32(1)))
            return self.looked_up("position", op.add(op.multiply(count, real), padding))
        tokens = op.gather(op.shape_of(ids), op.constant(np.array([1])), op.constant(np.int32(0)))
        table = self._weight("embeddings.position_embeddings.weight", self._config.positions, self._config.width)
        zero, one = op.constant(np.array([0])), op.constant(np.array([1]))
        return op.unsqueeze(op.slice(constant(table), zero, tokens, one, zero), zero)

    def check_nothing_is_left(self) -> None:
        """Refuse weights of the encoder that no part of it has used: the model is something else than BERT."""
        names = (name.removeprefix(self._prefix) for name in self._weights if name.startswith(self._prefix))
        left = {name for name in names if name.startswith(("embeddings.", "encoder."))} - self._used - _NUMBERING
        if left:
            raise UnsupportedModelError(f"weights without a use, {min(left)} among them")

    def _dense(self, node: Any, name: str) -> Any:
        inputs = node.get_output_partial_shape(0)[2].get_length()
        weight = self._weight(f"{name}.weight", None, inputs)
        return dense(node, weight, self._weight(f"{name}.bias", weight.shape[0]))

    def _weight(self, name: str, *shape: int | None) -> NDArray[Any]:
        """Return the weight of that name; None stands for any size."""
        values = self._weights.get(self._prefix + name)
        if values is None:
            raise UnsupportedModelError(f"there is no weight {name}")
        fits = len(values.shape) == len(shape)
        if not fits or any(size not in (None, found) for size, found in zip(shape, values.shape, strict=True)):
            raise UnsupportedModelError(f"{name} is of shape {values.shape}")
        if values.dtype.kind != "f":
            raise UnsupportedModelError(f"{name} is of type {values.dtype}")
        self._used.add(name)
        return values
