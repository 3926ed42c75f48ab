"""The tokens of every passage, one bit for each component of their vectors, for reading question and passage together.

Late interaction (Khattab & Zaharia 2020, "ColBERT") needs a vector for each token. Of a passage's, only the signs are
kept: 48 bytes a token instead of 1,536. Measured on squadshifts_newwiki, a question's vectors in full against signs
rank as well as against vectors in full, and signs need neither training nor a range that fits the articles.

On disk, in a folder: `bits.bin`, all tokens one after another; `starts.bin`, int64, where each passage's begin, and the
end; `checksums.bin`, uint32, the CRC-32 of each passage's bits; `frequencies.bin`, int32, in how many passages each
token of the vocabulary stands.

`bits.bin` is the largest file of a generation by far: some 10 kB a passage, of which a question reads 30. So nobody
reads it through when it is opened; what a question needs of it is checked as it is read.
"""

import logging
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import numpy as np
from numpy.typing import NDArray

from index.encoder import TokenSigns
from index.errors import GenerationError

log = logging.getLogger("verbatim.index")

BITS: Final = "bits.bin"
STARTS: Final = "starts.bin"
CHECKSUMS: Final = "checksums.bin"
FREQUENCIES: Final = "frequencies.bin"
# The signs that each byte stands for, float32 of shape (256, 8).
_SIGNS: Final = np.where(np.unpackbits(np.arange(256, dtype=np.uint8)[:, np.newaxis], axis=1) > 0, 1, -1).astype("f4")
# Products are taken in parts of so many multiplications: their operands stay in the processor's cache, and OpenBLAS
# does them on the thread that asks. Several threads take longer for so little, and wait for one another.
_SMALL: Final = 1_000_000
_MEND: Final = "rebuild it with `python -m index build --clean`"


