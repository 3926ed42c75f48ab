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
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.build import build
from index.encoder import remote
from index.encoder.encoder import Encoder
from index.encoder.remote import RemoteEncoders
from index.errors import EncodersError
from retrieval import Retriever
from tests.conftest import write_seeds
from tests.telegram.bad_days import QUESTION, WORDS

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_TEXTS = 400
# Of so few texts, so that there are many blocks and they take no time.
_BLOCK = 32
_STORE = 100 << 20
# Seconds for a build to begin with its encoding, and to end when that is hopeless.
_BEGINS_WITHIN = 60.0
_ENDS_WITHIN = 150.0


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
    disturbances: dict[str, Callable[[], object]] = {
        "blocks": lambda: None,
        "killed": _kill_an_encoder,
        "node lost": lambda: cluster.remove_node(second),
    }
    for name, disturb in disturbances.items():
        seen[name] = _encoded(encoders, texts, disturb).tobytes() == expected.tobytes()
    encoders.close()
    seen["other"] = _refused(lambda: _of_another_kind(model, address))
    seen["head lost"] = _built_without_head(cluster, seeds, data["here"], address)
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


def _encoded(encoders: RemoteEncoders, texts: list[str], disturb: Callable[[], object]) -> Any:
    """Encode, with a disturbance when the first block is done and others are in hand."""
    left = [disturb]

    def done(_: int) -> None:
        if left:
            left.pop()()

    return encoders.passages(texts, done=done)


def _kill_an_encoder(name: bytes = b"ray::_Encoding") -> bool:
    """Kill a process of Ray that encodes, as a machine that runs out of memory does; return whether there was one.

    Parameters:
        name: what its name begins with: `ray::_Encoding.passages` while it encodes.
    """
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found = process.read_bytes()
        except OSError:
            continue
        if found.startswith(name):
            os.kill(int(process.parent.name), signal.SIGKILL)
            return True
    return False


def _built_without_head(cluster: Any, seeds: Path, data: Path, address: str) -> dict[str, Any]:
    """Build in a process of its own, and kill the cluster's head, with its encoder, while that encodes."""
    tale = " ".join(f"On night {night} the ferry to Askholm took {night * 7} sheep on board." for night in range(400))
    write_seeds(seeds, {f"tale-{number}.txt": f"Tale {number}\n\n{number}. {tale}" for number in range(30)})
    before = (data / "index/CURRENT").read_text()
    places = {"VERBATIM_DATA": str(data), "VERBATIM_SEEDS": str(seeds), "VERBATIM_ENCODERS": address}
    building = subprocess.Popen(
        [sys.executable, "-m", "index", "build"], stderr=subprocess.PIPE, text=True, env={**os.environ, **places}
    )
    until = time.monotonic() + _BEGINS_WITHIN
    while not _kill_an_encoder(b"ray::_Encoding.passages"):
        assert building.poll() is None, "the build ended before it encoded"
        assert time.monotonic() < until, "the build does not encode"
        time.sleep(0.02)
    cluster.head_node.kill_gcs_server()
    _, said = building.communicate(timeout=_ENDS_WITHIN)
    with Retriever.open(data) as retriever:
        answered = WORDS in retriever.ask(QUESTION).citations[0].quote
    left = (data / "index/CURRENT").read_text()
    return {"code": building.returncode, "said": said, "same": left == before, "answered": answered}


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
