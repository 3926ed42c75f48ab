"""What can go wrong with a measurement. Every message is one line.

ValueError
└── EvaluationError
    ├── QuestionSetError    a set that cannot be read: its file, its line and what is wrong there
    └── ReportError         a report that cannot be read, compared or written, and what to do
"""

from typing import ClassVar


class EvaluationError(ValueError):
    """The base of both.

    Attributes:
        exit_code: with which a command ends: 2, for wrong use.
    """

    exit_code: ClassVar[int] = 2


class QuestionSetError(EvaluationError):
    """A question set that cannot be used."""


class ReportError(EvaluationError):
    """A report that cannot be read, compared or written."""
