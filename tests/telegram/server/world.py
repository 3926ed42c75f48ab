"""The people, chats and messages there are. Everything here is read and changed under `World.lock`."""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tests.telegram.server.entities import Formatted, Json
from tests.telegram.server.errors import ApiError, BadRequest
from tests.telegram.server.limits import Flood
from tests.telegram.server.rendering import render_html
from tests.telegram.server.stored_files import FileStore, StoredFile
from tests.telegram.server.updates import UpdateQueue

ChatType = Literal["private", "group", "supergroup", "channel"]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]
PRESENT: Final = ("creator", "administrator", "member", "restricted")
ADMINS: Final = ("creator", "administrator")


@dataclass(frozen=True, slots=True)
class User:
    """A person or a bot."""

    id: int
    first_name: str
    is_bot: bool = False
    username: str | None = None
    language_code: str | None = None


# Who stands in `from` where somebody writes in the name of a group or a channel. Source: Bot API, Message.sender_chat.
ANONYMOUS: Final = User(1_087_968_824, "Group", is_bot=True, username="GroupAnonymousBot")
AS_CHANNEL: Final = User(136_817_688, "Channel", is_bot=True, username="Channel_Bot")


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat, a group, a supergroup or a channel.

    `members` holds what everyone is in it by their id; `started` says whether the person has written first and
    `blocked` whether they blocked the bot, both for private chats alone. `refusal` is what the chat's settings have the
    bot's messages answered with.
    """

    world: "World" = field(repr=False)
    id: int
    type: ChatType
    title: str | None = None
    person: User | None = None
    forum: bool = False
    members: dict[int, Status] = field(default_factory=dict)
    messages: dict[int, "Message"] = field(default_factory=dict, repr=False)
    topics: dict[int, str] = field(default_factory=dict)
    started: bool = False
    blocked: bool = False
    refusal: ApiError | None = None
    migrated_to: int | None = None
    message_ids: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def topic(self, name: str) -> int:
        """Open a topic of a forum, and return its thread id."""
        if not self.forum:
            raise ValueError(f"{self.title} is no forum")
        with self.world.lock:
            creator = self.world.owner
            opened = self.world.post(
                self, creator, kind="forum_topic_created", extra={"name": name, "icon_color": 7322096}
            )
            opened.thread = opened.id
            self.topics[opened.id] = name
            return opened.id


@dataclass(slots=True, eq=False)
class Message:
    """A message as it stands now: an edit changes it, a deletion marks it.

    `text` is the caption where the message is not a text; `sender_chat` is the chat that it was written in the name of,
    `sender` being the account that stands for all of these; `extra` is what its kind carries besides; `markup` is the
    whole `reply_markup` of a message of the bot; `quote` is the part of `reply_to` that it quotes; `guest_query_id` is
    set where it calls the bot into a chat that the bot is no member of.
    """

    id: int
    chat: Chat = field(repr=False)
    sender: User
    date: int
    kind: str = "text"
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    markup: Json | None = None
    reply_to: "Message | None" = field(default=None, repr=False)
    thread: int | None = None
    edit_date: int | None = None
    deleted: bool = False
    extra: Any = None
    file: StoredFile | None = field(default=None, repr=False)
    forward_origin: Json | None = None
    via_bot: User | None = None
    inline_id: str | None = None
    link_preview_options: Json | None = None
    reactions: dict[int, list[str]] = field(default_factory=dict)
    fixed: bool = False
    sender_chat: Chat | None = field(default=None, repr=False)
    quote: str | None = None
    guest_query_id: str | None = None

    @property
    def html(self) -> str:
        """The text with its markup, written again from its entities."""
        return render_html(self.text, self.entities)

    @property
    def file_bytes(self) -> bytes | None:
        """What was sent as a file."""
        return self.file.content if self.file else None

    @property
    def keyboard(self) -> list[list[Json]]:
        """The rows of its inline keyboard."""
        rows: list[list[Json]] = (self.markup or {}).get("inline_keyboard", [])
        return rows

    @property
    def buttons(self) -> list[str]:
        """The labels of its inline keyboard, row by row."""
        return [button["text"] for row in self.keyboard for button in row]

    def button(self, label: str) -> Json:
        """The button with this label.

        Raises:
            LookupError: if there is none.
        """
        for row in self.keyboard:
            for button in row:
                if button["text"] == label:
                    return button
        raise LookupError(f"no button {label!r} among {self.buttons}")


@dataclass(slots=True)
class Query:
    """A press of a button or an inline query that waits for the bot's answer."""

    id: str
    asked: float
    answer: Json | None = None


