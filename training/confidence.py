"""The fit of the confidence: python -m training confidence DATA, with the folders of question sets in DATA.

The sets differ in why nothing answers. One is asked whole over half of its articles, so that topics are absent. In
clapnq_dev and wikinews a passage comes near and does not answer. In dated_news another edition answers. A question is
answered if the first passage holds the gold span or, in a set without spans, is of the gold article.

The printed figures come from eight-fold cross-validation by article, and from fits on all sets but the one that is
judged. The coefficients in retrieval/coefficients.toml are fitted on everything. Beside them stand the cross-validated
confidences of the questions that were answered wrongly, which VERBATIM_WRONG_AT_MOST goes by.
"""

import json
import math
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.corpus import documents, indexed
from index.encoder.model import DEFAULT_MODEL, MULTILINGUAL
from retrieval.answering import evidence
from retrieval.calibration import condensed
from retrieval.confidence import COEFFICIENTS, Evidence, WordsEvidence, features, fit_of
from retrieval.evaluation.evaluate import FALSE_ANSWERS
from retrieval.evaluation.metrics import Floats, auroc, calibration_error, coverage
from retrieval.evaluation.questions import Question, load_questions, sample
from retrieval.ranking.ranking import rank
from retrieval.ranking.recency import day_of
from retrieval.retriever import THRESHOLD
from retrieval.snapshot import Snapshot

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

SEED: Final = 0
_FOLDS: Final = 8
_ASKED: Final = 1000
_NEWWIKI, _CLAPNQ, _NORQUAD = "squadshifts_newwiki, half", "clapnq_dev", "norquad_wiki, half"
_WIKINEWS, _DATED = "wikinews", "dated_news"
# What each set weighs, by fit.
_WEIGHTS: Final[dict[str, dict[str, float]]] = {
    "read": {_NEWWIKI: 1.0, _CLAPNQ: 1.0, _WIKINEWS: 1.0, _DATED: 1.0},
    "e5_read": {_NEWWIKI: 1.0, _CLAPNQ: 1.0, _WIKINEWS: 1.0, _DATED: 1.0},
    "vectors": {_NEWWIKI: 1.0, _CLAPNQ: 1.0, _WIKINEWS: 1.0, _DATED: 1.0},
    "words": {_NORQUAD: 1.0, _NEWWIKI: 1.0, _CLAPNQ: 1.0},
    "e5": {_NORQUAD: 1.5, _NEWWIKI: 1.5, _CLAPNQ: 1.0},
    # Of the same questions, as if they had been asked in another language.
    "e5_foreign": {_NORQUAD: 1.5, _NEWWIKI: 1.5, _CLAPNQ: 1.0},
}
# How much further off the passage that answers a question is in another language. Measured with
# multilingual-e5-small on 12 questions about the sample articles and 37 translations of them: .045, deviation .017.
_FURTHER_ABROAD: Final = 0.045
# Confidences that ship for each fit: steps of half a percent.
_WRONG: Final = 200
# A language that no article is in: a model that knows it alone leaves everything to the words.
_NO_LANGUAGE: Final = ("zxx",)


@dataclass(frozen=True, slots=True)
class Case:
    """A question that was asked, and what was found.

    Attributes:
        article: of the first passage; folds are made by it.
        length: tokens of the question.
        right: whether that passage holds the answer.
    """

    article: str
    length: int
    answerable: bool
    right: bool
    evidence: Evidence | WordsEvidence


def fit(data: Path, work: Path | None) -> None:
    """Ask, cross-validate, fit, and write the coefficients.

    Parameters:
        data: the folders of question sets.
        work: a folder for the indexes, to use them again; None for one that is deleted.
    """
    with tempfile.TemporaryDirectory() as scratch:
        cases = gathered(data, work or Path(scratch))
    tables, wrong = {}, {}
    for kind, sets in cases.items():
        names = list(features(next(iter(sets.values()))[0].evidence))
        print(f"[{kind}] {', '.join(names)}")
        found = _cross_validated(sets, names, _WEIGHTS[kind])
        for line in _checked(sets, found, names, _WEIGHTS[kind]):
            print(f"  {line}", flush=True)
        tables[kind] = _fitted(sets, names, _WEIGHTS[kind])
        wrong[kind] = _wrong(sets, found)
    COEFFICIENTS.write_text("\n".join(_written(tables, wrong, cases)) + "\n", encoding="utf-8")
    print(f"written to {COEFFICIENTS}")


