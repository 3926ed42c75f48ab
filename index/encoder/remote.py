"""Encoders on other machines: Ray keeps one on each node of its cluster, and a build's passages go to them in blocks.

The machine that builds is a node of the cluster, and all nodes see the data folder, which holds the converted model,
under the same path. Vectors are put in order here. They are those of a local build, bit for bit, since a text's vector
does not depend on the texts that are encoded beside it; but processors of another kind round otherwise, so that nodes
must be alike. What an encoder had in hand when it died is given to another one. Ray starts it again where there is
room, and it is given work when it is back.
"""

import logging
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from index.encoder.encoder import Encoder, Vectors
from index.encoder.runtime import openvino as ov
from index.errors import AddressError, EncodersError, require

_SCHEME: Final = "ray://"
# Passages of one block: some seconds of work, beside which sending it takes nothing.
_BLOCK: Final = 256
# Blocks that each encoder has: the one in hand, and the next.
_AHEAD: Final = 2
# Seconds for the head of the cluster to take a connection: Ray itself tries for a minute, and then ends the process.
_REACHED_WITHIN: Final = 10.0
# Seconds for an encoder to start on each node, and for one of the blocks in hand to be done.
_STARTS_WITHIN: Final = 300.0
_DONE_WITHIN: Final = 600.0
# Seconds between looks at the head of the cluster, and without it. Ray ends the process after 60 such seconds, often
# without a word; a head that is started anew, with a database that remembers its cluster, is back before.
_LOOKED_AT_EVERY: Final = 5.0
_LOST_AFTER: Final = 20.0


@dataclass(frozen=True, slots=True)
class Processor:
    """What the bits of a vector depend on beside the model and the text.

    Attributes:
        name: of the processor, as OpenVINO has it.
        capabilities: the arithmetic that OpenVINO uses on it.
        openvino, verbatim: versions.
    """

    name: str
    capabilities: tuple[str, ...]
    openvino: str
    verbatim: str

    @classmethod
    def here(cls) -> Self:
        """Return that of this machine."""
        core = ov.Core()
        return cls(
            core.get_property("CPU", "FULL_DEVICE_NAME"),
            tuple(sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))),
            ov.get_version(),
            version("verbatim-quotes"),
        )


class _Encoding:
    """An encoder on one node; Ray makes it there."""

    def __init__(self, folder: str) -> None:
        self._encoder = Encoder.open(Path(folder), many=True)
        self._processor = asdict(Processor.here())

    def ready(self) -> dict[str, Any]:
        """Return the processor it works on."""
        return self._processor

    def passages(self, texts: list[str]) -> tuple[dict[str, Any], Vectors]:
        """Return the processor, which a restart may have changed, and the vectors of passages."""
        return self._processor, self._encoder.passages(texts)


class _Head:
    """The head of a Ray cluster, without which nothing goes on for long.

    Parameters:
        host, port: of Ray's own port there.
    """

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port
        self._looked = time.monotonic()
        self._away_since: float | None = None
        # To leave a cluster Ray waits for its head, and then ends the process: so one without a head is left only with
        # the process, when the line about it has been written.
        self.lost = False

    def look(self) -> None:
        """See whether it still takes connections, unless that was done a moment ago.

        Raises:
            EncodersError: if it has taken none for long.
        """
        now = time.monotonic()
        if now < self._looked + _LOOKED_AT_EVERY:
            return
        self._looked = now
        try:
            socket.create_connection(self._place, _LOOKED_AT_EVERY).close()
            self._away_since = None
        except OSError as error:
            self._away_since = self._away_since or now
            if now >= self._away_since + _LOST_AFTER:
                self.lost = True
                raise EncodersError(
                    f"the head of the Ray cluster at {self._place[0]}:{self._place[1]} is lost ({_one_line(error)}): "
                    "start the cluster again, or set VERBATIM_ENCODERS=local"
                ) from error


