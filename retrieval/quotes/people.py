"""The persons and bodies that an article names: which words are one name, whose it is, and he or she.

Everything is told by how the article writes: capitals, titles, given names, where a name stands. Nothing is looked up.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

import regex

from index.article import Span
from retrieval.quotes.wordlists import WordLists, given_names
from retrieval.quotes.words import plain

Gender = Literal["he", "she", ""]

_PART: Final = r"\p{Lu}[\p{L}\p{M}]*(?:['’\-–]\p{Lu}?[\p{L}\p{M}]+)*\.?"
_PARTICLE: Final = r"(?:de|del|della|di|da|dos|du|van|von|der|den|ter|la|le|bin|ibn|al|el|af|av|zu|y)"
# Initials and capitals run together: J.K., R.G.A.
_NAME: Final = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}@#\-])(?:(?:\p{{Lu}}\.){{1,4}}|al-\p{{Lu}}[\p{{L}}]+|{_PART})"
    rf"(?:[ \u00a0](?:{_PARTICLE}[ \u00a0])*(?:(?:\p{{Lu}}\.){{1,4}}|al-\p{{Lu}}[\p{{L}}]+|{_PART}))*"
)
_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}'’\-–.]*[\p{L}\p{M}\p{N}])?")
_POSSESSIVE: Final = regex.compile(r"['’]s?$")
_FIELD: Final = regex.compile(
    r" (?:of|for|on) (?:the )?((?:\p{Lu}[\p{L}\-]+)(?: (?:and )?\p{Lu}[\p{L}\-]+)*)(?![\p{L}\p{N}])"
)
# Endings of words for a people, as English has them.
_FROM: Final = regex.compile(r"\p{L}{2}(?:ish|ese|ian|ean|aqi|ani|eli)$")
_ABBREVIATED: Final = frozenset("mr mrs ms dr prof sen rep gov gen lt col sgt st rev hon jr sr".split())


@dataclass(frozen=True, slots=True)
class Mention:
    """A name where it stands.

    Attributes:
        span: its place, with the titles in front.
        key: the words of the name without titles, without accents and in lower case.
        name: the name without titles, as it is written.
        title: the last title or role in front of it, '' where there is none.
        is_possessive: whether something of its bearer is meant: "Johnson's".
        begins: whether it begins a sentence, where a capital tells nothing.
        speaks: whether a verb of saying stands beside it.
    """

    span: Span
    key: tuple[str, ...]
    name: str
    title: str
    is_possessive: bool
    begins: bool
    speaks: bool = False


def mentions(text: str, span: Span, lists: WordLists) -> list[Mention]:
    """Return the names in a stretch of narration, in order."""
    found: list[Mention] = []
    for match in _NAME.finditer(text, span.start, span.end):
        words = [Span(*w.span()) for w in _WORD.finditer(text, match.start(), match.end())]
        begins = _begins_sentence(text, match.start(), span.start)
        # A full stop within, behind a word that is not abbreviated, ends a sentence: "in Paris. Macron said".
        for part in _parts(text, words):
            if found and part[0].start < found[-1].span.end:
                continue
            if (mention := _mention(text, part, lists, begins)) is not None:
                found.append(_with_field(text, mention, span.end, lists))
            begins = True
    return found


def _with_field(text: str, body: Mention, end: int, lists: WordLists) -> Mention:
    """Return a body's name with what it is for: "Ministry of Foreign Affairs", "Commission on Religious Freedom"."""
    if body.is_possessive or body.key[-1] not in lists.bodies:
        return body
    match = _FIELD.match(text, body.span.end, end)
    words = [plain(word) for word in match[1].split()] if match else []
    if match is None or any(_is_role(word, lists) or is_given(word) for word in words):
        return body
    name = " ".join((body.name + text[body.span.end : match.end()]).split())
    possessive = regex.compile(r"['’]s").match(text, match.end()) is not None
    speaks = _speaks(text, Span(body.span.start, match.end()), lists)
    span = Span(body.span.start, match.end())
    return replace(body, span=span, key=(*body.key, *words), name=name, is_possessive=possessive, speaks=speaks)


def _parts(text: str, words: list[Span]) -> Iterable[list[Span]]:
    """Yield the words of each name: behind a full stop, and behind "Trump's", another begins."""
    part: list[Span] = []
    for word in words:
        part.append(word)
        shown = word.of(text)
        ends = text[word.end : word.end + 1] == "." and len(word) > 1 and "." not in shown
        if (ends and plain(shown) not in _ABBREVIATED) or _POSSESSIVE.search(shown):
            yield part
            part = []
    if part:
        yield part


