"""Verdicts become a question set that can be measured with."""

import asyncio
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.__main__ import main as bot
from bot.cards import AnswerCard
from bot.state import cards, feedback
from bot.state.connection import Connection
from bot.state.database import FILE, Database
from retrieval import Retriever
from retrieval.__main__ import main as retrieval
from retrieval.evaluation.questions import Gold, Question, load_questions
from retrieval.question.conversation import Turn
from tests.bot.samples import ARTICLE, END, QUOTED, START, answer, kept, quoted
from tests.conftest import BuildData

# The last sentence of the article: it begins after an empty line behind the first passage, and has 28 code points.
OTHER = quoted(start=72, end=100, quote="The mayor of Lindvik spoke.\n", highlights=((72, 99),), paragraph=3)


def give(
    db: Connection, card_id: str, person: int, verdict: str, card: AnswerCard, now: float, asked: float = 0.0
) -> bool:
    """A verdict on an answer of Ada's, whose number is 42, to a question asked at `asked`."""
    cards.put(db, kept(card_id, card=card), asked)
    return feedback.give(db, card_id, person, verdict, card, now)


def loaded(db: Connection, folder: Path) -> tuple[Question, ...]:
    """The question set as `retrieval eval` reads it from a file."""
    file = folder / "set.jsonl"
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in feedback.question_set(db)))
    return load_questions(file)


def test_an_approved_passage_is_gold_at_its_place_in_the_article(db: Connection, tmp_path: Path) -> None:
    card = answer(question="And when?", history=(("user", "Was the ferry cancelled?"), ("agent", "Yes.")))
    assert give(db, "card", 42, "up", card, 1000.0)
    (question,) = loaded(db, tmp_path)
    assert (question.id, question.text, question.answerable) == ("card", "And when?", True)
    assert question.history == (Turn("user", "Was the ferry cancelled?"), Turn("agent", "Yes."))
    (gold,) = question.gold
    assert gold.article_id == "ferry.txt"
    assert gold.span is not None
    assert (gold.span.start, gold.span.end) == (START, END)
    assert gold.text == gold.span.of(ARTICLE)


def test_what_several_people_approve_is_gold_once_and_other_passages_beside_it(db: Connection, tmp_path: Path) -> None:
    card = answer(citations=(QUOTED, OTHER))
    give(db, "card", 42, "up", card, 1000.0)
    give(db, "card", 43, "up", card, 2000.0)
    give(db, "card", 44, "up", answer(citations=(QUOTED, OTHER), shown=1), 3000.0)
    give(db, "card", 45, "down", answer(citations=(QUOTED, OTHER), shown=1), 4000.0)
    (question,) = loaded(db, tmp_path)
    assert [gold.text for gold in question.gold] == [ARTICLE[17:70], ARTICLE[72:100]]
    assert all(isinstance(gold, Gold) and gold.span is not None for gold in question.gold)


def test_a_verdict_against_a_passage_is_no_gold_and_is_listed_apart(db: Connection) -> None:
    give(db, "card", 42, "down", answer(citations=(OTHER, QUOTED), shown=1), 1000.0)
    assert list(feedback.question_set(db)) == []
    assert list(feedback.disapproved(db)) == [
        {
            "id": "card",
            "rank": 2,
            "question": "When was the ferry cancelled?",
            "history": [],
            "interpreted_as": "When was the ferry cancelled?",
            "confidence": 0.87,
            "generation": "20230314T120000Z-0a1b2c",
            "passage": {"doc": "ferry.txt", "start": 17, "end": 70, "text": QUOTED.quote},
        }
    ]


def test_a_verdict_is_changed_and_taken_back(db: Connection) -> None:
    card = answer()
    assert give(db, "card", 42, "up", card, 1000.0)
    assert not give(db, "card", 42, "up", card, 1001.0)
    assert give(db, "card", 42, "down", card, 1002.0)
    assert list(feedback.question_set(db)) == []
    assert give(db, "card", 42, "", card, 1003.0)
    assert not give(db, "card", 42, "", card, 1004.0)
    assert list(feedback.disapproved(db)) == []


def test_a_verdict_on_no_passage_is_no_gold(db: Connection) -> None:
    give(db, "card", 42, "up", answer(answered=False, citations=()), 1000.0)
    assert list(feedback.question_set(db)) == []


def test_several_questions_make_a_set_without_repeated_ids(db: Connection, tmp_path: Path) -> None:
    for number in range(5):
        for person in (42, 43):
            give(db, f"card{number}", person, "up", answer(question=f"Question {number}?"), 1000.0 + number)
    assert [question.text for question in loaded(db, tmp_path)] == [f"Question {number}?" for number in range(5)]


def test_the_whole_way_from_a_thumb_to_a_figure(
    build_data: BuildData, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = build_data({"ferry.txt": ARTICLE, "orchard.txt": "The apple trees blossom in May. Bees are everywhere.\n"})
    file = tmp_path / "set.jsonl"
    with Retriever.open(data) as retriever, closing(Database(data / FILE)) as state:
        found = retriever.ask("When was the ferry cancelled?")
        card = AnswerCard.of(replace(found, answered=True), (), retriever.generation, on_behalf=False)
        assert asyncio.run(state.run(give, "card", 42, "up", card, 1000.0))
    assert bot(["feedback", "--data", str(data)]) == 0
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert retrieval(["eval", str(file), "--json", "--report", str(tmp_path / "report"), "--data", str(data)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["questions"], report["judged"]) == (1, 1)
    assert report["figures"]["passage_hit_1"]["value"] == 1
    assert report["figures"]["gold_found"]["value"] == 1
    assert (tmp_path / "report" / "index.html").is_file()


def test_a_verdict_is_kept_as_long_as_the_question_it_holds(db: Connection) -> None:
    for card, asked in (("a", 999.0), ("b", 1000.0)):
        give(db, card, 42, "up", answer(), 5000.0, asked)
    # Given on a card that Bo opened by a link to the first one.
    cards.put(db, kept("opened", owner=43, source="a"), 4000.0)
    assert feedback.give(db, "opened", 43, "up", answer(), 5000.0)
    assert feedback.forget_old(db, 1000.0) == 2
    assert [line["id"] for line in feedback.question_set(db)] == ["b"]


def test_a_card_that_is_gone_takes_no_verdict(db: Connection) -> None:
    give(db, "card", 42, "up", answer(), 1000.0)
    cards.remove(db, "card")
    assert not feedback.give(db, "card", 43, "up", answer(), 1001.0)
    assert db.execute("SELECT person FROM feedback").fetchall() == [(42,)]
