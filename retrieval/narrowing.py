"""Which passages the filters of a question leave, and what is said where they leave none."""

import difflib
from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.catalog import Catalog
from retrieval.errors import FilterError
from retrieval.filters import Filters, names_source, short, titled, words_of

# Named where no article fits.
_NAMED: Final = 5


def passages_left(catalog: Catalog, filters: Filters) -> NDArray[np.int64] | None:
    """The numbers of the passages of the articles that fit, int64, in ascending order; None where all do.

    Raises:
        FilterError: if there is no such article, or none of them has a passage.
    """
    if not filters:
        return None
    named = None if filters.source is None else _named(catalog, filters.source)
    dated: list[str] = []
    fit: list[int] = []
    in_time = entitled = False
    for number, source, day, title in catalog.origins():
        if day is not None:
            dated.append(day)
        timely = _in_time(day, filters)
        # Told apart word by word only where it still matters.
        has_title = filters.title is None or ((timely or not entitled) and titled(filters.title, title))
        in_time, entitled = in_time or timely, entitled or has_title
        if timely and has_title and (named is None or source in named):
            fit.append(number)
    if not in_time:
        raise _no_day(filters, dated)
    if not entitled:
        assert filters.title is not None
        raise _no_title(filters.title)
    numbers = catalog.passage_numbers(fit)
    if not len(numbers):
        given = " ".join(f"{name}:{_quoted(short(value))}" for name, value in filters.told().items())
        raise FilterError("together", "", given, f"no article fits {given}: leave one of the filters out")
    return numbers


def _named(catalog: Catalog, wanted: str) -> set[str]:
    """The sources that are meant by what a person wrote."""
    sources = catalog.sources()
    named = {source for source in sources if names_source(wanted, source)}
    if named:
        return named
    near = _near(wanted, list(sources))
    known = ", ".join(map(short, near or list(sources)[:_NAMED]))
    if near:
        hint = f"did you mean {known}?"
    elif known:
        hint = f"take one of the sources there are, such as {known}"
    else:
        hint = "leave it out, since no article says what its source is"
    said = short(wanted)
    raise FilterError("source", "source", said, f"no article has the source {_quoted(said)}: {hint}", known)


def _near(wanted: str, sources: Sequence[str]) -> list[str]:
    """Sources that are spelt much like it, or hold it within a word."""
    spelt = {source: "".join(words_of(source)) for source in sources}
    letters = "".join(words_of(wanted))
    within = [source for source, letters_there in spelt.items() if len(letters) > 2 and letters in letters_there]
    # Comparing letters takes long for what no name is as long as.
    alike = difflib.get_close_matches(letters[:100], [name[:100] for name in spelt.values()], n=_NAMED)
    return list(dict.fromkeys([*within, *(source for source in sources if spelt[source][:100] in alike)]))[:_NAMED]


def _in_time(day: str | None, filters: Filters) -> bool:
    """Whether a day in ISO 8601, which sorts as days do, is one of those asked for."""
    if filters.after is None and filters.before is None:
        return True
    first, last = filters.after or date.min, filters.before or date.max
    return day is not None and first.isoformat() <= day <= last.isoformat()


def _no_day(filters: Filters, dated: Sequence[str]) -> FilterError:
    asked = [f"{name}:{value}" for name, value in filters.told().items() if name in ("after", "before")]
    known = f"{min(dated)} to {max(dated)}" if dated else ""
    hint = f"those whose date is known are from {known}" if known else "leave it out, since no article has a date"
    given = " ".join(asked)
    return FilterError("day", asked[0].partition(":")[0], given, f"no article was published {given}: {hint}", known)


def _no_title(wanted: str) -> FilterError:
    said = short(wanted)
    hint = "take fewer words of it"
    return FilterError("title", "in", said, f"no article has all these words in its title: {said}: {hint}")


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
