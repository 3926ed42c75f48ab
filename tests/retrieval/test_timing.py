"""Where the time for a question went: every stage is there, and together they are no more than the whole."""

import pytest

from retrieval import Retriever
from retrieval.answer import STAGES
from retrieval.answering import Stopwatch
from tests.retrieval.articles import QUESTION


@pytest.mark.parametrize("question", [QUESTION, "harbour?", "And what about it?"])
def test_every_stage_is_measured_and_they_add_up_to_no_more_than_the_whole(small: Retriever, question: str) -> None:
    answer = small.ask(question, history=[{"speaker": "user", "text": QUESTION}])
    stages = answer.stages.by_name()
    assert tuple(stages) == STAGES
    assert min(stages.values()) >= 0
    # Every question is encoded, searched for and cited.
    assert all(stages[name] > 0 for name in ("understanding", "encoding", "vectors", "words", "citations"))
    assert sum(stages.values()) <= answer.elapsed_ms


def test_laps_of_the_same_stage_are_added_and_none_is_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([1.0, 1.25, 3.25, 3.5])
    monkeypatch.setattr("retrieval.answering.time.perf_counter", lambda: next(clock))
    watch = Stopwatch()
    for stage in ("vectors", "words", "vectors"):
        watch.lap(stage)
    assert watch.stages().by_name() == {**dict.fromkeys(STAGES, 0.0), "vectors": 500.0, "words": 2000.0}
