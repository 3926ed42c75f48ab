"""Names as articles write them and people type them: whether two can be one person's."""

from typing import Final

import regex

from retrieval.quotes.wordlists import WordLists
from retrieval.quotes.words import plain

# Letters of a surname from which one that is wrong leaves it the same name.
_LONG: Final = 5
# Words within the name of a body that do not count.
_SMALL: Final = frozenset({"of", "the", "for", "and", "on", "to", "in"})


def same_name(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether two names can be one person's: the shorter has nothing that the longer has not.

    Given names may be written with a first letter only.
    """
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    if set(short) <= set(long) or (len(short) == 1 and _is_acronym(short[0], long)):
        return True
    if len(short) == 1:
        return _is_slip(short[0], long[-1])
    if short[-1] != long[-1] and not _is_slip(short[-1], long[-1]):
        return False
    return all(any(_alike(word, full) for full in long[:-1]) for word in short[:-1])


def spelled_out(text: str, acronym: str) -> tuple[str, ...]:
    """Return the words of a name behind which an article has its acronym in brackets; none where there is no such.

    "the Tarn Commission on Religious Freedom (TCRF)" has names of two bodies in it, and the acronym is of neither.
    """
    place = text.find(f"({acronym})") if acronym.isupper() else -1
    words = regex.findall(r"[\p{L}\p{M}'’\-]+", text[max(0, place - 160) : place])[-2 * len(acronym) :]
    for first in range(len(words)) if place > 0 else ():
        if words[first][0] == acronym[0] and _is_acronym(plain(acronym), tuple(map(plain, words[first:]))):
            return tuple(map(plain, words[first:]))
    return ()


def _is_acronym(word: str, name: tuple[str, ...]) -> bool:
    """Return whether a word is made of the first letters of a name: "WHO" of the World Health Organization."""
    letters = word.replace(".", "")
    small = tuple(part for part in name if part not in _SMALL)
    return len(name) > 1 and letters in ("".join(part[0] for part in one) for one in (name, small))


def _is_slip(word: str, other: str) -> bool:
    """Return whether two long words differ by one letter, as where an article spells a name in two ways."""
    short, long = sorted((word, other), key=len)
    if len(short) < _LONG or short[0] != long[0] or len(long) - len(short) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    is_put_in = short[at:] == long[at + 1 :]
    is_changed = len(short) == len(long) and short[at + 1 :] == long[at + 1 :]
    is_swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return is_put_in or is_changed or is_swapped


def _alike(word: str, full: str) -> bool:
    """Return whether a given name is short for another: "R." or "Rob" for Robert."""
    short, long = sorted((word, full), key=len)
    return long.startswith(short) and (len(short) == 1 or len(short) > 2)


def key_of(name: str, lists: WordLists) -> tuple[str, ...]:
    """Return the words of a name that somebody typed, without titles."""
    keys = [plain(word) for word in regex.findall(r"[\p{L}\p{M}\p{N}'’\-.]+", name)]
    keys = [key for key in keys if key and key not in _SMALL]
    titles = [place for place, key in enumerate(keys) if key in lists.roles]
    bare = keys[titles[-1] + 1 :] if titles else keys
    return tuple(bare or keys)
