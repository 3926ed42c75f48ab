"""A strict Bot API server on loopback, and the people who write to a bot through it.

`bot_api` is the server as tests set it up and look at it; `api`, `polling` and `delivery` speak HTTP with the bot, and
`methods` has what it may call. `person` has what people do in Telegram's apps.
"""

from tests.telegram.server.bot_api import TOKEN, BotApiServer
from tests.telegram.server.person import Person
from tests.telegram.server.world import ANONYMOUS, AS_CHANNEL, Chat, Message

__all__ = ["ANONYMOUS", "AS_CHANNEL", "TOKEN", "BotApiServer", "Chat", "Message", "Person"]
