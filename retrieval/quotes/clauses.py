"""The clause that reports a quotation, and its subject: who is said to have said it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from index.article import Span
from retrieval.quotes.people import Mention, is_given, mentions
from retrieval.quotes.wordlists import WordLists
from retrieval.quotes.words import Words, plain, words_of

# Words up to which a clause behind a quotation may reach before its verb.
_REACH: Final = 14
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
class Clause:
    """A stretch of narration before or behind a quotation.

    Attributes:
        leads: whether it stands before.
        verb: the number of the word that says, None where there is none.
    """

    text: str
    span: Span
    lists: WordLists
    words: Words
    named: tuple[Mention, ...]
    leads: bool
    verb: int | None

    @classmethod
    def of(cls, text: str, span: Span, lists: WordLists, *, leads: bool) -> "Clause":
        """Return the clause at a place.

        Parameters:
            leads: whether the quotation follows it; its last verb counts then, else its first.
        """
        words = words_of(text, span)
        forms = words.forms
        verbs = [n for n in range(len(forms)) if _says(text, words, n, lists)]
        chosen = verbs[-1:] if leads else [n for n in verbs[:1] if n <= _REACH]
        return cls(text, span, lists, words, tuple(mentions(text, span, lists)), leads, next(iter(chosen), None))

    @property
    def is_short(self) -> bool:
        """Return whether it is little more than a verb with its subject."""
        return self.verb is not None and self.verb <= 6

    def subject(self) -> Subject | None:
        """Return who says it; None where the clause has no verb of saying and names no source."""
        if (source := self._source()) is not None:
            return source
        verb = self.verb
        if verb is None:
            return self.main_subject() if self.leads and self._ends_with_colon() else None
        forms = self.words.forms
        if verb + 1 < len(forms) and forms[verb] in _PASSIVE_VERBS and forms[verb + 1] == "by":
            return self._behind(verb + 2)
        finite = self._finite_before(verb)
        if finite is not None:
            return self._before(finite) if finite else self.main_subject()
        if verb and (found := self._before(verb)) is not None:
            return self._of_writing(found, verb)
        is_inverted = not self.leads or all(form in self.lists.beside for form in forms[:verb])
        if is_inverted and not (verb == 0 and self._is_participle(verb)):
            found = self._behind(verb + 1)
            if found is not None:
                return found
        if self._is_participle(verb):
            return self.main_subject() if verb > 2 and self.leads else Subject("same", self._word(verb))
        return self.main_subject() if self.leads else None

    def _finite_before(self, verb: int) -> int | None:
        """Return the verb on which a participle hangs: of "she tweeted her reasons, saying" the first.

        It is 0 where that is no verb of saying, and None where the verb is no participle, or says who said it himself.
        """
        forms = self.words.forms
        if not self.leads or verb < 3 or not self._is_participle(verb) or forms[verb - 1] == "as":
            return None
        says = [n for n in range(verb) if _says(self.text, self.words, n, self.lists) and not self._is_participle(n)]
        return says[-1] if says else 0

    def main_subject(self) -> Subject | None:
        """Return the subject of the whole sentence: its first name or pronoun that depends on nothing."""
        forms = self.words.forms
        places: list[tuple[int, Subject]] = []
        for number, form in enumerate(forms):
            if form in self.lists.he or form in self.lists.she:
                places.append((self.words.starts[number], Subject("pronoun", self._word(number), form)))
                break
        for mention in self.named:
            first = self.words.first_from(mention.span.start)
            if mention.is_possessive or (first and forms[first - 1] in self.lists.prepositions and first > 1):
                continue
            if first == 1 and forms[0] in self.lists.prepositions:
                continue
            places.append((mention.span.start, self._name(mention)))
            break
        if places:
            return min(places, key=lambda entry: entry[0])[1]
        return self._name(self.named[0]) if self.named and not self.named[0].is_possessive else None

    def _source(self) -> Subject | None:
        """Return whom "according to" names."""
        forms = self.words.forms
        for phrase in self.lists.according:
            parts = tuple(phrase.split())
            for number in range(len(forms) - len(parts) + 1):
                near = number <= 4 if not self.leads else True
                if forms[number : number + len(parts)] == parts and near:
                    if self.verb is not None and (self.leads or self.verb < number):
                        continue
                    found = self._behind(number + len(parts))
                    return None if found is None else self._of_writing(found, len(forms))
        return None

    def _ends_with_colon(self) -> bool:
        return self.span.of(self.text).rstrip(' "“„«').endswith(":")

    def _is_participle(self, verb: int) -> bool:
        return self.words.forms[verb].endswith("ing")

    def _word(self, number: int) -> Span:
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

    def _name(self, mention: Mention) -> Subject:
        return Subject("name", mention.span, mention=mention)

    def _before(self, verb: int, depth: int = 0) -> Subject | None:
        """Return the noun phrase that ends before a verb."""
        place = self._skipped(verb - 1)
        if place < 0 or depth > 4:
            return None
        form = self.words.forms[place]
        if ")" in self._gap(place):
            opened = next((n for n in range(place, 0, -1) if "(" in self._gap(n - 1)), 0)
            return self._before(opened, depth + 1) if opened else None
        if "," in self._gap(place):
            return self._around_comma(place, depth)
        mention = self._ending_at(place)
        if mention is not None and not mention.is_possessive:
            return self._headed(mention, depth)
        if self._is_pronoun(form):
            return Subject("pronoun", self._word(place), form)
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
                self._name(mention)
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
                self._name(inner)
                if outer is None or outer.is_possessive or inner.key[0] not in outer.key
                else self._name(outer)
            )
        if (outer := self._ending_at(opened - 1)) is not None and not outer.is_possessive:
            return self._headed(outer, depth + 1)
        if first in self.lists.relative or first in self.lists.determiners or first in self.lists.prepositions:
            return self._before(opened, depth + 1)
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
                return self._name(humans[0])
        first = self._first_word(mention)
        back = first - 1
        while back >= 0 and self.words.forms[back] in self.lists.determiners:
            back -= 1
        if back < 1 or self.words.forms[back] not in self.lists.prepositions or "," in self._gap(back - 1):
            return self._name(mention)
        head = self._ending_at(back - 1)
        if head is not None and not head.is_possessive and depth < 4:
            return self._headed(head, depth + 1)
        is_title = plain(self.words.forms[back - 1]) in self.lists.roles and back == first - 1
        if is_title and len(mention.key) > 1 and not any(word in self.lists.bodies for word in mention.key):
            return self._name(mention)
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
        return self._name(mention)

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
            outer = self._before(first - 1, depth + 1)
            if outer is not None and outer.kind == "noun" and forms[first - 1] in ("of", "for", "de", "von"):
                return Subject(
                    "noun", Span(outer.span.start, self.words.ends[place]), outer.word, None, outer.is_definite
                )
            return outer
        if self.lists.is_grammar(forms[place]) or forms[place] in self.lists.saying:
            return None
        inside = [one for one in self.named if self.words.starts[first] <= one.span.start <= self.words.starts[place]]
        noun = plain(forms[place])
        if noun in self.lists.writings:
            owner = next((one for one in inside if one.is_possessive), None)
            if owner is not None:
                return self._name(owner)
            owned = next((n for n in range(first, place) if forms[n].endswith(("'s", "'"))), None)
            if owned is not None:
                span = Span(self.words.starts[first], self.words.ends[owned] - 2)
                return Subject("noun", span, plain(forms[owned]), is_definite=True)
            return Subject("same", self._word(place))
        span = Span(self.words.starts[first], self.words.ends[place])
        return Subject("noun", span, noun, is_definite=forms[first] not in self.lists.indefinite and not inside)

    def _behind(self, place: int) -> Subject | None:
        """Return the noun phrase that begins behind a verb: "said the driver, Tomasz Nowak"."""
        forms = self.words.forms
        if place >= len(forms):
            return None
        if self._is_pronoun(forms[place]) and forms[place] not in self.lists.determiners:
            return Subject("pronoun", self._word(place), forms[place])
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
            return self._name(name)
        if stop < len(forms) and "," in self._gap(stop - 1):
            # "said its chairman, Henrik Dahl".
            apposed = next((one for one in self.named if self._first_word(one) in (stop, stop + 1)), None)
            between = apposed is not None and self.words.forms[stop] in self.lists.relative
            if apposed is not None and not apposed.is_possessive and not between and self._apposed(apposed, stop):
                return self._name(apposed)
        if inside and not any(one.is_possessive for one in inside) and self._first_word(inside[0]) <= place + 1:
            return self._name(inside[0])
        head = self._head(place, stop)
        owner = next((one for one in inside if one.is_possessive), None)
        if owner is not None and plain(forms[head]) in self.lists.writings:
            return self._name(owner)
        if self.lists.is_grammar(forms[head]):
            return None
        return Subject(
            "noun", span, plain(forms[head]), is_definite=forms[place] not in self.lists.indefinite and not inside
        )

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

    def _of_writing(self, found: Subject, verb: int) -> Subject | None:
        """Return who wrote it where the subject is a statement, a letter or the like."""
        word = found.word if found.kind == "noun" else ""
        if found.kind == "same" or word in self.lists.writings or word == "which":
            owner = [one for one in self.named if one.is_possessive and one.span.end <= found.span.end]
            if owner and found.kind == "noun":
                return self._name(owner[-1])
            main = self.main_subject()
            return main if main is not None and main.span != found.span else Subject("same", found.span)
        return found


_PASSIVE_VERBS: Final = frozenset("told said described called asked quoted posted written read issued put".split())


def _says(text: str, words: Words, number: int, lists: WordLists) -> bool:
    """Return whether a word is a verb of saying here: no noun ("in her comments"), no name ("United States")."""
    forms = words.forms
    if forms[number] not in lists.saying or _is_passive(forms, number, lists):
        return False
    if number and text[words.starts[number]].isupper():
        return False
    before = forms[number - 1] if number else ""
    is_noun = before in lists.determiners or before.endswith(("'s", "s'"))
    return not is_noun or ((before in lists.he or before in lists.she) and before not in lists.determiners)


def _is_passive(forms: tuple[str, ...], number: int, lists: WordLists) -> bool:
    """Return whether somebody is told or asked here, and by nobody named: "when he was asked"."""
    behind = forms[number + 1] if number + 1 < len(forms) else ""
    before = forms[number - 1] if number else ""
    if before == "as" and behind == "by":
        return True
    if number and before in lists.passive and forms[number] in _PASSIVE_VERBS and forms[number] != "said":
        return behind != "by"
    return before in ("when", "if") and forms[number] in ("asked", "told")
