"""Machines, memory, disk, cost and hours for ten million passages and more, worked out from measured unit figures.

    python -m benchmarks.on_paper

It prints the table of docs/scale.md. Nothing is measured here: the figures are those of benchmarks/README.md for one
passage, one question and one core, and prices that are assumed. Change them above, and the table follows.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Measured, see benchmarks/README.md: passages that a core encodes in a second (136 on two), processor seconds of a
# question with the reader, and bytes of the catalog for a passage (280.5 MB of 250,000).
ENCODED: Final = 136.24 / 2
QUESTION: Final = 0.0605
CATALOG: Final = 280.5e6 / 250_000
# Assumed: different words of a passage, of two hundred tokens at most. Each takes 4 bytes of dimension and 4 of weight.
WORDS: Final = 80 * 8
# Article, source and day, of 8 bytes each, and assumed as much again for the index of each.
ORIGIN: Final = 2 * 3 * 8
# Components of a vector: stored in 4 bytes, searched in 4, in 1, or (DiskANN) in an eighth of one.
COMPONENTS: Final = 384
STORED: Final = 4 * COMPONENTS
# 64 links of 4 bytes on the ground floor of a graph of M = 32, and a 31st of that above it.
LINKS: Final = 64 * 4 * 32 / 31
# Assumed: dollars an hour for a core and for a gigabyte of memory, and a month for one of disk.
CORE: Final = 0.04
MEMORY: Final = 0.005
DISK: Final = 0.10
HOURS: Final = 730
# Assumed: memory of a query node, the share of it that holds an index, its cores, and how many copies there are.
NODE: Final = 64e9
SHARE: Final = 0.75
CORES: Final = 16
COPIES: Final = 2
# Assumed: questions a second at the busiest, and how full a core of a worker may be.
BUSIEST: Final = 20
FULL: Final = 0.6
# Assumed: of an SSD, seconds for a random read; of DiskANN, reads one after another for a search; of a network, seconds
# there and back. A question asks three times: for nearest vectors, for best words, and for the rows of both.
READ: Final = 0.0001
READS: Final = 64
NETWORK: Final = 0.0005
ASKED: Final = 3
# Measured: milliseconds of a graph over 60,000 (benchmarks/README.md, vectors alone); its work grows with the logarithm
# (Malkov & Yashunin 2018).
GRAPH: Final = 0.0008, 60_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How so many passages are kept.

    Attributes:
        in_memory, on_disk: bytes of a passage on a query node.
        encoders: cores that encode.
        on_ssd: whether a search reads an SSD step by step.
    """

    passages: int
    kind: str
    in_memory: float
    on_disk: float
    encoders: int
    on_ssd: bool = False

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield the figures, each with its name."""
        memory, disk = self.passages * self.in_memory, self.passages * self.on_disk
        nodes = COPIES * max(1, math.ceil(memory / (NODE * SHARE)))
        workers = math.ceil(BUSIEST * QUESTION / FULL)
        # As the nodes hold it, and once more in the object storage of Milvus; two generations while one is replaced.
        stored = 2 * (COPIES + 1) * disk
        catalogs = 2 * self.passages * CATALOG
        month = HOURS * (nodes * (CORES * CORE + NODE / 1e9 * MEMORY) + workers * (CORE + 1 * MEMORY))
        month += (stored + catalogs) / 1e9 * DISK
        near, over = GRAPH
        search = READS * READ if self.on_ssd else near * math.log(self.passages) / math.log(over)
        yield "passages", f"{self.passages:,}"
        yield "index of vectors", self.kind
        yield "in memory a passage", f"{self.in_memory:,.0f} B"
        yield "in memory, one copy", _bytes(memory)
        yield f"query nodes of {NODE / 1e9:.0f} GB, two copies", f"{nodes}"
        yield "disk of Milvus, two generations", _bytes(stored)
        yield "catalog, one generation", _bytes(self.passages * CATALOG)
        yield f"cores of workers at {BUSIEST} questions a second", f"{workers}"
        yield "a month, $", f"{round(month, -2):,.0f}"
        yield f"encoding all, on {self.encoders} cores", f"{self.passages / ENCODED / self.encoders / 3600:,.1f} h"
        yield "a search of vectors", f"{1000 * search:.1f} ms"
        yield "p50 of a question", f"{1000 * (QUESTION + search + ASKED * NETWORK):.0f} ms"


PLANS: Final = (
    Plan(10_000_000, "HNSW, float32", STORED + LINKS + WORDS + ORIGIN, STORED + LINKS + WORDS + ORIGIN, 64),
    Plan(
        100_000_000,
        "HNSW_SQ8, rows on disk",
        COMPONENTS + LINKS + WORDS + ORIGIN,
        STORED + COMPONENTS + LINKS + WORDS + ORIGIN,
        64,
    ),
    # A vector and its links fill a block of 4,096 bytes of the disk. Words are mapped from it; a tenth is in memory.
    Plan(
        1_000_000_000,
        "DISKANN, words mapped",
        COMPONENTS / 8 + WORDS / 10 + ORIGIN,
        4096 + STORED + WORDS + ORIGIN,
        512,
        on_ssd=True,
    ),
)


def table() -> Iterator[str]:
    """Yield the lines of the table, a column for each plan."""
    columns = [list(plan.rows()) for plan in PLANS]
    for i, rows in enumerate(zip(*columns, strict=True)):
        names = dict.fromkeys(name for name, _ in rows)
        # The number of cores that encode differs.
        name = next(iter(names)) if len(names) == 1 else "encoding all"
        values = [value if len(names) == 1 else f"{value} ({said.split(', ')[1]})" for said, value in rows]
        yield f"| {name} | {' | '.join(values)} |"
        if not i:
            yield f"|---|{'---:|' * len(PLANS)}"


def _bytes(count: float) -> str:
    return f"{count / 1e12:,.1f} TB" if count >= 1e12 else f"{count / 1e9:,.0f} GB"


if __name__ == "__main__":
    print("\n".join(table()))
