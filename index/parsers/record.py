"""From a record to an article: a JSON object or a row of a table, whichever program wrote it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from index.article import Article, Found, Span
from index.clutter.marking import parts_of
from index.metadata import LONGEST_ID, first_known, found, language, one_line
from index.parsers.document import Document
from index.parsers.fields import KNOWN, UNREMARKABLE, Facts, Fields, facts, fields_of, normal, words_of
from index.parsers.parsed import Collector, UnreadableError, content_id, storable
from index.parsers.tree import ENTITY, is_markup, plain_line, render

NOTHING: Final = Facts()
HTML: Final = frozenset(map(normal, "content_html body_html html content_encoded".split()))
MOST_NAMES: Final = 12
LONGEST_NAME: Final = 40


class NoTextError(UnreadableError):
    """A record has no field that is known to hold a text."""


def article_of(
    path: str, record: Mapping[Any, Any], where: str = "field", given: Facts = NOTHING, *, shared_ids: bool = True
) -> Article:
    """Return the article in a record.

    Parameters:
        where: what its fields are called: 'field' or 'column'.
        given: the metadata that the file gives for all its records.
        shared_ids: whether a number is an id by itself; else only within its file.

    Raises:
        NoTextError: if it has no text.
        UnreadableError: if its text cannot be parsed, or it was not published.
    """
    fields = fields_of(record)
    known = facts(fields, lambda name: f"{where} {name}")
    if known.unpublished:
        raise UnreadableError(known.unpublished)
    text, headings = _text(fields)
    spoken = language(text, first_known(known.language, given.language))
    document = Document(path, text, spoken, parts_of(text), headings)
    title = _plain(known.title)
    return document.article(
        article_id=_id(path, fields, shared=shared_ids) or content_id(path, text),
        title=title if title.value else document.lead_title(document.lead()),
        url=known.url,
        source=first_known(_plain(known.source), given.source),
        author=first_known(_plain(known.author), given.author),
        published=known.published,
    )


def is_record(record: Mapping[Any, Any]) -> bool:
    """Return whether a record has a text in a field that is known to hold one."""
    if not record:
        return False
    fields = fields_of(record)
    return any(_body(fields[key][1]).strip() for key in KNOWN["text"] if key in fields)


@dataclass(slots=True)
class Records:
    """Collects the articles of a file's records; what is not understood of them is reported once.

    Parameters:
        where, given, shared_ids: see `article_of`.
    """

    collected: Collector
    where: str = "field"
    given: Facts = NOTHING
    shared_ids: bool = True
    taken: int = 0
    without_text: int = 0
    found: set[str] = field(default_factory=set)
    strange: Counter[str] = field(default_factory=Counter)

    def add(self, record: Mapping[Any, Any], place: str, line: int | None = None) -> None:
        """Add the article in the next record."""
        try:
            article = article_of(self.collected.path, record, self.where, self.given, shared_ids=self.shared_ids)
        except NoTextError as error:
            self.without_text += 1
            if self.without_text == 1:
                self._leave_out(str(error), place, line)
            return
        except UnreadableError as error:
            self._leave_out(str(error), place, line)
            return
        self.taken += 1
        self.found |= {name for name in ("author", "published") if getattr(article, name).value}
        if len(self.strange) < 1_000:
            self.strange.update(_strange(record))
        self.collected.add(article, place, line)

    def finish(self) -> None:
        """Report once what was not understood of the records."""
        if self.without_text > 1:
            self.collected.skip(f"{self.without_text - 1:,} more have no text either")
        missing = [words for name, words in (("author", "author"), ("published", "date")) if name not in self.found]
        if self.taken and missing and self.strange:
            names = listing(name for name, _ in self.strange.most_common(MOST_NAMES + 1))
            self.collected.skip(f"nothing is known to say {' or '.join(missing)}; not understood: {names}")

    def _leave_out(self, reason: str, place: str, line: int | None) -> None:
        self.collected.skip(reason if line is not None else f"{place}: {reason}", line)


def listing(names: Any) -> str:
    """Return the names of fields as a list in a sentence."""
    shown_names = [one_line(str(name), LONGEST_NAME) or "''" for name in names]
    more = len(shown_names) > MOST_NAMES
    return ", ".join(f"'{name}'" for name in shown_names[:MOST_NAMES]) + (" …" if more else "")


def _text(fields: Fields) -> tuple[str, tuple[Span, ...]]:
    present = [(*fields[key], key) for key in KNOWN["text"] if key in fields and fields[key][1] is not None]
    for name, value, key in present:
        if not isinstance(value, str | list | dict):
            raise UnreadableError(f"its '{name}' is not a string")
        if body := _body(value):
            text, headings = render(body, is_html=key in HTML)
            if text.strip():
                return text, headings
    if any(key in fields for key in KNOWN["title"]):
        for key in KNOWN["summary"]:
            summary = words_of(fields.get(key, ("", ""))[1])
            if summary.strip():
                return render(summary)
    if present:
        name, value, _ = present[0]
        raise UnreadableError(f"its '{name}' is {'empty' if isinstance(value, str) else 'not a string'}")
    names = listing(name for name, _ in fields.values())
    raise NoTextError(f"it has no 'text': its fields are {names}" if fields else "it has no 'text'")


def _body(value: Any) -> str:
    """Return a text's value as one string, with blank lines between the paragraphs in a list."""
    if isinstance(value, list):
        blocks = (member if isinstance(member, str) else words_of(member) for member in value)
        return "\n\n".join(block for block in blocks if block.strip())
    return value if isinstance(value, str) else words_of(value)


def _plain(fact: Found) -> Found:
    """Return a fact without the markup in its field."""
    if fact.value and (ENTITY.search(fact.value) or is_markup(fact.value)):
        return found(one_line(plain_line(fact.value)), fact.where)
    return fact


def _id(path: str, fields: Fields, *, shared: bool) -> str | None:
    for key in KNOWN["id"]:
        value = fields.get(key, ("", None))[1]
        if isinstance(value, bool | list):
            continue
        written = str(value) if isinstance(value, int | float) else words_of(value)
        # Shortened, two ids could become the same.
        if written.strip() and len(written) <= LONGEST_ID:
            own = shared or not written.strip().isdigit()
            return storable(written) if own else f"{path}#{written.strip()}"
    return None


def _strange(record: Mapping[Any, Any]) -> list[str]:
    """Return the names of a record's fields that hold words or numbers and are in no list."""
    return [
        str(name)
        for name, value in record.items()
        if isinstance(value, str | int | float) and value != "" and normal(name) not in UNREMARKABLE
    ]
