"""Hostile files: small grammars of each format, and mutations of what they and the samples give.

A seed, a kind and a number make the same file each time, so that a failure can be had again.
"""

import csv
import io
import json
import random
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from index.parsers import read
from index.parsers.registry import parser_of
from tests.fuzz.fragments import BROKEN, ENCODINGS, MARKS, ODD, TOKENS, WORDS
from tests.fuzz.packed import PACKED

SAMPLES: Final = Path(__file__).resolve().parents[2] / "seeds"
MOST_MUTATIONS: Final = 6
# How often a file is at most so long, in bytes: most are small, so that many can be tried.
LENGTHS: Final = ((0.80, 400), (0.17, 2_000), (0.029, 10_000), (0.001, 100_000))


def hostile(kind: str, number: int, seed: int = 0) -> bytes:
    """Make the hostile file of this kind and number."""
    chance = random.Random(f"{seed}/{kind}/{number}")
    longest = chance.choices([length for _, length in LENGTHS], [share for share, _ in LENGTHS])[0]
    # A page has a head, and a text that is long enough to be an article's.
    longest *= 3 if kind == "html" else 1
    if kind in PACKED:
        return _packed(chance, kind, longest)
    raw = chance.choice((_of_grammar, _of_grammar, _of_sample, _of_tokens, _of_bytes))(chance, kind, longest)
    for _ in range(chance.choice((0, 1, 1, 2, 3, MOST_MUTATIONS))):
        raw = chance.choice(MUTATIONS)(chance, raw, kind)
    return raw[: 2 * longest]


def _packed(chance: random.Random, kind: str, longest: int) -> bytes:
    """Make a document or an archive that is mutated within, and now and then without."""

    def mutate(markup: str) -> str:
        raw = markup.encode(errors="replace")
        for _ in range(chance.choice((0, 0, 1, 2))):
            raw = chance.choice(MUTATIONS)(chance, raw, "html")
        return raw[: 2 * longest].decode(errors="replace")

    made = PACKED[kind](chance, _paragraphs(chance, longest), mutate)
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        made = chance.choice((_flipped, _repeated, _without, _cut_off, _spliced))(chance, made, "html")
    return made


def _of_bytes(chance: random.Random, _: str, longest: int) -> bytes:
    return chance.randbytes(chance.randint(0, min(longest, 400)))


def _of_tokens(chance: random.Random, kind: str, longest: int) -> bytes:
    pieces: list[str] = []
    while sum(map(len, pieces)) < longest // 2:
        piece = chance.choice(chance.choice((TOKENS[kind], TOKENS[kind], WORDS, ODD)))
        pieces.append(piece * chance.choice((1, 1, 1, 1, 2, 10)))
    return "".join(pieces).encode(errors="replace")


def _of_sample(chance: random.Random, kind: str, longest: int) -> bytes:
    raw = chance.choice(_samples(kind))
    start = chance.choice((0, 0, chance.randrange(len(raw))))
    return raw[start : start + chance.randint(1, longest)]


def _of_grammar(chance: random.Random, kind: str, longest: int) -> bytes:
    return GRAMMARS[kind](chance, _paragraphs(chance, longest)).encode(errors="replace")


def _paragraphs(chance: random.Random, longest: int) -> list[str]:
    paragraphs = [_paragraph(chance)]
    while sum(map(len, paragraphs)) < longest // 2:
        paragraphs.append(_paragraph(chance))
    return paragraphs


