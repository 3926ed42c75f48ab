"""Messages of the bot: text and buttons."""
