"""The articles that came in one file."""

from dataclasses import dataclass

from index.generation.catalog import ArticleHead
from index.parsers.parsed import holder
from retrieval.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ArticlesOfFile:
    """A file with its articles.

    Attributes:
        file: its path as a build names it, such as 'added/2026-11-24-some-title-1a2b3c.html'; of an archive the
            archive's.
        sha256: of the text of each article, in their order.
    """

    file: str
    articles: tuple[ArticleHead, ...]
    sha256: tuple[str, ...]


def articles_beside(snapshot: Snapshot, article_id: str) -> ArticlesOfFile:
    """Return the file that an article came in, with all articles of it.

    Raises:
        UnknownArticleError: if there is no such article.
    """
    catalog = snapshot.generation.catalog
    number = snapshot.number_of(article_id)
    path = catalog.head(number).path
    file = holder(path, catalog.files()) or path
    rows = catalog.heads_in(file)
    return ArticlesOfFile(file, tuple(head for head, _ in rows), tuple(sha256 for _, sha256 in rows))
