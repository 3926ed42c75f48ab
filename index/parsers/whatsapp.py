"""The export of a WhatsApp chat, `_chat.txt` or `WhatsApp Chat with ….txt`: lines that begin with a date and a time."""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from index.metadata import one_line
from index.parsers.chat import LONGEST_NAME, Chat, Message
from index.parsers.dates import iso_date

# '[09/05/2023, 08:00:12] Ann: …' of an iPhone, '09/05/2023, 08:00 - Ann: …' of Android; dates by the country.
_DATE: Final = r"(\d{1,4})([./-])\s?(\d{1,2})[./-]\s?(\d{2,4})"
_TIME: Final = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[\s\u202f\u00a0]?[AaPp]\.?[\s\u00a0]?[Mm]\.?)?"
LINE: Final = re.compile(rf"\u200e?\[?{_DATE},?[\s\u202f]{_TIME}(?:\]\s?|\s[-–]\s)\u200e?(.*)")
# Text behind a left-to-right mark is the program's.
SENDER: Final = re.compile(r"([^:\u200e]{1,100}):\s(?!\u200e)(.*)")
GROUP: Final = re.compile(r"([^:\u200e]{1,100}):\s\u200e")
EDITED: Final = re.compile(r"\s?\u200e<[^<>]{3,60}>\s*\Z")
# Stands for a picture, a voice message, a document; on Android in angle brackets in every language.
MEDIA: Final = re.compile(
    r"<[^<>]{3,60}>\.?|[^\s.]{1,40} (?:omitted|weggelassen|utelatt|utelämnad|omitido|omis|omesso|weggelaten)\.?"
)
FILE_NAME: Final = re.compile(
    r"WhatsApp[ -]?Chat(?: with| mit| med| met| con| avec| -)? +(\S.*)|Chat de WhatsApp con (\S.*)", re.IGNORECASE
)
# Lines at the top that must begin a message.
FEWEST: Final = 2


@dataclass(slots=True)
class _Written:
    """A message as written in the file: the three numbers of its date, their separator, and its lines."""

    date: tuple[int, int, int]
    separator: str
    lines: list[str] = field(default_factory=list)


def whatsapp_chat(path: str, text: str) -> Chat | None:
    """Parse a chat's export; return None if `text` is something else."""
    start = text.lstrip("\ufeff\r\n")
    if LINE.match(start[:300]) is None or sum(map(bool, map(LINE.match, start[:20_000].splitlines()))) < FEWEST:
        return None
    written: list[_Written] = []
    for line in start.splitlines():
        if match := LINE.match(line):
            first, separator, second, third, rest = match.groups()
            written.append(_Written((int(first), int(second), int(third)), separator, [rest]))
        else:
            written[-1].lines.append(line)
    # An iPhone's first line is a notice on encryption under the chat's name.
    group = GROUP.match(written[0].lines[0])
    name = one_line(_name(path) or (group[1] if group else ""), LONGEST_NAME) or "WhatsApp chat"
    messages = (_message(one, day) for one, day in zip(written, _days(written), strict=True))
    return Chat(name, name, [message for message in messages if message is not None])


def _message(written: _Written, day: str | None) -> Message | None:
    """Return a message with words; None for a notice of the program, such as who joined, and for a picture."""
    match = SENDER.match(written.lines[0])
    if match is None:
        return None
    words = EDITED.sub("", "\n".join([match[2], *written.lines[1:]]).strip()).replace("\u200e", "")
    if not words or MEDIA.fullmatch(words):
        return None
    sender = one_line(match[1], LONGEST_NAME) or ""
    return Message(day or written.separator.join(map(str, written.date)), day, sender.removeprefix("~ "), words)


def _name(path: str) -> str:
    parts = PurePosixPath(path)
    matches = (FILE_NAME.fullmatch(name.removesuffix(".zip")) for name in (parts.stem, parts.parent.name))
    return next((match[1] or match[2] for match in matches if match), "")


def _days(written: list[_Written]) -> list[str | None]:
    """Return the days in ISO 8601; None for all if day and month cannot be told apart."""
    dates = [one.date for one in written]
    if all(first > 31 for first, _, _ in dates):
        return [_iso(first, second, third) for first, second, third in dates]
    day_first = [_iso(third, second, first) for first, second, third in dates]
    month_first = [_iso(third, first, second) for first, second, third in dates]
    if written[0].separator == "." or day_first == month_first:
        return day_first
    fits = [days for days in (day_first, month_first) if _is_in_order(days)]
    return fits[0] if len(fits) == 1 else [None] * len(dates)


def _is_in_order(days: list[str | None]) -> bool:
    """Return whether all are days in chronological order, as messages are."""
    known = [day for day in days if day]
    return len(known) == len(days) and all(one <= other for one, other in pairwise(known))


def _iso(year: int, month: int, day: int) -> str | None:
    return iso_date(f"{year + 2000 if year < 100 else year:04}-{month:02}-{day:02}")
