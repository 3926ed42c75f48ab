"""Reads `.txt`: the raw text of a page, with what scraping left around it. The article's text is the decoded file."""

import re
from collections.abc import Sequence
from itertools import islice, zip_longest
from typing import Final

from index.article import UNKNOWN, Article, Span
from index.boilerplate import Clutter, clutter
from index.clutter.walls import WALL, is_wall
from index.metadata import first_known, found, host_of, language, one_line
from index.readers.dates import dates_in, only_date
from index.readers.decoding import decode
from index.readers.labels import SEPARATOR, TOP_LINES, labels
from index.readers.lead import TOP, dateline, lead, title_of
from index.readers.lines import joined, lines, trimmed
from index.readers.reading import Reading, UnreadableError, sound
from index.readers.vocabulary import listed

LONGEST_HEADING: Final = 150
# A caption tells when and where in full; a headline is shorter.
LONGEST_HEADING_ABOVE_CREDIT: Final = 90
# A headline stands at the very top, below at most a section label, a cookie line and a share bar.
HEADING_LINES: Final = 8
SHORT_HEADING: Final = 3

UNDERLINE: Final = re.compile(r"(?:={3,}|-{3,}|~{3,}|\*{3,}|_{3,})\s*")
SENTENCE_END: Final = re.compile(r"[.!?…,;:。！？、，；：][\"'”’»)\]]*\Z")
CREDIT: Final = re.compile(r"©|\s\|\s|\A(?:photo|image|picture|credit|file|foto|bild|copyright)\b", re.IGNORECASE)
# The last word of a line of one or two that names a part of a site, not an article.
SECTION_WORDS: Final = frozenset(
    listed(
        "advertisement analysis article business climate comment comments culture economy "
        "entertainment environment health home lifestyle live local markets menu money more music "
        "national news opinion photos politics popular read related science search section sections "
        "share sport sports subscribe technology tech top travel trending us uk video videos weather "
        "world"
    )
)


def read(path: str, raw: bytes) -> Reading:
    """The one article in a text file.

    Raises:
        UnreadableError: if it is empty or not text.
    """
    text = sound(decode(raw))
    if is_wall(text):
        raise UnreadableError(WALL)
    top = _top(text)
    known = labels(text, top)
    heading = _heading(text, top, known.spans)
    headings = () if heading is None else (heading,)
    apart = joined([*known.spans, *headings])
    spoken = language(_body(text, apart), UNKNOWN)
    opening = lead(text, apart, spoken.value)
    article = Article(
        id=path,
        path=path,
        text=text,
        title=first_known(
            known.title,
            found(one_line(text[heading.start : heading.end].splitlines()[0]) if heading else None, "heading line"),
            found(title_of(opening.words(text)), "lead sentence"),
            found(one_line(text, LONGEST_HEADING), "first line"),
        ),
        url=known.url,
        source=first_known(known.source, opening.source, host_of(known.url)),
        author=known.author,
        published=first_known(known.published, opening.published),
        language=spoken,
        headings=headings,
        outside=tuple(known.spans),
    )
    return Reading((article,))


def _top(text: str) -> list[Span]:
    """The first lines with words."""
    begin = len(text) - len(text.lstrip())
    rows = (trimmed(text, row) for row in lines(text[: begin + TOP], begin) if row.of(text).strip())
    return list(islice(rows, TOP_LINES + 1))


def _body(text: str, passed_over: Sequence[Span]) -> str:
    """The text behind the lines at its top, by which its language is told."""
    return text[max((span.end for span in passed_over), default=0) :]


def _heading(text: str, top: Sequence[Span], labelled: Sequence[Span]) -> Span | None:
    """The line at the top that is the article's headline, with the line that underlines it."""
    clutters = {each.span.start: each for each in clutter(text[:TOP])}
    content = [line for line in top if line not in labelled]
    short: Span | None = None
    for line, after in list(zip_longest(content, content[1:]))[:HEADING_LINES]:
        written = line.of(text)
        if line.start in clutters or _is_section(written):
            continue
        if after is None or not _reads_like_a_heading(written):
            return short
        if UNDERLINE.fullmatch(after.of(text)) and _line_breaks(text, line, after) == 1:
            return Span(line.start, after.end)
        if _is_caption(written, clutters.get(after.start)):
            continue
        stands_alone = _line_breaks(text, line, after) > 1
        if not stands_alone and not any(line.end <= span.start <= after.start for span in labelled):
            return short
        if len(written.split()) > SHORT_HEADING or not _has_spaces(written):
            return line
        # A line of few words may be the title of a short text, or name the page's section above the headline.
        short = short or line
    return short


def _reads_like_a_heading(line: str) -> bool:
    return (
        len(line) <= LONGEST_HEADING
        and any(character.isalpha() for character in line)
        and not SENTENCE_END.search(line)
        and not CREDIT.search(line)
        and dateline(line) is None
    )


def _is_section(line: str) -> bool:
    """Whether a line names a part of a site: 'World News', 'PACIFIC', 'UK | ROYAL FAMILY', 'Sport / Chess'."""
    words = line.split()
    if len(words) <= 2 and words[-1].lower() in SECTION_WORDS:
        return True
    parts = [part for part in SEPARATOR.split(line) if part.strip()]
    if len(parts) > 1 and all(len(part.split()) <= 2 or only_date(part) for part in parts):
        return True
    return len(words) <= 2 and line.isupper()


def _has_spaces(line: str) -> bool:
    """Whether the line's script parts words by spaces, so that they can be counted."""
    return " " in line or line.isascii()


def _is_caption(line: str, after: Clutter | None) -> bool:
    if after is None or after.kind != "credit":
        return False
    return len(line) > LONGEST_HEADING_ABOVE_CREDIT or any(True for _ in dates_in(line))


def _line_breaks(text: str, line: Span, after: Span) -> int:
    between = text[line.end : after.start]
    return between.count("\n") or between.count("\r")
