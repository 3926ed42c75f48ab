"""A processor that is too old is one line, not an illegal instruction."""

import subprocess
import sys
from pathlib import Path

import pytest

from config import processor

# The flags of qemu's models of these processors.
CONROE = (
    "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 syscall nx lm "
)
CONROE += "pni ssse3 cx16 lahf_lm"
PENRYN = f"{CONROE} sse4_1"
NEHALEM = f"{PENRYN} sse4_2 popcnt"


def described(flags: str) -> str:
    return f"processor\t: 0\nmodel name\t: some processor with sse4_2 popcnt in its name\nflags\t\t: {flags}\n"


@pytest.mark.parametrize(
    ("flags", "missing"),
    [(CONROE, ["popcnt", "sse4_1", "sse4_2"]), (PENRYN, ["popcnt", "sse4_2"]), (NEHALEM, []), (f"{NEHALEM} avx2", [])],
)
def test_what_x86_64_v2_has_is_needed_and_avx2_is_not(flags: str, missing: list[str]) -> None:
    assert processor.lacking(described(flags), "x86_64") == missing


def test_where_linux_says_nothing_or_the_processor_is_another_kind_nothing_is_missed() -> None:
    assert processor.lacking("", "x86_64") == []
    assert processor.lacking("processor\t: 0\nFeatures\t: fp asimd\n", "aarch64") == []


@pytest.mark.parametrize("program", ["index", "retrieval", "bot"])
def test_every_program_says_so_in_one_line_before_it_loads_what_would_end_it(program: str, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; real = Path.read_text\n"
        "def read(path, *given, **named):\n"
        f"    return {described(CONROE)!r} if str(path) == '/proc/cpuinfo' else real(path, *given, **named)\n"
        "Path.read_text = read; sys.modules['numpy'] = None\n"
        f"import runpy; runpy.run_module({program!r}, run_name='__main__', alter_sys=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "this processor lacks popcnt, sse4_1, sse4_2, without which NumPy and OpenVINO do not"
    )
    assert len(done.stderr.splitlines()) == 1
