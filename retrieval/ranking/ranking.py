"""The way from a question to ranked passages: candidates, fusion, duplicates, reading."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.encoder.encoder import ReadQuestion
from index.engines.among import Among
from index.engines.bm25 import tokens
from index.engines.protocol import WordQuery
from index.folding import folded
from index.generation.catalog import ArticleHead, Catalog, StoredPassage
from index.generation.passage_map import PassageMap
from index.passage_rules import prefixed
from retrieval.answer import Hit, Lap, unmeasured
from retrieval.citation import Quoted
from retrieval.question.conversation import Context
from retrieval.question.terms import (
    analysed_languages,
    content_query,
    content_words,
    coverage,
    model_knows,
    question_languages,
    weights,
    without_courtesies,
)
from retrieval.ranking.fusion import (
    EARLIER,
    MIXING,
    Candidates,
    bonuses,
    fuse,
    gather,
    lacking_words,
    may_name_a_source,
    read_in_context,
    with_context_words,
)
from retrieval.ranking.recency import day_of, timeliness
from retrieval.reader.passages import DEPTH, Finding, read_passages, reader_bonus
from retrieval.snapshot import Snapshot

# Where the model knows no candidate's language, so many of the best get a bonus for the share of the question's words
# they hold, in deviations for all of them. Measured on norquad_wiki: passage Hit@1 .771 to .785, paired 95 % +.008 to
# +.020.
_WORDS_DEPTH: Final = 15
_COVERED: Final = 4.0
# Share of the smaller passage's word pairs that the other must hold too. It is far below 1, since copies that differ in
# a lead sentence are cut into passages at other places.
_SAME: Final = 0.5
# What a passage loses, in deviations, whose answering sentence was shown for an earlier question, or another one of it.
_SAID_BEFORE: Final = 1.0
_SHOWN_BEFORE: Final = 0.3
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Ranking:
    """The hits for one question, with what is needed to judge and cite them.

    Attributes:
        asked: the day of the question.
        query: its words, and after them those of the question before it.
        own: the languages that the question is in, as far as it tells.
        trusted: whether the model knows the question's language.
        read: the question as the encoder read it.
        telling: whether `query` holds more than words of grammar.
        quotes: hits with their texts, by passage number, as far as they were looked up.
        findings: of the reader, by number of the passages that were read.
    """

    question: str
    asked: date
    query: WordQuery
    weights: Mapping[tuple[str, ...], float]
    own: tuple[str, ...]
    trusted: bool
    hits: list[Hit]
    read: ReadQuestion
    telling: bool
    quotes: Mapping[int, Quoted] = field(default_factory=dict)
    findings: Mapping[int, Finding] = field(default_factory=dict)

    def quote(self, snapshot: Snapshot, hit: Hit) -> Quoted:
        """Return a hit with its text.

        Raises:
            CitationError: if that is not the one that the index was built from.
        """
        known = self.quotes.get(hit.passage.number)
        return snapshot.quoted(hit) if known is None else replace(known, hit=hit)


def rank(
    snapshot: Snapshot,
    question: str,
    k: int,
    *,
    asked: date | None = None,
    context: Context | None = None,
    among: Among | None = None,
    shown: Sequence[str] = (),
    lap: Lap = unmeasured,
    encoded: ReadQuestion | None = None,
) -> Ranking:
    """Return the `k` best passages, best first; fewer where not as many are found.

    Parameters:
        asked: the day of the question, today if None.
        context: what came before the question, where it counts.
        among: the passages that may be hits; None for all.
        shown: what earlier questions were answered with; passages that say the same again step back.
        lap: is called with each stage when it ends.
        encoded: the question as the encoder read it before: then no passage is read, and the order is the one in which
            the reader would be given them.

    Raises:
        CitationError: if a text that was to be read is not the one that the index was built from.
    """
    question = folded(without_courtesies(question))
    generation, card, layout = snapshot.generation, snapshot.encoder.card, snapshot.layout
    own = question_languages(question, snapshot.all_languages)
    languages = analysed_languages(snapshot.all_languages, own)
    query = content_query(question, languages, own)
    trusted = model_knows(own, snapshot.all_languages, card)
    lap("understanding")
    if encoded is not None:
        read = encoded
    else:
        read = read_in_context(snapshot.encoder, question, context) if context else snapshot.encoder.read(question)
    lap("encoding")
    candidates = gather(generation, read.vector, query, among=among, lap=lap)
    if snapshot.withdrawn:
        candidates = candidates.only(snapshot.served(candidates.numbers))
    earlier, reply = lacking_words(query, context, languages) if context else ((), ())
    candidates = with_context_words(candidates, earlier, reply, generation.bm25)
    lap("words")
    numbers = candidates.numbers
    articles = layout.articles(numbers)
    readable = np.array([trusted and card.knows(language) for language in layout.languages], np.bool_)
    known = readable[layout.language_of[articles]]
    scores = fuse(candidates, MIXING[card.family], known, layout.ordinals(numbers))
    known_words = weights(query, generation.bm25)
    if not known.any():
        scores = scores + _coverage_bonus(snapshot, query, known_words, numbers, scores)
    days, today = generation.catalog.published(set(articles.tolist())), day_of(asked)
    scores = scores + timeliness(question, today, [days[article] for article in articles.tolist()])
    if may_name_a_source(question):
        heads = generation.catalog.heads_of(set(articles.tolist()))
        scores = scores + bonuses(question, [heads[article] for article in articles.tolist()])
    # Best first; of equals the one that stands first in the seeds.
    order = np.lexsort((numbers, -scores))
    hits = _hits(snapshot, order, candidates, scores, max(k, DEPTH))
    lap("fusion")
    # Without the words of the reply, which would be marked as the answer again.
    weighed = dict(known_words)
    weighed |= {forms: EARLIER * idf for forms, idf in weights(earlier, generation.bm25).items()}
    ranking = Ranking(
        question,
        today,
        (*query, *earlier),
        weighed,
        own,
        trusted,
        hits[:k],
        read,
        telling=bool(content_words(question, own or languages)),
    )
    if encoded is not None or snapshot.reader is None or not model_knows(own, snapshot.all_languages, snapshot.reader):
        return ranking
    quotes = [snapshot.quoted(hit) for hit in hits[:DEPTH]]
    again = any(repeats(quote.quote, text) for quote in quotes for text in shown)
    findings = read_passages(snapshot.reader, question, ranking.query, weighed, quotes, thorough=again)
    ordered = reranked(hits, gains(question, quotes, findings))
    if again:
        ordered = stepped_back(ordered, quotes, findings, shown)
    lap("reading")
    return replace(
        ranking,
        hits=ordered[:k],
        quotes={quote.hit.passage.number: quote for quote in quotes},
        findings=findings,
    )


def gains(question: str, quotes: Sequence[Quoted], findings: Mapping[int, Finding]) -> dict[int, float]:
    """Return the bonus of each passage that was read, by its number.

    Of answering sentences that differ in their numbers alone, as two editions of a story do, each has that of the best:
    which number is right, their days tell, and not the reader, unless the question names a number.
    """
    gained = {number: reader_bonus(finding) for number, finding in findings.items()}
    if _NUMBER.search(question):
        return gained
    alike: dict[str, list[int]] = {}
    for quote in quotes:
        number = quote.hit.passage.number
        if number in findings:
            alike.setdefault(_NUMBER.sub("0", findings[number].sentence.of(quote.checked.text)), []).append(number)
    return {number: max(gained[other] for other in numbers) for numbers in alike.values() for number in numbers}


def reranked(hits: Sequence[Hit], gained: Mapping[int, float]) -> list[Hit]:
    """Sort hits by these bonuses as well, the best first.

    A hit that was not read counts like the worst that was.
    """
    least = min(gained.values(), default=0.0)
    return _sorted_anew(hits, [hit.score + gained.get(hit.passage.number, least) for hit in hits])


def _sorted_anew(hits: Sequence[Hit], scores: Sequence[float]) -> list[Hit]:
    """Return hits with other scores, the best first; of equals the one that was in front."""
    order = sorted(range(len(hits)), key=lambda place: -scores[place])
    return [replace(hits[place], rank=rank, score=scores[place]) for rank, place in enumerate(order, start=1)]


class Duplicates:
    """Recognises the same passage in several articles among those found for one question, reading each text once.

    The catalog knows which articles are copies as a whole. Their passages are compared with each other, so that what
    only one copy says is never hidden behind another.
    """

    def __init__(self, catalog: Catalog, layout: PassageMap, withdrawn: frozenset[int] = frozenset()) -> None:
        self._catalog = catalog
        self._layout = layout
        self._withdrawn = withdrawn
        self._texts: dict[int, str] = {}

    def group_of(self, passage: StoredPassage) -> int:
        """Return the number of the first article that this passage's article is a copy of; its own where it is none."""
        return int(self._layout.copies_of[passage.article])

    def same(self, one: StoredPassage, other: StoredPassage) -> bool:
        """Return whether both say the same, in different articles that are copies of each other."""
        if one.article == other.article or self.group_of(one) != self.group_of(other):
            return False
        mine, theirs = self._pairs(one), self._pairs(other)
        return len(mine & theirs) >= _SAME * min(len(mine), len(theirs))

    def others(self, passage: StoredPassage) -> tuple[ArticleHead, ...]:
        """Return the other articles that hold the same passage, by number."""
        if not self._layout.is_copied[passage.article]:
            return ()
        left_out = {passage.article, *self._withdrawn}
        heads = [head for head in self._catalog.copies(passage.article) if head.number not in left_out]
        return tuple(
            head
            for head in heads
            if any(self.same(passage, candidate) for candidate in self._catalog.passages_of(head.number))
        )

    def _pairs(self, passage: StoredPassage) -> set[tuple[str, str]]:
        if passage.article not in self._texts:
            self._texts[passage.article], _ = self._catalog.text(passage.article)
        words = tokens(passage.span.of(self._texts[passage.article]))
        return set(zip(words, [*words[1:], ""], strict=True))


