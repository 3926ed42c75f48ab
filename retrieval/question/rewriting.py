"""A follow-up put as the plain question it stands for: "And Sweden?" after "When did Finland join NATO?".

Three kinds can be put so by their form alone: a fragment that takes the place of a name or a time of the question
before, a bare interrogative that takes the place of another one, and a pronoun that stands for the person spoken of.
Whatever else leans on what came before is left as it is: a wrong guess would be worse than none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import regex

from index.engines.bm25 import tokens
from retrieval.question.terms import INTERROGATIVES, MONTHS, WORDS, is_grammar

# Words of a fragment; a longer one is a question with parts of its own.
_FRAGMENT: Final = 6
_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}'’.&-]*(?<![.'’-])")
_WRITTEN_AS_NAME: Final = regex.compile(r"(?<=[\p{L},;]\s)\p{Lu}[\p{L}\p{M}-]+")
_OWNING: Final = regex.compile(r"['’]s$")
# Words that may stand within a name.
_LINKS: Final = frozenset("of de del della da di von van der den bin al la le du av & the".split())
_ARTICLE: Final = regex.compile(r"^(?:the|a|an)\s+", regex.IGNORECASE)
_YEAR: Final = r"(?:1\d|20)\d\d"
_TIME: Final = regex.compile(rf"\b(?:(?:\d{{1,2}}\.?\s+)?(?:{MONTHS})(?:\s+\d{{1,2}},?)?(?:\s+{_YEAR})?|{_YEAR})\b")


@dataclass(frozen=True, slots=True)
class Plain:
    """A follow-up put as a plain question; `stands` where nothing of it leans on what came before any more."""

    text: str
    stands: bool


def plain_question(question: str, earlier: str, reply: str, languages: Sequence[str]) -> Plain | None:
    """Return the plain question that a follow-up stands for; None where its form does not tell.

    Parameters:
        question: one that leans on what came before it.
        earlier: the question before, which stands alone.
        reply: what was answered to that; '' where nothing was. It tells names that were typed without capitals.
        languages: that questions are asked in.
    """
    known = tuple(languages) or ("en",)
    rest = _without_thread(question, known)
    words = _WORD.findall(rest)
    if not words:
        return None
    if len(words) == 1 and tokens(words[0])[0] in _listed("adverbs", known):
        asked = _with_interrogative(words[0], earlier, known)
        return None if asked is None else Plain(asked, stands=True)
    if len(words) <= _FRAGMENT and not _asks(words, known):
        asked = _with_fragment(rest, earlier, reply, known)
        return None if asked is None else Plain(asked, stands=True)
    asked = _with_person(rest, earlier, reply, known)
    return None if asked is None else Plain(_capitalised(asked), stands=False)


def _without_thread(question: str, languages: Sequence[str]) -> str:
    """Return a question without the words that only take up the thread, and without its question mark."""
    threads = sorted((t for lang in languages for t in WORDS["continuing"].get(lang, ())), key=len, reverse=True)
    rest = question.strip()
    taken = regex.match(rf"(?:(?:{'|'.join(map(regex.escape, threads))})\b[,\s]*)+", rest, regex.IGNORECASE)
    return (rest[taken.end() :] if taken and threads else rest).strip(" ?!.,/")


def _listed(role: str, languages: Sequence[str]) -> set[str]:
    """Return the words that play a role in these languages' questions."""
    return {word for language in languages for word in WORDS[role].get(language, "").split()}


def _asks(words: Sequence[str], languages: Sequence[str]) -> bool:
    """Return whether words hold an interrogative, a verb that questions begin with, or a pronoun: no mere fragment."""
    asking = _listed("verbs", languages)
    pointing = _listed("pointing", languages)
    spoken = {token for word in words for token in tokens(word)}
    interrogatives = set().union(*(INTERROGATIVES.get(language, frozenset()) for language in languages))
    return not spoken.isdisjoint(asking | pointing | interrogatives)


