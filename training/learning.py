"""The loop: groups in, weights out, with a checkpoint every ten minutes and a log that the curve is drawn from."""

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from retrieval.reader.reading import Pair, Pieces
from training.groups import Choice, Group
from training.network import Network

_CHECKPOINT: Final = 600.0  # seconds
_WARM: Final = 100  # steps until the full rate
_CLIPPED: Final = 1.0  # the largest norm of all gradients together
_DECAY: Final = 0.01
_SPAN: Final = 0.5  # what the place of an answer counts beside whether there is one
_CONTRAST: Final = 0.5  # and which of two questions is answered
_OUTSIDE: Final = -1e4  # the logit of a place outside the window


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a training.

    Attributes:
        questions: how many; the rate falls to 0 by the last.
        rate: of the layers, at its highest.
        head_rate: of the heads.
        seed: of everything that is drawn.
        batch: groups a step.
    """

    questions: int
    rate: float
    head_rate: float
    seed: int
    batch: int = 10


@dataclass(frozen=True, slots=True)
class Batch:
    """Groups of questions and windows as tensors.

    Attributes:
        ids, mask, types: int64 of shape (windows, wordpieces).
        inside: where the answer may stand, bool of the same shape.
        answers: float32 of shape (windows,), 1 for a window that answers.
        group: which group each window belongs to, int64 of shape (windows,).
        starts, ends: where a right answer starts or ends, bool of shape (windows, wordpieces); none where unknown.
        contrasts: rows of the same window under two questions: the one that it answers, then the one that it does not;
            int64 of shape (contrasts, 2).
    """

    ids: Tensor
    mask: Tensor
    types: Tensor
    inside: Tensor
    answers: Tensor
    group: Tensor
    starts: Tensor
    ends: Tensor
    contrasts: Tensor


def packed(groups: Sequence[Group], pieces: Pieces) -> Batch:
    """Pack groups into tensors, padded to the longest. The windows of contrasts come last, each as its own group."""
    rows: list[tuple[int, Choice, Pair]] = []
    firsts = []
    for number, group in enumerate(groups):
        firsts.append(len(rows))
        rows += [(number, choice, pieces.pair(group.question, choice.front, choice.window)) for choice in group.choices]
    contrasts = []
    for number, (group, first) in enumerate(zip(groups, firsts, strict=True), len(groups)):
        if group.contrast is not None:
            window = replace(group.choices[0], answers=False, places=())
            contrasts.append((first, len(rows)))
            rows.append((number, window, pieces.pair(group.contrast, window.front, window.window)))
    shape = (len(rows), max(len(pair.ids) for _, _, pair in rows))
    ids, mask, types = (np.zeros(shape, np.int64) for _ in range(3))
    inside, starts, ends = (np.zeros(shape, np.bool_) for _ in range(3))
    for row, (_, choice, pair) in enumerate(rows):
        length = len(pair.ids)
        ids[row, :length], mask[row, :length], types[row, pair.second : length] = pair.ids, 1, 1
        inside[row, pair.window : length - 1] = True
        for first, last in choice.places:
            exact = choice.exact
            starts[row, pair.window + first : pair.window + (first if exact else last) + 1] = True
            ends[row, pair.window + (last if exact else first) : pair.window + last + 1] = True
    return Batch(
        ids=torch.from_numpy(ids),
        mask=torch.from_numpy(mask),
        types=torch.from_numpy(types),
        inside=torch.from_numpy(inside),
        answers=torch.tensor([float(choice.answers) for _, choice, _ in rows]),
        group=torch.tensor([number for number, _, _ in rows]),
        starts=torch.from_numpy(starts),
        ends=torch.from_numpy(ends),
        contrasts=torch.tensor(contrasts, dtype=torch.int64).reshape(-1, 2),
    )


def scores_of(network: Network, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the network's logits of a batch, computed in bf16: see `Network.forward`."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rank, span = network(batch.ids, batch.mask, batch.types)
    return rank, span


def loss_of(network: Network, batch: Batch) -> Tensor:
    """Return the loss: does a window answer, which of a group, which of two questions (all cross-entropy), and where.

    A place counts as right wherever a right answer starts or ends (the marginal likelihood of Clark and Gardner 2018).
    """
    rank, span = scores_of(network, batch)
    loss = nn.functional.binary_cross_entropy_with_logits(rank, batch.answers)
    # The window that answers stands first in its group.
    first = torch.nonzero(batch.answers > 0).squeeze(-1)
    if len(first):
        same = batch.group[first].unsqueeze(1) == batch.group.unsqueeze(0)
        loss = loss + (rank.masked_fill(~same, -torch.inf).logsumexp(1) - rank[first]).mean()
    if len(batch.contrasts):
        answered, not_answered = rank[batch.contrasts].unbind(1)
        loss = loss + _CONTRAST * nn.functional.softplus(not_answered - answered).mean()
    known = batch.starts.any(1)
    if known.any():
        places = span[known].masked_fill(~batch.inside[known].unsqueeze(-1), _OUTSIDE)
        for side, right in ((0, batch.starts[known]), (1, batch.ends[known])):
            logits = places[..., side]
            loss = loss + _SPAN * (logits.logsumexp(1) - logits.masked_fill(~right, -torch.inf).logsumexp(1)).mean()
    return loss


def share(step: int, gone: float) -> float:
    """Return the share of the full rate at a step: all of it after a warm-up, then less and less.

    Parameters:
        step: its number, from 0.
        gone: how much of the questions has been seen, within 0 and 1.
    """
    return min(1.0, (step + 1) / _WARM) * max(0.01, 1 - gone)


def learn(
    network: Network,
    epoch: Callable[[int], Sequence[Group]],
    validation: Sequence[Group],
    pieces: Pieces,
    plan: Plan,
    out: Path,
    log: Path,
) -> None:
    """Learn from `plan.questions`; write the weights to `out` and a line of figures to `log` at every checkpoint.

    The same plan and the same network give the same weights on the same machine, with the same number of threads.

    Parameters:
        epoch: the groups of one epoch, by the number that they are drawn with.
    """
    optimizer = torch.optim.AdamW(
        [{"params": network.learned(), "lr": plan.rate}, {"params": network.heads(), "lr": plan.head_rate}],
        weight_decay=_DECAY,
    )
    full = [group["lr"] for group in optimizer.param_groups]
    began = saved = time.monotonic()
    seen, losses = 0, list[float]()

    def noted() -> dict[str, object]:
        minutes = round((time.monotonic() - began) / 60, 2)
        loss = round(float(np.mean(losses)), 4) if losses else None
        return {"minutes": minutes, "questions": seen, "loss": loss, **validated(network, validation, pieces)}

    _append(log, {"plan": asdict(plan), **noted()})
    for step, groups in enumerate(_batches(epoch, plan)):
        gone = seen / plan.questions
        if gone >= 1:
            break
        for group, rate in zip(optimizer.param_groups, full, strict=True):
            group["lr"] = rate * share(step, gone)
        network.train()
        loss = loss_of(network, packed(groups, pieces))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([*network.learned(), *network.heads()], _CLIPPED)
        optimizer.step()
        seen += len(groups)
        losses.append(loss.item())
        if time.monotonic() - saved > _CHECKPOINT:
            network.save(out)
            _append(log, noted())
            losses.clear()
            saved = time.monotonic()
    network.save(out)
    _append(log, noted())


@torch.no_grad()
def validated(network: Network, groups: Sequence[Group], pieces: Pieces, size: int = 16) -> dict[str, float]:
    """Measure the network on groups that it has not learned from.

    Returns:
        `first`: in how many of the groups that can be answered the right window is the first; `auroc`: of windows that
        answer against those of groups that cannot be answered; `start`: how often the best place to start is right.
    """
    network.eval()
    order = sorted(groups, key=_length)
    first, start, answering, not_answering = [], [], list[float](), list[float]()
    for begin in range(0, len(order), size):
        part = order[begin : begin + size]
        batch = packed(part, pieces)
        rank, span = scores_of(network, batch)
        for number in range(len(part)):
            its = rank[batch.group == number]
            if part[number].choices[0].answers:
                first.append(float(its[0] == its.max()))
                answering.append(float(its.max()))
            else:
                not_answering.append(float(its.max()))
        known = batch.starts.any(1)
        best = span[..., 0].masked_fill(~batch.inside, _OUTSIDE).argmax(1)
        start += batch.starts[known, best[known]].float().tolist()
    pairs = np.greater.outer(answering, not_answering)
    return {
        "first": round(float(np.mean(first)), 4),
        "auroc": round(float(np.mean(pairs)) if pairs.size else 0.5, 4),
        "start": round(float(np.mean(start)), 4),
    }


def _batches(epoch: Callable[[int], Sequence[Group]], plan: Plan) -> Iterator[list[Group]]:
    """Yield batches without end, each of groups of about the same length, so that padding and memory stay small."""
    rng = random.Random(plan.seed)
    number = plan.seed
    while True:
        groups = epoch(number)
        order = sorted(groups, key=lambda group: _length(group) + 16 * rng.random())
        batches = [order[start : start + plan.batch] for start in range(0, len(order), plan.batch)]
        rng.shuffle(batches)
        yield from batches
        number += 1


def _length(group: Group) -> int:
    return len(group.question) + max(len(choice.front) + len(choice.window) for choice in group.choices)


def _append(log: Path, note: dict[str, object]) -> None:
    line = json.dumps(note)
    print(line, flush=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
