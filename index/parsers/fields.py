"""The names that tools, sites and people give an article's metadata, and the values they write under them.

One table serves front matter, JSON and CSV, and docs/formats.md shows it. Names are compared without case, spaces,
hyphens and underscores: `date_published`, `Date published` and `datePublished` are one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from index.article import UNKNOWN, Found, Metadata
from index.metadata import one_line, web_address
from index.parsers.dates import iso_date
from index.parsers.parsed import word_lists

# Of two names in one record the first with a value counts.
_WORDS: Final = word_lists("fields")
NAMES: Final = {fact: names for fact, names in _WORDS.items() if fact != "ignored"}
# Names that are not reported as unknown, since they hold no title, author, source, address, date or language.
# Objects that hold some of a record's fields: the Guardian's, JSON:API's, Elasticsearch's, data sets', Hugo's, Zola's.
WRAPPERS: Final = frozenset("fields attributes _source metadata meta extra params taxonomies".split())

# Members of an object that hold its value: a person's, WordPress's, MongoDB's, those of XML as JSON.
VALUE_KEYS: Final = ("name", "rendered", "$date", "$oid", "#text", "$t", "value", "text")
NOTHING: Final = frozenset({"", "~", "null", "none", "nan"})
YES: Final = frozenset({"true", "yes", "on", "1", "y"})
NO: Final = frozenset({"false", "no", "off", "0", "n"})
STATES: Final = {
    "draft": "a draft",
    "autodraft": "a draft",
    "pending": "waiting for review",
    "private": "private",
    "password": "protected by a password",
    "future": "not published yet",
    "scheduled": "not published yet",
    "unpublished": "not published",
    "hidden": "hidden",
    "trash": "deleted",
    "trashed": "deleted",
    "deleted": "deleted",
    "removed": "deleted",
    "inherit": "an older version",
    "spam": "spam",
}
WIKI_LINK: Final = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
BY: Final = re.compile(r"\A(?:[Bb]y|BY)\s+(?=\S)")
EPOCH: Final = re.compile(r"\d{10}(?:\.\d{1,9})?|\d{13}")
# 1973 to 2100, in seconds and in milliseconds.
SECONDS: Final = (10**8, 4_102_444_800)
MOST_MEMBERS: Final = 50

# By its normal name, a field's name as written and its value.
Fields = Mapping[str, tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Facts(Metadata):
    """The metadata that a record's fields give.

    Attributes:
        unpublished: why it was not published, such as 'a draft (draft: true)'; '' if it was.
    """

    unpublished: str = ""


def normal(name: object) -> str:
    """Return a field's name in the form in which names are compared."""
    return "".join(character for character in str(name)[:100].casefold() if character.isalnum())


KNOWN: Final = {fact: tuple(map(normal, names)) for fact, names in NAMES.items()}
UNREMARKABLE: Final = frozenset(map(normal, _WORDS["ignored"])).union(*KNOWN.values())


def fields_of(record: Mapping[Any, Any]) -> Fields:
    """Return the fields of a record and of the objects in it that hold more of them; of one name the first."""
    fields: dict[str, tuple[str, Any]] = {}
    inner = [value for name, value in record.items() if isinstance(value, dict) and str(name).lower() in WRAPPERS]
    for holder in (record, *inner):
        for name, value in holder.items():
            if fields.get(normal(name), ("", None))[1] in (None, ""):
                fields[normal(name)] = (str(name), value)
    return fields


def facts(fields: Fields, where: Callable[[str], str]) -> Facts:
    """Return the metadata that a record's fields give.

    Parameters:
        where: from a field's name to the place in `Found`, such as 'field author'.
    """
    said = partial(_said, fields, where)
    values = partial(_values, fields, where)
    return Facts(
        title=_first((one_line(words), place) for words, place in said("title")),
        author=_first((_people(value), place) for value, place in values("author")),
        source=_first((one_line(words), place) for words, place in said("source") if not web_address(words)),
        url=_first((web_address(words), place) for fact in ("url", "source") for words, place in said(fact)),
        published=_first((_day(value), place) for value, place in values("published")),
        language=_first((one_line(words), place) for words, place in said("language")),
        unpublished=_unpublished(fields),
    )


def words_of(value: Any) -> str:
    """Return a value as one string: a list's members joined, an object's name or text, '' for anything else."""
    if isinstance(value, str):
        value = WIKI_LINK.sub(r"\1", value) if value.startswith("[[") else value
        return "" if value.strip().lower() in NOTHING else value
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(words for member in value[:MOST_MEMBERS] if (words := words_of(member))))
    if isinstance(value, dict):
        named = next((value[key] for key in VALUE_KEYS if isinstance(value.get(key), str) and value[key].strip()), "")
        parts = (value.get(key) for key in ("first_name", "firstName", "given", "last_name", "lastName", "family"))
        return named or " ".join(part for part in parts if isinstance(part, str))
    return ""


def _first(candidates: Iterable[tuple[str | None, str]]) -> Found:
    return next((Found(value, place) for value, place in candidates if value), UNKNOWN)


def _values(fields: Fields, where: Callable[[str], str], fact: str) -> Iterator[tuple[Any, str]]:
    return ((fields[key][1], where(fields[key][0])) for key in KNOWN[fact] if key in fields)


def _said(fields: Fields, where: Callable[[str], str], fact: str) -> Iterator[tuple[str, str]]:
    for value, place in _values(fields, where, fact):
        if words := words_of(value):
            yield words, place


def _people(value: Any) -> str | None:
    """Return the names in a value; an address or a number in it is no name."""
    members = value[:MOST_MEMBERS] if isinstance(value, list) else [value]
    names = (BY.sub("", words_of(member).strip(), count=1) for member in members)
    told = (name for name in names if name and not name.isdigit() and "://" not in name)
    return one_line(", ".join(dict.fromkeys(told)))


def _day(value: Any) -> str | None:
    """Return the date in a value: written out, or as seconds or milliseconds since 1970."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, bool):
        return None
    words = str(value) if isinstance(value, int | float) else words_of(value).strip()
    if not EPOCH.fullmatch(words) and not isinstance(value, float):
        return iso_date(words)
    try:
        seconds = float(words)
    except (ValueError, OverflowError):
        return None
    seconds = seconds / 1000 if seconds > SECONDS[1] else seconds
    if not SECONDS[0] <= seconds <= SECONDS[1]:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def _unpublished(fields: Fields) -> str:
    """Return why the article was not published, '' if no field says so."""

    def said(key: str) -> str:
        value = fields.get(key, ("", None))[1]
        return str(value).strip().lower() if isinstance(value, str | bool | int) else ""

    def told(what: str, key: str) -> str:
        return f"{what} ({fields[key][0]}: {said(key)[:40]})"

    for key in ("draft", "isdraft"):
        if said(key) in YES:
            return told("a draft", key)
    for key in ("published", "ispublished", "public"):
        if said(key) in NO:
            return told("not published", key)
    for key in ("status", "poststatus", "visibility", "postvisibility"):
        state = STATES.get(normal(said(key)))
        if state:
            return told(state, key)
    for key, what in (("private", "private"), ("hidden", "hidden"), ("deleted", "deleted"), ("dead", "deleted")):
        if said(key) in YES:
            return told(what, key)
    if any(said(key) not in NOTHING | NO for key in ("password", "postpassword") if key in fields):
        return "protected by a password"
    content = fields.get("content", ("", None))[1]
    if isinstance(content, dict) and content.get("protected") is True:
        return "protected by a password"
    return ""
