"""The processor that the libraries need: on an older one they end the program with an illegal instruction.

NumPy 2.4 is compiled for x86-64-v2, and nothing here needs more: with qemu's Nehalem, which has neither AVX nor AVX2,
NumPy, OpenVINO and FAISS load and compute; with its Conroe, which has no SSE4, importing NumPy ends the process.
"""

import os
from pathlib import Path
from typing import Final

# x86-64-v2 of the x86-64 psABI, by the names that Linux has for its flags.
_NEEDED: Final = ("cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3")


def lacking(described: str, machine: str) -> list[str]:
    """Return the instruction sets that are needed and that a processor lacks.

    Parameters:
        described: what Linux says of the processors, as in /proc/cpuinfo; '' where it says nothing.
        machine: the kind of processor, as `os.uname` names it.
    """
    flags = next((line for line in described.splitlines() if line.startswith("flags")), "")
    if machine != "x86_64" or not flags:
        return []
    there = flags.partition(":")[2].split()
    return [name for name in _NEEDED if name not in there]


def refusal() -> str | None:
    """Return the line for a person whose processor is too old, None where it is not."""
    try:
        described = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:  # not a Linux
        return None
    missing = lacking(described, os.uname().machine)
    if not missing:
        return None
    return (
        f"this processor lacks {', '.join(missing)}, without which NumPy and OpenVINO do not run: use a machine of "
        "2009 or later, or have the virtual machine show the host's own processor"
    )
