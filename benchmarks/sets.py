"""Question sets made ready to be asked: their documents built into an index."""

from collections.abc import Sequence
from pathlib import Path

from index.build import build
from index.encoder.model import DEFAULT_MODEL


def documents(folder: Path) -> list[str]:
    """The lines of a set's `corpus.jsonl`, a document each."""
    # Not splitlines(): JSON leaves some line separators of Unicode as they are.
    return [line for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").split("\n") if line]


def indexed(lines: Sequence[str], work: Path, model: str = DEFAULT_MODEL) -> Path:
    """The data folder, in `work`, with an index of these documents; brought up to date where there is one."""
    seeds, data = work / "seeds", work / "var"
    seeds.mkdir(parents=True, exist_ok=True)
    (seeds / "corpus.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    build(seeds, data, model=model)
    return data
