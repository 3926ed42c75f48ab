"""What is kept of a compiled graph saves time, and can do no harm."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.encoder.encoder import Encoder
from index.encoder.runtime import openvino
from tests.sampled import sampled

# One stream for each core.
KEPT = f"compiled-{len(os.sched_getaffinity(0))}.bin"


@pytest.fixture
def folder(model_folder: Path, tmp_path: Path) -> Path:
    """A copy of the converted model that nobody has compiled."""
    for name in ("graph.bin", "graph.xml", "tokenizer.json", "encoder.json"):
        (tmp_path / name).symlink_to(model_folder / name)
    return tmp_path


def vector(folder: Path) -> NDArray[np.float32]:
    return Encoder.open(folder).question("The ferry to the islands was cancelled.")


@pytest.fixture(scope="module")
def expected(model_folder: Path) -> NDArray[np.float32]:
    """From a graph compiled by hand, with nothing kept, run on the token ids."""
    graph = openvino.Core().compile_model(str(model_folder / "graph.xml"), "CPU")
    tokenizer = json.loads((model_folder / "tokenizer.json").read_text())
    vocabulary = tokenizer["model"]["vocab"]
    words = ["[CLS]", "the", "ferry", "to", "the", "islands", "was", "cancelled", ".", "[SEP]"]
    ids = np.array([[vocabulary[word] for word in words]])
    result: NDArray[np.float32] = graph([ids, np.ones_like(ids), np.zeros_like(ids)])[0][0]
    return result


def test_the_compiled_graph_gives_the_same_vectors_when_it_is_read_back(
    folder: Path, expected: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = vector(folder)

    def never(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(openvino.Core, "compile_model", never)
    second = vector(folder)
    assert first @ expected >= 0.9999
    assert second @ expected >= 0.9999


def test_the_compiled_graph_is_small_because_it_holds_no_weights(folder: Path) -> None:
    vector(folder)
    assert 0 < (folder / KEPT).stat().st_size < 2_000_000
    assert [path.name for path in folder.iterdir() if not path.is_symlink()] == [KEPT]


@pytest.mark.parametrize("place", sampled([0, 40, 500, 14_862, 63_381, 181_246, -1], 3))
def test_a_flipped_bit_in_the_compiled_graph_changes_no_vector_and_is_mended(
    folder: Path, expected: NDArray[np.float32], place: int
) -> None:
    vector(folder)
    sound = (folder / KEPT).read_bytes()
    content = bytearray(sound)
    content[place] ^= 0x40
    (folder / KEPT).write_bytes(content)
    assert vector(folder) @ expected >= 0.9999
    assert (folder / KEPT).stat().st_size == pytest.approx(len(sound), rel=0.01)
    assert (folder / KEPT).read_bytes() != bytes(content)


@pytest.mark.parametrize("content", sampled([b"", b"garbage", bytes(100_000)], 2))
def test_garbage_in_place_of_the_compiled_graph_is_replaced(
    folder: Path, expected: NDArray[np.float32], content: bytes
) -> None:
    (folder / KEPT).write_bytes(content)
    assert vector(folder) @ expected >= 0.9999
    assert (folder / KEPT).stat().st_size > 100_000


def test_what_another_version_of_openvino_compiled_is_compiled_again(
    folder: Path, expected: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(openvino, "get_version", lambda: "2025.1.0")
        vector(folder)
    before = (folder / KEPT).read_bytes()
    assert vector(folder) @ expected >= 0.9999
    # Its first bytes are a checksum of the version as well.
    assert (folder / KEPT).read_bytes()[:32] != before[:32]


def test_where_nothing_can_be_kept_the_model_opens_all_the_same(folder: Path, expected: NDArray[np.float32]) -> None:
    # A folder in its place refuses to be read and to be replaced, for every user.
    (folder / KEPT).mkdir()
    assert vector(folder) @ expected >= 0.9999
    assert [path.name for path in folder.iterdir() if not path.is_symlink()] == [KEPT]
