"""What is counted is what was reported, and nobody can make up a label."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from telegram.error import BadRequest, Conflict, Forbidden, RetryAfter, TelegramError, TimedOut

from bot.metrics import Metrics
from retrieval.answer import Stages

TOKEN = "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw9"


def samples(registry: CollectorRegistry) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample that a scrape sees, by its name and the values of its labels."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("report", "name", "labels", "value"),
    [
        (lambda metrics: metrics.questions.labels("answered").inc(), "verbatim_questions_total", ("answered",), 1),
        (lambda metrics: metrics.questions.labels("unanswered").inc(), "verbatim_questions_total", ("unanswered",), 1),
        (lambda metrics: metrics.questions.labels("refused").inc(), "verbatim_questions_total", ("refused",), 1),
        (lambda metrics: metrics.questions.labels("failed").inc(), "verbatim_questions_total", ("failed",), 1),
        (lambda metrics: metrics.count_update("callback_query"), "verbatim_updates_total", ("callback_query",), 1),
        (lambda metrics: metrics.feedback.labels("down").inc(), "verbatim_feedback_total", ("down",), 1),
        (lambda metrics: metrics.incidents.inc(), "verbatim_incidents_total", (), 1),
        (lambda metrics: metrics.inbox_pending.set(12), "verbatim_inbox_pending", (), 12),
        (lambda metrics: metrics.state_bytes.set(4096), "verbatim_state_bytes", (), 4096),
        (lambda metrics: metrics.answer_seconds.observe(2.5), "verbatim_answer_seconds_sum", (), 2.5),
        (lambda metrics: metrics.answer_seconds.observe(2.5), "verbatim_answer_seconds_bucket", ("2.0",), 0),
        (lambda metrics: metrics.answer_seconds.observe(2.5), "verbatim_answer_seconds_bucket", ("5.0",), 1),
        (lambda metrics: metrics.search_seconds.observe(0.03), "verbatim_search_seconds_sum", (), 0.03),
        (lambda metrics: metrics.search_seconds.observe(0.03), "verbatim_search_seconds_count", (), 1),
        (
            lambda metrics: metrics.record_stages(Stages(encoding=2.5)),
            "verbatim_stage_seconds_sum",
            ("encoding",),
            0.0025,
        ),
        (
            lambda metrics: metrics.record_stages(Stages(encoding=2.5)),
            "verbatim_stage_seconds_bucket",
            ("0.002", "encoding"),
            0,
        ),
    ],
)
def test_what_is_reported_is_what_a_scrape_sees(
    report: Callable[[Metrics], None], name: str, labels: tuple[str, ...], value: float
) -> None:
    metrics = Metrics()
    report(metrics)
    assert samples(metrics.registry)[name, labels] == value


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (None, "ok"),
        (RetryAfter(5), "retry_after"),
        (BadRequest("Message is not modified"), "bad_request"),
        (Forbidden("Forbidden: bot was blocked by the user"), "forbidden"),
        (TimedOut(), "network"),
        (Conflict("terminated by other getUpdates request"), "other"),
    ],
)
def test_a_request_is_counted_by_what_it_ended_with(error: TelegramError | None, result: str) -> None:
    metrics = Metrics()
    metrics.count_request("sendMessage", error)
    counted = {
        labels: value
        for (name, labels), value in samples(metrics.registry).items()
        if name == "verbatim_telegram_requests_total"
    }
    assert counted == {("sendMessage", result): 1}


def test_outcomes_and_verdicts_start_at_zero() -> None:
    seen = samples(Metrics().registry)
    for outcome in ("answered", "unanswered", "refused", "failed"):
        assert seen["verbatim_questions_total", (outcome,)] == 0
    for verdict in ("up", "down"):
        assert seen["verbatim_feedback_total", (verdict,)] == 0


def test_only_the_generation_being_served_is_told() -> None:
    metrics = Metrics()
    metrics.set_generation("20260114T101500Z-3f9c1a", 1200)
    metrics.set_generation("20260115T101500Z-a91c3f", 1300)
    seen = samples(metrics.registry)
    assert [key for key in seen if key[0] == "verbatim_generation_info"] == [
        ("verbatim_generation_info", ("20260115T101500Z-a91c3f",))
    ]
    assert seen["verbatim_index_passages", ()] == 1300


def test_the_process_itself_is_measured() -> None:
    seen = samples(Metrics().registry)
    assert seen["verbatim_process_resident_memory_bytes", ()] > 10_000_000
    assert seen["verbatim_process_open_fds", ()] > 2


def test_every_name_is_of_this_program() -> None:
    assert all(name.startswith("verbatim_") for name, _ in samples(Metrics().registry))


@given(st.lists(st.text().map("?{}".format), min_size=20, max_size=40, unique=True))
def test_kinds_of_updates_that_are_made_up_count_as_other_and_leave_no_trace(kinds: list[str]) -> None:
    metrics = Metrics()
    for kind in [TOKEN, *kinds]:
        metrics.count_update(kind)
    assert samples(metrics.registry)["verbatim_updates_total", ("other",)] == len(kinds) + 1
    assert TOKEN.partition(":")[2] not in generate_latest(metrics.registry).decode()


def test_two_bots_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.incidents.inc()
    assert samples(second.registry)["verbatim_incidents_total", ()] == 0
