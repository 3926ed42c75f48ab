"""Utterances that are no questions to search for: small talk, and requests for articles instead of passages.

An utterance counts as such only if the phrases of `intents.toml` make up all of it, so that "Help! How do I prune an
apple tree?" is searched. Where in doubt it is a question.
"""

import functools
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, get_args

import regex

from retrieval.errors import FilterError
from retrieval.question.filters import Filters, split, without
from retrieval.question.terms import INTERROGATIVES, LONGEST, cleaned
from retrieval.ranking.recency import times_asked_for

TalkKind = Literal["ability", "identity", "help", "stop", "goodbye", "thanks", "greeting", "chat"]
ArticlesKind = Literal["list", "count", "latest", "about", "source", "open", "day"]

# Kinds of small talk: of several in an utterance the first here counts.
_TALK: Final[tuple[TalkKind, ...]] = get_args(TalkKind)
# Lists of phrases about the articles, with the kind they stand for and their slot. The first that fits counts: the
# latest article is none that is titled "latest".
_ARTICLES: Final[Mapping[str, tuple[ArticlesKind, str]]] = {
    "list": ("list", ""),
    "count": ("count", "words"),
    "latest": ("latest", ""),
    "day": ("day", "time"),
    "published": ("day", "time"),
    "source": ("source", "words"),
    "about": ("about", "words"),
    "open": ("open", "words"),
}
# Said in front of a request and behind it.
_FILLER: Final = "filler"
_AROUND: Final = (_FILLER, "greeting", "thanks", "chat")
_CLAUSE: Final = "clause"
_TIMES: Final = "time"

# Words of an utterance, and of what it names: a longer one is a question.
_MOST_WORDS: Final = 20
_MOST_NAMED: Final = 6
# Days: what happened in a longer time is a question of history.
_SHORT: Final = 8

