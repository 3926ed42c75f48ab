"""How much of the marked sentence a reader sees before tapping anything, over the plain questions of the samples.

    python -m tests.bot.visible_answers

indexes the sample articles in a temporary folder, asks the questions, lays the messages out as Telegram's apps do, and
prints how many marked sentences are wholly visible, cut or hidden: in one folded quotation of the whole passage, and in
the messages that the bot sends.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from bot.cards import AnswerCard
from bot.cited import StoredCitation
from bot.language.phrases import ENGLISH
from bot.messages.answer import answer_screen
from bot.messages.markup import LONGEST, quoted
from bot.messages.quoting import quotation
from index.build import build
from retrieval import Answer, Retriever
from retrieval.evaluation.questions import load_questions
from tests.retrieval.sample_questions import QUESTIONS, SAMPLES
from tests.telegram.server.entities import utf16_slice
from tests.telegram.server.html_parse_mode import parse_html

# Characters in a line of a quotation on a phone, and lines of a folded one.
LINE: Final = 46
FOLDED: Final = 3
Seen = Literal["whole", "cut", "hidden"]


def folded(text: str) -> int:
    """How many characters of a quotation the apps show while it is folded."""
    shown, lines = 0, 0
    for line in text.splitlines(keepends=True):
        rest = line
        while rest:
            fitting = rest if len(rest.rstrip()) <= LINE else re.match(rf".{{1,{LINE}}}(?:\s+|$)|.{{{LINE}}}", rest)[0]  # type: ignore[index]
            shown, rest, lines = shown + len(fitting), rest[len(fitting) :], lines + 1
            if lines == FOLDED:
                return shown
    return shown


def seen(html: str) -> Seen:
    """How much is seen of what a quotation has in bold; white space at its ends does not count."""
    text, entities = parse_html(html)
    quotes = [entity for entity in entities if entity["type"] in ("blockquote", "expandable_blockquote")]
    wanted = visible = 0
    for quote in quotes:
        words = utf16_slice(text, quote["offset"], quote["length"])
        most = folded(words) if quote["type"] == "expandable_blockquote" else len(words)
        for bold in entities:
            start, end = bold["offset"], bold["offset"] + bold["length"]
            if bold["type"] != "bold" or start < quote["offset"] or end > quote["offset"] + quote["length"]:
                continue
            begins = len(utf16_slice(text, quote["offset"], start - quote["offset"]))
            length = len(utf16_slice(text, start, bold["length"]).rstrip())
            wanted += length
            visible += max(0, min(length, most - begins))
    assert wanted, "nothing is marked"
    return "whole" if visible == wanted else "cut" if visible else "hidden"


def answers(retriever: Retriever) -> list[Answer]:
    """The answers to the answerable questions that show a passage."""
    asked = [question for question in load_questions(QUESTIONS) if question.answerable]
    found = [retriever.ask(question.text) for question in asked]
    return [answer for answer in found if answer.tier != "none"]


def in_one_folded_quotation(shown: StoredCitation) -> str:
    """The passage as one folded quotation, which the bot sent before."""
    whole = quotation(shown.quote, shown.highlights_within, LONGEST - 500)
    return quoted(whole, expandable=True).html


def messages(answer: Answer) -> Iterable[str]:
    """The messages of an answer, one for each of its passages."""
    card = AnswerCard.of(answer, (), "generation", on_behalf=False)
    for place in range(len(card.citations)):
        yield answer_screen("A" * 16, replace(card, shown=place), ENGLISH, "verbatim_bot").piece.html


def report(found: Iterable[Answer]) -> str:
    """A line for each way to send the answers."""
    found = list(found)
    ways = {
        "in one folded quotation": [in_one_folded_quotation(StoredCitation.of(one.citations[0])) for one in found],
        "as the bot sends them": [next(iter(messages(one))) for one in found],
    }
    lines = []
    for way, sent in ways.items():
        counts: Counter[Seen] = Counter(map(seen, sent))
        lines.append(
            f"{way:<24} {counts['whole']} of {len(sent)} wholly visible, {counts['cut']} cut, {counts['hidden']} hidden"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure the program as it is, print the report, and return 0."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        build(SAMPLES, data)
        with Retriever.open(data) as retriever:
            print(report(answers(retriever)))  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
