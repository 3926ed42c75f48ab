"""Front matter of a Markdown file: YAML, TOML, JSON, `Key: value` lines, a title block of Pandoc or Nikola."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, Final

from index.article import Span
from index.parsers.fields import Facts, facts, fields_of, normal
from index.parsers.lines import lines
from index.parsers.parsed import UnreadableError

# PyYAML takes a second for a hundred times as much.
LONGEST: Final = 16_000
LONGEST_LINES: Final = 400

WHERE: Final = "front matter"
# Where Jekyll and Hexo keep what is not published.
DRAFTS: Final = "_drafts"
YAML_FENCE: Final = re.compile(r"---[ \t]*")
YAML_END: Final = re.compile(r"(?:---|\.\.\.)[ \t]*")
TOML_FENCE: Final = re.compile(r"\+\+\+[ \t]*")
# The fence that may stand around JSON in Hugo.
JSON_FENCE: Final = re.compile(r";;;[ \t]*")
KEY_OF_JSON: Final = re.compile(r"\s*\"([\w -]{1,60})\"\s*:\s*(.*?),?\s*")
KEY: Final = re.compile(r"[\"']?([^\W\d][\w -]{0,40})[\"']?[ \t]{0,4}:(?:[ \t](.*))?")
TOML_KEY: Final = re.compile(r"\s*[\w\"'.-]{1,60}\s*=.*|\s*\[.*")
TOML_VALUE: Final = re.compile(r"\s*([\w-]{1,60})\s*=\s*(.*)")
# Metadata of Python-Markdown, Pelican and MultiMarkdown: a line each, continued by indented lines.
META_LINE: Final = re.compile(r" {0,3}([^\W\d][\w -]{0,40}?)[ \t]*:[ \t]*(.*)")
META_MORE: Final = re.compile(r"(?: {4,}|\t)[ \t]*(\S.*)")
META_NAMES: Final = frozenset(
    map(
        normal,
        (
            "title date author authors category categories tags slug summary modified status lang language save_as url "
            "template subtitle keywords copyright affiliation email css format description image cover layout "
            "base_header_level latex_input latex_mode quotes_language html_header bibliography abstract revision "
            "translation series permalink published updated type source publisher draft"
        ).split(),
    )
)
PANDOC_LINE: Final = re.compile(r"%[ \t]?(.*)")
PANDOC_FIELDS: Final = ("title", "author", "date")
NIKOLA_HEAD: Final = re.compile(r"\s*<!--[ \t]*\r?\n((?:[ \t]*\.\.[ \t]+[\w-]{1,40}:.*\r?\n|[ \t]*\r?\n)+)[ \t]*-->")
NIKOLA_LINE: Final = re.compile(r"[ \t]*\.\.[ \t]+([\w-]{1,40}):[ \t]*(.*)")

Loaded = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The span of the front matter, of length 0 if there is none, and the metadata in it."""

    span: Span
    facts: Facts


def front_matter(text: str) -> FrontMatter:
    """Find and parse the front matter of `text`.

    If it is broken, its lines that are plainly 'key: value' still count.
    """
    top = text[:LONGEST]
    for read in (_fenced, _json, _pandoc, _nikola, _meta_lines):
        known = read(top)
        if known is not None:
            span, loaded = known
            return FrontMatter(span, facts(fields_of(loaded), lambda _: WHERE))
    return FrontMatter(Span(0, 0), Facts())


def check_published(path: str, front: FrontMatter) -> None:
    """Check that a file is published, by its front matter and its folder.

    Raises:
        UnreadableError: if it is, or is private, protected or deleted.
    """
    if front.facts.unpublished:
        raise UnreadableError(front.facts.unpublished)
    if DRAFTS in PurePosixPath(path).parts[:-1]:
        raise UnreadableError(f"a draft (it lies in {DRAFTS})")


