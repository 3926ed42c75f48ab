"""What stands behind a message with buttons comes back as it was, or has expired."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.cards import (
    KINDS,
    AddedCard,
    AnswerCard,
    ArticleCard,
    BroadcastCard,
    Card,
    CheckCard,
    FeedsCard,
    GreetingCard,
    OfferCard,
    RemovalsCard,
    RemoveCard,
    SettingsCard,
    SourcesCard,
    StoredDifference,
    WatchesCard,
)
from bot.cited import StoredBefore, StoredCitation, StoredNearest
from bot.state import cards, people, turns
from bot.state.connection import Connection
from index.article import Span
from index.generation.catalog import ArticleHead
from retrieval.answer import Answer, Citation, Nearest
from retrieval.question.conversation import Turn
from tests.bot.samples import ANSWER, ARTICLE, CARD_ID, QUOTE, QUOTED, SENTENCE, answer, kept, quoted

EXAMPLES: dict[str, Card] = {
    "answer": answer(
        history=(("user", "Wer <b>&\0\u202e"), ("agent", "")),
        citations=(QUOTED, quoted(source=None, published=None, url=None, also_in=("Copy", "Another"))),
        shown=1,
        wide=True,
        verdict="up",
        on_behalf=True,
        watch="news",
        before=StoredBefore("Ferry <runs>", None, ""),
    ),
    "article": ArticleCard("ferry.txt", start=17, page=-3, highlights=((17, 53), (54, 70)), length=53, digest="00ff"),
    "check": CheckCard(
        quote="The ferry <b>sank</b>",
        speaker="Runa & Co",
        verdict="altered",
        citations=(QUOTED,),
        differences=(StoredDifference("was cancelled", "sank", "word", 10, 21),),
        said_by="Odd Vik",
    ),
    "offer": OfferCard("The ferry sank 🎉", 7, -1001),
    "sources": SourcesCard("ferry 🎉", 2, ("ferry.txt", "b"), "source", "2026-01-02"),
    "greeting": GreetingCard(("When was the ferry cancelled?", "")),
    "settings": SettingsCard(),
    "watches": WatchesCard((3, 1_000_000)),
    "broadcast": BroadcastCard("Hello\neverybody " + "x" * 4000),
    "added": AddedCard(("a.md", "b/c.md")),
    "removals": RemovalsCard(30, 32, ("a.md", "b.md"), "q1"),
    "remove": RemoveCard(("added/a.md",), "added/a.md"),
    "feeds": FeedsCard(("https://wire.example.com/feed",)),
}


def stored(db: Connection, card: Card) -> Card | None:
    cards.put(db, kept(card=card), 1000.0)
    found = cards.by_id(db, CARD_ID)
    return found.card if found else None


def test_there_is_an_example_of_every_kind() -> None:
    assert {kind: type(card) for kind, card in EXAMPLES.items()} == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_of_every_kind_comes_back_as_it_was(db: Connection, kind: str) -> None:
    assert stored(db, EXAMPLES[kind]) == EXAMPLES[kind]
    assert db.execute("SELECT kind FROM cards").fetchall() == [(kind,)]


def test_its_place_comes_back_too(db: Connection) -> None:
    placed = kept(chat=-9, thread=5, message=None, question_message=None, owner=43)
    cards.put(db, placed, 1000.0)
    assert cards.by_id(db, CARD_ID) == placed
    assert cards.by_id(db, "another") is None


def test_putting_it_again_changes_what_it_shows_and_not_whose_it_is_nor_its_age(db: Connection) -> None:
    cards.put(db, kept(message=None), 1000.0)
    cards.put(db, kept(message=8, owner=43, chat=50, card=answer(shown=0, verdict="down")), 2000.0)
    assert cards.by_id(db, CARD_ID) == kept(message=8, card=answer(verdict="down"))
    assert cards.forget_old(db, 1000.5) == 1


def test_what_was_deleted_while_it_was_on_its_way_stays_deleted(db: Connection) -> None:
    cards.put(db, kept(message=None), 1000.0)
    cards.remove(db, CARD_ID)
    assert not cards.show(db, kept(message=8))
    assert cards.by_id(db, CARD_ID) is None


# Answers opened by a link.

OPENED = kept("opened-by-ben", chat=43, owner=43, question_message=None, source=CARD_ID)


def test_an_opened_answer_is_kept_by_its_own_card_alone(db: Connection) -> None:
    asked = answer(history=(("user", "What?"),), wide=True, verdict="up")
    cards.put(db, kept(card=asked), 1000.0)
    cards.put(db, OPENED, 2000.0)
    # As somebody sees it who had no part in the conversation.
    seen = answer(on_behalf=True)
    assert cards.by_id(db, OPENED.id) == replace(OPENED, card=seen)
    assert cards.by_id(db, CARD_ID) == kept(card=asked)
    (body,) = db.execute("SELECT body FROM cards WHERE id = ?", [OPENED.id]).fetchone()
    assert len(body) < 60
    assert cards.show(db, replace(OPENED, message=9, card=replace(seen, shown=2, wide=True, verdict="down")))
    turned = cards.by_message(db, 43, 9)
    assert turned is not None
    assert turned.card == replace(seen, shown=2, wide=True, verdict="down")
    assert cards.by_id(db, CARD_ID) == kept(card=asked)


@pytest.mark.parametrize(
    "going",
    [
        lambda db: cards.remove(db, CARD_ID),
        lambda db: cards.forget_old(db, 1500.0),
        lambda db: people.erase(db, 42),
        lambda db: cards.put(db, kept(card=answer(question="Who steered it?")), 3000.0),
    ],
)
def test_an_opened_answer_goes_when_its_author_has_it_no_longer(
    db: Connection, going: Callable[[Connection], object]
) -> None:
    cards.put(db, kept(), 1000.0)
    cards.put(db, OPENED, 2000.0)
    going(db)
    assert cards.by_id(db, OPENED.id) is None
    assert db.execute("SELECT count(*) FROM cards WHERE owner = 43").fetchone() == (0,)


def test_one_that_was_opened_while_its_author_forgot_it_has_expired(db: Connection) -> None:
    cards.put(db, OPENED, 2000.0)
    assert cards.by_id(db, OPENED.id) is None


# How many there are.


def many(db: Connection, number: int, owner: int, card: Card, source: str | None = None) -> list[str]:
    ids = [f"{owner}-{type(card).__name__}-{place}" for place in range(number)]
    for place, name in enumerate(ids):
        cards.put(db, kept(name, owner=owner, message=place, card=card, source=source), 1000.0 + place)
    return ids


def left(db: Connection, owner: int) -> set[str]:
    return {name for (name,) in db.execute("SELECT id FROM cards WHERE owner = ?", [owner])}


@pytest.mark.parametrize("card", [SettingsCard(), SourcesCard(), ArticleCard("a"), GreetingCard(), answer()])
def test_of_what_costs_no_question_a_person_has_a_hundred_and_the_oldest_give_way(db: Connection, card: Card) -> None:
    cards.put(db, kept(), 900.0)
    source = CARD_ID if isinstance(card, AnswerCard) else None
    bens, adas = many(db, 100, 43, card, source), many(db, 130, 44, card, source)
    assert left(db, 43) == set(bens)
    assert left(db, 44) == set(adas[30:])
    # Other kinds, and other people's, have a bound of their own.
    assert left(db, 42) == {CARD_ID}


def test_of_answers_there_are_two_thousand_and_what_was_said_goes_along(db: Connection) -> None:
    db.execute("BEGIN")
    names = many(db, 2000, 42, answer(citations=()))
    for name in names:
        turns.note_exchange(db, 42, None, 42, None, name, "q", "r", 1000.0)
    assert len(left(db, 42)) == 2000
    cards.put(db, kept("one more", message=2000, card=answer(citations=())), 4000.0)
    db.execute("COMMIT")
    assert left(db, 42) == {*names[1:], "one more"}
    assert db.execute("SELECT card FROM turns ORDER BY id LIMIT 1").fetchone() == (names[1],)


def test_a_person_with_far_too_many_from_before_loses_them_bit_by_bit(db: Connection) -> None:
    db.execute("BEGIN")
    for place in range(500):
        row = (f"old-{place}", "settings", 42, place, 42, 1000.0 + place, "{}")
        db.execute(
            "INSERT INTO cards (id, kind, chat, message, owner, created, body) VALUES (?, ?, ?, ?, ?, ?, ?)", row
        )
    for place, expected in enumerate((401, 302, 203, 104, 100, 100)):
        cards.put(db, kept(f"new-{place}", message=1000 + place, card=SettingsCard()), 2000.0 + place)
        assert len(left(db, 42)) == expected
    assert {f"new-{place}" for place in range(6)} <= left(db, 42)
    db.execute("COMMIT")


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        "not JSON",
        '{"question": 7}',
        json.dumps({"question": "q", "interpreted_as": "q", "answered": True, "citations": [{"quote": "q"}]}),
    ],
)
def test_what_another_version_wrote_is_as_good_as_expired(db: Connection, body: str) -> None:
    cards.put(db, kept(), 1000.0)
    db.execute("UPDATE cards SET body = ?", [body])
    assert cards.by_id(db, CARD_ID) is None
    assert cards.by_message(db, 42, 7) is None
    assert cards.of_question(db, 42, 6) is None


def test_so_is_a_kind_that_this_version_does_not_know(db: Connection) -> None:
    cards.put(db, kept(), 1000.0)
    db.execute("UPDATE cards SET kind = 'quiz'")
    assert cards.by_id(db, CARD_ID) is None
    assert cards.remove(db, CARD_ID)


def test_what_an_older_version_left_out_is_as_by_default(db: Connection) -> None:
    cards.put(db, kept(), 1000.0)
    (body,) = db.execute("SELECT body FROM cards").fetchone()
    fields = json.loads(body)
    for name in ("shown", "wide", "verdict", "on_behalf"):
        del fields[name]
    db.execute("UPDATE cards SET body = ?", [json.dumps(fields)])
    assert cards.by_id(db, CARD_ID) == kept()


def test_a_card_is_found_by_the_message_that_shows_it_in_its_chat(db: Connection) -> None:
    cards.put(db, kept("one", chat=42, message=7), 1000.0)
    cards.put(db, kept("two", chat=-9, message=7), 1000.0)
    for chat, card in ((42, "one"), (-9, "two")):
        found = cards.by_message(db, chat, 7)
        assert found is not None
        assert found.id == card
    assert cards.by_message(db, 42, 6) is None


def test_the_newest_answer_to_a_message_is_found_and_no_other_card(db: Connection) -> None:
    cards.put(db, kept("new"), 3000.0)
    cards.put(db, kept("old"), 2000.0)
    cards.put(db, kept("list", card=SourcesCard()), 4000.0)
    cards.put(db, kept("elsewhere", chat=-9), 5000.0)
    found = cards.of_question(db, 42, 6)
    assert found is not None
    assert found.id == "new"
    assert cards.of_question(db, 42, 7) is None


def test_a_card_is_removed_once(db: Connection) -> None:
    cards.put(db, kept(), 1000.0)
    assert cards.remove(db, CARD_ID)
    assert not cards.remove(db, CARD_ID)


def test_only_what_is_older_is_forgotten(db: Connection) -> None:
    for name, created in (("a", 999.0), ("b", 1000.0), ("c", 1001.0)):
        cards.put(db, kept(name), created)
    assert cards.forget_old(db, 1000.0) == 1
    assert [name for (name,) in db.execute("SELECT id FROM cards ORDER BY 1")] == ["b", "c"]


def test_ids_cannot_be_guessed_and_fit_into_links_and_buttons() -> None:
    ids = {cards.new_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{16}", card) for card in ids)
    # 96 bits: of 2000 ids every position shows most of the 64 letters there are.
    assert all(len({card[place] for card in ids}) > 50 for place in range(16))


HEAD = ArticleHead(4, "copy.txt", "copy.txt", "", None, None, None, None, "en")
CITATION = Citation(
    rank=1,
    article_id=QUOTED.article_id,
    title=QUOTED.title,
    source=QUOTED.source,
    published=QUOTED.published,
    url=QUOTED.url,
    path=QUOTED.path,
    start=17,
    end=70,
    quote=QUOTE,
    highlights=(Span(17, 53),),
    paragraph=2,
    score=1.5,
    link=QUOTED.link,
    also_in=(HEAD,),
)


def answered(*, so: bool) -> Answer:
    near = (Nearest("ferry.txt", "Ferry cancelled", Span(17, 70)),)
    return Answer("And when?", "When was the ferry cancelled?", so, 0.7, (CITATION,), near, 12.0)


def test_a_card_of_an_answer_keeps_its_passages_whole() -> None:
    card = AnswerCard.of(answered(so=True), (Turn("user", "What?"),), "generation", on_behalf=True)
    # A copy without a title goes by its file.
    passage = quoted(also_in=("copy.txt",))
    assert card == AnswerCard(
        question="And when?",
        interpreted_as="When was the ferry cancelled?",
        history=(("user", "What?"),),
        answered=True,
        confidence=0.7,
        citations=(passage,),
        nearest=(StoredNearest("ferry.txt", "Ferry cancelled", 17),),
        generation="generation",
        on_behalf=True,
    )
    assert passage.answering == SENTENCE
    again = passage.citation()
    assert (again.article_id, again.start, again.end, again.quote) == ("ferry.txt", 17, 70, QUOTE)
    assert StoredCitation.of(again) == QUOTED
    assert StoredCitation.of(replace(CITATION, brief=Span(17, 53))).brief == (17, 53)


def test_an_article_notices_that_the_passage_it_was_opened_at_has_changed() -> None:
    card = ArticleCard.at("ferry.txt", 17, QUOTE)
    assert (card.start, card.length) == (17, 53)
    assert card.fits(QUOTE)
    assert not card.fits(QUOTE.replace("Monday", "Sunday"))
    assert not card.fits(ARTICLE[16:69])
    assert not card.fits("")
    # One that was opened at its beginning has nothing to compare.
    assert ArticleCard("ferry.txt").fits("Anything")


def test_what_was_not_answered_keeps_no_passage_that_could_be_shown_as_an_answer() -> None:
    card = AnswerCard.of(answered(so=False), (), "generation", on_behalf=False)
    assert (card.answered, card.citations) == (False, ())
    assert card.nearest == ANSWER.nearest
    assert card.tier == "none"


def test_what_may_be_the_answer_keeps_its_passages_and_is_not_taken_for_one() -> None:
    unsure = replace(answered(so=False), unsure=True, follows="What was cancelled?")
    card = AnswerCard.of(unsure, (), "generation", on_behalf=False)
    assert (card.answered, card.tier, card.follows) == (False, "not sure", "What was cancelled?")
    assert [passage.quote for passage in card.citations] == [QUOTE]


# As the versions before wrote them: nearest articles without a place, passages without a part to show first.
_BEFORE = {
    "question": "When was the ferry cancelled?",
    "interpreted_as": "When was the ferry cancelled?",
    "history": [],
    "answered": True,
    "confidence": 0.87,
    "citations": [
        {
            "article_id": "ferry.txt",
            "title": "Ferry cancelled",
            "source": "Northern Post",
            "published": "2023-03-14",
            "url": "https://news.example.org/ferry",
            "path": "north/ferry.txt",
            "start": 17,
            "end": 70,
            "quote": QUOTE,
            "highlights": [[17, 53]],
            "paragraph": 2,
            "link": "https://news.example.org/ferry#:~:text=The%20ferry",
            "also_in": [],
        }
    ],
    "nearest": [["ferry.txt", "Ferry cancelled"]],
    "generation": "20230314T120000Z-0a1b2c",
}


def test_an_answer_that_an_earlier_version_wrote_is_read_and_its_nearest_article_begins_at_its_beginning(
    db: Connection,
) -> None:
    cards.put(db, kept(), 1000.0)
    db.execute("UPDATE cards SET body = ?", [json.dumps(_BEFORE)])
    found = cards.by_id(db, CARD_ID)
    assert found is not None
    assert found.card == answer(nearest=(StoredNearest("ferry.txt", "Ferry cancelled", 0),))
    assert isinstance(found.card, AnswerCard)
    assert found.card.citations[0].brief_within.of(QUOTE) == QUOTE
