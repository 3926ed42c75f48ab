"""An export holds everything, in files that can be sent; neither memory nor anybody else notices its size."""

import asyncio
import hashlib
import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from bot.cards import AnswerCard
from bot.handlers.export import Part, parts
from bot.state import cards, exports, feedback, people, turns
from bot.state.connection import Connection
from bot.state.database import FILE, Database
from bot.state.exports import SECTIONS, ExportRequest
from bot.state.state import State
from tests.bot.samples import answer, kept, quoted
from tests.bot.test_erasure import ADA, ADAS, BO, BOS, GROUP, NOW, everything, live

LISTS = ("conversation", "messages_with_buttons", "feedback", "watches", "questions_of_the_last_two_days")


async def exported(state: State, person: int, folder: Path, limit: int = 45_000_000) -> list[dict[str, Any]]:
    """The documents of an export; each part is read and removed before the next is made."""
    documents, before = [], 0
    async for part in parts(state, person, folder, limit):
        assert list(folder.iterdir()) == [part.path]
        assert part.number == before + 1
        before = part.number
        with ZipFile(part.path) as zipped:
            assert zipped.namelist() == ["verbatim-export.json"]
            documents.append(json.loads(zipped.read("verbatim-export.json")))
        part.path.unlink()
    assert part.last
    return documents


