"""HTML parse mode: Telegram's documented examples, what it refuses and in which words, and what it tidies."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.telegram.server.entities import settled
from tests.telegram.server.html_parse_mode import MarkupError, parse_html
from tests.telegram.server.links import checked_link, typed_entities
from tests.telegram.server.rendering import render_html


def entity(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


def read(markup: str) -> tuple[str, list[dict[str, Any]]]:
    """The text and entities that Telegram would keep."""
    formatted = settled(*parse_html(markup))
    return formatted.text, list(formatted.entities)


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ("<b>bold</b>", "bold"),
        ("<strong>bold</strong>", "bold"),
        ("<i>ital</i>", "italic"),
        ("<em>ital</em>", "italic"),
        ("<u>line</u>", "underline"),
        ("<ins>line</ins>", "underline"),
        ("<s>gone</s>", "strikethrough"),
        ("<strike>gone</strike>", "strikethrough"),
        ("<del>gone</del>", "strikethrough"),
        ('<span class="tg-spoiler">hush</span>', "spoiler"),
        ("<tg-spoiler>hush</tg-spoiler>", "spoiler"),
        ("<code>code</code>", "code"),
        ("<pre>code</pre>", "pre"),
        ("<blockquote>said</blockquote>", "blockquote"),
        ("<blockquote expandable>said</blockquote>", "expandable_blockquote"),
        ("<B>bold</B>", "bold"),
    ],
)
def test_each_documented_tag_makes_its_entity(markup: str, kind: str) -> None:
    text, entities = read(markup)
    assert len(text) == 4
    assert entities == [entity(kind, 0, 4)]


def test_the_documented_nested_example_is_read() -> None:
    text, entities = read(
        '<b>bold <i>italic bold <s>italic bold strikethrough <span class="tg-spoiler">italic bold strikethrough '
        "spoiler</span></s> <u>underline italic bold</u></i> bold</b>"
    )
    assert text == (
        "bold italic bold italic bold strikethrough italic bold strikethrough spoiler underline italic bold bold"
    )
    assert entities == [
        entity("bold", 0, 103),
        entity("italic", 5, 93),
        entity("strikethrough", 17, 59),
        entity("spoiler", 43, 33),
        entity("underline", 77, 21),
    ]


def test_a_language_is_kept_for_code_in_pre_alone() -> None:
    assert read('<pre><code class="language-python">x = 1</code></pre>') == (
        "x = 1",
        [entity("pre", 0, 5, language="python")],
    )
    assert read('<code class="language-python">x = 1</code>') == ("x = 1", [entity("code", 0, 5)])


def test_offsets_count_utf16_units() -> None:
    text, entities = read("😀é<b>𝒳y</b>")
    assert text == "😀é𝒳y"
    # The emoji and the script letter take two units each, é takes one.
    assert entities == [entity("bold", 3, 3)]


def test_only_four_named_references_and_numeric_ones_are_read() -> None:
    assert read("&lt;b&gt; &amp;amp; &quot;q&quot;")[0] == '<b> &amp; "q"'
    assert read("&#65;&#x1F600;&#x42")[0] == "A😀B"
    assert read("&nbsp;&copy;&#0;&apos;")[0] == "&nbsp;&copy;&#0;&apos;"
    assert read("&#0000065; &#00000065;")[0] == "A &#00000065;"
    assert read("AT&T &") == ("AT&T &", [])


@pytest.mark.parametrize(
    ("markup", "why"),
    [
        ("<x>y</x>", 'Unsupported start tag "x" at byte offset 0'),
        ("é <p>y", 'Unsupported start tag "p" at byte offset 3'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
        ("<b>bold", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</i>", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("1 <", "Unclosed start tag at byte offset 2"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ('<span class="other">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a =x>y</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x_y>z</a>", "Unexpected end of name token at byte offset 8"),
    ],
)
def test_wrong_markup_is_refused_in_telegrams_words(markup: str, why: str) -> None:
    with pytest.raises(MarkupError) as refused:
        parse_html(markup)
    assert str(refused.value) == why


def test_an_empty_end_tag_closes_the_last_tag() -> None:
    assert read("<b>x</>y") == ("xy", [entity("bold", 0, 1)])


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://example.com/a?b=1#:~:text=c,d", "https://example.com/a?b=1#:~:text=c,d"),
        ("http://Example.com", "http://example.com/"),
        ("example.com/a", "http://example.com/a"),
        ("https://example.com:8443/x", "https://example.com:8443/x"),
        ("http://127.0.0.1/x", "http://127.0.0.1/x"),
        ("tg://user?id=1", "tg://user?id=1"),
        ("mailto:ada@example.com", "mailto:ada@example.com"),
        ("javascript:alert(1)", None),
        ("ftp://example.com/", None),
        ("http://localhost/", None),
        ("file:///etc/passwd", None),
        ("https://exa mple.com/", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_only_web_telegram_and_mail_links_are_kept(link: str, kept: str | None) -> None:
    assert checked_link(link) == kept
    expected = [entity("text_link", 0, 4, url=kept)] if kept else []
    if link:
        assert read(f'<a href="{link}">here</a>') == ("here", expected)


def test_a_link_without_an_address_takes_its_own_text() -> None:
    assert read("<a>example.com</a>") == ("example.com", [entity("text_link", 0, 11, url="http://example.com/")])
    assert read("<a>here</a>") == ("here", [])


def test_quotes_within_quotes_and_marks_within_code_are_dropped() -> None:
    assert read("<blockquote>a<blockquote>b</blockquote></blockquote>") == ("ab", [entity("blockquote", 0, 2)])
    assert read("<blockquote expandable>a<blockquote>b</blockquote></blockquote>") == (
        "ab",
        [entity("expandable_blockquote", 0, 2)],
    )
    assert read("<code>a<b>b</b></code>") == ("ab", [entity("code", 0, 2)])
    assert read("<b>a<b>b</b></b>") == ("ab", [entity("bold", 0, 2)])
    assert read("<blockquote><b>a</b>b</blockquote>")[1] == [entity("blockquote", 0, 2), entity("bold", 0, 1)]


def test_white_space_at_the_ends_goes_and_the_entities_move() -> None:
    assert read("\n  <b>x</b> y \n") == ("x y", [entity("bold", 0, 1)])
    assert read("x <b>y  </b>\n") == ("x y", [entity("bold", 2, 1)])
    assert read("<b> \n</b>") == ("", [])


def test_carriage_returns_and_direction_overrides_are_removed_and_the_entities_move() -> None:
    assert read("a\r\n\u202e<b>b\u2028c</b>") == ("a\nbc", [entity("bold", 2, 2)])
    assert read("a\x07b") == ("a b", [])


def test_the_first_hundred_entities_are_kept() -> None:
    text, entities = read("".join(f"<b>{n % 10}</b> " for n in range(101)))
    assert len(text) == 201
    assert len(entities) == 100
    assert entities[-1] == entity("bold", 198, 1)


@pytest.mark.parametrize(
    "markup",
    [
        "<b>a &lt; b</b> &amp; <i>c</i>",
        "<blockquote expandable>… <b>said 😀</b> …</blockquote>",
        '<a href="https://example.com/?a=1&amp;b=2">x <b>y</b></a>',
        '<pre><code class="language-python">if a &lt; b:</code></pre>',
        "<u><s><tg-spoiler>x</tg-spoiler></s></u>",
        "<code>x</code> plain",
    ],
)
def test_what_is_read_can_be_written_again(markup: str) -> None:
    assert render_html(*read(markup)) == markup


def test_entities_that_cross_are_closed_and_opened_again() -> None:
    written = render_html("abc", [entity("bold", 0, 2), entity("italic", 1, 2)])
    assert written == "<b>a<i>b</i></b><i>c</i>"


@given(st.text(alphabet=st.sampled_from("ab<>&/\"'= \n😀é;#bi")))
def test_any_markup_is_either_refused_or_read_into_entities_within_the_text(markup: str) -> None:
    try:
        text, entities = read(markup)
    except MarkupError:
        return
    total = len(text.encode("utf-16-le")) // 2
    assert all(0 <= one["offset"] < one["offset"] + one["length"] <= total for one in entities)
    assert text == text.rstrip()


@given(st.text(max_size=60))
def test_escaped_text_comes_back_as_it_is_but_for_what_telegram_removes(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(escaped) == (text.replace("\0", " "), [])


def test_apps_mark_commands_mentions_and_links() -> None:
    assert typed_entities("/ask@verbatim_bot 😀 who is @ada_l? see https://example.com/a.") == [
        entity("bot_command", 0, 17),
        entity("mention", 28, 6),
        entity("url", 40, 21),
    ]
    assert typed_entities("either/or, ada@example.org, a/b") == []
    assert typed_entities("example.com says") == [entity("url", 0, 11)]
