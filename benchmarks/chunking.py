"""Recall and precision of the text that is retrieved, beside the splitter of tutorials.

    python -m benchmarks.chunking ../shared/data/chroma_general [--work DIR]

reads a set whose questions each name the exact excerpts that answer them, all of which are needed, and compares

- Verbatim's 5 best passages whole, the same as they are shown (the first whole, the others by their briefs), and the
  briefs of all, with
- the 5 best chunks of a recursive splitter of 200 tokens, by plain all-MiniLM-L6-v2 and cosine.

The measures are those of Smith & Troynikov 2024, "Evaluating Chunking Strategies for Retrieval", in code points. Where
N are the code points of the gold excerpts that some retrieved range covers, each counted once, per question

- recall is N over the code points of gold,
- precision is N over the summed lengths of all that was retrieved, so that overlaps count as often as they are shown,
- IoU is N over those summed lengths and the gold that was missed.

What is given is the mean over the questions with its 95 % bootstrap interval, and that of the paired differences.
"""

import argparse
import json
import tempfile
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.corpus import documents, indexed
from index.article import Span
from index.encoder.model import DEFAULT_MODEL, locate
from index.sentences import trimmed
from retrieval import Retriever
from retrieval.evaluation.metrics import Estimate, estimates, ratio
from retrieval.evaluation.questions import Question, load_questions

TOKENS: Final = 200
BEST: Final = 5
MEASURES: Final = ("recall", "precision", "IoU")
SEPARATORS: Final = ("\n\n", "\n", ".", "?", "!", " ", "")

# Ranges of texts, as (id of the text, span).
Ranges = Sequence[tuple[str, Span]]


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of one question, each from 0 to 1."""

    recall: float
    precision: float
    iou: float


def scores(retrieved: Ranges, gold: Ranges) -> Scores:
    """Compare retrieved ranges with those of gold, which must hold at least one code point."""
    needed = {(text, place) for text, span in gold for place in range(span.start, span.end)}
    held = {(text, place) for text, span in retrieved for place in range(span.start, span.end)}
    covered = len(needed & held)
    shown = sum(len(span) for _, span in retrieved)
    return Scores(
        recall=covered / len(needed),
        precision=covered / shown if shown else 0.0,
        iou=covered / (shown + len(needed) - covered),
    )


def main() -> None:
    """Measure both ways on the set named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chunking", description=__doc__.partition("\n")[0])
    parser.add_argument("set", type=Path, help="a folder with corpus.jsonl and questions.jsonl")
    parser.add_argument("--work", type=Path, help="a folder to keep the index in, for runs to come")
    chosen = parser.parse_args()
    questions = [question for question in load_questions(chosen.set / "questions.jsonl") if question.passages]
    lines = documents(chosen.set)
    texts = {entry["id"]: entry["text"] for entry in map(json.loads, lines)}
    with tempfile.TemporaryDirectory() as folder:
        work = chosen.work or Path(folder)
        ways = {**_ours(indexed(lines, work), texts, questions), "splitter": _splitter(texts, questions)}
    _print(ways, questions)


def _ours(data: Path, texts: Mapping[str, str], questions: Sequence[Question]) -> dict[str, list[Ranges]]:
    whole: list[Ranges] = []
    shown: list[Ranges] = []
    brief: list[Ranges] = []
    with Retriever.open(data, kept=0) as retriever:
        for name, text in texts.items():
            # Offsets of gold count in the set's text, ours in the article's.
            if retriever.article(name).text != text:
                raise SystemExit(
                    f"the text of {name!r} was changed when it was read, so that no offset can be compared"
                )
        for question in questions:
            found = retriever.ask(question.text, BEST).citations
            whole.append([(one.article_id, Span(one.start, one.end)) for one in found])
            brief.append([(one.article_id, one.brief) for one in found if one.brief])
            shown.append([*whole[-1][:1], *brief[-1][1:]])
    return {"passages": whole, "as shown": shown, "briefs": brief}


