"""The Telegram bot: chats, people, limits. Answers come from retrieval; of index it uses parsers and plain values."""

import os

# python-telegram-bot gives times as timedelta if this is set, and warns at every time if it is not.
os.environ.setdefault("PTB_TIMEDELTA", "true")
