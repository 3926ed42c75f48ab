"""Who said a quotation, by the clause that reports it.

The clause stands behind the quotation (", she said"), before it ("she said:"), or with a neighbour that it runs on
from. Its subject is a name, a noun such as "the minister", or a pronoun, which stands for the last person named that it
fits.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import regex

from index.article import Span
from retrieval.quotes.clauses import Clause
from retrieval.quotes.naming import key_of, same_name, spelled_out
from retrieval.quotes.people import Mention, People, Person, mentions
from retrieval.quotes.phrases import Subject
from retrieval.quotes.pronouns import Pronouns
from retrieval.quotes.quotations import Quotation, Quoting, full_stops
from retrieval.quotes.words import plain, words_of

# Paragraphs to go back for the speaker of a quotation that stands alone, and for whom a pronoun stands for.
_BACK: Final = 3
_LABEL: Final = regex.compile(r"\p{Lu}[^\n:.!?“”\"]{1,60}:(?=\s)")
_NAME_WORD: Final = regex.compile(r"[\p{L}\p{N}'’.\-]+")
_SIGNED: Final = regex.compile(r"\s*[—–-]+\s*(?=\p{L})")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whom an article names as the speaker.

    Attributes:
        name: as the article writes it in full; a noun phrase where it gives no name.
        key: the words of the name; empty for a noun phrase.
        is_sure: whether a clause says so, and no guess.
        others: the names of those whom the clause may mean as well.
    """

    name: str
    key: tuple[str, ...]
    is_sure: bool = True
    others: tuple[tuple[str, ...], ...] = ()


