"""The methods of the Bot API, one function each. Importing this fills the registry."""

from tests.telegram.server.methods import chats, editing, profile, queries, sending, webhooks
from tests.telegram.server.registry import METHODS

__all__ = ["METHODS", "chats", "editing", "profile", "queries", "sending", "webhooks"]
