"""Measurements of speed, time to an answer and memory. Run them with `make bench`."""
