"""The bot's words in several languages."""
