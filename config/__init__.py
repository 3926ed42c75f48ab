"""The environment: settings and logging. Read only where a program starts."""

from config.cli import FAILURE, print_error
from config.processor import refusal

# Before anything imports NumPy, which would end the program without a word.
_REFUSAL = refusal()
if _REFUSAL is not None:
    raise SystemExit(print_error(_REFUSAL, FAILURE))
