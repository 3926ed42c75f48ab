"""Kills, refused writes, damage and rebuilds under readers, and whether the index comes out of them whole."""
