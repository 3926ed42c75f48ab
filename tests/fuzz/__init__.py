"""Hostile files, and whether parsers keep their promises over them."""
