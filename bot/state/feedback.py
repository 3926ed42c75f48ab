"""Verdicts on answers, stored with question, passage and generation in the form that `retrieval eval` reads."""

import json
from collections.abc import Iterator
from typing import Final

from bot.cards import AnswerCard
from bot.state.connection import Connection

UP: Final = "up"
DOWN: Final = "down"


def give(db: Connection, card_id: str, person: int, verdict: str, card: AnswerCard, now: float) -> bool:
    """Note a verdict on the passage that is shown, '' takes it back; return whether that changed anything.

    A card that is gone takes none: its question was forgotten.
    """
    before = db.execute("SELECT verdict FROM feedback WHERE card = ? AND person = ?", [card_id, person]).fetchone()
    if not verdict:
        db.execute("DELETE FROM feedback WHERE card = ? AND person = ?", [card_id, person])
        return before is not None
    given = db.execute(
        """INSERT INTO feedback (card, person, verdict, rank, body, created, author, since)
           SELECT c.id, ?, ?, ?, ?, ?, coalesce(s.owner, c.owner), coalesce(s.created, c.created)
           FROM cards AS c LEFT JOIN cards AS s ON s.id = c.source WHERE c.id = ?
           ON CONFLICT (card, person) DO UPDATE SET verdict = excluded.verdict, rank = excluded.rank,
               body = excluded.body, created = excluded.created, author = excluded.author, since = excluded.since""",
        [person, verdict, card.shown + 1, json.dumps(_body(card), ensure_ascii=False), now, card_id],
    )
    return bool(given.rowcount) and (before is None or before[0] != verdict)


def forget_old(db: Connection, before: float) -> int:
    """Delete the verdicts on questions asked before that time; return how many."""
    return db.execute("DELETE FROM feedback WHERE since < ?", [before]).rowcount


def question_set(db: Connection) -> Iterator[dict[str, object]]:
    """Yield every question of which somebody approved a passage, with those passages as its gold, for `eval`."""
    questions: dict[str, dict[str, object]] = {}
    approved: dict[str, list[dict[str, object]]] = {}
    rows = db.execute("SELECT card, body FROM feedback WHERE verdict = ? ORDER BY created, card, person", [UP])
    for card, body in rows:
        said = json.loads(body)
        passage = said.pop("passage")
        if passage is None:
            continue
        questions.setdefault(card, said)
        if passage not in approved.setdefault(card, []):
            approved[card].append(passage)
    for card, said in questions.items():
        yield {"id": card, **said, "answerable": True, "gold": approved[card]}


def disapproved(db: Connection) -> Iterator[dict[str, object]]:
    """Yield every verdict against a passage; whether another passage answers the question is not known."""
    rows = db.execute("SELECT card, rank, body FROM feedback WHERE verdict = ? ORDER BY created, card, person", [DOWN])
    for card, rank, body in rows:
        yield {"id": card, "rank": rank, **json.loads(body)}


def _body(card: AnswerCard) -> dict[str, object]:
    passage = None
    if card.citations:
        shown = card.citations[card.shown]
        passage = {"doc": shown.article_id, "start": shown.start, "end": shown.end, "text": shown.quote}
    return {
        "question": card.question,
        "history": [{"speaker": speaker, "text": text} for speaker, text in card.history],
        "interpreted_as": card.interpreted_as,
        "confidence": round(card.confidence, 4),
        "generation": card.generation,
        "passage": passage,
    }
