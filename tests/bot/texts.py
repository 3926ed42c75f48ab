"""Texts that come from anywhere, for tests of what is shown: markup, signs of several code points, lines, spaces."""

from html.parser import HTMLParser
from typing import Final

from hypothesis import strategies as st

# Tags and entities, bidirectional overrides, control characters, halves of surrogate pairs, flags, families, accents.
_PARTS: Final = (
    "<b>",
    "</b>",
    "</blockquote>",
    "<a href='x'>",
    "&amp;",
    "&lt",
    "&#0;",
    '"',
    "'",
    "\u202e",
    "\u2066",
    "\0",
    "\x1b[2J",
    "\x85",
    "\u2028",
    "\ud83d",
    "\udc00",
    "\ufeff",
    "\u200d",
    "🎉",
    "👩‍👩‍👧‍👦",
    "🇳🇴",
    "👍🏽",
    "é",
    "e\u0301\u0302",
    "שלום עולם",
    "مرحبا",
    "日本語。",
    "naïve",
    "Blinken",
    "U.S. ",
    "the ",
    "in ",
    ". ",
    "? ",
    "! ",
    "… ",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "\r\n",
    "1. ",
    "- ",
)
_PART: Final = st.one_of(st.sampled_from(_PARTS), st.text(max_size=8))
ANY_TEXT: Final = st.lists(_PART, max_size=40).map("".join)
"""Up to a few hundred characters."""
LONG_TEXT: Final = st.tuples(ANY_TEXT, st.integers(1, 400)).map(lambda drawn: (drawn[0] * drawn[1])[:5_000])
"""Up to 5,000 characters: more than a message holds."""
HOSTILE: Final = st.one_of(ANY_TEXT, LONG_TEXT)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read_html(html: str) -> str:
    """The text of some HTML, as the standard library reads it.

    Raises:
        AssertionError: if the tags are not balanced.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return "".join(reader.text)


# What Python takes for white space and a screen is shown a sign for: at the ends of a line it goes, within it stays.
_EITHER: Final = str.maketrans(dict.fromkeys("\x1c\x1d\x1e\x1f\x85\u241c\u241d\u241e\u241f\ufffd"))


def squeezed(text: str) -> str:
    """A text without any white space."""
    return "".join(text.translate(_EITHER).split())