def _splitter(texts: Mapping[str, str], questions: Sequence[Question]) -> list[Ranges]:
    warnings.simplefilter("ignore")
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(locate(DEFAULT_MODEL)), device="cpu", local_files_only=True)
    chunks = [
        (name, span) for name, text in texts.items() for span in split(text, _size(model.tokenizer, text), TOKENS)
    ]
    vectors = model.encode([span.of(texts[name]) for name, span in chunks], normalize_embeddings=True)
    asked = model.encode([question.text for question in questions], normalize_embeddings=True)
    best = np.argsort(-(asked @ vectors.T), axis=1, kind="stable")[:, :BEST]
    return [[chunks[place] for place in row] for row in best.tolist()]


def split(
    text: str, size: Callable[[Span], int], most: int, separators: Sequence[str] = SEPARATORS
) -> tuple[Span, ...]:
    """Cut a text as tutorials do: at the largest separator that leaves pieces small enough.

    The algorithm is that of LangChain's RecursiveCharacterTextSplitter with a length in tokens and without overlap,
    written on spans. What is too long after a cut is cut at the next separator, and neighbouring pieces are joined as
    long as they fit. A separator stays at the end of the piece before it.

    Parameters:
        size: the tokens that begin within a span of `text`.
        most: tokens a chunk may have.

    Returns:
        The chunks in order, without surrounding white space.
    """
    found = _chunks(text, Span(0, len(text)), size, most, separators)
    chunks = (trimmed(text, span.start, span.end) for span in found)
    return tuple(chunk for chunk in chunks if len(chunk))


def _chunks(text: str, span: Span, size: Callable[[Span], int], most: int, separators: Sequence[str]) -> Iterator[Span]:
    separator, *finer = separators
    run: Span | None = None
    for piece in _pieces(text, span, separator):
        if run is not None and size(Span(run.start, piece.end)) <= most:
            run = Span(run.start, piece.end)
            continue
        if run is not None:
            yield run
            run = None
        if size(piece) <= most or not finer:
            run = piece
        else:
            yield from _chunks(text, piece, size, most, finer)
    if run is not None:
        yield run


def _pieces(text: str, span: Span, separator: str) -> Iterator[Span]:
    """Cut `span` behind every separator, or into code points if the separator is ''."""
    start = span.start
    while start < span.end:
        at = text.find(separator, start, span.end) if separator else start + 1
        end = span.end if at < 0 else at + len(separator)
        yield Span(start, end)
        start = end


def _size(tokenizer: Callable[..., Mapping[str, list[tuple[int, int]]]], text: str) -> Callable[[Span], int]:
    offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)["offset_mapping"]
    starts = [start for start, _ in offsets]
    return lambda span: bisect_left(starts, span.end) - bisect_left(starts, span.start)


def _print(ways: Mapping[str, Sequence[Ranges]], questions: Sequence[Question]) -> None:
    gold = [[(one.article_id, one.span) for one in question.passages if one.span] for question in questions]
    figures = {name: _figures(found, gold) for name, found in ways.items()}
    print(f"{len(questions)} questions, the {BEST} best of each")
    print(f"{'':22}" + "".join(f"{measure:>24}" for measure in MEASURES) + f"{'code points':>14}")
    for name, found in ways.items():
        lengths = float(np.mean([sum(len(span) for _, span in ranges) for ranges in found]))
        print(f"{name:22}" + "".join(map(_shown, _means(figures[name]))) + f"{lengths:14,.0f}")
    for name in ways:
        if name != "splitter":
            difference = _means(figures[name] - figures["splitter"])
            print(f"{f'{name} - splitter':22}" + "".join(map(_shown, difference)))


def _figures(found: Sequence[Ranges], gold: Sequence[Ranges]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = [scores(one, other) for one, other in zip(found, gold, strict=True)]
    return np.array([(row.recall, row.precision, row.iou) for row in rows])


def _means(figures: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> tuple[Estimate, ...]:
    ones = np.ones(len(figures))
    return estimates([ratio(column, ones) for column in figures.T], [0] * len(figures), seed=0)


def _shown(estimate: Estimate) -> str:
    return f"{f'{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]':>24}"


if __name__ == "__main__":
    main()
