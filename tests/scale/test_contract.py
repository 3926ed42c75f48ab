"""Three hundred questions and more are answered the same whichever engine keeps the index.

Over the sample articles each sample question is asked as it is, misspelt, with filters, and as a follow-up. Over the
question sets for development, where they lie beside the checkout, a sample of theirs is asked too.
"""

import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from index.engines.embedded import engine_at
from index.generation.generation import verify
from retrieval import Answer, Retriever
from tests.retrieval.sample_questions import QUESTIONS, SAMPLES
from tests.scale.milvus_index import conditions_asked
from tests.scale.milvus_server import MilvusServer

SETS = Path(__file__).resolve().parents[3] / "shared" / "data"
DAY = "2026-01-01"
Pair = tuple[Retriever, Retriever]


@pytest.fixture(scope="module")
def pair_of(milvus: MilvusServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Pair]]:
    """Opens the articles of a folder twice: embedded, and on a Milvus server."""
    with ExitStack() as stack:
        opened: dict[Path, Pair] = {}

        def pair(seeds: Path) -> Pair:
            if seeds not in opened:
                here, there = (tmp_path_factory.mktemp(name) for name in ("here", "there"))
                build(seeds, here)
                # Encoded once.
                for name in ("models", "vectors"):
                    (there / name).symlink_to(here / name)
                engine = engine_at(milvus.address, there)
                build(seeds, there, engine=engine)
                verify(there / "index", engine).close()
                ours = stack.enter_context(Retriever.open(here, kept=0))
                opened[seeds] = ours, stack.enter_context(Retriever.open(there, engine=milvus.address, kept=0))
            return opened[seeds]

        # Filters go to the server, as they do where they name thousands of passages.
        with pytest.MonkeyPatch.context() as patch:
            conditions_asked(patch, 5)
            yield pair


def sample_questions() -> list[str]:
    return [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


def misspelt(question: str) -> str:
    """Two letters in the middle of the longest word change places."""
    word = max(question.split(), key=len)
    middle = len(word) // 2
    return question.replace(word, word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :])


FORMS: Mapping[str, Callable[[int, list[str]], dict[str, Any]]] = {
    "as it is": lambda i, asked: {"question": asked[i]},
    "misspelt": lambda i, asked: {"question": misspelt(asked[i])},
    "filtered": lambda i, asked: {"question": f"{asked[i]} after:{2021 + i % 3} before:2024"},
    "follow-up": lambda i, asked: {
        "question": "and when was that?",
        "history": [{"speaker": "user", "text": asked[i]}],
    },
}


def assert_same(pair: Pair, question: Mapping[str, Any]) -> None:
    here, there = (retriever.ask(**question, asked=DAY) for retriever in pair)
    assert shown(here) == shown(there), question
    assert here.confidence == pytest.approx(there.confidence, abs=1e-3)
    assert pair[0].corrected(question["question"]) == pair[1].corrected(question["question"])


def shown(answer: Answer) -> tuple[object, ...]:
    quotes = [(one.article_id, one.start, one.end, one.quote, one.highlights) for one in answer.citations]
    return answer.tier, answer.interpreted_as, quotes, answer.nearest


@pytest.mark.parametrize("form", FORMS)
def test_sample_questions_are_answered_the_same(pair_of: Callable[[Path], Pair], form: str) -> None:
    asked = sample_questions()
    assert len(FORMS) * len(asked) == 300
    pair = pair_of(SAMPLES)
    for number in range(len(asked)):
        assert_same(pair, FORMS[form](number, asked))


def test_quotes_are_found_the_same(pair_of: Callable[[Path], Pair]) -> None:
    pair = pair_of(SAMPLES)
    for question in sample_questions():
        for citation in pair[0].ask(question, 1, asked=DAY).citations:
            words = citation.quote.split()[:12]
            for quote in (citation.quote[:200], " ".join(words), " ".join([*words[:4], "never", *words[4:]])):
                assert pair[0].check(quote) == pair[1].check(quote), quote


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "count"), [("norquad_wiki", 150), ("wikinews", 150), ("mtrag_un", 150)])
def test_questions_of_development_are_answered_the_same(
    pair_of: Callable[[Path], Pair], tmp_path_factory: pytest.TempPathFactory, name: str, count: int
) -> None:
    if not (SETS / name).is_dir():
        pytest.skip(f"the question set {name} does not lie beside the checkout")
    seeds = tmp_path_factory.mktemp(name)
    shutil.copy(SETS / name / "corpus.jsonl", seeds)
    pair = pair_of(seeds)
    lines = (SETS / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    for line in random.Random(19).sample(lines, count):
        entry = json.loads(line)
        assert_same(pair, {"question": entry["question"], "history": entry.get("history", [])})
