"""Stops a build that would remove a large part of the articles: a share that is not mounted, more often than a wish."""

from typing import Final

from index.errors import RemovalsError
from index.generation.catalog import Catalog, CatalogWriter

# Up to so many articles may go unasked, and so large a part of all.
_UNASKED: Final = 10
_PART: Final = 1 / 3
_EXAMPLES: Final = 3


def check_removals(previous: Catalog, writer: CatalogWriter) -> None:
    """Compare the articles being served with those written into a new catalog.

    An article is gone where neither its id nor its text is in the new catalog: moved files remove nothing, nor does a
    file of other content.

    Raises:
        RemovalsError: if more than ten articles are gone, and more than a third of all.
    """
    gone = writer.missing(previous.identities())
    if len(gone) > _UNASKED and len(gone) > _PART * previous.article_count:
        raise RemovalsError(len(gone), previous.article_count, gone[:_EXAMPLES])