def _begins_sentence(text: str, place: int, first: int) -> bool:
    before = text[max(first, place - 4) : place].rstrip(' \u00a0(["“”')
    return not before or before[-1] in ".!?:…\n"


def _mention(text: str, words: list[Span], lists: WordLists, begins: bool) -> Mention | None:
    # "The", "But", "In": capitals of a sentence's beginning.
    while words and lists.is_grammar(words[0].of(text).lower()) and not words[0].of(text).isupper():
        words, begins = words[1:], False
    # "On Tuesday Karl Lie", "Though Lie".
    while len(words) > 1 and _is_beside(plain(words[0].of(text)), lists):
        words, begins = words[1:], False
    if not words or (begins and len(words) == 1 and _is_opening(text, words[0], lists)):
        return None
    if len(words) == 1 and _is_no_name(text, words[0], lists):
        return None
    start = words[0].start
    keys = [plain(word.of(text)) for word in words]
    titles = [place for place, key in enumerate(keys) if _is_role(key, lists)]
    if all(_is_role(key.removesuffix("s"), lists) or _is_role(key, lists) for key in keys) or all(
        key in lists.beside for key in keys
    ):
        return None
    if titles and titles[-1] + 1 == len(words) and regex.compile(r"\s(?:of|for|to)\s").match(text, words[-1].end):
        # "US Secretary of State".
        return None
    if titles and titles[-1] + 1 < len(words):
        title = keys[titles[-1]]
        words, keys = words[titles[-1] + 1 :], keys[titles[-1] + 1 :]
    else:
        title = _role_before(text, start, lists) or _role_behind(text, words[-1].end, lists)
    # "Secretary of State Corey Stapleton", "President of India Narendra Modi".
    if regex.search(r"\b(?:of|for|from|in|to|at)\s(?:the\s)?$", text[max(0, words[0].start - 10) : words[0].start]):
        given = next((place for place, key in enumerate(keys[:-1]) if place and is_given(key)), 0)
        while not given and len(keys) - given > 2 and keys[given] in lists.bodies:
            given += 1
        words, keys = words[given:], keys[given:]
    last = words[-1].of(text)
    mark = regex.compile(r"['’](?:s\b)?(?!\p{L})").match(text, words[-1].end)
    possessive = _POSSESSIVE.search(last) is not None or mark is not None
    name = " ".join(_POSSESSIVE.sub("", text[words[0].start : words[-1].end]).split())
    span = Span(start, words[-1].end)
    return Mention(span, tuple(keys), name, title, possessive, begins, _speaks(text, span, lists))


def _is_beside(word: str, lists: WordLists) -> bool:
    return (word in lists.beside or word in lists.relative) and not is_given(word)


def _is_opening(text: str, word: Span, lists: WordLists) -> bool:
    """Return whether a single capital word at the beginning of a sentence is hardly a name: "Strong", "Earlier"."""
    form = word.of(text).lower()
    if form in lists.beside or form in lists.prepositions or form in lists.relative or form in lists.numbers:
        return True
    if form in lists.saying or form.endswith(("ing", "ed", "ly")):
        return True
    return regex.search(rf"(?<![\p{{L}}\p{{N}}]){regex.escape(form)}(?![\p{{L}}\p{{N}}])", text) is not None


def _is_no_name(text: str, word: Span, lists: WordLists) -> bool:
    """Return whether a single capital word only says where from or when: "Turkish forces", "Jan 16"."""
    behind = text[word.end : word.end + 2]
    if _FROM.search(word.of(text)) and not is_given(plain(word.of(text))):
        follows = regex.compile(r" (\p{L}+)").match(text, word.end)
        # "Chakrapani said", "Rahmani was late".
        return follows is not None and not (follows[1] in lists.saying or lists.is_grammar(follows[1].lower()))
    return behind[:1] == " " and behind[1:].isdigit()


def _is_role(key: str, lists: WordLists) -> bool:
    return key in lists.roles or key.rsplit("-", 1)[-1] in lists.roles


def is_given(key: str) -> bool:
    """Return whether a word of a name is a given name."""
    return key in _plain_names("he") or key in _plain_names("she")


