"""A message to everybody survives a restart: nobody is forgotten and nobody gets it twice."""

from bot.state import broadcasts, people
from bot.state.broadcasts import Broadcast, Shown, Tally
from bot.state.connection import Connection


def test_everybody_gets_it_once_and_the_tally_keeps_count(db: Connection) -> None:
    number = broadcasts.begin(db, "Hello", by=1, chat=1, message=9, people=[44, 42, 43, 45], now=1000.0)
    assert broadcasts.running(db) == [Broadcast(number, "Hello", sent_by=1, chat=1, message=9)]
    assert broadcasts.tally(db, number) == Tally(total=4, sent=0, blocked=0, failed=0)
    got = []
    for outcome in ("sent", "blocked", "failed", "sent"):
        person = broadcasts.next_person(db, number)
        assert person is not None
        # Asked again, as after a restart before the outcome was noted, it is the same person.
        assert broadcasts.next_person(db, number) == person
        got.append(person)
        broadcasts.note(db, number, person, outcome)
    assert got == [42, 43, 44, 45]
    assert broadcasts.next_person(db, number) is None
    tally = broadcasts.tally(db, number)
    assert tally == Tally(total=4, sent=2, blocked=1, failed=1)
    assert tally.done == 4


def test_two_that_run_at_once_are_kept_apart(db: Connection) -> None:
    first = broadcasts.begin(db, "One", 1, 1, None, [42, 43], 1000.0)
    second = broadcasts.begin(db, "Two", 2, -9, 5, [42], 1001.0)
    assert [broadcast.text for broadcast in broadcasts.running(db)] == ["One", "Two"]
    broadcasts.note(db, first, 42, "sent")
    assert broadcasts.next_person(db, first) == 43
    assert broadcasts.next_person(db, second) == 42
    assert broadcasts.tally(db, second) == Tally(1, 0, 0, 0)


def test_one_that_has_ended_runs_no_more_and_nothing_of_it_is_left(db: Connection) -> None:
    first = broadcasts.begin(db, "One", 1, 1, None, [42, 43], 1000.0)
    second = broadcasts.begin(db, "Two", 1, 1, None, [42], 1001.0)
    broadcasts.end(db, first)
    assert [broadcast.id for broadcast in broadcasts.running(db)] == [second]
    assert db.execute("SELECT text FROM broadcasts").fetchall() == [("Two",)]
    assert db.execute("SELECT broadcast, person FROM broadcast_to").fetchall() == [(second, 42)]


def test_one_to_nobody_is_over_at_once(db: Connection) -> None:
    number = broadcasts.begin(db, "Hello", 1, 1, None, [], 1000.0)
    assert broadcasts.next_person(db, number) is None
    assert broadcasts.tally(db, number) == Tally(0, 0, 0, 0)


def test_whoever_sends_one_and_forgets_stops_it_and_the_others_go_on(db: Connection) -> None:
    first = broadcasts.begin(db, "Zwiebelkuchen", 777, 777, 9, [42, 43], 1000.0)
    second = broadcasts.begin(db, "Two", 2, -9, 5, [42], 1001.0)
    broadcasts.forget_sender(db, 777)
    assert broadcasts.next_person(db, first) is None
    assert broadcasts.place(db, first) is None
    assert broadcasts.next_person(db, second) == 42
    assert broadcasts.place(db, second) == Shown(-9, 5)
    rows = db.execute("SELECT * FROM broadcasts WHERE id = ?", [first]).fetchall()
    assert "777" not in str(rows)
    assert "Zwiebelkuchen" not in str(rows)


def test_one_in_a_group_that_moves_is_shown_there_in_a_new_message(db: Connection) -> None:
    number = broadcasts.begin(db, "One", 1, -9, 5, [42], 1000.0)
    people.migrate_group(db, -9, -1009)
    assert broadcasts.place(db, number) == Shown(-1009, None)
    broadcasts.show(db, number, 1)
    assert broadcasts.place(db, number) == Shown(-1009, 1)
