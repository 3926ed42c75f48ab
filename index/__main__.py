"""The operator's commands: python -m index build | follow | status | verify."""

import io
import itertools
import json
import re
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from config import logging
from config.cli import CONTEXT, FAILURE, INTERRUPTED, as_typed, print_error, report_error, settings_help
from config.settings import Settings, described, load
from index.build import BuildRules, build
from index.engines.embedded import engine_at
from index.engines.protocol import Engine
from index.errors import FeedsError, RemovalsError
from index.generation.catalog import Catalog
from index.generation.generation import CATALOG, current, verify
from index.generation.manifest import Manifest, fields_of, read_manifest
from index.metadata import found_where
from index.progress import LogLines, Progress, Silent, bars, json_lines
from index.report import BuildReport, FormatCount, Reason

_STOPPED: Final = "stopped; an index that was there is unharmed"
# A share that is not mounted gives one line for each of its folders.
_KEPT_SHOWN: Final = 100
_REASONS_SHOWN: Final = 40
_SETTINGS: Final = {
    f"VERBATIM_{name}" for name in ("SEEDS", "DATA", "MODEL", "FILE_SIZE_LIMIT", "FOLLOW_LINKS", "FEEDS")
}
_PART: Final = re.compile(r", (?:line|entry|article) [\d,]+(?: \(.*\))?$")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
    help="Build the index from the seeds, follow feeds, show the index, check it.",
    epilog=settings_help([one for one in described() if one[0] in _SETTINGS]),
)

