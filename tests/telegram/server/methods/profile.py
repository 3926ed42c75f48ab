"""The bot itself: who it is, its commands, its texts, and signing off."""

import re
from typing import Any, Final

from tests.telegram.server.entities import Json
from tests.telegram.server.errors import BadRequest
from tests.telegram.server.keyboards import checked_web_app
from tests.telegram.server.parameters import Parameters
from tests.telegram.server.registry import method
from tests.telegram.server.shown import user_json
from tests.telegram.server.world import World

COMMANDS_LIMIT: Final = 100
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_COMMAND_DESCRIPTION_LIMIT: Final = 256
_LANGUAGE: Final = re.compile(r"[a-z]{2}|")
_PLAIN_SCOPES: Final = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_CHAT_SCOPES: Final = ("chat", "chat_administrators", "chat_member")
_MENU_BUTTONS: Final = ("default", "commands", "web_app")
# What the texts are called, and how long they may be.
_TEXT_LIMITS: Final = {"name": 64, "description": 512, "short_description": 120}


@method("getMe")
def get_me(world: World, parameters: Parameters) -> Json:
    """The bot, as a `User`."""
    return user_json(world.bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": True,
        "supports_guest_queries": world.guest_mode,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("logOut")
def log_out(world: World, parameters: Parameters) -> bool:
    """Sign the bot off this server."""
    world.logged_out = True
    return True


@method("close")
def close(world: World, parameters: Parameters) -> bool:
    """Close the bot's instance before it moves to another server."""
    return True


@method("setMyCommands", "commands", "scope", "language_code")
def set_my_commands(world: World, parameters: Parameters) -> bool:
    """Set the menu of commands for a scope and a language."""
    key = _scope(world, parameters), _language(parameters)
    commands: list[Any] | None = parameters.parsed("commands", list, "commands")
    if commands is None:
        raise BadRequest("can't parse commands JSON object")
    if len(commands) > COMMANDS_LIMIT:
        raise BadRequest("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not isinstance(command, dict):
            raise BadRequest("can't parse commands JSON object")
        if not _COMMAND.fullmatch(str(command.get("command", ""))):
            raise BadRequest("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", "")).strip()) <= _COMMAND_DESCRIPTION_LIMIT:
            raise BadRequest("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[key] = commands
    return True


@method("getMyCommands", "scope", "language_code")
def get_my_commands(world: World, parameters: Parameters) -> list[Json]:
    """The menu that was set for this scope and this language, if any."""
    return world.commands.get((_scope(world, parameters), _language(parameters)), [])


@method("deleteMyCommands", "scope", "language_code")
def delete_my_commands(world: World, parameters: Parameters) -> bool:
    """Forget the menu of a scope and a language."""
    world.commands.pop((_scope(world, parameters), _language(parameters)), None)
    return True


@method("setMyName", "name", "language_code")
def set_my_name(world: World, parameters: Parameters) -> bool:
    """Set the bot's name."""
    return _set_text(world, parameters, "name")


@method("getMyName", "language_code")
def get_my_name(world: World, parameters: Parameters) -> Json:
    """The bot's name."""
    return _text(world, parameters, "name")


@method("setMyDescription", "description", "language_code")
def set_my_description(world: World, parameters: Parameters) -> bool:
    """Set what an empty chat with the bot shows."""
    return _set_text(world, parameters, "description")


@method("getMyDescription", "language_code")
def get_my_description(world: World, parameters: Parameters) -> Json:
    """What an empty chat with the bot shows."""
    return _text(world, parameters, "description")


@method("setMyShortDescription", "short_description", "language_code")
def set_my_short_description(world: World, parameters: Parameters) -> bool:
    """Set what the bot's profile shows."""
    return _set_text(world, parameters, "short_description")


@method("getMyShortDescription", "language_code")
def get_my_short_description(world: World, parameters: Parameters) -> Json:
    """What the bot's profile shows."""
    return _text(world, parameters, "short_description")


@method("setChatMenuButton", "chat_id", "menu_button")
def set_chat_menu_button(world: World, parameters: Parameters) -> bool:
    """Set the button beside the message field of one private chat, or of all that have none of their own."""
    button: Json = parameters.parsed("menu_button", dict, "menu button") or {"type": "default"}
    chat = world.chats.get(parameters.integer("chat_id") or 0) if parameters.text("chat_id") else None
    if parameters.text("chat_id") and (chat is None or chat.type != "private"):
        raise BadRequest("chat not found")
    if button.get("type") not in _MENU_BUTTONS:
        raise BadRequest("can't parse menu button: Unsupported type specified")
    if button["type"] == "web_app":
        if not str(button.get("text", "")).strip():
            raise BadRequest("can't parse menu button: text must be non-empty")
        button = button | {"web_app": checked_web_app(button.get("web_app"), "menu button")}
    world.menu_buttons[chat.id if chat else 0] = button
    return True


def _set_text(world: World, parameters: Parameters, what: str) -> bool:
    language, text = _language(parameters), parameters.text(what)
    if len(text) > _TEXT_LIMITS[what]:
        raise BadRequest(f"bot {what.replace('_', ' ')} is too long")
    world.profile[what, language] = text
    return True


def _text(world: World, parameters: Parameters, what: str) -> Json:
    """The text of a language, or else the one for all others."""
    fallback = world.profile.get((what, ""), world.bot.first_name if what == "name" else "")
    return {what: world.profile.get((what, _language(parameters))) or fallback}


def _language(parameters: Parameters) -> str:
    language = parameters.text("language_code")
    if not _LANGUAGE.fullmatch(language):
        raise BadRequest("invalid language code specified")
    return language


def _scope(world: World, parameters: Parameters) -> str:
    """A scope's name: its type, with the chat and the person for the narrow ones, such as `chat_member:-100123:42`."""
    scope: Json = parameters.parsed("scope", dict, "BotCommandScope") or {"type": "default"}
    kind = scope.get("type")
    if kind in _PLAIN_SCOPES:
        return str(kind)
    if kind not in _CHAT_SCOPES:
        raise BadRequest("can't parse BotCommandScope: unsupported type specified")
    chat = world.chats.get(scope.get("chat_id", 0))
    if chat is None:
        raise BadRequest("chat not found")
    if kind != "chat" and chat.type == "private":
        raise BadRequest("can't use specified scope in private chats")
    if kind != "chat_member":
        return f"{kind}:{chat.id}"
    if scope.get("user_id") not in world.users:
        raise BadRequest("user not found")
    return f"{kind}:{chat.id}:{scope['user_id']}"
