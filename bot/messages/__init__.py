"""What the bot says, as text and buttons."""