def gathered(data: Path, work: Path) -> dict[str, dict[str, list[Case]]]:
    """Ask the questions, and return the cases by fit and by set."""
    cases: dict[str, dict[str, list[Case]]] = {fit: {} for fit in _WEIGHTS}
    for name in dict.fromkeys(name for sets in _WEIGHTS.values() for name in sets):
        folder, _, half = name.partition(", ")
        lines = documents(data / folder)
        questions: Sequence[Question] = load_questions(data / folder / "questions.jsonl")
        if half:
            lines, questions = _half(lines, questions)
        asked = sample(questions, _ASKED, SEED) if len(questions) > _ASKED else questions
        wanted = [fit for fit, sets in _WEIGHTS.items() if name in sets]
        if "e5" in wanted:
            with closing(_serving(lines, work / MULTILINGUAL / folder, MULTILINGUAL, read=False)) as snapshot:
                cases["e5"][name] = _asked(snapshot, asked, "e5")
                cases["e5_foreign"][name] = [_abroad(case) for case in cases["e5"][name]]
        with closing(_serving(lines, work / folder, DEFAULT_MODEL, read="read" in wanted)) as snapshot:
            if "read" in wanted:
                cases["read"][name] = _asked(snapshot, asked, "read")
                cases["e5_read"][name] = [_by_e5(case) for case in cases["read"][name]]
                snapshot.reader = None
            if "vectors" in wanted:
                cases["vectors"][name] = _asked(snapshot, asked, "vectors")
            if "words" in wanted:
                snapshot.encoder.card = replace(snapshot.encoder.card, languages=_NO_LANGUAGE)
                cases["words"][name] = _asked(snapshot, asked, "words")
        print(f"{name}: {len(asked):,} questions asked", flush=True)
    return cases


def _serving(lines: Sequence[str], work: Path, model: str, *, read: bool) -> Snapshot:
    return Snapshot.open(indexed(lines, work, model), None, read=read)


