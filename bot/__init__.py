"""The Telegram bot: chats, people, limits.

Answers and articles come from retrieval; from index come plain values, and the parsers and the sandbox that check what
people add.
"""

import os

# python-telegram-bot gives times as timedelta if this is set, and warns at every time if it is not.
os.environ.setdefault("PTB_TIMEDELTA", "true")
