"""Errors of this room. Every message is one line: what was wrong, where, and what to do.

BotError
├── StartError           the bot cannot start as it is configured
├── AlreadyRunningError  another bot works on the same data folder
├── StateError           the state database is not one of this program, or of a newer one
│   └── DamagedError     its file is damaged: only a backup helps
└── ConflictError        somebody else fetches the updates of this token
"""

from typing import ClassVar


class BotError(Exception):
    """The base of every error of this room; its text is fit to be shown to an operator.

    Attributes:
        exit_code: of a command that it ends: 1 if something is not as it should be, 2 if the command is used or
            configured wrongly, and wherever starting again changes nothing.
    """

    exit_code: ClassVar[int] = 1


class StartError(BotError):
    """The bot cannot start as it is configured."""

    exit_code = 2


class AlreadyRunningError(BotError):
    """Another bot works on the same data folder."""


class StateError(BotError):
    """The state database is not one of this program, or was made by a newer one."""


class DamagedError(StateError):
    """The file of the state database is damaged: starting again changes nothing, a backup has to be restored."""

    exit_code = 2


class ConflictError(BotError):
    """Somebody else fetches the updates of this token."""
