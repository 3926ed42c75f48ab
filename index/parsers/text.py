"""The parser of `.txt`: the raw text of a scraped page. The article's text is the decoded file."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from itertools import islice, pairwise, zip_longest
from typing import Final

from index.article import UNKNOWN, Clutter, Span
from index.clutter.marking import parts_of
from index.clutter.walls import WALL, is_wall
from index.metadata import first_known, found, language, one_line
from index.parsers import feed, html, jsonl
from index.parsers.charset import decode
from index.parsers.chat import daily_articles, whatsapp_chat
from index.parsers.dates import dates_in, only_date
from index.parsers.document import Document
from index.parsers.front_matter import check_published, front_matter
from index.parsers.labels import SEPARATOR, labels
from index.parsers.lead import dateline, title_of
from index.parsers.lines import TOP, lines
from index.parsers.masthead import agreeing, date_in_url
from index.parsers.parsed import Parsed, UnreadableError, merged, storable, word_lists
from index.sentence_ends import CLAUSE_END
from index.sentences import trimmed

# Some programs and messengers save pages and feeds as '.txt'.
PAGE: Final = re.compile(
    r"\s*(?:<\?xml[^<>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*(?:<!doctype\s+html\b|<(?:html|head|body)\b[^<>]{0,2000}>)",
    re.IGNORECASE | re.DOTALL,
)
FRAGMENT: Final = re.compile(
    r"\s*<(?:article|main|section|div|p|h1|table|title|meta)\b[^<>]{0,500}>(?:.{1,5000}?</(?:p|div|article|main|h\d|table)>){2}",
    re.IGNORECASE | re.DOTALL,
)
RECORDS: Final = re.compile(r"\s*[\[{]\s*[\"{]")
FEED: Final = re.compile(r"\s*<\?xml[^<>]{0,200}\?>.{0,2000}?<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE | re.DOTALL)
FEED_HEAD: Final = 3000
LONGEST_HEADING: Final = 150
# A caption tells when and where in full, and is longer than a headline.
LONGEST_HEADING_ABOVE_CREDIT: Final = 90
# Lines at the top that may hold the headline, below a section's name, a menu and a share bar; and how many of them
# are tried.
LINES_ABOVE_TEXT: Final = 40
HEADING_LINES: Final = 8
# A line that reads like no heading and is no longer labels a button, a menu, a picture.
LONGEST_LABEL: Final = 30
SHORT_HEADING: Final = 3

UNDERLINE: Final = re.compile(r"(?:={3,}|-{3,}|~{3,}|\*{3,}|_{3,})\s*")
CREDIT: Final = re.compile(r"©|\s\|\s|\A(?:photo|image|picture|credit|file|foto|bild|copyright)\b", re.IGNORECASE)
WORD: Final = re.compile(r"\w[\w\u0300-\u036f\u0900-\u0dff\u200c\u200d]*")
WITHOUT_SPACES: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
SHORTEST_WORD: Final = 4
STEM: Final = 5
_WORDS: Final = word_lists("text")
# Longer words that any text has, in the commonest languages, and words of pages about themselves.
FUNCTION_WORDS: Final = frozenset(_WORDS["function_words"])
# The last word of a line of one or two words that names a part of a site.
SECTION_WORDS: Final = frozenset(_WORDS["section_words"])


def read(path: str, raw: bytes) -> Parsed:
    """Parse the one article in a text file, or an article a day in a WhatsApp chat; pages and feeds are parsed as such.

    Raises:
        UnreadableError: if it is empty, not text, a draft, or a page or feed without an article.
    """
    text = storable(decode(raw))
    if chat := whatsapp_chat(path, text):
        return Parsed(tuple(daily_articles(path, chat)))
    if PAGE.match(text):
        return html.read(path, raw)
    if FRAGMENT.match(text):
        with suppress(UnreadableError):
            return html.read(path, raw)
    if FEED.match(text[:FEED_HEAD]):
        return feed.read(path, raw)
    if records := _records(path, raw, text):
        return records
    check_published(path, front_matter(text))
    if is_wall(text):
        raise UnreadableError(WALL)
    top = _top(text)
    parts = parts_of(text)
    known = labels(text, top)
    heading = _heading(text, top, known.spans, parts.clutter)
    headings = () if heading is None else (heading,)
    # The language is that of the text behind the lines at its top.
    begin = max((span.end for span in (*known.spans, *headings)), default=0)
    document = Document(path, text, language(text[begin:], UNKNOWN), parts, headings, tuple(known.spans))
    opening = document.lead()
    article = document.article(
        title=first_known(
            known.title,
            found(one_line(text[heading.start : heading.end].splitlines()[0]) if heading else None, "heading line"),
            found(title_of(opening.words(text)), "lead sentence"),
            found(one_line(text, LONGEST_HEADING), "first line"),
        ),
        url=known.url,
        source=first_known(known.source, opening.source),
        author=known.author,
        published=agreeing(first_known(known.published, opening.published), date_in_url(known.url)),
    )
    return Parsed((article,))


def _records(path: str, raw: bytes, text: str) -> Parsed | None:
    """Parse a text that is JSON, a document or an object a line; None if it holds no article."""
    if not RECORDS.match(text):
        return None
    with suppress(UnreadableError):
        records = merged(jsonl.read_parts(path, BytesIO(raw)))
        return records if records.articles else None
    return None


def _top(text: str) -> list[Span]:
    """Return the first lines that are not blank."""
    begin = len(text) - len(text.lstrip())
    rows = (trimmed(text, row.start, row.end) for row in lines(text[: begin + TOP], begin) if row.of(text).strip())
    return list(islice(rows, LINES_ABOVE_TEXT))


def _heading(text: str, top: Sequence[Span], labelled: Sequence[Span], clutter: Sequence[Clutter]) -> Span | None:
    """Find the article's headline among the lines at the top, and the line that underlines it.

    Buttons, labels and menus stand above a text too: a headline is a line whose words the text repeats.
    """
    clutters = {each.span.start: each for each in clutter}
    content = [line for line in top if line not in labelled]
    short: Span | None = None
    tried = 0
    for number, (line, after) in enumerate(zip_longest(content, content[1:])):
        if tried == HEADING_LINES:
            return short
        written = line.of(text)
        if line.start in clutters or _is_section(written):
            continue
        if after is None:
            return short
        if not _reads_like_a_heading(written):
            if len(written) <= LONGEST_LABEL:
                continue
            return short
        if UNDERLINE.fullmatch(after.of(text)) and _line_breaks(text, line, after) == 1:
            return Span(line.start, after.end)
        if _is_caption(written, clutters.get(after.start)):
            continue
        stands_alone = _line_breaks(text, line, after) > 1
        if not stands_alone and not any(line.end <= span.start <= after.start for span in labelled):
            return short
        # A note may have a title of one word in its first line.
        tried += len(written.split()) > SHORT_HEADING
        names_a_note = number == 0 and len(written.split()) == 1 and _is_prose(after.of(text))
        if not repeats_words(text[line.end : line.end + TOP], written) and not names_a_note:
            continue
        if len(written.split()) > SHORT_HEADING or not _has_spaces(written):
            return line
        # A line of few words may be the title of a short text, or the page's section above the headline.
        short = short or line
    return short


def repeats_words(text: str, headline: str) -> bool:
    """Return whether `text` repeats the words of a headline: two of them, or a third, by their stems."""
    wanted = set(_stems(headline))
    if not wanted:
        return False
    said = set(_stems(text))
    # 'Goal' matches 'goals', and the other way round.
    said |= {stem[:SHORTEST_WORD] for stem in said}
    repeated = sum(stem in said or stem[:-1] in said for stem in wanted)
    return repeated >= 2 or 3 * repeated >= len(wanted)


def _stems(words: str) -> Iterator[str]:
    """Yield the beginnings of the words that carry meaning, or the pairs of characters in a script without spaces."""
    for word in WORD.findall(words.lower()):
        if WITHOUT_SPACES.match(word):
            yield from (word[place : place + 2] for place in range(len(word) - 1))
        elif word not in FUNCTION_WORDS and (len(word) >= SHORTEST_WORD or any(map(str.isdigit, word))):
            yield word[:STEM]


def _is_prose(line: str) -> bool:
    return len(line) > LONGEST_HEADING or CLAUSE_END.search(line) is not None


def _reads_like_a_heading(line: str) -> bool:
    return (
        len(line) <= LONGEST_HEADING
        and any(character.isalpha() for character in line)
        and not CLAUSE_END.search(line)
        and not CREDIT.search(line)
        and dateline(line) is None
    )


def _is_section(line: str) -> bool:
    """Return whether a line names a part of a site: 'World News', 'PACIFIC', 'UK | ROYAL FAMILY', 'Sport / Chess'."""
    words = line.split()
    if len(words) <= 2 and words[-1].lower() in SECTION_WORDS:
        return True
    # A path of sections: 'Home Music Music News'.
    lower = [word.lower() for word in words]
    if 2 * sum(word in SECTION_WORDS for word in lower) > len(words) or any(
        one == other for one, other in pairwise(lower)
    ):
        return True
    parts = [part for part in SEPARATOR.split(line) if part.strip()]
    if len(parts) > 1 and all(len(part.split()) <= 2 or only_date(part) for part in parts):
        return True
    return len(words) <= 2 and line.isupper()


def _has_spaces(line: str) -> bool:
    """Return whether the line's script puts spaces between words, so that they can be counted."""
    return " " in line or line.isascii()


def _is_caption(line: str, after: Clutter | None) -> bool:
    if after is None or after.kind != "credit":
        return False
    return len(line) > LONGEST_HEADING_ABOVE_CREDIT or any(True for _ in dates_in(line))


def _line_breaks(text: str, line: Span, after: Span) -> int:
    between = text[line.end : after.start]
    return between.count("\n") or between.count("\r")
