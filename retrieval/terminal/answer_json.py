"""An answer as plain JSON values, in the form that scripts rely on. More keys may be added; none may change."""

from index.article import Span
from index.catalog import ArticleHead
from retrieval.answer import Answer, Citation


def answer_json(answer: Answer, id: object = None) -> dict[str, object]:
    """One answer.

    Parameters:
        id: what the asker calls the question; None where it has no name.
    """
    return {
        "id": id,
        "question": answer.question,
        "interpreted_as": answer.interpreted_as,
        "answered": answer.answered,
        "confidence": answer.confidence,
        "citations": [_citation(citation) for citation in answer.citations],
        "nearest": [{"article_id": near.article_id, "title": near.title} for near in answer.nearest],
        "elapsed_ms": round(answer.elapsed_ms, 1),
        "filters": answer.filters.told(),
        "stages_ms": {stage: round(spent, 2) for stage, spent in answer.stages.by_name().items()},
        "tier": answer.tier,
    }


def _citation(citation: Citation) -> dict[str, object]:
    return {
        "rank": citation.rank,
        "article_id": citation.article_id,
        "title": citation.title,
        "source": citation.source,
        "published": citation.published,
        "url": citation.url,
        "path": citation.path,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "highlights": [_span(span) for span in citation.highlights],
        "score": citation.score,
        "link": citation.link,
        "paragraph": citation.paragraph,
        "also_in": [_article(head) for head in citation.also_in],
        "brief": _span(citation.brief or Span(citation.start, citation.end)),
        "answer": _span(citation.answer) if citation.answer else None,
        "page": citation.page,
    }


def _span(span: Span) -> dict[str, int]:
    return {"start": span.start, "end": span.end}


def _article(head: ArticleHead) -> dict[str, object]:
    return {"article_id": head.id, "title": head.title, "source": head.source, "path": head.path}
