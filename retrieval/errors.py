"""What can go wrong in this room. Every message is one line: what was wrong, where, and what to do.

    RetrievalError
    ├── QuestionError       the question cannot be searched for
    ├── UnknownArticleError there is no article of that id (also a LookupError)
    ├── ChangedArticleError a quote of an earlier generation no longer stands in its article
    └── CitationError       a quote does not stand where the index says it does (in citation.py)

What is wrong with the index itself is an `index.errors.IndexingError`.
"""


class RetrievalError(Exception):
    """The base of every error of this room; its text is fit to be shown to a person."""


class QuestionError(RetrievalError):
    """The question is empty, far too long, or holds no word."""


class UnknownArticleError(RetrievalError, LookupError):
    """There is no article of that id."""


class ChangedArticleError(RetrievalError):
    """A quote of an earlier generation no longer stands at its place in the article."""
