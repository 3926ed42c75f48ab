"""A conversation with the bot, played with the sample articles and written down: docs/conversation.* ."""
