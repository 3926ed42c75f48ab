"""The page of a report: one HTML file without a script, its plots in it, for a phone, a screen and paper.

Questions, articles and names of sets come from anywhere, so every text is escaped and its control characters are shown.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from index.article import Span
from retrieval.evaluation.failures import Failure, expected
from retrieval.evaluation.outcome import Shown
from retrieval.evaluation.plots import DARK, HEIGHT, LIGHT, PLOTS, WIDTH, Plot
from retrieval.evaluation.report import Report, rows
from retrieval.evaluation.saved import Evaluation
from retrieval.sanitize import cut, one_line, visible

# A page with more opens slowly on a phone; failures.jsonl has them all.
MOST_FAILURES: Final = 300
# Characters of a gold passage that are shown.
_LONGEST_GOLD: Final = 600
_MOST_GOLD: Final = 3
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)")

# A second guard behind escaping: nothing outside the page may be loaded, and nothing run.
_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2933; --faint: #5c6773; --line: #d9dee3; --card: #f6f8fa;
  --mark: #fff0b3; --wrong: #b23c00; --right: #00694c; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #161b22; --ink: #e6edf3; --faint: #a3adb8; --line: #30363d; --card: #1d242d; --mark: #5c4a00;
    --wrong: #ffa269; --right: #5fd6b0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem 1rem 4rem; max-width: 56rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .2rem 0; }
h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem; }
h3 { font-size: 1.05rem; line-height: 1.35; margin: 0 0 .4rem; }
.faint, small, figcaption { color: var(--faint); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .32rem .6rem .32rem 0; border-bottom: 1px solid var(--line);
  font-weight: normal; }
thead th { color: var(--faint); }
td.number, th.number { text-align: right; white-space: nowrap; }
figure { margin: 1.2rem 0; break-inside: avoid; }
img { display: block; width: 100%; height: auto; border: 1px solid var(--line); border-radius: 8px; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem;
  margin: .9rem 0; break-inside: avoid; }
dl { margin: 0; } dt { color: var(--faint); font-size: .88rem; margin-top: .5rem; } dd { margin: 0; }
blockquote { margin: .2rem 0; padding-left: .8rem; border-left: 3px solid var(--line); white-space: pre-wrap; }
mark { background: var(--mark); color: inherit; padding: 0 .1em; }
.wrong { color: var(--wrong); font-weight: 600; } .gold { border-color: var(--right); }
@media (max-width: 34rem) { body { padding: 1rem .7rem 3rem; }
  th, td { padding-right: .4rem; font-size: .9rem; } blockquote { font-size: .95rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } article { background: none; } }
"""

_READING: Final = (
    ("Hit@n", "share of the questions whose gold article (or passage) is among the n best"),
    ("MRR@10, nDCG@10", "the same with more credit for a better rank: 1 is always first, 0 is never among ten"),
    ("highlight Hit", "where the first passage holds the gold: whether the marked sentence does"),
    ("AUROC", "chance that an answerable question gets more confidence than one that is not; .5 is a coin"),
    ("coverage at 5 % false answers", "answerable questions still answered when 5 % of the others may be"),
    ("expected calibration error", "how far confidence and share of right answers lie apart, on average"),
    ("area under risk-coverage", "share of wrong answers, over all shares answered, surest first; less is better"),
    ("95 % interval", "by resampling the questions: where it would lie for other questions of the same kind"),
)


def page(evaluation: Evaluation, report: Report, failed: Sequence[Failure], plots: Mapping[str, bytes]) -> str:
    """Return the whole page.

    Parameters:
        failed: worst first; the first of them are shown.
        plots: PNG by the name of its file.
    """
    title = f"Evaluation of {one_line(evaluation.about.questions)}"
    parts = (
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>",
        *_head(evaluation, report, len(failed)),
        *_figures(report),
        *(_picture(plot, plots) for plot in PLOTS),
        *_failed(failed, report),
        *_reading(),
        *_origin(evaluation),
        "</body></html>",
    )
    return "\n".join(parts) + "\n"


def _head(evaluation: Evaluation, report: Report, failed: int) -> Iterator[str]:
    about = evaluation.about
    yield f"<header><h1>Evaluation of <bdi>{_text(one_line(about.questions))}</bdi></h1>"
    yield (
        f'<p class="faint">{report.questions:,} questions, {report.answerable:,} of them answerable, '
        f"{report.judged:,} of which say where; {failed:,} went wrong. {report.k} passages in an answer. "
        f"{_text(_date(about.date))}.</p></header>"
    )


def _figures(report: Report) -> Iterator[str]:
    yield "<section><h2>Figures</h2><table><thead><tr><th>figure</th>"
    yield '<th class="number">value</th><th class="number">95 % interval</th><th class="number">n</th>'
    yield "</tr></thead><tbody>"
    for row in rows(report):
        interval = "" if row.low == row.high == "—" else f"{row.low} – {row.high}"
        note = f"<br><small>{_text(row.note)}</small>" if row.note else ""
        yield (
            f'<tr><th scope="row">{_text(row.figure)}{note}</th><td class="number">{_text(row.value)}</td>'
            f'<td class="number">{_text(interval)}</td><td class="number">{_text(row.n)}</td></tr>'
        )
    yield "</tbody></table></section>"


