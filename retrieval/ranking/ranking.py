"""The way from a question to ranked passages: candidates, fusion, duplicates, reading."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.encoder.encoder import ReadQuestion
from index.engines.bm25 import WordQuery
from index.folding import folded
from index.generation.catalog import ArticleHead, Catalog, StoredPassage
from index.passage_prefix import prefixed
from retrieval.answer import Hit
from retrieval.citation import Quoted, quoted
from retrieval.confidence import Evidence, WordsEvidence, words_evidence
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
from retrieval.ranking.boosts import bonuses, may_name_a_source
from retrieval.ranking.duplicates import Duplicates
from retrieval.ranking.fusion import (
    EARLIER,
    MIXING,
    Candidates,
    fuse,
    gather,
    lacking_words,
    read_in_context,
    with_context_words,
)
from retrieval.ranking.recency import day_of, timeliness, untimely
from retrieval.reader.passages import DEPTH, Finding, read_passages, reader_bonus, without_title
from retrieval.reader.reading import Reader
from retrieval.snapshot import Snapshot
from retrieval.timing import Stopwatch

# Where the model knows no candidate's language, so many of the best get a bonus for the share of the question's words
# they hold, in deviations for all of them. Measured on norquad_wiki: passage Hit@1 .771 to .785, paired 95 % +.008 to
# +.020.
_WORDS_DEPTH: Final = 15
_COVERED: Final = 4.0
# A finding is doubted where the title holds so much more of the weight of the question's words than the passage.
_TITLE_TELLS: Final = 0.2
# What a passage loses, in deviations, whose answering sentence was shown for an earlier question, or another one of it.
_SAID_BEFORE: Final = 1.0
_SHOWN_BEFORE: Final = 0.3


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
        return quoted(snapshot.texts, hit) if known is None else replace(known, hit=hit)


def rank(
    snapshot: Snapshot,
    question: str,
    k: int,
    *,
    asked: date | None = None,
    context: Context | None = None,
    among: NDArray[np.int64] | None = None,
    shown: Sequence[str] = (),
    watch: Stopwatch | None = None,
) -> Ranking:
    """Return the `k` best passages, best first; fewer where not as many are found.

    Parameters:
        asked: the day of the question, today if None.
        context: what came before the question, where it counts.
        among: numbers of the passages that may be hits, int64; None for all.
        shown: what earlier questions were answered with; passages that say the same again step back.
        watch: measures the stages.

    Raises:
        CitationError: if a text that was to be read is not the one that the index was built from.
    """
    watch = watch or Stopwatch()
    question = folded(without_courtesies(question))
    generation, card, layout = snapshot.generation, snapshot.encoder.card, snapshot.layout
    own = question_languages(question, snapshot.all_languages)
    languages = analysed_languages(snapshot.all_languages, own)
    query = content_query(question, languages, own)
    trusted = model_knows(own, snapshot.all_languages, card)
    watch.lap("understanding")
    read = read_in_context(snapshot.encoder, question, context) if context else snapshot.encoder.read(question)
    watch.lap("encoding")
    candidates = gather(generation, read.vector, query, among=among, watch=watch)
    earlier, reply = lacking_words(query, context, languages) if context else ((), ())
    candidates = with_context_words(candidates, earlier, reply, generation.bm25)
    watch.lap("words")
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
    watch.lap("fusion")
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
    if snapshot.reader is None or not model_knows(own, snapshot.all_languages, snapshot.reader):
        return ranking
    quotes = [quoted(snapshot.texts, hit) for hit in hits[:DEPTH]]
    again = {quote.hit.passage.number for quote in quotes if any(repeats(quote.quote, text) for text in shown)}
    findings = _findings(snapshot.reader, question, ranking.query, weighed, quotes, thorough=bool(again))
    ordered = stepped_back(reranked(hits, findings), quotes, findings, shown) if again else reranked(hits, findings)
    watch.lap("reading")
    return replace(
        ranking,
        hits=ordered[:k],
        quotes={quote.hit.passage.number: quote for quote in quotes},
        findings=findings,
    )


def _findings(
    reader: Reader,
    question: str,
    query: WordQuery,
    weighed: Mapping[tuple[str, ...], float],
    quotes: Sequence[Quoted],
    *,
    thorough: bool = False,
) -> dict[int, Finding]:
    """Return what the reader finds in those passages whose language it knows, by their numbers."""
    legible = [quote for quote in quotes if reader.knows(quote.hit.article.language)]
    return read_passages(reader, question, query, weighed, legible, thorough=thorough)


def reranked(hits: Sequence[Hit], findings: Mapping[int, Finding]) -> list[Hit]:
    """Sort hits by what the reader found in them as well, the best first.

    A hit that was not read counts like the worst that was.
    """
    gained = {number: reader_bonus(finding) for number, finding in findings.items()}
    least = min(gained.values(), default=0.0)
    scores = [hit.score + gained.get(hit.passage.number, least) for hit in hits]
    order = sorted(range(len(hits)), key=lambda place: -scores[place])
    return [replace(hits[place], rank=rank, score=scores[place]) for rank, place in enumerate(order, start=1)]


def stepped_back(
    hits: Sequence[Hit], quotes: Sequence[Quoted], findings: Mapping[int, Finding], shown: Sequence[str]
) -> list[Hit]:
    """Sort hits anew, those last whose answer was shown already for an earlier question."""
    by_number = {quote.hit.passage.number: quote for quote in quotes}
    lost: dict[int, float] = {}
    for number, quote in by_number.items():
        found = findings.get(number)
        if found is not None and any(repeats(text, found.sentence.of(quote.checked.text)) for text in shown):
            lost[number] = _SAID_BEFORE
        elif any(repeats(quote.quote, text) for text in shown):
            lost[number] = _SHOWN_BEFORE
    scores = [hit.score - lost.get(hit.passage.number, 0.0) for hit in hits]
    order = sorted(range(len(hits)), key=lambda place: -scores[place])
    return [replace(hits[place], rank=rank, score=scores[place]) for rank, place in enumerate(order, start=1)]


def repeats(text: str, part: str) -> bool:
    """Return whether a text holds another, white space aside."""
    wanted = " ".join(part.split())
    return bool(wanted) and wanted in " ".join(text.split())


def _hits(
    snapshot: Snapshot, order: NDArray[np.int64], candidates: Candidates, scores: NDArray[np.float64], k: int
) -> list[Hit]:
    """Return the first `k` candidates in `order` as hits, the best alone of passages that are duplicates."""
    copies = Duplicates(snapshot.generation.catalog, snapshot.layout)
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


def evidence(snapshot: Snapshot, ranking: Ranking) -> Evidence | WordsEvidence | None:
    """Return the evidence for the best passage; None where nothing was found.

    Raises:
        CitationError: if its text is not the one that the index was built from.
    """
    if not ranking.hits:
        return None
    best = ranking.hits[0]
    first = ranking.quote(snapshot, best)
    foreign = bool(ranking.own) and best.article.language not in (None, *ranking.own)
    if not (ranking.trusted and snapshot.encoder.card.knows(best.article.language)):
        return words_evidence(
            ranking.query if ranking.telling else (),
            ranking.weights,
            first.prefixed,
            [sentence.of(first.checked.text) for sentence in first.sentences],
            best.article.language,
            foreign=foreign,
        )
    # Without the title, which is not shown as the answer.
    covered = coverage(ranking.query, ranking.weights, first.quote, best.article.language)
    return Evidence(
        cosine=best.cosine,
        coverage=covered,
        tokens=len(ranking.read.ids),
        untimely=untimely(ranking.question, ranking.asked, best.article.published),
        finding=_confirmed_finding(snapshot, ranking, first, covered),
        family=snapshot.encoder.card.family,
        # The only sign of a language without a list of its words of grammar.
        foreign=foreign or not (ranking.own or covered),
    )


def _confirmed_finding(snapshot: Snapshot, ranking: Ranking, first: Quoted, covered: float) -> Finding | None:
    """Return the finding in the best passage, read again without its title where that may be all that answers."""
    finding = ranking.findings.get(first.hit.passage.number)
    if finding is None or finding.logit < 0 or snapshot.reader is None:
        return finding
    titled = coverage(ranking.query, ranking.weights, first.prefixed, first.hit.article.language)
    if titled - covered < _TITLE_TELLS:
        return finding
    return without_title(snapshot.reader, ranking.question, finding, first)


def as_if_asked(snapshot: Snapshot, ranking: Ranking, text: str, *, read: bool) -> Ranking:
    """Return the ranking as if its best hit had been found for `text`: the question with the one before in front.

    The words of a question that leans on another say too little to judge whether a passage answers it: what they leave
    out stands in the other question.

    Parameters:
        read: whether the reader reads `text` too, for questions that mean nothing alone. For others its finding for
            their own words tells more: AUROC .73 on mtrag_un, and .57 with the earlier question in front.
    """
    generation = snapshot.generation
    languages = analysed_languages(snapshot.all_languages, ranking.own)
    whole, query = snapshot.encoder.read(text), content_query(text, languages, ranking.own)
    best = np.array([hit.passage.number for hit in ranking.hits[:1]], np.int64)
    cosines = generation.vectors.cosines(whole.vector, best)
    hits = [replace(hit, cosine=float(cosine)) for hit, cosine in zip(ranking.hits, cosines, strict=False)]
    weighed = weights(query, generation.bm25)
    findings = ranking.findings
    if read and findings and snapshot.reader is not None:
        findings = _findings(snapshot.reader, text, query, weighed, [ranking.quote(snapshot, hit) for hit in hits])
    return replace(ranking, question=text, query=query, weights=weighed, read=whole, hits=hits, findings=findings)


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
