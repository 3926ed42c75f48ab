"""The methods of the Bot API, by name, and the parameters each of them has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.telegram.server.parameters import Parameters
from tests.telegram.server.world import World

Function = Callable[[World, Parameters], Any]


@dataclass(frozen=True, slots=True)
class Method:
    """A method, the names of its parameters, and what does it."""

    name: str
    parameters: frozenset[str]
    function: Function


METHODS: Final[dict[str, Method]] = {}
"""Every method by its name in lower case, since Telegram takes any."""

SENDING: Final = (
    "business_connection_id",
    "chat_id",
    "message_thread_id",
    "direct_messages_topic_id",
    "disable_notification",
    "protect_content",
    "allow_paid_broadcast",
    "message_effect_id",
    "suggested_post_parameters",
    "reply_parameters",
    "reply_markup",
)
EDITING: Final = ("business_connection_id", "chat_id", "message_id", "inline_message_id", "reply_markup")


def method(name: str, *parameters: str) -> Callable[[Function], Function]:
    """Make the function do the method of this name."""

    def register(function: Function) -> Function:
        METHODS[name.lower()] = Method(name, frozenset(parameters), function)
        return function

    return register