def _fenced(top: str) -> tuple[Span, Loaded] | None:
    """Parse front matter from a fence in the first line to the end of the next fence, by what stands between them."""
    rows = lines(top)
    first = next(rows, Span(0, 0)).of(top)
    form = next((form for form in _FENCED if form.fence.fullmatch(first)), None)
    if form is None:
        return None
    has_key = False
    start = 0
    for number, line in enumerate(rows, start=1):
        written = line.of(top)
        if form.end.fullmatch(written):
            # '---', some words and '---' again are a rule and a heading.
            if not has_key and number > 1:
                return None
            source = top[start : line.start].replace("\r\n", "\n")
            try:
                loaded = form.load(source)
            except (ValueError, RecursionError):
                loaded = None
            return Span(0, line.end), loaded if isinstance(loaded, dict) else _plain_lines(source, form.value)
        if number > LONGEST_LINES:
            return None
        start = start or line.start
        has_key = has_key or form.key.fullmatch(written) is not None
    return None


def _load_yaml(source: str) -> Any:
    import yaml

    try:
        # BaseLoader makes only strings, lists and mappings: no objects, no merged keys that multiply, and a title 'No'
        # or 1984 stays as written.
        return yaml.load("\n".join(source.splitlines()), Loader=yaml.BaseLoader)
    except yaml.YAMLError:
        return None


def _load_toml(source: str) -> Any:
    import tomllib

    return _as_strings(tomllib.loads(source))


def _as_strings(value: Any) -> Any:
    """Return a value of TOML with its dates in ISO 8601."""
    if isinstance(value, dict):
        return {key: _as_strings(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_as_strings(member) for member in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of front matter between fences: what its lines look like, and the pattern of a name and its value."""

    fence: re.Pattern[str]
    end: re.Pattern[str]
    key: re.Pattern[str]
    value: re.Pattern[str]
    load: Callable[[str], Any]


_FENCED: Final = (
    _Form(YAML_FENCE, YAML_END, KEY, KEY, _load_yaml),
    _Form(TOML_FENCE, TOML_FENCE, TOML_KEY, TOML_VALUE, _load_toml),
    _Form(JSON_FENCE, JSON_FENCE, KEY_OF_JSON, KEY_OF_JSON, json.loads),
)


def _json(top: str) -> tuple[Span, Loaded] | None:
    if not top.startswith("{"):
        return None
    try:
        loaded, end = json.JSONDecoder().raw_decode(top)
    except (ValueError, RecursionError):
        return None
    is_front = isinstance(loaded, dict) and loaded and top[end : end + 1] in ("", "\n", "\r")
    return (Span(0, end), loaded) if is_front else None


def _pandoc(top: str) -> tuple[Span, Loaded] | None:
    """Parse up to three lines, each with '%' in front: title, authors, date."""
    known: dict[str, str] = {}
    end = 0
    for field, line in zip(PANDOC_FIELDS, lines(top), strict=False):
        match = PANDOC_LINE.fullmatch(line.of(top))
        if match is None:
            break
        known[field] = match[1].replace(";", ",").strip()
        end = line.end
    return (Span(0, end), known) if known.get("title") else None


def _nikola(top: str) -> tuple[Span, Loaded] | None:
    match = NIKOLA_HEAD.match(top)
    return match and (Span(0, match.end()), _plain_lines(match[1], NIKOLA_LINE))


def _meta_lines(top: str) -> tuple[Span, Loaded] | None:
    """Parse lines 'Key: value' from the first one to a blank one, if their names are those of metadata."""
    known: dict[str, str] = {}
    last, end = "", 0
    for line in islice(lines(top), LONGEST_LINES):
        written = line.of(top)
        if not written.strip():
            break
        match = META_LINE.fullmatch(written)
        more = META_MORE.fullmatch(written)
        if more and last:
            known[last] = (
                f"{known[last].rstrip(', ')}, {more[1]}" if normal(last) in ("author", "authors") else known[last]
            )
        elif match is None:
            return None
        else:
            last = match[1]
            known[last] = match[2].strip()
        end = line.end
    named = sum(normal(name) in META_NAMES for name in known)
    # One line 'Author: …' may be a byline, and a line of a poem or a play may look like any of these.
    fits = len(known) > 1 and 2 * named >= len(known) and normal(next(iter(known))) in META_NAMES
    return (Span(0, end), known) if fits and named > 1 else None


def _plain_lines(source: str, pattern: re.Pattern[str]) -> dict[str, str]:
    """Parse the lines of broken front matter that are plainly a name and a value."""
    matches = (pattern.fullmatch(line) for line in source.splitlines())
    return {match[1]: (match[2] or "").strip(" \t\"'") for match in matches if match}
