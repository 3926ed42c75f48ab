"""Thresholds worked out from the share of wrong questions that may be answered.

They follow from the operator's own calibration, `calibration.json` in the data folder, written by `eval --calibrate`,
or else from confidences that ship with the program, a table for each fit of confidence.py.

The method is split-conformal prediction. Take n calibration questions and a new one, all exchangeable: none is drawn in
another way than the rest. Then each of the n + 1 is as likely as any other to have the k-th lowest confidence of them.
The new one therefore lies above the k-th lowest of the n, k = ceil((n + 1)(1 - level)), with a probability of at most
`level`, and, where no two are equal, of more than level - 1 / (n + 1). The probability is over the draw of the
calibration questions as well as of the new one; nothing is assumed of how confidences are distributed or of how well
they are calibrated.

Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", Springer 2005; Angelopoulos and Bates, "Conformal
Prediction: A Gentle Introduction", Foundations and Trends in Machine Learning 16, 2023.
"""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from index.generation.durable import replace_file
from retrieval.confidence import FITS, Thresholds, fits_of, shipped
from retrieval.errors import CalibrationError
from retrieval.snapshot import Snapshot

if TYPE_CHECKING:
    from retrieval.evaluation.outcome import Outcome
    from retrieval.evaluation.saved import About

FILE: Final = "calibration.json"
# Changes with every change of the format that other versions cannot read.
FORMAT: Final = "verbatim calibration 1"
# The shares of wrong answers whose cost is told when a calibration is made.
LEVELS: Final = (0.01, 0.05, 0.1)
_MEND: Final = "make it anew with `python -m retrieval eval QUESTIONS.jsonl --calibrate`, or delete it"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Confidences of the operator's own questions whose first passage does not answer.

    Attributes:
        questions: the name of the set.
        date: ISO 8601, UTC.
        generation: that was asked.
        judge: what the confidences come from: see `judge`.
        n: how many questions were asked and could be judged.
        wrong: confidences of those that had no answer, or another passage first; each within 0 and 1.
    """

    questions: str
    date: str
    generation: str
    judge: str
    n: int
    wrong: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """The cost of answering at most a share of the wrong questions.

    Attributes:
        wrong_at_most: the share.
        threshold: the confidence to answer from; infinite where there are too few wrong questions.
        answerable: how many questions are.
        answered: how many of them it would still answer.
    """

    wrong_at_most: float
    threshold: float
    answerable: int
    answered: int


def given_thresholds(
    data: Path, confident: float, unsure: float, wrong_at_most: float | None, snapshot: Snapshot
) -> Thresholds:
    """Return the thresholds of a retriever: a confidence, or what keeps to a share of wrong answers.

    Raises:
        CalibrationError: as for `thresholds`.
    """
    if wrong_at_most is None:
        return Thresholds(dict.fromkeys(FITS, confident), unsure)
    return thresholds(data, wrong_at_most, unsure, snapshot.judge, fits_of(snapshot.encoder.card.family))


def thresholds(data: Path, level: float, unsure: float, by: str, fits: Sequence[str]) -> Thresholds:
    """Return the thresholds with which at most this share of the wrong questions is answered.

    Parameters:
        data: the folder that may hold a calibration.
        level: the share, between 0 and 1.
        by: the judge of the confidences that will be held against them.
        fits: that they may come from.

    Raises:
        CalibrationError: if the calibration cannot be used, or has too few questions for the level.
        ValueError: if the level is not between 0 and 1.
    """
    own = read(data)
    if own is not None and own.judge != by:
        raise CalibrationError(f"{data / FILE} is of another model, reader or version than answers now: {_MEND}")
    known = {fit: shipped(fit) if own is None else (own.wrong, len(own.wrong)) for fit in fits}
    confident = {fit: threshold(wrong, level, n) for fit, (wrong, n) in known.items()}
    if math.inf in confident.values():
        n = min(n for _, n in known.values())
        held = "the program has" if own is None else f"{data / FILE} has"
        looser = f"set VERBATIM_WRONG_AT_MOST to {math.ceil(1000 / (n + 1)) / 1000:g} or more, or " if n else ""
        raise CalibrationError(
            f"a share of {level:g} needs {fewest(level):,} questions that were not answered rightly, and {held} {n:,}: "
            f"{looser}make a calibration with more: `python -m retrieval eval QUESTIONS.jsonl --calibrate`"
        )
    return Thresholds(confident, unsure, by)


def read(data: Path) -> Calibration | None:
    """Return the calibration in the data folder, None where there is none.

    Raises:
        CalibrationError: if it cannot be read, is damaged, or is of another format.
    """
    # Loading takes a tenth of a second, and few programs need it.
    from pydantic import TypeAdapter, ValidationError

    file = data / FILE
    try:
        plain = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CalibrationError(f"{file} cannot be read ({error.strerror}): let this user read it") from error
    except (ValueError, RecursionError) as error:
        raise CalibrationError(f"{file} is damaged: {_MEND}") from error
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise CalibrationError(f"{file} is no calibration that this version reads: {_MEND}")
    try:
        calibration = TypeAdapter(Calibration).validate_python(plain)
    except ValidationError as error:
        raise CalibrationError(f"{file} is damaged at {error.errors()[0]['loc'][0]}: {_MEND}") from error
    if not all(0 <= confidence <= 1 for confidence in calibration.wrong):
        raise CalibrationError(f"{file} is damaged at wrong: {_MEND}")
    return calibration


def threshold(wrong: Sequence[float], level: float, questions: int | None = None) -> float:
    """Return the smallest confidence to answer from with which a wrong question is answered with at most that chance.

    A question is answered where its confidence is at least this, so that it lies above the one at the rank, and all
    that equal that one are refused. Infinite where there are too few questions for the level: see `fewest`.

    Parameters:
        wrong: confidences of calibration questions whose first passage does not answer, in any order.
        level: the chance, between 0 and 1.
        questions: how many there were, where `wrong` is `condensed`; the threshold is then the next one kept or less.

    Raises:
        ValueError: if the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level of {level}: it must lie between 0 and 1")
    n = len(wrong) if questions is None else questions
    # In fractions, as it is written: 100 * (1 - 0.07) is not 93 in floats.
    answered = math.floor((n + 1) * Fraction(str(level)))
    if not answered:
        return math.inf
    rank = n + 1 - answered
    place = (rank - 1) * len(wrong) // n
    return math.nextafter(sorted(wrong)[place], math.inf)


