"""From a folder of seeds to articles: the door to the readers, one module for each format."""

from index.readers.door import read, read_parts
from index.readers.folder import Walked, walk
from index.readers.reading import Reading, SeedFile, Skipped, Unreadable

__all__ = ["Reading", "SeedFile", "Skipped", "Unreadable", "Walked", "read", "read_parts", "walk"]
