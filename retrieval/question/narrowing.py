"""Which passages the filters of a question leave, and what is said where they leave none."""

import difflib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.generation.catalog import Catalog
from retrieval.errors import FilterError
from retrieval.question.filters import Filters, names_source, short, titled, words_of

# Named where no article fits.
_NAMED: Final = 5


def passages_left(catalog: Catalog, filters: Filters) -> NDArray[np.int64] | None:
    """The numbers of the passages of the articles that fit, int64, in ascending order; None where all do.

    Raises:
        FilterError: if there is no such article, or none of them has a passage.
    """
    if not filters:
        return None
    sources = None if filters.source is None else _named(catalog, filters.source)
    first, last = (None if day is None else day.isoformat() for day in (filters.after, filters.before))
    words = words_of(filters.title or "")
    numbers = catalog.passage_numbers(
        [number for number, title in catalog.titles(sources, first, last) if titled(words, title)]
    )
    if not len(numbers):
        raise _nothing(catalog, filters, first, last)
    return numbers


def _nothing(catalog: Catalog, filters: Filters, first: str | None, last: str | None) -> FilterError:
    """What to say where no article fits, of whose source some are: which of the other filters it is that none fits."""
    told = filters.told()
    words = words_of(filters.title or "")
    if not catalog.titles(None, first, last):
        asked = [f"{name}:{value}" for name, value in told.items() if name in ("after", "before")]
        known = " to ".join(catalog.days() or ())
        hint = f"those whose date is known are from {known}" if known else "leave it out, since no article has a date"
        said = " ".join(asked)
        name = asked[0].partition(":")[0]
        return FilterError("day", name, said, f"no article was published {said}: {hint}", known)
    if not any(titled(words, title) for _, title in catalog.titles()):
        said = short(filters.title or "")
        hint = "take fewer words of it"
        return FilterError("title", "in", said, f"no article has all these words in its title: {said}: {hint}")
    given = " ".join(f"{name}:{_quoted(short(value))}" for name, value in told.items())
    return FilterError("together", "", given, f"no article fits {given}: leave one of the filters out")


def _named(catalog: Catalog, wanted: str) -> set[str]:
    """The sources that are meant by what a person wrote."""
    sources = catalog.source_counts()
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


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
