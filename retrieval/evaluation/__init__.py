"""Measuring answers on a question set."""
