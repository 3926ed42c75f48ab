"""What can go wrong with a measurement. Every message is one line.

ValueError
└── EvaluationError
    ├── QuestionSetError    a set that cannot be read: its file, its line and what is wrong there
    └── ReportError         a report that cannot be read, compared or written, and what to do
"""


class EvaluationError(ValueError):
    """The base of both."""


class QuestionSetError(EvaluationError):
    """A question set that cannot be used."""


class ReportError(EvaluationError):
    """A report that cannot be read, compared or written."""
