"""HTML parse mode: markup to a text and its entities, refused as Telegram refuses it.

Source: Bot API, "HTML style", and the parser of Telegram's own library, which speaks of byte offsets into UTF-8.
"""

from dataclasses import dataclass
from typing import Final

from tests.telegram.server.entities import Json, utf16_length
from tests.telegram.server.links import checked_link

_TYPES: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
}
_TAGS: Final = frozenset({*_TYPES, "a", "code", "pre", "tg-emoji"})
_NAMED: Final = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
# The parser reads a text that ends in NUL, and takes NUL for white space.
_SPACES: Final = frozenset(b" \t\r\n\v\0")
_END: Final = 0
_GT, _LT, _SLASH, _EQUALS, _AMP = b"></=&"
_QUOTATION: Final = frozenset(b"\"'")


class MarkupError(ValueError):
    """Markup that Telegram refuses; the message is the part after "can't parse entities: "."""


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    start: int


def parse_html(markup: str) -> tuple[str, list[Json]]:
    """The text and the entities that the markup stands for, before Telegram tidies them.

    Raises:
        MarkupError: if a tag is unknown, unclosed or unmatched.
    """
    return _Parser(markup).parsed()


class _Parser:
    def __init__(self, markup: str) -> None:
        self._bytes = markup.replace("\0", " ").encode() + b"\0"
        self._position = 0
        self._text: list[str] = []
        self._units = 0
        self._open: list[_Open] = []
        self._entities: list[Json] = []

    def parsed(self) -> tuple[str, list[Json]]:
        while (byte := self._bytes[self._position]) != _END:
            if byte == _LT and self._bytes[self._position + 1] == _SLASH:
                self._end_tag()
            elif byte == _LT:
                self._start_tag()
            elif byte == _AMP:
                self._append(self._character_reference() or self._plain())
            else:
                self._append(self._plain())
        if self._open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        for entity in self._entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        return "".join(self._text), self._entities

    def _append(self, text: str) -> None:
        self._text.append(text)
        self._units += utf16_length(text)

    def _plain(self) -> str:
        """The text up to the next byte that may mean something."""
        start = self._position
        self._position += 1
        while self._bytes[self._position] not in (_LT, _AMP, _END):
            self._position += 1
        return self._bytes[start : self._position].decode()

    def _character_reference(self) -> str:
        """The character that stands at this `&`, and past it; nothing if it is none, and the `&` stays as it is."""
        start = self._position
        end = start + 1
        if self._bytes[end] == ord("#"):
            end += 1
            base, digits = 10, b"0123456789"
            if self._bytes[end] == ord("x"):
                end += 1
                base, digits = 16, b"0123456789abcdefABCDEF"
            first = end
            while self._bytes[end] in digits:
                end += 1
            code = int(self._bytes[first:end] or b"0", base)
            surrogate = 0xD800 <= code <= 0xDFFF
            if code == 0 or code >= 0x10FFFF or end - start >= 10 or surrogate:
                return ""
            character = chr(code)
        else:
            while chr(self._bytes[end]).isalpha() and self._bytes[end] < 128:
                end += 1
            character = _NAMED.get(self._bytes[start + 1 : end], "")
            if not character:
                return ""
        self._position = end + 1 if self._bytes[end] == ord(";") else end
        return character

    def _skip_spaces(self) -> None:
        while self._bytes[self._position] in _SPACES and self._bytes[self._position] != _END:
            self._position += 1

    def _until(self, stops: bytes) -> bytes:
        start = self._position
        while self._bytes[self._position] not in _SPACES and self._bytes[self._position] not in stops:
            self._position += 1
        return self._bytes[start : self._position]

    def _start_tag(self) -> None:
        begin = self._position
        self._position += 1
        tag = self._until(b">").decode(errors="replace").lower()
        if self._bytes[self._position] == _END:
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")
        if tag not in _TAGS:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument = self._attributes(tag, begin)
        if tag == "span" and argument != "spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self._position += 1
        self._open.append(_Open(tag, argument, self._units, len(self._text)))

    def _attributes(self, tag: str, begin: int) -> str:
        """The one attribute that matters for the tag, up to its `>`."""
        argument = ""
        while True:
            self._skip_spaces()
            if self._bytes[self._position] == _GT:
                return argument
            name = self._until(b"=>/\"'").decode(errors="replace").lower()
            if not name:
                raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
            self._skip_spaces()
            value = ""
            if self._bytes[self._position] == _EQUALS:
                self._position += 1
                self._skip_spaces()
                value = self._value(begin)
            if self._bytes[self._position] == _END:
                raise MarkupError(f"Unclosed start tag at byte offset {begin}")
            argument = _meaning(tag, name, value) or argument

    def _value(self, begin: int) -> str:
        if self._bytes[self._position] == _END:
            raise MarkupError(f"Unclosed start tag at byte offset {begin}")
        if self._bytes[self._position] not in _QUOTATION:
            return self._name_token()
        quotation = self._bytes[self._position]
        self._position += 1
        value = bytearray()
        while (byte := self._bytes[self._position]) not in (quotation, _END):
            character = self._character_reference() if byte == _AMP else ""
            if character:
                value += character.encode()
            else:
                value.append(byte)
                self._position += 1
        if self._bytes[self._position] == quotation:
            self._position += 1
        return value.decode()

    def _name_token(self) -> str:
        start = self._position
        while (byte := self._bytes[self._position]) < 128 and (chr(byte).isalnum() or byte in b".-"):
            self._position += 1
        if self._bytes[self._position] not in _SPACES and self._bytes[self._position] != _GT:
            raise MarkupError(f"Unexpected end of name token at byte offset {start}")
        return self._bytes[start : self._position].decode().lower()

    def _end_tag(self) -> None:
        begin = self._position
        if not self._open:
            raise MarkupError(f"Unexpected end tag at byte offset {begin}")
        self._position += 2
        found = self._until(b">").decode(errors="replace").lower()
        self._skip_spaces()
        if self._bytes[self._position] != _GT:
            raise MarkupError(f"Unclosed end tag at byte offset {begin}")
        self._position += 1
        opened = self._open.pop()
        if found and found != opened.tag:
            raise MarkupError(
                f'Unmatched end tag at byte offset {begin}, expected "</{opened.tag}>", found "</{found}>"'
            )
        if self._units > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        place: Json = {"offset": opened.offset, "length": self._units - opened.offset}
        match opened.tag:
            case "a":
                url = checked_link(opened.argument or "".join(self._text[opened.start :]))
                if url:
                    self._entities.append({"type": "text_link", **place, "url": url})
            case "code" | "pre":
                self._close_code(opened, place)
            case "blockquote" if opened.argument:
                self._entities.append({"type": "expandable_blockquote", **place})
            case "tg-emoji":
                # Only bots that bought a name may use them; the plain emoji stays.
                pass
            case tag:
                self._entities.append({"type": _TYPES[tag], **place})

    def _close_code(self, opened: _Open, place: Json) -> None:
        """`<pre><code class="language-x">` and the two the other way round make one block of code."""
        inner = self._entities[-1] if self._entities else None
        same = inner is not None and (inner["offset"], inner["length"]) == (place["offset"], place["length"])
        if inner is not None and same and opened.tag == "pre" and inner["type"] == "code" and "language" in inner:
            inner["type"] = "pre"
        elif inner is not None and same and opened.tag == "code" and inner["type"] == "pre" and opened.argument:
            inner["language"] = opened.argument
        else:
            language = {"language": opened.argument} if opened.argument else {}
            self._entities.append({"type": opened.tag, **place, **language})


def _meaning(tag: str, attribute: str, value: str) -> str:
    match tag, attribute:
        case "a", "href":
            return value
        case "code", "class" if value.startswith("language-"):
            return value.removeprefix("language-")
        case "span", "class" if value.startswith("tg-"):
            return value.removeprefix("tg-")
        case "blockquote", "expandable":
            return "1"
    return ""
