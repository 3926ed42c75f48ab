"""Updates that wait for the bot: kept until it confirms them, delivered again until it does.

Source: Bot API, "Getting updates".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from tests.telegram.server.entities import Json

BATCH_LIMIT: Final = 100
KINDS: Final = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "guest_message",
    }
)
ON_REQUEST: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that a bot gets only if it asks for them."""


@dataclass(slots=True)
class Webhook:
    """Where updates are posted to, and how that went."""

    url: str
    secret: str | None = None
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str | None = None


@dataclass(slots=True)
class UpdateQueue:
    """The updates not confirmed yet, in order.

    `allowed` are the kinds the bot asked for last; `on_change` is called after every change.
    """

    pending: list[Json] = field(default_factory=list)
    allowed: frozenset[str] = KINDS - ON_REQUEST
    webhook: Webhook | None = None
    on_change: Callable[[], None] = lambda: None
    next_id: int = 310_000_001

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Remember which kinds the bot wants: an empty list stands for the usual ones, None for as before.

        Updates already made are not affected.
        """
        if kinds is not None:
            self.allowed = frozenset(kinds) & KINDS or KINDS - ON_REQUEST

    def add(self, kind: str, payload: Json) -> None:
        """Queue an update, if the bot wants its kind."""
        if kind in self.allowed:
            self.add_raw({kind: payload})

    def add_raw(self, update: Json) -> None:
        """Queue an update as it is; one without an `update_id` gets the next."""
        if "update_id" not in update:
            update = {"update_id": self.next_id, **update}
        self.next_id = max(self.next_id, update["update_id"]) + 1
        self.pending.append(update)
        self.on_change()

    def confirm(self, offset: int) -> None:
        """Forget what lies before `offset`; a negative one counts from the end and forgets the rest."""
        if offset > 0:
            self.pending = [update for update in self.pending if update["update_id"] >= offset]
        elif offset < 0:
            self.pending = self.pending[offset:]

    def confirm_first(self, update: Json) -> None:
        """Forget an update that the webhook took."""
        self.pending = [waiting for waiting in self.pending if waiting is not update]

    def clear(self) -> None:
        """Forget them all."""
        self.pending = []
