"""The reader's weights as an OpenVINO graph: BERT's encoder with two heads, built like the text encoder.

What ships are the layers and the heads. The embeddings are those of the default model, which were frozen in training.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.encoder.bert import BertConfig, ByteRows, dense, encoder
from index.encoder.runtime import openvino as ov

op = ov.opset13

RANK: Final = "rank"
SPAN: Final = "span"
_WORDS: Final = "embeddings.word_embeddings.weight"


def graph(weights: Mapping[str, NDArray[Any]], embeddings: Mapping[str, NDArray[Any]], config: BertConfig) -> Any:
    """Return the reader as an `openvino.Model` that is not compiled yet.

    Its inputs are `input_ids`, `attention_mask` and `token_type_ids`, int64 of shape (windows, wordpieces); its outputs
    the logit that a window answers, float32 of shape (windows,), and those that the answer starts and ends at each
    wordpiece, float32 of shape (windows, wordpieces, 2).

    Parameters:
        weights: the layers, named as BERT's are, and the heads.
        embeddings: those of the default model, by its names.
        config: the default model's.

    Raises:
        UnsupportedModelError: if a weight is missing or of another shape.
    """
    layers = {name.removeprefix("bert."): values for name, values in weights.items() if name.startswith("bert.")}
    own = {name: values for name, values in embeddings.items() if name.startswith("embeddings.")}
    # In 8 bits, since they are half of what is stored and loaded.
    words = ByteRows.of([own.pop(_WORDS)])
    bert = encoder({**layers, **own}, config, token_types=True, words=words)
    first = op.gather(bert.hidden, op.constant(np.int32(0)), op.constant(np.int32(1)))
    rank = op.squeeze(dense(first, weights["rank.weight"], weights["rank.bias"]), op.constant(np.array([1])))
    span = dense(bert.hidden, weights["span.weight"], weights["span.bias"])
    rank.output(0).set_names({RANK})
    span.output(0).set_names({SPAN})
    return ov.Model([rank, span], list(bert.inputs), "reader")
