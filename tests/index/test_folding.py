"""What is compared has no marks that nobody sees, and its places are those of the text it came from."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.engines.bm25 import tokens
from index.folding import folded, folded_with_places, is_unseen
from index.passage_rules import prefixed

UNSEEN = ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u200e", "\u034f", "\u00ad\u200b"]


@pytest.mark.parametrize("mark", UNSEEN)
@pytest.mark.parametrize("word", ["Kühlhaus", "coldstore", "холодильник", "ψυγείο", "冷蔵庫", "โรงเย็น"])
def test_a_mark_that_nobody_sees_hides_no_word(mark: str, word: str) -> None:
    written = word[:3] + mark + word[3:]
    assert folded(written) == word
    assert tokens(f"das {written} am Hafen") == tokens(f"das {word} am Hafen")
    assert prefixed("", "", written) == word
    assert prefixed(written, written[::-1], "x") == f"{word}\n{word[::-1]}\nx"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("of\ufb01ce", "office"),
        ("ＮＡＴＯ　１２", "NATO　12"),
        ("ﾊﾞﾝｸ", "バンク"),
        ("𝗖𝗼𝗹𝗱 𝑠𝑡𝑜𝑟𝑒", "Cold store"),
        ("Ĳsselmeer", "IJsselmeer"),
        ("\ufe8d\ufedf\ufee4\ufe98\ufea4\ufed2", "المتحف"),
        ("محـــمد", "محمد"),
        ("plain ASCII", "plain ASCII"),
        # A superscript is no other form of a digit: 10² is not 102.
        ("10² m", "10² m"),
    ],
)
def test_letters_in_other_forms_are_the_letters(written: str, meant: str) -> None:
    assert folded(written) == meant
    assert tokens(written) == tokens(meant)


def test_an_accent_of_its_own_hides_no_word() -> None:
    assert tokens(unicodedata.normalize("NFD", "Kühlhaus på Ørnes")) == tokens("Kühlhaus på Ørnes")


def test_a_persian_word_is_found_with_its_ending_apart_and_joined() -> None:
    written = tokens("کتاب\u200cها را خواند")
    assert {"کتاب", "ها", "کتابها"} <= set(written)
    assert "\u200c" in folded("کتاب\u200cها"), "the encoder of Persian sees where the ending begins"


@given(st.text(st.sampled_from([*"ab .é冷", *UNSEEN[:-1], "\ufb01", "ﾊ", "ﾞ", "Ａ", "😀"])))
def test_places_are_those_of_the_text(text: str) -> None:
    found = folded_with_places(text)
    if found is None:
        assert folded(text) == text
        return
    assert found.text == folded(text)
    assert len(found.starts) == len(found.ends) == len(found.text)
    for point, start, end in zip(found.text, found.starts, found.ends, strict=True):
        assert point in folded(text[start:end])
        assert not any(map(is_unseen, text[start : start + 1]))
    assert list(found.starts) == sorted(found.starts)