def whole(documents: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """The lists of all parts, one after another."""
    return {name: [entry for document in documents for entry in document[name]] for name in LISTS}


def test_an_export_holds_everything_that_is_kept(state: State, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()

    async def run() -> list[dict[str, Any]]:
        await state.run(live, ADA, ADAS, 1000)
        await state.run(live, BO, BOS, 2000)
        await state.run(people.ban, ADA, BO, float(NOW))
        return await exported(state, ADA, folder)

    (told,) = asyncio.run(run())
    assert set(told) == {"person", *LISTS}
    words = json.dumps(told, ensure_ascii=False)
    assert str(BO) not in words
    assert BOS not in words
    at = "2023-11-14T22:13:20+00:00"
    assert told["person"] == {
        "id": ADA,
        "first_seen": at,
        "last_seen": at,
        "language": "nb",
        "passages_per_answer": 3,
        "started": True,
        "blocked_the_bot": False,
        "banned_since": at,
    }
    conversation, messages, verdicts, _, asked = (told[name] for name in LISTS)
    assert (len(conversation), len(messages), len(verdicts), len(asked)) == (40, 42, 40, 4)
    assert conversation[1] == {
        "chat": ADA,
        "question": f"{ADAS} number 1001? " + ADAS * (1001 % 17),
        "reply": f"{ADAS} replied",
        "at": at,
    }
    first = next(message for message in messages if message["content"].get("question") == conversation[1]["question"])
    assert (first["kind"], first["at"]) == ("answer", at)
    assert first["content"]["citations"][0]["quote"] == quoted().quote
    assert {message["kind"] for message in messages} == {"answer", "sources", "article"}
    assert verdicts[0]["verdict"] == "up"
    assert asked[0] == {"chat": GROUP, "at": at}
    # No table that holds the person's words is left out of what is handed over.
    for place, values in asyncio.run(state.run(everything)).items():
        for value in values:
            if ADAS in str(value) and place[1] not in ("body", "card", "id"):
                assert value in words


def test_words_of_others_are_exported_to_nobody_else(state: State, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()

    def take_up(db: Connection) -> None:
        led = answer(question=BOS, interpreted_as=f"{ADAS} {BOS}", history=(("user", ADAS),))
        asked = answer(question=ADAS, interpreted_as=ADAS)
        cards.put(db, kept("hers", owner=ADA, card=asked), NOW)
        for card, content in (("follows", led), ("asks", asked)):
            cards.put(db, kept(card, owner=BO, card=content), NOW)
            turns.note_exchange(db, BO, None, BO, 6, card, content.question, "replied", NOW)
        for card, content in (("follows", led), ("asks", asked), ("hers", asked)):
            feedback.give(db, card, BO, "up", content, NOW)
        cards.note_words(db, "follows", led=[ADA])
        cards.note_words(db, "asks", asked=ADA)

    async def run() -> list[dict[str, Any]]:
        await state.run(take_up)
        return await exported(state, BO, folder)

    (told,) = asyncio.run(run())
    assert ADAS not in json.dumps(told)
    conversation, messages, verdicts, *_ = (told[name] for name in LISTS)
    assert [turn["question"] for turn in conversation] == [BOS, None]
    assert [message["content"].get("question") for message in messages] == [None, BOS]
    assert [verdict["content"].get("question") for verdict in verdicts] == [None, BOS, None]
    # What the articles say is nobody's.
    assert all(message["content"]["citations"][0]["quote"] == quoted().quote for message in messages)
    assert all(verdict["content"]["passage"]["text"] == quoted().quote for verdict in verdicts)


def test_nothing_is_exported_of_who_is_not_known(state: State, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()

    async def run() -> list[dict[str, Any]]:
        await state.run(live, BO, BOS, 2000)
        return await exported(state, ADA, folder)

    (told,) = asyncio.run(run())
    assert told.pop("person") == {
        "id": ADA,
        "first_seen": None,
        "last_seen": None,
        "language": None,
        "passages_per_answer": None,
        "started": False,
        "blocked_the_bot": False,
        "banned_since": None,
    }
    assert told == {name: [] for name in LISTS}


def test_what_others_wrote_is_not_in_the_export_of_who_opened_it(state: State, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()

    async def run() -> list[dict[str, Any]]:
        await state.run(cards.put, kept(owner=ADA, card=answer(question=ADAS)), float(NOW))
        opened = kept("opened", owner=BO, card=answer(question=ADAS), source=kept().id)
        await state.run(cards.put, opened, float(NOW))
        return await exported(state, BO, folder)

    (told,) = asyncio.run(run())
    assert [message["kind"] for message in told["messages_with_buttons"]] == ["opened"]
    assert ADAS not in json.dumps(told)


def test_what_is_larger_than_a_part_comes_in_several_and_nothing_twice(state: State, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()

    async def run() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        await state.run(_many_turns, 5_000)
        await state.run(live, ADA, ADAS, 1000)
        return await exported(state, ADA, folder, 100_000), await exported(state, ADA, folder)

    several, one = asyncio.run(run())
    assert len(one) == 1
    assert len(several) > 3
    assert whole(several) == whole(one)
    assert [turn["question"] for turn in one[0]["conversation"][:5000]] == [_asked(n) for n in range(5_000)]
    assert all(document["person"] == one[0]["person"] for document in several)


def _asked(number: int) -> str:
    """A question that does not shrink in a zip file."""
    return f"{number} " + "".join(hashlib.sha256(f"{number}-{part}".encode()).hexdigest() for part in range(4))


def _many_turns(db: Any, n: int) -> None:
    rows = [(ADA, f"c{number}", _asked(number), NOW) for number in range(n)]
    db.executemany(
        "INSERT INTO turns (chat, thread, person, card, question, reply, created) VALUES (1, 0, ?, ?, ?, '', ?)", rows
    )


def test_names_and_numbers_of_the_parts(state: State, tmp_path: Path) -> None:
    async def named(limit: int) -> list[tuple[str, int, bool]]:
        made: list[Part] = [part async for part in parts(state, ADA, tmp_path, limit)]
        return [(part.name, part.number, part.last) for part in made]

    async def run() -> None:
        await state.run(_many_turns, 1_000)
        assert await named(10_000_000) == [("verbatim-export.zip", 1, True)]
        # Each of the two batches is more than fits beside another.
        assert await named(1_000) == [("verbatim-export-1.zip", 1, False), ("verbatim-export-2.zip", 2, True)]

    asyncio.run(run())


def test_a_batch_is_short_in_rows_and_in_characters(state: State) -> None:
    long = answer(question="q" * 400_000)

    async def run() -> tuple[int, int]:
        await state.run(_many_turns, 2_000)
        for number in range(6):
            await state.run(cards.put, kept(f"{number}", owner=ADA, message=number, card=long), float(NOW))
        conversation, messages = SECTIONS[0], SECTIONS[1]
        turns = await state.run(conversation.batch, ADA, conversation.first)
        answers = await state.run(messages.batch, ADA, messages.first)
        return len(turns), len(answers)

    assert asyncio.run(run()) == (500, 2)


# In a process of its own, so that no other test's memory is counted.
MEASURED = """
import asyncio, sys, tempfile, threading, time
from pathlib import Path
import psutil
from bot.handlers.export import parts
from bot.state.database import Database

async def run():
    state, me = Database(Path(sys.argv[1])), psutil.Process()
    before = most = me.memory_info().rss
    with tempfile.TemporaryDirectory() as folder:
        exported = asyncio.create_task(drained(state, Path(folder)))
        while not exported.done():
            most = max(most, me.memory_info().rss)
            await asyncio.sleep(0.005)
        print(await exported, most - before)
    state.close()

async def drained(state, folder):
    size = 0
    async for part in parts(state, 42, folder):
        size += part.path.stat().st_size
        part.path.unlink()
    return size

asyncio.run(run())
"""


def test_memory_stays_flat_however_much_is_exported(tmp_path: Path) -> None:
    long = answer(citations=tuple(quoted(quote="words " * 250) for _ in range(5)))
    with closing(Database(tmp_path / FILE)) as state:
        asyncio.run(state.run(_answers, 5_000, long))
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, tmp_path / FILE], capture_output=True, text=True, check=True, timeout=300
    )
    _, more = map(int, done.stdout.split())
    # 5,000 answers of 8 kB: read together, they were 250 megabytes.
    assert (tmp_path / FILE).stat().st_size > 40_000_000
    assert more < 40_000_000


def _answers(db: Any, n: int, card: AnswerCard) -> None:
    cards.put(db, kept("first", card=card), float(NOW))
    db.execute(
        """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
           INSERT INTO cards (id, kind, chat, owner, created, body)
           SELECT 'c' || i, kind, chat, owner, created + i, body FROM n, cards WHERE id = 'first'""",
        [n - 1],
    )


def test_others_are_served_while_an_export_is_written(state: State, tmp_path: Path) -> None:
    async def run() -> tuple[int, float]:
        await state.run(_answers, 3_000, answer(citations=tuple(quoted(quote="words " * 250) for _ in range(5))))
        exporting = asyncio.create_task(_drained(state, tmp_path))
        served, longest = 0, 0.0
        while not exporting.done():
            began = time.monotonic()
            await state.run(people.is_banned, BO)
            served, longest = served + 1, max(longest, time.monotonic() - began)
        await exporting
        return served, longest

    served, longest = asyncio.run(run())
    # 3,000 answers are 30 MB, of which a batch has half a megabyte.
    assert served > 50
    assert longest < 2.0


async def _drained(state: State, folder: Path) -> None:
    async for part in parts(state, 42, folder):
        part.path.unlink()


def test_a_disk_that_takes_no_more_is_an_error(state: State, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "1.zip").symlink_to("/dev/full")

    async def run() -> None:
        await state.run(live, ADA, ADAS, 1000)
        async for _ in parts(state, ADA, folder):
            pytest.fail("a part that is not on the disk was handed out")

    with pytest.raises(OSError, match="No space left"):
        asyncio.run(run())


# Who waits for one.

WANTED = ExportRequest(ADA, "nb", GROUP, 5, 17)


def test_a_person_waits_for_one_export_at_a_time(state: State) -> None:
    async def run() -> None:
        assert await state.run(exports.ask, WANTED, 1.0)
        assert not await state.run(exports.ask, ExportRequest(ADA, "en", ADA, None, 18), 2.0)
        assert await state.run(exports.ask, ExportRequest(BO, "en", BO, None, 19), 0.5)
        assert await state.run(exports.waiting) == [BO, ADA]
        assert await state.run(exports.wanted_by, ADA) == WANTED
        await state.run(exports.end, ADA)
        assert await state.run(exports.waiting) == [BO]
        assert await state.run(exports.ask, WANTED, 3.0)

    asyncio.run(run())


def test_tries_are_counted_before_they_are_made(state: State) -> None:
    async def run() -> None:
        await state.run(exports.ask, WANTED, 1.0)
        for tries in (1, 2, 3):
            begun = await state.run(exports.begin, ADA)
            assert begun is not None
            assert begun.tries == tries
        assert await state.run(exports.begin, BO) is None

    asyncio.run(run())


def test_who_forgets_waits_for_nothing(state: State) -> None:
    async def run() -> None:
        await state.run(exports.ask, WANTED, 1.0)
        await state.run(people.erase, ADA)
        assert await state.run(exports.waiting) == []

    asyncio.run(run())
