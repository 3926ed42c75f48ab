"""The lists of words by language."""

import tomllib
from pathlib import Path

import pytest

from retrieval.quotes import wordlists
from retrieval.quotes.wordlists import given_names, word_lists

FOLDER = Path(wordlists.__file__).parent


@pytest.mark.parametrize(("language", "word"), [("en", "said"), ("no", "sier"), ("de", "sagte"), ("fr", "affirme")])
def test_each_language_has_its_verbs(language: str, word: str) -> None:
    assert word in word_lists(language).saying
    assert word in word_lists(None).saying


def test_a_language_without_lists_has_the_words_of_all() -> None:
    assert word_lists("xx") == word_lists(None)


def test_a_contraction_denies() -> None:
    assert word_lists("en").is_negation("wouldn't")
    assert not word_lists("en").is_negation("would")


def test_no_given_name_is_of_both_genders() -> None:
    names = given_names()
    assert names.he.isdisjoint(names.she)


@pytest.mark.parametrize(
    "text",
    ["", "[saying]\nen = 5\n", "[saying]\nen = 'Said'\n", "[sayings]\nen = 'said'\n", "saying = 'said'\n"],
)
def test_a_file_that_is_not_as_it_should_be_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = (FOLDER / "words.toml").read_text(encoding="utf-8")
    start, end = whole.index("[saying]"), whole.index("# Before the name")
    (tmp_path / "words.toml").write_text(whole[:start] + text + whole[end:], encoding="utf-8")
    monkeypatch.setattr(wordlists, "__file__", str(tmp_path / "wordlists.py"))
    wordlists._tables.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"^words\.toml"):
            wordlists._tables()
    finally:
        monkeypatch.undo()
        wordlists._tables.cache_clear()


def test_every_table_has_english_and_norwegian() -> None:
    tables = tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))
    pronouns = tables.pop("pronouns")
    assert all({"en", "no"} <= set(table) for table in (*tables.values(), *pronouns.values()))
