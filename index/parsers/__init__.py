"""Parsers: from a folder of seeds to articles, one module for each format."""

from index.parsers.folder import Walked, walk
from index.parsers.parsed import Parsed, SeedFile, Skipped, Unreadable
from index.parsers.registry import read, read_parts

__all__ = ["Parsed", "SeedFile", "Skipped", "Unreadable", "Walked", "read", "read_parts", "walk"]
