"""Bad days of questions that wait: kills, floods, articles and people that go, indexes that are bad or come back."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from index.build import build
from tests.conftest import BuildData, write_seeds
from tests.index.same_index import served
from tests.telegram.articles import RESCUE_COPY
from tests.telegram.bad_days import PATIENCE, QUESTION, STORIES, UNLIMITED, WORDS, copied, free_port, health
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import Talk
from tests.telegram.server import BotApiServer
from tests.telegram.watches import HUT, ORGAN, SAILORS, WELL, news, publish, settled, told, withdraw

PORT = free_port()
Run = Callable[..., AbstractContextManager[BotProcess]]


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.flood = None
        yield running
        assert running.surprises == []


@pytest.fixture
def run(server: BotApiServer, build_data: BuildData, tmp_path: Path) -> Run:
    """Runs a bot over a few stories, always in the same folder."""
    data = copied(build_data(STORIES), tmp_path / "data")
    write_seeds(tmp_path / "seeds", STORIES)

    @contextmanager
    def run(**settings: object) -> Iterator[BotProcess]:
        with BotProcess(server, data, tmp_path / "bot.log", health_port=PORT, **UNLIMITED, **settings) as bot:
            yield bot
            assert "incident" not in bot.said
            assert '"level": "error"' not in bot.said, bot.said

    return run


def somebody(server: BotApiServer, name: str) -> Talk:
    """A person whose chat with the bot has begun."""
    person = server.person(name)
    chat = server.private(person)
    chat.started = True
    return Talk(server, person, chat)


def watch(bot: BotProcess, person: int, *questions: str) -> None:
    """Let somebody wait for answers, as if they had asked for them in private."""
    for question in questions:
        bot.change(
            """INSERT INTO watches (person, chat, question, same, asked, language, since)
               VALUES (?1, ?1, ?2, lower(?2), '2026-01-02', 'en', 1e10)""",
            person,
            question,
        )


def test_a_kill_between_publishing_and_telling_forgets_nobody_and_repeats_one_at_most(
    server: BotApiServer, run: Run
) -> None:
    crowd = [somebody(server, f"P{number}") for number in range(12)]
    with run() as bot:
        for one in crowd:
            watch(bot, one.person.id, WELL, ORGAN)
        crowd[0].asks(f"/watch {HUT}")
        settled(server, bot)
        # Published and killed before the bot has noticed.
        bot.kill()
        publish(bot, WELL)
        bot.start()
        server.wait(lambda: sum(bool(news(server, one.chat, WELL)) for one in crowd) > 3, PATIENCE)
        # And in the middle of telling.
        bot.kill()
        bot.start()
        settled(server, bot)
        counts = [len(news(server, one.chat, WELL)) for one in crowd]
        assert min(counts) == 1
        assert sum(counts) <= len(crowd) + 1
        # An orderly stop repeats nothing.
        publish(bot, ORGAN)
        server.wait(lambda: sum(bool(news(server, one.chat, ORGAN)) for one in crowd) > 3, PATIENCE)
        assert bot.stop() == 0
        bot.start()
        settled(server, bot)
        assert [len(news(server, one.chat, ORGAN)) for one in crowd] == [1] * len(crowd)


def test_ten_thousand_watches_that_one_build_answers_leave_the_bot_answering_and_ready(
    server: BotApiServer, run: Run
) -> None:
    first = [somebody(server, f"P{number}") for number in range(60)]
    ada = somebody(server, "Ada")
    with run() as bot:
        ada.asks(QUESTION)
        for one in first:
            watch(bot, one.person.id, WELL)
        bot.change(
            """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9940)
               INSERT INTO watches (person, chat, question, same, asked, language, since)
               SELECT 5000000 + i, 5000000 + i, ?1, lower(?1), '2026-01-02', 'en', 1e10 FROM n""",
            WELL,
        )
        bot.stop()
        bot.start()
        settled(server, bot)
        publish(bot, WELL)
        told(server, first[0].chat, WELL)
        for _ in range(2):
            assert WORDS in ada.asks(QUESTION).text
            assert health(PORT) == (200, "")
        server.wait(lambda: news(server, first[-1].chat, WELL), PATIENCE)
        times = sorted(news(server, one.chat, WELL)[0].date for one in first)
        # Paced: sixty messages take more than a second or two.
        assert times[-1] - times[0] >= 2
        bot.kill()


def test_what_was_there_before_is_no_news_nor_is_an_index_made_anew_taken_back_or_broken(
    server: BotApiServer, run: Run
) -> None:
    ada = somebody(server, "Ada")
    with run() as bot:
        publish(bot, WELL)
        # From a version without watches: nothing has been looked at yet.
        watch(bot, ada.person.id, WELL, ORGAN)
        bot.stop()
        bot.start()
        settled(server, bot)
        old = served(bot.data).name
        build(bot.data.parent / "seeds", bot.data, clean=True)
        settled(server, bot)
        point = bot.data / "index" / "CURRENT"
        publish(bot, HUT)
        settled(server, bot)
        newest = served(bot.data).name
        for name in ("20990101T000000Z-abcdef", old, newest):
            point.write_text(f"{name}\n", encoding="utf-8")
            if name != "20990101T000000Z-abcdef" and (bot.data / "index" / name).exists():
                settled(server, bot)
        publish(bot, ORGAN)
        told(server, ada.chat, ORGAN)
        settled(server, bot)
        assert news(server, ada.chat, WELL) == []
        assert len(news(server, ada.chat, ORGAN)) == 1


def test_an_article_that_was_taken_out_before_it_was_told_is_told_when_it_is_back(
    server: BotApiServer, run: Run
) -> None:
    ada, ben, cat, dan = (somebody(server, name) for name in ("Ada", "Ben", "Cat", "Dan"))
    with run() as bot:
        for one in (ada, ben, cat):
            watch(bot, one.person.id, WELL)
        watch(bot, ben.person.id, SAILORS)
        watch(bot, dan.person.id, "Who paid for a question that is too long? " * 25, ORGAN)
        bot.stop()
        bot.start()
        settled(server, bot)
        server.faults.add(method="sendMessage", kind="status")
        publish(bot, WELL, SAILORS, copy=RESCUE_COPY)
        server.wait(lambda: len(bot.kept("SELECT 1 FROM watch_news")) == 4, PATIENCE)
        bot.kill()
        server.faults.clear()
        withdraw(bot, WELL, SAILORS)
        # A watch that nothing has come of for a year ends with a word.
        bot.change("INSERT INTO watch_news SELECT NULL, id, '', '', '[]' FROM watches WHERE question = ?", ORGAN)
        bot.start()
        settled(server, bot)
        assert not news(server, ada.chat, WELL)
        # A copy of the other story is still there.
        assert "Nineteen saved off Cape Sorrel" in told(server, ben.chat, SAILORS).text
        assert [one.text for one in dan.said_by_bot()] == [
            f"I have watched for this for a year without news, and stop now: “{ORGAN}”. To go on, send /watch and the "
            "question."
        ]
        assert bot.kept("SELECT count(*) FROM watches WHERE person = ?", dan.person.id) == [(1,)]
        bot.change("INSERT INTO bans VALUES (?, 0, 0)", cat.person.id)
        assert bot.stop() == 0
    with run(telegram_people=f"{ben.person.id},{cat.person.id},{dan.person.id}") as bot:
        publish(bot, WELL)
        told(server, ben.chat, WELL)
        settled(server, bot)
        # Ada is no longer invited, and Cat is banned.
        assert [len(news(server, one.chat, WELL)) for one in (ada, ben, cat)] == [0, 1, 0]
        assert bot.stop() == 0
