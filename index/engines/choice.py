"""The engine that a setting names: the embedded one, or a server's by its address."""

from pathlib import Path
from urllib.parse import urlsplit

from index.engines.dense import EXACT_BELOW, GRAPH_BELOW
from index.engines.embedded import Embedded
from index.engines.protocol import EMBEDDED, Engine
from index.errors import EngineError


def engine_at(address: str, data: Path, *, exact_below: int = EXACT_BELOW, graph_below: int = GRAPH_BELOW) -> Engine:
    """Return the engine at an address; nothing is connected to yet.

    Parameters:
        address: 'embedded', or `milvus://[user:password@]host[:port][/database]`, `milvuss://` for TLS.
        data: the data folder, whose index it keeps.
        exact_below, graph_below: see `Embedded`.

    Raises:
        EngineError: if it is no address of an engine.
    """
    if address == EMBEDDED:
        return Embedded(exact_below, graph_below)
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("milvus", "milvuss") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        # Not the address itself, which may hold a password.
        raise EngineError("VERBATIM_INDEX names no engine: give embedded, or milvus://host:19530")
    from index.engines.milvus import Milvus  # it is loaded only where it is used

    return Milvus(address, data / "index", exact_below)
