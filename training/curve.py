"""The curve of a training: the figures of held-out questions, by the number of questions it has seen."""

import json
from pathlib import Path
from typing import Final

_SHOWN: Final = {
    "first": "the right window is the first of its group",
    "start": "the answer's start is found",
    "auroc": "answerable told from not (AUROC)",
}


def draw(log: Path, picture: Path) -> None:
    """Draw the log that `learning.learn` wrote, all its runs one after another, as a PNG.

    Raises:
        ValueError: if it holds no line.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    notes = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    if not notes:
        raise ValueError(f"{log} is empty: train first")
    seen, before, last = list[int](), 0, 0
    for note in notes:
        if "plan" in note:  # another run goes on from the weights of the last
            before = last
        last = before + note["questions"]
        seen.append(last)
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name, label in _SHOWN.items():
        axes.plot(seen, [note[name] for note in notes], marker="o", markersize=3, label=label)
    axes.set(xlabel="questions learned from", ylabel="of questions held out", ylim=(None, 1))
    axes.grid(alpha=0.3)
    axes.legend(loc="best")
    figure.savefig(picture, dpi=120)
