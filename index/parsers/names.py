"""Names of authors in fields and lines that say who wrote an article: names only, or nothing."""

import re
from typing import Final

from index.metadata import one_line, web_address
from index.parsers.dates import dates_in, is_day_or_month
from index.parsers.parsed import word_lists

LONGEST: Final = 100
MOST_WORDS: Final = 5
MOST_PLAIN_WORDS: Final = 3

BY: Final = re.compile(
    r"\A\s*(?:(?:written|words|text|reported|story|posted|published|skrevet|skriven)\s{1,2})?"
    r"(?:by|von|par|por|av|af|door|tekst|text)\s*[:：]?\s+(?=\S)",
    re.IGNORECASE,
)
LABEL: Final = re.compile(
    r"\A\s*(?:authors?|autor(?:en|es)?|auteurs?|autore|forfatter|skribent|by|av|af|von)\s*[:：]\s*", re.IGNORECASE
)
# Separators between the names of authors, or between a name and the rest of its line.
APART: Final = re.compile(r"\s*(?:[;|•·/\t\n]|\s[–—-]\s|\s{3,})\s*")
BETWEEN: Final = re.compile(r"\s*(?:,|、|，|&|\s(?:and|und|et|y|og|och|e|en|i)\s)\s*", re.IGNORECASE)
# A date behind a name.
WHEN: Final = re.compile(r"\s(?:on|den|am|at|in)\s|\d", re.IGNORECASE)
WORD: Final = re.compile(r"[^\W\d_](?:[\w.'’·-]|\u200c|\u200d)*")
MARKS: Final = " \t\n,;:|•·–—-@"
_WORDS: Final = word_lists("names")
PARTICLES: Final = frozenset(_WORDS["particles"])
# Words of menus, forms and templates in the place of a name.
NO_NAMES: Final = frozenset(_WORDS["no_names"])
# Job titles, in a line of their own or behind the name.
ROLES: Final = frozenset(_WORDS["roles"])


def declared_author(value: str) -> str | None:
    """Return the author that a field names, None if it holds an address, a date, a template's word, a biography.

    A field is believed: also the name of an organisation, or of one word, is an author. Roles behind a name are left
    out.
    """
    line = one_line(LABEL.sub("", BY.sub("", value, count=1), count=1))
    if line is None or len(line) > LONGEST or not _may_be_author(line):
        return None
    parts = [part.strip(MARKS) for part in re.split(r"\s*[,;|]\s*", line)]
    if len(parts) > 1 and _is_name(parts[0]):
        kept = [part for part in parts if _may_be_author(part) and not _is_role(part)]
        return ", ".join(kept)
    return line


def byline_authors(line: str) -> str | None:
    """Return the people whom a line of the visible page names, joined by commas; None if it opens with none."""
    if len(line) > 3 * LONGEST:
        return None
    day = next((span for _, span in dates_in(line)), None)
    line = line if day is None else line[: day.start]
    line = WHEN.split(LABEL.sub("", BY.sub("", line, count=1), count=1), maxsplit=1)[0]
    names: list[str] = []
    for stretch in APART.split(line):
        for part in BETWEEN.split(stretch):
            name = part.strip(MARKS)
            if not _is_name(name):
                return one_line(", ".join(names)) if names else None
            if name not in names:
                names.append(name)
    return one_line(", ".join(names)) if names else None


def inverted(value: str) -> str:
    """Return 'Doe, Jane' as 'Jane Doe': catalogues of papers name authors so."""
    parts = [part.strip() for part in value.split(",")]
    return f"{parts[1]} {parts[0]}" if len(parts) == 2 and all(parts) and " " not in parts[0] else value


def _may_be_author(value: str) -> bool:
    words = WORD.findall(value)
    if not words or web_address(value) or "@" in value.strip("@") or "://" in value or "www." in value:
        return False
    if any(word.lower().strip(".") in NO_NAMES for word in words) and len(words) <= 2:
        return False
    if all(_is_no_name(word) for word in words) or next(dates_in(value), None):
        return False
    # Several words that no name has are a biography or a sentence.
    plain = [
        word for word in words if word[0].islower() and word.lower() not in PARTICLES | ROLES | {"and", "the", "og"}
    ]
    return len(plain) < MOST_PLAIN_WORDS and not re.search(r"\w{4,}[.!?;]\s+\w", value)


def _is_name(value: str) -> bool:
    words = value.split()
    if not 1 <= len(words) <= MOST_WORDS or len(value) > LONGEST or any(not WORD.fullmatch(word) for word in words):
        return False
    if any(_is_no_name(word) for word in words) or _is_role(value):
        return False
    cased = value.lower() != value.upper()
    if not cased:
        return 2 <= len(value) <= 40
    capitals = [word for word in words if word[0].isupper()]
    return len(capitals) >= 2 and all(word[0].isupper() or word.lower() in PARTICLES for word in words)


def _is_role(value: str) -> bool:
    return any(word.lower().strip(".,") in ROLES for word in value.split())


def _is_no_name(word: str) -> bool:
    plain = word.lower().strip(".'’-")
    return plain in NO_NAMES or is_day_or_month(plain)
