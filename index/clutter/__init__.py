"""The classifier that tells the lines of an article from the clutter of its page; `index.boilerplate` asks it."""
