"""OpenVINO, kept from calling out; its compiled graphs, cached on the disk; and memory it does not need.

Importing openvino sends a usage event over the network unless the person has opted out beforehand. It falls back to a
stub when its telemetry package cannot be imported, so that import is made to fail here. Where another program has
imported openvino before, that event is its own; from here on nothing more is sent.
"""

import ctypes
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, Final

_TELEMETRY: Final = "openvino_telemetry"


_DEVICE: Final = "CPU"
_DIGEST: Final = sha256().digest_size

_MAPS: Final = Path("/proc/self/maps")
# Read only and shared: the mapping holds nothing that is not in the file.
_SAFE: Final = "r--s"
_MADV_DONTNEED: Final = 4


def hush() -> None:
    """Have openvino, imported already or not, use the stub of its telemetry."""
    telemetry = sys.modules.get(_TELEMETRY)
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # makes `import` fail, by the import system's rules
    if telemetry is None:
        return
    with suppress(Exception):  # its inner parts may be named otherwise in another version
        telemetry.Telemetry().force_shutdown(0)
    from openvino.tools.ovc import telemetry_stub

    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and vars(module).get("tm") is telemetry:
            vars(module)["tm"] = telemetry_stub


hush()

import openvino  # noqa: E402

__all__ = ["compile_cached", "hush", "openvino", "release_pages"]


def compile_cached(
    path: Path, about: str, properties: Mapping[str, Any], made: Callable[[], Any], *, weights: Path | None = None
) -> Any:
    """Return a graph compiled for this machine, from its cache `path` or compiled now and cached there.

    Reading a compiled graph back takes a third of the time of compiling. OpenVINO's own cache believes what it reads:
    one flipped bit on the disk gives vectors that are not numbers. Here a checksum stands in front.

    Parameters:
        about: names what the graph is made from; a cache made from anything else is made anew.
        properties: OpenVINO's.
        made: gives the graph, an `openvino.Model` or the path of its file.
        weights: a file that the graph reads its weights from, and that the caller has checked; None where the cache
            holds them.

    Returns:
        an `openvino.CompiledModel`.
    """
    core = openvino.Core()
    capabilities = core.get_property(_DEVICE, "OPTIMIZATION_CAPABILITIES")
    salt = json.dumps([about, openvino.get_version(), sorted(capabilities), sorted(properties.items())]).encode()
    blob = _read(path, salt)
    if blob is not None:
        # The plugin refuses a graph that was compiled for another instruction set.
        with suppress(RuntimeError):
            return core.import_model(
                blob, _DEVICE, {**properties, **({"WEIGHTS_PATH": str(weights)} if weights else {})}
            )
    model = core.compile_model(made(), _DEVICE, properties)
    _write(path, salt, model.export_model().getvalue())
    return model


def _read(path: Path, salt: bytes) -> bytes | None:
    """Return the graph that `_write` wrote with the same salt, None where the file holds anything else."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, blob = content[:_DIGEST], content[_DIGEST:]
    return blob if digest == sha256(salt + blob).digest() else None


def _write(path: Path, salt: bytes, blob: bytes) -> None:
    # A matter of speed alone: a user who may not write there compiles every time.
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


def release_pages(file: Path) -> int:
    """Drop the resident pages of every read-only mapping of a file; return the bytes mapped, 0 where that cannot be.

    A graph's weights are mapped from their file and read once, to be laid out for the processor. Their pages would stay
    resident beside the copies: 80 MB of 355 in a program that asks. By madvise(2), MADV_DONTNEED, pages of a shared
    file mapping are read from the file again when they are touched, so that no content is lost.
    """
    try:
        lines = _MAPS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        # Not Linux. It is a matter of memory alone.
        return 0
    mapped = 0
    wanted = str(file.resolve())
    for line in lines:
        span, permissions, *_, name = [*line.split(maxsplit=5), ""][:6]
        if name == wanted and permissions == _SAFE:
            start, end = (int(part, 16) for part in span.split("-"))
            libc = ctypes.CDLL(None)
            if libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED) == 0:
                mapped += end - start
    return mapped
