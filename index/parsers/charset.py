"""The decoding of a file's bytes."""

import codecs
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from index.metadata import likeliest_language
from index.parsers.parsed import UnreadableError, silence_libraries

BINARY: Final = "binary, not text"
EMPTY: Final = "empty"

# UTF-32 comes first: its little-endian mark begins with that of UTF-16.
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Binary formats with readable stretches and few NULs, whose bytes may pass for a legacy encoding.
SIGNATURES: Final = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"{\\rtf",
    b"7z\xbc\xaf",
)

# The encodings of pages and files of the last decades (https://encoding.spec.whatwg.org/#names-and-labels). Left to
# choose among all that Python knows, a detector takes short Western text for DOS or EBCDIC.
LEGACY: Final = (
    "cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp866 cp874 iso8859_2 iso8859_3 iso8859_4 "
    "iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 iso8859_10 iso8859_13 iso8859_14 iso8859_15 iso8859_16 "
    "koi8_r koi8_u cp932 euc_jp gb18030 big5 cp949 mac_roman"
).split()
# The encodings that are tried first, and those so alike that one passes for the other.
COMMON: Final = (
    "cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 iso8859_2 iso8859_5 iso8859_7 iso8859_9 koi8_r "
    "koi8_u cp932 euc_jp gb18030 big5 cp949 cp874"
).split()
RELATED: Final = {
    "cp1250": ("iso8859_2",),
    "iso8859_2": ("cp1250",),
    "cp1252": ("cp1250", "iso8859_2"),
    "cp1251": ("koi8_r", "koi8_u", "iso8859_5"),
    "koi8_r": ("koi8_u", "cp1251", "iso8859_5"),
    "cp1253": ("iso8859_7",),
    "iso8859_7": ("cp1253",),
    "cp1257": ("iso8859_13",),
    "cp1256": ("iso8859_6",),
    "cp874": ("iso8859_6", "cp1256"),
}
# Every browser reads a page that declares the left one as the right one, which has more characters.
WIDER: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
}

# The bytes of four that are not 0 in the ASCII of each encoding.
WIDE: Final = {"utf-16-le": (0, 2), "utf-16-be": (1, 3), "utf-32-le": (0,), "utf-32-be": (3,)}
WIDE_HEAD: Final = 40
# The escapes that begin seven-bit Japanese, in mail and old pages.
ISO_2022_JP: Final = (b"\x1b$B", b"\x1b$@")

XML_ENCODING: Final = re.compile(rb"\s*<\?xml[^>]{0,100}?encoding\s?=\s?[\"']([\w.:-]{2,40})[\"']")

# The letters beyond a to z that languages in Latin script are written with, which tell related encodings apart.
# From Unicode's CLDR (https://cldr.unicode.org): main and auxiliary exemplar characters in lower case, but for loans'.
BEYOND_ASCII: Final = {
    "ca": "àçèéíïòóúü·",
    "cs": "áčďéěíňóřšťúůýž",
    "da": "æøåéäöü",
    "de": "äöüßéà",
    "en": "éèêëïöôçñáü",
    "es": "áéíñóúü",
    "et": "äõöšüž",
    "fi": "äöåšž",
    "fr": "àâæçèéêëîïôœùûüÿ",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "is": "áðéíóúýþæö",
    "it": "àèéìíîòóùú",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "nl": "áäéëèíïóöúüĳ",
    "no": "æøåéèóòôäö",
    "pl": "ąćęłńóśźż",
    "pt": "àáâãçéêíóôõúü",
    "ro": "ăâîșțşţ",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sl": "čšžćđ",
    "sq": "çë",
    "sv": "åäöéà",
    "tr": "çğıöşüâîûi̇",
    "vi": "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}
# Enough to tell two decodings of the same bytes apart.
SAMPLE: Final = 20_000
BESIDE_LETTER: Final = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f]|[^\x00-\x7f](?=[A-Za-z])")
# Capitals behind small letters, as in Cyrillic decoded as another encoding of it; signs within or before a word of a
# script other than Latin; Thai combining signs without a letter.
MISPLACED: Final = re.compile(
    r"(?<=[а-яёα-ωά-ώ])[А-ЯЁΑ-Ω]|\b[а-яё][А-ЯЁ]{2}|[¶¤¢¦¬±¹²³µ¼½¾‡†¨]\s?(?=[Ά-ώЀ-џא-תء-ي])|[®©¤¶¬](?=[A-Za-z])|"
    r"[\u2500-\u259f]|(?<![\u0e00-\u0e7f])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
)
PUNCTUATION: Final = frozenset("‘’“”„‚–—…«»‹›©®™°§·•¡¿ºª\xa0€£¥")

CONTROLS: Final = dict.fromkeys(
    code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\v\f\r\x85"
)
# Real text has a stray backspace or escape at most, not one in fifty characters.
MOST_CONTROLS: Final = 0.02
# Damaged UTF-8 still has far more whole sequences than broken ones; a legacy encoding has none.
WHOLE_TO_BROKEN: Final = 4
# In a file that is not what its byte order mark says, a good part of the characters are undecodable.
MOST_BROKEN: Final = 0.01


