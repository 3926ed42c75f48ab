"""Which articles are copies: checked against the resemblance counted out word by word."""

import itertools
import random
import re
from collections.abc import Sequence

import pytest

from index.article import Article, Passage, Span
from index.near_duplicates import copies, signature

# Eighty words of which none comes twice, so that every five in a row are a feature of their own: 76 of them.
WORDS = [
    first + second for first in ("bar", "cel", "dom", "fen", "gor", "hul", "jin", "kep") for second in "abcdefghij"
]


def signed(text: str, *spans: tuple[int, int]) -> bytes:
    """The MinHash of a text, all of it one passage unless other passages are given."""
    passages = tuple(Passage(Span(*span)) for span in spans or [(0, len(text))])
    return signature(Article("id", "path", text), passages)


def grouped(texts: Sequence[str]) -> dict[int, int]:
    return copies({number: signed(text) for number, text in enumerate(texts)})


def resemblance(one: str, other: str) -> float:
    """Shared runs of five words over all runs of five words (Broder 1997)."""
    mine, theirs = (
        {tuple(words[i : i + 5]) for i in range(len(words) - 4)}
        for words in (re.findall(r"\w+", text.lower()) for text in (one, other))
    )
    return len(mine & theirs) / len(mine | theirs)


def edited(changes: int, seed: int = 0) -> str:
    """The eighty words with so many of them replaced, at random places."""
    words = list(WORDS)
    for number, place in enumerate(random.Random(seed).sample(range(len(words)), changes)):
        words[place] = f"zu{number}x"
    return " ".join(words)


def test_the_same_text_is_a_copy_of_the_first() -> None:
    text = " ".join(WORDS)
    assert grouped([text, "something else altogether, of its own", text, text]) == {2: 0, 3: 0}


def test_case_and_punctuation_and_line_breaks_do_not_make_another_text() -> None:
    text = " ".join(WORDS)
    assert grouped([text, text.upper().replace(" ", ",\r\n")]) == {1: 0}


def test_a_syndicated_copy_with_another_lead_and_a_cut_ending_is_a_copy() -> None:
    copy = "TARNOW (Agency) " + " ".join(WORDS[:66])
    assert resemblance(" ".join(WORDS), copy) == pytest.approx(62 / (76 + 64 - 62))
    assert grouped([" ".join(WORDS), copy]) == {1: 0}


def test_two_articles_on_one_event_in_their_own_words_are_not_copies() -> None:
    one = "The harbour of Lillehavn reopened on Monday, nine days after a storm tore away its northern pier."
    other = "Nine days after the storm that tore away its northern pier, Lillehavn's harbour was open again on Monday."
    assert resemblance(one, other) < 0.3
    assert grouped([one, other]) == {}


@pytest.mark.parametrize("changes", [1, 2, 3, 20, 30, 40])
def test_the_estimate_agrees_with_the_resemblance_counted_out(changes: int) -> None:
    """Far from the threshold of one half: 128 hash values put the estimate within about 0.13 of it (three sigma)."""
    text, other = " ".join(WORDS), edited(changes)
    true = resemblance(text, other)
    assert abs(true - 0.5) > 0.13
    assert grouped([text, other]) == ({1: 0} if true > 0.5 else {})


def test_what_passages_leave_out_does_not_count() -> None:
    text = " ".join(WORDS)
    clutter = " ".join(f"promo{number}" for number in range(100)) + " "
    alone, page = signed(text), signed(clutter + text, (len(clutter), len(clutter + text)))
    assert alone == page
    assert copies({0: alone, 1: signed(clutter + text)}) == {}


def test_the_sentence_that_two_passages_share_counts_once() -> None:
    text = " ".join(WORDS)
    middle, before = text.index(WORDS[40]), text.index(WORDS[35])
    assert signed(text, (0, middle), (before, len(text))) == signed(text)


def test_all_copies_of_one_text_are_named_after_the_first_of_them() -> None:
    texts = [
        edited(0),
        edited(1, seed=1),
        "quite another one, not to be confused",
        edited(1, seed=2),
        edited(2, seed=3),
    ]
    for one, other in itertools.combinations([0, 1, 3, 4], 2):
        assert resemblance(texts[one], texts[other]) > 0.6
    assert grouped(texts) == {1: 0, 3: 0, 4: 0}


def test_groups_do_not_depend_on_the_order_in_which_articles_are_given() -> None:
    signatures = {number: signed(edited(number, seed=number)) for number in range(8)}
    backwards = dict(sorted(signatures.items(), reverse=True))
    assert copies(signatures) == copies(backwards)
    assert copies(signatures)


def test_a_text_shorter_than_five_words_is_a_copy_of_the_same_words_only() -> None:
    assert grouped(["Storm warning", "storm warning!", "Storm over", "Warning: storm"]) == {1: 0}


def test_texts_without_a_word_are_not_copies_of_each_other() -> None:
    assert grouped(["🚢🚢🚢", "👍", "— … —"]) == {}


def test_a_signature_is_128_numbers_of_32_bits_and_always_the_same() -> None:
    text = " ".join(WORDS)
    assert len(signed(text)) == 128 * 4
    assert signed(text) == signed(text)
    assert signed(text) != signed(edited(1))


def test_nothing_has_no_copies() -> None:
    assert copies({}) == {}
