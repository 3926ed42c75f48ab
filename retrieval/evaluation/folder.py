"""The report folder with `report.json`, `index.html`, `failures.jsonl` and the plots, written whole or not at all.

1. everything is written into a scratch folder beside the report's place;
2. a report that stands there already is moved aside;
3. the scratch folder takes its name, and the old report is deleted; where that fails, the old one is moved back.

A crash leaves a whole report or none in its place, and at most one hidden scratch folder beside it. After a crash
between 2 and 3 the old report is in that folder.
"""

import json
import os
import re
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from index.article import Span
from retrieval.errors import EvaluationError
from retrieval.evaluation.evaluate import Report, interval, number
from retrieval.evaluation.outcome import Failure, Shown, expected, failures
from retrieval.evaluation.plots import DARK, HEIGHT, LIGHT, PLOTS, WIDTH, draw
from retrieval.evaluation.saved import FILE, Evaluation, is_report, report_bytes
from retrieval.sanitize import cut, one_line, visible

_PAGE: Final = "index.html"
_FAILURES: Final = "failures.jsonl"
_FILES: Final = frozenset((FILE, _PAGE, _FAILURES, *(plot.file(theme) for plot in PLOTS for theme in (LIGHT, DARK))))

# A page with more failures opens slowly on a phone; failures.jsonl has them all.
_MOST_FAILURES: Final = 300
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)")


def check_place(folder: Path) -> None:
    """Check that a report may be written there: on nothing, an empty folder, or a folder that holds only a report.

    Raises:
        EvaluationError: if something else is there.
    """
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise EvaluationError(f"{folder} is no folder: name another for the report")
    try:
        names = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        raise EvaluationError(f"{folder} cannot be read ({error.strerror}): name another folder") from error
    if names and not is_report(folder):
        raise EvaluationError(f"{folder} is there already and is no report: name another folder")
    if others := sorted(names - _FILES):
        raise EvaluationError(f"{folder} holds {others[0]!r}, which would be lost: move it, or name another folder")


def write(folder: Path, evaluation: Evaluation, report: Report) -> None:
    """Write the report of an evaluation, in place of one that is there already.

    Parameters:
        report: the evaluation's figures.

    Raises:
        EvaluationError: if something else is there, or the folder cannot be written.
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
        raise EvaluationError(f"{folder} cannot be written: {error.strerror or error}") from error


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
            "tier": outcome.tier,
            "confidence": outcome.confidence,
            "expected": list(expected(outcome)),
            "shown": None if outcome.shown is None else asdict(outcome.shown),
            "place": outcome.place,
            "article_rank": outcome.article_rank,
            "passage_rank": outcome.passage_rank,
        }
        lines.append(json.dumps(fields, ensure_ascii=False) + "\n")
    return "".join(lines).encode("utf-8", "replace")


def page(evaluation: Evaluation, report: Report, failed: Sequence[Failure], plots: Mapping[str, bytes]) -> str:
    """Return the page of a report, which `report.html` is the template of.

    Parameters:
        failed: worst first; the first of them are shown.
        plots: PNG by the name of its file.
    """
    # Loaded here, since few commands that import this module need it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        # Before it is escaped, every text gets signs for its control characters.
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters |= {"line": lambda value: one_line(str(value)), "moment": _moment, "number": "{:,}".format}
    return environment.get_template("report.html").render(
        about=evaluation.about,
        depth=evaluation.depth,
        report=report,
        value=number,
        interval=interval,
        failed=failed,
        most_failures=_MOST_FAILURES,
        expected=expected,
        marked=_marked,
        plots=[(plot, *(b64encode(plots[plot.file(theme)]).decode() for theme in (LIGHT, DARK))) for plot in PLOTS],
        width=WIDTH,
        height=HEIGHT,
    )


def _marked(shown: Shown) -> Iterator[tuple[str, bool]]:
    """Yield the words of a quote, letter for letter, and whether they are highlighted."""
    within = [Span(span.start - shown.start, span.end - shown.start) for span in shown.highlights]
    for piece in cut(Span(0, len(shown.quote)), within):
        yield piece.of(shown.quote), any(span.holds(piece) for span in within)


def _moment(date: str) -> str:
    return _DATE.sub(r"\1 \2 UTC", date)[:20] if _DATE.match(date) else date
