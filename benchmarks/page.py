"""The page benchmarks/README.md: the newest measurement of each part, and how figures moved."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.pictures import PICTURES, drawn
from benchmarks.results import HERE, Part, store, stored

# Parts in the order of the page: their name, their heading, and the command that measures them.
PARTS: Final = (
    ("build", "A whole build, against what tutorials build", "make bench"),
    ("rebuild", "Rebuilding", "make bench"),
    ("answer", "Asking", "make bench"),
    ("many", "Many asking at once", "python -m benchmarks.concurrent --record"),
    ("watching", "Questions that wait", "python -m benchmarks.watching speed … --record"),
    ("scale", "By number of passages", "python -m benchmarks.scale --record"),
    ("engines", "Embedded and on a server", "python -m benchmarks.engines --record"),
)
# What is followed from commit to commit.
_FOLLOWED: Final = (
    ("build", "build against that loop"),
    ("rebuild", "rebuild, one file changed"),
    ("answer", "process start to answer printed"),
    ("answer", "question, p50"),
    ("answer", "resident memory of the REPL"),
)


def record(part: Part) -> None:
    """Store a measurement, and write the page with it."""
    store(part)
    write()


def write(folder: Path = HERE) -> None:
    """Write the page and its pictures from the results in `folder`/results."""
    parts = stored(folder / "results")
    newest = {name: next((part for part in parts if part.name == name), None) for name, _, _ in PARTS}
    scale = newest["scale"]
    if scale is not None:
        for picture in PICTURES:
            (folder / picture.file).write_bytes(drawn(picture, scale.sizes))
    (folder / "README.md").write_text("\n".join(_page(newest, parts)) + "\n", encoding="utf-8")


def _page(newest: dict[str, Part | None], parts: Sequence[Part]) -> Iterator[str]:
    yield "# Benchmarks"
    yield ""
    yield "Made by the commands below, which measure, store the results by commit in `results/` and write this page."
    yield "Speeds are compared side by side in one run: single figures depend on the machine and on what else it does."
    for name, heading, command in PARTS:
        part = newest[name]
        if part is None:
            continue
        yield ""
        yield f"## {heading}"
        yield ""
        yield f"`{command}` · {part.commit}, {part.measured[:10]} · {part.machine}"
        yield ""
        if part.figures:
            yield from _figures(part)
        if part.sizes:
            yield ""
            yield from _sizes(part.sizes)
        if name == "scale":
            for picture in PICTURES:
                yield ""
                yield f"![{picture.alt}]({picture.file})"
    yield ""
    yield "## From commit to commit"
    yield ""
    yield f"| commit | {' | '.join(name for _, name in _FOLLOWED)} |"
    yield f"|---|{'---:|' * len(_FOLLOWED)}"
    for commit in dict.fromkeys(part.commit for part in parts):
        cells = [_cell(parts, commit, part, name) for part, name in _FOLLOWED]
        if any(cells):
            day = next(part.measured[:10] for part in parts if part.commit == commit)
            yield f"| {commit}, {day} | {' | '.join(cells)} |"


def _figures(part: Part) -> Iterator[str]:
    yield "| figure | value | | how |"
    yield "|---|---:|---|---|"
    for figure in part.figures:
        yield f"| {figure.name} | {_number(figure.value)} | {figure.unit} | {figure.how} |"


def _sizes(sizes: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield a table with a column for each number of passages."""
    yield f"| passages | {' | '.join(_number(size['passages']) for size in sizes)} |"
    yield f"|---|{'---:|' * len(sizes)}"
    names = dict.fromkeys(name for size in sizes for name in size if name != "passages")
    for name in names:
        yield f"| {name} | {' | '.join(_shown(size.get(name, '')) for size in sizes)} |"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:,.2f}"


def _cell(parts: Sequence[Part], commit: str, name: str, figure: str) -> str:
    for part in parts:
        if (part.commit, part.name) == (commit, name):
            return next((f"{_number(f.value)} {f.unit}" for f in part.figures if f.name == figure), "")
    return ""
