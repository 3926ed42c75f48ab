"""From a question to passages in order: both lists, their fusion, the best read again, copies put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.catalog import ArticleHead, Catalog, StoredPassage
from index.encoder import ReadQuestion
from index.front import embedded, headed
from index.lexicon import WordQuery
from index.sentences import sentences
from retrieval.answer import Hit
from retrieval.confidence import Evidence
from retrieval.conversation import Context
from retrieval.copies import SamePassage
from retrieval.fusion import WORDS_WEIGHT, Candidates, fuse, gather
from retrieval.languages import commonest, model_knows, spoken
from retrieval.preference import bonuses
from retrieval.rerank import COVERED, DEPTH, WORDS_DEPTH, interact, mixed, nearest_stretch, sentence_nearness
from retrieval.serving import Serving
from retrieval.understanding import EARLIER, lacking, read_in_context, with_words
from retrieval.words import coverage, telling_query, telling_words, weights
from retrieval.words_evidence import WordsEvidence, words_evidence


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


def rank(
    serving: Serving,
    question: str,
    k: int,
    *,
    rerank: bool,
    context: Context | None = None,
    among: NDArray[np.int64] | None = None,
) -> Ranking:
    """The `k` best passages, best first; fewer where not as many are found.

    Parameters:
        context: what came before the question, where it counts.
        rerank: whether the best are read again together with the question.
        among: numbers of the passages that may be hits, int64; None for all.
    """
    generation, card = serving.generation, serving.encoder.card
    own = spoken(question, serving.held)
    languages = commonest(serving.held, own)
    query = telling_query(question, languages, own)
    trusted = model_knows(own, serving.held, card)
    read = read_in_context(serving.encoder, question, context) if context else serving.encoder.read(question)
    candidates = gather(generation, read.vector, query, among=among)
    earlier, reply = lacking(query, context, languages) if context else ((), ())
    candidates = with_words(candidates, earlier, reply, generation.lexicon)
    passages = generation.catalog.passages(candidates.numbers.tolist())
    heads = generation.catalog.heads_of({passage.article for passage in passages.values()})
    found = [passages[number] for number in candidates.numbers.tolist()]
    known = np.array([trusted and card.knows(heads[passage.article].language) for passage in found], np.bool_)
    ordinals = np.array([passage.ordinal for passage in found], np.int64)
    scores = fuse(candidates, WORDS_WEIGHT, known, ordinals)
    read_again = np.full(len(found), np.nan)
    if rerank:
        scores, read_again = _read_again(serving, question, read, candidates.numbers, known, scores, own)
    known_words = weights(query, generation.lexicon)
    if rerank and not known.any():
        scores = scores + _words_again(serving, query, known_words, found, heads, scores)
    scores += bonuses(question, [heads[passage.article] for passage in found])
    # The best first; of equals the one that stands first in the seeds.
    order = np.lexsort((candidates.numbers, -scores))
    hits = _hits(generation.catalog, order, found, heads, candidates, scores, k)
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
    )


def _hits(
    catalog: Catalog,
    order: NDArray[np.int64],
    found: Sequence[StoredPassage],
    heads: Mapping[int, ArticleHead],
    candidates: Candidates,
    scores: NDArray[np.float64],
    k: int,
) -> list[Hit]:
    """The `k` first of the candidates in `order`, of passages that are the same in several articles the best."""
    copies = SamePassage(catalog, list(heads))
    hits: list[Hit] = []
    shown: dict[int, list[StoredPassage]] = {}
    for place in order:
        passage = found[place]
        alike = shown.setdefault(copies.group_of(passage), [])
        if any(copies.same(passage, other) for other in alike):
            continue
        alike.append(passage)
        hits.append(
            Hit(
                rank=len(hits) + 1,
                passage=passage,
                article=heads[passage.article],
                score=float(scores[place]),
                cosine=float(candidates.cosines[place]),
                words=float(candidates.words[place]),
                also_in=copies.others(passage),
            )
        )
        if len(hits) == k:
            break
    return hits


def evidence(serving: Serving, ranking: Ranking) -> Evidence | WordsEvidence | None:
    """What speaks for the best passage; None where nothing was found."""
    if not ranking.hits:
        return None
    best = ranking.hits[0]
    text, _ = serving.generation.catalog.text(best.passage.article)
    found = embedded(best.article.title, best.passage.heading, best.passage.span.of(text))
    if not (ranking.trusted and serving.encoder.card.knows(best.article.language)):
        return words_evidence(
            ranking.query if ranking.telling else (),
            ranking.weights,
            found,
            [sentence.of(text) for sentence in sentences(text, best.passage.span, best.article.language)],
            best.article.language,
            foreign=bool(ranking.own) and best.article.language not in (None, *ranking.own),
        )
    return Evidence(
        cosine=best.cosine,
        coverage=coverage(ranking.query, ranking.weights, found, best.article.language),
        tokens=len(ranking.read.ids),
        stretch=_stretch(serving, ranking, best) if ranking.read_again else None,
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
    return replace(ranking, question=text, query=query, weights=told, read=read, hits=hits)


def near_sentences(serving: Serving, ranking: Ranking, hit: Hit, text: str) -> NDArray[np.float64] | None:
    """How near each sentence of a hit comes to the question, float64 of shape (sentences,); None where it is unknown.

    Parameters:
        text: of the hit's article.
    """
    tokens, article, span = serving.generation.tokens, hit.article, hit.passage.span
    trusted = ranking.trusted and serving.encoder.card.knows(article.language)
    if tokens is None or not trusted or not len(ranking.read.ids):
        return None
    if not tokens.sound(np.array([hit.passage.number])).all():
        return None
    found = embedded(article.title, hit.passage.heading, span.of(text))
    # What stands in front of the passage has places before it.
    moved = span.end - len(found)
    places = [(start + moved, end + moved) for start, end in serving.encoder.places(found)]
    cosines = tokens.cosines(ranking.read.tokens, hit.passage.number)
    parts = sentences(text, span, article.language)
    grammar = _grammar(serving, ranking.own)
    return sentence_nearness(ranking.question, ranking.read, cosines, places, parts, grammar)


def _stretch(serving: Serving, ranking: Ranking, hit: Hit) -> float:
    tokens = serving.generation.tokens
    assert tokens is not None  # it was read again
    (front,) = serving.encoder.count([headed(hit.article.title, hit.passage.heading)])
    grammar = _grammar(serving, ranking.own)
    return nearest_stretch(ranking.question, ranking.read, tokens, hit.passage.number, front, grammar)


def _grammar(serving: Serving, own: tuple[str, ...]) -> tuple[str, ...]:
    """The languages whose words of grammar a question holds: its own, or where nothing tells those of the articles.

    A word of grammar in one language may be what a question in another is about: "men", "under".
    """
    return own or tuple(language for language in serving.languages if language)


def _words_again(
    serving: Serving,
    query: WordQuery,
    weighed: Mapping[tuple[str, ...], float],
    found: Sequence[StoredPassage],
    heads: Mapping[int, ArticleHead],
    scores: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What the best have for holding many of the question's words, float64 of the shape of `scores`; 0 for the others.

    BM25 lets a word that stands in a passage often make up for one that does not stand there at all.
    """
    numbers = np.array([passage.number for passage in found], np.int64)
    held = np.zeros(len(scores))
    for place in np.lexsort((numbers, -scores))[:WORDS_DEPTH].tolist():
        passage, head = found[place], heads[found[place].article]
        text, _ = serving.generation.catalog.text(passage.article)
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
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The scores after the best have been read again, and how near each of those came; not a number for the others."""
    read_again = np.full(len(fused), np.nan)
    best = np.lexsort((numbers, -fused))[:DEPTH]
    tokens = serving.generation.tokens
    # Where the model does not know a passage's language, its tokens say nothing either.
    known_best = best[known[best]]
    if tokens is None or not len(read.ids):
        return fused, read_again
    known_best = known_best[tokens.sound(numbers[known_best])]
    if not len(known_best):
        return fused, read_again
    read_again[known_best] = interact(question, read, tokens, numbers[known_best], _grammar(serving, own))
    scores = fused.copy()
    scores[best] = mixed(fused[best], read_again[best])
    # What was not read again stays behind what was.
    rest = np.setdiff1d(np.arange(len(fused)), best)
    scores[rest] = fused[rest] - fused[best].min() + scores[best].min()
    return scores, read_again
