"""Errors of this room. Every message is one line: what was wrong, where, and what to do.

BotError
├── StartError         the bot cannot start as it is configured
├── StateError         the state database refuses a statement
└── DamagedError       the state database is damaged: only a backup helps
NotReadyError          there is no index to answer from
└── AwayError          the server that keeps it cannot be reached now
RebuildError           a build of the index failed
└── RemovalsError      it would have removed many articles, and has to be confirmed
"""

from typing import ClassVar


class BotError(Exception):
    """The end of a program of this room; its text is fit to be shown to an operator.

    Attributes:
        exit_code: of a command that it ends: 1 if something is not as it should be, 2 if the command is used or
            configured wrongly, and wherever starting again changes nothing.
    """

    exit_code: ClassVar[int] = 1


class StartError(BotError):
    """The bot cannot start as it is configured."""

    exit_code = 2


class StateError(BotError):
    """The server of the state database refuses a statement; the text holds no words of what is stored."""


class DamagedError(BotError):
    """The state database is damaged: starting again changes nothing, a backup has to be restored."""

    exit_code = 2


class NotReadyError(Exception):
    """There is no index to answer from; the text says why."""


class AwayError(NotReadyError):
    """The server that keeps the index cannot be reached now; it may be in a minute."""


class RebuildError(Exception):
    """The build failed; the text is its own one line."""


class RemovalsError(RebuildError):
    """The build stopped, since it would have removed `gone` of `articles` articles; `examples` are ids of some."""

    def __init__(self, gone: int, articles: int, examples: tuple[str, ...]) -> None:
        super().__init__(f"{gone} of {articles} articles would be removed")
        self.gone = gone
        self.articles = articles
        self.examples = examples
