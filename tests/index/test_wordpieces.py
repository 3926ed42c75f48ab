"""Wordpieces added up word by word are those that the tokenizer counts in the whole text."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel

from index.encoder.tokenizer import WordpieceCounter

TEXTS = [
    "",
    " ",
    "The ferry's crew — nine of them — sailed at 12:30, didn't they?",
    "line one\nline two\r\nand\ttabs\u2028separated\u00a0by\u200bmany\x1csigns",
    "東京は雨 naïve café [SEP] [UNK] x[MASK]y",
    "a" * 101 + " " + "b" * 99 + "\n" + "…" * 300,
    "word " * 500,
]

_ANYTHING = st.text(st.characters(codec="utf-8"), max_size=60)
_HARD = st.text(st.sampled_from("aé \n\t\r.'[]SEP\u0301東"), max_size=60)


def counted(tokenizer: Tokenizer, text: str) -> int:
    return len(tokenizer.encode(text, add_special_tokens=False).ids)


@pytest.fixture(scope="module")
def tokenizer(model_folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(model_folder / "tokenizer.json"))


def test_a_text_has_as_many_as_its_words(tokenizer: Tokenizer) -> None:
    counter = WordpieceCounter(tokenizer)
    expected = [counted(tokenizer, text) for text in TEXTS]
    assert counter(TEXTS) == expected
    assert counter(TEXTS) == expected, "known words count as new ones"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(codec="utf-8"), max_size=60)
    | st.text(st.sampled_from("aé \n\t\r.'[]SEP\u0301東"), max_size=60)
)
def test_any_text_has_as_many_as_its_words(tokenizer: Tokenizer, text: str) -> None:
    assert WordpieceCounter(tokenizer)([text]) == [counted(tokenizer, text)]


def test_words_that_are_forgotten_are_counted_again(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.encoder.tokenizer._CACHED", 3)
    counter = WordpieceCounter(tokenizer)
    for text in TEXTS * 2:
        assert counter([text]) == [counted(tokenizer, text)]
        # Those that may be kept, and those of the text.
        assert len(counter._known) <= 3 + len(set(text.replace("\n", " ").split(" ")))


class _Forgetful(dict[str, int]):
    """Forgets everything whenever it is asked, as another thread may have it do at any moment."""

    def __contains__(self, word: object) -> bool:
        there = super().__contains__(word)
        self.clear()
        return there

    def get(self, word: str, default: Any = None) -> Any:
        count = super().get(word, default)
        self.clear()
        return count

    def __getitem__(self, word: str) -> int:
        count = super().__getitem__(word)
        self.clear()
        return count


def test_words_that_another_thread_has_forgotten_meanwhile_are_counted(tokenizer: Tokenizer) -> None:
    counter = WordpieceCounter(tokenizer)
    counter._known = _Forgetful()
    for text in TEXTS * 2:
        assert counter([text, text]) == [counted(tokenizer, text)] * 2


def test_a_tokenizer_that_looks_across_words_counts_whole_texts() -> None:
    """Of two words with a space between, this one makes a token of all three."""
    model = BPE({"a": 0, "Ġ": 1, "b": 2, "aĠ": 3, "aĠb": 4}, [("a", "Ġ"), ("aĠ", "b")])
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=False)
    assert WordpieceCounter(tokenizer)(["a b"]) == [1]
