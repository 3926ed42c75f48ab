"""Configuration of the bot, as the plain values that its parts take."""

from dataclasses import dataclass, field
from pathlib import Path

from bot.state.usage import Limits
from index.encoder.model import LOCAL
from index.engines.protocol import EMBEDDED
from retrieval.confidence import UNSURE


@dataclass(frozen=True, slots=True)
class Options:
    """Configuration of the bot, as plain values.

    Attributes:
        data: the folder of the index, which may be read only.
        state: the folder of the bot's own state.
        database: the address of the database that keeps the state itself, with its password; '' for a file there.
        admins, people, groups: Telegram's ids; everybody and every group where those are empty.
        passages: in an answer, where a person did not choose.
        keep_days: how long answers, conversations and feedback are kept.
        log_questions: whether the log holds what people ask.
        size_limit: larger seed files are skipped, bytes.
        reader: whether the best passages are read together with the question.
        follow_links: whether links that lead out of the seeds folder are followed.
        unsure, wrong_at_most: as for `Retriever.open`.
        feedback_buttons: whether answers have buttons 👍 and 👎.
        engine: as for `Retriever.open`.
        encoders: as for `index.build.build`.
        silent_in_groups: whether nothing is said in a group where there is no answer.
        reindex_every: seconds between two looks for changed article files; 0: nobody looks.
        feeds: addresses of feeds that are followed.
    """

    data: Path
    state: Path
    seeds: Path
    model: str
    threshold: float
    admins: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    passages: int = 5
    limits: Limits = field(default_factory=Limits)
    keep_days: int = 90
    log_questions: bool = False
    size_limit: int = 20_000_000
    reader: bool = True
    follow_links: bool = False
    unsure: float = UNSURE
    wrong_at_most: float | None = None
    feedback_buttons: bool = True
    silent_in_groups: bool = False
    engine: str = field(default=EMBEDDED, repr=False)
    encoders: str = LOCAL
    reindex_every: float = 0.0
    feeds: tuple[str, ...] = ()
    database: str = field(default="", repr=False)

    def invites(self, person: int) -> bool:
        """Return whether the bot answers a person in private, unless they are banned."""
        return person in self.admins or not self.people or person in self.people