def stepped_back(
    hits: Sequence[Hit], quotes: Sequence[Quoted], findings: Mapping[int, Finding], shown: Sequence[str]
) -> list[Hit]:
    """Sort hits anew, those last whose answer was shown already for an earlier question."""
    lost: dict[int, float] = {}
    for quote in quotes:
        number = quote.hit.passage.number
        found = findings.get(number)
        if found is not None and any(repeats(text, found.sentence.of(quote.checked.text)) for text in shown):
            lost[number] = _SAID_BEFORE
        elif any(repeats(quote.quote, text) for text in shown):
            lost[number] = _SHOWN_BEFORE
    return _sorted_anew(hits, [hit.score - lost.get(hit.passage.number, 0.0) for hit in hits])


def repeats(text: str, part: str) -> bool:
    """Return whether a text holds another, white space aside."""
    wanted = " ".join(part.split())
    return bool(wanted) and wanted in " ".join(text.split())


def _hits(
    snapshot: Snapshot, order: NDArray[np.int64], candidates: Candidates, scores: NDArray[np.float64], k: int
) -> list[Hit]:
    """Return the first `k` candidates in `order` as hits, the best alone of passages that are duplicates."""
    copies = Duplicates(snapshot.generation.catalog, snapshot.layout, snapshot.withdrawn)
    hits: list[Hit] = []
    shown: dict[int, list[StoredPassage]] = {}
    for place, passage, head in _looked_up(snapshot.generation.catalog, order, candidates.numbers, k):
        alike = shown.setdefault(copies.group_of(passage), [])
        if any(copies.same(passage, other) for other in alike):
            continue
        alike.append(passage)
        hits.append(
            Hit(
                rank=len(hits) + 1,
                passage=passage,
                article=head,
                score=float(scores[place]),
                cosine=float(candidates.cosines[place]),
                words=float(candidates.words[place]),
                also_in=copies.others(passage),
            )
        )
        if len(hits) == k:
            break
    return hits


