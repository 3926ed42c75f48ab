"""Questions that a passage does not answer although it answers one that looks nearly the same."""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from index.engines.bm25 import tokens
from training.sets import Example

YEAR: Final = re.compile(r"\b(1[89]\d\d|20[0-3]\d)\b")
_NUMBER: Final = re.compile(r"(?<![\w.,])\d{1,3}(?![\w,]|\.\d)")
# A name in a question, and what may be one in running text: not the first word of a sentence.
_NAME: Final = re.compile(r"(?<=[a-z] )[A-Z][a-z]+(?: [A-Z][a-z]+)*")
# What makes another question of one, set in place of the other word.
_OPPOSITES: Final = (
    ("men", "women"),
    ("men's", "women's"),
    ("man", "woman"),
    ("boys", "girls"),
    ("father", "mother"),
    ("son", "daughter"),
    ("brother", "sister"),
    ("husband", "wife"),
    ("first", "last"),
    ("second", "third"),
    ("most", "least"),
    ("more", "fewer"),
    ("largest", "smallest"),
    ("biggest", "smallest"),
    ("highest", "lowest"),
    ("oldest", "youngest"),
    ("longest", "shortest"),
    ("earliest", "latest"),
    ("best", "worst"),
    ("before", "after"),
    ("opened", "closed"),
    ("founded", "dissolved"),
    ("born", "buried"),
    ("killed", "injured"),
    ("arrested", "released"),
    ("win", "lose"),
    ("won", "lost"),
    ("bought", "sold"),
    ("buy", "sell"),
    ("joined", "left"),
    ("accepted", "rejected"),
    ("rise", "fall"),
    ("increase", "decrease"),
    ("cause", "prevent"),
    ("north", "south"),
    ("northern", "southern"),
    ("east", "west"),
    ("eastern", "western"),
    ("president", "treasurer"),
    ("children", "adults"),
    ("summer", "winter"),
    ("advantage", "disadvantage"),
)
_OPPOSITE: Final = {word: other for pair in _OPPOSITES for word, other in (pair, pair[::-1])}
_WORD: Final = re.compile(r"\b[a-z]+(?:'s)?\b(?!')")
# A question with yes or no for an answer is answered with the opposite, too.
_YES_OR_NO: Final = re.compile(
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b", re.IGNORECASE
)
# How many of their words, of all that either has, two questions of a pair share at least.
_ALIKE: Final = 0.45


def names_in(questions: Iterable[str]) -> list[str]:
    """Return the names in questions, as often as each is asked about."""
    return [name for question in questions for name in _NAME.findall(question)]


def pairs(examples: Sequence[Example]) -> Mapping[str, str]:
    """Pair examples, by id, with the question that people wrote to look like it and that its passage does not answer.

    Of questions that an example's passage does not answer it is the one with most words in common, if those are many.
    """
    unanswered = defaultdict[str, list[str]](list)
    for example in examples:
        if not example.answerable:
            unanswered[example.passage].append(example.question)
    found = {}
    for example in examples:
        others = unanswered.get(example.passage)
        if example.answerable and others:
            nearest = max(others, key=lambda other: _alike(example.question, other))
            if _alike(example.question, nearest) >= _ALIKE:
                found[example.id] = nearest
    return found


def contrast(question: str, passage: str, names: Sequence[str], rng: random.Random) -> str | None:
    """Change a question's year, number or name, or ask the opposite; None if nothing can be exchanged,
    or if yes or no answers it.

    Parameters:
        names: of other passages; as often a name that the passage itself holds is taken.
    """
    if _YES_OR_NO.match(question):
        return None
    changed = [other for other in (_opposite(question, rng), _numbered(question, rng)) if other]
    if found := _NAME.findall(question):
        near = [name for name in _NAME.findall(passage) if name not in question]
        new = rng.choice(near) if near and rng.random() < 0.5 else rng.choice(names)
        if new not in question:
            changed.append(question.replace(rng.choice(found), new))
    return rng.choice(changed) if changed else None


def _opposite(question: str, rng: random.Random) -> str | None:
    held = [match for match in _WORD.finditer(question) if match.group() in _OPPOSITE]
    if not held:
        return None
    match = rng.choice(held)
    return question[: match.start()] + _OPPOSITE[match.group()] + question[match.end() :]


def _numbered(question: str, rng: random.Random) -> str | None:
    if years := YEAR.findall(question):
        year = rng.choice(years)
        return question.replace(year, str(int(year) + rng.choice((-5, -3, -2, -1, 1, 2, 3, 5, 10))))
    if match := _NUMBER.search(question):
        number, away = int(match.group()), rng.randint(1, 9)
        other = number - away if number > away and rng.random() < 0.5 else number + away
        return question[: match.start()] + str(other) + question[match.end() :]
    return None


def _alike(one: str, other: str) -> float:
    words, others = set(tokens(one)), set(tokens(other))
    return len(words & others) / len(words | others)
