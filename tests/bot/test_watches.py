"""The watches that are stored: who waits for what, what they have been told, and what is still to be sent."""

import json
import sqlite3
from dataclasses import replace

import pytest

from bot.cards import AnswerCard
from bot.state import exports, people, watches
from bot.state.watches import Watch
from bot.watches import plain_question
from tests.bot.samples import answer
from tests.bot.test_erasure import ADA, ADAS, BO, BOS, GROUP, NOW, everything, places

YEAR = 365 * 24 * 3600.0
ASKED = Watch(0, ADA, ADA, None, 6, f"Who bakes {ADAS}?", "2026-01-02", "en")


def added(db: sqlite3.Connection, watch: Watch = ASKED, authors: tuple[int, ...] = (), now: float = NOW) -> Watch:
    watch = watches.add(db, watch, authors, (), now).watch or watch
    assert watch.id
    return watch


def article(db: sqlite3.Connection, watch: Watch, *story: str, now: float = NOW) -> bool:
    return watches.put_news(db, watch.id, f"card-{story[0]}", "{}", story, now)


def to_send(db: sqlite3.Connection) -> list[tuple[str, int]]:
    """The cards still to be sent, and to whom."""
    found, done = [], list[int]()
    while (piece := watches.next_piece(db, done, ())) is not None:
        found.append((piece.card, piece.watch.person))
        done.append(piece.id)
    return found


def test_the_same_question_is_stored_once_for_each_person_and_its_news_comes_to_where_it_was_asked_last(
    db: sqlite3.Connection,
) -> None:
    first = watches.add(db, ASKED, (), (), NOW)
    again = watches.add(db, replace(ASKED, question=f"who  BAKES {ADAS.lower()}?", chat=GROUP, thread=5), (), (), NOW)
    other = watches.add(db, replace(ASKED, person=BO, chat=BO), (), (), NOW)
    assert (first.outcome, again.outcome, other.outcome) == ("new", "already", "new")
    assert again.watch == replace(ASKED, id=1, chat=GROUP, thread=5)
    assert watches.how_many(db) == 2


