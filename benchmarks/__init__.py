"""What Verbatim is measured by: speed, time to an answer, memory. Run with `make bench`."""
