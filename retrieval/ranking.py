"""From a question to passages in order: both lists, their fusion, the best read again, copies put together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from index.article import Span
from index.catalog import ArticleHead, Catalog, StoredPassage
from index.encoder import ReadQuestion
from index.front import embedded, headed
from index.lexicon import WordQuery
from index.sentences import sentences
from retrieval.answer import Hit
from retrieval.citation import Checked
from retrieval.confidence import Evidence
from retrieval.conversation import Context
from retrieval.copies import SamePassage
from retrieval.fusion import MIXING, Candidates, fuse, gather
from retrieval.languages import commonest, model_knows, spoken
from retrieval.preference import bonuses, may_name_a_source
from retrieval.recency import day_of, timeliness
from retrieval.rerank import (
    COVERED,
    DEPTH,
    WORDS_DEPTH,
    interact,
    mixed,
    nearest_stretch,
    sentence_nearness,
    word_weights,
)
from retrieval.serving import Serving
from retrieval.stages import Stopwatch
from retrieval.understanding import EARLIER, lacking, read_in_context, with_words
from retrieval.words import coverage, telling_query, telling_words, weights
from retrieval.words_evidence import WordsEvidence, words_evidence


@dataclass(frozen=True, slots=True)
class Quoted:
    """A hit with the text of its article, and the sentences of its passage in order."""

    hit: Hit
    checked: Checked
    sentences: tuple[Span, ...]

    @property
    def embedded(self) -> str:
        """The passage as encoder and lexicon know it."""
        quote = self.hit.passage.span.of(self.checked.text)
        return embedded(self.hit.article.title, self.hit.passage.heading, quote)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The hits for one question, and what its words tell.

    Attributes:
        query: its words, and after them those of the question before it.
        own: the languages that the question is in, as far as it tells.
        trusted: whether the model knows the question's language.
        read: the question as the encoder read it.
        read_again: whether the best hit was read again together with it.
        telling: whether any word of `query` is more than one of grammar.
        cosines: of the tokens of passages that were read again and the question's, by the passages' numbers, float32 of
            shape (tokens of the passage, tokens).
    """

    question: str
    query: WordQuery
    weights: Mapping[tuple[str, ...], float]
    own: tuple[str, ...]
    trusted: bool
    hits: list[Hit]
    read: ReadQuestion
    read_again: bool
    telling: bool
    cosines: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)


def rank(
    serving: Serving,
    question: str,
    k: int,
    *,
    rerank: bool,
    asked: date | None = None,
    context: Context | None = None,
    among: NDArray[np.int64] | None = None,
    watch: Stopwatch | None = None,
) -> Ranking:
    """The `k` best passages, best first; fewer where not as many are found.

    Parameters:
        asked: the day of the question, today if None.
        context: what came before the question, where it counts.
        rerank: whether the best are read again together with the question.
        among: numbers of the passages that may be hits, int64; None for all.
        watch: is told what took how long.

    Raises:
        CitationError: if a text that was to be read again is not the one that the index was built from.
    """
    watch = watch or Stopwatch()
    generation, card, layout = serving.generation, serving.encoder.card, serving.layout
    own = spoken(question, serving.held)
    languages = commonest(serving.held, own)
    query = telling_query(question, languages, own)
    trusted = model_knows(own, serving.held, card)
    watch.lap("understanding")
    read = read_in_context(serving.encoder, question, context) if context else serving.encoder.read(question)
    watch.lap("encoding")
    candidates = gather(generation, read.vector, query, among=among, watch=watch)
    earlier, reply = lacking(query, context, languages) if context else ((), ())
    candidates = with_words(candidates, earlier, reply, generation.lexicon)
    watch.lap("words")
    numbers = candidates.numbers
    articles = layout.articles(numbers)
    readable = np.array([trusted and card.knows(language) for language in layout.languages], np.bool_)
    known = readable[layout.language_of[articles]]
    scores = fuse(candidates, MIXING[card.family], known, layout.ordinals(numbers))
    known_words = weights(query, generation.lexicon)
    watch.lap("fusion")
    read_again: NDArray[np.float64] = np.full(len(numbers), np.nan)
    cosines: Mapping[int, NDArray[np.float32]] = {}
    if rerank:
        scores, read_again, cosines = _read_again(serving, question, read, numbers, known, scores, own)
        if not known.any():
            scores = scores + _words_again(serving, query, known_words, numbers, scores)
    watch.lap("reading_again")
    days = generation.catalog.published(set(articles.tolist()))
    scores = scores + timeliness(question, day_of(asked), [days[article] for article in articles.tolist()])
    if may_name_a_source(question):
        heads = generation.catalog.heads_of(set(articles.tolist()))
        scores = scores + bonuses(question, [heads[article] for article in articles.tolist()])
    # The best first; of equals the one that stands first in the seeds.
    order = np.lexsort((numbers, -scores))
    hits = _hits(serving, order, candidates, scores, k)
    watch.lap("fusion")
    # What was replied is left out: it would be marked as the answer again.
    told = dict(known_words)
    told |= {forms: EARLIER * idf for forms, idf in weights(earlier, generation.lexicon).items()}
    return Ranking(
        question,
        (*query, *earlier),
        told,
        own,
        trusted,
        hits,
        read,
        read_again=bool(len(order)) and not np.isnan(read_again[order[0]]),
        telling=bool(telling_words(question, own or languages)),
        cosines=cosines,
    )


