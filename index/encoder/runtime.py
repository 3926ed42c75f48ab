"""OpenVINO, kept from calling out.

Importing openvino sends a usage event over the network unless the person has opted out beforehand. It falls back to a
stub when its telemetry package cannot be imported, so that import is made to fail here. Where another program has
imported openvino before, that event is its own; from here on nothing more is sent.
"""

import sys
from contextlib import suppress
from types import ModuleType
from typing import Final

_TELEMETRY: Final = "openvino_telemetry"


def hush() -> None:
    """Have openvino, imported already or not, use the stub of its telemetry."""
    telemetry = sys.modules.get(_TELEMETRY)
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # makes `import` fail, by the import system's rules
    if telemetry is None:
        return
    with suppress(Exception):  # its inner parts may be named otherwise in another version
        telemetry.Telemetry().force_shutdown(0)
    from openvino.tools.ovc import telemetry_stub

    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and vars(module).get("tm") is telemetry:
            vars(module)["tm"] = telemetry_stub


hush()

import openvino  # noqa: E402

__all__ = ["openvino"]
