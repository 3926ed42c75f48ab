"""The line that answers small talk: it leads to a question that the articles answer."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from retrieval.examples import candidates
from retrieval.question.intents import Intent
from retrieval.retriever import Retriever

# Questions that are suggested, and those that are tried for them.
_SUGGESTED: Final = 2
_TRIED: Final = 8
_DOES: Final = "This answers questions with the exact words of an article, and says where they stand."
# In front of the questions, by kind.
_REPLIES: Final = {
    "ability": _DOES,
    "identity": _DOES,
    "help": f"{_DOES} :help lists the commands.",
    "greeting": "Hello.",
    "thanks": "You are welcome.",
    "goodbye": "Goodbye: :quit leaves.",
    "stop": ":quit leaves.",
}


def small_talk(retriever: Retriever, intent: Intent) -> str:
    """Return one line for small talk, with two questions that the articles answer where there are such.

    Parameters:
        intent: a kind of small talk.
    """
    asking = " or ".join(f'"{question}"' for question in islice(_answered(retriever), _SUGGESTED))
    ask = f"Ask about the articles, such as {asking}" if asking else "Ask about the articles: :help says how."
    return f"{_REPLIES.get(intent.kind, '')} {ask}".strip()


def _answered(retriever: Retriever) -> Iterator[str]:
    for candidate in candidates(retriever, "en")[:_TRIED]:
        answer = retriever.ask(candidate.question, 1)
        if answer.answered and candidate.answers(answer.citations[0]):
            yield candidate.question