def test_a_person_has_twenty_watches_at_most_and_everybody_together_a_hundred_thousand(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = [
        watches.add(db, replace(ASKED, question=f"Number {n}?"), (), (), NOW).outcome for n in range(watches.MOST)[:21]
    ]
    assert outcomes == ["new"] * 20 + ["too many"]
    assert watches.add(db, replace(ASKED, question="Number 3?"), (), (), NOW).outcome == "already"
    assert watches.stop(db, BO, [1]) == 0
    assert watches.stop(db, ADA, [1, 1]) == 1
    added(db, replace(ASKED, question="Another?"))
    monkeypatch.setattr(watches, "MOST", 20)
    assert watches.add(db, replace(ASKED, person=BO), (), (), NOW).outcome == "full"


def test_a_story_is_told_once_and_what_was_seen_before_is_not_told_at_all(db: sqlite3.Connection) -> None:
    watch = watches.add(db, ASKED, (), ("seen",), NOW).watch
    assert watch is not None
    assert article(db, watch, "a", "copy of a")
    assert not article(db, watch, "copy of a", "another copy")
    assert not article(db, watch, "seen")
    assert article(db, watch, "b")
    assert to_send(db) == [("card-a", ADA), ("card-b", ADA)]
    assert watches.awake(db, 1000) == [(watch, frozenset({"seen", "a", "copy of a", "b"}))]


def test_what_was_sent_is_struck_off_and_a_watch_that_is_stopped_takes_its_news_along(db: sqlite3.Connection) -> None:
    first, second = added(db), added(db, replace(ASKED, person=BO, chat=BO))
    article(db, first, "a")
    article(db, second, "a")
    piece = watches.next_piece(db, (), (ADA,))
    assert piece is not None
    assert piece.watch == second
    watches.settle(db, piece.id)
    assert to_send(db) == [("card-a", ADA)]
    watches.stop(db, ADA, [first.id])
    assert to_send(db) == []
    assert places(db, ADA, ADAS) == {("watches", "question")}  # Bo's
    # A number is never used again: a button below an old list stops nothing else.
    watches.stop(db, BO, [second.id])
    assert added(db).id == 3


@pytest.mark.parametrize("how", ["blocked", "banned"])
def test_nobody_is_told_who_has_blocked_the_bot_or_is_banned_and_both_may_wake_up_again(
    db: sqlite3.Connection, how: str
) -> None:
    people.note_visit(db, ADA, NOW, private=True)
    watch = added(db)
    article(db, watch, "a")
    piece = watches.next_piece(db, (), ())
    assert piece is not None
    assert watches.may_be_told(db, piece)
    if how == "blocked":
        people.set_blocked(db, ADA, blocked=True)
    else:
        people.ban(db, ADA, BO, NOW)
    assert not watches.may_be_told(db, piece)
    assert watches.awake(db, 1000) == []
    people.note_visit(db, ADA, NOW, private=True)
    people.unban(db, ADA)
    assert watches.may_be_told(db, piece)
    assert len(watches.awake(db, 1000)) == 1


def test_a_question_that_is_longer_than_is_allowed_now_is_not_looked_at(db: sqlite3.Connection) -> None:
    watch = added(db)
    longest = len(ASKED.question)
    assert [one for one, _ in watches.awake(db, longest)] == [watch]
    assert watches.awake(db, longest - 1) == []


def test_after_a_year_without_news_a_watch_ends_with_a_word(db: sqlite3.Connection) -> None:
    old, told = added(db), added(db, replace(ASKED, question="And who eats it?"))
    article(db, told, "a", now=NOW + YEAR / 2)
    watches.settle(db, 1)
    watches.end_old(db, NOW + 1)
    watches.end_old(db, NOW + 1)
    piece = watches.next_piece(db, (), ())
    assert piece is not None
    assert (piece.card, piece.watch) == ("", old)
    assert to_send(db) == [("", ADA)]
    # Whoever asks again meanwhile goes on waiting.
    added(db, now=NOW + 2)
    assert to_send(db) == []
    watches.end_old(db, NOW + 3)
    last = watches.next_piece(db, (), ())
    assert last is not None
    watches.settle(db, last.id)
    assert watches.of_person(db, ADA) == [told]


def marks(*articles: str) -> frozenset[bytes]:
    return frozenset(name.encode().ljust(8, b".") for name in articles)


def test_articles_that_were_taken_out_for_a_while_stay_known(db: sqlite3.Connection) -> None:
    assert watches.known(db) is None
    added(db)
    watches.note_known(db, "g1", marks("a", "b", "c"), frozenset())
    watches.note_known(db, "g2", marks("a"), marks("a", "b", "c"))
    known = watches.known(db)
    assert known == watches.Known("g2", marks("a", "b", "c"))
    # With others in their place they are known until there are twice as many as there are articles.
    watches.note_known(db, "g3", marks("a", "d"), known.marks)
    assert (watches.known(db) or known).marks == marks("a", "b", "c", "d")
    watches.note_known(db, "g4", marks("d", "e"), marks("a", "b", "c", "d"))
    assert watches.known(db) == watches.Known("g4", marks("d", "e"))
    watches.forget_known(db)
    assert watches.looked_at(db) == "g4"
    watches.stop(db, ADA, [1])
    watches.forget_known(db)
    assert watches.known(db) is None


def test_an_article_that_was_taken_out_before_it_was_told_is_news_when_it_is_back(db: sqlite3.Connection) -> None:
    watch = added(db)
    watches.note_known(db, "g1", marks("a", "b"), frozenset())
    article(db, watch, "b")
    piece = watches.next_piece(db, (), ())
    assert piece is not None
    watches.untell(db, piece, marks("a"))
    assert (watches.known(db) or watches.Known("", frozenset())).marks == marks("a")
    assert article(db, watch, "b")


def test_nothing_of_a_watch_is_left_of_who_forgets_nor_their_words_with_others(db: sqlite3.Connection) -> None:
    hers = added(db)
    article(db, hers, ADAS)
    his = added(db, replace(ASKED, person=BO, chat=BO, question=f"{BOS}?"))
    # Bo waits for what Ada asked.
    added(db, replace(ASKED, person=BO, chat=BO), authors=(ADA,))
    assert people.erase(db, ADA) == people.Erased(0, 0, 0, 0, watches=1)
    assert places(db, ADA, ADAS) == set()
    assert watches.of_person(db, BO) == [his]
    assert {table for (table, _), values in everything(db).items() if values} >= {"watches"}


def test_a_watch_is_exported_without_others_words(db: sqlite3.Connection) -> None:
    section = next(one for one in exports.SECTIONS if one.name == "watches")
    own = added(db)
    article(db, own, "a", "b")
    added(db, replace(ASKED, question=f"{BOS}?", chat=GROUP), authors=(BO,))
    told = [section.entry(row) for row in section.batch(db, ADA, section.first)]
    assert told == [
        {"chat": ADA, "question": ASKED.question, "asked": "2026-01-02", "told_of_articles": ["a", "b"]},
        {"chat": GROUP, "question": None, "asked": "2026-01-02", "told_of_articles": []},
    ]
    assert BOS not in json.dumps(told)


def test_a_group_takes_its_watches_along_and_one_that_is_left_loses_them(db: sqlite3.Connection) -> None:
    added(db, replace(ASKED, chat=GROUP))
    people.migrate_group(db, GROUP, GROUP - 1)
    assert watches.of_person(db, ADA, GROUP) == []
    (moved,) = watches.of_person(db, ADA, GROUP - 1)
    assert moved.message is None
    people.leave(db, GROUP - 1)
    assert watches.how_many(db) == 0


def test_who_writes_in_the_name_of_a_group_goes_by_its_new_number(db: sqlite3.Connection) -> None:
    added(db, replace(ASKED, person=GROUP, chat=GROUP))
    people.migrate_group(db, GROUP, GROUP - 1)
    (moved,) = watches.of_person(db, GROUP - 1)
    assert watches.stop(db, GROUP - 1, [moved.id]) == 1


def test_who_waits_is_not_forgotten_though_they_were_here_long_ago(db: sqlite3.Connection) -> None:
    for person in (ADA, BO):
        people.note_visit(db, person, NOW, private=True)
    added(db)
    assert people.forget_old(db, NOW + 1) == 1
    assert db.execute("SELECT id FROM people").fetchall() == [(ADA,)]


@pytest.mark.parametrize(
    ("card", "waits"),
    [
        (answer(question="When was  it? source:post", interpreted_as="When was it?"), "When was  it? source:post"),
        (
            answer(question='And when? in:"Ferry news" after:2022', interpreted_as="When was the ferry cancelled?"),
            'When was the ferry cancelled? after:"2022-01-01" in:"Ferry news"',
        ),
        (answer(question="And goats?", interpreted_as="And goats?", follows="Who swims?"), "Who swims? And goats?"),
        # Together they would be too long to be asked.
        (answer(question="Why?", interpreted_as="Why?", follows="Who swims? " * 5), "Why?"),
    ],
)
def test_a_question_waits_as_one_plain_question(card: AnswerCard, waits: str) -> None:
    assert plain_question(card, 40 if card.question == "Why?" else 1000) == waits
