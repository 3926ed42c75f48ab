"""What /forget leaves of a person: a ban, the times of their latest questions, and not one word."""

import asyncio
import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.cards import ArticleCard, BroadcastCard, SourcesCard
from bot.state import broadcasts, cards, feedback, inbox, people, turns, usage
from bot.state.connection import Connection
from bot.state.database import FILE, Database
from bot.state.people import Erased
from bot.state.usage import Limit, Limits
from tests.bot.databases import columns
from tests.bot.samples import answer, kept

# Ids and words that stand nowhere else.
ADA, BO, GROUP = 777_000_111, 888_000_222, -999_000_333
ADAS, BOS = "Zwiebelkuchen", "Quittenmus"
DAY = 24 * 3600
NOW = 1_700_000_000
# What may stay of a person, by table and column: README and /privacy say so.
STAYS = {("bans", "id"), ("asked", "person"), ("asked", "chat")}


def live(db: Connection, person: int, word: str, first: int) -> None:
    """Everything that the bot keeps of a person who asks, judges, reads, chooses and floods."""
    limits = Limits(person=(Limit(4, DAY),), chat=())
    people.note_visit(db, person, NOW, private=True)
    people.choose(db, person, NOW, language="nb", passages=3)
    people.told_private(db, person, NOW, 60.0)
    # Unequal lengths and many rows, so that pages are split, filled and freed.
    for number in range(first, first + 40):
        chat = person if number % 2 else GROUP
        question = f"{word} number {number}? " + word * (number % 17)
        card = answer(question=question, interpreted_as=question, history=(("user", word),), generation="g")
        cards.put(db, kept(f"{word[:5]}{number}", chat=chat, owner=person, card=card), NOW)
        turns.note_exchange(db, chat, None, person, 6, f"{word[:5]}{number}", question, f"{word} replied", NOW)
        feedback.give(db, f"{word[:5]}{number}", person, "up", card, NOW)
        usage.ask(db, number, person, chat, NOW, limits)
        usage.count(db, date(2023, 11, 14), "answered", person, 30.0)
    cards.put(db, kept(f"{word}-list", chat=person, owner=person, card=SourcesCard(word)), NOW)
    cards.put(db, kept(f"{word}-read", chat=person, owner=person, card=ArticleCard.at("ferry.txt", 17, word)), NOW)


def everything(db: Connection) -> dict[tuple[str, str], list[Any]]:
    """Every value of every table, by table and column."""
    found: dict[tuple[str, str], list[Any]] = {}
    for table, column in columns(db):
        found[table, column] = [value for (value,) in db.execute(f"SELECT {column} FROM {table}")]
    return found


def places(db: Connection, person: int, word: str) -> set[tuple[str, str]]:
    """Where a person's id or their word stands."""
    return {
        place
        for place, values in everything(db).items()
        for value in values
        if str(person) in str(value) or word in str(value)
    }


def test_nothing_of_a_person_is_left_but_a_ban_and_times_and_nothing_of_others_is_touched(
    db: Connection,
) -> None:
    live(db, ADA, ADAS, 1000)
    live(db, BO, BOS, 2000)
    # Bo, an admin, judges an answer to Ada, and has one of his own judged by her.
    feedback.give(db, f"{ADAS[:5]}1001", BO, "down", answer(question=ADAS), NOW)
    feedback.give(db, f"{BOS[:5]}2001", ADA, "down", answer(question=BOS), NOW)
    people.ban(db, ADA, BO, NOW)
    broadcasts.begin(db, "Hello", BO, BO, None, [ADA, BO], NOW)
    assert {table for table, _ in places(db, ADA, ADAS)} == {
        "people", "bans", "cards", "turns", "feedback", "asked", "told_to_wait", "seen_today", "broadcast_to"
    }  # fmt: skip
    before = places(db, BO, BOS)
    assert people.erase(db, ADA) == Erased(answers=42, turns=40, feedback=41, settings=1)
    assert places(db, ADA, ADAS) == STAYS
    assert places(db, BO, BOS) == before
    # Bo's own 40 verdicts, without the one on Ada's answer.
    assert db.execute("SELECT count(*) FROM feedback WHERE person = ?", [BO]).fetchone() == (40,)
    assert people.is_banned(db, ADA)
    # The limit holds as before: a command that lifts it would be none.
    assert usage.ask(db, 9000, ADA, ADA, NOW + 1, Limits(person=(Limit(4, DAY),), chat=())) is not None


def test_a_verdict_on_an_answer_that_was_opened_by_a_link_goes_with_its_author(db: Connection) -> None:
    asked = answer(question=ADAS)
    cards.put(db, kept("asked", owner=ADA, card=asked), NOW)
    cards.put(db, kept("opened", owner=BO, card=asked, source="asked"), NOW)
    feedback.give(db, "opened", BO, "up", asked, NOW)
    assert places(db, BO, ADAS) >= {("feedback", "body")}
    people.erase(db, ADA)
    assert places(db, ADA, ADAS) == set()


