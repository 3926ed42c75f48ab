"""Noun phrases in a stretch of narration: which of them stands before a verb as its subject, or behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from index.article import Span
from retrieval.quotes.people import Mention, is_given
from retrieval.quotes.wordlists import WordLists
from retrieval.quotes.words import Words, plain

# What a noun phrase may hold behind its first word.
_GOES_ON: Final = frozenset({"of", "for", "and", "former", "then"})

Kind = Literal["name", "pronoun", "noun", "same"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a clause says it was.

    Attributes:
        kind: a name, a pronoun, a noun phrase, or the same as of the clause before ("adding").
        span: its place.
        word: the pronoun, or the noun at the head of the phrase, in lower case.
        mention: the name.
        is_definite: whether a noun stands for somebody who was named before: "the minister".
    """

    kind: Kind
    span: Span
    word: str = ""
    mention: Mention | None = None
    is_definite: bool = False


@dataclass(frozen=True)
class Narration:
    """A stretch of narration with its words and the names in it."""

    text: str
    span: Span
    lists: WordLists
    words: Words
    named: tuple[Mention, ...]

    def main_subject(self) -> Subject | None:
        """Return the subject of the whole sentence: its first name or pronoun that depends on nothing."""
        forms = self.words.forms
        places: list[tuple[int, Subject]] = []
        for number, form in enumerate(forms):
            if form in self.lists.he or form in self.lists.she or (not number and form in self.lists.anyone):
                places.append((self.words.starts[number], Subject("pronoun", self.place(number), form)))
                break
        for mention in self.named:
            first = self.words.first_from(mention.span.start)
            if mention.is_possessive or (first and forms[first - 1] in self.lists.prepositions and first > 1):
                continue
            if first == 1 and forms[0] in self.lists.prepositions:
                continue
            places.append((mention.span.start, self.named_by(mention)))
            break
        if places:
            return min(places, key=lambda entry: entry[0])[1]
        return self.named_by(self.named[0]) if self.named and not self.named[0].is_possessive else None

    def place(self, number: int) -> Span:
        """Return the place of a word."""
        return Span(self.words.starts[number], self.words.ends[number])

    def _gap(self, number: int) -> str:
        """Return what stands between a word and the next."""
        if number + 1 >= len(self.words):
            return ""
        return self.text[self.words.ends[number] : self.words.starts[number + 1]]

    def _ending_at(self, number: int) -> Mention | None:
        """Return the name of which this is the last word."""
        start, end = self.words.starts[number], self.words.ends[number]
        return next((one for one in self.named if one.span.start <= start < one.span.end <= end + 1), None)

    def _first_word(self, mention: Mention) -> int:
        return self.words.first_from(mention.span.start)

    def named_by(self, mention: Mention) -> Subject:
        """Return a name as a subject."""
        return Subject("name", mention.span, mention=mention)

    def before(self, verb: int, depth: int = 0) -> Subject | None:
        """Return the noun phrase that ends before a verb."""
        place = self._skipped(verb - 1)
        if place < 0 or depth > 4:
            return None
        form = self.words.forms[place]
        if ")" in self._gap(place):
            opened = next((n for n in range(place, 0, -1) if "(" in self._gap(n - 1)), 0)
            return self.before(opened, depth + 1) if opened else None
        if "," in self._gap(place):
            return self._around_comma(place, depth)
        mention = self._ending_at(place)
        if mention is not None and not mention.is_possessive:
            return self._headed(mention, depth)
        if self._is_pronoun(form):
            return Subject("pronoun", self.place(place), form)
        if any(mark in self._gap(place) for mark in ';:"“”»«') and place != verb - 1:
            return None
        return self._phrase(place, depth)

    def _skipped(self, place: int) -> int:
        """Return the last word before a verb that is neither an adverb nor a day nor an auxiliary."""
        forms = self.words.forms
        while (place >= 0 and self._ending_at(place) is None) or (place >= 0 and forms[place] in self.lists.beside):
            form = forms[place]
            beside = form in self.lists.beside or (form.endswith("ly") and len(form) > 4) or form[0].isdigit()
            if not beside or self._is_pronoun(form):
                break
            if place and any(mark in self._gap(place - 1) for mark in ';"“”»«'):
                return -1
            place -= 1
        return place

    def _is_pronoun(self, form: str) -> bool:
        return (
            form in self.lists.he
            or form in self.lists.she
            or (form in self.lists.anyone and form not in self.lists.beside)
        )

    def _around_comma(self, place: int, depth: int) -> Subject | None:
        """Return the head of "Name, a nurse, said", "The minister, Name, said" and "Name, who …, said"."""
        opened = next((n for n in range(place, 0, -1) if "," in self._gap(n - 1)), 0)
        if not opened:
            # "In Berlin, said Smith": nothing before the comma can be it, unless it is all there is.
            mention = self._ending_at(place)
            return (
                self.named_by(mention)
                if mention and not mention.is_possessive and self._first_word(mention) <= 1
                else None
            )
        inner, first = self._ending_at(place), self.words.forms[opened]
        if (
            inner is not None
            and not inner.is_possessive
            and self._first_word(inner) == opened
            and first not in self.lists.relative
        ):
            outer = self._ending_at(opened - 1)
            return (
                self.named_by(inner)
                if outer is None or outer.is_possessive or inner.key[0] not in outer.key
                else self.named_by(outer)
            )
        if (outer := self._ending_at(opened - 1)) is not None and not outer.is_possessive:
            return self._headed(outer, depth + 1)
        if first in self.lists.relative or first in self.lists.determiners or first in self.lists.prepositions:
            return self.before(opened, depth + 1)
        found = self._phrase(opened - 1, depth + 1)
        return found if found is not None and found.is_definite else None

    def _headed(self, mention: Mention, depth: int) -> Subject:
        """Return a name, or what it hangs on: of "Regina Ip from the Liberal Party" the person."""
        if not self._is_human(mention):
            # "Anderson Cooper, of CNN, said".
            is_body = any(word in self.lists.bodies for word in mention.key)
            earlier = [one for one in self.named if one.span.end < mention.span.start and not one.is_possessive]
            humans = [one for one in earlier if self._is_human(one) or (is_body and len(one.key) > 1)]
            if humans and self._word_behind(humans[0]) in self.lists.prepositions:
                return self.named_by(humans[0])
        if not self._is_bare(mention):
            # "Ambassador to Tarn Grete Holm": what it hangs on is her title.
            return self.named_by(mention)
        first = self._first_word(mention)
        joined = self._ending_at(first - 2) if first > 3 and self.words.forms[first - 1] in self.lists.joining else None
        if joined is not None and self.words.forms[self._first_word(joined) - 1] in self.lists.prepositions:
            # "The High Court of Tarn and Ostmark".
            return self._headed(joined, depth + 1)
        back = first - 1
        while back >= 0 and self.words.forms[back] in self.lists.determiners:
            back -= 1
        if back < 1 or self.words.forms[back] not in self.lists.prepositions or "," in self._gap(back - 1):
            return self.named_by(mention)
        head = self._ending_at(back - 1)
        if head is not None and not head.is_possessive and depth < 4:
            return self._headed(head, depth + 1)
        is_title = plain(self.words.forms[back - 1]) in self.lists.roles and back == first - 1
        if is_title and len(mention.key) > 1 and not any(word in self.lists.bodies for word in mention.key):
            return self.named_by(mention)
        if head is None and depth < 4 and (found := self._phrase(back - 1, depth + 1)) is not None:
            return (
                Subject(
                    found.kind,
                    Span(found.span.start, max(found.span.end, mention.span.end)),
                    found.word,
                    found.mention,
                    found.is_definite,
                )
                if found.kind == "noun"
                else found
            )
        return self.named_by(mention)

    def _phrase(self, place: int, depth: int) -> Subject | None:
        """Return the noun phrase that ends with this word, with what it hangs on."""
        forms = self.words.forms
        first = place
        while (
            first > 0
            and not self._gap(first - 1).strip("- \u00a0\n’'“”\"[]")
            and forms[first] not in self.lists.determiners
        ):
            if forms[first - 1] in self.lists.prepositions:
                break
            if self.lists.is_grammar(forms[first - 1]) and forms[first - 1] not in self.lists.determiners:
                break
            first -= 1
        if (
            first
            and forms[first - 1] in self.lists.prepositions
            and "," not in self._gap(first - 2 if first > 1 else 0)[:1]
        ):
            head = first - 2
            if head < 0 or depth > 3:
                return None
            outer = self.before(first - 1, depth + 1)
            if outer is not None and outer.kind == "noun" and forms[first - 1] in ("of", "for", "de", "von"):
                return Subject(
                    "noun", Span(outer.span.start, self.words.ends[place]), outer.word, None, outer.is_definite
                )
            return outer
        if first > 1 and forms[first - 1].endswith("ing") and forms[first - 2] in self.lists.prepositions:
            # "Grete Holm in breaking the news said".
            return self.before(first - 2, depth + 1)
        if self.lists.is_grammar(forms[place]) or forms[place] in self.lists.saying | self.lists.relative:
            return None
        inside = [one for one in self.named if self.words.starts[first] <= one.span.start <= self.words.starts[place]]
        noun = plain(forms[place])
        if noun in self.lists.writings:
            owner = next((one for one in inside if one.is_possessive), None)
            if owner is not None:
                return self.named_by(owner)
            owned = next((n for n in range(first, place) if forms[n].endswith(("'s", "'"))), None)
            if owned is not None:
                span = Span(self.words.starts[first], self.words.ends[owned] - 2)
                return Subject("noun", span, plain(forms[owned]), is_definite=True)
            return Subject("same", self.place(place))
        span = Span(self.words.starts[first], self.words.ends[place])
        # "The Ostmark native" is somebody named before, as "the native" is.
        is_known = not inside or (noun not in self.lists.bodies and forms[first] in self.lists.determiners)
        return Subject("noun", span, noun, is_definite=forms[first] not in self.lists.indefinite and is_known)

    def behind(self, place: int) -> Subject | None:
        """Return the noun phrase that begins behind a verb: "said the driver, Tomasz Nowak"."""
        forms = self.words.forms
        if place >= len(forms):
            return None
        if self._is_pronoun(forms[place]) and forms[place] not in self.lists.determiners:
            return Subject("pronoun", self.place(place), forms[place])
        stop = place
        while stop < len(forms):
            form = forms[stop]
            ends_name = any(one.span.start <= self.words.starts[stop] < one.span.end for one in self.named)
            if stop > place and self._gap(stop - 1).strip(" \u00a0\n-’'.“”\"[]"):
                break
            if (
                not ends_name
                and form not in (_GOES_ON | self.lists.determiners)
                and (self.lists.is_grammar(form) or form in self.lists.saying)
            ):
                break
            stop += 1
        if stop == place:
            return None
        span = Span(self.words.starts[place], self.words.ends[stop - 1])
        inside = [one for one in self.named if span.start <= one.span.start < span.end]
        if (name := self._best(inside, place)) is not None:
            return self.named_by(name if self._is_human(name) else self._titled_behind(span) or name)
        if stop < len(forms) and "," in self._gap(stop - 1):
            # "said its chairman, Henrik Dahl".
            apposed = next((one for one in self.named if self._first_word(one) in (stop, stop + 1)), None)
            between = apposed is not None and self.words.forms[stop] in self.lists.relative
            if apposed is not None and not apposed.is_possessive and not between and self._apposed(apposed, stop):
                return self.named_by(apposed)
        if inside and not any(one.is_possessive for one in inside) and self._first_word(inside[0]) <= place + 1:
            return self.named_by(inside[0])
        head = self._head(place, stop)
        owner = next((one for one in inside if one.is_possessive), None)
        if owner is not None and plain(forms[head]) in self.lists.writings:
            return self.named_by(owner)
        if self.lists.is_grammar(forms[head]):
            return None
        return Subject(
            "noun", span, plain(forms[head]), is_definite=forms[place] not in self.lists.indefinite and not inside
        )

    def _titled_behind(self, span: Span) -> Mention | None:
        """Return the name with a title that a phrase leads to: "Tarn University, Ostmark's chancellor, Grete Holm"."""
        stop = next((self.words.starts[n] for n, form in enumerate(self.words.forms) if self._ends_phrase(n, span)), -1)
        found = (one for one in self.named if one.title and not one.is_possessive and one.span.start >= span.end)
        return next((one for one in found if stop < 0 or one.span.start < stop), None)

    def _ends_phrase(self, number: int, span: Span) -> bool:
        form = self.words.forms[number]
        return self.words.starts[number] >= span.end and (form in self.lists.saying or form in self.lists.relative)

    def _word_behind(self, name: Mention) -> str:
        number = self.words.first_from(name.span.end)
        return self.words.forms[number] if number < len(self.words) else ""

    def _is_bare(self, name: Mention) -> bool:
        """Return whether nothing was taken off in front of a name: no "India" of "President of India Narendra Modi"."""
        return name.span.of(self.text).startswith(name.name)

    def _is_human(self, name: Mention) -> bool:
        is_body = any(word in self.lists.bodies for word in name.key)
        return not name.is_possessive and not is_body and (bool(name.title) or is_given(name.key[0]))

    def _apposed(self, name: Mention, stop: int) -> bool:
        return name.span.start - self.words.starts[stop] < 25

    def _head(self, place: int, stop: int) -> int:
        forms = self.words.forms
        end = next((n for n in range(place + 1, stop) if forms[n] in self.lists.prepositions), stop)
        return end - 1

    def _best(self, inside: Sequence[Mention], place: int) -> Mention | None:
        """Return the last name in a phrase that nothing owns and that hangs on nothing."""
        free: list[Mention] = []
        for one in inside:
            first = self._first_word(one)
            before = self.words.forms[first - 1] if first else ""
            is_body = any(word in self.lists.bodies for word in one.key)
            is_owner = bool(free or self.words.forms[place] in self.lists.determiners) and self._is_bare(one)
            hangs = before in self.lists.prepositions and (is_body or len(one.key) < 2 or is_owner)
            if not one.is_possessive and not hangs:
                free.append(one)
        humans = [one for one in free if self._is_human(one)]
        others = [one for one in free if not any(word in self.lists.bodies for word in one.key)]
        return next(iter(humans[:1] or others[-1:] or free[:1]), None)
