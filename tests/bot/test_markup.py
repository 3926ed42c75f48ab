"""Nothing that an article or a person says becomes markup, and lengths are Telegram's."""

from html import escape

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.markup import Piece, bold, italic, joined, linked, plain, quoted, shortened, units
from retrieval.sanitize import visible
from tests.bot.texts import ANY_TEXT, HOSTILE, read_html
from tests.telegram.server.html_parse_mode import parse_html

URLS = st.one_of(ANY_TEXT, ANY_TEXT.map("https://example.org/".__add__), ANY_TEXT.map("https://".__add__))
# Any nesting of any markup over any text.
PIECES = st.recursive(
    ANY_TEXT.map(plain),
    lambda inner: st.one_of(
        inner.map(bold),
        inner.map(italic),
        inner.map(quoted),
        st.builds(linked, inner, URLS),
        st.builds(joined, st.lists(inner, max_size=3), st.sampled_from(["", "\n", " <&> "])),
        st.builds(Piece.__add__, inner, inner),
    ),
    max_leaves=8,
)


@given(PIECES)
def test_any_markup_over_any_text_reads_back_as_the_text(piece: Piece) -> None:
    assert read_html(piece.html).replace("\r\n", "\n") == piece.text.replace("\r\n", "\n")
    text, entities = parse_html(piece.html)
    assert text == piece.text
    assert all(entity["offset"] + entity["length"] <= piece.units for entity in entities)


@given(HOSTILE)
def test_what_would_steer_a_screen_is_shown_as_a_sign(text: str) -> None:
    piece = plain(text)
    assert len(piece.text) == len(text)
    assert not set(piece.text) & {"\0", "\x1b", "\x85", "\u202e", "\u2066", "\ud83d"}
    piece.text.encode()
    assert "<" not in piece.html
    assert ">" not in piece.html


def test_text_is_escaped_once() -> None:
    assert plain("<b>&amp; \"x\" 'y'").html == "&lt;b&gt;&amp;amp; &quot;x&quot; &#x27;y&#x27;"


@pytest.mark.parametrize(
    ("piece", "html"),
    [
        (bold(plain("a<")), "<b>a&lt;</b>"),
        (italic(plain("a")), "<i>a</i>"),
        (quoted(plain("a"), expandable=True), "<blockquote expandable>a</blockquote>"),
        (quoted(plain("a")), "<blockquote>a</blockquote>"),
        (linked(plain("a"), "https://e.org/?a=1&b='"), '<a href="https://e.org/?a=1&amp;b=&#x27;">a</a>'),
        (linked(plain("a"), "javascript:alert(1)"), "a"),
        (linked(plain("a"), None), "a"),
        (bold(plain("")), ""),
        (linked(plain(""), "https://e.org"), ""),
        (joined([plain("a"), Piece(), bold(plain("b")), plain("")], " & "), "a &amp; <b>b</b>"),
        (joined([], "-"), ""),
    ],
)
def test_marks_are_telegrams_and_nothing_stays_nothing(piece: Piece, html: str) -> None:
    assert piece.html == html


@given(HOSTILE)
def test_units_are_those_of_utf16(text: str) -> None:
    assert units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


def boundaries(text: str) -> set[int]:
    """The places between the signs a reader sees (UAX #29)."""
    return {0, *(match.end() for match in regex.finditer(r"\X", text))}


@given(ANY_TEXT, st.integers(1, 200))
def test_what_is_shortened_fits_and_breaks_no_sign(text: str, most: int) -> None:
    short = shortened(text, most)
    if units(text) <= most:
        assert short == text
        return
    assert units(short) <= most
    assert short.endswith("…")
    kept = short[:-1]
    assert kept == kept.rstrip()
    assert any(text[:place].rstrip() == kept for place in boundaries(text))


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("abcd", 1, "…"),
        # Each of these signs is more than one unit: flags 4, the family 11, e with two accents 3.
        ("🇳🇴🇸🇪", 7, "🇳🇴…"),
        ("🇳🇴🇸🇪", 4, "…"),
        ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 21, "👩‍👩‍👧‍👦…"),
        ("e\u0301\u0302e\u0301\u0302", 4, "e\u0301\u0302…"),
        # At a word where that costs less than a fifth.
        ("The ferry was cancelled", 20, "The ferry was cance…"),
        ("The ferry was cancelled", 16, "The ferry was…"),
        ("A verylongwordwithoutanyend", 20, "A verylongwordwitho…"),
    ],
)
def test_a_text_is_cut_at_a_word_where_that_costs_little(text: str, most: int, short: str) -> None:
    assert shortened(text, most) == short


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://example.org/a?b=c&d='#:~:text=x",
        "HTTPS://EXAMPLE.ORG/",
        "https://example.org:8443/",
        "https://[2001:db8::1]/",
        "https://økern.example/å",
    ],
)
def test_web_addresses_may_be_followed(url: str) -> None:
    assert linked(plain("words"), url).html == f'<a href="{escape(url)}">words</a>'


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "example.org",
        "//example.org",
        "/a",
        "javascript:alert(1)",
        "JavaScript://example.org/%0aalert(1)",
        "data:text/html,x",
        "tg://resolve?domain=x",
        "file:///etc/passwd",
        "ftp://example.org",
        "mailto:a@example.org",
        "https:",
        "https://",
        "https:///path",
        "https://:443/",
        "https://[::1",
        "https://user@example.org/",
        "https://user:word@example.org/",
        "https://example.org/<b>",
        'https://example.org/"onclick=',
        "https://example.org/a b",
        "https://example.org/a\nb",
        "java\nscript:alert(1)",
        "https://example.org/\x00",
        "https://example.org/\u202e",
        "https://example.org/\ud83d",
    ],
)
def test_no_other_address_may(url: str | None) -> None:
    assert linked(plain("words"), url) == plain("words")


@given(URLS)
def test_whatever_the_address_only_its_own_link_comes_of_it(url: str) -> None:
    text, entities = parse_html(linked(plain("words"), url).html)
    assert text == "words"
    assert [entity["type"] for entity in entities] in ([], ["text_link"])
    assert linked(plain("words"), url).html in ("words", f'<a href="{escape(url.strip())}">words</a>')


@given(HOSTILE)
def test_signs_stand_one_for_one(text: str) -> None:
    assert len(visible(text)) == len(text)
    assert visible(visible(text)) == visible(text)
