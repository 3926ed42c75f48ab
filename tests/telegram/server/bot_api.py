"""A strict Bot API server on loopback, for a bot that speaks to it over HTTP as it would to Telegram.

It runs in a thread of its own; its methods may be called from any thread, and what people do is in `person`.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Final, Self, TypeVar

from tests.telegram.server.api import Call, Service
from tests.telegram.server.entities import Formatted, Json
from tests.telegram.server.errors import ApiError
from tests.telegram.server.faults import Faults
from tests.telegram.server.limits import Flood
from tests.telegram.server.listening import Listener
from tests.telegram.server.person import Person
from tests.telegram.server.polling import Poller
from tests.telegram.server.shown import chat_json, member_json, message_json, reaches_bot, user_json
from tests.telegram.server.world import Chat, Message, Status, User, World

TOKEN: Final = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
"""The example token of Telegram's documentation."""

Found = TypeVar("Found")


class BotApiServer:
    """The server, with one bot and the people and chats that tests give it.

    Args:
        token: the bot's token.
        username: the bot's name, without the @.
        seed: what chance in `faults` is drawn from.
    """

    def __init__(self, token: str = TOKEN, username: str = "verbatim_bot", *, seed: int = 0) -> None:
        self.token = token
        self.bot = User(int(token.partition(":")[0]), "Verbatim", is_bot=True, username=username)
        self.world = World(self.bot)
        self.faults = Faults(seed)
        self._service = Service(token, self.world, Poller(self.world), self.faults)
        self._listener = Listener(self._service)
        self._person_ids = itertools.count(500_001)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The server's root: `/bot<token>/<method>` and `/file/bot<token>/<path>` lie under it."""
        return f"http://127.0.0.1:{self._listener.port}"

    def start(self) -> None:
        """Listen, on the same port as before if it has been started before.

        Raises:
            RuntimeError: if it does not come up.
        """
        self._listener.start()

    def stop(self) -> None:
        """Close every connection and stop listening. People and chats stay."""
        self._listener.stop()

    # What tests set up.

    def person(
        self,
        first_name: str = "Ada",
        language_code: str | None = "en",
        id: int | None = None,
        username: str | None = None,
    ) -> Person:
        """A new person."""
        with self.world.lock:
            number = next(self._person_ids) if id is None else id
            user = User(number, first_name, username=username, language_code=language_code)
            self.world.users[number] = user
        return Person(self, user)

    def private(self, person: Person) -> Chat:
        """A person's chat with the bot, which may write there only after the person did."""
        with self.world.lock:
            return self.world.private(person.user)

    def group(
        self,
        title: str,
        *people: Person,
        admins: Iterable[Person] = (),
        supergroup: bool = True,
        forum: bool = False,
        bot: bool = True,
    ) -> Chat:
        """A group of these people and admins, owned by somebody else, with the bot in it unless `bot` is false."""
        members: dict[int, Status] = {self.world.owner.id: "creator"}
        members |= {person.id: "member" for person in people}
        members |= {person.id: "administrator" for person in admins}
        if bot:
            members[self.bot.id] = "member"
        with self.world.lock:
            return self.world.group(title, members, supergroup=supergroup, forum=forum)

    def channel(self, title: str) -> Chat:
        """A channel that people can write in the name of; the bot is not in it."""
        with self.world.lock:
            return self.world.channel(title)

    def promote(self, chat: Chat, person: Person) -> None:
        """Make a person an admin of a group."""
        with self.world.lock:
            chat.members[person.id] = "administrator"

    def demote(self, chat: Chat, person: Person) -> None:
        """Make an admin a member again."""
        with self.world.lock:
            chat.members[person.id] = "member"

    def add_bot(self, chat: Chat, by: Person) -> None:
        """Let a person add the bot to a group."""
        with self.world.lock:
            self.set_bot_status(chat, by, "member")
            joined = self.world.post(chat, by.user, kind="new_chat_members", extra=[user_json(self.bot)])
            self.announce("message", joined)

    def another_bot_writes(self, chat: Chat, text: str) -> Message:
        """Let another bot of a group say something, which bots are not told of."""
        with self.world.lock:
            other = User(110_201_544, "Another", is_bot=True, username="another_bot")
            return self.world.post(chat, other, Formatted(text))

    def remove_bot(self, chat: Chat, by: Person) -> None:
        """Let an admin remove the bot from a group."""
        self.set_bot_status(chat, by, "kicked")

    def promote_bot(self, chat: Chat, by: Person) -> None:
        """Let an admin make the bot one."""
        self.set_bot_status(chat, by, "administrator")

    def mute_bot(self, chat: Chat, by: Person) -> None:
        """Let an admin take from the bot the right to write."""
        self.set_bot_status(chat, by, "restricted")

    def refuse_messages(self, chat: Chat, error: ApiError | None) -> None:
        """Let a chat's settings answer every message and edit of the bot's with an error; None: no longer."""
        with self.world.lock:
            chat.refusal = error

    def set_bot_status(self, chat: Chat, by: Person, status: Status) -> None:
        """Change what the bot is in a chat, and tell it so."""
        with self.world.lock:
            before = chat.members.get(self.bot.id, "left")
            chat.members[self.bot.id] = status
            change = {
                "chat": chat_json(chat),
                "from": user_json(by.user),
                "date": int(time.time()),
                "old_chat_member": member_json(self.bot, before),
                "new_chat_member": member_json(self.bot, status),
            }
            self.world.updates.add("my_chat_member", change)

    def migrate(self, chat: Chat) -> Chat:
        """Make a basic group a supergroup, which is another chat with another id; both are told."""
        if chat.type != "group":
            raise ValueError(f"{chat.title} is no basic group")
        with self.world.lock:
            new = self.world.group(chat.title or "", chat.members, supergroup=True)
            chat.migrated_to = new.id
            for place, kind, other in (
                (chat, "migrate_to_chat_id", new.id),
                (new, "migrate_from_chat_id", chat.id),
            ):
                self.announce("message", self.world.post(place, self.world.owner, kind=kind, extra=other))
            return new

    def announce(self, kind: str, message: Message) -> None:
        """Tell the bot of a message, if it gets to know of it. Called with the world's lock held."""
        if reaches_bot(message):
            self.world.updates.add(kind, message_json(message))

    def send_update(self, update: Json) -> None:
        """Send a raw update. An `update_id` is added unless it has one."""
        with self.world.lock:
            self.world.updates.add_raw(update)

    def expire_queries(self, seconds: float = 0.0) -> None:
        """Queries older than this can no longer be answered."""
        self.world.query_age = seconds

    def forbid_edit(self, message: Message) -> None:
        """Let no edit of this message through."""
        message.fixed = True

    # What tests look at.

    @property
    def flood(self) -> Flood | None:
        """The flood limits; None for none."""
        return self.world.flood

    @flood.setter
    def flood(self, flood: Flood | None) -> None:
        self.world.flood = flood

    @property
    def calls(self) -> Sequence[Call]:
        """Every call of the bot so far, with those that were refused or dropped."""
        # A call that is being carried out has the lock: what it does may be seen already.
        with self.world.lock:
            return list(self._service.calls)

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method."""
        return [call for call in self.calls if call.method == method]

    @property
    def callback_answers(self) -> list[Json]:
        """The answers to presses, in order."""
        return list(self.world.callback_answers)

    @property
    def inline_answers(self) -> list[Json]:
        """The answers to inline queries, in order."""
        return list(self.world.inline_answers)

    @property
    def chat_actions(self) -> list[tuple[int, str]]:
        """The chat actions shown, with their chats' ids."""
        return list(self.world.chat_actions)

    @property
    def pending_updates(self) -> list[Json]:
        """The updates not confirmed yet."""
        return list(self.world.updates.pending)

    @property
    def surprises(self) -> list[str]:
        """Parameters that no such method has, as `method: name`."""
        return list(self._service.surprises)

    @property
    def commands(self) -> dict[tuple[str, str], list[Json]]:
        """The menus of commands by scope and language; scopes of one chat are called like `chat:-100123`."""
        return dict(self.world.commands)

    def messages(self, chat: Chat) -> list[Message]:
        """The messages of a chat as they stand now, without deleted ones."""
        with self.world.lock:
            return [message for message in chat.messages.values() if not message.deleted]

    def wait(self, predicate: Callable[[], Found], seconds: float = 10.0) -> Found:
        """Wait until the predicate gives something true, and return that.

        Raises:
            TimeoutError: naming the last calls.
        """
        deadline = time.monotonic() + seconds
        while True:
            version = self.world.version
            found = predicate()
            if found:
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                last = [(call.method, call.status, call.description) for call in self.calls[-5:]]
                raise TimeoutError(f"nothing within {seconds} s; the last calls were {last}")
            with self.world.lock:
                if self.world.version == version:
                    # What the predicate looks at may also change without the server's knowing.
                    self.world.lock.wait(min(left, 0.2))

    def wait_for_reply(self, message: Message, seconds: float = 10.0) -> Message:
        """The bot's first message that replies to this one.

        Raises:
            TimeoutError: if there is none in time.
        """

        def reply() -> Message | None:
            with self.world.lock:
                replies = [reply for reply in self.world.replies(message) if reply.sender == self.bot]
            return replies[0] if replies else None

        found = self.wait(reply, seconds)
        if found is None:
            raise TimeoutError
        return found

    def wait_for_message(self, chat: Chat, after: Message | None = None, seconds: float = 10.0) -> Message:
        """The bot's first message in a chat, or the first after another message.

        Raises:
            TimeoutError: if there is none in time.
        """

        def newer() -> list[Message]:
            least = after.id if after else 0
            return [message for message in self.messages(chat) if message.sender == self.bot and message.id > least]

        return self.wait(newer, seconds)[0]
