"""What is shown of a passage, and the link that leads to it on its page."""
