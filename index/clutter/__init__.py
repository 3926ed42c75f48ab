"""Clutter: which lines of a page are not its article. `index.clutter.marking` decides."""