def test_forgetting_again_finds_nothing(db: Connection) -> None:
    live(db, ADA, ADAS, 1000)
    assert people.erase(db, ADA) == Erased(answers=42, turns=40, feedback=40, settings=1)
    assert people.erase(db, ADA) == Erased(0, 0, 0, 0)
    assert people.erase(db, BO) == Erased(0, 0, 0, 0)


def test_no_word_is_left_in_the_bytes_of_the_file(tmp_path: Path) -> None:
    state = Database(tmp_path / FILE)

    async def live_and_forget() -> None:
        await state.run(live, BO, BOS, 2000)
        await state.run(live, ADA, ADAS, 1000)
        await state.run(inbox.store, [{"update_id": 3000, "message": {"text": ADAS}}], float(NOW))
        await state.run(inbox.mark_finished, 3000)
        await state.run(people.erase, ADA)

    asyncio.run(live_and_forget())
    # Closing writes what stands in the log into the file, and removes the log.
    state.close()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert BOS.encode() in left
    assert ADAS.encode() not in left


def mixed(db: Connection, seed: int) -> None:
    """A history in which rows of all lengths come, change and go, so that SQLite moves others from page to page."""
    rng, made = random.Random(seed), []
    for number in range(300):
        person, word = rng.choice([(ADA, ADAS), (BO, BOS)])
        question = f"{word} " * rng.choice([1, 5, 40, 200, 900])
        # In no order, as real ids are.
        one = kept(f"{number:016d}"[::-1], owner=person, chat=person, card=answer(question=question))
        cards.put(db, one, NOW + number)
        turns.note_exchange(db, person, None, person, number, one.id, question, question[:50], NOW + number)
        feedback.give(db, one.id, rng.choice([ADA, BO]), "up", answer(question=question), NOW)
        inbox.store(db, [{"update_id": number, "message": {"text": question}}], NOW)
        made.append((one, word))
        if rng.random() < 0.2:
            changed, word = rng.choice(made)
            cards.show(db, replace(changed, card=answer(question=f"{word} " * rng.choice([1, 300]))))
        if rng.random() < 0.05:
            cards.forget_old(db, NOW + rng.randrange(number + 1))
    for number in range(300):
        inbox.mark_finished(db, number)


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_no_copy_is_left_of_rows_that_were_moved_about(tmp_path: Path, seed: int) -> None:
    """`secure_delete` alone leaves some in each of these."""
    state = Database(tmp_path / FILE)

    async def live_and_forget() -> None:
        await state.run(mixed, seed)
        await state.run(people.erase, ADA)
        assert await state.rewrite()

    asyncio.run(live_and_forget())
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    state.close()
    assert BOS.encode() in left
    assert ADAS.encode() not in left


def test_words_that_others_took_up_are_forgotten_and_their_own_are_not(db: Connection) -> None:
    for card, question in (("follows", BOS), ("asks", ADAS), ("own", BOS)):
        content = answer(question=question, history=(("user", ADAS),) if card == "follows" else ())
        cards.put(db, kept(card, owner=BO, chat=GROUP, card=content), NOW)
        turns.note_exchange(db, GROUP, None, BO, 6, card, question, "replied", NOW)
        feedback.give(db, card, BO, "up", content, NOW)
    cards.note_words(db, "follows", led=[ADA])
    cards.note_words(db, "asks", asked=ADA)
    assert cards.speakers(db, ["follows", "own"]) == {ADA, BO}
    people.erase(db, ADA)
    assert places(db, ADA, ADAS) == set()
    assert [card for (card,) in db.execute("SELECT id FROM cards")] == ["own"]
    assert [card for (card,) in db.execute("SELECT card FROM turns ORDER BY card")] == ["follows", "own"]
    assert [card for (card,) in db.execute("SELECT card FROM feedback")] == ["own"]


def test_an_admin_who_forgets_is_forgotten_as_whoever_sent_and_banned(db: Connection) -> None:
    broadcasts.begin(db, ADAS, ADA, ADA, 5, [BO], NOW)
    people.ban(db, BO, ADA, NOW)
    people.erase(db, ADA)
    assert places(db, ADA, ADAS) == set()
    assert people.is_banned(db, BO)


def test_the_message_that_asks_to_be_forgotten_is_forgotten_too(db: Connection) -> None:
    for update_id in (1, 2):
        inbox.store(db, [{"update_id": update_id, "message": {"text": f"/forget {ADAS}"}}], NOW)
    people.erase(db, ADA, 1)
    assert db.execute("SELECT update_id FROM inbox WHERE body IS NOT NULL").fetchall() == [(2,)]


def test_a_broadcast_that_waits_for_its_confirmation_is_forgotten_too(db: Connection) -> None:
    cards.put(db, kept(chat=ADA, owner=ADA, card=BroadcastCard(ADAS)), NOW)
    assert people.erase(db, ADA) == Erased(1, 0, 0, 0)
    assert places(db, ADA, ADAS) == set()
