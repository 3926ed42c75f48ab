"""Questions and answers on a terminal, or through a pipe."""
