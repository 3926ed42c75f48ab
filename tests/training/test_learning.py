"""The network learns what it is shown, stores what it has learned, and reads the same without torch."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from index.bert import BertConfig
from index.model import DEFAULT_MODEL, locate
from index.runtime import openvino as ov
from index.safetensors import read_weights
from retrieval.reader.model import RANK, SPAN, graph
from retrieval.reader.windows import Pieces
from training.curve import draw
from training.groups import Group, GroupMaker
from training.learning import Plan, learn, loss_of, packed
from training.network import Network

LAYERS = 3
PLAN = Plan(questions=360, rate=2e-4, head_rate=2e-3, seed=0, batch=6)


@pytest.fixture(scope="module")
def maker(reading: Path, work: Path, pieces: Pieces) -> GroupMaker:
    return GroupMaker(reading, work, pieces)


@pytest.fixture(scope="module")
def groups(maker: GroupMaker) -> list[Group]:
    return maker.training(0)[:24]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def taught(maker: GroupMaker, pieces: Pieces, folder: Path, held_out: Sequence[Group], questions: int) -> Network:
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    network = Network(LAYERS)
    plan = Plan(questions, PLAN.rate, PLAN.head_rate, PLAN.seed, PLAN.batch)
    learn(network, maker.training, held_out, pieces, plan, folder / "reader.safetensors", folder / "reader.log")
    return network


@pytest.mark.slow
def test_from_what_it_is_shown_it_learns_which_window_answers_and_where(
    maker: GroupMaker, groups: list[Group], pieces: Pieces, tmp_path: Path
) -> None:
    taught(maker, pieces, tmp_path, groups, PLAN.questions)
    before, *_, after = map(json.loads, (tmp_path / "reader.log").read_text(encoding="utf-8").splitlines())
    assert after["questions"] >= PLAN.questions
    assert after["first"] > 0.9
    assert after["start"] > 0.9 > before["start"]
    draw(tmp_path / "reader.log", tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_a_tiny_run_gives_the_same_weights_each_time(
    maker: GroupMaker, groups: list[Group], pieces: Pieces, tmp_path: Path
) -> None:
    for name in ("one", "other"):
        taught(maker, pieces, tmp_path / name, groups[:4], 12)
    one, other = ((tmp_path / name / "reader.safetensors").read_bytes() for name in ("one", "other"))
    assert one == other


def test_only_the_layers_and_heads_are_stored_and_taken_up_again(
    groups: list[Group], pieces: Pieces, tmp_path: Path
) -> None:
    torch.manual_seed(2)
    network, again = Network(LAYERS).eval(), Network(LAYERS).eval()
    network.save(tmp_path / "w.safetensors")
    stored = read_weights(tmp_path / "w.safetensors")
    assert {values.dtype for values in stored.values()} == {np.dtype("<f2")}
    assert not any("embeddings" in name for name in stored)
    again.load(tmp_path / "w.safetensors")
    batch = packed(groups[:3], pieces)
    with torch.no_grad():
        assert loss_of(again, batch).item() == pytest.approx(loss_of(network, batch).item(), abs=0.01)
    with pytest.raises(ValueError, match="does not hold the weights"):
        Network(LAYERS + 1).load(tmp_path / "w.safetensors")


def test_openvino_reads_what_torch_reads(groups: list[Group], pieces: Pieces, tmp_path: Path) -> None:
    torch.manual_seed(3)
    network = Network().eval()
    network.save(tmp_path / "w.safetensors")
    network.load(tmp_path / "w.safetensors")
    source = locate(DEFAULT_MODEL)
    config = BertConfig.read(json.loads((source / "config.json").read_text(encoding="utf-8")))
    model = graph(read_weights(tmp_path / "w.safetensors"), read_weights(source / "model.safetensors"), config)
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    batch = packed(groups[:5], pieces)
    with torch.no_grad():
        rank, span = network(batch.ids, batch.mask, batch.types)
    found = compiled(
        {"input_ids": batch.ids.numpy(), "attention_mask": batch.mask.numpy(), "token_type_ids": batch.types.numpy()}
    )
    np.testing.assert_allclose(found[RANK], rank.numpy(), atol=1e-3)
    real = batch.mask.numpy().astype(bool)
    np.testing.assert_allclose(found[SPAN][real], span.numpy()[real], atol=1e-3)
