"""A set of a few invented examples that the reader can learn from in seconds."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.encoder.model import DEFAULT_MODEL, locate
from retrieval.reader.reading import Pieces
from training.served import serve

# Tests that need torch import it themselves: every worker collects every test, and torch takes it two seconds.
if TYPE_CHECKING:
    from training.network import Network

TOWNS = ["Lindvik", "Sandnes", "Tolvik", "Hamnes", "Ostrand", "Brekkholm", "Askvoll", "Vedal", "Grimsund", "Nordlia"]
ENGINEERS = [
    "Runa Krag",
    "Otto Lie",
    "Ida Moe",
    "Per Dahl",
    "Eva Ness",
    "Jon Rud",
    "Liv Aas",
    "Tor Vik",
    "Siv Bo",
    "Ole Sand",
]


def example(number: int, answerable: bool) -> dict[str, object]:
    """Make a report on a bridge, and ask who drew it, or how much it cost, which no report says."""
    town, engineer = TOWNS[number], ENGINEERS[number]
    passage = (
        f"The bridge of {town} was opened on a Sunday in {1900 + number}. It was drawn by {engineer}, who had built "
        f"two others. "
        + "The council had argued about it for years, and the papers wrote of little else. " * 7
        + f"When the ice went out in spring, the bridge of {town} stood as it had stood before."
    )
    start = passage.index(engineer)
    return {
        "id": f"{number}-{answerable}",
        "title": f"The bridge of {town}",
        "document": town,
        "passage": passage,
        "question": f"Who drew the bridge of {town} in {1900 + number}?"
        if answerable
        else f"What did the bridge of {town} cost?",
        "answers": [{"start": start, "end": start + len(engineer), "text": engineer}] if answerable else [],
        "answerable": answerable,
        "kind": "span",
    }


@pytest.fixture(scope="session")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of sets with one of twenty examples."""
    folder = tmp_path_factory.mktemp("reading")
    lines = [json.dumps(example(number, answerable)) for number in range(10) for answerable in (True, False)]
    (folder / "qed.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def work(reading: Path, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a work folder with what the index serves for them."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "var").mkdir()
    (folder / "var/models").symlink_to(models)
    serve(reading, folder)
    return folder


@pytest.fixture(scope="session")
def pieces() -> Pieces:
    return Pieces.open(locate(DEFAULT_MODEL) / "tokenizer.json")


def in_bytes(network: "Network") -> "Network":
    """Return the network with word embeddings rounded as they are served: to 127 levels on either side of 0."""
    import torch

    rows = network.bert.embeddings.word_embeddings.weight
    with torch.no_grad():
        level = rows.abs().amax(1, keepdim=True) / 127
        rows.copy_((rows / level).round() * level)
    return network
