"""Questions to answers: ranking, confidence, citations.

>>> from retrieval import Retriever
>>> Retriever.open("var").ask("What did Blinken ask Russia to do?")
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.answer import Answer, Citation, Hit
    from retrieval.quotes.check import QuoteCheck
    from retrieval.retriever import Retriever

__all__ = ["Answer", "Citation", "Hit", "QuoteCheck", "Retriever"]


def __getattr__(name: str) -> object:
    # Loaded on first use (PEP 562): a command sets up logging and interruption before it loads libraries.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "QuoteCheck":
        from retrieval.quotes.check import QuoteCheck

        return QuoteCheck
    from retrieval import answer, retriever

    return getattr(retriever if name == "Retriever" else answer, name)
