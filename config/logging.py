"""Logging: structlog on standard error, quiet unless asked.

What libraries log goes through the same door; what they would print or warn of is logged at debug level.
"""

import logging
import sys
import warnings
from typing import Final

import structlog

_OURS: Final = "verbatim"


def configure(verbosity: int = 0) -> None:
    """Set up logging for a program.

    Parameters:
        verbosity: 0 for warnings of our own and nothing of the libraries, 1 for what the program does, 2 for
            everything, the libraries' words included.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]
    renderer = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.CRITICAL + 1 if verbosity < 2 else level)
    logging.getLogger(_OURS).setLevel(level)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(verbosity >= 2)
    if verbosity < 2:
        # People can do nothing about what a library says; the tests turn its warnings into errors.
        warnings.simplefilter("ignore")
        # Some libraries give their loggers a level of their own, which lets their words past the root's.
        handler.addFilter(logging.Filter(_OURS))
