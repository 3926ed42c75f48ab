"""Questions to answers: ranking, confidence, citations.

>>> from retrieval import Retriever
>>> Retriever.open("var").ask("What did Blinken ask Russia to do?")
"""

from retrieval.answer import Answer, Citation, Hit
from retrieval.retriever import Retriever

__all__ = ["Answer", "Citation", "Hit", "Retriever"]
