"""What a site's robots.txt allows, by RFC 9309.

Python's urllib.robotparser takes the first rule that fits, and knows no `*` within a path; by the standard the longest
one wins, and most files of large sites have such paths.
"""

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, unquote_to_bytes, urlsplit

# RFC 9309, 2.5: a parser must take in at least 500 KiB.
MOST_BYTES: Final = 512_000
MOST_RULES: Final = 2_000
# Seconds; a site that asks for more is asked as seldom as this.
LONGEST_DELAY: Final = 30.0
_LINE: Final = re.compile(r"\s{0,99}([A-Za-z-]{1,20})\s{0,99}:\s{0,99}([^#]{0,2000})")
_TOKEN: Final = re.compile(r"[A-Za-z_-]+|\*")
# Left as they are when a path is compared.
_SAFE: Final = "/?&=:;,@!$*'()+~%"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one site for one program.

    Attributes:
        rules: whether it is allowed, and the pattern of the paths that this is said of.
        delay: seconds between two requests that the site asks for, 0 if it does not.
    """

    rules: tuple[tuple[bool, str], ...] = ()
    delay: float = 0.0

    @classmethod
    def parsed(cls, raw: bytes, program: str) -> Self:
        """Return the rules that a robots.txt has for a program: those of its own groups, else those of `*`."""
        groups: dict[str, list[tuple[str, str]]] = {}
        named: list[str] = []
        ruled = False
        for line in raw[:MOST_BYTES].decode("utf-8", "replace").lstrip("\ufeff").splitlines():
            match = _LINE.match(line)
            if match is None:
                continue
            field, value = match[1].lower(), match[2].strip()
            if field == "user-agent":
                token = _TOKEN.match(value)
                named = [*([] if ruled else named), token[0].lower() if token else ""]
                ruled = False
                groups.setdefault(named[-1], [])
            elif field in ("allow", "disallow", "crawl-delay"):
                ruled = True
                for name in named:
                    groups[name].append((field, value))
        own = groups.get(program.lower(), groups.get("*", []))[:MOST_RULES]
        # An empty pattern says nothing.
        rules = tuple((field == "allow", _normal(value)) for field, value in own if field != "crawl-delay" and value)
        return cls(rules, max((_delay(value) for field, value in own if field == "crawl-delay"), default=0.0))

    def allow(self, url: str) -> bool:
        """Return whether an address may be asked for, by the longest pattern; of two as long one that allows wins."""
        parts = urlsplit(url)
        path = _normal((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if path == "/robots.txt":
            return True
        fitting = [(len(pattern), allowed) for allowed, pattern in self.rules if _fits(pattern, path)]
        return max(fitting, default=(0, True))[1]

    def written(self) -> str:
        """Return these rules as a robots.txt of theirs alone."""
        lines = [f"{'allow' if allowed else 'disallow'}: {pattern}" for allowed, pattern in self.rules]
        return "\n".join(["user-agent: *", *lines, *([f"crawl-delay: {self.delay:g}"] if self.delay else [])])


EVERYTHING: Final = Rules()
NOTHING: Final = Rules(((False, "/"),))


def _delay(value: str) -> float:
    return min(float(value), LONGEST_DELAY) if re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", value) else 0.0


def _normal(path: str) -> str:
    """Return a path in one spelling of its percent-encoded octets; an encoded '/' stays, as it means another path."""
    pieces = re.split(r"(%2[Ff5])", path)
    return "".join(
        piece.upper() if number % 2 else quote(unquote_to_bytes(piece), safe=_SAFE)
        for number, piece in enumerate(pieces)
    )


def _fits(pattern: str, path: str) -> bool:
    """Return whether a path begins as a pattern says, `*` standing for anything, and `$` at its end for the path's."""
    ends = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    place = len(first)
    if ends and not others:
        return place == len(path)
    for number, piece in enumerate(others):
        if ends and number == len(others) - 1:
            return len(path) - place >= len(piece) and path.endswith(piece)
        found = path.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return True
