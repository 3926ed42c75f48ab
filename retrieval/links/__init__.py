"""The link that opens a page at a quote."""
