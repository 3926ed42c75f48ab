"""The words that checking a quote goes by, in each language: verbs of saying, pronouns, denials and so on.

They lie in `words.toml` and `given_names.toml`, which a translator can extend.
"""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from retrieval.question.terms import is_grammar
from retrieval.quotes.words import plain

_KINDS: Final = (
    "saying",
    "according",
    "roles",
    "writings",
    "bodies",
    "beside",
    "prepositions",
    "determiners",
    "indefinite",
    "relative",
    "passive",
    "told",
    "agent",
    "joining",
    "negations",
    "numbers",
    "editorial",
)
_GENDERS: Final = ("he", "she", "any")
_NAMES: Final = ("he", "she", "he_nouns", "she_nouns")


@dataclass(frozen=True, slots=True)
class WordLists:
    """Words of one language, or of all where a language has none; in lower case.

    Attributes:
        saying: verbs that tie a speaker to what he or she said.
        according: what stands before the name of a source, such as 'according to'; its words are parted by a blank.
        he, she, anyone: pronouns, the last those without gender.
        roles: nouns and titles of persons.
        writings: nouns for what is said or written, such as 'statement'.
        bodies: words of a name that is no person's.
        beside: what may stand between a subject and its verb.
        prepositions, determiners, indefinite, relative, passive, told, agent, joining: words of grammar; see
            `words.toml`.
        negations: denials.
        numbers: numbers in letters.
        editorial: what editors put between brackets, its words parted by a blank.
    """

    languages: tuple[str, ...]
    saying: frozenset[str]
    according: frozenset[str]
    he: frozenset[str]
    she: frozenset[str]
    anyone: frozenset[str]
    roles: frozenset[str]
    writings: frozenset[str]
    bodies: frozenset[str]
    beside: frozenset[str]
    prepositions: frozenset[str]
    determiners: frozenset[str]
    indefinite: frozenset[str]
    relative: frozenset[str]
    passive: frozenset[str]
    told: frozenset[str]
    agent: frozenset[str]
    joining: frozenset[str]
    negations: frozenset[str]
    numbers: frozenset[str]
    editorial: frozenset[str]

    def is_grammar(self, word: str) -> bool:
        """Return whether a word in lower case is one of grammar, and so no part of a name."""
        return is_grammar(word, self.languages)

    def is_negation(self, form: str) -> bool:
        """Return whether a word in lower case denies something."""
        return form in self.negations or form.endswith("n't")


@dataclass(frozen=True, slots=True)
class GivenNames:
    """Given names and nouns that tell a person's gender, in lower case."""

    he: frozenset[str]
    she: frozenset[str]
    he_nouns: frozenset[str]
    she_nouns: frozenset[str]


def word_lists(language: str | None) -> WordLists:
    """Return the words of a language, those of all languages where it has none."""
    tables = _tables()
    return _word_lists(language if language in tables["saying"] else None)


@functools.cache
def _word_lists(language: str | None) -> WordLists:
    tables = _tables()
    languages = (language,) if language else tuple(tables["saying"])

    def of(name: str) -> frozenset[str]:
        table = tables[name]
        # Names in any article are written with English titles and words for bodies too.
        wanted = (*languages, "en") if name in ("roles", "bodies", "editorial") else languages
        found = {word.replace("_", " ") for one in wanted for word in table.get(one, "").split()}
        # Words of names are compared without accents.
        return (
            frozenset(found | set(map(plain, found))) if name in ("roles", "bodies", "writings") else frozenset(found)
        )

    return WordLists(
        languages, *map(of, ("saying", "according", *(f"pronouns.{gender}" for gender in _GENDERS), *_KINDS[2:]))
    )


@functools.cache
def given_names() -> GivenNames:
    """Return the given names that tell a gender.

    Raises:
        ValueError: if their file does not hold what it should.
    """
    tables = _checked(_read("given_names.toml"), _NAMES, "given_names.toml")
    he, she, *nouns = (frozenset(tables[name].split()) for name in _NAMES)
    return GivenNames(he - she, she - he, *nouns)


@functools.cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    tables = _read("words.toml")
    pronouns = tables.pop("pronouns", None)
    if not isinstance(pronouns, dict) or sorted(pronouns) != sorted(_GENDERS):
        raise ValueError(f"words.toml: 'pronouns' must hold the tables {', '.join(_GENDERS)}")
    if sorted(tables) != sorted(_KINDS):
        raise ValueError(f"words.toml: its tables must be {', '.join(_KINDS)} and pronouns")
    tables |= {f"pronouns.{gender}": pronouns[gender] for gender in _GENDERS}
    return {
        name: _checked(table, tuple(table) if isinstance(table, dict) else (), f"words.toml: {name}")
        for name, table in tables.items()
    }


def _read(name: str) -> dict[str, object]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _checked(table: object, keys: tuple[str, ...], where: str) -> dict[str, str]:
    """Return a table of words.

    Raises:
        ValueError: if it lacks one of `keys`, has others, or a value is no text in lower case.
    """
    if not isinstance(table, dict) or not table or set(table) != set(keys):
        raise ValueError(f"{where}: this must be a table with a text for each key")
    for key, words in table.items():
        if not isinstance(words, str) or not words.split() or words != words.lower():
            raise ValueError(f"{where}: {key!r} must be words in lower case, parted by blanks")
    return table
