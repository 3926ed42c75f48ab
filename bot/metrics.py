"""Counters and timings for Prometheus. All names begin with `verbatim_`.

A label's values come from fixed sets; any other value counts as "other". So nobody can
make up ever new series, and no token or name of a person can stand in one.
"""

import re
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from retrieval.answer import Stages

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
# The methods that the bot calls (https://core.telegram.org/bots/api#available-methods), but for getUpdates, which the
# library does not pass to the rate limiter that counts them.
METHODS: Final = frozenset(
    {
        "answerCallbackQuery",
        "answerInlineQuery",
        "deleteWebhook",
        "editMessageReplyMarkup",
        "editMessageText",
        "getChatMember",
        "getFile",
        "getMe",
        "getWebhookInfo",
        "leaveChat",
        "sendChatAction",
        "sendDocument",
        "sendMessage",
        "sendPhoto",
        "setMyCommands",
        "setMyDescription",
        "setMyShortDescription",
        "setWebhook",
    }
)
# A generation's name, as index.generation gives it.
_GENERATION: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")
_ANSWER_BUCKETS: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)
_STAGE_BUCKETS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.2, 1)
_SEARCH_BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """The bot's counters, histograms and gauges, in a registry of their own."""

    def __init__(self) -> None:
        """Begin with all at zero."""
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
        """Count a question that was answered, unanswered, refused or failed."""
        self._questions.labels(_known(outcome, OUTCOMES)).inc()

    def update(self, kind: str) -> None:
        """Count an update of a kind such as `message`."""
        self._updates.labels(_known(kind, KINDS)).inc()

    def turned_away(self) -> None:
        """Count an update that was not let in, or found no room."""
        self._turned_away.inc()

    def telegram_request(self, method: str, result: str) -> None:
        """Count a call of a method such as `sendMessage`; `result` is one of RESULTS."""
        self._requests.labels(_known(method, METHODS), _known(result, RESULTS)).inc()

    def feedback(self, verdict: str) -> None:
        """Count a thumb, `up` or `down`."""
        self._feedback.labels(_known(verdict, VERDICTS)).inc()

    def incident(self) -> None:
        """Count an incident number that a person was given."""
        self._incidents.inc()

    def record_answer_time(self, seconds: float) -> None:
        """Record the seconds from an update's coming to its reply's going."""
        self._answer.observe(seconds)

    def record_search_time(self, seconds: float) -> None:
        """Record the seconds that a search took."""
        self._search.observe(seconds)

    def record_stages(self, stages: Stages) -> None:
        """Record the time of each stage of an answer; an answer from the cache went through none."""
        for stage, milliseconds in stages.by_name().items():
            if milliseconds:
                self._stage.labels(stage).observe(milliseconds / 1000)

    def inbox_pending(self, updates: int) -> None:
        """Set the number of unfinished updates in the inbox."""
        self._pending.set(updates)

    def state_bytes(self, size: int) -> None:
        """Set the bytes of the state database on the disk."""
        self._state.set(size)

    def set_generation(self, generation: str, passages: int) -> None:
        """Set the generation that is served, in place of any before it."""
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
