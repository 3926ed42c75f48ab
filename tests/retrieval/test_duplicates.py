"""What two copies both say is one passage; what only one of them says is not hidden behind the other."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from index.article import Article, Passage, Span
from index.generation.catalog import Catalog, StoredArticle
from index.generation.catalog_writer import CatalogWriter
from retrieval.ranking.ranking import Duplicates

# Ten words each, and no word twice.
STORM = "Gales tore roofs off houses along that coast last night. "
FERRY = "Ferries stayed moored while passengers slept on benches inside terminals. "
MAYOR = "Mayor Aasheim thanked volunteers who filled sandbags before high tide. "
SPORT = "Lindvik won their cup match against Northgate by three goals. "
# Five of the storm's ten words in a row, and five others.
HALF = "Gales tore roofs off houses, but nobody minded very much. "

# (number of the article it copies, its passages)
ARTICLES: tuple[tuple[int, Sequence[str]], ...] = (
    (0, (STORM, FERRY)),
    (0, ("(Wire) " + STORM, MAYOR)),
    (2, (STORM,)),
    (0, (SPORT, STORM.upper())),
    (4, (SPORT,)),
    (0, (HALF,)),
)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with CatalogWriter(tmp_path / "catalog.sqlite") as writer:
        for number, (_, parts) in enumerate(ARTICLES):
            text = "".join(parts)
            ends = [sum(map(len, parts[: i + 1])) for i in range(len(parts))]
            passages = tuple(Passage(Span(end - len(part), end - 1)) for part, end in zip(parts, ends, strict=True))
            article = Article(str(number), f"{number}.txt", text)
            writer.add_article(StoredArticle(article, sha256(text.encode()).hexdigest(), passages, b""))
        writer.mark_copies({number: first for number, (first, _) in enumerate(ARTICLES) if first != number})
        writer.finish()
    with Catalog(tmp_path / "catalog.sqlite") as opened:
        yield opened


def same(catalog: Catalog, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Of passages given as (article, ordinal)."""
    judge = Duplicates(catalog, catalog.passage_map())
    first, second = (catalog.passages_of(article)[ordinal] for article, ordinal in (one, other))
    assert judge.same(first, second) == judge.same(second, first)
    return judge.same(first, second)


def test_copies_of_a_passage_are_the_same_whatever_surrounds_their_words(catalog: Catalog) -> None:
    assert same(catalog, (0, 0), (1, 0))
    assert same(catalog, (0, 0), (3, 1))


def test_passages_of_copies_that_say_different_things_are_not_the_same(catalog: Catalog) -> None:
    assert not same(catalog, (0, 1), (1, 1))
    assert not same(catalog, (0, 0), (1, 1))


def test_passages_of_articles_that_are_no_copies_are_not_the_same(catalog: Catalog) -> None:
    assert not same(catalog, (0, 0), (2, 0))


def test_a_passage_is_not_a_copy_of_another_in_its_own_article(catalog: Catalog) -> None:
    assert not same(catalog, (0, 0), (0, 0))
    assert not same(catalog, (0, 0), (0, 1))


def test_sharing_less_than_half_of_the_pairs_is_not_enough(catalog: Catalog) -> None:
    # Of ten words with their followers they share four: gales-tore, tore-roofs, roofs-off, off-houses.
    assert not same(catalog, (0, 0), (5, 0))


def test_the_other_articles_that_hold_a_passage_are_named_in_order(catalog: Catalog) -> None:
    judge = Duplicates(catalog, catalog.passage_map())
    storm, ferry = catalog.passages_of(0)
    assert [head.id for head in judge.others(storm)] == ["1", "3"]
    assert judge.others(ferry) == ()


def test_an_article_that_was_not_found_is_named_too(catalog: Catalog) -> None:
    judge = Duplicates(catalog, catalog.passage_map())
    assert [head.id for head in judge.others(catalog.passages_of(3)[1])] == ["0", "1"]
    assert judge.others(catalog.passages_of(3)[0]) == ()
