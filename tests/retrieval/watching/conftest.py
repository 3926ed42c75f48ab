"""A newspaper whose articles come one after another, each with an index."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.build import build
from retrieval import Retriever
from tests.conftest import write_seeds
from tests.retrieval.editions import OTHERS

# What the harbour's barrier costs is asked before anybody writes of it.
QUESTION = "How much will the tidal barrier at Lindvik cost?"
BEGUN = """---
title: Council of Lindvik talks about a tidal barrier
date: 2024-05-02
---

The council of Lindvik talked about a tidal barrier on Thursday. Fishermen fear for the way out of the harbour.
"""
COST = """---
title: Lindvik gets its tidal barrier
date: 2024-05-20
source: Valley Gazette
---

The tidal barrier at Lindvik will cost 48 million euros, the council decided on Monday.

Mayor Runa Aasheim said that the loan runs for thirty years. Work begins in the autumn, when the herring fleet is away,
and divers are to search the bed of the inlet for old mines first.
"""
# The same story with another lead, as another paper prints it.
COPY = COST.replace("Lindvik gets its tidal barrier", "48 million for a barrier").replace("Valley Gazette", "The Tern")
UPDATE = """---
title: Barrier at Lindvik dearer than planned
date: 2024-06-11
---

The tidal barrier at Lindvik will cost 61 million euros, the builders told the council on Tuesday, because the rock
under the western pier is softer than it was thought to be.
"""


class Paper:
    """A folder of articles, and the index that is built whenever some come or go."""

    def __init__(self, seeds: Path, data: Path) -> None:
        self.seeds = seeds
        self.data = data

    def prints(self, **articles: str) -> None:
        """Add or change articles, and build."""
        write_seeds(self.seeds, {f"{name}.md": text for name, text in articles.items()})
        build(self.seeds, self.data)

    def withdraws(self, *names: str) -> None:
        """Remove articles, and build."""
        for name in names:
            (self.seeds / f"{name}.md").unlink()
        build(self.seeds, self.data)


@pytest.fixture(scope="session")
def archive(new_data: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """A paper that has printed all but what is asked for."""
    paper = Paper(tmp_path_factory.mktemp("printed"), new_data())
    paper.prints(begun=BEGUN, **{f"other-{number}": text for number, text in enumerate(OTHERS)})
    return paper


@pytest.fixture
def paper(archive: Paper, tmp_path: Path) -> Paper:
    """The same paper, to print more."""
    seeds, data = tmp_path / "seeds", tmp_path / "var"
    shutil.copytree(archive.seeds, seeds)
    shutil.copytree(archive.data, data, symlinks=True)
    return Paper(seeds, data)


@pytest.fixture
def retriever(paper: Paper) -> Iterator[Retriever]:
    """A retriever of its index."""
    with Retriever.open(paper.data) as opened:
        yield opened
