"""The reader's results are those of the network, with the most likely place worked out one by one."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index.article import Span
from index.encoder.bert import BertConfig, read_weights
from index.encoder.model import DEFAULT_MODEL, locate
from index.encoder.runtime import openvino as ov
from index.sentences import sentences
from retrieval.reader.model import graph
from retrieval.reader.reading import QUESTION, Candidate, Pieces, Reader
from tests.training.conftest import in_bytes

if TYPE_CHECKING:
    from training.network import Network

TEXT = (
    "The bridge of Tolvik was drawn by Ida Moe. She had built two others before. "
    "When the ice went out in spring, it stood as it had stood before, and the council put up a plaque."
)
ASKED = "Who drew the bridge of Tolvik?"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> tuple["Network", Path]:
    """Return a network of random weights, and its file."""
    import torch

    from training.network import Network

    torch.manual_seed(4)
    file = tmp_path_factory.mktemp("network") / "w.safetensors"
    network = in_bytes(Network().eval())
    network.save(file)
    network.load(file)
    return network, file


@pytest.fixture(scope="module")
def reader(network: tuple["Network", Path], pieces: Pieces) -> Reader:
    source = locate(DEFAULT_MODEL)
    config = BertConfig.read(json.loads((source / "config.json").read_text(encoding="utf-8")))
    model = graph(read_weights(network[1]), read_weights(source / "model.safetensors"), config)
    return Reader(ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}), pieces)


@pytest.mark.parametrize("longest", [30, 3])
def test_each_window_has_the_networks_logit_and_its_most_likely_place(
    network: tuple["Network", Path], reader: Reader, pieces: Pieces, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr("retrieval.reader.reading._LONGEST", longest)
    # More windows than a batch, of many lengths.
    windows = [window for most in (8, 12, 20, 60, 100) for window in pieces.windows(TEXT, found(TEXT), most)]
    assert len(windows) > 8
    front = pieces.prefix("Bridges", "4 March 2024")
    readings = reader.read(ASKED, [Candidate(front, window) for window in windows])
    for window, reading in zip(windows, readings, strict=True):
        pair = pieces.pair(pieces.of(ASKED, QUESTION), front, window.ids)
        ids = torch.tensor(pair.ids[np.newaxis].astype(np.int64))
        types = (torch.arange(ids.shape[1]) >= pair.second).long().unsqueeze(0)
        with torch.no_grad():
            rank, span = network[0](ids, torch.ones_like(ids), types)
        assert reading.logit == pytest.approx(rank.item(), abs=1e-3)
        start, end = span[0, pair.window : -1].double().unbind(-1)
        likely = start.softmax(0).outer(end.softmax(0)).log()
        sums = {(a, b): likely[a, b].item() for a in range(len(start)) for b in range(a, min(a + longest, len(start)))}
        first, last = max(sums, key=sums.__getitem__)
        everywhere = np.ones(len(start), np.bool_)
        *place, sure = reading.place(everywhere)
        assert place == [first, last]
        assert sure == pytest.approx(sums[first, last], abs=1e-3)
        assert reading.within(everywhere) == pytest.approx(0, abs=1e-6)
        # Of the second half alone.
        half = np.arange(len(start)) >= len(start) // 2
        held = start.softmax(0)[half].sum().log() + end.softmax(0)[half].sum().log()
        assert reading.within(half) == pytest.approx(held.item() / 2, abs=1e-3)
        first, last = max((place for place in sums if place[0] >= len(start) // 2), key=sums.__getitem__)
        assert reading.place(half)[:2] == (first, last)
        assert reading.within(~everywhere) == -math.inf


def test_no_window_is_nothing_to_read(reader: Reader) -> None:
    assert reader.read(ASKED, []) == []


def found(text: str) -> tuple[Span, ...]:
    return sentences(text, Span(0, len(text)), "en")
