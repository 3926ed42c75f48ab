"""OpenVINO, kept from calling out, on a processor that it runs on.

Importing openvino sends a usage event over the network unless the person has opted out beforehand. It falls back to a
stub when its telemetry package cannot be imported, so that import is made to fail here. Where another program has
imported openvino before, that event is its own; from here on nothing more is sent.
"""

import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Final

from index.errors import ProcessorError

_TELEMETRY: Final = "openvino_telemetry"
# What OpenVINO's CPU plugin, oneDNN, FAISS and NumPy are all compiled for at the least.
_NEEDED: Final = "sse4_2"


def hush() -> None:
    """Have openvino, imported already or not, use the stub of its telemetry."""
    telemetry = sys.modules.get(_TELEMETRY)
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # makes `import` fail, by the import system's rules
    if telemetry is None:
        return
    from openvino.tools.ovc import telemetry_stub

    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and vars(module).get("tm") is telemetry:
            vars(module)["tm"] = telemetry_stub
    with suppress(Exception):  # its inner parts may be named otherwise in another version
        telemetry.Telemetry().force_shutdown(0)


def check_processor(described: str, machine: str) -> None:
    """Refuse a processor on which OpenVINO would end the program with an illegal instruction.

    Parameters:
        described: what Linux says of the processors, as in /proc/cpuinfo; '' where it says nothing.
        machine: the kind of processor, as `os.uname` names it.

    Raises:
        ProcessorError: if it lacks instructions that are needed.
    """
    flags = next((line for line in described.splitlines() if line.startswith("flags")), "")
    if machine == "x86_64" and flags and _NEEDED not in flags.partition(":")[2].split():
        raise ProcessorError(
            "this processor lacks SSE4.2, without which OpenVINO does not run: use a machine with a processor of 2009 or "
            "later, or let the virtual machine pass the host's processor through"
        )


def _described() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:  # not a Linux
        return ""


hush()

import openvino  # noqa: E402

__all__ = ["openvino"]
