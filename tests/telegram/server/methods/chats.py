"""Chats, who is in them, and leaving them."""

from tests.telegram.server.entities import Json
from tests.telegram.server.errors import BadRequest
from tests.telegram.server.parameters import Parameters
from tests.telegram.server.registry import method
from tests.telegram.server.shown import chat_json, member_json
from tests.telegram.server.targets import joined_chat
from tests.telegram.server.world import ADMINS, World


@method("getChat", "chat_id")
def get_chat(world: World, parameters: Parameters) -> Json:
    """A `ChatFullInfo`."""
    chat = joined_chat(world, parameters)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    return chat_json(chat) | {
        "accent_color_id": 3,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }


@method("getChatMember", "chat_id", "user_id")
def get_chat_member(world: World, parameters: Parameters) -> Json:
    """What somebody is in a chat: `left` if they are known and not in it."""
    chat = joined_chat(world, parameters)
    user = world.users.get(parameters.integer("user_id") or 0)
    if user is None:
        raise BadRequest("invalid user_id specified")
    return member_json(user, chat.members.get(user.id, "left"))


@method("getChatAdministrators", "chat_id", "return_bots")
def get_chat_administrators(world: World, parameters: Parameters) -> list[Json]:
    """The owner and the admins of a group, without other bots."""
    chat = joined_chat(world, parameters)
    if chat.type == "private":
        raise BadRequest("there are no administrators in the private chat")
    return [member_json(user, chat.members[user.id]) for user in world.users_in(chat, ADMINS)]


@method("leaveChat", "chat_id")
def leave_chat(world: World, parameters: Parameters) -> bool:
    """Leave a group."""
    chat = joined_chat(world, parameters)
    if chat.type == "private":
        raise BadRequest("chat member status can't be changed in private chats")
    chat.members[world.bot.id] = "left"
    world.changed()
    return True
