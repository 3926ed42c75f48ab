"""Keeps the parsers' own loggers from speaking: what they find wrong with a page is no news to whoever runs a build."""

import logging
from typing import Final

LOGGERS: Final = ("charset_normalizer", "courlan", "htmldate", "justext", "markdown_it", "trafilatura")


def hush() -> None:
    """Silences the libraries' loggers. To be called before one is imported, and again after where it sets a level."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
