"""OpenVINO, kept from calling out.

Importing openvino sends a usage event over the network unless the person has opted out beforehand. It falls
back to a stub when its telemetry package cannot be imported, so that import is made to fail, here, before
anything else of the program can import openvino.
"""

import sys

if "openvino" in sys.modules:
    raise ImportError("openvino was imported before index.runtime, which keeps it from calling out")
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # what makes `import` fail, by the import system's rules

import openvino  # noqa: E402

__all__ = ["openvino"]
