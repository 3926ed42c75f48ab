"""A reader in a process of its own, whose index is damaged: its answers and its death are seen from outside.

    python -m tests.endurance.witness DATA

reads requests on standard input, one word a line, and answers each with one JSON object:

    opened   open the index and check it; the answer is the errors, '' where there are none
    asked    ask two questions, of a new generation if there is one; the answer is the citations and the errors
"""

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from index.errors import IndexingError
from index.generation.generation import Generation, verify
from retrieval import Retriever
from retrieval.errors import RetrievalError

QUESTIONS: Final = (
    "How much did the repairs of the harbour of Lillehavn cost?",
    "What does the library of Windmere lend to its readers?",
)


def _said(index: Path) -> dict[str, str]:
    said = {}
    for name, look in (("opening", Generation.open), ("checking", verify)):
        try:
            with closing(look(index)):
                said[name] = ""
        except IndexingError as error:
            said[name] = str(error)
    return said


def _answers(retriever: Retriever) -> dict[str, Any]:
    said: dict[str, Any] = {"cited": [], "errors": []}
    for question in QUESTIONS:
        try:
            answer = retriever.ask(question)
            said["cited"].append([(c.article_id, c.start, c.end, c.quote) for c in answer.citations])
        except (IndexingError, RetrievalError) as error:
            said["errors"].append(str(error))
    return {**said, "generation": retriever.generation, "refusal": retriever.refusal}


def main() -> int:
    """Answer requests until standard input ends. An exception that is not caught here counts as a crash."""
    data = Path(sys.argv[1])
    with Retriever.open(data) as retriever:
        for line in sys.stdin:
            said = _said(data / "index") if line.strip() == "opened" else _answers(retriever)
            print(json.dumps(said), flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
