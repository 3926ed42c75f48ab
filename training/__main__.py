"""Train the reader and the classifier of lines, and fit the confidence: python -m training COMMAND.

    python -m training serve READING WORK         ask the project's own index the questions of the sets
    python -m training learn READING WORK --questions 40000 [--from WEIGHTS]
    python -m training mean OUT WEIGHTS WEIGHTS ...   write the mean of the weights of consecutive runs
    python -m training clutter LINES [--check]    fit the coefficients of index/clutter, or check them on other sites
    python -m training confidence DATA [--work DIR]   fit the coefficients of retrieval, as training/confidence.py says

READING is a folder of the sets that sets.py names; WORK keeps what is made on the way. LINES are labelled lines
of pages, as training/clutter.py describes them. DATA holds the folders of question sets.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch

from index.encoder.model import DEFAULT_MODEL, locate
from retrieval.reader.reading import Pieces
from training import confidence
from training.clutter import check, fit
from training.curve import draw
from training.groups import GroupMaker
from training.learning import Plan, learn
from training.network import Network, mean
from training.served import serve

# Questions of each set that the curve is drawn from.
_HELD_OUT: Final = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that is named."""
    parser = argparse.ArgumentParser(
        prog="python -m training", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    asking, learning = commands.add_parser("serve"), commands.add_parser("learn")
    for command in (asking, learning):
        command.add_argument("reading", type=Path)
        command.add_argument("work", type=Path)
    sorting = commands.add_parser("clutter")
    sorting.add_argument("lines", type=Path)
    sorting.add_argument("--check", action="store_true", help="print what is lost and kept on sites not learned from")
    learning.add_argument("--questions", type=int, required=True, help="how many are learned from: some 6 a second")
    learning.add_argument("--from", dest="weights", type=Path, help="weights to go on from")
    learning.add_argument("--layers", type=int, default=6)
    learning.add_argument("--rate", type=float, default=6e-5, help="of the layers; that of the heads is ten times it")
    learning.add_argument("--seed", type=int, default=0)
    learning.add_argument("--threads", type=int, default=torch.get_num_threads())
    averaging = commands.add_parser("mean")
    averaging.add_argument("out", type=Path)
    averaging.add_argument("weights", type=Path, nargs="+")
    judging = commands.add_parser("confidence")
    judging.add_argument("data", type=Path)
    judging.add_argument("--work", type=Path, help="a folder for the indexes, to use them again")
    given = parser.parse_args(arguments)
    if given.command == "confidence":
        confidence.fit(given.data, given.work)
        return 0
    if given.command == "mean":
        mean(given.weights, given.out)
        return 0
    if given.command == "serve":
        serve(given.reading, given.work)
        return 0
    if given.command == "clutter":
        if given.check:
            check(given.lines)
        else:
            fit(given.lines)
        return 0
    torch.set_num_threads(given.threads)
    pieces = Pieces.open(locate(DEFAULT_MODEL) / "tokenizer.json")
    maker = GroupMaker(given.reading, given.work, pieces)
    # The heads are drawn.
    torch.manual_seed(given.seed)
    network = Network(given.layers)
    if given.weights:
        network.load(given.weights)
    plan = Plan(given.questions, given.rate, 10 * given.rate, given.seed)
    out, log = given.work / "reader.safetensors", given.work / "reader.log"
    learn(network, maker.training, maker.validation(_HELD_OUT), pieces, plan, out, log)
    draw(log, given.work / "reader.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
