"""The clause that reports a quotation, and who it says has said it."""

from dataclasses import dataclass
from typing import Final

import regex

from index.article import Span
from retrieval.quotes.people import Mention, mentions
from retrieval.quotes.phrases import Narration, Subject
from retrieval.quotes.wordlists import WordLists
from retrieval.quotes.words import Words, words_of

# Words up to which a clause behind a quotation may reach before its verb.
_REACH: Final = 14
# What is put in between two dashes or in brackets: its verb tells of something else.
_ASIDE: Final = regex.compile(r"\s[–—-]\s[^–—\n]{3,160}?\s[–—-]\s|\([^()\n]*\)")
# Words of a clause before a quotation, among which its verb leads straight to that.
_AT: Final = 5


@dataclass(frozen=True)
class Clause(Narration):
    """A stretch of narration before or behind a quotation.

    Attributes:
        leads: whether it stands before.
        verb: the number of the word that says, None where there is none.
    """

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
        aside = [span for match in _ASIDE.finditer(text, span.start, span.end) for span in [Span(*match.span())]]
        verbs = [
            n
            for n in range(len(forms))
            if _says(text, words, n, lists) and not any(one.start <= words.starts[n] < one.end for one in aside)
        ]
        chosen = verbs[-1:] if leads else [n for n in verbs[:1] if n <= _REACH]
        return cls(text, span, lists, words, tuple(mentions(text, span, lists)), leads, next(iter(chosen), None))

    @property
    def is_short(self) -> bool:
        """Return whether it is little more than a verb with its subject."""
        return self.verb is not None and self.verb <= 6

    @property
    def is_close(self) -> bool:
        """Return whether its verb stands at the quotation that follows."""
        return self.verb is not None and self.verb >= len(self.words) - _AT

    def is_plain(self, subject: Subject) -> bool:
        """Return whether it is all but a name and a verb, side by side at the quotation: "Grete Holm told the Gazette".

        Of any other clause nobody can tell for sure whom of those in it it means.
        """
        if self.verb is None or subject.kind != "name" or subject.mention is None:
            return False
        first, stop = self._first_word(subject.mention), self.words.first_from(subject.span.end)
        near = all(form in self.lists.beside or form.endswith("ly") for form in self.words.forms[stop : self.verb])
        is_inverted = not self.leads and self.verb < first and first - self.verb <= _AT
        is_straight = stop <= self.verb and near
        at_quotation = self.is_close if self.leads else min(first, self.verb) <= 1
        return at_quotation and (is_straight or is_inverted)

    def subject(self) -> Subject | None:
        """Return who says it; None where the clause has no verb of saying and names no source."""
        if (source := self._source()) is not None:
            return source
        verb = self.verb
        if verb is None:
            return self.main_subject() if self.leads and self._ends_with_colon() else None
        forms = self.words.forms
        is_passive = verb == 0 or forms[verb - 1] in self.lists.passive
        if (
            is_passive
            and forms[verb] in self.lists.told
            and forms[verb + 1 : verb + 2]
            and forms[verb + 1] in self.lists.agent
        ):
            return self.behind(verb + 2)
        finite = self._finite_before(verb)
        if finite is not None:
            return self.before(finite) if finite else self.main_subject()
        if verb and (found := self.before(verb)) is not None:
            return self._of_writing(found, verb)
        if verb == 1 and forms[0] in self.lists.joining:
            # '"Q1" and said "Q2"' reports only what follows.
            return Subject("same", self.place(verb)) if self.leads else None
        is_inverted = not self.leads or all(form in self.lists.beside for form in forms[:verb])
        if is_inverted and not (verb == 0 and self._is_participle(verb)):
            found = self.behind(verb + 1)
            if found is not None:
                return found
        if self._is_participle(verb):
            return self.main_subject() if verb > 2 and self.leads else Subject("same", self.place(verb))
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

    def _source(self) -> Subject | None:
        """Return whom "according to" names."""
        forms = self.words.forms
        for phrase in self.lists.according:
            parts = tuple(phrase.split())
            for number in range(len(forms) - len(parts) + 1):
                near = number <= 4 if not self.leads else True
                if forms[number : number + len(parts)] == parts and near:
                    # "said, according to": the clause has a verb of its own, unless that tells of the source.
                    is_nearer = self.verb is not None and self.verb > number and self.is_close
                    if self.verb is not None and (self.verb < number or (self.leads and is_nearer)):
                        continue
                    found = self.behind(number + len(parts))
                    return None if found is None else self._of_writing(found, number)
        return None

    def _ends_with_colon(self) -> bool:
        return self.span.of(self.text).rstrip(' "“„«').endswith(":")

    def _is_participle(self, verb: int) -> bool:
        return self.words.forms[verb].endswith("ing")

    def _of_writing(self, found: Subject, verb: int) -> Subject | None:
        """Return who wrote it where the subject is a statement, a letter or the like."""
        word = found.word if found.kind == "noun" else ""
        if found.kind == "same" or word in self.lists.writings or word == "which":
            if found.kind == "noun" and (author := self._author(found)) is not None:
                return self.named_by(author)
            owner = [one for one in self.named if one.is_possessive and one.span.end <= found.span.end]
            if owner and found.kind == "noun":
                return self.named_by(owner[-1])
            main = self.main_subject()
            return main if main is not None and main.span != found.span else Subject("same", found.span)
        return found

    def _author(self, found: Subject) -> Mention | None:
        """Return by whom a statement is: "a memo posted online by Grete Holm"."""
        comma = self.text.find(",", found.span.end, self.span.end)
        end = self.span.end if comma < 0 else comma
        agents = (one for one in self.named if found.span.start <= one.span.start < end)
        before = ((one, self.words.first_from(one.span.start) - 1) for one in agents)
        return next((one for one, at in before if at >= 0 and self.words.forms[at] in self.lists.agent), None)


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
    if before == "as" and behind in lists.agent:
        return True
    if number and before in lists.passive and forms[number] in lists.told and forms[number] != "said":
        return behind not in lists.agent
    return before in ("when", "if") and forms[number] in ("asked", "told")
