"""One module for each thing people do: each hands out the handlers for its updates."""