def _hits(
    serving: Serving, order: NDArray[np.int64], candidates: Candidates, scores: NDArray[np.float64], k: int
) -> list[Hit]:
    """The `k` first of the candidates in `order`, of passages that are the same in several articles the best."""
    copies = SamePassage(serving.generation.catalog, serving.layout)
    hits: list[Hit] = []
    shown: dict[int, list[StoredPassage]] = {}
    for place, passage, head in _looked_up(serving.generation.catalog, order, candidates.numbers, k):
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
    """The candidates in `order` with what the catalog knows of them, looked up `k` at a time: mostly that is enough."""
    for start in range(0, len(order), k):
        places = order[start : start + k].tolist()
        passages = catalog.passages(numbers[places].tolist())
        heads = catalog.heads_of({passage.article for passage in passages.values()})
        for place in places:
            passage = passages[int(numbers[place])]
            yield place, passage, heads[passage.article]


def quoted(serving: Serving, hit: Hit) -> Quoted:
    """A hit with its text.

    Raises:
        CitationError: if that is not the one that the index was built from.
    """
    checked = serving.texts.of(hit.article)
    return Quoted(hit, checked, sentences(checked.text, hit.passage.span, hit.article.language))


def evidence(serving: Serving, ranking: Ranking, first: Quoted | None = None) -> Evidence | WordsEvidence | None:
    """What speaks for the best passage; None where nothing was found.

    Parameters:
        first: the best hit with its text, where that is at hand.

    Raises:
        CitationError: if its text is not the one that the index was built from.
    """
    if not ranking.hits:
        return None
    best = ranking.hits[0]
    first = first or quoted(serving, best)
    foreign = bool(ranking.own) and best.article.language not in (None, *ranking.own)
    if not (ranking.trusted and serving.encoder.card.knows(best.article.language)):
        return words_evidence(
            ranking.query if ranking.telling else (),
            ranking.weights,
            first.embedded,
            [sentence.of(first.checked.text) for sentence in first.sentences],
            best.article.language,
            foreign=foreign,
        )
    covered = coverage(ranking.query, ranking.weights, first.embedded, best.article.language)
    return Evidence(
        cosine=best.cosine,
        coverage=covered,
        tokens=len(ranking.read.ids),
        stretch=_stretch(serving, ranking, best) if ranking.read_again else None,
        family=serving.encoder.card.family,
        # Of languages without a list of their words of grammar, nothing but this tells.
        foreign=foreign or not (ranking.own or covered),
    )


def taken_whole(serving: Serving, ranking: Ranking, text: str) -> Ranking:
    """The ranking as if its best hit had been found for `text`, the question with the one before in front.

    What a question that leans on another leaves unsaid stands in the other, so that its own words alone tell too
    little of whether a passage answers it.
    """
    generation = serving.generation
    read, query = serving.encoder.read(text), telling_query(text, commonest(serving.held, ranking.own), ranking.own)
    best = np.array([hit.passage.number for hit in ranking.hits[:1]], np.int64)
    cosines = generation.vectors.cosines(read.vector, best)
    hits = [replace(hit, cosine=float(cosine)) for hit, cosine in zip(ranking.hits, cosines, strict=False)]
    told = weights(query, generation.lexicon)
    return replace(ranking, question=text, query=query, weights=told, read=read, hits=hits, cosines={})