def _half(lines: Sequence[str], questions: Sequence[Question]) -> tuple[list[str], list[Question]]:
    """Keep half of the articles, drawn with a fixed seed, and all questions, judged by that half."""
    ids = {line: str(json.loads(line)["id"]) for line in lines}
    shuffled = sorted(ids.values())
    random.Random(SEED).shuffle(shuffled)
    kept = set(shuffled[: len(shuffled) // 2])

    def judged(question: Question) -> Question:
        gold = tuple(entry for entry in question.gold if entry.article_id in kept)
        return replace(question, gold=gold, answerable=bool(gold))

    return [line for line in lines if ids[line] in kept], [judged(question) for question in questions]


def _asked(snapshot: Snapshot, questions: Sequence[Question], fit: str) -> list[Case]:
    """Ask the questions, and return the cases that this fit judges."""
    cases = []
    for question in questions:
        ranking = rank(snapshot, question.text, 1, asked=day_of(question.asked))
        found = evidence(snapshot, ranking)
        if found is None or fit_of(found) != fit:
            continue
        best = ranking.hits[0]
        right = any(
            gold.article_id == best.article.id and (gold.span is None or best.passage.span.holds(gold.span))
            for gold in question.gold
        )
        cases.append(Case(best.article.id, len(ranking.read.ids), question.answerable, right, found))
    return cases


def _by_e5(case: Case) -> Case:
    """Return the case as E5 would have found it; the reader's logit does not depend on who found the passage."""
    assert isinstance(case.evidence, Evidence)
    return replace(case, evidence=replace(case.evidence, family="e5"))


def _abroad(case: Case) -> Case:
    """Return the case as if the question were in another language than the passage."""
    assert isinstance(case.evidence, Evidence)
    cosine = case.evidence.cosine - _FURTHER_ABROAD
    return replace(case, evidence=replace(case.evidence, foreign=True, cosine=cosine))


def _matrix(cases: Sequence[Case], names: Sequence[str]) -> Floats:
    return np.array([[features(case.evidence)[name] for name in names] for case in cases])


def _model(
    sets: Mapping[str, Sequence[Case]], names: Sequence[str], weights: Mapping[str, float]
) -> tuple["LogisticRegression", Floats]:
    """Fit a regression over features brought to one scale, each set at its weight; return it and the scale."""
    from sklearn.linear_model import LogisticRegression

    rows = np.concatenate([_matrix(cases, names) for cases in sets.values()])
    right = np.array([case.right for cases in sets.values() for case in cases])
    weighed = np.concatenate([np.full(len(cases), weights[name] / len(cases)) for name, cases in sets.items()])
    scale: Floats = rows.std(axis=0)
    model = LogisticRegression(C=10, max_iter=1000)
    model.fit(rows / scale, right, sample_weight=weighed * len(rows) / weighed.sum())
    return model, scale


def _fitted(sets: Mapping[str, Sequence[Case]], names: Sequence[str], weights: Mapping[str, float]) -> dict[str, float]:
    model, scale = _model(sets, names, weights)
    coefficients = dict(zip(names, (model.coef_[0] / scale).tolist(), strict=True))
    return {name: round(value, 2) for name, value in {"intercept": float(model.intercept_[0]), **coefficients}.items()}


def _cross_validated(
    sets: Mapping[str, Sequence[Case]], names: Sequence[str], weights: Mapping[str, float]
) -> dict[str, Floats]:
    """Return the confidences of each set's cases, each by a fit that saw no case with its article."""
    from sklearn.model_selection import GroupKFold

    folds = {
        name: list(GroupKFold(_FOLDS).split(cases, groups=[case.article for case in cases]))
        for name, cases in sets.items()
    }
    found = {name: np.zeros(len(cases)) for name, cases in sets.items()}
    for fold in range(_FOLDS):
        taught = {name: [cases[i] for i in folds[name][fold][0]] for name, cases in sets.items()}
        model, scale = _model(taught, names, weights)
        for name, cases in sets.items():
            tested = folds[name][fold][1]
            rows = _matrix([cases[i] for i in tested.tolist()], names)
            found[name][tested] = model.predict_proba(rows / scale)[:, 1]
    return found


def _wrong(sets: Mapping[str, Sequence[Case]], found: Mapping[str, Floats]) -> list[float]:
    """Return the confidences of the cases that were answered wrongly."""
    return [
        value
        for name, cases in sets.items()
        for case, value in zip(cases, found[name].tolist(), strict=True)
        if not case.right
    ]


def _checked(
    sets: Mapping[str, Sequence[Case]], found: Mapping[str, Floats], names: Sequence[str], weights: Mapping[str, float]
) -> Iterator[str]:
    """Yield what cross-validation gives: a line for each set, and for thirds of one by the length of the question."""
    for name, cases in sets.items():
        yield f"{name}: {_line(cases, found[name])}"
    for name, cases in sets.items():
        model, scale = _model({other: rows for other, rows in sets.items() if other != name}, names, weights)
        yield f"{name}, fitted on the others: {_line(cases, model.predict_proba(_matrix(cases, names) / scale)[:, 1])}"
    cases = sets[_NEWWIKI]
    third = np.searchsorted(np.quantile([case.length for case in cases], [1 / 3, 2 / 3]), [c.length for c in cases])
    for place, said in enumerate(("shortest", "middle", "longest")):
        there = np.flatnonzero(third == place)
        yield f"{_NEWWIKI}, {said} third: {_line([cases[i] for i in there.tolist()], found[_NEWWIKI][there])}"


def _line(cases: Sequence[Case], found: Floats) -> str:
    answerable = np.array([case.answerable for case in cases])
    right = np.array([case.right for case in cases])
    everything = np.ones((1, len(cases)))
    counted = np.ones(len(cases), np.bool_)
    area, covered, error = (
        float(statistic(everything)[0])
        for statistic in (
            auroc(found, answerable),
            coverage(found, answerable, FALSE_ANSWERS),
            calibration_error(found, right, counted),
        )
    )
    answered = found >= THRESHOLD
    return (
        f"{len(cases):,} questions, AUROC {area:.3f}, coverage at 5 % {covered:.3f}, calibration error {error:.3f}; at "
        f"{THRESHOLD} answered {answered[answerable].mean():.3f} of the answerable, "
        f"{answered[~answerable].mean():.3f} of others"
    )


def _written(
    tables: Mapping[str, Mapping[str, float]],
    wrong: Mapping[str, Sequence[float]],
    cases: Mapping[str, Mapping[str, Sequence[Case]]],
) -> Iterator[str]:
    yield "# How the confidence weighs its evidence: confidence.py says what each name stands for."
    yield f"# Made by `python -m training confidence DATA` on {datetime.now(UTC):%Y-%m-%d}."
    for fit, table in tables.items():
        yield ""
        for name, asked in cases[fit].items():
            yield f"# {name}: {len(asked):,} questions, weight {_WEIGHTS[fit][name]}"
        yield f"[{fit}]"
        yield from (f"{name} = {value}" for name, value in table.items())
    for fit, confidences in wrong.items():
        yield from ("", *wrong_table(fit, confidences))


def wrong_table(fit: str, confidences: Sequence[float]) -> Iterator[str]:
    """Write the table of a fit's wrong questions, each confidence rounded up, so that no threshold comes out lower."""
    yield f"[wrong.{fit}]"
    yield f"questions = {len(confidences)}"
    yield "confidences = ["
    rounded = [f"{math.ceil(value * 10_000) / 10_000:.4f}" for value in condensed(confidences, _WRONG)]
    yield from (f"  {', '.join(rounded[start : start + 14])}," for start in range(0, len(rounded), 14))
    yield "]"
