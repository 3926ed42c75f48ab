"""Measurements stored by commit in `results/`: one JSON file a commit, with the parts measured there."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from index.encoder.runtime import openvino

HERE: Final = Path(__file__).resolve().parent
RESULTS: Final = HERE / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its name, the value in its unit, and how it was measured."""

    name: str
    value: float
    unit: str
    how: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it was measured at one commit.

    Attributes:
        measured: when, ISO 8601, UTC.
        machine: what on.
        sizes: where it was measured at several numbers of passages, what was found at each.
    """

    name: str
    commit: str
    measured: str
    machine: str
    figures: tuple[Figure, ...]
    sizes: tuple[dict[str, Any], ...] = ()


def measured_now(name: str, figures: Sequence[Figure], sizes: Sequence[dict[str, Any]] = ()) -> Part:
    """Return a part that has just been measured on this machine."""
    when = datetime.now(UTC).isoformat(timespec="seconds")
    return Part(name, commit(), when, machine(), tuple(figures), tuple(sizes))


def store(part: Part, folder: Path = RESULTS) -> None:
    """Store a part in its commit's file, in place of an earlier measurement of it."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{part.commit}.json"
    parts = {one.name: one for one in _read(file)} if file.exists() else {}
    parts[part.name] = part
    written = {name: _plain(parts[name]) for name in sorted(parts)}
    file.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


def stored(folder: Path = RESULTS) -> list[Part]:
    """Return every part of every commit, the newest first."""
    parts = sorted((part for file in folder.glob("*.json") for part in _read(file)), key=lambda part: part.name)
    return sorted(parts, key=lambda part: part.measured, reverse=True)


def commit() -> str:
    """Return the commit that is measured, with '-dirty' behind it if files differ from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=10"], cwd=HERE, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def machine() -> str:
    """Describe the processor, the cores this process may use, and whether it computes in bf16."""
    core = openvino.Core()
    precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "no bf16"
    cores = len(os.sched_getaffinity(0))
    return f"{core.get_property('CPU', 'FULL_DEVICE_NAME')}, {cores} cores, {precision}, {platform.system()}"


def _plain(part: Part) -> dict[str, Any]:
    fields = asdict(part)
    del fields["name"], fields["commit"]
    return fields


def _read(file: Path) -> list[Part]:
    parts: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return [
        Part(
            name,
            file.stem,
            fields["measured"],
            fields["machine"],
            tuple(Figure(**figure) for figure in fields["figures"]),
            tuple(fields["sizes"]),
        )
        for name, fields in parts.items()
    ]
