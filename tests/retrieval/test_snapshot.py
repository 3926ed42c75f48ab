"""A new generation is taken up when it is asked for, and a bad one is refused with its reason."""

from collections.abc import Callable
from pathlib import Path

import pytest

from index.build import build
from index.generation.generation import current
from retrieval import Retriever
from retrieval.snapshot import Snapshot
from tests.conftest import write_seeds
from tests.index.forging import replace_file
from tests.retrieval.articles import HARBOUR, ORCHARD

NewData = Callable[[], Path]


@pytest.fixture
def data(new_data: NewData, tmp_path: Path) -> Path:
    """A data folder over one article; its seeds are in `seeds` beside the test."""
    made = new_data()
    build(write_seeds(tmp_path / "seeds", {"harbour.txt": HARBOUR}), made)
    return made


def add_orchard(tmp_path: Path, data: Path) -> Path:
    """Build again with one article more; return the new generation."""
    build(write_seeds(tmp_path / "seeds", {"orchard.md": ORCHARD}), data)
    return current(data / "index")


def test_a_retriever_goes_on_with_its_generation_until_it_is_refreshed(data: Path, tmp_path: Path) -> None:
    with Retriever.open(data) as retriever:
        first = current(data / "index").name
        retriever.refresh()
        assert (retriever.generation, retriever.refusal, retriever.counts.articles) == (first, "", 1)
        second = add_orchard(tmp_path, data).name
        assert (retriever.generation, len(retriever.sources())) == (first, 1)
        retriever.refresh()
        assert (retriever.generation, retriever.refusal, retriever.counts.articles) == (second, "", 2)
        assert {head.path for head in retriever.sources()} == {"harbour.txt", "orchard.md"}


def test_a_damaged_generation_is_refused_with_its_reason_until_the_pointer_is_mended(
    data: Path, tmp_path: Path
) -> None:
    pointer = data / "index" / "CURRENT"
    before = pointer.read_text()
    with Retriever.open(data) as retriever:
        second = add_orchard(tmp_path, data)
        replace_file(second / "catalog.sqlite", b"no catalog")
        for _ in range(2):
            retriever.refresh()
            assert (retriever.generation, retriever.counts.articles) == (before.strip(), 1)
            assert "catalog.sqlite" in retriever.refusal
            assert "\n" not in retriever.refusal
        pointer.write_text(before)
        retriever.refresh()
        assert (retriever.generation, retriever.refusal) == (before.strip(), "")


def test_a_pointer_that_leads_nowhere_is_a_refusal_too_and_passes(data: Path, tmp_path: Path) -> None:
    pointer = data / "index" / "CURRENT"
    with Retriever.open(data) as retriever:
        first = retriever.generation
        second = add_orchard(tmp_path, data)
        pointer.unlink()
        retriever.refresh()
        assert (retriever.generation, retriever.refusal.startswith("there is no index in ")) == (first, True)
        pointer.write_text("../../elsewhere\n")
        retriever.refresh()
        assert (retriever.generation, "names no generation" in retriever.refusal) == (first, True)
        pointer.write_text(second.name + "\n")
        retriever.refresh()
        assert (retriever.generation, retriever.refusal) == (second.name, "")


def test_a_generation_that_was_refused_is_not_opened_again(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Retriever.open(data) as retriever:
        replace_file(add_orchard(tmp_path, data) / "catalog.sqlite", b"no catalog")
        retriever.refresh()
        tried: list[Path] = []
        reopened = Snapshot.reopened

        def noted(self: Snapshot, index: Path) -> Snapshot:
            tried.append(index)
            return reopened(self, index)

        monkeypatch.setattr(Snapshot, "reopened", noted)
        retriever.refresh()
        assert (tried, "catalog.sqlite" in retriever.refusal) == ([], True)