def _with_interrogative(word: str, earlier: str, languages: Sequence[str]) -> str | None:
    """Return the earlier question with another adverb in front, where it begins with one and a verb."""
    first = _WORD.match(earlier)
    if first is None or tokens(first.group())[0] not in _listed("adverbs", languages):
        return None
    following = _WORD.search(earlier, first.end())
    verbs = _listed("verbs", languages)
    if following is None or following.group().lower() not in verbs:
        return None
    return word[:1].upper() + word[1:].lower() + earlier[first.end() :]


def _with_fragment(fragment: str, earlier: str, reply: str, languages: Sequence[str]) -> str | None:
    """Return the earlier question with a fragment in the place of its name or its time."""
    own = _TIME.search(fragment)
    if own is not None:
        place = _TIME.search(earlier)
        return None if place is None else earlier[: place.start()] + own.group() + earlier[place.end() :]
    preposition, _, name = fragment.partition(" ")
    prepositions = _listed("prepositions", languages)
    if not name or preposition.lower() not in prepositions:
        preposition, name = "", fragment
    name = _ARTICLE.sub("", name)
    spans = _names(earlier, reply, languages)
    if preposition:
        spans = [span for span in spans if earlier[: span[0]].lower().endswith(f" {preposition.lower()} ")]
    if not spans or (not name[:1].isupper() and any(word[:1].isupper() for word in _WORD.findall(earlier)[1:])):
        return None
    alike = [span for span in spans if _is_acronym(earlier[slice(*span)]) == _is_acronym(name)] or spans
    start, end = alike[0]
    if tokens(earlier[start:end]) == tokens(name):
        return None
    return earlier[:start] + name + earlier[end:]


def _with_person(question: str, earlier: str, reply: str, languages: Sequence[str]) -> str | None:
    """Return a question with the person spoken of in the place of the pronoun."""
    subjects = _listed("persons", languages)
    owners = _listed("owners", languages)
    found = [m for m in _WORD.finditer(question) if m.group().lower() in subjects | owners]
    if len({m.group().lower() for m in found}) != 1:
        return None
    person = _person(earlier, reply, languages)
    if person is None or set(tokens(person)) & set(tokens(question)):
        return None
    first = found[0]
    following = _WORD.search(question, first.end())
    owns = first.group().lower() in owners and (
        first.group().lower() not in subjects
        or (following is not None and not is_grammar(following.group().lower(), tuple(languages)))
    )
    ending = ("'s" if "en" in languages else "s") if owns else ""
    return f"{question[: first.start()]}{person}{ending}{question[first.end() :]}?"


def _person(earlier: str, reply: str, languages: Sequence[str]) -> str | None:
    """Return the person that a question is about: the name right behind its verb, or the one that its reply names."""
    spoken = {word.lower() for word in _WORD.findall(earlier)}
    if not spoken.isdisjoint(_listed("persons", languages) | _listed("owners", languages)):
        return None
    spans = _names(earlier, reply, languages)
    for start, end in spans:
        before = _WORD.findall(earlier[:start])
        if before and before[-1].lower() in _listed("verbs", languages) and not _is_acronym(earlier[start:end]):
            return earlier[start:end]
    first = _WORD.match(earlier)
    if spans or first is None or first.group().lower() not in _listed("who", languages):
        return None
    told = {reply[slice(*span)] for span in _names(reply, "", languages)}
    return told.pop() if len(told) == 1 else None


def _names(text: str, reply: str, languages: Sequence[str]) -> list[tuple[int, int]]:
    """Return the spans of the names in a question: words with capitals, or those that have them in the reply."""
    written = {word.lower() for word in _WRITTEN_AS_NAME.findall(reply)}
    spans: list[tuple[int, int]] = []
    for place, match in enumerate(_WORD.finditer(text)):
        word = match.group()
        is_name = word[0].isupper() if word.lower() != word else word in written
        # The first word has its capital from its place.
        if place == 0 or not is_name or is_grammar(word.lower(), tuple(languages)):
            continue
        end = match.start() + len(_OWNING.sub("", word))
        if spans and _LINKS.issuperset(text[spans[-1][1] : match.start()].lower().split()):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((match.start(), end))
    return spans


def _is_acronym(name: str) -> bool:
    return len(name) > 1 and name.isupper()


def _capitalised(question: str) -> str:
    return question[:1].upper() + question[1:]
