"""What is counted and timed, for Prometheus. All names begin with `verbatim_`.

A label's values come from fixed sets, whatever is reported: what is in none of them counts as "other". So nobody can
make up ever new series, and no token or name of a person can come to stand in one.
"""

import re
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from retrieval.timing import Stages

OTHER: Final = "other"
OUTCOMES: Final = frozenset({"answered", "unanswered", "refused", "failed"})
VERDICTS: Final = frozenset({"up", "down"})
RESULTS: Final = frozenset({"ok", "retry_after", "network", "bad_request", "forbidden"})
# The fields of an Update: https://core.telegram.org/bots/api#update
KINDS: Final = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
    }
)
# The methods that the bot calls: https://core.telegram.org/bots/api#available-methods
METHODS: Final = frozenset(
    {
        "answerCallbackQuery",
        "answerInlineQuery",
        "copyMessage",
        "deleteMessage",
        "deleteMyCommands",
        "deleteWebhook",
        "editMessageReplyMarkup",
        "editMessageText",
        "getChat",
        "getChatAdministrators",
        "getChatMember",
        "getFile",
        "getMe",
        "getMyCommands",
        "getUpdates",
        "getWebhookInfo",
        "leaveChat",
        "sendChatAction",
        "sendDocument",
        "sendMessage",
        "sendPhoto",
        "setMessageReaction",
        "setMyCommands",
        "setMyDescription",
        "setMyName",
        "setMyShortDescription",
        "setWebhook",
    }
)
# What index.generation.generation calls a generation.
_GENERATION: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")
_ANSWER_BUCKETS: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)
_STAGE_BUCKETS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.2, 1)
_SEARCH_BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """The bot's counters, histograms and gauges, in a registry of their own."""

    def __init__(self) -> None:
        """All at zero."""
        self.registry = CollectorRegistry()
        self._questions = self._counter("questions", "Questions, by what became of them", "outcome")
        self._updates = self._counter("updates", "Updates taken from Telegram, by kind", "kind")
        self._turned_away = self._counter("updates_turned_away", "Updates that were neither stored nor handled")
        self._requests = self._counter(
            "telegram_requests", "Requests to Telegram, by method and result", "method", "result"
        )
        self._feedback = self._counter("feedback", "Thumbs and reactions, by verdict", "verdict")
        self._incidents = self._counter("incidents", "Faults that a person was given an incident number for")
        self._answer = self._histogram(
            "answer_seconds", "From an update's coming to its reply's going", _ANSWER_BUCKETS
        )
        self._search = self._histogram("search_seconds", "From a question to its answer", _SEARCH_BUCKETS)
        self._stage = Histogram(
            "verbatim_stage_seconds",
            "Parts of the way from a question to its answer",
            ["stage"],
            buckets=_STAGE_BUCKETS,
            registry=self.registry,
        )
        self._pending = self._gauge("inbox_pending", "Updates in the inbox that are not finished")
        self._state = self._gauge("state_bytes", "The state database on the disk, with its write-ahead log")
        self._passages = self._gauge("index_passages", "Passages in the index being served")
        self._generation = self._gauge("generation_info", "The generation being served", "generation")
        ProcessCollector(namespace="verbatim", registry=self.registry)
        # A rate needs a zero to start from.
        for outcome in OUTCOMES:
            self._questions.labels(outcome)
        for verdict in VERDICTS:
            self._feedback.labels(verdict)

    def question(self, outcome: str) -> None:
        """A question was answered, unanswered, refused or failed."""
        self._questions.labels(_known(outcome, OUTCOMES)).inc()

    def update(self, kind: str) -> None:
        """An update came, of a kind such as `message`."""
        self._updates.labels(_known(kind, KINDS)).inc()

    def turned_away(self) -> None:
        """An update was not let in, or found no room."""
        self._turned_away.inc()

    def telegram_request(self, method: str, result: str) -> None:
        """A method such as `sendMessage` was called; `result` is one of RESULTS."""
        self._requests.labels(_known(method, METHODS), _known(result, RESULTS)).inc()

    def feedback(self, verdict: str) -> None:
        """An answer was given a thumb, `up` or `down`."""
        self._feedback.labels(_known(verdict, VERDICTS)).inc()

    def incident(self) -> None:
        """A person was given an incident number."""
        self._incidents.inc()

    def answered_in(self, seconds: float) -> None:
        """A reply went out so many seconds after its update came."""
        self._answer.observe(seconds)

    def searched_in(self, seconds: float) -> None:
        """A search took so many seconds."""
        self._search.observe(seconds)

    def went_through(self, stages: Stages) -> None:
        """An answer took so long in each of its stages; one that was kept from before went through none."""
        for stage, milliseconds in stages.by_name().items():
            if milliseconds:
                self._stage.labels(stage).observe(milliseconds / 1000)

    def inbox_pending(self, updates: int) -> None:
        """So many updates are in the inbox, unfinished."""
        self._pending.set(updates)

    def state_bytes(self, size: int) -> None:
        """The state database takes so many bytes on the disk."""
        self._state.set(size)

    def serving(self, generation: str, passages: int) -> None:
        """This generation is served now, instead of any before it."""
        self._generation.clear()
        self._generation.labels(generation if _GENERATION.fullmatch(generation) else OTHER).set(1)
        self._passages.set(passages)

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(f"verbatim_{name}", description, labels, registry=self.registry)

    def _gauge(self, name: str, description: str, *labels: str) -> Gauge:
        return Gauge(f"verbatim_{name}", description, labels, registry=self.registry)

    def _histogram(self, name: str, description: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"verbatim_{name}", description, buckets=buckets, registry=self.registry)


def _known(value: str, allowed: frozenset[str]) -> str:
    return value if value in allowed else OTHER
