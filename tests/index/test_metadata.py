"""Metadata: cleaned, checked, and unknown where nothing says them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import UNKNOWN, Found
from index.metadata import first_known, found, host_of, language, language_code, one_line, shortened, web_address

ENGLISH = (
    "The river rose on Monday and flooded the streets of the old town. Nobody was hurt, the mayor said, but some forty "
    "houses had to be cleared. The fire service expects the water to fall within two days, and has asked people to "
    "stay away from the bridges until then."
)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("  Two\r\n\twords  ", "Two words"),
        ("a\u202eb\u2066c\u200b", "abc"),
        ("bell\x07 and\x00nul", "bell and nul"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("👩\u200d🚀 stays", "👩\u200d🚀 stays"),
        (" \n\u200b ", None),
        ("", None),
    ],
)
def test_a_line_holds_no_control_characters_and_no_overrides(written: str, line: str | None) -> None:
    assert one_line(written) == line


def test_a_long_line_is_cut_behind_a_whole_word() -> None:
    assert shortened("alpha beta gamma", 12) == "alpha beta…"
    assert shortened("alpha beta", 10) == "alpha beta"
    assert shortened("alpha, beta", 8) == "alpha…"
    assert shortened("山" * 20, 5) == "山" * 5 + "…"


@given(st.text(st.characters(), max_size=700))
def test_every_line_is_short_and_can_be_stored(written: str) -> None:
    line = one_line(written)
    if line is not None:
        assert line.encode()
        assert len(line) <= 301
        assert line == " ".join(line.split())


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a?b=c#d",
        "http://example.org",
        "https://xn--bcher-kva.example:8080/",
        "https://bücher.example/ä",
    ],
)
def test_http_addresses_are_kept(address: str) -> None:
    assert web_address(f" {address}\n") == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://example.org/",
        "//example.org/a",
        "/a/b",
        "example.org",
        "https://",
        "https://bank.example@evil.example/",
        "https://example.org/a b",
        'https://example.org/"onclick=',
        "https://[::1",
        "https://example.org:port/",
        "https://example.org/\u202egpj.exe",
        "https://example.org/" + "a" * 2000,
        "",
    ],
)
def test_what_is_no_safe_address_is_unknown(address: str) -> None:
    assert web_address(address) is None


def test_the_host_names_the_source_where_nothing_else_does() -> None:
    assert host_of(Found("https://www.example.org/a", "front matter")) == Found("example.org", "host of the url")
    assert host_of(UNKNOWN) == UNKNOWN


def test_the_first_known_value_is_taken() -> None:
    assert first_known(UNKNOWN, Found("a", "x"), Found("b", "y")) == Found("a", "x")
    assert first_known(UNKNOWN) == UNKNOWN
    assert found("", "x") == UNKNOWN


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("en-US", "en"),
        ("en_US.UTF-8", "en"),
        ("EN", "en"),
        ("eng", "en"),
        ("nb-NO", "no"),
        ("nn", "no"),
        ("no", "no"),
        ("zh-Hans", "zh"),
        ("ger", "de"),
        ("x", None),
        ("zz", None),
        ("und", None),
        ("haw", None),
        ("English please", None),
        ("", None),
    ],
)
def test_a_declared_language_becomes_its_code_of_two_letters(declared: str, code: str | None) -> None:
    assert language_code(declared) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ENGLISH, "en"),
        ("Elven steg mandag og oversvømte gatene i gamlebyen. Ingen ble skadet, sa ordføreren.", "no"),
        ("Der Fluss stieg am Montag und überschwemmte die Straßen der Altstadt.", "de"),
        ("河水は月曜日に上昇し、旧市街の通りが浸水した。けが人はいなかったと市長は述べた。", "ja"),
    ],
)
def test_the_language_is_told_by_the_text(text: str, code: str) -> None:
    assert language(text, UNKNOWN) == Found(code, "detected")


@pytest.mark.parametrize("text", ["Hello there", "1234567890 " * 20, "!?", ""])
def test_too_little_text_has_no_language(text: str) -> None:
    assert language(text, UNKNOWN) == UNKNOWN


def test_a_declared_language_stands() -> None:
    assert language(ENGLISH, Found("de-DE", "field language")) == Found("de", "field language")
    assert language(ENGLISH, Found("nonsense", "field language")) == Found("en", "detected")


def test_a_long_text_knows_better_than_its_page() -> None:
    declared = Found("de-DE", "html lang")
    assert language(ENGLISH, declared, text_knows_better=True) == Found("en", "detected")
    assert language(ENGLISH[:66], declared, text_knows_better=True) == Found("de", "html lang")
