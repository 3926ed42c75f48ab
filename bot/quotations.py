"""Quotations in messages: the quote that a message is nothing but, or holds, and whether a message asks something."""

from collections.abc import Iterable
from typing import Final

import regex

from index.article import Span
from index.engines.bm25 import tokens
from retrieval.question.filters import without
from retrieval.question.terms import INTERROGATIVES
from retrieval.quotes.asked import quote_and_speaker
from retrieval.quotes.words import words_of

# Fewer words in quotation marks are a term to be looked for, such as a name.
_FEWEST: Final = 3
_NAME_WORDS: Final = 6
_ASKS: Final = regex.compile(r"[?？؟⁇]")
_ENDS_QUOTED: Final = regex.compile(r"[\"”“»«」』＂][\s.!…,;]*\Z")
_OPENS: Final = regex.compile(r"\A[\"“„«»”「『＂]")
_QUOTED: Final = regex.compile(r"“[^“”]+”|„[^„“”]+[“”]|«[^«»]+»|»[^«»]+«|「[^「」]+」|『[^『』]+』|\"[^\"]+\"")
# What stands between a quote and the name behind it.
_NAMING: Final = regex.compile(r"\A[\s,.]*(?:[—–\-:(\n]|(?:said|says|sa|sier|by|av|ifølge)\s)", regex.IGNORECASE)


def only_quotation(text: str) -> tuple[str, str | None] | None:
    """Return the quote, and the name beside it, of a text that is nothing else; None for any other text.

    A question in quotation marks is a question, and so are a word or two.
    """
    text = text.strip()
    if without(text) != text:
        return None
    quote, speaker = quote_and_speaker(text)
    if speaker is None:
        if not (_OPENS.search(text) and _ENDS_QUOTED.search(text)) or _ASKS.search(text):
            return None
    elif not _is_name(speaker) or (text.startswith(quote) and not _NAMING.search(text[len(quote) :])):
        return None
    return (quote, speaker) if len(words_of(quote, Span(0, len(quote)))) >= _FEWEST else None


def quotation_in(text: str) -> tuple[str, str | None]:
    """Return the quote in a text, and the name beside it: the only one in quotation marks, else all of the text."""
    quote, speaker = quote_and_speaker(text)
    if speaker is not None and _is_name(speaker):
        return quote, speaker
    quoted = [match[0] for match in _QUOTED.finditer(text)]
    long = [one for one in quoted if len(words_of(one, Span(0, len(one)))) >= _FEWEST]
    return (long[0] if len(long) == 1 else text.strip()), None


def asks(text: str, languages: Iterable[str | None]) -> bool:
    """Return whether a text is a question: it has a question mark, or begins as questions do.

    Parameters:
        languages: that may be spoken, as ISO 639-1 codes; English is always understood.
    """
    if _ASKS.search(text):
        return True
    begins = tokens(text[:100])[:1]
    return any(word in INTERROGATIVES.get(language or "", ()) for language in ("en", *languages) for word in begins)


def _is_name(name: str) -> bool:
    """Return whether it may be a name: capitals, but for a title in front, as in "ordfører Runa Aasheim"."""
    words = name.split()
    if not 0 < len(words) <= _NAME_WORDS or _ASKS.search(name):
        return False
    return words[-1][:1].isupper() and sum(word[:1].islower() for word in words) <= 1