def _speaks(text: str, span: Span, lists: WordLists) -> bool:
    behind = regex.compile(r"\s+(?:\p{Ll}+ly\s+|also\s+)?(\p{Ll}+)").match(text, span.end)
    if behind is not None and behind[1] in lists.saying:
        return True
    # "fortalte sykepleier Grete Holm": a noun may stand between.
    before = regex.search(r"(\p{L}+)\s+(?:(\p{L}+)\s+)?$", text[max(0, span.start - 30) : span.start])
    return before is not None and (before[1] in lists.saying or before[2] in lists.saying)


def _role_before(text: str, start: int, lists: WordLists) -> str:
    """Return the role that stands in front of a name: "the coach Matt Myers", "its chairman, Henrik Dahl"."""
    match = regex.search(r"([\p{L}\-]+),?\s$", text[max(0, start - 40) : start])
    word = plain(match[1]) if match else ""
    return word.rsplit("-", 1)[-1] if _is_role(word, lists) else ""


def _role_behind(text: str, end: int, lists: WordLists) -> str:
    """Return the role that a comma adds: "Henrik Dahl, the chairman", "Runa Aasheim, a nurse from Tarn"."""
    match = regex.compile(r",\s((?:[\p{Ll}'’\-]+\s?){1,5})").match(text, end)
    return next((key for key in map(plain, match[1].split()) if _is_role(key, lists)), "") if match else ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or some body, that an article names.

    Attributes:
        key: the words of the fullest form of the name.
        name: that form, as it is written.
        titles: the titles and roles it is named with.
        is_human: whether the article writes of a person.
    """

    key: tuple[str, ...]
    name: str
    titles: frozenset[str]
    gender: Gender
    is_human: bool


class People:
    """Everybody that an article names.

    Parameters:
        named: every mention in narration, in order.
    """

    def __init__(self, named: Iterable[Mention], lists: WordLists) -> None:
        self._lists = lists
        self._mentions = tuple(named)
        fullest: dict[tuple[str, ...], Mention] = {}
        for mention in self._mentions:
            fullest.setdefault(mention.key, mention)
        self._keys = sorted(fullest, key=len, reverse=True)
        self._fullest = fullest
        self._people: dict[tuple[str, ...], Person] = {}
        self._of: dict[tuple[str, ...], tuple[str, ...]] = {}

    @functools.cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Return every mention, in order."""
        return self._mentions

    def person(self, mention: Mention) -> Person:
        """Return whom a mention names."""
        key = self._full(mention.key)
        if key not in self._people:
            self._people[key] = self._described(key, mention)
        person = self._people[key]
        return replace(person, titles=person.titles | {mention.title}) if mention.title else person

    def _full(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """Return the fullest form of a name that is short for another."""
        if key not in self._of:
            longer = (
                one for one in self._keys if len(one) > len(key) and _is_part(key, one) and not self._is_body(one)
            )
            self._of[key] = next(longer, key)
        return self._of[key]

    def _is_body(self, key: tuple[str, ...]) -> bool:
        return any(word in self._lists.bodies for word in key)

    def _described(self, key: tuple[str, ...], mention: Mention) -> Person:
        same = [one for one in self._mentions if self._full(one.key) == key]
        titles = frozenset(one.title for one in same if one.title)
        name = self._fullest[key].name if key in self._fullest else mention.name
        return Person(key, name, titles, self._gender(key, titles), self._is_human(key, titles, same))

    def _gender(self, key: tuple[str, ...], titles: frozenset[str]) -> Gender:
        names = given_names()
        for nouns, gender in ((names.he_nouns, "he"), (names.she_nouns, "she")):
            if titles & nouns:
                return gender  # type: ignore[return-value]
        first = key[0]
        if len(key) > 1 and first in _plain_names("he"):
            return "he"
        return "she" if len(key) > 1 and first in _plain_names("she") else ""

    def _is_human(self, key: tuple[str, ...], titles: frozenset[str], same: list[Mention]) -> bool:
        if is_given(key[0]):
            return len(key) > 1 or not self._is_body(key)
        is_short = len(key) > 1 and any(one.key == key[-1:] for one in same)
        return not self._is_body(key) and (is_short or bool(titles) or any(one.speaks for one in same))


@functools.cache
def _plain_names(gender: str) -> frozenset[str]:
    return frozenset(plain(name) for name in getattr(given_names(), gender))


def _is_part(key: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether a name is short for another: "Solberg" or "Ingrid" for Ingrid Solberg, "Xi" for Xi Jinping."""
    if len(key) == 1:
        return key[0] in (other[0], other[-1]) or ("-" in other[-1] and key[0] in other[-1].split("-"))
    rest = iter(other)
    return key[-1] == other[-1] and all(word in rest for word in key)
