"""A graph compiled for this machine, kept beside the model: reading it back takes a third of the time of compiling.

OpenVINO's own cache believes what it reads, so that one flipped bit on the disk gives vectors that are not numbers.
Here the file is checked, and made anew where it is not what was written. That of the encoder holds no weights: those
are read from `graph.bin`, which the encoder checks.
"""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from index.encoder.eight_bit import PROPERTIES, narrowed
from index.encoder.runtime import openvino as ov

_DEVICE: Final = "CPU"
_DIGEST: Final = sha256().digest_size


def compiled(folder: Path, graph_sha256: str, config: Mapping[str, int], *, narrow: bool = False) -> Any:
    """The graph in `folder`, compiled for this machine.

    Parameters:
        graph_sha256: of `graph.xml`.
        config: OpenVINO's properties, `NUM_STREAMS` among them.
        narrow: with weights in 8 bits, see eight_bit.py. Nothing of that is kept: it would be read no faster than made.

    Returns:
        an `openvino.CompiledModel`.
    """
    core = ov.Core()
    if narrow:
        return core.compile_model(narrowed(folder / "graph.xml"), _DEVICE, {**config, **PROPERTIES})
    return kept(
        folder / f"compiled-{config['NUM_STREAMS']}.bin",
        graph_sha256,
        {**config, "CACHE_MODE": "OPTIMIZE_SIZE"},
        lambda: str(folder / "graph.xml"),
        weights=folder / "graph.bin",
    )


def kept(
    path: Path, about: str, properties: Mapping[str, Any], made: Callable[[], Any], *, weights: Path | None = None
) -> Any:
    """What `path` holds, a graph compiled for this machine; where it holds anything else, compiled and kept there.

    Parameters:
        about: what the graph is made from; a file that was made from anything else is made anew.
        properties: OpenVINO's.
        made: gives the graph, an `openvino.Model` or the path of its file.
        weights: a file that the graph reads its weights from; None where they are in it.

    Returns:
        an `openvino.CompiledModel`.
    """
    core = ov.Core()
    capabilities = core.get_property(_DEVICE, "OPTIMIZATION_CAPABILITIES")
    salt = json.dumps([about, ov.get_version(), sorted(capabilities), sorted(properties.items())]).encode()
    blob = _read(path, salt)
    if blob is not None:
        # The plugin refuses what was compiled for another instruction set.
        with suppress(RuntimeError):
            return core.import_model(
                blob, _DEVICE, {**properties, **({"WEIGHTS_PATH": str(weights)} if weights else {})}
            )
    model = core.compile_model(made(), _DEVICE, properties)
    _write(path, salt, model.export_model().getvalue())
    return model


def _read(path: Path, salt: bytes) -> bytes | None:
    """What `_write` wrote with the same salt; None where it is anything else."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, blob = content[:_DIGEST], content[_DIGEST:]
    return blob if digest == sha256(salt + blob).digest() else None


def _write(path: Path, salt: bytes, blob: bytes) -> None:
    # It is a matter of speed alone: whoever may not write there compiles every time.
    with suppress(OSError):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        scratch = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sha256(salt + blob).digest() + blob)
            # Another user than the builder may ask questions.
            scratch.chmod(0o644)
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
