"""Lines that many files of a folder share: the quiz, the paywall, the request for feedback on each page of a site.

A shared line is only likelier to be clutter: `index.clutter.marking` decides. Shared lines are counted in the raw files
before any is parsed, so that the first file is cut by the same list as the last.
"""

import hashlib
import html
import re
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import suppress
from typing import Final

import numpy as np

from index.parsers import SeedFile
from index.parsers.registry import parser_of

# Different files that must hold a line, and files that are looked at: a sample of larger folders is enough.
FEWEST_FILES: Final = 5
SAMPLE: Final = 1_000
# Parsers of formats whose lines, or stretches between tags, are those of the article.
_LINE_PARSERS: Final = frozenset({"text", "markdown", "html"})
_LOOKED_AT: Final = 1_000_000
_SHORTEST: Final = 4
# Characters of the longest shared line; longer ones are reporting.
LONGEST: Final = 300
_BETWEEN: Final = re.compile(r"[\r\n]+|<[^<>]{0,2000}>")


def key_of(line: str) -> int:
    """Return a signed 64-bit hash of a line, which ignores its white space and the mark of a list."""
    words = " ".join(line.removeprefix("- ").split())
    return int.from_bytes(hashlib.blake2b(words.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)


def may_be_shared(line: str) -> bool:
    """Return whether a line has the length of one that may be shared."""
    return _SHORTEST <= len(line) <= LONGEST


def shared_lines(
    files: Mapping[str, SeedFile], sha256: Mapping[str, str], advance: Callable[[], None] = lambda: None
) -> frozenset[int]:
    """Return the keys of the lines that many files share; files of the same bytes are one.

    Parameters:
        files, sha256: by path.
        advance: called after each file that was looked at.
    """
    distinct = {sha256[path]: file for path, file in files.items() if parser_of(path) in _LINE_PARSERS}
    if len(distinct) < FEWEST_FILES:
        return frozenset()
    # In the order of their hashes, which draws a sample at random.
    keys = [np.zeros(0, np.int64)]
    for one in sorted(distinct)[:SAMPLE]:
        # A file that cannot be opened any more is reported when it is parsed.
        with suppress(OSError), distinct[one].open() as stream:
            text = stream.read(_LOOKED_AT).decode(errors="replace")
            keys.append(np.array(list({key_of(line) for line in _lines(text)}), np.int64))
        advance()
    # A thousand pages have a million lines, most of them once: 8 bytes each here, ten times that in a dictionary.
    found, counts = np.unique(np.concatenate(keys), return_counts=True)
    return frozenset(found[counts >= FEWEST_FILES].tolist())


def holds(text: str, keys: Set[int]) -> bool:
    """Return whether a line of an article's text is one of these."""
    return any(key_of(line) in keys for line in map(str.strip, text.splitlines()) if may_be_shared(line))


def _lines(text: str) -> Iterator[str]:
    for piece in _BETWEEN.split(text):
        line = piece.strip()
        if may_be_shared(line):
            yield html.unescape(line)