def near_sentences(serving: Serving, ranking: Ranking, quotes: Sequence[Quoted]) -> list[NDArray[np.float64] | None]:
    """How near each sentence of each hit comes to the question, float64 of shape (sentences,); None where unknown."""
    tokens, card = serving.generation.tokens, serving.encoder.card
    near: list[NDArray[np.float64] | None] = [None] * len(quotes)
    if tokens is None or not ranking.trusted or not len(ranking.read.ids):
        return near
    sound = tokens.sound(np.array([quote.hit.passage.number for quote in quotes], np.int64))
    legible = [place for place, quote in enumerate(quotes) if sound[place] and card.knows(quote.hit.article.language)]
    weights = word_weights(ranking.question, ranking.read, _grammar(serving, ranking.own))
    for place in legible:
        quote, text = quotes[place], quotes[place].embedded
        passage = quote.hit.passage
        # What stands in front of the passage has places before it.
        moved = len(text) - passage.span.end
        parts = [Span(part.start + moved, part.end + moved) for part in quote.sentences]
        cosines = ranking.cosines.get(passage.number)
        cosines = tokens.cosines(ranking.read.tokens, passage.number) if cosines is None else cosines
        near[place] = sentence_nearness(cosines, serving.encoder.ranges(text, parts), weights)
    return near


def _stretch(serving: Serving, ranking: Ranking, hit: Hit) -> float:
    tokens = serving.generation.tokens
    assert tokens is not None  # it was read again
    (front,) = serving.encoder.count([headed(hit.article.title, hit.passage.heading)])
    grammar = _grammar(serving, ranking.own)
    number = hit.passage.number
    return nearest_stretch(ranking.question, ranking.read, tokens, number, front, grammar, ranking.cosines.get(number))


def _grammar(serving: Serving, own: tuple[str, ...]) -> tuple[str, ...]:
    """The languages whose words of grammar a question holds: its own, or where nothing tells those of the articles.

    A word of grammar in one language may be what a question in another is about: "men", "under".
    """
    return own or tuple(language for language in serving.languages if language)


def _words_again(
    serving: Serving,
    query: WordQuery,
    weighed: Mapping[tuple[str, ...], float],
    numbers: NDArray[np.int64],
    scores: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What the best have for holding many of the question's words, float64 of the shape of `scores`; 0 for the others.

    BM25 lets a word that stands in a passage often make up for one that does not stand there at all.
    """
    held = np.zeros(len(scores))
    best = np.lexsort((numbers, -scores))[:WORDS_DEPTH]
    for place, passage, head in _looked_up(serving.generation.catalog, best, numbers, WORDS_DEPTH):
        text = serving.texts.of(head).text
        held[place] = coverage(
            query, weighed, embedded(head.title, passage.heading, passage.span.of(text)), head.language
        )
    return COVERED * held


def _read_again(
    serving: Serving,
    question: str,
    read: ReadQuestion,
    numbers: NDArray[np.int64],
    known: NDArray[np.bool_],
    fused: NDArray[np.float64],
    own: tuple[str, ...],
) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[int, NDArray[np.float32]]]:
    """The scores after the best have been read again, and how near each of those came; not a number for the others.

    With them come the cosines of their tokens, by passage: see `Ranking`.
    """
    read_again = np.full(len(fused), np.nan)
    best = np.lexsort((numbers, -fused))[:DEPTH]
    tokens = serving.generation.tokens
    # Where the model does not know a passage's language, its tokens say nothing either.
    known_best = best[known[best]]
    if tokens is None or not len(read.ids):
        return fused, read_again, {}
    known_best = known_best[tokens.sound(numbers[known_best])]
    if not len(known_best):
        return fused, read_again, {}
    cosines = tokens.each(read.tokens, numbers[known_best])
    read_again[known_best] = interact(question, read, tokens, numbers[known_best], _grammar(serving, own), cosines)
    scores = fused.copy()
    scores[best] = mixed(fused[best], read_again[best])
    # What was not read again stays behind what was.
    rest = np.setdiff1d(np.arange(len(fused)), best)
    scores[rest] = fused[rest] - fused[best].min() + scores[best].min()
    return scores, read_again, dict(zip(numbers[known_best].tolist(), cosines, strict=True))
