"""From a question to passages in order: both lists, their fusion, the best read again, copies put together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.catalog import StoredPassage
from index.encoder import ReadQuestion
from index.front import embedded
from index.lexicon import WordQuery
from retrieval.answer import Hit
from retrieval.confidence import Evidence
from retrieval.conversation import Context
from retrieval.copies import SamePassage
from retrieval.fusion import WORDS_WEIGHT, fuse, gather
from retrieval.languages import model_knows
from retrieval.rerank import DEPTH, interact, mixed, nearness
from retrieval.serving import Serving
from retrieval.understanding import EARLIER, lacking, read_in_context, with_words
from retrieval.words import coverage, telling_query, weights


@dataclass(frozen=True, slots=True)
class Ranking:
    """The hits for one question, and what its words tell.

    Attributes:
        query: its words, and after them those of the question before it.
        trusted: whether the model knows the question's language.
        read: the question as the encoder read it.
        read_again: whether the best hit was read again together with it.
    """

    question: str
    query: WordQuery
    weights: Mapping[tuple[str, ...], float]
    trusted: bool
    hits: list[Hit]
    read: ReadQuestion
    read_again: bool


def rank(serving: Serving, question: str, k: int, *, rerank: bool, context: Context | None = None) -> Ranking:
    """The `k` best passages, best first; fewer where not as many are found.

    Parameters:
        context: what came before the question, where it counts.
        rerank: whether the best are read again together with the question.
    """
    generation, card, languages = serving.generation, serving.encoder.card, serving.languages
    query = telling_query(question, languages)
    trusted = model_knows(question, languages, card)
    read = read_in_context(serving.encoder, question, context) if context else serving.encoder.read(question)
    candidates = gather(generation, read.vector, query)
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
        scores, read_again = _read_again(serving, question, read, candidates.numbers, known, scores)
    copies = SamePassage(generation.catalog, list(heads))
    hits: list[Hit] = []
    shown: dict[int, list[StoredPassage]] = {}
    # The best first; of equals the one that stands first in the seeds.
    order = np.lexsort((candidates.numbers, -scores))
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
    # What was replied is left out: it would be marked as the answer again.
    told = dict(weights(query, generation.lexicon))
    told |= {forms: EARLIER * idf for forms, idf in weights(earlier, generation.lexicon).items()}
    return Ranking(
        question,
        (*query, *earlier),
        told,
        trusted,
        hits,
        read,
        bool(len(order)) and not np.isnan(read_again[order[0]]),
    )


def evidence(serving: Serving, ranking: Ranking) -> Evidence | None:
    """What speaks for the best passage; None where nothing was found."""
    if not ranking.hits:
        return None
    best = ranking.hits[0]
    text, _ = serving.generation.catalog.text(best.passage.article)
    found = embedded(best.article.title, best.passage.heading, best.passage.span.of(text))
    trusted = ranking.trusted and serving.encoder.card.knows(best.article.language)
    return Evidence(
        cosine=best.cosine if trusted else None,
        coverage=coverage(ranking.query, ranking.weights, found, best.article.language),
        interaction=_nearness(serving, ranking, best.passage.number) if ranking.read_again else None,
    )


def _nearness(serving: Serving, ranking: Ranking, number: int) -> float:
    tokens = serving.generation.tokens
    assert tokens is not None  # it was read again
    languages = tuple(language for language in serving.languages if language)
    return nearness(ranking.question, ranking.read, tokens, number, languages)


def _read_again(
    serving: Serving,
    question: str,
    read: ReadQuestion,
    numbers: NDArray[np.int64],
    known: NDArray[np.bool_],
    fused: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The scores after the best have been read again, and how near each of those came; not a number for the others."""
    read_again = np.full(len(fused), np.nan)
    best = np.lexsort((numbers, -fused))[:DEPTH]
    tokens = serving.generation.tokens
    # Where the model does not know a passage's language, its tokens say nothing either.
    known_best = best[known[best]]
    if tokens is None or not len(known_best) or not len(read.ids):
        return fused, read_again
    languages = tuple(language for language in serving.languages if language)
    read_again[known_best] = interact(question, read, tokens, numbers[known_best], languages)
    scores = fused.copy()
    scores[best] = mixed(fused[best], read_again[best])
    # What was not read again stays behind what was.
    rest = np.setdiff1d(np.arange(len(fused)), best)
    scores[rest] = fused[rest] - fused[best].min() + scores[best].min()
    return scores, read_again
