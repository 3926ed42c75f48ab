"""What is counted is what was reported, and nobody can make up a label."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

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
        (lambda metrics: metrics.question("answered"), "verbatim_questions_total", ("answered",), 1),
        (lambda metrics: metrics.question("unanswered"), "verbatim_questions_total", ("unanswered",), 1),
        (lambda metrics: metrics.question("refused"), "verbatim_questions_total", ("refused",), 1),
        (lambda metrics: metrics.question("failed"), "verbatim_questions_total", ("failed",), 1),
        (lambda metrics: metrics.update("callback_query"), "verbatim_updates_total", ("callback_query",), 1),
        (
            lambda metrics: metrics.telegram_request("sendMessage", "retry_after"),
            "verbatim_telegram_requests_total",
            ("sendMessage", "retry_after"),
            1,
        ),
        (lambda metrics: metrics.feedback("down"), "verbatim_feedback_total", ("down",), 1),
        (lambda metrics: metrics.incident(), "verbatim_incidents_total", (), 1),
        (lambda metrics: metrics.inbox_pending(12), "verbatim_inbox_pending", (), 12),
        (lambda metrics: metrics.state_bytes(4096), "verbatim_state_bytes", (), 4096),
        (lambda metrics: metrics.record_answer_time(2.5), "verbatim_answer_seconds_sum", (), 2.5),
        (lambda metrics: metrics.record_answer_time(2.5), "verbatim_answer_seconds_bucket", ("2.0",), 0),
        (lambda metrics: metrics.record_answer_time(2.5), "verbatim_answer_seconds_bucket", ("5.0",), 1),
        (lambda metrics: metrics.record_search_time(0.03), "verbatim_search_seconds_sum", (), 0.03),
        (lambda metrics: metrics.record_search_time(0.03), "verbatim_search_seconds_count", (), 1),
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


def test_what_is_in_no_set_counts_as_other_and_leaves_no_trace() -> None:
    metrics = Metrics()
    metrics.question(TOKEN)
    metrics.update(TOKEN)
    metrics.telegram_request(f"bot{TOKEN}/sendMessage", "ok")
    metrics.telegram_request("sendMessage", TOKEN)
    metrics.feedback(TOKEN)
    metrics.set_generation(TOKEN, 1)
    seen = samples(metrics.registry)
    for name, labels in [
        ("verbatim_questions_total", ("other",)),
        ("verbatim_updates_total", ("other",)),
        ("verbatim_telegram_requests_total", ("other", "ok")),
        ("verbatim_telegram_requests_total", ("sendMessage", "other")),
        ("verbatim_feedback_total", ("other",)),
        ("verbatim_generation_info", ("other",)),
    ]:
        assert seen[name, labels] == 1
    assert TOKEN.partition(":")[2] not in generate_latest(metrics.registry).decode()


@given(st.lists(st.text().map("?{}".format), min_size=20, max_size=40, unique=True))
def test_made_up_values_never_add_more_than_one_series_each(values: list[str]) -> None:
    metrics = Metrics()
    for value in values:
        metrics.question(value)
        metrics.update(value)
        metrics.telegram_request(value, value)
        metrics.feedback(value)
        metrics.set_generation(value, 1)
    totals = [key for key in samples(metrics.registry) if key[0].endswith("_total") and key[1]]
    # Four outcomes, two verdicts, and "other" for each of the four counters with labels.
    assert len(totals) == 4 + 2 + 4


def test_two_bots_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.incident()
    assert samples(second.registry)["verbatim_incidents_total", ()] == 0
