"""Reading files that nobody has vouched for, in a process that may take its share of time and memory and no more."""
