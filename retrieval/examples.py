"""Example questions taken from the articles: sentences of a form that can be asked the other way round.

"Secretary Ada Berg asked the ferries to wait" becomes "Who asked the ferries to wait?". The forms of each language are
in `examples.toml`. The caller has to ask a question to know whether it is answered: see `Candidate.answers`.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import regex
from babel import Locale, UnknownLocaleError

from index.article import Span
from index.generation.catalog import ArticleHead
from index.sentences import paragraphs, sentences
from retrieval.answer import Citation
from retrieval.retriever import Retriever

# The number of articles, the newest, and the characters of each that are looked at.
_ARTICLES: Final = 60
_BEGINNING: Final = 6_000
# Of a sentence: longer ones seldom have a form, and patterns take their time with them.
_LONGEST_SENTENCE: Final = 350
# Of a question, which has to fit on a button.
_LONGEST: Final = 60
_SHORTEST: Final = 12
_FEWEST_WORDS: Final = 3
_FEWEST_WITHOUT_A_NAME: Final = 4
# Questions made from one article.
_OF_ONE: Final = 8

_NORWEGIAN: Final = frozenset({"nb", "nn"})
# "GENEVA – ", "DUBAI (Eksempelposten): ", "BRUSSELS, April 4 (Example Wire) - "
_DATELINE: Final = regex.compile(r"\p{Lu}{2}[\p{Lu} .’'/-]*(?:, [^–—:-]{1,30}|)(?: ?\([^)]{1,40}\))?(?: [–—-]|:) ")
_CAPITAL: Final = r"(?:\p{Lu}\. ?){0,2}\p{Lu}[\p{L}\d’'.-]*(?<!['’]s)(?<!\.)"
_JOINED: Final = r"\s(?:(?:of|the|for|de|van|von|der|la|al)\s){0,2}\p{Lu}[\p{L}\d’'.-]*(?<!\.)"
_PARTS: Final = {
    "NAME": rf"(?:(?:The )?{_CAPITAL}(?:{_JOINED}){{0,5}})",
    "FULL": rf"(?:{_CAPITAL}(?:{_JOINED}){{1,5}})",
    "YEAR": r"(?:1[0-9]|20)\d\d\b",
    "NUMBER": r"\d[\d.,\u00a0\u202f ]*\d(?!\d)|\d",
    "LOW": r"\p{Ll}[\p{L}-]*",
}
_BROKEN: Final = regex.compile(r"[“”\"«»()\[\]:;!]|\d[–-]\d|\p{Ll}\.\s|[\s,-]\?")
_TOKEN: Final = regex.compile(r"@([A-Z]+)")
_SLOT: Final = regex.compile(r"\{(\w+)(?:\|(\w+))?\}")
_WITHIN: Final = regex.compile(r"(?<=[\p{L},]\s)\p{Lu}[\p{L}’'-]+")
_SMALL: Final = regex.compile(r"\b\p{Ll}[\p{Ll}-]*")
# What is said to be "in" a name is in a place, which nobody asks after with "who".
_PLACE: Final = regex.compile(rf"\b(?:in|i)\s({_CAPITAL}(?:{_JOINED}){{0,3}})")
# A name or a number within a question, so that it says what it is about.
_ANCHOR: Final = regex.compile(r"(?<=.\s)(?:\p{Lu}|\d)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that the articles may answer.

    Attributes:
        span: the sentence it was made from, in that article's text; None where it is the headline.
    """

    question: str
    article_id: str
    span: Span | None

    def answers(self, citation: Citation) -> bool:
        """Return whether a citation is of the article, and holds the sentence, that the question was made from."""
        passage = Span(citation.start, citation.end)
        return citation.article_id == self.article_id and (self.span is None or passage.holds(self.span))


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of sentences, and the question made from one; see `examples.toml`."""

    pattern: "regex.Pattern[str]"
    question: str
    country: str = ""
    anywhere: bool = False
    anchored: bool = False
    anyone: bool = False
    title: bool = False


@dataclass(frozen=True, slots=True)
class _Language:
    """The forms and words of a language.

    Attributes:
        titles: forms of headlines.
        pointing: matches what needs more than a question to be understood.
        common: matches what begins with a small letter within a question.
        further: matches where a question that is too long may end.
        doubtful: matches a word that has to stand within a sentence too, to be a name.
        unnamed: words that are no names at the beginning of a sentence.
        base: verbs in the past tense with their base form.
        countries: their names.
    """

    forms: tuple[_Form, ...]
    titles: tuple[_Form, ...]
    pointing: "regex.Pattern[str]"
    common: "regex.Pattern[str]"
    further: "regex.Pattern[str]"
    doubtful: "regex.Pattern[str]"
    unnamed: frozenset[str]
    base: Mapping[str, str]
    countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Words:
    """Words of an article: those in small letters, those with a capital within a sentence, and names of places."""

    small: frozenset[str]
    within: frozenset[str]
    places: frozenset[str]


def code_of(language: str | None) -> str:
    """Return the code of a language by which its forms are known: 'no' for both forms of Norwegian, '' for none."""
    return "no" if language in _NORWEGIAN else language or ""


def candidates(retriever: Retriever, language: str) -> list[Candidate]:
    """Return questions made from the newest articles, those in the reader's language first, in the order to try them.

    A second question of an article comes after a first one of every article in that language, and neighbours ask for
    different things where the articles allow it.

    Parameters:
        language: the reader's, ISO 639-1.
    """
    heads = retriever.listed(size=_ARTICLES).heads
    asked: Counter[str] = Counter()
    found: list[Candidate] = []
    for own in (True, False):
        chosen = [head for head in heads if (code_of(head.language) == code_of(language)) == own]
        made = [_varied(_made(head, retriever.article(head.id).text), asked) for head in chosen]
        rows = [candidate for row in zip_longest(*made) for candidate in row if candidate is not None]
        found += sorted(rows, key=lambda candidate: _ANCHOR.search(candidate.question) is None)
    return found


def _varied(made: Sequence[tuple[int, Candidate]], asked: Counter[str]) -> list[Candidate]:
    """Order the candidates of an article: what was asked for least so far first, those that name something before."""
    left = list(made)
    ordered: list[Candidate] = []
    while left and len(ordered) < _OF_ONE:
        best = min(
            left,
            key=lambda one: (_ANCHOR.search(one[1].question) is None, asked[_asks_for(one[1])], one[0]),
        )
        left.remove(best)
        asked[_asks_for(best[1])] += 1
        ordered.append(best[1])
    return ordered


def _asks_for(candidate: Candidate) -> str:
    return candidate.question.split()[0]


def _made(head: ArticleHead, text: str) -> list[tuple[int, Candidate]]:
    """Return the candidates of an article, each with the place of its form."""
    code = code_of(head.language)
    language = _language(code)
    if language is None:
        return []
    found: dict[str, tuple[int, Candidate]] = {}
    title = " ".join(head.title.split())
    for form in language.titles:
        matched = form.pattern.fullmatch(title)
        if matched and _stands_alone(question := _filled(form, matched.groupdict(), language), language):
            found[question] = (0, Candidate(question, head.id, None))
    beginning = text[:_BEGINNING]
    words = _Words(*(frozenset(kind.findall(beginning)) for kind in (_SMALL, _WITHIN, _PLACE)))
    for paragraph in paragraphs(beginning):
        for sentence in sentences(text, paragraph, head.language):
            if len(sentence.of(text)) > _LONGEST_SENTENCE:
                continue
            plain = " ".join(sentence.of(text).split())
            for place, question in _questions(plain, language, words):
                found.setdefault(question, (place, Candidate(question, head.id, sentence)))
    return list(found.values())


def _questions(sentence: str, language: _Language, words: _Words) -> Iterator[tuple[int, str]]:
    """Yield the questions that a sentence answers, each with the place of its form."""
    dateline = _DATELINE.match(sentence)
    sentence = sentence[dateline.end() :] if dateline else sentence
    for place, form in enumerate(language.forms, start=1):
        found = form.pattern.search(sentence) if form.anywhere else form.pattern.match(sentence)
        if found is None or not _is_named(found.groupdict(), form, language, words):
            continue
        if form.country and found["name"] in words.places - language.countries:
            continue
        question = _shortened(_filled(form, found.groupdict(), language), language)
        if _stands_alone(question, language) and (not form.anchored or _ANCHOR.search(question)):
            yield place, question


def _is_named(groups: Mapping[str, str | None], form: _Form, language: _Language, words: _Words) -> bool:
    """Return whether what the sentence begins with is a name, and no word that only begins it."""
    name = (groups.get("name") or groups.get("thing") or "").split()
    if not name or name[0] == "The":
        return True
    first = name[0].casefold()
    if first in language.unnamed or language.pointing.fullmatch(first):
        return False
    if len(name) > 1 or form.anyone:
        return True
    sure = name[0] in words.within or name[0] in language.countries or not language.doubtful.fullmatch(name[0])
    return sure and first not in words.small


def _filled(form: _Form, groups: Mapping[str, str | None], language: _Language) -> str:
    name = (groups.get("name") or "").removeprefix("The ").removeprefix("the ")
    question = form.country if form.country and name in language.countries else form.question

    def slot(found: "regex.Match[str]") -> str:
        value = groups[found[1]] or ""
        if found[2] == "base":
            return language.base[value]
        if found[2] == "small":
            return value.lower()
        if found[2] == "in":
            return value[:1].lower() + value[1:] if language.common.fullmatch(value) else value
        return value

    return " ".join(_SLOT.sub(slot, question).split()).replace(" ?", "?")


def _shortened(question: str, language: _Language) -> str:
    """Return a question that is too long without what its last clause adds."""
    if len(question) > _LONGEST and (further := language.further.search(question)):
        return f"{question[: further.start()]}?"
    return question


def _stands_alone(question: str, language: _Language) -> bool:
    """Return whether a question fits on a button, and can be understood by somebody who has not read the article."""
    fewest = _FEWEST_WORDS if _ANCHOR.search(question) else _FEWEST_WITHOUT_A_NAME
    if not _SHORTEST <= len(question) <= _LONGEST or len(question.split()) < fewest:
        return False
    return not language.pointing.search(question) and not _BROKEN.search(question)


@cache
def _language(code: str) -> _Language | None:
    table = _tables().get(code)
    if table is None:
        return None
    words = {name: value.split() for name, value in table.items() if isinstance(value, str)}
    choices = {name: sorted(value, key=len, reverse=True) for name, value in words.items()}
    choices["bases"] = sorted(table.get("base", {}), key=len, reverse=True)
    parts = {**_PARTS, **{name.upper(): f"(?:{'|'.join(value)})" for name, value in choices.items()}}
    parts |= {name.upper(): value for name, value in table["parts"].items()}

    def compiled(pattern: str) -> "regex.Pattern[str]":
        while _TOKEN.search(pattern):
            pattern = _TOKEN.sub(lambda found: f"(?:{parts[found[1]]})", pattern)
        return regex.compile(pattern)

    forms = [_Form(**{**form, "pattern": compiled(form["pattern"])}) for form in table["form"]]
    return _Language(
        forms=tuple(form for form in forms if not form.title),
        titles=tuple(form for form in forms if form.title),
        pointing=regex.compile(rf"\b(?:{'|'.join(words['pointing'])})\b", regex.I),
        common=compiled("@COMMON"),
        further=compiled("@FURTHER"),
        doubtful=compiled("@DOUBTFUL"),
        unnamed=frozenset(words["unnamed"]),
        base=table.get("base", {}),
        countries=_countries(code),
    )


def _countries(code: str) -> frozenset[str]:
    try:
        territories = Locale.parse(code).territories
    except UnknownLocaleError:
        return frozenset()
    # Codes of digits are those of continents and the world.
    return frozenset(name for territory, name in territories.items() if territory.isalpha())


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("examples.toml").read_text(encoding="utf-8"))
