"""Errors of this package. Every message is one line: what was wrong, where, and what to do.

    RetrievalError
    ├── QuestionError       the question cannot be searched for
    │   ├── FilterError     a filter of it cannot be read, or no article fits
    │   └── QuoteError      a quote to be checked holds no word, or is far too long
    ├── UnknownArticleError there is no article of that id (also a LookupError)
    ├── ChangedArticleError a quote of an earlier generation no longer stands in its article
    ├── WatchError          the file of what is watched cannot be used, or a watch cannot be added
    ├── CalibrationError    the threshold that is asked for cannot be worked out, or a calibration not kept
    └── CitationError       a quote does not stand where the index says it does (in citation.py)

    EvaluationError (a ValueError): a question set or a report that cannot be read, compared or written

What is wrong with the index itself is an `index.errors.IndexingError`.
"""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pydantic import ValidationError


class RetrievalError(Exception):
    """The base of the errors of questions and citations; its text is fit to be shown to a person.

    Attributes:
        exit_code: with which a command ends: 1 where something is not as it should be, 2 where it is used wrongly.
    """

    exit_code: ClassVar[int] = 1


class QuestionError(RetrievalError):
    """Raised for a question that is empty, far too long, or holds no word."""

    exit_code = 2


class FilterError(QuestionError):
    """Raised for a filter that cannot be read, or filters that no article fits.

    Attributes:
        reason: 'empty', 'quote', 'date', 'twice', 'alone' (there is no word beside them), or of articles that are not
            there 'source', 'day', 'title', 'together' (each fits some article, and none fits all).
        name: of the filter, such as 'source'; '' where it is about several.
        value: what it said, fit to be shown.
        known: what the articles have instead, fit to be shown; '' where nothing can be named.
    """

    def __init__(self, reason: str, name: str, value: str, message: str, known: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.name = name
        self.value = value
        self.known = known


class QuoteError(QuestionError):
    """Raised for a quote to be checked that holds no word, or is far too long."""


class UnknownArticleError(RetrievalError, LookupError):
    """Raised for an article id that does not exist."""


class ChangedArticleError(RetrievalError):
    """Raised for a quote of an earlier generation that no longer stands at its place in the article."""


class CalibrationError(RetrievalError):
    """Raised for a calibration that is damaged, old, too small for its use, or cannot be written."""

    exit_code = 2


class WatchError(RetrievalError):
    """Raised for a file of waiting questions that cannot be used, or for more questions than can wait."""

    exit_code = 2


class EvaluationError(ValueError):
    """Raised for a question set or a report that cannot be used; names the file, the line and what to do.

    Attributes:
        exit_code: with which a command ends: 2, for wrong use.
    """

    exit_code: ClassVar[int] = 2


def first_fault(error: "ValidationError") -> str:
    """Return the place and the reason of the first fault that pydantic found, in one line."""
    fault = error.errors(include_url=False)[0]
    place = ".".join(map(str, fault["loc"]))
    reason = fault["msg"].removeprefix("Value error, ")
    return f"{place}: {reason}" if place else reason
