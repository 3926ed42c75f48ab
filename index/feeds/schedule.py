"""When a feed is fetched again: by its own rhythm, by what its server says, and later the longer it fails."""

import random
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from statistics import median
from typing import Final

SHORTEST: Final = 15 * 60.0
LONGEST: Final = 24 * 3600.0
# For a feed whose entries have no dates.
USUAL: Final = 3600.0
# Entries by whose dates the rhythm is told, and how often a feed is asked between two of them.
RHYTHM: Final = 10
ASKED_BETWEEN: Final = 4
# A server may ask for a longer pause than a day, and a mistake of its own for years.
LONGEST_RETRY: Final = 7 * 24 * 3600.0
# Part of a pause by which it is shorter or longer, so that feeds that failed together are not asked together.
JITTER: Final = 0.2
_MAX_AGE: Final = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


def interval(dates: Sequence[float], now: float, asked_for: float = 0) -> float:
    """Return the seconds until a feed is fetched again.

    Parameters:
        dates: of its entries, seconds since 1970.
        asked_for: the seconds for which the feed or its server says that it does not change.
    """
    newest = sorted((date for date in dates if date <= now), reverse=True)[:RHYTHM]
    gaps = [late - early for late, early in pairwise([now, *newest])]
    own = median(gaps) / ASKED_BETWEEN if len(gaps) > 1 else USUAL
    return bounded(max(own, asked_for))


def bounded(seconds: float) -> float:
    """Return a time between two fetches within its limits: a quarter of an hour, and a day."""
    return min(max(seconds, SHORTEST), LONGEST)


def back_off(failures: int, usual: float, chance: random.Random, retry_after: float = 0) -> float:
    """Return the seconds until a feed is tried again that has failed so many times in a row, one at least.

    Parameters:
        retry_after: seconds that the server asked for.
    """
    doubled = min(max(usual, SHORTEST) * 2.0 ** min(failures - 1, 30), LONGEST)
    return max(doubled * (1 + JITTER * (2 * chance.random() - 1)), min(retry_after, LONGEST_RETRY))


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Return the seconds that a server asks to wait (RFC 9110, 10.2.3: a number or a date); 0 if it does not ask."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return max(0.0, (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now)


def fresh_for(headers: Mapping[str, str]) -> float:
    """Return the seconds for which an answer is fresh by its Cache-Control; 0 if it does not say."""
    value = headers.get("cache-control", "")
    match = _MAX_AGE.search(value)
    return float(match[1]) if match and "no-cache" not in value.lower() and "no-store" not in value.lower() else 0.0


def seconds_of(iso: str) -> float | None:
    """Return an ISO 8601 date or time as seconds since 1970; None for one that is none."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