def _looked_up(
    catalog: Catalog, order: NDArray[np.int64], numbers: NDArray[np.int64], k: int
) -> Iterator[tuple[int, StoredPassage, ArticleHead]]:
    """Yield the candidates in `order` with their catalog entries, looked up `k` at a time: mostly that is enough."""
    for start in range(0, len(order), k):
        places = order[start : start + k].tolist()
        passages = catalog.passages(numbers[places].tolist())
        heads = catalog.heads_of({passage.article for passage in passages.values()})
        for place in places:
            passage = passages[int(numbers[place])]
            yield place, passage, heads[passage.article]


def _coverage_bonus(
    snapshot: Snapshot,
    query: WordQuery,
    weighed: Mapping[tuple[str, ...], float],
    numbers: NDArray[np.int64],
    scores: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return a bonus of the best for many of the question's words, float64 of the shape of `scores`; 0 for the others.

    BM25 lets a word that occurs often in a passage make up for one that is missing.
    """
    held = np.zeros(len(scores))
    best = np.lexsort((numbers, -scores))[:_WORDS_DEPTH]
    for place, passage, head in _looked_up(snapshot.generation.catalog, best, numbers, _WORDS_DEPTH):
        text = snapshot.texts.of(head).text
        held[place] = coverage(
            query, weighed, prefixed(head.title, passage.heading, passage.span.of(text)), head.language
        )
    return _COVERED * held
