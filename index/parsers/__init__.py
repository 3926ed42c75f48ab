"""From a folder of seeds to articles: the door to the readers, one module for each format."""

from index.parsers.folder import Walked, walk
from index.parsers.reading import Reading, SeedFile, Skipped, Unreadable
from index.parsers.registry import read, read_parts

__all__ = ["Reading", "SeedFile", "Skipped", "Unreadable", "Walked", "read", "read_parts", "walk"]
