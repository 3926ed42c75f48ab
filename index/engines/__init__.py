"""The search engines over the passages of a generation: words and vectors."""
