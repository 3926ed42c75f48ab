"""Questions and answers in a terminal or through a pipe."""