def _picture(plot: Plot, plots: Mapping[str, bytes]) -> str:
    light, dark = (f"data:image/png;base64,{b64encode(plots[plot.file(theme)]).decode()}" for theme in (LIGHT, DARK))
    return (
        f'<figure><picture><source media="screen and (prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" width="{WIDTH}" height="{HEIGHT}" alt="{_text(plot.alt)}"></picture>'
        f"<figcaption>{_text(plot.alt)}</figcaption></figure>"
    )


def _failed(failed: Sequence[Failure], report: Report) -> Iterator[str]:
    yield "<section><h2>What went wrong</h2>"
    if not failed:
        yield "<p>Nothing, as far as the set can tell.</p></section>"
        return
    more = f"; the worst {MOST_FAILURES:,} are here, all are in failures.jsonl" if len(failed) > MOST_FAILURES else ""
    yield f'<p class="faint">{len(failed):,} of {report.questions:,} questions, the worst first{more}.</p>'
    for failure in failed[:MOST_FAILURES]:
        yield from _failure(failure)
    yield "</section>"


def _failure(failure: Failure) -> Iterator[str]:
    outcome, question = failure.outcome, failure.outcome.question
    yield f'<article><h3 dir="auto">{_text(one_line(question.text))}</h3>'
    answered = "answered" if outcome.answered else "refused"
    yield f'<p><span class="wrong">{_text(failure.why)}</span> · {answered}, confidence {outcome.confidence:.2f}'
    yield f" · <small>question <bdi>{_text(one_line(question.id))}</bdi></small></p><dl>"
    if outcome.interpreted_as != " ".join(question.text.split()):
        yield f'<dt>understood as</dt><dd dir="auto">{_text(one_line(outcome.interpreted_as))}</dd>'
    golds = tuple(dict.fromkeys(expected(outcome)))
    yield "<dt>expected</dt>"
    if not golds:
        yield "<dd>no answer: the articles do not hold one</dd>"
    for gold in golds[:_MOST_GOLD]:
        shown = gold if len(gold) <= _LONGEST_GOLD else f"{gold[:_LONGEST_GOLD]} …"
        yield f'<dd><blockquote class="gold" dir="auto">{_text(shown)}</blockquote></dd>'
    if len(golds) > _MOST_GOLD:
        yield f"<dd><small>or one of {len(golds) - _MOST_GOLD} more</small></dd>"
    yield "<dt>shown first</dt>"
    yield "<dd>nothing was found</dd>" if outcome.shown is None else _shown(outcome.shown)
    yield "</dl></article>"


def _shown(shown: Shown) -> str:
    title = one_line(shown.title) or "untitled"
    place = [shown.source, shown.published, f"paragraph {shown.paragraph}", shown.path]
    origin = " · ".join(_text(one_line(part)) for part in place if part)
    return (
        f'<dd><bdi><b>{_text(title)}</b></bdi><blockquote dir="auto">{_marked(shown)}</blockquote>'
        f"<small><bdi>{origin}</bdi>, characters {shown.start:,} to {shown.end:,}</small></dd>"
    )


def _marked(shown: Shown) -> str:
    """Return the quote, letter for letter, with its highlights marked."""
    within = [Span(span.start - shown.start, span.end - shown.start) for span in shown.highlights]
    pieces = []
    for piece in cut(Span(0, len(shown.quote)), within):
        words = _text(piece.of(shown.quote))
        pieces.append(f"<mark>{words}</mark>" if any(span.holds(piece) for span in within) else words)
    return "".join(pieces)


def _reading() -> Iterator[str]:
    yield "<section><h2>How to read the figures</h2><dl>"
    for name, means in _READING:
        yield f"<dt>{_text(name)}</dt><dd>{_text(means)}</dd>"
    yield "</dl></section>"


def _origin(evaluation: Evaluation) -> Iterator[str]:
    about = evaluation.about
    facts = (
        ("date", _date(about.date)),
        ("command", about.command),
        ("generation", about.generation),
        ("model", about.model),
        ("hits that ranks are counted in", str(evaluation.depth)),
        ("seed", str(evaluation.seed)),
        *about.settings,
    )
    yield "<section><h2>How it was made</h2><table><tbody>"
    for name, value in facts:
        yield f'<tr><th scope="row">{_text(one_line(name))}</th><td>{_text(one_line(value))}</td></tr>'
    yield "</tbody></table></section>"


def _date(date: str) -> str:
    return _DATE.sub(r"\1 \2 UTC", date)[:20] if _DATE.match(date) else date


def _text(text: str) -> str:
    return escape(visible(text), quote=True)
