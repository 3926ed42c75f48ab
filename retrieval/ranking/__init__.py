"""Candidates -> the passages that are shown, in order."""
