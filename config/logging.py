"""Logging: structlog on standard error, quiet unless asked, and never a secret.

Libraries log the same way; what they would print or warn of is logged at debug level. Each line is
redacted last of all, when its exception has become text, so that the redactor misses nothing.
"""

import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote, quote_plus

import structlog

REDACTED: Final = "[redacted]"
# A bot token is the bot's id, a colon and a secret (https://core.telegram.org/bots/api#authorizing-your-bot). In a URL
# the colon may be percent-encoded, once or oftener. Possessive, so that hostile texts are read in linear time.
_TOKEN: Final = re.compile(r"(?<![0-9])[0-9]{5,}+(?::|%(?:25)*+3[Aa])[A-Za-z0-9_-]{30,}+")
# Shorter parts of a token could be words of their own.
_LEAST_PART: Final = 16
_ESCAPE: Final = re.compile(r"%[0-9A-F]{2}")
_OURS: Final = "verbatim"
# httpx logs whole URLs, the token in them, at INFO; the others speak of every request, job or connection.
_TALKATIVE: Final = ("httpx", "httpcore", "telegram", "apscheduler", "tornado")
log = logging.getLogger(_OURS)


class Redactor:
    """A filter that takes secrets, and all that looks like a bot token, out of texts."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Know these secrets.

        Raises:
            ValueError: if one of them is empty.
        """
        forms: set[str] = set()
        for secret in secrets:
            if not secret:
                raise ValueError("a secret to redact must not be empty")
            _, _, part = secret.partition(":")
            forms |= _spellings(secret) | (_spellings(part) if len(part) >= _LEAST_PART else set())
        self._forms = tuple(forms)

    def __repr__(self) -> str:
        return "Redactor()"

    def clean(self, text: str) -> str:
        """Replace every secret, and everything that looks like a bot token, by `[redacted]`.

        A secret's percent-encoded forms count as it, and so does its part behind the colon.
        """
        spans = sorted([match.span() for match in _TOKEN.finditer(text)] + self._found(text))
        if not spans:
            return text
        # Overlapping secrets are covered as one, so that nothing of either is left over.
        pieces, end = [], 0
        for start, stop in spans:
            if start >= end:
                pieces += [text[end:start], REDACTED]
            end = max(end, stop)
        return "".join([*pieces, text[end:]])

    def _found(self, text: str) -> list[tuple[int, int]]:
        spans = []
        for form in self._forms:
            start = text.find(form)
            while start >= 0:
                spans.append((start, start + len(form)))
                start = text.find(form, start + 1)
        return spans


def _spellings(secret: str) -> set[str]:
    """Return the secret as it is and as URLs spell it."""
    encoded = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    return {secret, *encoded, *(_ESCAPE.sub(lambda escape: escape[0].lower(), form) for form in encoded)}


def configure(verbosity: int = 0, *, redactor: Redactor | None = None, level: int | None = None) -> None:
    """Set up logging for a program.

    Parameters:
        verbosity: 0 for warnings of our own and nothing of the libraries, 1 for what the program does, 2 for
            everything, the libraries' words included.
        redactor: takes secrets out of every line; without one only what looks like a bot token is taken out.
        level: for a program that runs for long and is read by its log: the level of our own loggers, such as
            `logging.INFO`, unless `verbosity` is 2; the libraries' warnings are then logged too.
    """
    everything = verbosity >= 2
    asked = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]
    ours = asked if everything or level is None else level
    theirs = logging.DEBUG if everything else logging.CRITICAL + 1 if level is None else max(level, logging.WARNING)
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = _Handler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _Redaction(redactor or Redactor()),
                _renderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(theirs)
    log.setLevel(ours)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.NOTSET if everything else logging.WARNING)
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(everything or level is not None)
    if not everything:
        # Some libraries give their loggers a level of their own, which lets their words past the root's.
        handler.addFilter(lambda record: _is_ours(record) or record.levelno >= theirs)
        if level is None:
            # People can do nothing about what a library says; the tests turn its warnings into errors.
            warnings.simplefilter("ignore")


def install_hooks(redactor: Redactor) -> None:
    """Log uncaught exceptions, in the main program, in threads and in finalizers, instead of printing them.

    asyncio logs uncaught exceptions of its tasks itself. `KeyboardInterrupt` is logged as well: its
    traceback would be printed otherwise.
    """

    def uncaught(where: str, error: BaseException) -> None:
        told = redactor.clean("".join(traceback.format_exception(error)).rstrip())
        log.critical("uncaught exception in %s", where, extra={"exception": told})

    def in_program(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        uncaught("the program", error)

    def in_thread(arguments: threading.ExceptHookArgs) -> None:
        # Leaving a thread by SystemExit is no fault; threading itself keeps silent about it.
        if arguments.exc_value is not None and arguments.exc_type is not SystemExit:
            uncaught("a thread", arguments.exc_value)

    def in_finalizer(arguments: "sys.UnraisableHookArgs") -> None:
        if arguments.exc_value is not None:
            uncaught("a finalizer", arguments.exc_value)

    sys.excepthook = in_program
    threading.excepthook = in_thread
    sys.unraisablehook = in_finalizer


def _renderer() -> structlog.typing.Processor:
    if not sys.stderr.isatty():
        return structlog.processors.JSONRenderer()
    # A richer traceback would show local variables, and the token among them.
    return structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == _OURS or record.name.startswith(f"{_OURS}.")


class _Redaction:
    """A processor that takes secrets out of every value, nested to any depth; other objects become their text."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __call__(self, _: object, __: str, event: structlog.typing.EventDict) -> Mapping[str, Any]:
        return {self._key(key): self._value(value) for key, value in event.items()}

    def _key(self, key: object) -> str:
        return self._redactor.clean(key if isinstance(key, str) else repr(key))

    def _value(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self._redactor.clean(value)
        if isinstance(value, Mapping):
            return {self._key(key): self._value(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(inner) for inner in value]
        return self._redactor.clean(repr(value))


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]  # no subscripts when run, in 3.11
    """A handler that reports a failed line without printing its content, as logging itself would."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        message = "a line of the log could not be made"
        error = sys.exc_info()
        line = logging.LogRecord(record.name, logging.ERROR, record.pathname, record.lineno, message, (), error)
        line.__dict__["where"] = f"{record.pathname}:{record.lineno}"
        try:
            self.stream.write(self.format(line) + self.terminator)
            self.flush()
        except (OSError, ValueError):
            # Standard error is gone: there is nowhere left to say so.
            return
