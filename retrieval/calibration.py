"""Thresholds worked out from the share of wrong questions that may be answered.

They follow from the operator's own calibration, `calibration.json` in the data folder, written by `eval --calibrate`,
or else from confidences that ship with the program, a table for each fit of confidence.py.
"""

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from index.generation.durable import replace_file
from retrieval.answer import Tier
from retrieval.confidence import FITS, coefficients, shipped
from retrieval.conformal import fewest, threshold
from retrieval.errors import CalibrationError
from retrieval.reader.reading import SHA256

FILE: Final = "calibration.json"
# Changes with every change of the format that other versions cannot read.
FORMAT: Final = "verbatim calibration 1"
# The confidence from which the best passage is 'not sure' instead of none.
UNSURE: Final = 0.25
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
class Thresholds:
    """Confidences at which the tiers begin.

    Attributes:
        confident: by the fit that gave the confidence.
        unsure: from which it is 'not sure', as long as it is not confident.
        judge: what the confidences must come from, '' where that does not matter.
    """

    confident: Mapping[str, float]
    unsure: float = UNSURE
    judge: str = ""

    def holds_for(self, judge: str) -> bool:
        """Return whether confidences of this judge can be held against them."""
        return self.judge in ("", judge)

    def tier(self, confidence: float, fit: str, judge: str) -> Tier:
        """Return the tier of a confidence that comes from this fit and judge.

        A confidence of another judge is never 'confident', since nothing is known of how often it is wrong.
        """
        if self.holds_for(judge) and confidence >= self.confident[fit]:
            return "confident"
        return "not sure" if confidence >= self.unsure else "none"


@lru_cache(4)
def judge(model: str, *, read: bool) -> str:
    """Return a hexadecimal digest of everything that confidences depend on: only equal ones can be compared.

    Parameters:
        model: SHA-256 of the encoder's.
        read: whether the reader reads.
    """
    parts = [model, SHA256 if read else "", *(json.dumps(coefficients(fit), sort_keys=True) for fit in FITS)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


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
