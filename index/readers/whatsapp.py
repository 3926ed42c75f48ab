"""The export of a WhatsApp chat, `_chat.txt` or `WhatsApp Chat with ….txt`: lines that begin with a date and a time."""

import re
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from index.metadata import one_line
from index.readers.chat import LONGEST_NAME, Chat, Message
from index.readers.dates import iso_date

# '[09/05/2023, 08:00:12] Ann: …' of an iPhone, '09/05/2023, 08:00 - Ann: …' of Android, each as its country writes dates.
_DATE: Final = r"(?P<a>\d{1,4})(?P<sep>[./-])\s?(?P<b>\d{1,2})(?P=sep)\s?(?P<c>\d{2,4})"
_TIME: Final = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[\s\u202f\u00a0]?[AaPp]\.?[\s\u00a0]?[Mm]\.?)?"
LINE: Final = re.compile(
    rf"\u200e?(?:\[{_DATE},?[\s\u202f]{_TIME}\]\s?|{_DATE.replace('?P<', '?P<x').replace('?P=', '?P=x')},?[\s\u202f]{_TIME}"
    r"\s[-–]\s)\u200e?(?P<rest>.*)"
)
# What follows a left-to-right mark was written by the program.
SENDER: Final = re.compile(r"([^:\u200e]{1,100}):\s(?!\u200e)(.*)")
GROUP: Final = re.compile(r"([^:\u200e]{1,100}):\s\u200e")
EDITED: Final = re.compile(r"\s?\u200e<[^<>]{3,60}>\s*\Z")
# In the place of a picture, a voice message, a document; in angle brackets in every language on Android.
MEDIA: Final = re.compile(r"\u200e?(?:<[^<>]{3,60}>|[^\s.]{1,40} (?:omitted|weggelassen|utelatt|omitido|omis))\.?")
FILE_NAME: Final = re.compile(r"WhatsApp[ -]?Chat(?: with| mit| med| met| con| avec| -)? +(\S.*)|Chat de WhatsApp con (\S.*)", re.IGNORECASE)
# So many lines at the top must be messages, or go on with one.
FEWEST: Final = 2


def chat_in(path: str, text: str) -> Chat | None:
    """The chat that `text` is the export of; None where it is something else."""
    start = text.lstrip("\ufeff\r\n")
    first = LINE.match(start[:300])
    if first is None or sum(1 for _ in LINE.finditer(start[:20_000])) < FEWEST:
        return None
    dates: list[tuple[int, str, int, int]] = []
    written: list[list[str]] = []
    group = ""
    for line in start.splitlines():
        match = LINE.match(line)
        if match is None:
            if written:
                written[-1].append(line)
            continue
        part = match.groupdict()
        prefix = "" if part["a"] else "x"
        dates.append((int(part[f"{prefix}a"]), part[f"{prefix}sep"], int(part[f"{prefix}b"]), int(part[f"{prefix}c"])))
        written.append([match["rest"]])
        if len(written) == 1 and (sender := GROUP.match(match["rest"])):
            # An iPhone's first line is the chat's own, on encryption, under its name.
            group = sender[1]
    name = _name(path) or group
    days = _days(dates)
    name = one_line(name, LONGEST_NAME) or "WhatsApp chat"
    messages = []
    for (a, sep, b, c), day, lines in zip(dates, days, written, strict=True):
        match = SENDER.match(lines[0])
        words = EDITED.sub("", "\n".join([match[2], *lines[1:]]).strip()) if match else ""
        # A line without a sender is what the program says: who joined, what was changed.
        if match and words and not MEDIA.fullmatch(words):
            sender = one_line(match[1], LONGEST_NAME) or "?"
            messages.append(Message(day or f"{a}{sep}{b}{sep}{c}", day, sender.removeprefix("~ "), words.replace("\u200e", "")))
    return Chat(name, name, messages)


def _name(path: str) -> str:
    parts = PurePosixPath(path)
    for name in (parts.stem, parts.parent.name):
        match = FILE_NAME.fullmatch(name.removesuffix(".zip"))
        if match:
            return match[1] or match[2] or ""
    return ""


def _days(dates: list[tuple[int, str, int, int]]) -> list[str | None]:
    """The days in ISO 8601; None for all where it cannot be told whether the day or the month comes first."""
    if all(a > 31 for a, _, _, _ in dates):
        return [iso_date(f"{a:04}-{b:02}-{c:02}") for a, _, b, c in dates]
    day_first = [_iso(c, b, a) for a, _, b, c in dates]
    month_first = [_iso(c, a, b) for a, _, b, c in dates]
    # Messages are in the order in which they were written.
    fits = [days for days in (day_first, month_first) if all(days) and all(x <= y for x, y in pairwise(days))]  # type: ignore[operator]
    if day_first == month_first or dates[0][1] == ".":
        return day_first
    return fits[0] if len(fits) == 1 else [None] * len(dates)


def _iso(year: int, month: int, day: int) -> str | None:
    return iso_date(f"{year + 2000 if year < 100 else year:04}-{month:02}-{day:02}")
