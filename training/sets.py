"""The sets that the reader learns from: questions, passages, and where the answers stand.

A folder holds `NAME.jsonl` for each set, an example a line with `id`, `title`, `document`, `passage`, `question`,
`answers` (`[{start, end, text}]`, code points of the passage), `answerable` and `kind`: `span` where the short answer
is marked, `sentence` where all answering sentences are, `passage` where it is only known that the passage answers.
`passages.jsonl`, where there is one, holds other passages of the same documents.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from index.article import Span

# How many examples of each set an epoch has: more than there are of what people really type, fewer of what was written
# with the passage before the writer's eyes.
EPOCH: Final[Mapping[str, int]] = {
    "wikinews_qa": 9000,
    "qed": 2300,
    "nq_oracle": 2900,
    "tydiqa_en": 3700,
    "squad2_train_part": 3800,
    "timeqa": 2000,
    "squadshifts_amazon": 2500,
    "squadshifts_reddit": 2500,
    "boolq": 2500,
    "qamr": 1800,
    "selqa": 2000,
    "fairytaleqa": 1500,
    "covidqa": 1000,
    "medquad": 1000,
    "clapnq_train": 700,
}


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage.

    Attributes:
        document: passages of one document share it.
        answers: where the answer stands in the passage; annotators may differ, and each is right.
        exact: whether `answers` are the answer itself and not the sentences that hold it.
    """

    id: str
    set: str
    document: str
    title: str
    passage: str
    question: str
    answerable: bool
    answers: tuple[Span, ...]
    exact: bool

    @property
    def held_out(self) -> bool:
        """True if it is held out for validation: a tenth, by title, since sets share articles."""
        key = (self.title or self.document).lower()
        return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 10 == 0


def sets_in(folder: Path) -> dict[str, int]:
    """Return the sets in a folder, and how many examples of each an epoch has.

    Raises:
        ValueError: if it holds none.
    """
    found = {name: wanted for name, wanted in EPOCH.items() if (folder / f"{name}.jsonl").is_file()}
    if not found:
        raise ValueError(f"{folder} holds none of the sets {', '.join(EPOCH)}")
    return found


def examples(folder: Path, name: str) -> Iterator[Example]:
    """Yield the examples of one set, in the file's order."""
    for fields in _lines(folder / f"{name}.jsonl"):
        if not fields["passage"].strip():
            continue
        yield Example(
            id=fields["id"],
            set=name,
            document=fields["document"] or fields["id"],
            title=fields["title"] or "",
            passage=fields["passage"],
            question=fields["question"],
            answerable=fields["answerable"],
            answers=tuple(Span(answer["start"], answer["end"]) for answer in fields["answers"]),
            exact=fields["kind"] == "span",
        )


def other_passages(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the remaining passages of the sets' documents: document, title and text."""
    file = folder / "passages.jsonl"
    for fields in _lines(file) if file.is_file() else ():
        if fields["set"] in EPOCH:
            yield fields["document"], fields["title"] or "", fields["passage"]


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