def decode(raw: bytes, declared: str | None = None, *, nul: str | None = None) -> str:
    """Decode `raw` by its byte order mark, else as UTF-8, else as declared, else in the likeliest encoding.

    The mark is not part of the text; line ends stay as they are.

    Parameters:
        raw: a whole file.
        declared: the encoding that the file itself names, if it does.
        nul: the replacement for NUL in a format that allows it; without one, bytes with NUL are no text.

    Raises:
        UnreadableError: if it is empty, or not text.
    """
    if raw.startswith(SIGNATURES):
        raise UnreadableError(BINARY)
    text = _decoded(raw, declared, nul)
    if text is not None and nul is not None:
        text = text.replace("\0", nul)
    if text is None or _is_binary(text):
        raise UnreadableError(BINARY)
    if not text.strip():
        raise UnreadableError(EMPTY)
    return text


def decode_xml(raw: bytes) -> str:
    """Decode an XML document, which may declare its encoding, as `decode` does."""
    match = XML_ENCODING.match(raw[:400])
    return decode(raw, match and match[1].decode("ascii", errors="replace"))


def _decoded(raw: bytes, declared: str | None, nul: str | None) -> str | None:
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            text = raw[len(mark) :].decode(encoding, errors="replace")
            return None if _is_broken(text) else text
    if b"\0" in raw:
        wide = _wide(raw)
        if wide is not None:
            text = raw.decode(wide, errors="replace")
            return None if _is_broken(text) else text
        # A failed disk or a fixed size pads a page with NULs.
        padded = raw.strip(b"\0")
        if nul is None or not padded or 2 * padded.count(0) > len(padded):
            return None
        raw = raw.replace(b"\0", nul.encode())
    if any(escape in raw for escape in ISO_2022_JP):
        with suppress(UnicodeDecodeError):
            return raw.decode("iso2022_jp")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _damaged(raw) or _as_declared(raw, declared) or _as_detected(raw)


def _wide(raw: bytes) -> str | None:
    """Tell UTF-16 or UTF-32 without a mark by the NULs in the markup that a file begins with (XML 1.0, appendix F)."""
    head = raw[: WIDE_HEAD - WIDE_HEAD % 4]
    head = head[: len(head) - len(head) % 4]
    empty = tuple(head[column::4].count(0) * 4 == len(head) for column in range(4))
    filled = tuple(head[column::4].count(0) == 0 for column in range(4))
    if len(head) < 8:
        return None
    for encoding, columns in WIDE.items():
        if all(filled[c] if c in columns else empty[c] for c in range(4)):
            return encoding if head.decode(encoding).lstrip().startswith("<") else None
    return None


def _damaged(raw: bytes) -> str | None:
    text = raw.decode(errors="replace")
    broken = text.count("\ufffd")
    whole = sum(character > "\x7f" for character in text) - broken
    return text if whole >= WHOLE_TO_BROKEN * broken else None


def _as_declared(raw: bytes, declared: str | None) -> str | None:
    if declared is None:
        return None
    try:
        name = codecs.lookup(declared.strip()).name
    except (LookupError, ValueError):
        return None
    name = WIDER.get(name, name)
    # Only these: a hostile page could keep some of Python's other codecs busy for hours.
    if name.replace("-", "_") not in {encoding.replace("-", "_") for encoding in LEGACY}:
        return None
    text = raw.decode(name, errors="replace")
    return None if _is_broken(text) else text


def _as_detected(raw: bytes) -> str | None:
    silence_libraries()
    from charset_normalizer import from_bytes

    # The detector's order is not used: it often takes the wrong one of related encodings, which shows in words like
    # 'powiedzia³'. If all its decodings have such words, the other encodings are tried too.
    found = [match.encoding for match in from_bytes(raw, cp_isolation=list(COMMON))]
    found += [other for name in found for other in RELATED.get(name, ()) if other not in found]
    best = _likeliest_reading(raw, found)
    if best is None or best[0] > 0:
        best = min(filter(None, (best, _likeliest_reading(raw, LEGACY))), default=None)
    return best and best[-1]


def _likeliest_reading(raw: bytes, encodings: Iterable[str]) -> tuple[int, float, int, str] | None:
    """Return the decoding that is most like a language: its misfits, probability (negative), encoding's rank, text.

    Between decodings that are as good as each other, the commoner encoding is the likelier one.
    """
    decodings: dict[str, int] = {}
    for name in encodings:
        with suppress(UnicodeDecodeError):
            decodings.setdefault(raw.decode(name), LEGACY.index(name))
    ranked = []
    for text, rank in decodings.items():
        sample = text[:SAMPLE]
        code, probability = likeliest_language(sample)
        ranked.append((_misfits(sample) + _foreign_letters(sample, code), -round(probability, 1), rank, text))
    return min(ranked, default=None)


def _misfits(text: str) -> int:
    """Return how many characters stand where none of their kind belongs."""
    beside = sum(
        character not in PUNCTUATION and not unicodedata.name(character, "").startswith("LATIN")
        for character in BESIDE_LETTER.findall(text)
    )
    controls = len(text) - len(text.translate(CONTROLS))
    return beside + controls + len(MISPLACED.findall(text))


def _foreign_letters(text: str, language: str | None) -> int:
    """Return how many letters of `text` its language is not written with; 0 if its alphabet is not known."""
    known = BEYOND_ASCII.get(language or "")
    if known is None:
        return 0
    return sum(character > "\x7f" and character.isalpha() and character.lower() not in known for character in text)


def _is_broken(text: str) -> bool:
    return text.count("\ufffd") > max(1, MOST_BROKEN * len(text))


def _is_binary(text: str) -> bool:
    return "\0" in text or len(text) - len(text.translate(CONTROLS)) > MOST_CONTROLS * len(text)
