"""The metadata of articles: cleaned, checked, each with the place it was found in."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from index.article import UNKNOWN, Article, Found
from index.folding import folded

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# No real title or name is longer.
LONGEST_LINE: Final = 300
# The length that servers and browsers commonly accept.
LONGEST_URL: Final = 2000
LONGEST_ID: Final = 500

SPACE: Final = re.compile(r"\s+")
# Formatting characters that reorder or hide the text around them (Unicode TR 9); joiners are part of words.
REORDERING: Final = frozenset("\u200b\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# Characters that are replaced in a line: those, lone surrogates, and control characters that are no white space.
UNSEEN: Final = re.compile(f"[{''.join(sorted(REORDERING))}\ud800-\udfff\x00-\x08\x0e-\x1b\x7f-\x9f]")

# With fewer letters even a sentence is alike in several languages.
FEWEST_LETTERS: Final = 20
# Enough to tell a language by; more changes nothing but the time taken. Measured on 5,569 articles of question sets in
# English and Norwegian: with twice as much 5,568 are told alike, and the other is a table of names and sums.
SAMPLE: Final = 1000
LIKELY: Final = 0.5
# The probability and the letters that it takes to believe the text more than its page's declaration.
CERTAIN: Final = 0.95
CERTAIN_LETTERS: Final = 200
# Bokmål and Nynorsk are both Norwegian to the stemmer and the sentence splitter.
MERGED: Final = {"nb": "no", "nn": "no"}
NO_LANGUAGE: Final = frozenset({"zxx", "und", "mul", "mis", "qaa"})
LANGUAGE_TAG: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_.@][\w.@-]*)?")


def found(value: str | None, where: str) -> Found:
    """Return `value` with the place it was found in; UNKNOWN for no value."""
    return Found(value, where) if value else UNKNOWN


def first_known(*candidates: Found) -> Found:
    """Return the first of the candidates, in order of trust, that is known."""
    return next((candidate for candidate in candidates if candidate.value), UNKNOWN)


def found_where(article: Article) -> tuple[tuple[str, str], ...]:
    """Return the metadata of an article that are known and where each was found: ('title', 'meta og:title')."""
    facts = ((name, getattr(article, name)) for name in ("title", "author", "source", "published", "url", "language"))
    return tuple((name, fact.where) for name, fact in facts if fact.value is not None)


def names_by_place(known: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the names of metadata that were found in each place, as `found_where` gives them."""
    places: dict[str, list[str]] = {}
    for name, where in known:
        places.setdefault(where, []).append(name)
    return places


def one_line(value: str, limit: int = LONGEST_LINE) -> str | None:
    """Return `value` as one line: no control or reordering characters, white space collapsed, cut at a word.

    Returns:
        None if nothing visible is left.
    """
    # Text far beyond the limit is cut before the costly loop over characters.
    value = value[: 20 * limit]
    if UNSEEN.search(value):
        value = "".join(map(_visible, value))
    line = SPACE.sub(" ", value).strip()
    return shortened(line, limit) or None


def _visible(character: str) -> str:
    if character in REORDERING:
        return ""
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    return " " if category == "Cc" else character


def shortened(line: str, limit: int) -> str:
    """Return `line`; one longer than `limit` is cut behind the last whole word within it and ends in '…'."""
    if len(line) <= limit:
        return line
    cut = line[:limit]
    if " " in cut:
        cut = cut[: cut.rindex(" ")]
    # A script without spaces is cut between characters, but not before the accent of one.
    while len(cut) > 1 and unicodedata.combining(line[len(cut)]):
        cut = cut[:-1]
    return cut.rstrip(" ,;:.–—-") + "…"


def web_address(value: str) -> str | None:
    """Return `value` if it is an absolute http or https address that is safe to link to, else None."""
    value = value.strip()
    if len(value) > LONGEST_URL or any(character in REORDERING or not character.isprintable() for character in value):
        return None
    if set(value) & set(' <>"\\^`{|}'):
        return None
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    # A user name before the host makes an address look like that of another site.
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return None
    return value


def host_of(url: Found) -> Found:
    """Return the host of an article's address, which names its source if nothing better does."""
    if url.value is None:
        return UNKNOWN
    return found(one_line((urlsplit(url.value).hostname or "").removeprefix("www.")), "host of the url")


def language_code(declared: str) -> str | None:
    """Return the ISO 639-1 code of a declared language: 'en-US' and 'eng' are 'en', 'nb' and 'nn' are 'no'.

    Returns:
        None where `declared` is no language tag, or a language without a code of two letters.
    """
    match = LANGUAGE_TAG.fullmatch(declared.strip())
    if match is None:
        return None
    code = match[1].lower()
    if code in NO_LANGUAGE:
        return None
    from babel import Locale
    from babel.core import get_global

    code = str(get_global("language_aliases").get(code, code))
    code = MERGED.get(code, code)
    return code if len(code) == 2 and code in Locale("en").languages else None


def language(text: str, declared: Found, *, text_knows_better: bool = False) -> Found:
    """Return the language of `text`: as declared, else as detected.

    Parameters:
        text: an article's.
        declared: a tag such as 'en-US' and its place, or UNKNOWN.
        text_knows_better: whether a declaration is overruled by a text that is surely in another language; pages often
            declare the language of the template they were made from.
    """
    code = language_code(declared.value or "")
    if code and not text_knows_better:
        return Found(code, declared.where)
    detected, probability, letters = _detected(text)
    if code:
        overruled = detected not in (code, None) and probability >= CERTAIN and letters >= CERTAIN_LETTERS
        return Found(detected, "detected") if overruled else Found(code, declared.where)
    return found(detected if probability >= LIKELY else None, "detected")


def likeliest_language(text: str) -> tuple[str | None, float]:
    """Return the most probable language of `text` and its probability."""
    return _detected(text)[:2]


def _detected(text: str) -> tuple[str | None, float, int]:
    """Return the most probable language of `text`, its probability, and the number of letters it was told by."""
    sample = folded(text.lstrip()[:SAMPLE])
    letters = sum(map(str.isalpha, sample))
    if letters < FEWEST_LETTERS:
        return None, 0.0, letters
    probabilities: dict[str, float] = {}
    for code, probability in _identifier().rank(sample):
        merged = MERGED.get(code, code)
        probabilities[merged] = probabilities.get(merged, 0.0) + probability
    best = max(probabilities, key=lambda code: probabilities[code])
    if best in NO_LANGUAGE or len(best) != 2:
        return None, 0.0, letters
    return best, probabilities[best], letters


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
