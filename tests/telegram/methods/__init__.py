"""The methods of the Bot API, one function each. Importing this fills the registry."""

from tests.telegram.methods import chats, editing, files, profile, queries, sending, webhooks
from tests.telegram.registry import METHODS

__all__ = ["METHODS", "chats", "editing", "files", "profile", "queries", "sending", "webhooks"]
