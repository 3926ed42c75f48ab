"""The parts of a passage that are shown, and the link that leads to them on their page."""