class Attribution:
    """The speakers of an article's quotations.

    Parameters:
        quoting: the article, or the part of it around the quotations asked about.
        lead: another part, in which persons may be named in full.
    """

    def __init__(self, quoting: Quoting, lead: Span | None = None) -> None:
        self._quoting = quoting
        self._text = quoting.text
        self._lists = quoting.words
        self._lead = lead
        self._speakers: dict[int, Speaker | None] = {}

    @functools.cached_property
    def _sentences(self) -> tuple[tuple[int, Span], ...]:
        """Return the sentences of the narration with the number of their paragraph; quotations are cut out."""
        found: list[tuple[int, Span]] = []
        for number, block in enumerate(self._quoting.paragraphs):
            place = block.start
            inside = [one.span for one in self._quoting.quotations if one.paragraph == number]
            for span in (*inside, Span(block.end, block.end)):
                gap = Span(place, max(place, min(span.start, block.end)))
                place = max(place, span.end)
                start = gap.start
                for stop in (*full_stops(self._text, gap), gap.end):
                    if self._text[start:stop].strip(' \n"“”«»'):
                        found.append((number, Span(start, stop)))
                    start = stop
        return tuple(found)

    @functools.cached_property
    def _named(self) -> tuple[tuple[int, Span, tuple[Mention, ...]], ...]:
        return tuple((n, span, tuple(mentions(self._text, span, self._lists))) for n, span in self._sentences)

    @functools.cached_property
    def people(self) -> People:
        """Return everybody that the article names."""
        lead = mentions(self._text, self._lead, self._lists) if self._lead else []
        return People([*lead, *(one for _, _, named in self._named for one in named)], self._lists)

    @functools.cached_property
    def _pronouns(self) -> Pronouns:
        return Pronouns(self._text, self._named, self.people, self._lists)

    def speaker(self, span: Span) -> Speaker | None:
        """Return who says the words at a place, None where the article names nobody."""
        inside = self._quoting.holding(span)
        if not inside:
            return self._reported(span)
        most = max(inside, key=lambda n: _shared(self._quoting.quotations[n].span, span))
        return self._of(most)

    def _of(self, number: int, depth: int = 0) -> Speaker | None:
        if number not in self._speakers:
            self._speakers[number] = None
            self._speakers[number] = self._found(number, depth)
        return self._speakers[number]

    def _found(self, number: int, depth: int) -> Speaker | None:
        before, after = self._before(number), self._after(number)
        # A clause without a verb, such as "The others were kinder:", tells less than one behind with one.
        clauses = sorted((one for one in (before, after) if one is not None), key=lambda one: one.verb is None)
        # A comma leads to the clause behind it, unless the verb of the one before stands at the quotation.
        if before is not None and after is not None and after.verb is not None and not before.is_close:
            is_led = self._quoting.quotations[number].ends_with_comma(self._text)
            clauses = [after, before] if is_led else clauses
        for clause in clauses:
            if (subject := clause.subject()) is not None:
                if subject.kind == "same" and (earlier := self._previous(number, depth)) is not None:
                    return earlier
                if (speaker := self._resolved(subject)) is not None:
                    return replace(speaker, others=self._others(number, clause, subject))
        if depth > 6:
            return None
        return self._signed(number) or self._neighbour(number, depth) or self._introduced(number)

    def _others(self, number: int, clause: Clause, subject: Subject) -> tuple[tuple[str, ...], ...]:
        """Return the names of those whom a clause may mean beside its subject."""
        if clause.is_plain(subject):
            return ()
        word = subject.word if subject.kind == "pronoun" else ""
        found = [one for one in self._in_sentence(number, clause.span.end) if self._pronouns.may_be(one, word)]
        people = {self.people.person(one).key for one in found}
        if subject.kind == "pronoun":
            people |= {one.key for one in self._pronouns.others(subject.span.start, subject.word)}
        return tuple(people)

    def _in_sentence(self, number: int, end: int) -> tuple[Mention, ...]:
        """Return the names of the sentence around a quotation, up to a place, also before other quotations in it."""
        quotations = self._quoting.quotations
        while True:
            gap = self._quoting.narration_before(number)
            stops = full_stops(self._text, gap)
            start = stops[-1] if stops else gap.start
            goes_on = number and not stops and quotations[number - 1].paragraph == quotations[number].paragraph
            if not goes_on or quotations[number - 1].span.of(self._text).rstrip()[-1:] in tuple(".!?"):
                break
            number -= 1
        return tuple(one for _, _, named in self._named for one in named if start <= one.span.start < end)

    def _before(self, number: int) -> Clause | None:
        """Return the clause that leads to a quotation: its sentence up to the mark."""
        gap = self._quoting.narration_before(number)
        stops = [stop for stop in full_stops(self._text, gap) if self._text[stop : gap.end].strip(' "“')]
        ended = [stop for stop in full_stops(self._text, gap) if stop not in stops]
        start = stops[-1] if stops else gap.start
        if ended or not self._text[start : gap.end].strip():
            return None
        if not stops and self._is_tail(number, gap):
            return None
        return Clause.of(self._text, Span(start, gap.end), self._lists, leads=True)

    def _is_tail(self, number: int, gap: Span) -> bool:
        """Return whether what stands between two quotations reports the first: ', she said, '."""
        one, other = self._neighbours(number)
        if one is None or other is None or one.utterance != other.utterance:
            return False
        return one.paragraph == other.paragraph and one.span.end <= gap.start

    def _neighbours(self, number: int) -> tuple[Quotation | None, Quotation]:
        quotations = self._quoting.quotations
        return (quotations[number - 1] if number else None), quotations[number]

    def _after(self, number: int) -> Clause | None:
        """Return the clause that reports a quotation behind it: up to the end of its sentence."""
        quotations = self._quoting.quotations
        one = quotations[number]
        gap = self._quoting.narration_after(number)
        stops = full_stops(self._text, gap)
        end = stops[0] if stops else gap.end
        words = self._text[gap.start : end]
        if not words.strip(" .,;") or words.lstrip().startswith("."):
            return None
        is_ended = one.span.of(self._text).rstrip()[-1:] in ".。"
        follows = not stops and number + 1 < len(quotations) and quotations[number + 1].paragraph == one.paragraph
        if is_ended and follows and quotations[number + 1].utterance != one.utterance:
            # 'B." X said, "C."': the clause is the next quotation's.
            return None
        clause = Clause.of(self._text, Span(gap.start, end), self._lists, leads=False)
        return clause if not is_ended or clause.is_short else None

    def _previous(self, number: int, depth: int) -> Speaker | None:
        one, other = self._neighbours(number)
        if one is None or one.paragraph != other.paragraph or depth > 6:
            return None
        return self._of(number - 1, depth + 1)

    def _neighbour(self, number: int, depth: int) -> Speaker | None:
        """Return the speaker of the quotation that this one runs on from, or into."""
        quotations = self._quoting.quotations
        one = quotations[number]
        for other in (number - 1, number + 1):
            is_same = 0 <= other < len(quotations) and quotations[other].utterance == one.utterance
            if is_same and (speaker := self._of(other, depth + 1)) is not None:
                return speaker
        gap = self._quoting.narration_before(number)
        if number and quotations[number - 1].paragraph == one.paragraph:
            # Whole sentences between the two may bring in somebody else, the last one first.
            stops = full_stops(self._text, gap)
            for start in (stops[-1], stops[0]) if stops else ():
                if (subject := self._subject_within(Span(start, gap.end))) is not None:
                    return subject
            return self._of(number - 1, depth + 1)
        if gap.of(self._text).strip():
            return None
        if number and one.paragraph - quotations[number - 1].paragraph <= 1:
            return self._of(number - 1, depth + 1)
        return None

    def _signed(self, number: int) -> Speaker | None:
        """Return who signs a quotation behind a dash."""
        one = self._quoting.quotations[number]
        place = min(one.span.end + 1, len(self._text))
        match = _SIGNED.match(self._text, place)
        if match is None or one.span.end >= self._quoting.paragraphs[-1].end:
            return None
        end = next((block.end for block in self._quoting.paragraphs if block.end > match.end()), match.end())
        named = mentions(self._text, Span(match.end(), min(end, match.end() + 80)), self._lists)
        if named and named[0].span.start <= match.end() + 40:
            return self._speaker(self.people.person(named[0]))
        words = self._text[match.end() : min(end, match.end() + 80)].strip(" .")
        return Speaker(words, ()) if words else None

    def _introduced(self, number: int) -> Speaker | None:
        """Return the subject of the sentence before a quotation that no clause reports."""
        one = self._quoting.quotations[number]
        for paragraph, span, _ in reversed(self._named):
            if span.end <= one.span.start and paragraph >= one.paragraph - _BACK:
                subject = self._subject_within(span)
                return None if subject is None else Speaker(subject.name, subject.key, is_sure=False)
        return None

    def _subject_within(self, span: Span) -> Speaker | None:
        clause = Clause.of(self._text, span, self._lists, leads=True)
        subject = clause.subject() if clause.verb is not None else None
        subject = subject if subject is not None and subject.kind != "same" else clause.main_subject()
        return None if subject is None else self._resolved(subject)

    def _reported(self, span: Span) -> Speaker | None:
        """Return who is reported to say words outside of quotations: 'X said that …', or 'X: …' in a transcript."""
        block = next((one for one in self._quoting.paragraphs if one.start <= span.start < one.end), span)
        match = _LABEL.match(self._text, block.start, span.start + 1)
        label = mentions(self._text, Span(block.start, match.end() - 1), self._lists) if match else []
        if len(label) == 1:
            return self._speaker(self.people.person(label[0]))
        for _, sentence in self._sentences:
            if sentence.start <= span.start < sentence.end:
                for part, leads in (
                    (Span(sentence.start, span.start), True),
                    (Span(min(span.end, sentence.end), sentence.end), False),
                ):
                    clause = Clause.of(self._text, part, self._lists, leads=leads)
                    if len(part) and clause.verb is not None and (subject := clause.subject()) is not None:
                        return self._resolved(subject)
        return None

    def _resolved(self, subject: Subject) -> Speaker | None:
        if subject.kind == "name" and subject.mention is not None:
            person = self.people.person(subject.mention)
            # "Inquiries go on, with the board saying": one capital word that begins a sentence may be no name.
            is_doubtful = subject.mention.begins and len(person.key) == 1 and not person.is_human
            return self._speaker(person, is_sure=not is_doubtful)
        if subject.kind == "pronoun":
            meant = self._pronouns.stands_for(subject.span.start, subject.word)
            return None if meant is None else self._speaker(meant)
        if subject.kind == "noun":
            return self._bearer(subject)
        return None

    def _speaker(self, person: Person, *, is_sure: bool = True) -> Speaker:
        return Speaker(person.name, person.key, is_sure)

    def _bearer(self, subject: Subject) -> Speaker:
        """Return whom a noun such as "the minister" stands for; the noun itself where that is not plain."""
        phrase = Speaker(" ".join(subject.span.of(self._text).split()), ())
        if not subject.is_definite:
            return phrase
        for mention in reversed(self.people.mentions):
            if mention.span.end <= subject.span.start and subject.word in self.people.person(mention).titles:
                # "The health minister" need not be the minister who was named.
                is_sure = len(words_of(self._text, subject.span)) <= 2
                return self._speaker(self.people.person(mention), is_sure=is_sure)
        if subject.word in self._lists.bodies:
            return phrase
        guess = self._pronouns.stands_for(subject.span.start, "")
        return Speaker(phrase.name, guess.key if guess is not None else (), is_sure=False)

    def is_said_by(self, speaker: Speaker | None, asked: str, span: Span) -> bool:
        """Return whether the speaker that the article names can be the one asked about.

        Where it names nobody for sure, somebody who is named close to the quotation can be.

        Parameters:
            speaker: of the words at `span`.
        """
        key = key_of(asked, self._lists)
        if not key:
            return False
        keys = [one for one in (key, spelled_out(self._text, asked.strip())) if one]
        if speaker is not None and any(
            same_name(one, other) for other in (speaker.key, *speaker.others) for one in keys
        ):
            return True
        if (speaker is None or not speaker.is_sure) and self._is_close(key, span):
            return True
        if speaker is None or speaker.key:
            return False
        phrase = [plain(word) for word in regex.findall(_NAME_WORD, speaker.name)]
        wanted = [plain(word) for word in regex.findall(_NAME_WORD, asked)]
        return bool(wanted) and set(wanted) <= set(phrase) and not self._is_possessed(speaker.name, wanted)

    def _is_close(self, key: tuple[str, ...], span: Span) -> bool:
        """Return whether a quotation, which no clause reports, stands in a paragraph that names somebody, or behind."""
        inside = self._quoting.holding(span)
        if not inside:
            return False
        paragraph = self._quoting.quotations[inside[0]].paragraph
        near = (named for number, _, named in self._named if paragraph - 1 <= number <= paragraph)
        return any(same_name(key, self.people.person(one).key) for named in near for one in named)

    def _is_possessed(self, phrase: str, wanted: Sequence[str]) -> bool:
        """Return whether the one asked about only owns the speaker: "Johnson's spokesman"."""
        return any(regex.search(rf"{regex.escape(word)}['’]", plain_text(phrase)) for word in wanted)


def plain_text(text: str) -> str:
    """Return a phrase as names are compared, its apostrophes left in."""
    return " ".join(plain(word) if "'" not in word and "’" not in word else word.lower() for word in text.split())


def _shared(one: Span, other: Span) -> int:
    return min(one.end, other.end) - max(one.start, other.start)
