"""What tests ask of a parsed file: its one article, or why there is none."""

from index.article import Article
from index.parsers import read


def only(path: str, raw: str | bytes) -> Article:
    """The one article of a file of which nothing is skipped."""
    reading = read(path, raw.encode() if isinstance(raw, str) else raw)
    assert reading.skipped == ()
    (article,) = reading.articles
    return article


def reasons(path: str, raw: str | bytes) -> list[str]:
    """The reasons why a file holds no article."""
    reading = read(path, raw.encode() if isinstance(raw, str) else raw)
    assert reading.articles == ()
    assert {skip.path for skip in reading.skipped} == {path}
    return [skip.reason for skip in reading.skipped]


def headings(article: Article) -> list[str]:
    """The headings of an article."""
    return [span.of(article.text) for span in article.headings]


def outside(article: Article) -> list[str]:
    """The stretches of an article that its format says are not the article."""
    return [span.of(article.text) for span in article.outside]
