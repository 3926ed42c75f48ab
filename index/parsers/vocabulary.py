"""Lists of words, written the way they are read."""


def listed(written: str) -> tuple[str, ...]:
    """The words of `written`, which spaces part, in their order."""
    return tuple(written.split())