# `readable=False`: a folder that cannot be read is no wrong use; the error comes where it is read.
Seeds = Annotated[
    Path | None, typer.Option(metavar="DIR", readable=False, help="The folder of article files (VERBATIM_SEEDS).")
]
Data = Annotated[
    Path | None, typer.Option(metavar="DIR", readable=False, help="The folder that holds the index (VERBATIM_DATA).")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Verbose = Annotated[
    int,
    typer.Option("-v", count=True, show_default=False, help="Say more on standard error; -vv says everything."),
]


@app.command("build")
def build_command(
    seeds: Seeds = None,
    data: Data = None,
    clean: Annotated[
        bool, typer.Option("--clean", help="Read and encode everything anew, not only what changed.")
    ] = False,
    allow_removals: Annotated[
        bool, typer.Option("--allow-removals", help="Go on even if more than a third of the articles would be removed.")
    ] = False,
    as_json: Json = False,
    provenance: Annotated[
        bool, typer.Option("--provenance", help="Show each article's metadata, and where it was found.")
    ] = False,
    in_lines: Annotated[
        bool, typer.Option("--progress", help="Report progress on standard error, one JSON object a line.")
    ] = False,
    verbose: Verbose = 0,
) -> None:
    """Bring the index up to date with the seeds. Reads only what is new or changed."""
    logging.configure(verbose)
    settings = load()
    rules = BuildRules(size_limit=settings.file_size_limit, follow_links=settings.follow_links)
    try:
        with _progress(in_lines, as_json) as progress:
            report = build(
                seeds or settings.seeds,
                data or settings.data,
                model=settings.model,
                rules=rules,
                clean=clean,
                allow_removals=allow_removals,
                progress=progress,
                engine=_engine(settings, data or settings.data, rules),
                encoders=settings.encoders,
            )
    except RemovalsError as error:
        if as_json:
            stopped = {"removals": error.gone, "articles": error.articles, "examples": error.examples}
            _print_json({"published": False, "stopped": stopped})
        raise
    metadata = _metadata((data or settings.data) / "index") if provenance else None
    if as_json:
        _print_json(asdict(report) | ({} if metadata is None else {"metadata": metadata}))
    else:
        _print_lines(itertools.chain(map(_found, metadata or ()), _report_lines(report)))


@app.command("follow")
def follow_command(
    once: Annotated[bool, typer.Option("--once", help="Fetch what is due, build, and end, as for cron.")] = False,
    feeds: Annotated[
        str | None, typer.Option(metavar="ADDRESSES", help="Addresses of feeds, with commas (VERBATIM_FEEDS).")
    ] = None,
    seeds: Seeds = None,
    data: Data = None,
    as_json: Json = False,
    verbose: Verbose = 0,
) -> int:
    """Fetch the feeds that are due, then build. Goes on until it is stopped, or looks once."""
    # Slow to import, and no other command needs it.
    from index.feeds.feeds import Feeds
    from index.feeds.following import follow_once, keep_following, lines_of

    logging.configure(verbose)
    settings = load()
    addresses = settings.feeds if feeds is None else [part for part in map(str.strip, feeds.split(",")) if part]
    followed = Feeds(data or settings.data, addresses)
    if not followed.listed():
        raise FeedsError("no feed is followed: name some with --feeds or VERBATIM_FEEDS, with commas between them")
    if not once:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        # Not the arguments as they were: `follow` may be part of another program.
        options = [("--feeds", feeds), ("--seeds", seeds), ("--data", data)]
        given = [word for name, value in options if value is not None for word in (name, str(value))]
        flags = [*(["--json"] if as_json else []), *["-v"] * verbose]
        return keep_following(followed, [sys.executable, "-m", "index", "follow", "--once", *given, *flags])
    rules = BuildRules(size_limit=settings.file_size_limit, follow_links=settings.follow_links)

    def built() -> BuildReport:
        with _progress(False, as_json) as progress:
            return build(
                seeds or settings.seeds,
                data or settings.data,
                model=settings.model,
                rules=rules,
                progress=progress,
                engine=_engine(settings, data or settings.data, rules),
                encoders=settings.encoders,
            )

    outcome = follow_once(followed, built)
    if as_json:
        _print_json(asdict(outcome))
    else:
        report = _report_lines(outcome.build) if outcome.build else ()
        _print_lines(map(_printable, itertools.chain(lines_of(outcome.feeds), report)))
    return print_error(outcome.feeds.stopped, FAILURE) if outcome.feeds.stopped else 0


@app.command("status")
def status_command(data: Data = None, as_json: Json = False, verbose: Verbose = 0) -> None:
    """Show which index is served, and what it holds."""
    logging.configure(verbose)
    settings = load()
    folder = current((data or settings.data) / "index")
    manifest = read_manifest(folder)
    size = sum(facts.size for facts in manifest.files.values())
    if as_json:
        _print_json({"generation": folder.name, "bytes": size, **fields_of(manifest)})
    else:
        _print_lines(f"{name:12}{value}" for name, value in _facts(folder, manifest, size))


@app.command("verify")
def verify_command(data: Data = None, as_json: Json = False, verbose: Verbose = 0) -> None:
    """Check every byte and count of the index. Exits with 1 if something is not as the manifest says."""
    logging.configure(verbose)
    settings = load()
    where = data or settings.data
    generation = verify(where / "index", _engine(settings, where, BuildRules()))
    counts, folder = generation.manifest.counts, generation.folder
    files = len(generation.manifest.files)
    generation.close()
    if as_json:
        _print_json({"generation": folder.name, "sound": True, **asdict(counts), "files": files})
    else:
        whole = f"{files} files, {_many(counts.articles, 'article')} and {_many(counts.passages, 'passage')}"
        _print_lines([f"{folder.name} is sound: {whole} are as its manifest says."])


def _engine(settings: Settings, data: Path, rules: BuildRules) -> Engine:
    address = settings.index.get_secret_value()
    return engine_at(address, data, exact_below=rules.exact_below, graph_below=rules.graph_below)


def _progress(in_lines: bool, as_json: bool) -> AbstractContextManager[Progress]:
    if in_lines:
        return json_lines(sys.stderr)
    if as_json:
        return nullcontext(Silent())
    return bars() if sys.stderr.isatty() else nullcontext(LogLines(sys.stderr))


def _print_json(fields: dict[str, Any]) -> None:
    # JSON is UTF-8 (RFC 8259), whatever the locale.
    _standard_output(encoding="utf-8")
    print(json.dumps(fields, ensure_ascii=False), flush=True)


def _print_lines(lines: Iterable[str]) -> None:
    _standard_output(encoding=None)
    print("\n".join(lines), flush=True)


def _standard_output(*, encoding: str | None) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def _report_lines(report: BuildReport) -> Iterator[str]:
    """Yield a build's report as lines for a person."""
    for sign, paths in (("added", report.added), ("changed", report.changed), ("removed", report.removed)):
        yield from (f"{sign:8}  {_printable(path)}" for path in paths)
    for reason in report.reasons[:_REASONS_SHOWN]:
        yield _reason(reason)
    if len(report.reasons) > _REASONS_SHOWN:
        yield f"skipped   for {len(report.reasons) - _REASONS_SHOWN:,} more reasons: --json names them all"
    for kept in report.kept[:_KEPT_SHOWN]:
        stay = f"{_many(kept.files, 'file')} of the last build {'stays' if kept.files == 1 else 'stay'}"
        yield f"kept      {_printable(kept.path)}: {_printable(kept.reason)} ({stay})"
    if len(report.kept) > _KEPT_SHOWN:
        yield f"kept      {len(report.kept) - _KEPT_SHOWN:,} more: --json names them all"
    if report.model:
        yield f"model     {report.model}"
    if report.published and len(report.formats) > 1:
        yield f"formats   {'; '.join(map(_format, report.formats))}"
    what = "built" if report.published else "nothing has changed since"
    yield (
        f"{what} {report.generation}: {_many(report.articles, 'article')}, {_many(report.passages, 'passage')} "
        f"({report.encoded:,} encoded); {_many(len(report.added), 'file')} added, {len(report.changed)} changed, "
        f"{len(report.removed)} removed, {report.unchanged:,} unchanged, {len(report.skipped)} skipped{_kept(report)}; "
        f"{report.seconds:.1f} s"
    )


def _reason(reason: Reason) -> str:
    """Return one line for everything that was left out for one reason."""
    sign = "left out" if reason.parts else "skipped"
    examples = _printable(", ".join(reason.examples))
    hint = f"; {reason.hint}" if reason.hint else ""
    if reason.count == 1:
        return f"{sign:8}  {examples}: {_printable(reason.reason)}{hint}"
    more = f" and {reason.count - len(reason.examples):,} more" if reason.count > len(reason.examples) else ""
    what = "parts" if any(_PART.search(example) for example in reason.examples) else "files"
    return f"{sign:8}  {reason.count:,} {what}: {_printable(reason.reason)}{hint} ({examples}{more})"


def _format(count: FormatCount) -> str:
    files = _many(count.files, "file")
    articles = f", {_many(count.articles, 'article')}" if count.articles != count.files else ""
    without = f", {count.without:,} without an article" if count.without else ""
    return f"{_printable(count.format) or 'no suffix'} {files}{articles}{without}"


def _metadata(index: Path) -> list[dict[str, Any]]:
    """Return the metadata of every article that is served, and where each was found."""
    with Catalog(current(index) / CATALOG) as catalog:
        return [
            {"id": article.id, "path": article.path}
            | {name: asdict(getattr(article, name)) for name, _ in found_where(article)}
            for article in catalog.provenance()
        ]


def _found(metadata: dict[str, Any]) -> str:
    facts = (
        f"{name} {fact['value']!r} ({fact['where']})" for name, fact in metadata.items() if name not in ("id", "path")
    )
    return f"metadata  {_printable(metadata['id'])}: {_printable(', '.join(facts))}"


def _kept(report: BuildReport) -> str:
    files = sum(kept.files for kept in report.kept)
    return f", {files:,} kept that cannot be read" if files else ""


def _facts(folder: Path, manifest: Manifest, size: int) -> Iterator[tuple[str, str]]:
    counts = manifest.counts
    yield "generation", folder.name
    yield "built", f"{manifest.created} from {manifest.seeds}"
    articles, passages = _many(counts.articles, "article"), _many(counts.passages, "passage")
    yield "holds", f"{articles} from {_many(counts.files, 'file')}, {passages}"
    yield "skipped", f"{counts.skipped:,} ({as_typed('python -m index build')} names them)"
    yield "model", f"{manifest.model.name} ({manifest.model.sha256[:12]}), {manifest.model.dimension} dimensions"
    if manifest.collection:
        yield "engine", f"{manifest.engine}, collection {manifest.collection}"
    yield "vectors", f"{manifest.vectors.kind}, recall@100 {manifest.vectors.recall:.3f}"
    yield "size", f"{size / 1e6:,.1f} MB in {folder}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _printable(text: str) -> str:
    """Return a text with its unprintable characters escaped.

    File names and reasons may hold anything, such as what would move a terminal's cursor.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def main(arguments: list[str] | None = None, program: str = "python -m index") -> int:
    """Run one command.

    Parameters:
        program: how a person calls it, for the messages.

    Returns:
        0 done; 1 the index, the seeds or the disk is not as it should be; 2 wrong use or wrong configuration; 130
        interrupted. With all but 0, one line on standard error says what to do.
    """
    try:
        code = app(arguments, prog_name=program, standalone_mode=False) or 0
        # typer returns this number for an interrupt alone.
        return print_error(_STOPPED, code) if code == INTERRUPTED else code
    except Exception as error:
        return report_error(error, program, interrupted=_STOPPED, unharmed="An index that was there is unharmed")


if __name__ == "__main__":
    # A closed pipe, as of `head`, ends this program silently as it does any other. Here and not in `main`, since it
    # holds for the whole process, which may be another program's.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    raise SystemExit(main())
