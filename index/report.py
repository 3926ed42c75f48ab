"""The report of a build: how many files there are of each format, and what was left out, by the reason."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from index.generation.catalog import Catalog
from index.parsers import Skipped
from index.parsers.parsed import holder
from index.parsers.registry import suffix_of
from index.seeds import Kept

_EXAMPLES: Final = 5
# Parts of a reason that vary among faults of one kind: the place in the file, numbers, names.
_PLACE: Final = re.compile(r"(?:entry|article|line) [\d,]+(?: \(.*?\))?: ")
_VARYING: Final = re.compile(r"\d[\d,.]*|'[^']*'|\"[^\"]*\"|\S+@\S+")

# Hints on what to do, by how the reason begins, where the reason itself does not say.
_HINTS: Final = {
    "not a format that is read": "convert it to one of these",
    "too large": "split it, or raise VERBATIM_FILE_SIZE_LIMIT",
    "no article found in the page": "a list, a form or a start page; save the article's own page",
    "binary, not text": "it is not what its name says: give it the suffix of its format",
    "empty": "nothing is lost",
    "a draft": "take the mark out once it is published",
    "not published": "take the mark out once it is published",
    "waiting for review": "take the mark out once it is published",
    "private": "take the mark out if others may read it",
    "hidden": "take the mark out if others may read it",
    "protected by a password": "take the password out if others may read it",
    "it has no 'text'": "docs/formats.md lists the names of fields that are known",
    "nothing is known to say": "docs/formats.md lists the names of fields that are known",
    "no column is known": "docs/formats.md lists the names of columns that are known",
    "broken JSON": "mend it; the rest of its file is read",
    "reading it takes too": "split it, or leave it out",
    "it ends the program": "leave it out, and report it",
    "the article id": "give one of them another id",
    "nothing of article": "all of it looks like what stands around articles",
}


@dataclass(frozen=True, slots=True)
class FormatCount:
    """The share of an index that came of one format.

    Attributes:
        format: the suffix of its files, such as '.md'; '' for none.
        files: how many gave articles.
        without: how many gave none.
    """

    format: str
    files: int
    articles: int
    without: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Everything that was left out for one reason.

    Attributes:
        reason: that of the first of them, without its place in the file.
        hint: a remedy; '' where the reason says it.
        count: how many files, or parts of files.
        parts: whether they are parts of files of which the rest was read.
        examples: the first of them, such as 'wire.jsonl, line 3'.
    """

    reason: str
    hint: str
    count: int
    parts: bool
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """The result of a build.

    Attributes:
        generation: the name of the generation now served.
        published: whether it is a new one; False where nothing had changed.
        added, changed: paths of files with articles, compared with the generation served before.
        removed: paths of files of which nothing is served any more.
        unchanged: how many files were as before.
        skipped: what was left out, and why.
        reasons: the same, by the reason.
        formats: files and articles of each format.
        kept: files that cannot be read, whose earlier articles are still served.
        model: one line: which model was chosen and why, or which would fit better; '' where there is nothing to say.
        encoded: passages encoded in this build; the other vectors were cached.
        seconds: the time it took.
    """

    generation: str
    published: bool
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int
    skipped: tuple[Skipped, ...]
    articles: int
    passages: int
    encoded: int = 0
    seconds: float
    kept: tuple[Kept, ...] = ()
    model: str = ""
    formats: tuple[FormatCount, ...] = ()
    reasons: tuple[Reason, ...] = ()


def formats(catalog: Catalog) -> tuple[FormatCount, ...]:
    """Count the files and articles of each format in a catalog, the format of most files first."""
    files: Counter[str] = Counter()
    articles: Counter[str] = Counter()
    without: Counter[str] = Counter()
    by_path = articles_by_file(catalog)
    for path in {*catalog.files(), *by_path}:
        suffix = suffix_of(path)
        files[suffix] += path in by_path
        without[suffix] += path not in by_path
        articles[suffix] += by_path.get(path, 0)
    return tuple(
        FormatCount(suffix, files[suffix], articles[suffix], without[suffix])
        for suffix in sorted(files, key=lambda suffix: (-files[suffix], suffix))
    )


def articles_by_file(catalog: Catalog) -> Counter[str]:
    """Count the articles of each file; those in the files of an archive are the archive's."""
    files = catalog.files()
    counts: Counter[str] = Counter()
    for path, count in catalog.articles_by_path():
        counts[holder(path, files) or path] += count
    return counts


def reasons(skipped: Iterable[Skipped], read: Collection[str]) -> tuple[Reason, ...]:
    """Group what was left out by the reason, files before parts of files.

    Parameters:
        read: the files that gave articles; what lies in an archive is a part of it.
    """
    groups: dict[tuple[bool, str], list[Skipped]] = {}
    for skip in skipped:
        kind = _VARYING.sub("…", _PLACE.sub("", skip.reason, count=1))
        groups.setdefault((holder(skip.path, read) is not None, kind), []).append(skip)
    return tuple(
        Reason(
            _PLACE.sub("", group[0].reason, count=1),
            _hint(kind),
            len(group),
            parts,
            tuple(map(_place, group[:_EXAMPLES])),
        )
        for (parts, kind), group in sorted(groups.items(), key=lambda each: each[0][0])
    )


def _hint(kind: str) -> str:
    return next((hint for start, hint in _HINTS.items() if kind.startswith(_VARYING.sub("…", start))), "")


def _place(skip: Skipped) -> str:
    if skip.line is not None:
        return f"{skip.path}, line {skip.line}"
    place = _PLACE.match(skip.reason)
    return f"{skip.path}, {place[0].removesuffix(': ')}" if place else skip.path
