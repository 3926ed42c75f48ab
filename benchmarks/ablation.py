"""The worth of each stage of ranking: python -m benchmarks.ablation DATA, with the folders of question sets in DATA.

Every question is asked once; its candidates are then ordered by less and by more of what the retriever does. Passage
Hit@k is the share of questions for which a passage that holds the whole gold span is among the first k; scifact, whose
gold is whole articles, has nDCG@10. Intervals are of 95 %, by the bootstrap over questions.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ir_measures
import numpy as np
from numpy.typing import NDArray

from benchmarks.corpus import documents, indexed
from index.encoder.encoder import ReadQuestion
from retrieval.evaluation.metrics import Floats, estimates, ratio
from retrieval.evaluation.questions import Question, load_questions, sample
from retrieval.question.terms import analysed_languages, content_query, model_knows, question_languages
from retrieval.ranking.fusion import MIXING, Candidates, fuse, gather
from retrieval.ranking.ranking import rank
from retrieval.ranking.recency import day_of, timeliness
from retrieval.snapshot import Snapshot

SETS: Final = ("squadshifts_newwiki", "wikinews", "dated_news", "norquad_wiki", "scifact")
_ASKED: Final = 1500
_SEED: Final = 0
# So late in its article that no passage has a bonus for its place.
_NOWHERE: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its candidates and which of them are right.

    Attributes:
        right: bool of shape (candidates,): holds the gold span, or is of a gold article where the set has no spans.
        articles: of each candidate, int64.
        known: bool: whether the model knows the candidate's language and the question's.
        ordinals: each candidate's place in its article, int64.
    """

    question: Question
    read: ReadQuestion
    candidates: Candidates
    right: NDArray[np.bool_]
    articles: NDArray[np.int64]
    known: NDArray[np.bool_]
    ordinals: NDArray[np.int64]


Order = Callable[[Snapshot, Asked], Floats]


