"""Ranking of passages: candidates, their scores, and the order in which they are shown."""
