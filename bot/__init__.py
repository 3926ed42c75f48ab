"""Telegram: chats, people, limits. Everything about questions and articles is asked of retrieval/."""

import os

# The library gives times as timedelta where this is set, and warns of every whole number where it is not.
os.environ.setdefault("PTB_TIMEDELTA", "true")
