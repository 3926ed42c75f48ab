"""What a file's pages take is given back, and what stands in the file is still read."""

import mmap
import re
from pathlib import Path

from index.encoder.encoder import Encoder
from index.encoder.runtime import release_pages

SIZE = 8 << 20


def resident(file: Path) -> int:
    """Bytes of the file's mappings that are resident in this process, as the kernel counts them."""
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            inside = line.endswith(str(file))
        elif inside and line.startswith("Rss:"):
            total += int(line.split()[1]) * 1024
    return total


def test_pages_that_were_read_are_given_back_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "weights of a graph.bin"
    file.write_bytes(bytes(range(256)) * (SIZE // 256))
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ) as mapped:
        assert sum(mapped[:: mmap.PAGESIZE]) == 0
        assert resident(file) == SIZE
        assert release_pages(file) == SIZE
        assert resident(file) == 0
        assert mapped[1000] == 1000 % 256


def test_a_mapping_that_may_have_been_written_to_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(bytes(SIZE))
    with file.open("r+b") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY) as mapped:
        mapped[5000] = 7
        assert release_pages(file) == 0
        assert mapped[5000] == 7


def test_a_file_that_is_not_mapped_is_no_error(tmp_path: Path) -> None:
    assert release_pages(tmp_path / "nowhere.bin") == 0


def test_an_encoder_does_not_hold_the_file_that_its_weights_were_read_from(model_folder: Path) -> None:
    weights = (model_folder / "graph.bin").resolve()
    for many in (True, False):
        encoder = Encoder.open(model_folder, many=many)
        assert resident(weights) == 0
        encoder.passages(["The ferry sailed again on Monday. " * length for length in range(1, 30)])
        assert resident(weights) < weights.stat().st_size / 4
