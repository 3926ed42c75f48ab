"""Weights of a model, mapped from their safetensors file.

The file is the length of a header, 8 bytes, little-endian; the header, JSON, with the type, shape and place of each
tensor; then their bytes (https://github.com/huggingface/safetensors, "Format"). The format's own library copies all of
them: 470 MB for a multilingual model, whereas the system can take mapped pages back when it needs them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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
