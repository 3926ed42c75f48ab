"""Rebuilding under people who read and ask: what is shown stays whole, and a bad index never serves."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build import build
from tests.conftest import BuildData, write_seeds
from tests.index.same_index import served
from tests.telegram.bad_days import (
    PATIENCE,
    QUESTION,
    QUESTIONS,
    STORIES,
    UNLIMITED,
    WORDS,
    all_answered,
    asked_by,
    copied,
    free_port,
    metrics,
    quotes,
    replies,
    told,
)
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer, Chat, Message, Person

PORT = free_port()
LONGER = "\n\nA second paragraph tells what the first left out: {0} and more of it.\n"


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.flood = None
        yield running


@pytest.fixture(scope="module")
def admin(server: BotApiServer) -> Person:
    return server.person("Olav")


@pytest.fixture(scope="module")
def office(server: BotApiServer, admin: Person) -> Chat:
    office = server.private(admin)
    admin.writes(office, "/help")
    return office


@pytest.fixture(scope="module")
def bot(
    server: BotApiServer,
    admin: Person,
    office: Chat,
    build_data: BuildData,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BotProcess]:
    folder = tmp_path_factory.mktemp("generations")
    data = copied(build_data(STORIES), folder / "data")
    settings = {"telegram_admins": admin.id, "health_port": PORT, **UNLIMITED}
    with BotProcess(server, data, folder / "bot.log", **settings) as bot:
        server.wait_for_message(office, seconds=PATIENCE)
        yield bot
        assert bot.stop() == 0
        assert "incident" not in bot.said


@pytest.fixture
def seeds(bot: BotProcess, server: BotApiServer, tmp_path: Path) -> Path:
    """The articles as they were at first, and the bot serving them."""
    seeds = write_seeds(tmp_path / "seeds", STORIES)
    rebuilt(server, bot, seeds)
    return seeds


@pytest.fixture
def ada(server: BotApiServer) -> tuple[Person, Chat]:
    person = server.person("Ada")
    return person, server.private(person)


def rebuilt(server: BotApiServer, bot: BotProcess, seeds: Path) -> str:
    """Build over the seeds, and wait until the bot serves it; its name."""
    name = build(seeds, bot.data).generation
    server.wait(lambda: name in metrics(PORT), PATIENCE)
    return name


def test_an_answer_that_is_paged_through_is_of_the_articles_as_they_were(
    server: BotApiServer, bot: BotProcess, seeds: Path, ada: tuple[Person, Chat]
) -> None:
    person, chat = ada
    answer = server.wait_for_reply(person.writes(chat, QUESTION), PATIENCE)
    before = [answer.html]

    def turn(label: str) -> str:
        shown = answer.html
        person.presses(answer, label).answer(PATIENCE)
        server.wait(lambda: answer.html != shown, PATIENCE)
        return answer.html

    before.append(turn("▶"))
    shutil.rmtree(seeds)
    write_seeds(seeds, {"other.txt": "Nothing as it was\n\nAll the old articles are gone, and this one is new.\n"})
    rebuilt(server, bot, seeds)
    assert turn("◀") == before[0]
    assert turn("▶") == before[1]


def test_a_passage_that_has_changed_says_so_and_shows_how_it_was_and_how_it_is(
    server: BotApiServer, bot: BotProcess, seeds: Path, ada: tuple[Person, Chat]
) -> None:
    person, chat = ada
    answer = server.wait_for_reply(person.writes(chat, QUESTION), PATIENCE)
    changed = STORIES["ferry.txt"].replace("Captain Wiebke Daal asked", "On Sunday Captain Wiebke Daal begged")
    write_seeds(seeds, {"ferry.txt": changed})
    rebuilt(server, bot, seeds)
    said = "This passage has changed since it was quoted here."
    person.presses(answer, "More").answer(PATIENCE)
    was, now = answer.text.partition("As it was:")[2].split("As it stands now:")
    assert said in answer.text
    assert ("Daal asked" in was, "begged" in was) == (True, False)
    assert ("Daal asked" in now, "begged" in now) == (False, True)
    person.presses(answer, "Article").answer(PATIENCE)
    opened = server.wait_for_reply(answer, PATIENCE)
    assert said in opened.text
    assert "begged" in opened.text
    assert "begged" in server.wait_for_reply(person.writes(chat, QUESTION), PATIENCE).text


def test_an_article_that_has_gone_is_said_to_be_gone(
    server: BotApiServer, bot: BotProcess, seeds: Path, ada: tuple[Person, Chat]
) -> None:
    person, chat = ada
    answer = server.wait_for_reply(person.writes(chat, QUESTION), PATIENCE)
    shown = answer.html
    (seeds / "ferry.txt").unlink()
    rebuilt(server, bot, seeds)
    for label in ("More", "Article"):
        told_so = person.presses(answer, label).answer(PATIENCE)
        assert told_so is not None
        assert told_so["text"] == "That article is no longer in the collection."
    assert answer.html == shown


def edition(number: int) -> dict[str, str]:
    """The articles, every sentence of which tells the number of the edition."""
    marked = {}
    for path, text in STORIES.items():
        title, _, body = text.partition("\n\n")
        marked[path] = f"{title}\n\n" + body.replace(".", f" (edition {number}).")
    return marked


@pytest.mark.parametrize("rebuilds", [6, pytest.param(20, marks=pytest.mark.slow)])
def test_while_the_index_is_rebuilt_five_people_ask_and_no_answer_fails_or_is_mixed(
    server: BotApiServer, bot: BotProcess, seeds: Path, rebuilds: int
) -> None:
    crowd = [(person, server.private(person)) for person in (server.person(f"P{n}") for n in range(5))]
    editions = [dict(STORIES), *(edition(number) for number in range(1, rebuilds + 1))]
    built = threading.Event()

    def publish() -> None:
        try:
            for files in editions[1:]:
                write_seeds(seeds, files)
                build(seeds, bot.data)
        finally:
            built.set()

    builder = threading.Thread(target=publish)
    builder.start()
    questions: list[Message] = []
    try:
        while not built.is_set() or len(questions) < 50:
            round_ = asked_by(crowd)
            questions += round_
            all_answered(server, round_)
    finally:
        # Else the tests after a failure meet a build under way.
        builder.join()
    served_last = served(bot.data).name
    server.wait(lambda: served_last in metrics(PORT), PATIENCE)
    last = asked_by(crowd)
    questions += last
    assert all_answered(server, questions) == {1: len(questions)}
    texts = [text for files in editions for text in files.values()]
    for question in questions:
        for quote in quotes(replies(server, question)[0]):
            # In one edition of one article, word for word.
            assert any(quote in text for text in texts), quote
    shown = {quotes(replies(server, question)[0])[0] for question in questions}
    assert len({quote.partition("(edition ")[2].partition(")")[0] for quote in shown}) > 2
    for question in last:
        assert f"(edition {rebuilds})" in quotes(replies(server, question)[0])[0]


def damaged_copy(data: Path, name: str, file: str) -> None:
    """A generation of this name that has one byte of a file flipped; CURRENT points to it."""
    folder = data / "index" / name
    shutil.copytree(served(data), folder)
    broken = folder / file
    broken.chmod(0o644)
    content = bytearray(broken.read_bytes())
    content[len(content) // 2] ^= 0x01
    broken.write_bytes(bytes(content))
    point_to(data, name)


def point_to(data: Path, name: str) -> None:
    pointer = data / "index" / "CURRENT.tmp"
    pointer.write_text(f"{name}\n", encoding="utf-8")
    pointer.replace(data / "index" / "CURRENT")


def test_a_bad_generation_leaves_the_old_one_serving_and_admins_are_told_once(
    server: BotApiServer, bot: BotProcess, seeds: Path, office: Chat
) -> None:
    good, alarm = served(bot.data).name, "The new index is bad"
    crowd = [(person, server.private(person)) for person in (server.person(f"Q{n}") for n in range(3))]
    damaged_copy(bot.data, "20990101T000000Z-abcdef", "vectors.faiss")
    # Whether the watch or a question comes upon it first, it is told once.
    assert all_answered(server, asked_by(crowd, each=2)) == {1: 6}
    server.wait(lambda: told(server, office, alarm), PATIENCE)
    assert all_answered(server, asked_by(crowd, each=2)) == {1: 6}
    assert good in metrics(PORT)
    first = told(server, office, alarm)
    assert len(first) == 1
    assert "vectors.faiss" in first[0]

    damaged_copy_of_good(bot.data, good)
    server.wait(lambda: len(told(server, office, alarm)) == 2, PATIENCE)
    assert all_answered(server, asked_by(crowd)) == {1: 3}

    point_to(bot.data, good)
    assert all_answered(server, asked_by(crowd)) == {1: 3}
    write_seeds(seeds, {"ferry.txt": STORIES["ferry.txt"] + LONGER.format("the goats")})
    newest = rebuilt(server, bot, seeds)
    assert newest != good
    assert all_answered(server, asked_by(crowd)) == {1: 3}
    assert len(told(server, office, alarm)) == 2


def damaged_copy_of_good(data: Path, good: str) -> None:
    """Another bad generation, made from the good one."""
    point_to(data, good)
    damaged_copy(data, "20990102T000000Z-abcdef", "catalog.sqlite")


def test_a_current_that_names_nothing_leaves_the_old_one_serving(
    server: BotApiServer, bot: BotProcess, seeds: Path, office: Chat, ada: tuple[Person, Chat]
) -> None:
    person, chat = ada
    good, before = served(bot.data).name, len(told(server, office, "The new index is bad"))
    point_to(bot.data, "../../somewhere")
    server.wait(lambda: len(told(server, office, "The new index is bad")) > before, PATIENCE)
    assert WORDS in server.wait_for_reply(person.writes(chat, QUESTION), PATIENCE).text
    point_to(bot.data, good)
    assert QUESTIONS[QUESTION] in server.wait_for_reply(person.writes(chat, QUESTION), PATIENCE).text
