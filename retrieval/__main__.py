"""The command line: `python -m retrieval`, and its commands `ask`, `check`, `mcp`, `eval` and `compare`."""

import io
import json
import shlex
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from config.cli import CONTEXT, FAILURE, open_what_is_closed, print_error, report_error, settings_help, whole
from config.logging import configure
from config.settings import Settings, described, load
from index.errors import ModelError, NoIndexError, require
from retrieval.cli import display
from retrieval.cli.batch import Reply, answer_json, replies
from retrieval.cli.layout import show
from retrieval.evaluation.questions import load_questions, located

if TYPE_CHECKING:
    from retrieval.evaluation.saved import About
    from retrieval.retriever import Retriever

_DONE: Final = 0

# Passages that a conversation shows at once: more do not fit on a screen, and `:more` shows them.
_AT_ONCE: Final = 3

_SETTINGS: Final = settings_help(described())

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
)

Data = Annotated[
    # Not `readable`: an unreadable folder is no wrong use, and is reported where it is read.
    Path | None,
    typer.Option("--data", metavar="DIR", readable=False, help="The folder that holds the index (VERBATIM_DATA)."),
]
Verbosity = Annotated[
    int,
    typer.Option("-v", count=True, show_default=False, help="Say more on standard error; -vv says everything."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Citations = Annotated[
    int | None,
    typer.Option("-k", metavar="N", parser=whole(1), help="How many passages to show (VERBATIM_PASSAGES_SHOWN)."),
]


@dataclass(frozen=True, slots=True)
class _Given:
    """Options given before a command."""

    data: Path | None
    verbosity: int


@app.callback(invoke_without_command=True, epilog=_SETTINGS)
def chat(context: typer.Context, data: Data = None, verbosity: Verbosity = 0) -> None:
    """Ask the articles. Without a command: a conversation, one question after another."""
    context.obj = _Given(data, verbosity)
    if context.invoked_subcommand is not None:
        return
    # Not loaded by `ask`, which has to answer at once.
    from retrieval.cli.repl import at_terminal, piped

    settings = _settings(context, None, 0)
    shown = min(settings.passages_shown, _AT_ONCE)
    _as_text()
    with _opened(settings) as retriever:
        if sys.stdin.isatty() and sys.stdout.isatty():
            at_terminal(retriever, settings.data, shown)
        else:
            piped(retriever, settings.data, shown)


@app.command(epilog=_SETTINGS)
def ask(
    context: typer.Context,
    question: Annotated[
        str,
        typer.Argument(
            metavar="QUESTION", help="What you want to know, in quotes; - reads questions from standard input."
        ),
    ],
    k: Citations = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Ask only articles of this source.")] = None,
    after: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Ask only articles from this year, month or day on, such as 2022-01."),
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="DATE", help="Ask only articles up to this year, month or day.")
    ] = None,
    title: Annotated[
        str | None, typer.Option("--in", metavar="WORDS", help="Ask only articles with these words in their title.")
    ] = None,
    asked: Annotated[
        str | None, typer.Option(metavar="DAY", help="Answer as on this day, such as 2024-05-31; without it, as today.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
    verbosity: Verbosity = 0,
) -> int:
    """Answer one question. Shows the passage that answers it, and where it stands."""
    settings = _settings(context, data, verbosity)
    shown = k or settings.passages_shown
    with _opened(settings) as retriever:
        if question == "-":
            filters = {"asked": asked, "source": source, "after": after, "before": before, "title": title}
            return _print_replies(replies(sys.stdin.buffer, retriever, shown, filters))
        answer = retriever.ask(question, shown, asked=asked, source=source, after=after, before=before, title=title)
    if as_json:
        _print_json(answer_json(answer))
    else:
        _as_text()
        console = display.console_for()
        show(display.whole_answer(answer, console), console)
    return _DONE


@app.command("check", epilog=_SETTINGS)
def check_quote(
    context: typer.Context,
    quote: Annotated[
        str, typer.Argument(metavar="QUOTE", help="The words; - reads JSON objects with `quote`, one a line.")
    ],
    speaker: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who is said to have said it: a full name or a surname.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
    verbosity: Verbosity = 0,
) -> int:
    """Say whether somebody really said this."""
    from retrieval.cli.quotes import check_json, check_lines, checked

    # The check reads words, so that the reader is not loaded.
    settings = _settings(context, data, verbosity).model_copy(update={"reader": False})
    with _opened(settings) as retriever:
        if quote == "-":
            return _print_replies(check_lines(sys.stdin.buffer, retriever))
        found = retriever.check(quote, speaker)
    if as_json:
        _print_json(check_json(found))
    else:
        _as_text()
        console = display.console_for()
        show(checked(found, quote, speaker, console), console)
    return _DONE


@app.command(epilog=_SETTINGS)
def mcp(context: typer.Context, data: Data = None, verbosity: Verbosity = 0) -> None:
    """Answer other programs, over MCP.

    A server of the Model Context Protocol on standard input and output.
    """
    require("mcp", "answering other programs")
    settings = _settings(context, data, verbosity)
    # Loaded by this command alone.
    from retrieval.mcp.server import serve
    from verbatim import VERSION

    serve(lambda: _opened(settings), VERSION)


@app.command(epilog=_SETTINGS)
def watch(
    context: typer.Context,
    questions: Annotated[
        str, typer.Argument(metavar="QUESTIONS", help="A file of questions, one a line, plain or JSON; - reads them.")
    ],
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What was told; without it, watch.json in the data folder.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once, and end: for cron.")] = False,
    data: Data = None,
    as_json: Json = False,
    verbosity: Verbosity = 0,
) -> int:
    """Tell which questions new articles answer. Shows each once."""
    from retrieval.cli.watch import news_json, news_lines, read_questions, watched_news

    asked = read_questions(questions)
    settings = _settings(context, data, verbosity)
    with _opened(settings) as retriever:
        for news in watched_news(retriever, asked, settings.data, state, lambda line: print_error(line, 0), once=once):
            if as_json:
                _print_json(news_json(news))
            else:
                _as_text()
                show(news_lines(news, display.console_for()), display.console_for())
                sys.stdout.flush()
    return _DONE


@app.command("eval", epilog=_SETTINGS)
def evaluate(
    context: typer.Context,
    questions: Annotated[
        Path,
        typer.Argument(
            metavar="QUESTIONS.jsonl", help="A question set with the right answers, one JSON object a line."
        ),
    ],
    k: Citations = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", parser=whole(1), help="Ask only N questions, drawn at random.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", parser=whole(0), help="Draw by this number; without it, by 0.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Write a report there: a page, pictures, what went wrong."),
    ] = None,
    other: Annotated[
        Path | None,
        typer.Option("--compare", metavar="REPORT", help="Compare with a report that --report wrote before."),
    ] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Store how sure the wrong answers were, for VERBATIM_WRONG_AT_MOST.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
    verbosity: Verbosity = 0,
) -> None:
    """Measure the answers to a question set. Shows ranking, citations, tiers and confidence."""
    # Not loaded by `ask`, which has to answer at once.
    from retrieval.calibration import check_place as check_data
    from retrieval.cli.tables import calibrate as write_calibration
    from retrieval.cli.tables import print_comparison, progress_bar, table
    from retrieval.evaluation import comparison, saved
    from retrieval.evaluation.evaluate import outcomes
    from retrieval.evaluation.folder import check_place, write

    settings = _settings(context, data, verbosity)
    if calibrate:
        # The calibration that is there may be damaged, or of another model.
        settings = settings.model_copy(update={"wrong_at_most": None})
    # Checked before any question is asked, since asking may take an hour.
    require("eval", "measuring")
    asked, shown, depth = load_questions(questions), k or settings.passages_shown, 100
    seed = seed or 0
    before = saved.read(other) if other is not None else None
    if folder is not None:
        check_place(folder)
    # Without a cache, so that a question that stands in a set twice is measured twice.
    with _opened(settings, kept=0) as retriever:
        if calibrate:
            check_data(settings.data)
        asked = located(retriever, asked, questions)
        about, judge = _about(questions, settings, retriever), retriever.judge
        with progress_bar(display.console_for(error=True)) as progress:
            found = outcomes(retriever, asked, k=shown, depth=depth, limit=limit, seed=seed, progress=progress)
    evaluation = saved.Evaluation(about, shown, depth, seed, tuple(found))
    report = evaluation.report()
    if folder is not None:
        write(folder, evaluation, report)
    compared = None if before is None else comparison.compare(before, evaluation)
    if as_json:
        _print_json(report.to_json() if compared is None else {**report.to_json(), "compared": compared.to_json()})
    else:
        _as_text()
        display.console_for().print(table(report))
        if compared is not None:
            display.console_for().print()
            print_comparison(compared, display.console_for())
    if calibrate:
        # With --json, standard output holds the report alone.
        write_calibration(settings.data, evaluation, judge, display.console_for(error=as_json), apart=not as_json)


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A report that `eval --report` wrote.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    as_json: Json = False,
) -> None:
    """Compare two reports. Shows every figure, the interval of its difference, and the questions won and lost."""
    from retrieval.cli.tables import print_comparison
    from retrieval.evaluation import comparison, saved

    require("eval", "comparing")
    compared = comparison.compare(saved.read(first), saved.read(second))
    if as_json:
        _print_json(compared.to_json())
    else:
        _as_text()
        print_comparison(compared, display.console_for())


