"""From a folder of seeds to articles: the door to the readers, one module for each format."""

from index.readers.door import read
from index.readers.folder import walk
from index.readers.reading import Reading, SeedFile, Skipped

__all__ = ["Reading", "SeedFile", "Skipped", "read", "walk"]