class World:
    """All that Telegram knows, with one bot in it."""

    def __init__(self, bot: User) -> None:
        self.lock = threading.Condition(threading.RLock())
        self.bot = bot
        self.owner = User(777_000_001, "Olga", username="olga_owns_groups")
        self.users: dict[int, User] = {bot.id: bot, self.owner.id: self.owner}
        self.chats: dict[int, Chat] = {}
        self.files = FileStore()
        self.updates = UpdateQueue()
        self.queries: dict[str, Query] = {}
        self.query_age = 60.0
        self.privacy = True
        self.flood: Flood | None = Flood()
        self.logged_out = False
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.profile: dict[tuple[str, str], str] = {}
        # Beside the message field, by the chat; 0 for all private chats.
        self.menu_buttons: dict[int, Json] = {}
        self.inline_messages: dict[str, Message] = {}
        self.guest_mode = True
        self.guest_messages: dict[str, Message] = {}
        self.chat_actions: list[tuple[int, str]] = []
        self.callback_answers: list[Json] = []
        self.inline_answers: list[Json] = []
        self.version = 0
        self._shared_ids = itertools.count(1)
        self._query_ids = itertools.count(4_000_000_000_000_001)
        self._replies: dict[Message, list[Message]] = defaultdict(list)

    def changed(self) -> None:
        """Wake whoever waits for something to happen. Called with the lock held."""
        self.version += 1
        self.lock.notify_all()

    def private(self, person: User) -> Chat:
        """The chat of a person with the bot; the bot may not write there before the person did."""
        if person.id not in self.chats:
            chat = Chat(self, person.id, "private", person=person, message_ids=self._shared_ids)
            chat.members = {person.id: "member", self.bot.id: "member"}
            self.chats[chat.id] = chat
        return self.chats[person.id]

    def group(self, title: str, members: dict[int, Status], *, supergroup: bool, forum: bool = False) -> Chat:
        """Open a group. Basic groups share one counter of message ids with the private chats."""
        number = 1_900_000_000 + len(self.chats) + 1
        if supergroup:
            chat = Chat(self, -1_000_000_000_000 - number, "supergroup", title, forum=forum)
        else:
            chat = Chat(self, -number, "group", title, message_ids=self._shared_ids)
        chat.members = dict(members)
        self.chats[chat.id] = chat
        return chat

    def channel(self, title: str) -> Chat:
        """Open a channel that the bot is not in."""
        number = 1_900_000_000 + len(self.chats) + 1
        self.chats[-1_000_000_000_000 - number] = chat = Chat(self, -1_000_000_000_000 - number, "channel", title)
        return chat

    def post(self, chat: Chat, sender: User, formatted: Formatted | None = None, **fields: Any) -> Message:
        """Put a new message into a chat.

        Args:
            formatted: its text or caption.
            fields: further fields of `Message`; `date` is now unless it is given.
        """
        fields["date"] = int(time.time()) if fields.get("date") is None else int(fields["date"])
        message = Message(next(chat.message_ids), chat, sender, **fields)
        if formatted:
            message.text, message.entities = formatted.text, list(formatted.entities)
        chat.messages[message.id] = message
        if message.reply_to:
            self._replies[message.reply_to].append(message)
        self.changed()
        return message

    def replies(self, message: Message) -> list[Message]:
        """The messages that reply to this one."""
        return list(self._replies.get(message, ()))

    def ask(self) -> Query:
        """A new query that the bot may answer once, for a while."""
        query = Query(str(next(self._query_ids)), time.monotonic())
        self.queries[query.id] = query
        return query

    def answer(self, query_id: str, answer: Json) -> None:
        """Take the bot's answer to a query.

        Raises:
            BadRequest: if there is no such query, it is too old, or it has been answered.
        """
        query = self.queries.get(query_id)
        if query is None or query.answer is not None or time.monotonic() - query.asked > self.query_age:
            raise BadRequest("query is too old and response timeout expired or query ID is invalid")
        query.answer = answer
        self.changed()

    def users_in(self, chat: Chat, statuses: Iterable[Status]) -> list[User]:
        """Who has one of these statuses in a chat."""
        wanted = set(statuses)
        return [self.users[number] for number, status in chat.members.items() if status in wanted]
