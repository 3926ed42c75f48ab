"""A feed of a local server, followed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.feeds import reading
from tests.index.adding.web import serving
from tests.index.feeds.following import Follower


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    with serving({}) as site:
        yield Follower(site, tmp_path)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse in this process, for the tests that are not about what a hostile feed does to its parser: 0.5 s a feed."""

    def answered(module: str, argument: str, raw: bytes, *, seconds: float, memory: int) -> object:
        assert module == reading.__name__
        return reading._found(argument, raw)

    monkeypatch.setattr(reading, "answer_of", answered)