_WORD: Final = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’‘´`][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*")
_APOSTROPHES: Final = str.maketrans("", "", "'’‘´`")
_NUMBER: Final = regex.compile(r"[0-9]{1,4}(?:st|nd|rd|th)?")
_EMOJI: Final = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}--[0-9#*©®™]]", regex.V1)
_EMOTICON: Final = regex.compile(r"(?<!\S)(?:[:;=8xX]['-]?[()DPpOo3|/*]+|<3+|\^_?\^)(?!\S)")
_TOKEN: Final = regex.compile(r"\{\w+\}|[()|]|[\p{L}\p{M}\p{N}]+|\S")


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody wants who asks no question of the articles' contents.

    Attributes:
        kind: of small talk: a question about the bot, a request for help, to stop, or what is merely said; about the
            articles: a list of all, their number, the latest, those about something or from a source, one to be opened,
            those of a day.
        words: what is named, as it was written: a subject, a source, a title, a time; '' where nothing is.
    """

    kind: TalkKind | ArticlesKind
    words: str = ""

    @property
    def is_talk(self) -> bool:
        """Return whether it is small talk, and not about the articles."""
        return self.kind in _TALK


def intent_of(utterance: str, languages: Iterable[str | None] = ()) -> Intent | None:
    """Return what is wanted by an utterance that is no question to search for; None for a question.

    Parameters:
        languages: those of the person and of the articles, as ISO 639-1 codes; English is always understood.
    """
    if len(utterance) > LONGEST:
        return None
    utterance = cleaned(utterance)
    text = _EMOTICON.sub(" ", utterance)
    if not _WORD.search(text):
        return Intent("chat") if text != utterance or _EMOJI.search(text) else None
    if without(text) != text:
        return None if without(text) else _filtered(text)
    places = [match.span() for match in _WORD.finditer(text)]
    if len(places) > _MOST_WORDS:
        return None
    # Each word ends with a space, so that phrases are compared by whole words.
    line = "".join(f"{text[start:end].casefold().translate(_APOSTROPHES)} " for start, end in places)
    known = tuple(dict.fromkeys(("en", *(code for code in languages if code and code in phrases()["greeting"]))))
    if kind := _talk(line, known):
        return Intent(kind)
    return next(_requests(text, places, line, known), None)


def _requests(text: str, places: Sequence[tuple[int, int]], line: str, languages: tuple[str, ...]) -> Iterator[Intent]:
    """Yield what a line may ask about the articles, the first that fits first.

    Parameters:
        places: the words of the text, one for each of the line.
    """
    for begun in _beginnings(line, languages):
        for name, (kind, slot) in _ARTICLES.items():
            if not (match := _phrases(name, languages).fullmatch(line, begun)):
                continue
            if not match.capturesdict().get(slot):
                yield Intent(kind)
                continue
            first, last = line.count(" ", 0, match.start(slot)), line.count(" ", 0, match.end(slot)) - 1
            if named := _naming(name, kind, text[places[first][0] : places[last][1]], languages):
                yield named


def _talk(line: str, languages: tuple[str, ...]) -> TalkKind | None:
    """Return the kind of small talk that makes up all of a line; None where something else is in it."""
    found: set[str] = set()
    place = 0
    while place < len(line):
        ends = {kind: _said(kind, languages, line, place) for kind in (*_TALK, _FILLER)}
        longest = max(ends, key=lambda kind: ends[kind])
        if ends[longest] == place:
            return None
        found.add(longest)
        place = ends[longest]
    return next((kind for kind in _TALK if kind in found), None)


def _beginnings(line: str, languages: tuple[str, ...]) -> Iterator[int]:
    """Yield the places at which a request may begin: that of the line, and behind each thing that is said before it."""
    place, after = -1, 0
    while after > place:
        place = after
        yield place
        after = max(_said(kind, languages, line, place) for kind in _AROUND)


def _said(kind: str, languages: tuple[str, ...], line: str, place: int) -> int:
    """Return where the longest phrase of a kind ends that begins at a place of a line; that place where none does."""
    match = _phrases(kind, languages).match(line, place)
    return match.end() if match else place


def _naming(name: str, kind: ArticlesKind, words: str, languages: tuple[str, ...]) -> Intent | None:
    """Return a request that names something, unless what it names makes it a question."""
    asking = {word for language in languages for word in INTERROGATIVES.get(language, ())} | _words(_CLAUSE, languages)
    # With a capital it is a name, such as that of the WHO or of Will.
    if not asking.isdisjoint(words.split()):
        return None
    times = _times(words, languages)
    if name == "day" and not (_is_exact(words) and any((last - first).days < _SHORT for first, last in times)):
        return None
    if times and kind in ("day", "source", "about"):
        return Intent("day", words)
    return None if kind == "day" else Intent(kind, words)


def _times(words: str, languages: tuple[str, ...]) -> Sequence[tuple[date, date]]:
    """Return the times that words name; none where they name something else as well."""
    known = _words(_TIMES, languages)
    plain = [match[0].casefold() for match in _WORD.finditer(words)]
    return times_asked_for(words, date.today()) if all(w in known or _NUMBER.fullmatch(w) for w in plain) else ()


def _is_exact(time: str) -> bool:
    """Return whether a time is named with its year or by its distance: "on 4 July" may be one of a story."""
    numbers = regex.findall(r"[0-9]+", time)
    return not numbers or any(len(number) == 4 for number in numbers)


def _words(name: str, languages: tuple[str, ...]) -> set[str]:
    return {word for language in languages for words in phrases()[name].get(language, ()) for word in words.split()}


def _filtered(text: str) -> Intent | None:
    """Return the request of an utterance that is nothing but the filter `source:`."""
    try:
        _, filters = split(f"articles {text}")
    except FilterError:
        return None
    return Intent("source", filters.source) if filters.source and filters == Filters(source=filters.source) else None


@functools.lru_cache(maxsize=256)
def _phrases(name: str, languages: tuple[str, ...]) -> "regex.Pattern[str]":
    """Return the pattern of the phrases of one list: of small talk the longest, of a request with what follows it."""
    pattern = _pattern(name, languages)
    if name not in _ARTICLES:
        return regex.compile(pattern, regex.POSIX)
    return regex.compile(f"(?:{pattern})(?:{'|'.join(_pattern(kind, languages) for kind in _AROUND)})*")


def _pattern(name: str, languages: tuple[str, ...]) -> str:
    spoken = [phrase for language in languages for phrase in phrases()[name].get(language, ())]
    return "|".join(f"(?:{_compiled(phrase)})" for phrase in spoken) or "(?!)"


def _compiled(phrase: str) -> str:
    """Return a phrase of the lists as a regular expression, in which each word ends with a space."""
    return "".join(map(_part, _TOKEN.findall(phrase)))


def _part(token: str) -> str:
    if token in ("(", ")", "|"):
        return "(?:" if token == "(" else token
    return rf"(?P<{token[1:-1]}>(?:\S+ ){{1,{_MOST_NAMED}}}?)" if token.startswith("{") else f"{token} "


def checked_phrases(lists: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Return the lists of phrases as they are.

    Raises:
        ValueError: if a list is missing or not known, or a phrase cannot be read.
    """
    names = {*_TALK, *_ARTICLES, _FILLER, _CLAUSE, _TIMES}
    if names != set(lists):
        raise ValueError(f"the lists of phrases should be {', '.join(sorted(names))}: {names ^ set(lists)} differ")
    for name, languages in lists.items():
        slot = _ARTICLES[name][1] if name in _ARTICLES else ""
        for language, phrase in ((language, phrase) for language, spoken in languages.items() for phrase in spoken):
            tokens = _TOKEN.findall(phrase)
            wrong = [one for one in tokens if not one.isalnum() and one not in ("(", ")", "|", f"{{{slot}}}")]
            try:
                matched = regex.compile(_compiled(phrase)).fullmatch("") if not wrong else None
            except regex.error:
                wrong, matched = ["brackets"], None
            if wrong or matched or phrase != phrase.casefold():
                raise ValueError(
                    f"{name}, {language}: {phrase!r} cannot be read: write words in lower case, (some|in brackets|)"
                    + (f" and {{{slot}}}" if slot else "")
                )
    return lists


@functools.cache
def phrases() -> Mapping[str, Mapping[str, Any]]:
    """Return the lists of phrases by name, each by language; they are read and checked on first use.

    Raises:
        ValueError: if they cannot be read.
    """
    return checked_phrases(tomllib.loads(Path(__file__).with_name("intents.toml").read_text(encoding="utf-8")))
