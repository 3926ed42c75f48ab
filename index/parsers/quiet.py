"""Keeps the parsers' own loggers from speaking: what they find wrong with a page is no news to whoever runs a build."""

import logging
from typing import Final

LOGGERS: Final = ("charset_normalizer", "courlan", "htmldate", "justext", "markdown_it", "trafilatura")
SILENT: Final = logging.CRITICAL + 1


def hush() -> None:
    """Silences the libraries' loggers. To be called before one is imported, and again after where it sets a level."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        # Setting a level empties what every logger of the program remembers, once for each page.
        if logger.level != SILENT:
            logger.setLevel(SILENT)
