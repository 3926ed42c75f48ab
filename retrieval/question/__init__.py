"""A question: its words, its filters and the conversation before it."""
