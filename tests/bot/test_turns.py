"""What a follow-up leans on: the last of what this person said here, and nothing of anybody else."""

from bot.state import turns
from bot.state.connection import Connection
from bot.state.turns import Exchange
from retrieval.question.conversation import Turn

NOW = 1000.0


def said(
    db: Connection, card: str, chat: int = -9, thread: int | None = None, person: int = 42, now: float = 1000.0
) -> None:
    """An exchange: the question and the reply are named after its card."""
    turns.note_exchange(db, chat, thread, person, 6, card, f"{card}?", f"{card}!", now)


def exchanges(*cards: str) -> tuple[Turn, ...]:
    return tuple(turn for card in cards for turn in (Turn("user", f"{card}?"), Turn("agent", f"{card}!")))


def history(
    db: Connection, chat: int, thread: int | None, person: int, before: str = "", now: float = NOW
) -> tuple[Turn, ...]:
    return turns.as_turns(turns.history(db, chat, thread, person, now, before))


def leading_to(db: Connection, card: str) -> tuple[Turn, ...]:
    return turns.as_turns(turns.leading_to(db, card))


def test_the_last_three_exchanges_are_remembered_oldest_first(db: Connection) -> None:
    assert history(db, -9, None, 42) == ()
    for card in "abcd":
        said(db, card)
    assert history(db, -9, None, 42) == exchanges("b", "c", "d")


def test_chats_topics_and_people_are_kept_apart(db: Connection) -> None:
    said(db, "here")
    said(db, "elsewhere", chat=-7)
    said(db, "topic", thread=5)
    said(db, "other", person=43)
    assert history(db, -9, None, 42) == exchanges("here")
    assert history(db, -7, None, 42) == exchanges("elsewhere")
    assert history(db, -9, 5, 42) == exchanges("topic")
    assert history(db, -9, None, 43) == exchanges("other")
    assert history(db, -7, None, 43) == ()


def test_an_edited_question_is_understood_from_what_was_said_before_it(db: Connection) -> None:
    for card in "abc":
        said(db, card)
    assert history(db, -9, None, 42, before="b") == exchanges("a")
    assert history(db, -9, None, 42, before="a") == ()
    assert history(db, -9, None, 42, before="new") == exchanges("a", "b", "c")


def test_an_exchange_of_the_same_card_is_replaced_in_its_place(db: Connection) -> None:
    for card in "abc":
        said(db, card)
    turns.note_exchange(db, -9, None, 42, 6, "b", "edited?", "again!", 2000.0)
    assert history(db, -9, None, 42) == (
        *exchanges("a"),
        Turn("user", "edited?"),
        Turn("agent", "again!"),
        *exchanges("c"),
    )
    assert db.execute("SELECT count(*) FROM turns").fetchone() == (3,)


def test_a_reply_to_an_answer_goes_on_from_it_whoever_replies(db: Connection) -> None:
    for card in "abcde":
        said(db, card)
        said(db, f"other-{card}", person=43)
    assert leading_to(db, "d") == exchanges("b", "c", "d")
    assert leading_to(db, "a") == exchanges("a")
    assert leading_to(db, "unknown") == ()
    assert turns.leading_to(db, "a") == (Exchange("a?", "a!", 42, "a", NOW),)


def test_a_new_conversation_forgets_this_one_alone(db: Connection) -> None:
    said(db, "a")
    said(db, "b")
    said(db, "topic", thread=5)
    said(db, "other", person=43)
    assert turns.forget(db, -9, None, 42) == 2
    assert turns.forget(db, -9, None, 42) == 0
    assert history(db, -9, None, 42) == ()
    assert history(db, -9, 5, 42) == exchanges("topic")
    assert history(db, -9, None, 43) == exchanges("other")


def test_only_what_is_older_is_forgotten(db: Connection) -> None:
    for card, now in (("a", 999.0), ("b", 1000.0), ("c", 1001.0)):
        said(db, card, now=now)
    assert turns.forget_old(db, 1000.0) == 1
    assert history(db, -9, None, 42) == exchanges("b", "c")


def test_a_conversation_that_rested_for_a_day_is_over_but_for_who_replies_to_it(db: Connection) -> None:
    """Else an answer would hold words of months before, and outlive them by as much again."""
    day = 24 * 3600.0
    said(db, "old", now=NOW)
    said(db, "new", now=NOW + 1)
    assert history(db, -9, None, 42, now=NOW + day) == exchanges("new")
    assert history(db, -9, None, 42, now=NOW + day + 1) == ()
    assert leading_to(db, "new") == exchanges("old", "new")
