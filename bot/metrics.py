"""Counters and timings for Prometheus. All names begin with `verbatim_`.

The values of labels are our own words and Telegram's kinds of updates, so nobody can make up ever new series, and no
token or name of a person can stand in one.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from telegram import Update
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from retrieval.answer import Stages

_KINDS: Final = frozenset(Update.ALL_TYPES)
_ANSWER_BUCKETS: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)
_STAGE_BUCKETS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.2, 1)
_SEARCH_BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """The bot's counters, histograms and gauges, in a registry of their own."""

    def __init__(self) -> None:
        """Begin with all at zero."""
        ours = CollectorRegistry()
        self.registry = ours
        self.questions = Counter("verbatim_questions", "Questions, by what became of them", ["outcome"], registry=ours)
        self.updates = Counter("verbatim_updates", "Updates taken from Telegram, by kind", ["kind"], registry=ours)
        self.turned_away = Counter(
            "verbatim_updates_turned_away", "Updates that were neither stored nor handled", registry=ours
        )
        self._requests = Counter(
            "verbatim_telegram_requests",
            "Requests to Telegram, by method and result",
            ["method", "result"],
            registry=ours,
        )
        self.feedback = Counter("verbatim_feedback", "Thumbs and reactions, by verdict", ["verdict"], registry=ours)
        self.incidents = Counter(
            "verbatim_incidents", "Faults that a person was given an incident number for", registry=ours
        )
        self.answer_seconds = Histogram(
            "verbatim_answer_seconds",
            "From an update's coming to its reply's going",
            buckets=_ANSWER_BUCKETS,
            registry=ours,
        )
        self.search_seconds = Histogram(
            "verbatim_search_seconds", "From a question to its answer", buckets=_SEARCH_BUCKETS, registry=ours
        )
        self._stages = Histogram(
            "verbatim_stage_seconds",
            "Parts of the way from a question to its answer",
            ["stage"],
            buckets=_STAGE_BUCKETS,
            registry=ours,
        )
        self.inbox_pending = Gauge(
            "verbatim_inbox_pending", "Updates in the inbox that are not finished", registry=ours
        )
        self.state_bytes = Gauge(
            "verbatim_state_bytes", "The state database on the disk, with its write-ahead log", registry=ours
        )
        self.watches = Gauge("verbatim_watches", "Questions that wait for an answer", registry=ours)
        self.watch_seconds = Histogram(
            "verbatim_watch_seconds",
            "A look at new articles for all questions that wait",
            buckets=_ANSWER_BUCKETS,
            registry=ours,
        )
        self.news = Counter(
            "verbatim_watch_news", "News of questions that wait, by what became of it", ["outcome"], registry=ours
        )
        self._passages = Gauge("verbatim_index_passages", "Passages in the index being served", registry=ours)
        self._generation = Gauge(
            "verbatim_generation_info", "The generation being served", ["generation"], registry=ours
        )
        ProcessCollector(namespace="verbatim", registry=ours)
        # A rate needs a zero to start from.
        for outcome in ("answered", "unsure", "unanswered", "refused", "failed"):
            self.questions.labels(outcome)
        for outcome in ("told", "ended", "withdrawn", "blocked", "dropped", "failed"):
            self.news.labels(outcome)
        for verdict in ("up", "down"):
            self.feedback.labels(verdict)

    def count_update(self, kind: str) -> None:
        """Count an update of a kind such as `message`; what sends it may name any kind."""
        self.updates.labels(kind if kind in _KINDS else "other").inc()

    def count_request(self, method: str, error: TelegramError | None) -> None:
        """Count a request to Telegram by the error that it ended with, None for none."""
        match error:
            case None:
                result = "ok"
            case RetryAfter():
                result = "retry_after"
            # Before NetworkError, of which the library makes it a kind.
            case BadRequest():
                result = "bad_request"
            case Forbidden():
                result = "forbidden"
            case NetworkError():
                result = "network"
            case _:
                result = "other"
        self._requests.labels(method, result).inc()

    def record_stages(self, stages: Stages) -> None:
        """Record the time of each stage of an answer; an answer from the cache went through none."""
        for stage, milliseconds in stages.by_name().items():
            if milliseconds:
                self._stages.labels(stage).observe(milliseconds / 1000)

    def set_generation(self, generation: str, passages: int) -> None:
        """Set the generation that is served, in place of any before it."""
        self._generation.clear()
        self._generation.labels(generation).set(1)
        self._passages.set(passages)
