"""The parser of `.md` and `.markdown`.

The article's text is the decoded file, with its front matter and its markup. Only markup of note and site programs is
removed (`note_markup`).
"""

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from index.article import Article, Span
from index.clutter.marking import parts_of
from index.metadata import first_known, found, host_of, language, one_line
from index.parsers.charset import decode
from index.parsers.front_matter import check_published, front_matter
from index.parsers.labels import labels, top_lines
from index.parsers.lead import lead, title_of
from index.parsers.lines import lines, union
from index.parsers.markdown_layout import layout, plain
from index.parsers.note_markup import is_obsidian, rendered
from index.parsers.parsed import Parsed, UnreadableError, storable

# The names of files that the bot stores.
STORED: Final = re.compile(r"\d{4}-\d{2}-\d{2}-.*-[0-9a-f]{6,64}")


def read(path: str, raw: bytes) -> Parsed:
    """Parse the one article in a Markdown file.

    Raises:
        UnreadableError: if it is empty, not text, or a draft.
    """
    written = storable(decode(raw))
    front = front_matter(written)
    check_published(path, front)
    declared = front.facts
    body = written[front.span.end :]
    text = written[: front.span.end] + rendered(body)
    if not text.strip():
        raise UnreadableError("nothing in it is shown to people")
    set_apart = layout(text, _next_line(text, front.span))
    headings = tuple(heading.span for heading in set_apart.headings)
    marked = union([*([front.span] if len(front.span) else []), *set_apart.outside])
    known = labels(text, top_lines(text, union([*marked, *headings])))
    outside = union([*marked, *known.spans])
    apart = union([*outside, *headings])
    spoken = language(_running(text, apart), declared.language)
    parts = parts_of(text)
    opening = lead(text, parts, apart, spoken.value)
    url = first_known(declared.url, known.url)
    article = Article(
        id=path,
        path=path,
        text=text,
        title=first_known(
            declared.title,
            found(
                next((one_line(plain(each.source)) for each in set_apart.headings if each.level == 1), None),
                "heading line",
            ),
            known.title,
            found(_note_name(path, body), "file name"),
            found(title_of(plain(opening.words(text))), "lead sentence"),
            found(next((one_line(plain(each.source)) for each in set_apart.headings), None), "heading line"),
            found(one_line(text), "first line"),
        ),
        url=url,
        source=first_known(declared.source, known.source, opening.source, host_of(url)),
        author=first_known(declared.author, known.author),
        published=first_known(declared.published, known.published, opening.published),
        language=spoken,
        headings=headings,
        outside=outside,
        parts=parts,
    )
    return Parsed((article,))


def _note_name(path: str, body: str) -> str | None:
    """Return a file's name if it is the title of a note: if it has several words, or the note has Obsidian's markup."""
    name = PurePosixPath(path).stem
    if STORED.fullmatch(name) or not any(map(str.isalpha, name)):
        return None
    return one_line(name) if " " in name.strip() or is_obsidian(body) else None


def _next_line(text: str, front: Span) -> int:
    """Return where the line behind the front matter begins."""
    rest = list(islice(lines(text, front.end), 2)) if len(front) else []
    return rest[1].start if len(rest) > 1 else front.end


def _running(text: str, apart: Sequence[Span]) -> str:
    """Return the text without the spans in `apart`, from which its language is detected."""
    pieces = []
    position = 0
    for span in apart:
        pieces.append(text[position : span.start])
        position = max(position, span.end)
    return "".join([*pieces, text[position:]])