class RemoteEncoders:
    """The encoders of a Ray cluster as one, for a build. Made by `open`; `close` it at the end.

    Parameters:
        ray: the library.
        head: of the cluster.
        local: the encoder of this machine, which counts tokens.
        encoders: Ray's handles.
    """

    def __init__(self, ray: Any, head: _Head, local: Encoder, encoders: Sequence[Any]) -> None:
        self._ray = ray
        self._head = head
        self._local = local
        self._encoders = list(encoders)
        self._processor = asdict(Processor.here())

    @classmethod
    def open(cls, folder: Path, address: str) -> Self:
        """Start an encoder on each node.

        Parameters:
            folder: of the converted model, on every node.
            address: `ray://host:port` of the cluster, whose port is Ray's own (6379).

        Raises:
            AddressError: if that is none.
            EncodersError: if the cluster cannot be reached, an encoder does not start, or processors are of different
                kinds.
        """
        host, _, port = address.removeprefix(_SCHEME).rpartition(":")
        if not address.startswith(_SCHEME) or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
            raise AddressError("VERBATIM_ENCODERS names no encoders: give local, or ray://host:6379")
        require("ray", "encoding on other machines", "ray")
        # Before it is imported, which reads it.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        try:
            socket.create_connection((host, int(port)), _REACHED_WITHIN).close()
            import ray  # an extra, and slow to import

            ray.init(f"{host}:{port}", log_to_driver=False, include_dashboard=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise EncodersError(
                f"no Ray cluster can be joined at {address} ({_one_line(error)}): start one there, and `ray start "
                "--address` on this machine, or set VERBATIM_ENCODERS=local"
            ) from error
        head = _Head(host, int(port))
        try:
            nodes = sum(node["Alive"] for node in ray.nodes())
            made = ray.remote(_Encoding).options(num_cpus=1, max_restarts=-1, scheduling_strategy="SPREAD")
            encoders = [made.remote(str(folder.resolve())) for _ in range(nodes)]
            own = cls(ray, head, Encoder.open(folder, many=True), encoders)
            starting = [encoder.ready.remote() for encoder in own._encoders]
            own._ready(starting, len(starting), _STARTS_WITHIN)
            for processor in own._waited(starting, 0):
                own._check(processor)
        except BaseException:
            if not head.lost:
                ray.shutdown()
            raise
        return own

    @property
    def at_once(self) -> int:
        """Return how many passages keep all encoders busy."""
        return _BLOCK * _AHEAD * len(self._encoders)

    @property
    def room(self) -> int:
        """Return how many tokens a passage may have."""
        return self._local.room

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text."""
        return self._local.count(texts)

    def passages(self, texts: Sequence[str], *, done: Callable[[int], None] = lambda _: None) -> Vectors:
        """Return the unit vectors of passages, float32 of shape (texts, dimension), in the order of the texts.

        Raises:
            EncodersError: if no encoder answers, the head is lost, or one came back on a processor of another kind.
        """
        vectors = np.empty((len(texts), self._local.card.dimension), np.float32)
        starts = deque(range(0, len(texts), _BLOCK))
        in_hand: dict[Any, tuple[int, Any]] = {}
        starting: dict[Any, Any] = {}
        free = deque(self._encoders * _AHEAD)
        lost = self._ray.exceptions.RayActorError, self._ray.exceptions.ObjectLostError
        while starts or in_hand:
            while starts and free:
                start, encoder = starts.popleft(), free.popleft()
                in_hand[encoder.passages.remote(list(texts[start : start + _BLOCK]))] = (start, encoder)
            ready = self._ready([*in_hand, *starting], 1, _DONE_WITHIN)
            if not ready:
                raise EncodersError(f"no encoder has answered for {_DONE_WITHIN:g} s: see `ray status`")
            if ready[0] in starting:
                free.append(starting.pop(ready[0]))
                continue
            start, encoder = in_hand.pop(ready[0])
            try:
                ((processor, made),) = self._waited(ready, _DONE_WITHIN, lost)
            except lost:
                starts.appendleft(start)
                # Answered when Ray has started it again.
                starting[encoder.ready.options(max_task_retries=-1).remote()] = encoder
                continue
            self._check(processor)
            vectors[start : start + len(made)] = made
            free.append(encoder)
            done(len(made))
        return vectors

    def close(self) -> None:
        """End the encoders and leave the cluster."""
        if not self._head.lost:
            for encoder in self._encoders:
                self._ray.kill(encoder)
            self._ray.shutdown()

    def _ready(self, references: list[Any], many: int, seconds: float) -> list[Any]:
        """Wait until so many answers are there, and return which; fewer after so many seconds.

        Raises:
            EncodersError: if the head is lost meanwhile.
        """
        until = time.monotonic() + seconds
        while True:
            ready, _ = self._ray.wait(references, num_returns=many, timeout=_LOOKED_AT_EVERY)
            self._head.look()
            if len(ready) >= many or time.monotonic() >= until:
                found: list[Any] = ready
                return found

    def _waited(self, references: list[Any], seconds: float, expected: tuple[type[Exception], ...] = ()) -> list[Any]:
        """Return what encoders answer; `expected` errors are raised as they are."""
        try:
            found: list[Any] = self._ray.get(references, timeout=seconds)
        except expected:
            raise
        except self._ray.exceptions.RayError as error:
            raise EncodersError(
                f"an encoder of the Ray cluster failed ({_one_line(error)}): see `ray status`, and whether every node "
                "sees the data folder and has Verbatim installed"
            ) from error
        return found

    def _check(self, processor: dict[str, Any]) -> None:
        if processor != self._processor:
            other = ", ".join(f"{key} {processor[key]}" for key in processor if processor[key] != self._processor[key])
            raise EncodersError(
                f"a node of the Ray cluster differs from this machine ({other}), so that its vectors would: encode on "
                "machines of one kind, with the same versions"
            )


def _one_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__
