"""How much memory a process took."""

from pathlib import Path


def peak() -> float:
    """Megabytes that this process had at most; `ru_maxrss` would count those of the one that started it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM:"))