def _about(questions: Path, settings: Settings, retriever: "Retriever") -> "About":
    """Return where an evaluation that is made now comes from."""
    from retrieval.evaluation.saved import About

    return About(
        # With its folder, since many sets have the same file name.
        questions="/".join(questions.resolve().with_suffix("").parts[-2:]),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        command=shlex.join(["python", "-m", "retrieval", *sys.argv[1:]]),
        generation=retriever.generation,
        model=retriever.model,
        settings=tuple((name, str(value)) for name, value in settings.model_dump(mode="json").items()),
    )


def _settings(context: typer.Context, data: Path | None, verbosity: int) -> Settings:
    """Set up logging, and return the settings with those of the command line in place of the others."""
    given: _Given = context.find_root().obj
    configure(given.verbosity + verbosity)
    settings = load()
    return settings.model_copy(update={"data": data or given.data or settings.data})


def _opened(settings: Settings, **more: Any) -> "Retriever":
    # Loaded here, once logging is set up and Ctrl-C is quiet; --help needs no library.
    from index.encoder.model import AUTO, DEFAULT_MODEL, locate
    from retrieval.retriever import Retriever

    try:
        return Retriever.open(
            settings.data,
            model=settings.model,
            threshold=settings.answer_threshold,
            unsure=settings.unsure_threshold,
            wrong_at_most=settings.wrong_at_most,
            reader=settings.reader,
            engine=settings.index.get_secret_value(),
            **more,
        )
    except NoIndexError as error:
        # Building an index needs the model, so that both are reported at once if both are missing.
        try:
            locate(DEFAULT_MODEL if settings.model == AUTO else settings.model)
        except ModelError as missing:
            raise NoIndexError(f"{error}; before that: {missing}") from None
        raise


