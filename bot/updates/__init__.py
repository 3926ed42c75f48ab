"""Updates from Telegram: fetched or pushed, stored before they are confirmed, handled in order."""
