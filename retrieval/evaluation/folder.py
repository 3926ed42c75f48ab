"""The report folder with `report.json`, `index.html`, `failures.jsonl` and the plots, written whole or not at all.

1. everything is written into a scratch folder beside the report's place;
2. a report that stands there already is moved aside;
3. the scratch folder takes its name, and the old report is deleted; where that fails, the old one is moved back.

A crash leaves a whole report or none in its place, and at most one hidden scratch folder beside it. After a crash
between 2 and 3 the old report is in that folder.
"""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from retrieval.errors import ReportError
from retrieval.evaluation.failures import Failure, expected, failures
from retrieval.evaluation.html_report import page
from retrieval.evaluation.plots import DARK, LIGHT, PLOTS, draw
from retrieval.evaluation.report import Report
from retrieval.evaluation.saved import FILE, Evaluation, is_report, report_bytes

_PAGE: Final = "index.html"
_FAILURES: Final = "failures.jsonl"
_FILES: Final = frozenset((FILE, _PAGE, _FAILURES, *(plot.file(theme) for plot in PLOTS for theme in (LIGHT, DARK))))


def check_place(folder: Path) -> None:
    """Check that a report may be written there: on nothing, an empty folder, or a folder that holds only a report.

    Raises:
        ReportError: if something else is there.
    """
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise ReportError(f"{folder} is no folder: name another for the report")
    try:
        names = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        raise ReportError(f"{folder} cannot be read ({error.strerror}): name another folder") from error
    if names and not is_report(folder):
        raise ReportError(f"{folder} is there already and is no report: name another folder")
    if others := sorted(names - _FILES):
        raise ReportError(f"{folder} holds {others[0]!r}, which would be lost: move it, or name another folder")


def write(folder: Path, evaluation: Evaluation, report: Report) -> None:
    """Write the report of an evaluation, in place of one that is there already.

    Parameters:
        report: the evaluation's figures.

    Raises:
        ReportError: if something else is there, or the folder cannot be written.
    """
    check_place(folder)
    place = folder.resolve()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=place.parent) as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            _fill(made, evaluation, report)
            _put(made, place, Path(scratch) / "old")
    except OSError as error:
        raise ReportError(f"{folder} cannot be written: {error.strerror or error}") from error


def _put(made: Path, place: Path, old: Path) -> None:
    if place.is_dir():
        place.rename(old)
    try:
        made.rename(place)
    except OSError:
        if old.is_dir():
            old.rename(place)
        raise


def _fill(folder: Path, evaluation: Evaluation, report: Report) -> None:
    plots = {plot.file(theme): draw(plot, theme, evaluation, report) for plot in PLOTS for theme in (LIGHT, DARK)}
    failed = failures(evaluation.outcomes, k=evaluation.k, depth=evaluation.depth)
    contents = {
        FILE: report_bytes(evaluation, report),
        _PAGE: page(evaluation, report, failed, plots).encode("utf-8", "replace"),
        _FAILURES: _lines(failed),
        **plots,
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def _lines(failed: Sequence[Failure]) -> bytes:
    """Return the failures as JSON, one a line, the worst first; spans count in the article's text."""
    lines = []
    for failure in failed:
        outcome = failure.outcome
        fields = {
            "id": outcome.question.id,
            "question": outcome.question.text,
            "interpreted_as": outcome.interpreted_as,
            "kind": failure.kind.name.lower(),
            "why": failure.why,
            "answered": outcome.answered,
            "confidence": outcome.confidence,
            "expected": list(expected(outcome)),
            "shown": None if outcome.shown is None else asdict(outcome.shown),
            "place": outcome.place,
            "article_rank": outcome.article_rank,
            "passage_rank": outcome.passage_rank,
        }
        lines.append(json.dumps(fields, ensure_ascii=False) + "\n")
    return "".join(lines).encode("utf-8", "replace")
