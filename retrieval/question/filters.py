"""Filters: which articles a question is asked of.

They stand in the question, anywhere and several at once, or are given as plain arguments:

    source:reuters   source:"The Guardian"   after:2022-01-15   before:2022-02   in:"title words"

and in Norwegian `kilde:`, `etter:`, `før:` and `i:`. Both ends are included: `after:2022-01` is from 1 January
2022 on, `before:2022-02` up to and with 28 February 2022. An article without a date fits no filter of dates. A colon
with white space behind it makes no filter: "in: " is a word.
"""

import calendar
import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import regex
from numpy.typing import NDArray

from index.engines.among import MANY, Among, Scope
from index.generation.catalog import Catalog
from index.generation.passage_map import PassageMap
from retrieval.errors import FilterError
from retrieval.sanitize import one_line

# Names of filters as people type them, and the fields they set.
_FIELDS: Final = {
    "source": "source",
    "after": "after",
    "before": "before",
    "in": "title",
    "kilde": "source",
    "etter": "after",
    "før": "before",
    "i": "title",
}
# Names of the fields in JSON, in messages and on the command line.
NAMES: Final = {"source": "source", "after": "after", "before": "before", "title": "in"}

# In either case, letter by letter: IGNORECASE takes more letters for the same than `lower` does.
_NAME: Final = "|".join("".join(f"[{letter}{letter.upper()}]" for letter in name) for name in _FIELDS)
# A value in quotes of any kind, or up to the next white space; direction marks may stand before a name.
_FILTER: Final = regex.compile(
    rf"""(?<![^\s\p{{Cf}}])\p{{Cf}}*(?P<name>{_NAME}):(?:["“”„«»](?P<quoted>[^"“”„«»]*)["“”„«»]"""
    r"""|(?P<open>["“”„«»])[^"“”„«»]*$|(?P<bare>[^\s"“”„«»]*[\p{L}\p{N}][^\s"“”„«»]*)|(?P<nothing>$))"""
)
_DATE: Final = regex.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?)?")
_WORD: Final = regex.compile(r"[\p{L}\p{N}]+")
_ACCENTS: Final = regex.compile(r"\p{M}+")
# Characters of a value in a message.
_SHOWN: Final = 60
# Sources named in the message where no article fits.
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on the articles that are asked; None for any article. Falsy without a condition.

    Attributes:
        source: words that stand in its source in a row, whole and in any case.
        after, before: the first and the last day on which it may have been published.
        title: words that all stand in its title, whole and in any case.
    """

    source: str | None = None
    after: date | None = None
    before: date | None = None
    title: str | None = None

    def __bool__(self) -> bool:
        return self != Filters()

    @classmethod
    def of(
        cls,
        *,
        source: str | None = None,
        after: str | None = None,
        before: str | None = None,
        title: str | None = None,
    ) -> "Filters":
        """Parse filters as a person writes them; dates as '2022', '2022-01' or '2022-01-15'.

        Raises:
            FilterError: if a value is empty, or a date cannot be read.
        """
        return cls(
            source=None if source is None else _worded("source", source),
            after=None if after is None else _day("after", after, last=False),
            before=None if before is None else _day("before", before, last=True),
            title=None if title is None else _worded("title", title),
        )

    def both(self, others: "Filters") -> "Filters":
        """Return these filters and the others together.

        Raises:
            FilterError: if they contradict each other.
        """
        found = {}
        for field, name in NAMES.items():
            mine, theirs = getattr(self, field), getattr(others, field)
            if mine is not None and theirs is not None and mine != theirs:
                raise FilterError("twice", name, f"{mine}, {theirs}", f"{name}: is there twice: keep one of the two")
            found[field] = mine or theirs
        return Filters(**found)

    def told(self) -> dict[str, str]:
        """Return the filters that are set, by the names people use, dates in ISO 8601."""
        values = {name: getattr(self, field) for field, name in NAMES.items()}
        return {name: str(value) for name, value in values.items() if value is not None}


def split(question: str) -> tuple[str, Filters]:
    """Return the words of a question, and the filters that stood among them.

    Raises:
        FilterError: if a filter cannot be read, stands there twice, or no word is left beside them.
    """
    found: dict[str, str] = {}
    for match in _FILTER.finditer(question):
        field = _FIELDS[match["name"].lower()]
        name = NAMES[field]
        if match["open"]:
            raise FilterError("quote", name, "", f"{name}: has a quote that does not end: close it, or leave it out")
        value = _value(match)
        if found.setdefault(field, value) != value:
            raise FilterError("twice", name, value, f"{name}: is there twice: keep one of the two")
    if not found:
        return question, Filters()
    filters = Filters.of(**found)
    words = without(question)
    if not regex.search(r"[\p{L}\p{N}]", words):
        raise FilterError("alone", "", "", "there are only filters: type what you want to know beside them")
    return words, filters


def without(question: str) -> str:
    """Return a question without its filters, which may be malformed."""
    if not _FILTER.search(question):
        return question
    return " ".join(_FILTER.sub(" ", question).split())


def words_of(text: str) -> list[str]:
    """Return the words of a name, the same in any case, with or without accents."""
    found: list[str] = _WORD.findall(_folded(text))
    return found


def _folded(text: str) -> str:
    folded = text.casefold()
    return folded if folded.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))


def names_source(wanted: str, source: str) -> bool:
    """Return whether a source is meant by these words.

    'guardian' and 'The Guardian' mean The Guardian, the latter also theguardian.com.
    """
    words, there = words_of(wanted), words_of(source)
    return f" {' '.join(words)} " in f" {' '.join(there)} " or "".join(words) in there


def has_words(wanted: Sequence[str], title: str) -> bool:
    """Return whether all the wanted words, which must come from `words_of`, stand in a title."""
    folded = _folded(title)
    # The slower comparison comes second, since few titles reach it.
    return all(word in folded for word in wanted) and set(wanted) <= set(_WORD.findall(folded))


def short(value: str) -> str:
    """Return a value as a message shows it: one line, and not too long."""
    line = one_line(value)
    return line if len(line) <= _SHOWN else line[:_SHOWN].rstrip() + "…"


def _value(match: "regex.Match[str]") -> str:
    if match["quoted"] is not None:
        return match["quoted"]
    # Punctuation of the sentence does not belong to the value.
    return (match["bare"] or "").rstrip(",;.?!")


def _worded(field: str, value: str) -> str:
    clean = " ".join(regex.sub(r"[\p{Cf}\p{Cc}\p{Cs}]", "", value.replace("\n", " ")).split())
    if not words_of(clean):
        example = 'source:reuters, or source:"The Guardian"' if field == "source" else 'in:"title words"'
        raise FilterError("empty", NAMES[field], "", f"{NAMES[field]}: is empty: write {example}")
    return clean


def _day(field: str, value: str, *, last: bool) -> date:
    """Return the first or the last day of the year, the month or the day that `value` names."""
    clean = _cleaned(value)
    form = f"{field}:2022, {field}:2022-01 or {field}:2022-01-15"
    if not clean:
        raise FilterError("empty", field, "", f"{field}: is empty: write {form}")
    try:
        match = _DATE.fullmatch(clean)
        if match is None:
            raise ValueError(clean)
        year = int(match["year"])
        month = int(match["month"] or (12 if last else 1))
        if not 1 <= month <= 12:
            raise ValueError(clean)
        # `date` refuses the year 0, which monthrange does not know.
        length = calendar.monthrange(max(year, 1), month)[1]
        return date(year, month, int(match["day"] or (length if last else 1)))
    except ValueError:
        said = f"{field}:{short(clean)} is no date: write {form}"
        raise FilterError("date", field, short(clean), said) from None


def _cleaned(value: str) -> str:
    return regex.sub(r"[\p{Cf}\p{Cc}\p{Cs}\s]", "", value)


def matching_passages(
    catalog: Catalog, layout: PassageMap, filters: Filters, only: NDArray[np.int64] | None = None
) -> Among | None:
    """Return the passages of the articles that fit; None where all do.

    Parameters:
        layout: of the catalog's passages.
        only: numbers of the passages that may be among them, int64, ascending; None for all.

    Raises:
        FilterError: if there is no such article, or none of them has a passage.
    """
    if not filters:
        return None if only is None else Among.of(only)
    sources = None if filters.source is None else _sources_meant(catalog, filters.source)
    first, last = (None if day is None else day.isoformat() for day in (filters.after, filters.before))
    if filters.title is None:
        found = _of_origin(catalog, layout, sources, first, last)
    else:
        found = _titled(catalog, layout, filters.title, sources, first, last)
    if found is None:
        raise _no_match(catalog, filters, first, last)
    return found if only is None else found.only(only)


def _of_origin(
    catalog: Catalog, layout: PassageMap, sources: Mapping[str, int] | None, first: str | None, last: str | None
) -> Among | None:
    """Return the passages of the articles of these sources and days; None where there is none."""
    articles = catalog.numbers(sources, first, last, MANY + 1)
    if len(articles) > MANY and len(layout.passages(articles)) <= MANY:  # most of them have no passage
        articles = catalog.numbers(sources, first, last)
    some = layout.passages(articles)
    if len(some) <= MANY:
        return Among.of(some) if len(some) else None
    # An engine that stores origins need not be told the numbers of all.
    scope = Scope.of(None if sources is None else tuple(sources.values()), first, last)
    return Among(lambda: layout.passages(catalog.numbers(sources, first, last)), scope)


def _titled(
    catalog: Catalog,
    layout: PassageMap,
    title: str,
    sources: Mapping[str, int] | None,
    first: str | None,
    last: str | None,
) -> Among | None:
    """Return the passages of those articles whose title has these words; None where there is none."""
    words = words_of(title)
    fitting = [number for number, there in catalog.titles(sources, first, last) if has_words(words, there)]
    articles = np.sort(np.array(fitting, np.int64))
    numbers = layout.passages(articles)
    if not len(numbers):
        return None
    return Among.of(numbers, Scope(articles=articles) if len(numbers) > MANY else None)


def _no_match(catalog: Catalog, filters: Filters, first: str | None, last: str | None) -> FilterError:
    """Return the error for filters that no article fits, though some are of the source: it names the one at fault."""
    given = filters.told()
    words = words_of(filters.title or "")
    if not catalog.titles(None, first, last):
        asked = [f"{name}:{value}" for name, value in given.items() if name in ("after", "before")]
        known = " to ".join(catalog.days() or ())
        hint = f"those whose date is known are from {known}" if known else "leave it out, since no article has a date"
        said = " ".join(asked)
        name = asked[0].partition(":")[0]
        return FilterError("day", name, said, f"no article was published {said}: {hint}", known)
    if not any(has_words(words, title) for _, title in catalog.titles()):
        said = short(filters.title or "")
        hint = "take fewer words of it"
        return FilterError("title", "in", said, f"no article has all these words in its title: {said}: {hint}")
    listed = " ".join(f"{name}:{_quoted(short(value))}" for name, value in given.items())
    return FilterError("together", "", listed, f"no article fits {listed}: leave one of the filters out")


def _sources_meant(catalog: Catalog, wanted: str) -> dict[str, int]:
    """Return the sources that a person means by what they wrote, each with its number."""
    named = {source: number for source, number in catalog.source_numbers.items() if names_source(wanted, source)}
    if named:
        return named
    sources = list(catalog.source_counts())
    near = _similar_sources(wanted, sources)
    known = ", ".join(map(short, near or sources[:_NAMED]))
    if near:
        hint = f"did you mean {known}?"
    elif known:
        hint = f"take one of the sources there are, such as {known}"
    else:
        hint = "leave it out, since no article says what its source is"
    said = short(wanted)
    raise FilterError("source", "source", said, f"no article has the source {_quoted(said)}: {hint}", known)


def _similar_sources(wanted: str, sources: Sequence[str]) -> list[str]:
    """Return sources that are spelt much like it, or hold it within a word."""
    spelt = {source: "".join(words_of(source)) for source in sources}
    letters = "".join(words_of(wanted))
    within = [source for source, letters_there in spelt.items() if len(letters) > 2 and letters in letters_there]
    # Comparing long strings is slow, and no name is this long.
    alike = difflib.get_close_matches(letters[:100], [name[:100] for name in spelt.values()], n=_NAMED)
    return list(dict.fromkeys([*within, *(source for source in sources if spelt[source][:100] in alike)]))[:_NAMED]


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
