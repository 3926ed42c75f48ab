"""Scores behind the rank of a passage, for a person."""

from collections.abc import Callable, Sequence
from typing import Final

from rich.text import Text

from retrieval.answer import Answer, Citation, Hit
from retrieval.cli.display import percent
from retrieval.question.conversation import Turn
from retrieval.question.filters import without
from retrieval.retriever import Retriever
from retrieval.sanitize import one_line

# Milliseconds; shorter stages are not shown.
_SHOWN: Final = 0.05
# More than both engines find, so that every candidate is there.
_ALL: Final = 1_000


def why(retriever: Retriever, answer: Answer, history: Sequence[Turn], citation: Citation) -> list[Text]:
    """Lay out the scores of a passage, and the ranks they give it among all that was found for the question.

    Parameters:
        history: the turns before the question.
    """
    hits = retriever.search(answer.question, _ALL, history)
    place = (citation.article_id, citation.start, citation.end)
    hit = next((hit for hit in hits if (hit.article.id, hit.passage.span.start, hit.passage.span.end) == place), None)
    if hit is None:
        return [Text("The articles have changed since, and the passage is not found any more: ask again.")]
    found = f"of {len(hits)} found"
    rows = (
        ("Score", f"{hit.score:.3f}", f"{hit.rank} {found}"),
        ("  words, BM25", f"{hit.words:.2f}", f"{_rank(hits, hit, lambda other: other.words)} {found}"),
        ("  meaning, cosine", f"{hit.cosine:.3f}", f"{_rank(hits, hit, lambda other: other.cosine)} {found}"),
    )
    lines = [Text(f"  {name:<20}{score:>8}    rank {rank}") for name, score, rank in rows]
    if answer.interpreted_as != " ".join(without(answer.question).split()):
        lines.append(Text(f"  Searched for: {one_line(answer.interpreted_as)}"))
    lines.append(Text(f"  Confidence that passage 1 holds the answer: {percent(answer.confidence)}"))
    return [*lines, *_times(answer)]


def _times(answer: Answer) -> list[Text]:
    """Lay out how long each stage of the answer took."""
    whole = f"{answer.elapsed_ms:.1f} ms"
    stages = answer.stages.by_name()
    if not any(stages.values()):
        return [Text(f"  Answered in {whole}: it was asked before, and the answer was kept")]
    lines = (f"    {stage.replace('_', ' '):<18}{spent:>8.2f} ms" for stage, spent in stages.items() if spent >= _SHOWN)
    return [Text(f"  Answered in {whole}:"), *map(Text, lines)]


def _rank(hits: Sequence[Hit], hit: Hit, score: Callable[[Hit], float]) -> int:
    return 1 + sum(score(other) > score(hit) for other in hits)