def fewest(level: float) -> int:
    """Return the number of wrong questions that a level needs: with fewer, nothing may be answered."""
    return math.ceil(1 / Fraction(str(level))) - 1


def condensed(wrong: Sequence[float], most: int) -> list[float]:
    """Return at most `most` of the confidences, lowest first, evenly by rank and with the highest.

    A threshold from them is never lower than one from all.
    """
    ranked = sorted(wrong)
    kept = min(most, len(ranked))
    return [ranked[math.ceil(Fraction(place * len(ranked), kept)) - 1] for place in range(1, kept + 1)]


def check_place(data: Path) -> None:
    """Make sure that a calibration can be written into the data folder.

    Raises:
        CalibrationError: if this user may not write there.
    """
    if not os.access(data, os.W_OK | os.X_OK):
        raise CalibrationError(f"{data} cannot be written to: calibrate as the user who builds the index")


def write(data: Path, calibration: Calibration) -> None:
    """Write a calibration into the data folder, whole or not at all, in the place of the one before.

    Raises:
        CalibrationError: if the disk does not take it.
    """
    plain = {"format": FORMAT, **asdict(calibration)}
    try:
        replace_file(data / FILE, (json.dumps(plain) + "\n").encode("utf-8"))
    except OSError as error:
        raise CalibrationError(f"{data / FILE} cannot be written: {error.strerror or error}") from error


def calibrated(outcomes: Sequence["Outcome"], about: "About", judge: str) -> Calibration:
    """Return the content of `calibration.json`.

    Parameters:
        outcomes: at least one.
        judge: what the confidences come from: see `calibration.judge`.

    Raises:
        CalibrationError: if there are too few wrong questions for the loosest of the levels.
    """
    judged = [outcome for outcome in outcomes if outcome.is_judgeable]
    wrong = tuple(sorted(outcome.confidence for outcome in judged if not outcome.right))
    if len(wrong) < fewest(LEVELS[-1]):
        needed = ", ".join(f"{fewest(level)} for at most {level:.0%}" for level in reversed(LEVELS))
        raise CalibrationError(
            f"{len(wrong)} of {len(judged)} questions were not answered rightly, which is too few to calibrate by "
            f"({needed}): add questions that the articles do not answer"
        )
    return Calibration(about.questions, about.date, about.generation, judge, len(judged), wrong)


def levels(outcomes: Sequence["Outcome"], calibration: Calibration) -> list[Level]:
    """Return the cost of each level on the questions that were asked."""
    answerable = [outcome.confidence for outcome in outcomes if outcome.question.answerable]
    bounds = [threshold(calibration.wrong, level) for level in LEVELS]
    return [
        Level(level, bound, len(answerable), sum(confidence >= bound for confidence in answerable))
        for level, bound in zip(LEVELS, bounds, strict=True)
    ]