class TokenWriter:
    """Writes the tokens of passages, in the order of their numbers, as a context manager.

    Parameters:
        folder: made by this.

    Raises:
        OSError: where the disk does not take it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starts = [0]
        self._checksums: list[int] = []
        self._frequencies = np.zeros(0, np.int64)
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir()
        self._file = (self._folder / BITS).open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        self._file.close()
        if error is None:
            np.array(self._starts, "<i8").tofile(self._folder / STARTS)
            np.array(self._checksums, "<u4").tofile(self._folder / CHECKSUMS)
            self._frequencies.astype("<i4").tofile(self._folder / FREQUENCIES)

    def add(self, passages: Sequence[TokenSigns]) -> None:
        """Add the next passages."""
        assert self._file is not None
        for passage in passages:
            bits = passage.bits.tobytes()
            self._file.write(bits)
            self._checksums.append(zlib.crc32(bits))
            self._starts.append(self._starts[-1] + len(passage.ids))
            distinct = np.unique(passage.ids)
            if len(distinct) and distinct[-1] >= len(self._frequencies):
                self._frequencies = np.pad(self._frequencies, (0, int(distinct[-1]) + 1 - len(self._frequencies)))
            self._frequencies[distinct] += 1


class TokenIndex:
    """The tokens of a generation's passages. Read only, memory-mapped, safe to read from several threads."""

    def __init__(
        self,
        bits: NDArray[np.uint8],
        starts: NDArray[np.int64],
        checksums: NDArray[np.uint32],
        frequencies: NDArray[np.int32],
        dimension: int,
    ) -> None:
        self._bits = bits
        # Without the memmap's own bookkeeping, which takes longer than a slice.
        self._flat = np.asarray(bits).view(np.ndarray)
        self._starts = starts
        self._checksums = checksums
        self._complained = False
        self._frequencies = frequencies
        self._dimension = dimension

    @classmethod
    def open(cls, folder: Path, dimension: int, passages: int) -> "TokenIndex":
        """Map the files.

        Parameters:
            dimension: components of a token's vector.
            passages: how many there must be.

        Raises:
            GenerationError: if they cannot be read, or do not hold what they should.
        """
        width = -(-dimension // 8)
        try:
            starts = np.fromfile(folder / STARTS, "<i8")
            checksums = np.fromfile(folder / CHECKSUMS, "<u4")
            frequencies = np.fromfile(folder / FREQUENCIES, "<i4")
            size = (folder / BITS).stat().st_size
            whole = len(starts) == passages + 1 and starts[0] == 0 and bool(np.all(np.diff(starts) >= 0))
            if not whole or len(checksums) != passages or size != int(starts[-1]) * width:
                raise GenerationError(f"{folder} does not hold the tokens of {passages:,} passages: {_MEND}")
            flat = np.memmap(folder / BITS, np.uint8, "r") if size else np.empty(0, np.uint8)
        except (OSError, ValueError) as error:
            raise GenerationError(f"{folder} cannot be read as the tokens of passages: {_MEND}") from error
        return cls(flat.reshape(-1, width), starts, checksums, frequencies, dimension)

    def sound(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the tokens of each of these passages are those that were written, bool of shape (numbers,)."""
        found = [
            zlib.crc32(self._bits[self._starts[n] : self._starts[n + 1]].data) == self._checksums[n] for n in numbers
        ]
        if not all(found) and not self._complained:
            self._complained = True
            log.error("tokens of passages were altered and are not used: check with `python -m index verify`")
        return np.array(found, np.bool_)

    def idf(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """How much each token tells, float64 of shape (ids,): Robertson & Zaragoza (2009), the IDF of BM25, above 0."""
        known = ids < len(self._frequencies)
        frequencies = np.where(known, self._frequencies[np.where(known, ids, 0)], 0) if len(self._frequencies) else 0
        passages = len(self._starts) - 1
        idf: NDArray[np.float64] = np.log1p((passages - frequencies + 0.5) / (frequencies + 0.5)) + 0.0 * ids
        return idf

    def nearest(self, tokens: NDArray[np.float32], numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """How near the nearest token of each passage comes to each token of a question.

        Parameters:
            tokens: float32 of shape (tokens, dimension), unit length.
            numbers: of passages, each with at least one token; see `sound`.

        Returns:
            cosines to the signs, float32 of shape (numbers, tokens).
        """
        return np.stack([cosines.max(axis=0) for cosines in self.each(tokens, numbers)])

    def cosines(self, tokens: NDArray[np.float32], number: int) -> NDArray[np.float32]:
        """How near each token of one passage comes to each token of a question.

        Parameters:
            tokens: float32 of shape (tokens, dimension), unit length.

        Returns:
            cosines to the signs, float32 of shape (tokens of the passage, tokens).
        """
        return self.each(tokens, np.array([number]))[0]

    def each(self, tokens: NDArray[np.float32], numbers: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """What `cosines` gives for each of several passages, computed together."""
        starts, ends = self._starts[numbers].tolist(), self._starts[numbers + 1].tolist()
        bits = np.concatenate([self._flat[start:end] for start, end in zip(starts, ends, strict=True)])
        borders = np.cumsum([end - start for start, end in zip(starts, ends, strict=True)])
        return np.split(self._cosines(tokens, bits), borders[:-1])

    def _cosines(self, tokens: NDArray[np.float32], bits: NDArray[np.uint8]) -> NDArray[np.float32]:
        columns = np.ascontiguousarray(tokens.T)
        rows = max(1, _SMALL // max(1, columns.size))
        signs = np.empty((min(rows, len(bits)), bits.shape[1], 8), np.float32)
        products = np.empty((len(bits), len(tokens)), np.float32)
        for start in range(0, len(bits), rows):
            part = bits[start : start + rows]
            unpacked = np.take(_SIGNS, part, axis=0, out=signs[: len(part)], mode="clip")
            np.matmul(
                unpacked.reshape(len(part), -1)[:, : self._dimension], columns, out=products[start : start + rows]
            )
        products /= np.float32(self._dimension**0.5)
        return products
