"""The way from a question to its answer: filters, conversation, ranking, citations, confidence."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from retrieval.answer import Answer, Citation, Nearest
from retrieval.citation import Quoted, cite
from retrieval.confidence import confidence, fit_of
from retrieval.question.conversation import RECALLED, Turn, Understood, understand
from retrieval.question.filters import Filters, matching_passages, split, unfiltered
from retrieval.question.terms import checked_question
from retrieval.ranking.ranking import Ranking, as_if_asked, evidence, rank
from retrieval.reader.passages import SURE
from retrieval.snapshot import Snapshot
from retrieval.snippet.snippet import answering_sentence, brief_quote
from retrieval.timing import Stopwatch

_NEAREST: Final = 3
# Hits searched for the nearest articles: the best few may all be of one.
_NEAREST_DEPTH: Final = 10


def split_question(
    question: str, source: str | None, after: str | None, before: str | None, title: str | None
) -> tuple[str, Filters]:
    """Return the words of a question, and all the filters it was asked with."""
    words, filters = split(checked_question(question))
    return words, filters.both(Filters.of(source=source, after=after, before=before, title=title))


def ranked(
    snapshot: Snapshot,
    words: str,
    filters: Filters,
    k: int,
    history: Sequence[Turn | Mapping[str, str]],
    asked: date,
    watch: Stopwatch | None = None,
) -> tuple[Understood, Ranking]:
    """Return a question as it is understood after its history, and the `k` best passages for it.

    Parameters:
        words: those of the question, without its filters.
        asked: the day of the question.
    """
    among = matching_passages(snapshot.generation.catalog, filters)
    turns = unfiltered(history[-RECALLED:])
    understood = understand(words, turns, snapshot.generation.bm25, snapshot.languages)
    ranking = rank(
        snapshot,
        understood.searched,
        k,
        asked=asked,
        context=understood.context,
        among=among,
        shown=understood.shown,
        watch=watch,
    )
    return understood, ranking


def answered(
    snapshot: Snapshot,
    question: str,
    words: str,
    filters: Filters,
    k: int,
    history: Sequence[Turn | Mapping[str, str]],
    asked: date,
    watch: Stopwatch,
) -> tuple[Answer, str]:
    """Return the answer of one snapshot, without its tier and time, and the fit that gave its confidence.

    Parameters:
        question: as it was asked; `words`: without its filters.
        asked: the day of the question.
    """
    understood, ranking = ranked(snapshot, words, filters, max(k, _NEAREST_DEPTH), history, asked, watch)
    citations = tuple(_cited(ranking, ranking.quote(snapshot, hit)) for hit in ranking.hits[:k])
    watch.lap("citations")
    certainty, fit = _certainty(snapshot, understood, ranking)
    nearest = {hit.article.id: Nearest(hit.article.id, hit.article.title) for hit in ranking.hits}
    watch.lap("confidence")
    answer = Answer(
        question=question,
        interpreted_as=understood.plain,
        follows=understood.follows,
        answered=False,
        confidence=certainty,
        citations=citations,
        nearest=tuple(nearest.values())[:_NEAREST],
        elapsed_ms=0.0,
        filters=filters,
        generation=snapshot.generation.folder.name,
    )
    return answer, fit


def _certainty(snapshot: Snapshot, understood: Understood, ranking: Ranking) -> tuple[float, str]:
    """Return the confidence, from the question's own words or all that was understood, and the fit that gave it."""
    found = evidence(snapshot, ranking)
    if found is None:
        return 0.0, "words"
    own = confidence(found), fit_of(found)
    if understood.context is None:
        return own
    whole = evidence(snapshot, as_if_asked(snapshot, ranking, understood.whole, read=bool(understood.follows)))
    return own if whole is None else max(own, (confidence(whole), fit_of(whole)))


def _cited(ranking: Ranking, quote: Quoted) -> Citation:
    """Return the citation of a hit, with the answering sentences and the answer marked."""
    text, span, language = quote.checked.text, quote.hit.passage.span, quote.hit.article.language
    found = ranking.findings.get(quote.hit.passage.number)
    if found is None:
        highlights = [
            answering_sentence(
                ranking.question, ranking.query, ranking.weights, text, span, language, found=quote.sentences
            )
        ]
    else:
        highlights = [found.sentence]
    shown = brief_quote(text, span, highlights, language, quote.sentences)
    answer = found.place if found is not None and found.sure >= SURE else None
    return cite(quote.hit, quote.checked, highlights, shown, answer)
