"""A reader in a process of its own, to whom damage happens: how it takes it is seen from outside, its death too.

    python -m benchmarks.endurance.witness DATA

reads requests on standard input, one word a line, and answers each with one JSON object:

    opened   open the index, and check it: what is said of it, '' where it is sound
    asked    ask two questions, taking up a new generation first where there is one: the citations, or what was said
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
    """Answer requests until standard input ends. What is not caught here is a crash to whoever watches."""
    data = Path(sys.argv[1])
    with Retriever.open(data) as retriever:
        for line in sys.stdin:
            said = _said(data / "index") if line.strip() == "opened" else _answers(retriever)
            print(json.dumps(said), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