def _paragraph(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return "".join(chance.choice(chance.choice((WORDS, ODD))) for _ in range(chance.randint(1, 6)))
    sentences = _prose()
    start = chance.randrange(len(sentences))
    return " ".join(sentences[start : start + chance.randint(1, 3)])


def _value(chance: random.Random) -> str:
    """Choose what may stand in a field."""
    return chance.choice((*WORDS, *ODD, "Jane Doe", "2021-03-03T10:00:00Z", "en", "https://a.example/b", "", "Flood"))


def _text(chance: random.Random, paragraphs: Sequence[str]) -> str:
    top = [chance.choice((*TOKENS["text"], "A headline\n\n", "By Jane Doe\n")) for _ in range(chance.randint(0, 4))]
    return "".join(top) + chance.choice(("\n\n", "\n", "\r\n\r\n", " ")).join(paragraphs)


def _markdown(chance: random.Random, paragraphs: Sequence[str]) -> str:
    keys = chance.sample(("title", "author", "date", "url", "source", "language", "tags", "a b", "'", "[a]"), 4)
    front = "---\n" + "".join(f"{key}: {_value(chance)}\n" for key in keys) + "---\n"
    marks = (
        "",
        "",
        "# ",
        "## ",
        "- ",
        "[[a|b]] ",
        "%% a %% ",
        "{{< a >}} ",
        "> ",
        "    ",
        "```\n",
        "<div>\n",
        "![a](",
        "| ",
    )
    body = "\n\n".join(chance.choice(marks) + paragraph for paragraph in paragraphs)
    return chance.choice(("", front)) + body


def _html(chance: random.Random, paragraphs: Sequence[str]) -> str:
    names = ("p", "p", "p", "div", "h2", "li", "td", "blockquote", "span", "b", "pre", "section", "figcaption", "a")
    head = (
        f"<html lang='{_value(chance)}'><head><title>{_value(chance)}</title>"
        f'<meta name="{chance.choice(("author", "date", "og:title", "og:url"))}" content="{_value(chance)}">'
    )
    linked = f'<script type="application/ld+json">{_json(chance, 3)}</script>' if chance.random() < 0.4 else ""
    start = chance.randrange(len(_prose()))
    # Without some sentences a page holds no article, and little of what reads one is tried.
    reported = f"<p>{'. '.join(_prose()[start : start + 3])}.</p>" * chance.choice((0, 1, 2))
    body = reported + "".join(f"<{(name := chance.choice(names))}>{paragraph}</{name}>" for paragraph in paragraphs)
    return f"{head}{linked}</head><body><article><h1>{_value(chance)}</h1>{body}</article></body></html>"


def _jsonl(chance: random.Random, paragraphs: Sequence[str]) -> str:
    lines = []
    for paragraph in paragraphs:
        fields = {"text": paragraph, "id": chance.choice((1, 2, "a", _value(chance)))}
        fields.update({name: _value(chance) for name in ("title", "url", "date", "language") if chance.random() < 0.4})
        lines.append(
            json.dumps(fields, ensure_ascii=chance.random() < 0.5) if chance.random() < 0.9 else _json(chance, 4)
        )
    return "\n".join(lines)


def _json(chance: random.Random, depth: int) -> str:
    keys = ("@type", "@graph", "headline", "author", "name", "datePublished", "text", "id", "mainEntity", "articleBody")
    kind = chance.randrange(6) if depth else 0
    if kind < 2:
        return chance.choice(
            ('"Article"', '"a"', "1", "1e999", "null", "NaN", '"\\ud800"', "1" * 5_000, f'"{chance.random()}"')
        )
    inner = [_json(chance, depth - 1) for _ in range(chance.randint(0, 4))]
    if kind == 2:
        return f"[{','.join(inner)}]"
    return "{" + ",".join(f'"{chance.choice(keys)}":{value}' for value in inner) + "}"


def _document(chance: random.Random, paragraphs: Sequence[str]) -> str:
    if chance.random() < 0.3:
        return _json(chance, 6)
    names = ("title", "url", "date", "status", "author", "id", "content_html", "fields")
    records = [
        {"text": paragraph} | {chance.choice(names): chance.choice((_value(chance), [_value(chance)], {"name": "a"}))}
        for paragraph in paragraphs
    ]
    messages = [{"type": "message", "date": _value(chance), "from": _value(chance), "text": one} for one in paragraphs]
    documents = (records, {"items": records}, {"name": "a", "type": "b", "messages": messages}, records[0])
    return json.dumps(chance.choice(documents), indent=chance.choice((None, 2)))


def _table(chance: random.Random, paragraphs: Sequence[str]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=chance.choice(",;\t|"), lineterminator=chance.choice(("\n", "\r\n")))
    writer.writerow(("title", "text", "date", _value(chance)))
    writer.writerows((_value(chance), paragraph, _value(chance), "a") for paragraph in paragraphs)
    return written.getvalue()


def _chat(chance: random.Random, paragraphs: Sequence[str]) -> str:
    forms = ("[{}/{}/2023, 08:00:12] {}: {}", "{}.{}.23, 08:00 - {}: {}", "{}/{}/23, 8:00 AM - {}: {}")
    form = chance.choice(forms)
    days = sorted(chance.randint(1, 28) for _ in paragraphs)
    return "\n".join(
        form.format(day, 5, chance.choice(("Ann", "Bo", _value(chance))), one)
        for day, one in zip(days, paragraphs, strict=True)
    )


def _feed(chance: random.Random, paragraphs: Sequence[str]) -> str:
    rss = chance.random() < 0.6
    item, text = ("item", "description") if rss else ("entry", chance.choice(("content", "summary")))
    fields = ("title", "link", "guid", "pubDate", "dc:creator", "author", "id", "updated", "published", "category")
    entries = []
    for paragraph in paragraphs:
        about = "".join(f"<{(name := chance.choice(fields))}>{_value(chance)}</{name}>" for _ in range(3))
        wrapped = f"<![CDATA[<p>{paragraph}</p>]]>" if chance.random() < 0.5 else paragraph
        entries.append(f"<{item}>{about}<{text} type='html'>{wrapped}</{text}></{item}>")
    body = f"<title>{_value(chance)}</title>{''.join(entries)}"
    if rss:
        return f'<?xml version="1.0"?><rss version="2.0"><channel>{body}</channel></rss>'
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{body}</feed>'


GRAMMARS: Final[dict[str, Callable[[random.Random, Sequence[str]], str]]] = {
    "text": _text,
    "markdown": _markdown,
    "html": _html,
    "jsonl": _jsonl,
    "json": _document,
    "table": _table,
    "chat": _chat,
    "feed": _feed,
}


def _flipped(chance: random.Random, raw: bytes, _: str) -> bytes:
    changed = bytearray(raw)
    for _number in range(min(len(raw), chance.choice((1, 4, 16)))):
        changed[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(changed)


def _inserted(chance: random.Random, raw: bytes, kind: str) -> bytes:
    at = chance.randint(0, len(raw))
    words = chance.choice(chance.choice((TOKENS[kind], WORDS, ODD))).encode(errors="replace")
    return raw[:at] + chance.choice((words, chance.choice(BROKEN))) + raw[at:]


def _repeated(chance: random.Random, raw: bytes, _: str) -> bytes:
    start = chance.randint(0, len(raw))
    piece = raw[start : start + chance.choice((1, 4, 20, 100))]
    return raw[:start] + piece * chance.choice((2, 10, 100)) + raw[start:]


def _nested(chance: random.Random, raw: bytes, kind: str) -> bytes:
    at = chance.randint(0, len(raw))
    return raw[:at] + chance.choice(TOKENS[kind]).encode() * chance.choice((10, 40, 300)) + raw[at:]


def _without(chance: random.Random, raw: bytes, _: str) -> bytes:
    start = chance.randint(0, len(raw))
    return raw[:start] + raw[start + chance.choice((1, 10, 100)) :]


def _cut_off(chance: random.Random, raw: bytes, _: str) -> bytes:
    return raw[: chance.randint(0, len(raw))]


def _spliced(chance: random.Random, raw: bytes, kind: str) -> bytes:
    other = chance.choice(_samples(chance.choice((kind, chance.choice(list(TOKENS))))))
    start = chance.randrange(len(other))
    return raw[: chance.randint(0, len(raw))] + other[start : start + chance.randint(1, 300)]


def _encoded(chance: random.Random, raw: bytes, _: str) -> bytes:
    return raw.decode(errors="replace").encode(chance.choice(ENCODINGS), errors="replace")


def _marked(chance: random.Random, raw: bytes, _: str) -> bytes:
    return chance.choice(MARKS) + raw


MUTATIONS: Final[tuple[Callable[[random.Random, bytes, str], bytes], ...]] = (
    *(_flipped, _inserted, _inserted, _repeated, _nested, _without, _cut_off, _spliced, _encoded, _marked),
)


@cache
def _samples(kind: str) -> tuple[bytes, ...]:
    """Return the samples of a parser, and a line of text where there are none."""
    files = sorted(file for file in SAMPLES.rglob("*") if file.is_file() and parser_of(file.name) == kind)
    return tuple(file.read_bytes() for file in files) or (b"The river rose on Monday.",)


@cache
def _prose() -> tuple[str, ...]:
    """Return the sentences of the samples."""
    texts = [article.text for raw in _samples("text") for article in read("sample.txt", raw).articles]
    lines = [line for text in texts for line in text.splitlines()]
    return tuple(sentence for line in lines for sentence in line.split(". ") if sentence.strip())