def _print_replies(answered: Iterable[Reply]) -> int:
    """Print replies, and return the exit code: 1 if the index turned out to be damaged."""
    damage = ""
    for reply in answered:
        _print_json(reply.object)
        damage = damage or reply.damage
    return print_error(damage, FAILURE) if damage else _DONE


def _print_json(fields: dict[str, object]) -> None:
    # JSON is UTF-8 (RFC 8259) in every locale; half a surrogate pair becomes JSON's escape for it.
    _standard_output(encoding="utf-8", errors="backslashreplace")
    sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _as_text() -> None:
    # Characters that the terminal's encoding lacks are shown as '?', since most of a quote is better than none.
    _standard_output(errors="replace")


def _standard_output(*, encoding: str | None = None, errors: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding, errors=errors)


def main(arguments: list[str] | None = None, program: str = "python -m retrieval") -> int:
    """Run one command.

    Parameters:
        program: how a person calls it, for the messages.

    Returns:
        0 done, also where there is no answer; 1 the index or the disk is not as it should be; 2 wrong use or wrong
        configuration; 130 interrupted. With 1 and 2, one line on standard error says what to do.
    """
    open_what_is_closed()
    try:
        code = app(arguments, prog_name=program, standalone_mode=False) or _DONE
        sys.stdout.flush()
        return code
    except (Exception, KeyboardInterrupt) as error:
        return report_error(error, program)


if __name__ == "__main__":
    # A closed pipe, as behind `head`, ends this program quietly, like any other. Not in `main`, which may run within
    # another program's process.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    raise SystemExit(main())