def main() -> None:
    """Ask, order the candidates in every way, and print what each way is worth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, help="a folder for the indexes, to use them again")
    parser.add_argument("--sets", nargs="*", default=SETS)
    given: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for name in given.sets:
            data = indexed(documents(given.data / name), (given.work or Path(scratch)) / name)
            snapshot = Snapshot.open(data, None)
            questions = [q for q in load_questions(given.data / name / "questions.jsonl") if q.gold]
            chosen = sample(questions, _ASKED, _SEED) if len(questions) > _ASKED else questions
            for line in _measured(snapshot, name, chosen):
                print(line, flush=True)
            snapshot.close()


def _measured(snapshot: Snapshot, name: str, questions: Sequence[Question]) -> Iterator[str]:
    asked = [_asked(snapshot, question) for question in questions]
    spans = any(question.passages for question in questions)
    yield f"\n{name}, {len(asked):,} questions\n"
    yield "| order | " + ("passage Hit@1 | passage Hit@5 |" if spans else "nDCG@10 |")
    yield "|---|" + "---|" * (1 + spans)
    for label, order in ORDERS.items():
        scores = [order(snapshot, one) for one in asked]
        if spans:
            cells = [_interval(_hits(asked, scores, first)) for first in (1, 5)]
        else:
            cells = [_interval(_ndcg(asked, scores))]
        yield f"| {label} | {' | '.join(cells)} |"


def _asked(snapshot: Snapshot, question: Question) -> Asked:
    generation, card = snapshot.generation, snapshot.encoder.card
    own = question_languages(question.text, snapshot.all_languages)
    languages = analysed_languages(snapshot.all_languages, own)
    read = snapshot.encoder.read(question.text)
    candidates = gather(generation, read.vector, content_query(question.text, languages, own))
    found = [generation.catalog.passages([number])[number] for number in candidates.numbers.tolist()]
    heads = generation.catalog.heads_of({passage.article for passage in found})
    trusted = model_knows(own, snapshot.all_languages, card)
    gold: dict[str, list[Any]] = defaultdict(list)
    for entry in question.gold:
        gold[entry.article_id].append(entry.span)
    right = [
        any(span is None or passage.span.holds(span) for span in gold.get(heads[passage.article].id, ()))
        for passage in found
    ]
    return Asked(
        question=question,
        read=read,
        candidates=candidates,
        right=np.array(right, np.bool_),
        articles=np.array([passage.article for passage in found], np.int64),
        known=np.array([trusted and card.knows(heads[passage.article].language) for passage in found], np.bool_),
        ordinals=np.array([passage.ordinal for passage in found], np.int64),
    )


def _vectors(snapshot: Snapshot, one: Asked) -> Floats:
    return one.candidates.cosines.astype(np.float64)


def _words(snapshot: Snapshot, one: Asked) -> Floats:
    return one.candidates.words.astype(np.float64)


def _fused(snapshot: Snapshot, one: Asked) -> Floats:
    return fuse(one.candidates, MIXING[""], one.known, np.full(len(one.ordinals), _NOWHERE))


def _led(snapshot: Snapshot, one: Asked) -> Floats:
    return fuse(one.candidates, MIXING[""], one.known, one.ordinals)


def _timely(snapshot: Snapshot, one: Asked) -> Floats:
    """Add what the day of the question and the times it names are worth."""
    days = snapshot.generation.catalog.published(set(one.articles.tolist()))
    published = [days[article] for article in one.articles.tolist()]
    return _led(snapshot, one) + timeliness(one.question.text, day_of(one.question.asked), published)


def _served(snapshot: Snapshot, one: Asked) -> Floats:
    """Score as the ranking itself does; a passage that it leaves out as a duplicate comes last."""
    hits = rank(snapshot, one.question.text, len(one.right), asked=day_of(one.question.asked)).hits
    scores = {hit.passage.number: hit.score for hit in hits}
    return np.array([scores.get(number, -np.inf) for number in one.candidates.numbers.tolist()])


ORDERS: Final[dict[str, Order]] = {
    "vectors alone": _vectors,
    "words alone (BM25, stemmed)": _words,
    "both, fused": _fused,
    "+ the first passages of an article first": _led,
    "+ articles of the time asked about first": _timely,
    "as served: + the best read": _served,
}


def _order(one: Asked, scores: Floats) -> NDArray[np.int64]:
    order: NDArray[np.int64] = np.lexsort((one.candidates.numbers, -scores))
    return order


def _hits(asked: Sequence[Asked], scores: Sequence[Floats], first: int) -> Floats:
    pairs = zip(asked, scores, strict=True)
    return np.array([float(one.right[_order(one, score)[:first]].any()) for one, score in pairs])


def _ndcg(asked: Sequence[Asked], scores: Sequence[Floats]) -> Floats:
    """Return nDCG@10 of each question, with the articles in the order of their best passages."""
    relevant: dict[str, dict[str, int]] = {}
    ranked: dict[str, dict[str, float]] = {}
    for place, (one, score) in enumerate(zip(asked, scores, strict=True)):
        articles = dict.fromkeys(one.articles[_order(one, score)])
        gold = {entry.article_id for entry in one.question.gold}
        found = set(one.articles[one.right].tolist())
        # Gold that is no candidate counts among what could have been found.
        missed = {f"missed {n}": 1 for n in range(len(gold) - len(found))}
        relevant[str(place)] = {**{str(article): 1 for article in found}, **missed}
        ranked[str(place)] = {str(article): float(-rank) for rank, article in enumerate(articles)}
    values = np.zeros(len(asked))
    for metric in ir_measures.iter_calc([ir_measures.nDCG @ 10], relevant, ranked):
        values[int(metric.query_id)] = metric.value
    return values


def _interval(values: Floats) -> str:
    (found,) = estimates([ratio(values, np.ones(len(values)))], [0] * len(values), seed=_SEED)
    return f"{found.value:.3f} ({found.low:.3f}–{found.high:.3f})"


if __name__ == "__main__":
    main()
