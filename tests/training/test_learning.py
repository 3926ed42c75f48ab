"""The network learns its examples, stores what it has learned, and gives the same logits without torch."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index.encoder.bert import BertConfig, read_weights
from index.encoder.model import DEFAULT_MODEL, locate
from index.encoder.runtime import openvino as ov
from retrieval.reader.model import RANK, SPAN, graph
from retrieval.reader.reading import WEIGHTS, Pieces
from tests.training.conftest import in_bytes
from training.groups import Choice, Group, GroupMaker
from training.served import serve

if TYPE_CHECKING:
    import torch

LAYERS = 3


@pytest.fixture(scope="module")
def maker(reading: Path, work: Path, pieces: Pieces) -> GroupMaker:
    return GroupMaker(reading, work, pieces)


@pytest.fixture(scope="module")
def groups(maker: GroupMaker) -> list[Group]:
    return maker.training(0)[:24]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


@pytest.mark.slow
def test_from_what_it_is_shown_it_learns_which_window_answers_and_where(
    maker: GroupMaker, groups: list[Group], pieces: Pieces, tmp_path: Path
) -> None:
    from training.learning import Plan, learn
    from training.network import Network

    plan = Plan(questions=360, rate=2e-4, head_rate=2e-3, seed=0, batch=6)
    learn(Network(LAYERS), maker.training, groups, pieces, plan, tmp_path / "w.safetensors", tmp_path / "reader.log")
    before, *_, after = map(json.loads, (tmp_path / "reader.log").read_text(encoding="utf-8").splitlines())
    assert after["questions"] >= plan.questions
    assert after["first"] > 0.9
    assert after["start"] > 0.9 > before["start"]


def test_the_command_makes_the_same_weights_each_time(reading: Path, work: Path, tmp_path: Path) -> None:
    from training.__main__ import main

    made = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "served-qed.jsonl").symlink_to(work / "served-qed.jsonl")
        assert main(["learn", str(reading), str(folder), "--questions", "12", "--layers", "1", "--threads", "1"]) == 0
        assert (folder / "reader.png").read_bytes().startswith(b"\x89PNG")
        made.append((folder / "reader.safetensors").read_bytes())
    assert made[0] == made[1]


def test_what_was_served_is_not_asked_again(reading: Path, work: Path) -> None:
    file = work / "served-qed.jsonl"
    before = file.stat().st_mtime_ns
    serve(reading, work)
    assert file.stat().st_mtime_ns == before


def test_the_rate_rises_stays_and_falls() -> None:
    from training.learning import share

    rates = [share(step, step / 1000) for step in range(1000)]
    assert rates[0] == 0.01
    assert max(rates) == rates[99] == pytest.approx(0.901)
    assert rates[99:] == sorted(rates[99:], reverse=True)
    assert rates[-1] == 0.01


def test_a_batch_says_where_each_answer_starts_and_ends_and_where_none_can(pieces: Pieces) -> None:
    from training.learning import packed

    front, window = pieces.prefix("Tolvik"), pieces.of("Ida Moe drew it in spring .", 99)
    question = pieces.of("Who drew it?", 99)
    told = Choice(front, window, True, ((0, 1),))
    somewhere = Choice(front[:0], window, True, ((0, 1),), exact=False)
    other = Choice(front, window[:3], False)
    batch = packed([Group("s", question, (told, other)), Group("s", question, (somewhere,))], pieces)
    begins = 2 + len(question) + len(front)
    later = 2 + len(question)
    assert places(batch.starts) == [[begins], [], [later, later + 1]]
    assert places(batch.ends) == [[begins + 1], [], [later, later + 1]]
    assert places(batch.inside) == [
        [*range(begins, begins + 7)],
        [*range(begins, begins + 3)],
        [*range(later, later + 7)],
    ]
    assert batch.answers.tolist() == [1, 0, 1]
    assert batch.group.tolist() == [0, 0, 1]
    assert batch.contrasts.shape == (0, 2)


def test_a_contrast_is_the_first_window_under_its_own_question(pieces: Pieces) -> None:
    from training.learning import packed

    front, window = pieces.prefix("Tolvik"), pieces.of("Ida Moe drew it in spring .", 99)
    question, other = pieces.of("Who drew it?", 99), pieces.of("Who paid for the whole of it?", 99)
    told, wrong = Choice(front, window, True, ((0, 1),)), Choice(front, window[:3], False)
    batch = packed([Group("s", question, (wrong, wrong)), Group("s", question, (told, wrong), other)], pieces)
    assert batch.contrasts.tolist() == [[2, 4]]
    assert batch.answers.tolist() == [0, 0, 1, 0, 0]
    assert len(set(batch.group.tolist())) == 3
    expected = pieces.pair(other, front, window).ids
    assert batch.ids[4].tolist() == list(expected)
    assert places(batch.starts) == [[], [], [2 + len(question) + len(front)], [], []]


def places(flags: "torch.Tensor") -> list[list[int]]:
    return [row.nonzero().squeeze(-1).tolist() for row in flags]


def test_the_loss_is_what_its_parts_add_up_to(groups: list[Group], pieces: Pieces) -> None:
    """Work the loss out anew, one window and one place after another, from the network's logits."""
    import torch

    from training.learning import loss_of, packed, scores_of
    from training.network import Network

    # Of weights that have learned: an untrained network says the same of every window.
    network = Network().eval()
    network.load(WEIGHTS)
    answered = [replace(group, contrast=None) for group in groups if group.choices[0].answers][:2]
    unanswerable = [group for group in groups if not group.choices[0].answers][:1]
    other = replace(answered[1], contrast=pieces.of("Who paid for it?", 99))
    batch = packed([answered[0], other, *unanswerable], pieces)
    with torch.no_grad():
        rank, span = (values.double().numpy() for values in scores_of(network, batch))
        found = loss_of(network, batch).item()
    each, among, place = [], [], []
    row = 0
    for group in (*answered, *unanswerable):
        logits = rank[row : row + len(group.choices)]
        each += [
            math.log1p(math.exp(-logit if choice.answers else logit))
            for logit, choice in zip(logits, group.choices, strict=True)
        ]
        if group.choices[0].answers:
            among.append(-math.log(math.exp(logits[0]) / sum(map(math.exp, logits))))
            [(first, last)] = group.choices[0].places
            begins = 2 + len(group.question) + len(group.choices[0].front)
            within = span[row, begins : begins + len(group.choices[0].window)]
            for side, right in ((0, first), (1, last)):
                place.append(-math.log(math.exp(within[right, side]) / sum(map(math.exp, within[:, side]))))
        row += len(group.choices)
    assert max(rank) - min(rank) > 0.5
    # The contrast comes last, and answers nothing.
    assert row + 1 == len(rank)
    each.append(math.log1p(math.exp(rank[row])))
    of_two = math.log1p(math.exp(rank[row] - rank[len(answered[0].choices)]))
    # Starts and ends are averaged by themselves; they and the contrast count half.
    expected = sum(each) / len(each) + sum(among) / len(among) + 0.5 * sum(place) / len(among) + 0.5 * of_two
    assert found == pytest.approx(expected, rel=0.01)


def test_only_the_layers_and_heads_are_stored_and_taken_up_again(
    groups: list[Group], pieces: Pieces, tmp_path: Path
) -> None:
    import torch

    from training.learning import loss_of, packed
    from training.network import Network

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


def test_the_mean_of_weights_lies_between_them(tmp_path: Path) -> None:
    import torch

    from training.__main__ import main
    from training.network import Network

    files = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        files.append(tmp_path / f"{seed}.safetensors")
        Network(LAYERS).save(files[-1])
    assert main(["mean", str(tmp_path / "mean.safetensors"), *map(str, files)]) == 0
    one, other, between = (read_weights(file) for file in (*files, tmp_path / "mean.safetensors"))
    assert one.keys() == between.keys()
    assert not np.array_equal(one["rank.weight"], other["rank.weight"])
    for name, found in between.items():
        assert found.dtype == np.float16
        expected = (one[name].astype(np.float64) + other[name]) / 2
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


def test_openvino_reads_what_torch_reads(groups: list[Group], pieces: Pieces, tmp_path: Path) -> None:
    import torch

    from training.learning import packed
    from training.network import Network

    torch.manual_seed(3)
    network = in_bytes(Network().eval())
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
