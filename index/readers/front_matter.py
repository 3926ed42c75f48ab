"""The YAML at the head of a Markdown file."""

import re
from dataclasses import dataclass
from typing import Final

from index.article import UNKNOWN, Found, Span
from index.metadata import found, one_line, web_address
from index.readers.dates import iso_date
from index.readers.lines import lines

# PyYAML takes a second for a hundred times what anybody writes there.
LONGEST: Final = 16_000
LONGEST_LINES: Final = 400

FIELDS: Final = {
    "title": ("title", "headline"),
    "author": ("author", "authors", "byline", "by", "creator"),
    "source": ("source", "publisher", "publication", "site", "site_name", "sitename", "website"),
    "url": ("url", "link", "canonical", "canonical_url", "source_url", "permalink", "original"),
    "published": ("published", "date", "publish_date", "publishdate", "pubdate", "date_published", "created"),
    "language": ("language", "lang", "locale"),
}
FENCE: Final = re.compile(r"---[ \t]*")
END: Final = re.compile(r"(?:---|\.\.\.)[ \t]*")
KEY: Final = re.compile(r"[\"']?([^\W\d][\w -]{0,40})[\"']?[ \t]{0,4}:(?:[ \t](.*))?")
NOTHING: Final = frozenset({"", "~", "null", "none"})

NOWHERE: Final = Span(0, 0)

Yaml = str | list["Yaml"] | dict[str, "Yaml"]


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the front matter says; its span has the length 0 where there is none."""

    span: Span = NOWHERE
    title: Found = UNKNOWN
    author: Found = UNKNOWN
    source: Found = UNKNOWN
    url: Found = UNKNOWN
    published: Found = UNKNOWN
    language: Found = UNKNOWN


def front_matter(text: str) -> FrontMatter:
    """The front matter of `text`: from a first line '---' to the next.

    Where it is broken YAML, the lines of it that are plainly 'key: value' still count.
    """
    span = _span(text)
    if span is None:
        return FrontMatter()
    inner = text[text.index("-") :][: span.end]
    fields = _fields("\n".join(inner.splitlines()[1:-1]))
    values = {name: _first(fields, keys) for name, keys in FIELDS.items()}
    source, url = values["source"], values["url"]
    address = web_address(url or "") or web_address(source or "")
    return FrontMatter(
        span,
        title=_said(values["title"]),
        author=_said(values["author"]),
        source=UNKNOWN if web_address(source or "") else _said(source),
        url=found(address, "front matter"),
        published=found(iso_date(values["published"] or ""), "front matter"),
        language=_said(values["language"]),
    )


def _said(value: str | None) -> Found:
    return found(value and one_line(value), "front matter")


def _span(text: str) -> Span | None:
    has_key = False
    for number, line in enumerate(lines(text[:LONGEST])):
        written = line.of(text)
        if number == 0:
            if not FENCE.fullmatch(written):
                return None
        elif END.fullmatch(written):
            # '---', some words and '---' again are a rule and a heading.
            return Span(0, line.end) if has_key or number == 1 else None
        elif number > LONGEST_LINES:
            return None
        else:
            has_key = has_key or KEY.fullmatch(written) is not None
    return None


def _fields(source: str) -> dict[str, Yaml]:
    import yaml

    try:
        # BaseLoader makes strings, lists and mappings and nothing else: no objects, no merged keys that multiply, and
        # a title 'No' or 1984 stays what was written.
        loaded = yaml.load(source, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        loaded = None
    if not isinstance(loaded, dict):
        matches = (KEY.fullmatch(line) for line in source.splitlines())
        loaded = {match[1]: (match[2] or "").strip(" \t\"'") for match in matches if match}
    return {str(key).strip().lower().replace("-", "_").replace(" ", "_"): value for key, value in loaded.items()}


def _first(fields: dict[str, Yaml], keys: tuple[str, ...]) -> str | None:
    return next((words for key in keys if (words := _words(fields.get(key, "")))), None)


def _words(value: Yaml) -> str | None:
    """A value as one string: a list's members joined, a person's or site's name."""
    if isinstance(value, str):
        return None if value.strip().lower() in NOTHING else value
    members = [value.get("name", "")] if isinstance(value, dict) else value
    return ", ".join(member for member in members if isinstance(member, str) and member.strip()) or None
