"""The web face of Verbatim: a page that opens an article at the quote, and an ask box on top of it."""
