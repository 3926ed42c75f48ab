"""Changes in the articles' folder are noticed without a command, and never do harm."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from index.build import build
from index.generation.durable import locked
from tests.conftest import write_seeds
from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import ADMIN, PATIENCE, Meet, Talk, running_bot
from tests.telegram.server import BotApiServer, Message

EVERY: Final = 1
# A build, in a process of its own, which takes a minute and more on a busy machine.
BUILD: Final = 4 * PATIENCE
BUILT: Final = '"event": "brought the index up to date"'
FAILED: Final = '"event": "the index could not be brought up to date"'


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of articles that the bot looks at."""
    return write_seeds(tmp_path_factory.mktemp("seeds"), articles.SEEDS)


@pytest.fixture(scope="module")
def admins(meet: Meet) -> list[Talk]:
    """Two admins, who have started the bot."""
    return [meet("Nora", id=ADMIN), meet("Olav", id=ADMIN + 1)]


@pytest.fixture(scope="module")
def bot(server: BotApiServer, new_data: Callable[[], Path], seeds: Path, admins: list[Talk]) -> Iterator[BotProcess]:
    """A bot that looks at the articles every second."""
    data = new_data()
    build(seeds, data)
    ids = ",".join(str(admin.person.id) for admin in admins)
    with running_bot(server, data, seeds=seeds, reindex_every=EVERY, telegram_admins=ids) as running:
        for admin in admins:
            admin.asks("/new")
        yield running


def built(bot: BotProcess) -> int:
    """How many builds the bot has made."""
    return bot.said.count(BUILT)


def rebuilt(bot: BotProcess, before: int) -> None:
    """Wait until the bot has built once more."""
    bot.wait_for_log_times(BUILT, before + 1, BUILD)


def told(admin: Talk, after: int) -> list[Message]:
    """What an admin was told unasked, from a number of messages on."""
    return admin.said_by_bot()[after:]


def told_times(admin: Talk, after: int, times: int) -> list[Message]:
    """Wait until an admin has been told so many things; return them."""
    admin.server.wait(lambda: len(told(admin, after)) >= times, BUILD)
    return told(admin, after)


def test_what_is_new_changed_and_gone_in_the_folder_is_served_without_a_command(
    bot: BotProcess, meet: Meet, seeds: Path, admins: list[Talk]
) -> None:
    assert built(bot) == 0, "the index holds what there is"
    said = len(admins[0].said_by_bot())
    write_seeds(seeds, {"well.md": articles.WELL})
    rebuilt(bot, 0)
    ada = meet()
    assert articles.WELL_ANSWER in ada.asks(articles.WELL_QUESTION).text
    write_seeds(seeds, {"well.md": articles.WELL.replace("Bertil Nyman", "Asta Berglund")})
    (seeds / "train.txt").unlink()
    rebuilt(bot, 1)
    assert "Asta Berglund paid for the new well" in ada.asks(articles.WELL_QUESTION).text
    assert "I could not find the answer" in ada.asks(articles.TRAIN_QUESTION).text
    assert told(admins[0], said) == [], "what goes as it should is no news"


def test_a_file_that_is_still_written_is_waited_for_but_not_the_time_of_one_of_the_future(
    bot: BotProcess, meet: Meet, seeds: Path
) -> None:
    before = built(bot)
    with (seeds / "train.txt").open("w", encoding="utf-8") as file:
        for line in range(10):
            file.write(f"Line {line} of a report that is still being copied to this folder.\n\n")
            file.flush()
            time.sleep(0.3)
        assert built(bot) == before
        file.write(articles.TRAIN)
    os.utime(seeds / "train.txt", (4e9, 4e9))
    rebuilt(bot, before)
    assert "39 euros" in meet().asks(articles.TRAIN_QUESTION).text


def test_nothing_is_built_while_another_process_builds(bot: BotProcess, seeds: Path) -> None:
    before = built(bot)
    with locked(bot.data / "index" / ".lock", wait=True):
        write_seeds(seeds, {"well.md": articles.WELL})
        time.sleep(4 * EVERY)
        assert (built(bot), bot.said.count(FAILED)) == (before, 0)
    rebuilt(bot, before)


def test_a_folder_that_is_gone_for_a_while_is_told_once_and_so_is_its_return(
    bot: BotProcess, meet: Meet, seeds: Path, admins: list[Talk]
) -> None:
    said = [len(admin.said_by_bot()) for admin in admins]
    hidden = seeds.with_name("hidden")
    seeds.rename(hidden)
    try:
        bot.wait_for_log(FAILED, PATIENCE)
        time.sleep(3 * EVERY)
        assert articles.COMET_ANSWER in meet().asks(articles.COMET_QUESTION).text
    finally:
        hidden.rename(seeds)
    for admin, before in zip(admins, said, strict=True):
        trouble, end = (message.text for message in told_times(admin, before, 2))
        first, second = trouble.splitlines()
        assert first == "The index could not be updated. The old one stays in use."
        assert second.startswith(f"the seeds folder {seeds} does not exist: ")
        assert end == "The index is up to date again."


def test_every_admin_is_asked_once_before_most_articles_go_and_one_answer_settles_it(
    bot: BotProcess, meet: Meet, seeds: Path, admins: list[Talk]
) -> None:
    nora, olav = admins
    said = len(nora.said_by_bot()), len(olav.said_by_bot())
    shutil.rmtree(seeds)
    write_seeds(seeds, {"clock.md": articles.CLOCK})
    (asked,), (asked_too,) = told_times(nora, said[0], 1), told_times(olav, said[1], 1)
    assert asked.text == asked_too.text
    question = r"Nothing was changed: 1\d of 1\d articles would leave the index, such as \S+, \S+, \S+\. "
    assert re.match(question, asked.text)
    anyway, cancel = asked.buttons
    assert re.fullmatch(r"Remove 1\d, update anyway", anyway)
    unsent = "SELECT 1 FROM cards WHERE kind = 'removals' AND message IS NULL"
    nora.server.wait(lambda: not bot.kept(unsent), PATIENCE)
    bot.kill()
    bot.start()
    time.sleep(5 * EVERY)
    assert articles.COMET_ANSWER in meet().asks(articles.COMET_QUESTION).text, "the old index is served on"
    assert (len(told(nora, said[0])), len(told(olav, said[1]))) == (1, 1), "neither a look nor a restart asks again"
    data = asked.keyboard[0][0]["callback_data"]
    nora.presses(asked, cancel)
    assert asked.text == "Cancelled. The old index stays in use."
    nora.server.wait(lambda: not asked_too.buttons, PATIENCE)
    assert asked_too.text == "Another admin has decided: the articles stay, and the old index stays in use."
    assert nora.presses_data(asked, data)["show_alert"] is True
    # When more has changed, that is another question.
    (seeds / "clock.md").unlink()
    write_seeds(seeds, {"orchard.md": articles.ORCHARD, "bridge.md": articles.BRIDGE})
    again, again_too = told_times(nora, said[0], 2)[1], told_times(olav, said[1], 2)[1]
    olav.presses(again_too, again_too.buttons[0])
    nora.server.wait(lambda: not again.buttons, PATIENCE)
    assert again.text == "Another admin has decided: the articles are being removed."
    shown = olav.answer_to(again_too)
    nora.server.wait(lambda: shown.text.startswith("The index is up to date: 2 articles"), BUILD)
    assert "I could not find the answer" in meet().asks(articles.COMET_QUESTION).text
