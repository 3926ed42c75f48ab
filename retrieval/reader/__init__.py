"""The reader: a small model that reads a question and a stretch of text together."""
