"""The door: picks the reader that a file's name asks for."""

from importlib import import_module

from index.readers.formats import OTHER_FORMAT, reader_of
from index.readers.reading import Reading, Skipped, UnreadableError


def read(path: str, raw: bytes) -> Reading:
    """The articles in the bytes of one file.

    A pure function of its arguments. Bad content never raises: it is reported in `skipped`.

    Args:
        path: relative to the seeds, with '/' between folders; its suffix picks the format.
        raw: the whole file.
    """
    name = reader_of(path)
    if name is None:
        return Reading(skipped=(Skipped(path, OTHER_FORMAT),))
    # Imported only when a file of the format comes: trafilatura alone takes 0.4 s.
    reader = import_module(f"index.readers.{name}")
    try:
        reading: Reading = reader.read(path, raw)
    except UnreadableError as error:
        return Reading(skipped=(Skipped(path, str(error)),))
    return reading
