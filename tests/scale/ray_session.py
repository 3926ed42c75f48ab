"""A build on a Ray cluster of two nodes, in a network of its own, for test_ray.py: prints what it saw as one JSON line.

Ray listens on all addresses of a machine, whatever it is told. So all of it runs in a network namespace that has
loopback alone, and in a namespace of processes that ends with its first one, so that nothing is left behind.
"""

import fcntl
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.build import build
from index.encoder import remote
from index.encoder.encoder import Encoder
from index.encoder.remote import RemoteEncoders
from index.errors import EncodersError

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_TEXTS = 400
# Of so few texts, so that there are many blocks and they take no time.
_BLOCK = 32
_STORE = 100 << 20


def main(folder: Path) -> None:
    _raise_loopback()
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 2, "node_ip_address": "127.0.0.1", "object_store_memory": _STORE}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    second = cluster.add_node(**node)
    address = f"ray://{cluster.address}"
    seen: dict[str, Any] = {}
    (model,) = (path.parent for path in (folder / "models").glob("*/graph.xml"))
    data = {name: folder / name for name in ("here", "there")}
    for path in data.values():
        path.mkdir()
        (path / "models").symlink_to(folder / "models")
    seeds = folder / "seeds"
    seen["encoded"] = build(seeds, data["there"], encoders=address).encoded
    build(seeds, data["here"])
    seen["build"] = _vectors(data["here"]) == _vectors(data["there"])

    remote._BLOCK = _BLOCK  # type: ignore[misc]
    texts = [f"Passage {number}: {'the ferry to Askholm ' * (number % 9)}runs all night." for number in range(_TEXTS)]
    expected = Encoder.open(model, many=True).passages(texts)
    encoders = RemoteEncoders.open(model, address)
    for name, disturb in {
        "blocks": lambda: None,
        "killed": _kill_an_encoder,
        "node lost": lambda: cluster.remove_node(second),
    }.items():
        seen[name] = _encoded(encoders, texts, disturb).tobytes() == expected.tobytes()
    encoders.close()
    seen["other"] = _refused(lambda: _of_another_kind(model, address))
    cluster.shutdown()
    seen["gone"] = _refused(lambda: RemoteEncoders.open(model, address))
    sys.stdout.write(f"{json.dumps(seen)}\n")


def _raise_loopback() -> None:
    """Switch loopback on, as `ip link set lo up` does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def _vectors(data: Path) -> bytes:
    (file,) = (data / "index").glob("2*/vectors.faiss")
    return file.read_bytes()


def _encoded(encoders: RemoteEncoders, texts: list[str], disturb: Callable[[], None]) -> Any:
    """Encode, with a disturbance when the first block is done and others are in hand."""
    left = [disturb]

    def done(_: int) -> None:
        if left:
            left.pop()()

    return encoders.passages(texts, done=done)


def _kill_an_encoder() -> None:
    """Kill a process of Ray that encodes, as a machine that runs out of memory does."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            name = process.read_bytes()
        except OSError:
            continue
        if name.startswith(b"ray::_Encoding"):
            os.kill(int(process.parent.name), signal.SIGKILL)
            return


def _of_another_kind(model: Path, address: str) -> None:
    here = remote.Processor.here()
    other = remote.Processor("Another", here.capabilities, here.openvino, here.verbatim)
    remote.Processor.here = lambda: other  # type: ignore[method-assign]
    try:
        RemoteEncoders.open(model, address)
    finally:
        del remote.Processor.here


def _refused(work: Callable[[], object]) -> str:
    try:
        work()
    except EncodersError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
