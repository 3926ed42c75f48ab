"""Whom a pronoun of the narration stands for: the last person named before it whom it fits."""

from collections.abc import Iterable, Iterator, Sequence

import regex

from index.article import Span
from retrieval.quotes.people import Mention, People, Person
from retrieval.quotes.wordlists import WordLists
from retrieval.quotes.words import words_of

Sentence = tuple[int, Span, tuple[Mention, ...]]


class Pronouns:
    """The pronouns of an article.

    Parameters:
        sentences: those of the narration, in order, each with the number of its paragraph and the names in it.
    """

    def __init__(self, text: str, sentences: Sequence[Sentence], people: People, lists: WordLists) -> None:
        self._text = text
        self._sentences = sentences
        self._people = people
        self._lists = lists

    def stands_for(self, place: int, word: str) -> Person | None:
        """Return the last person named before a place whom a pronoun fits: of a sentence its subject first.

        Parameters:
            word: the pronoun in lower case, '' for a noun that anybody may bear.
        """
        weak: Person | None = None
        for _, named in self._before(place, word):
            fitting = self._fitting(named, word)
            if fitting:
                return self._people.person(self._foremost(fitting))
            rest = [one for one in named if self._may_fit(self._people.person(one), word)]
            if weak is None and rest:
                first = self._foremost(rest)
                if first.begins or word not in self._lists.anyone:
                    weak = self._people.person(first)
        return weak

    def others(self, place: int, word: str) -> Iterator[Person]:
        """Yield everybody named shortly before a place whom a pronoun fits; nobody can tell for sure which it is."""
        for is_own, named in self._before(place, word):
            yield from (self._people.person(one) for one in named if self.may_be(one, word))
            # A name in the pronoun's own sentence need not be the one it goes back to.
            if not is_own and self._fitting(named, word):
                return

    def may_be(self, mention: Mention, word: str) -> bool:
        """Return whether a name is a free one, of somebody whom a pronoun fits."""
        gender = self._people.person(mention).gender
        fits = not gender or not self._gender(word) or gender == self._gender(word)
        return fits and not mention.is_possessive and not self.is_object(mention)

    def _before(self, place: int, word: str) -> Iterator[tuple[bool, list[Mention]]]:
        """Yield of each sentence before a place, the last first, the names that the pronoun can go back to.

        With them comes whether it is the sentence of the pronoun itself.
        """
        for _, span, named in reversed(self._sentences):
            if span.start >= place:
                continue
            end = min(span.end, self._subject_pronoun(span, place, word))
            # "Speaking to Karl Lie, he said".
            is_own = place < span.end
            yield is_own, [one for one in named if one.span.end <= end and not (is_own and self.is_object(one))]

    def _subject_pronoun(self, span: Span, place: int, word: str) -> int:
        """Return where a sentence has the same pronoun already, else its end.

        A name behind that one is somebody else's: "He said Lie was late. He added".
        """
        gender = self._gender(word)
        if not gender:
            return min(span.end, place)
        words = words_of(self._text, Span(span.start, min(span.end, place)))
        same = self._lists.he if gender == "he" else self._lists.she
        first = next((n for n, form in enumerate(words.forms) if form in same), None)
        if first is None or first > 3:
            return min(span.end, place)
        return words.starts[first]

    def _gender(self, word: str) -> str:
        return "he" if word in self._lists.he else "she" if word in self._lists.she else ""

    def _fitting(self, named: Iterable[Mention], word: str) -> list[Mention]:
        gender = self._gender(word)
        people = [(one, self._people.person(one)) for one in named]
        if not gender:
            bodies = self._lists.bodies
            return [
                one
                for one, person in people
                if not word or not bodies.isdisjoint(one.key) or (one.begins and not person.is_human)
            ]
        known = [one for one, person in people if person.gender == gender]
        return known or [
            one for one, person in people if not person.gender and (person.is_human or self._leads_sentence(one))
        ]

    def _leads_sentence(self, mention: Mention) -> bool:
        """Return whether a name of two words or more begins a sentence: "Ttuku Lomo came late. He said"."""
        return mention.begins and len(mention.key) > 1 and self._lists.bodies.isdisjoint(mention.key)

    def _may_fit(self, person: Person, word: str) -> bool:
        return not person.gender if self._gender(word) else not word or not person.is_human

    def _foremost(self, fitting: Sequence[Mention]) -> Mention:
        free = [one for one in fitting if not one.is_possessive and not self.is_object(one)]
        return (free or list(fitting))[0]

    def is_object(self, mention: Mention) -> bool:
        """Return whether a preposition or a verb stands before a name: "met Grete Holm", "with Grete Holm"."""
        before = regex.search(r"(\p{L}+)\s+$", self._text[max(0, mention.span.start - 15) : mention.span.start])
        if before is None:
            return False
        word = before[1].lower()
        is_grammar = self._lists.is_grammar(word) and word not in self._lists.joining | self._lists.agent
        return is_grammar or word.endswith("ed")
