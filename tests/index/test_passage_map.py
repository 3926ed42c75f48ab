"""Which article a passage is of, and its place there, are told without the catalog."""

import numpy as np

from index.generation.catalog import PassageMap


def test_passages_are_of_the_article_they_lie_in_also_beside_articles_without_any() -> None:
    # Three passages, none, two, none.
    layout = PassageMap.of(np.array([0, 3, 3, 5, 5]), np.array([0, 1, 2, 3]), ["en", "en", "no", None])
    assert layout.articles(np.array([4, 0, 2, 3])).tolist() == [2, 0, 0, 2]
    assert layout.ordinals(np.array([4, 0, 2, 3])).tolist() == [1, 0, 2, 0]


def test_an_article_is_copied_where_another_has_the_same_original() -> None:
    layout = PassageMap.of(np.arange(6), np.array([0, 1, 0, 3, 1]), ["en"] * 5)
    assert layout.is_copied.tolist() == [True, True, True, False, True]
    assert layout.copies_of.tolist() == [0, 1, 0, 3, 1]


def test_passages_are_counted_by_language_and_a_language_without_any_is_not_named() -> None:
    layout = PassageMap.of(np.array([0, 3, 3, 5, 6]), np.arange(4), ["en", "fr", None, "en"])
    assert layout.passages_by_language() == {"en": 4, None: 2}
    assert [layout.languages[place] for place in layout.language_of] == ["en", "fr", None, "en"]


def test_nothing_is_laid_out_of_no_articles() -> None:
    layout = PassageMap.of(np.array([0]), np.array([], np.int64), [])
    assert layout.passages_by_language() == {}
    assert layout.articles(np.array([], np.int64)).tolist() == []
