"""The same answers for other programs: a server of the Model Context Protocol on standard input and output."""
