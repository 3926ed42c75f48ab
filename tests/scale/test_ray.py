"""Encoding on a Ray cluster gives the bits of a local build, whatever dies in between."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from index.encoder.model import DEFAULT_MODEL, prepare
from index.encoder.remote import RemoteEncoders
from index.errors import AddressError
from tests.conftest import write_seeds
from tests.telegram.bad_days import STORIES

# Where a head is lost, Ray waits for it for a minute.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of tests/scale/ray_session.py."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("ray is not installed: `make test-scale` installs what tests of servers need")
    unshare = shutil.which("unshare")
    alone = [unshare or "unshare", "-rn", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if unshare is None or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("the kernel lets this user make no namespaces, and Ray listens on every address")
    folder = tmp_path_factory.mktemp("ray")
    prepare(DEFAULT_MODEL, folder / "models")
    write_seeds(folder / "seeds", STORIES)
    # Ray's sockets stand in a folder of it, and their paths may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as short:
        done = subprocess.run(
            [*alone, sys.executable, "-m", "tests.scale.ray_session", str(folder)],
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
            env={**os.environ, "HOME": str(folder), "RAY_TMPDIR": short},
        )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test_a_build_on_the_cluster_writes_the_bytes_of_a_local_one(seen: dict[str, Any]) -> None:
    assert seen["encoded"] > 0
    assert seen["build"]


@pytest.mark.parametrize("disturbance", ["blocks", "killed", "node lost"])
def test_vectors_are_those_of_this_machine_bit_for_bit_and_in_order(seen: dict[str, Any], disturbance: str) -> None:
    assert seen[disturbance]


def test_processors_of_another_kind_are_refused(seen: dict[str, Any]) -> None:
    assert seen["other"].startswith("a node of the Ray cluster differs from this machine (name ")
    assert "encode on machines of one kind" in seen["other"]


def test_a_head_that_is_lost_ends_the_build_with_one_line_and_the_old_index_is_served_on(seen: dict[str, Any]) -> None:
    lost = seen["head lost"]
    assert lost["code"] == 1
    assert lost["said"].splitlines()[-1].startswith("the head of the Ray cluster at 127.0.0.1:")
    assert lost["said"].endswith("start the cluster again, or set VERBATIM_ENCODERS=local\n")
    assert "Traceback" not in lost["said"]
    assert lost["same"]
    assert lost["answered"]


def test_a_cluster_that_is_gone_is_said_in_one_line(seen: dict[str, Any]) -> None:
    assert seen["gone"].startswith("no Ray cluster can be joined at ray://127.0.0.1:")
    assert "\n" not in seen["gone"]


@pytest.mark.parametrize(
    "address", ["", "ray", "ray://", "http://127.0.0.1:6379", "ray://host", "ray://:6379", "ray://host:99999"]
)
def test_an_address_of_no_cluster_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(AddressError, match="VERBATIM_ENCODERS names no encoders: give local, or ray://host:6379"):
        RemoteEncoders.open(tmp_path, address)
