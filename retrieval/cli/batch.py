"""Questions from a stream, one a line, and the JSON object that answers each.

A line is a question as it is typed, or a JSON object with `question` and optional `id`, `history`
(`[{"speaker": "user", "text": …}, …]`, oldest first), `asked`, the day of the question, and the filters `source`,
`after`, `before` and `in`. What cannot be answered gives an object with `error` and the number of its line, and the
next line is taken.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from index.article import Span
from index.errors import IndexingError
from retrieval.answer import Answer, Citation
from retrieval.citation import CitationError
from retrieval.errors import QuestionError
from retrieval.question.conversation import Turn
from retrieval.question.filters import NAMES
from retrieval.retriever import Retriever


@dataclass(frozen=True, slots=True)
class Reply:
    """Reply to one line.

    Attributes:
        object: the JSON object to print.
        damage: what is wrong with the index, '' where nothing is.
    """

    object: dict[str, object]
    damage: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    question: str
    history: tuple[Turn, ...]
    filters: Mapping[str, str]


def replies(
    lines: Iterable[bytes], retriever: Retriever, k: int, filters: Mapping[str, str | None] | None = None
) -> Iterator[Reply]:
    """Yield a reply to every line that is not blank, as soon as the line is there.

    Parameters:
        lines: UTF-8.
        k: citations in an answer.
        filters: of every question that brings none of its own of that kind, as arguments of `Retriever.ask`, `asked`
            among them.
    """
    for number, line in enumerate(lines, start=1):
        raw = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if raw.strip():
            yield _reply(raw, number, retriever, k, filters or {})


def _reply(raw: bytes, number: int, retriever: Retriever, k: int, filters: Mapping[str, str | None]) -> Reply:
    name: object = None
    try:
        fields = json_fields(raw)
        name = fields.get("id")
        asked = _asked(fields)
        answer = retriever.ask(asked.question, k, asked.history, **{**filters, **asked.filters})
    except (QuestionError, ValueError) as error:
        return Reply(line_error(name, number, error))
    except (CitationError, IndexingError) as error:
        return Reply(line_error(name, number, error), damage=str(error))
    return Reply(answer_json(answer, name))


def line_error(name: object, number: int, error: Exception) -> dict[str, object]:
    return {"id": name, "line": number, "error": str(error)}


def json_fields(raw: bytes) -> dict[str, object]:
    try:
        line = raw.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise ValueError(f"the line is not UTF-8 at byte {error.start + 1}") from error
    if not line.startswith("{"):
        return {"question": line}
    try:
        fields: dict[str, object] = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"the line is not JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError("the line is not JSON that can be read: nested too deeply") from error
    return fields


def _asked(fields: dict[str, object]) -> _Asked:
    question = fields.get("question")
    if not isinstance(question, str):
        raise ValueError("'question' is missing, or is no string")
    history = fields.get("history")
    if history is not None and not isinstance(history, list):
        raise ValueError("'history' is not a list of turns")
    return _Asked(question, tuple(_turn(turn) for turn in history or ()), filters_in(fields))


def filters_in(fields: dict[str, object]) -> dict[str, str]:
    """Return the filters of a question and its day, as arguments of `Retriever.ask`."""
    found: dict[str, str] = {}
    for field, name in {**NAMES, "asked": "asked"}.items():
        value = fields.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise ValueError(f"'{name}' is no string")
        found[field] = value
    return found


def _turn(turn: object) -> Turn:
    if isinstance(turn, dict):
        speaker, text = turn.get("speaker"), turn.get("text")
        if isinstance(speaker, str) and isinstance(text, str):
            return Turn(speaker, text)
    raise ValueError("a turn of 'history' is no object with the strings 'speaker' and 'text'")


def answer_json(answer: Answer, id: object = None) -> dict[str, object]:
    """Return an answer as plain JSON values. Scripts rely on the keys: more may be added, none may change.

    Parameters:
        id: what the asker calls the question; None where it has no name.
    """
    return {
        "id": id,
        "question": answer.question,
        "interpreted_as": answer.interpreted_as,
        "answered": answer.answered,
        "confidence": answer.confidence,
        "citations": [citation_json(citation) for citation in answer.citations],
        "nearest": [asdict(near) for near in answer.nearest],
        "elapsed_ms": round(answer.elapsed_ms, 1),
        "filters": answer.filters.told(),
        "stages_ms": {stage: round(spent, 2) for stage, spent in answer.stages.by_name().items()},
        "tier": answer.tier,
        "follows": answer.follows,
    }


def citation_json(citation: Citation) -> dict[str, object]:
    """Return a citation as plain JSON values; the same promise holds for its keys."""
    return asdict(citation) | {
        "also_in": [
            {"article_id": head.id, "title": head.title, "source": head.source, "path": head.path}
            for head in citation.also_in
        ],
        "brief": asdict(citation.brief or Span(citation.start, citation.end)),
    }
