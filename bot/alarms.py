"""What admins and the health check are told without asking: the index, the disk, a second bot with the same token."""

from collections.abc import Callable

from bot.health import Pulse
from bot.language.catalogue import articles, number
from bot.language.phrases import Phrases
from bot.services import Services
from bot.tasks import Tasks


class Alarms:
    """Tells of trouble once, and of its end."""

    def __init__(self, services: Services, pulse: Pulse, tasks: Tasks) -> None:
        self._services = services
        self._pulse = pulse
        self._tasks = tasks
        self._said_missing = False

    def index_changed(self) -> None:
        """The index, or what is wrong with it, has become another."""
        library = self._services.library
        self._pulse.index_open(library.is_open)
        self._services.metrics.serving(library.generation, library.passages)
        if library.missing:
            self._said_missing = True
            missing = library.missing
            self._tell(lambda phrases: phrases.admin_index_missing.format(reason=missing))
        elif library.refusal:
            refusal = library.refusal
            self._tell(lambda phrases: phrases.admin_index_refused.format(reason=refusal))
        elif self._said_missing:
            self._said_missing = False
            self._tell(
                lambda phrases: phrases.admin_index_there.format(
                    articles=articles(library.articles, phrases), passages=number(library.passages, phrases)
                )
            )

    async def conflict(self) -> None:
        """Somebody else fetches this bot's updates."""
        self._tell(lambda phrases: phrases.admin_conflict)

    def disk(self, reason: str) -> None:
        """The state database cannot be written; '' as reason: it can again."""
        if reason:
            self._pulse.alarm(reason)
            self._tell(lambda phrases: phrases.admin_disk.format(reason=reason))
        else:
            self._pulse.clear()

    def _tell(self, text: Callable[[Phrases], str]) -> None:
        self._tasks.start(self._services.tell_admins(text), "telling admins")
