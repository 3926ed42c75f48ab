"""A saved evaluation: `report.json`, from which every figure can be computed again."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from retrieval.errors import EvaluationError, first_fault
from retrieval.evaluation.evaluate import Report, report_of
from retrieval.evaluation.outcome import Outcome

FILE: Final = "report.json"
# Changes with every change of the format that other versions cannot read.
FORMAT: Final = "verbatim evaluation 1"
_MEND: Final = "make it with `python -m retrieval eval QUESTIONS.jsonl --report DIR`"


@dataclass(frozen=True, slots=True)
class About:
    """The origin of an evaluation.

    Attributes:
        questions: the name of the set.
        date: ISO 8601, UTC.
        command: as it was typed.
        generation, model: those that answered.
        settings: pairs of name and value.
    """

    questions: str
    date: str
    command: str
    generation: str
    model: str
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A question set that was asked.

    Attributes:
        k, depth: citations and hits asked for.
        seed: of the sample and of the intervals.
        outcomes: at least one, each of another question.
    """

    about: About
    k: int
    depth: int
    seed: int
    outcomes: tuple[Outcome, ...]

    def report(self) -> Report:
        """Return its figures."""
        return report_of(self.outcomes, k=self.k, depth=self.depth, seed=self.seed)


def report_bytes(evaluation: Evaluation, report: Report) -> bytes:
    """Return the content of `report.json`: what `eval --json` prints, its origin, and every outcome."""
    plain = {"format": FORMAT, **report.to_json(), **asdict(evaluation)}
    # A question may hold half a surrogate pair, which has no UTF-8.
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")


def is_report(folder: Path) -> bool:
    """Return whether a folder holds a report of ours, of whatever format."""
    try:
        plain = json.loads((folder / FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(plain, dict) and str(plain.get("format")).startswith("verbatim evaluation ")


def read(path: Path) -> Evaluation:
    """Return the evaluation that a report folder, or its `report.json`, holds.

    Raises:
        EvaluationError: if there is none, or it is damaged or of another format.
    """
    file = path / FILE if path.is_dir() else path
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise EvaluationError(f"{file}: cannot be read ({error.strerror}): {_MEND}") from error
    try:
        plain = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{file}: is no report: {_MEND}") from error
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise EvaluationError(f"{file}: is no report that this version reads: {_MEND}")
    try:
        evaluation = TypeAdapter(Evaluation).validate_python(plain)
    except ValidationError as error:
        raise EvaluationError(f"{file}: is damaged at {first_fault(error)}: {_MEND}") from error
    for fault in _faults(evaluation):
        raise EvaluationError(f"{file}: is damaged ({fault}): {_MEND}")
    return evaluation


def _faults(evaluation: Evaluation) -> Iterator[str]:
    if min(evaluation.k, evaluation.depth) < 1 or evaluation.seed < 0:
        yield "a number is too small"
    if not evaluation.outcomes:
        yield "it holds no question"
    if len({outcome.question.id for outcome in evaluation.outcomes}) < len(evaluation.outcomes):
        yield "an id stands in it twice"
    for outcome in evaluation.outcomes:
        if not 0 <= outcome.confidence <= 1 or not math.isfinite(outcome.elapsed_ms):
            yield f"question {outcome.question.id} has a confidence or a time that cannot be"
