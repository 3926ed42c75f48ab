"""What can go wrong in this room. Every message is one line: what was wrong, where, and what to do.

BotError
├── StartError           the bot cannot start as it is configured
├── AlreadyRunningError  another bot works on the same data folder
├── StateError           the state database is not one of this program, or of a newer one
└── ConflictError        somebody else fetches the updates of this token
"""

from typing import ClassVar


class BotError(Exception):
    """The base of every error of this room; its text is fit to be shown to an operator.

    Attributes:
        exit_code: with which a command ends: 1 where something is not as it should be, 2 where it is used or
            configured wrongly.
    """

    exit_code: ClassVar[int] = 1


class StartError(BotError):
    """The bot cannot start as it is configured."""

    exit_code = 2


class AlreadyRunningError(BotError):
    """Another bot works on the same data folder."""


class StateError(BotError):
    """The state database is not one of this program, or was made by a newer one."""


class ConflictError(BotError):
    """Somebody else fetches the updates of this token."""
