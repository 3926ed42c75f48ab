"""What is known of people and groups, and who is written to."""

from bot.state import cards, people, turns, usage
from bot.state.connection import Connection
from bot.state.people import Census, Person
from bot.state.usage import Limit, Limits
from tests.bot.samples import kept


def test_who_comes_for_the_first_time_has_chosen_nothing(db: Connection) -> None:
    assert people.look_up(db, 42) == Person(42, None, None)
    assert people.how_many(db) == Census(0, 0)
    assert people.note_visit(db, 42, 1000.0, private=False) == Person(42)
    assert people.note_visit(db, 42, 2000.0, private=False) == Person(42)
    assert people.how_many(db) == Census(1, 0)
    assert db.execute("SELECT since FROM people").fetchall() == [(1000.0,)]


def test_choices_are_kept_and_taken_back(db: Connection) -> None:
    people.choose(db, 42, 1000.0, language="nb", passages=3)
    assert people.look_up(db, 42) == Person(42, "nb", 3)
    assert people.note_visit(db, 42, 2000.0, private=True) == Person(42, "nb", 3)
    people.choose(db, 42, 3000.0, language=None, passages=7)
    assert people.look_up(db, 42) == Person(42, None, 7)
    assert people.look_up(db, 43) == Person(43)


def test_only_who_wrote_in_private_has_not_blocked_and_is_not_banned_is_written_to(db: Connection) -> None:
    for person in (45, 42, 43, 44):
        people.note_visit(db, person, 1000.0, private=person != 43)
    assert people.writable(db) == [42, 44, 45]
    people.set_blocked(db, 44, blocked=True)
    people.ban(db, 45, 1, 1000.0)
    assert people.writable(db) == [42]
    people.note_visit(db, 44, 2000.0, private=False)
    assert people.writable(db) == [42]
    # Who writes in private again has unblocked the bot, whether or not Telegram said so.
    people.note_visit(db, 44, 2000.0, private=True)
    people.note_visit(db, 43, 2000.0, private=True)
    people.unban(db, 45)
    assert people.writable(db) == [42, 43, 44, 45]
    people.set_blocked(db, 42, blocked=True)
    people.set_blocked(db, 42, blocked=False)
    assert people.writable(db) == [42, 43, 44, 45]


def test_a_ban_is_set_and_lifted_once_each(db: Connection) -> None:
    assert not people.is_banned(db, 42)
    assert people.ban(db, 42, by=1, now=1000.0)
    assert not people.ban(db, 42, by=2, now=2000.0)
    assert people.is_banned(db, 42)
    assert not people.is_banned(db, 1)
    assert people.unban(db, 42)
    assert not people.unban(db, 42)
    assert not people.is_banned(db, 42)


def test_who_may_not_ask_is_told_so_now_and_then(db: Connection) -> None:
    assert not people.told_private(db, 42, 1000.0, 60.0)
    assert people.told_private(db, 42, 1001.0, 60.0)
    assert people.told_private(db, 42, 1060.0, 60.0)
    assert not people.told_private(db, 42, 1061.0, 60.0)
    assert people.told_private(db, 42, 1062.0, 60.0)
    assert not people.told_private(db, 43, 1062.0, 60.0)
    # That alone makes nobody somebody to write to.
    assert people.writable(db) == []


def tell(db: Connection, chat: int, update: int, card: str) -> None:
    """Everything that can be kept about a chat."""
    limits = Limits(person=(), chat=(Limit(1, 60),))
    cards.put(db, kept(card, chat=chat), 1000.0)
    turns.note_exchange(db, chat, None, 42, 6, card, "When?", "On Monday.", 1000.0)
    assert usage.ask(db, update, 42, chat, 1000, limits) is None
    assert usage.ask(db, update + 1, 42, chat, 1001, limits) is not None


def chats(db: Connection) -> dict[str, list[int]]:
    return {
        table: [chat for (chat,) in db.execute(f"SELECT {column} FROM {table} ORDER BY 1")]
        for table, column in (
            ("groups", "id"),
            ("cards", "chat"),
            ("turns", "chat"),
            ("asked", "chat"),
            ("told_to_wait", "chat"),
        )
    }


def in_every_table(group: int) -> dict[str, list[int]]:
    return {table: [group] for table in ("groups", "cards", "turns", "asked", "told_to_wait")}


def test_a_group_that_is_left_takes_everything_said_there_with_it(db: Connection) -> None:
    for number, group in enumerate((-9, -7)):
        people.join(db, group, 1000.0)
        people.join(db, group, 2000.0)
        tell(db, group, 10 * number, f"card{number}")
    assert people.how_many(db).groups == 2
    people.leave(db, -9)
    assert chats(db) == in_every_table(-7)


def test_a_group_that_becomes_a_supergroup_keeps_everything(db: Connection) -> None:
    people.join(db, -9, 1000.0)
    tell(db, -9, 0, "card")
    # What the supergroup told first, before anybody heard of the move.
    people.join(db, -1009, 2000.0)
    people.migrate_group(db, -9, -1009)
    assert chats(db) == in_every_table(-1009)
    card = cards.by_id(db, "card")
    assert card is not None
    assert (card.chat, card.message, card.question_message) == (-1009, None, None)
    (said,) = turns.history(db, -1009, None, 42, 2000.0)
    assert (said.question, said.reply) == ("When?", "On Monday.")
    # Both notices of the move may come, and more than once.
    people.migrate_group(db, -9, -1009)
    assert chats(db) == in_every_table(-1009)
    assert people.group_now(db, -9) == -1009
    assert people.group_now(db, -1009) == -1009
    assert people.moved_from(db, {-9, -7}) == {-1009}
