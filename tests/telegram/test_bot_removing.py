"""An added article is taken out at once from everything that shows it; an article that changed never hides it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from index.build import build
from index.generation.durable import locked
from tests.conftest import write_seeds
from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet, Talk, running_bot
from tests.telegram.server import BotApiServer, Message
from tests.telegram.watches import KEPT_PRESSED

# A build, in a process of its own, which takes a minute and more on a busy machine.
BUILD: Final = 4 * PATIENCE
BUILT: Final = '"event": "brought the index up to date"'
NOT_FOUND: Final = "I could not find the answer"
GONE: Final = "This article has been taken out of the collection, so I no longer quote it."
# Two pages of a message.
MILL: Final = """---
title: Water mill of Askeby grinds again
date: 2024-07-01
---

Sigrid Holm repaired the water mill of Askeby with oak from a wrecked ship. It had stood still for ninety years.

""" + "\n\n".join(
    f"In the year {1800 + n} the miller ground {40 + n} sacks of rye for the villages." for n in range(60)
)
MILL_QUESTION: Final = "Who repaired the water mill of Askeby?"
MILL_ANSWER: Final = "Sigrid Holm repaired the water mill of Askeby with oak from a wrecked ship."
FERRY: Final = """---
title: Ferry to Langholm gets a library
---

Captain Otto Brandt opened a library of 400 books on board the ferry to Langholm in June.
"""
FERRY_QUESTION: Final = "Who opened a library on board the ferry to Langholm?"


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of articles that the bot looks at."""
    return write_seeds(tmp_path_factory.mktemp("seeds"), articles.SEEDS)


@pytest.fixture(scope="module")
def bot(server: BotApiServer, new_data: Callable[[], Path], seeds: Path, admin: Talk) -> Iterator[BotProcess]:
    """A bot that looks at the articles every second, to which some were added."""
    data = new_data()
    write_seeds(data / "added", {"mill.md": MILL, "ferry.md": FERRY})
    build(seeds, data)
    with running_bot(server, data, seeds=seeds, reindex_every=1, telegram_admins=admin.person.id) as running:
        yield running


def sources(talk: Talk) -> str:
    return talk.asks("/sources mill").text


def test_what_is_removed_is_gone_at_once_from_answers_cards_links_lists_and_inline(
    bot: BotProcess, meet: Meet, admin: Talk, server: BotApiServer
) -> None:
    ada, ben = meet(), meet("Ben")
    answer, read = ada.asks(MILL_QUESTION), ada.asks("/article water mill of askeby")
    assert MILL_ANSWER in answer.text
    check = ada.asks(f"/check {MILL_ANSWER}")
    assert "Sigrid Holm" in check.text
    card = answer.keyboard[0][0]["callback_data"].partition(":")[0]
    theirs = admin.asks(MILL_QUESTION)
    asked = admin.asks("/remove", reply_to=theirs)
    assert asked.text == (
        "This removes 1 article: “Water mill of Askeby grinds again”\nThe file added/mill.md is deleted.\n\n"
        "It leaves answers, lists and shared links at once, and no feed brings it back. Remove it?"
    )
    assert asked.buttons == ["Remove", "Cancel"]
    with locked(bot.data / "index" / ".lock", wait=True):
        # No build can have taken it out.
        admin.presses(asked, "Remove")
        assert asked.text.startswith("Removed 1 article: “Water mill of Askeby grinds again”\n")
        assert asked.buttons == []
        assert MILL_ANSWER not in ada.asks(MILL_QUESTION).text
        assert sources(ada) == "No article has “mill” in its title, source, author or file name."
        assert ada.asks("/article water mill of askeby").text.startswith("No article has ")
        ada.presses(answer, "More")
        assert (answer.text, answer.buttons) == (GONE, ["Ask again"])
        ada.presses(read, "▶")
        assert (read.text, read.buttons) == (GONE, [])
        ada.presses(check, "Article")
        assert check.text == GONE
        assert GONE in ben.asks(f"/start a{card}").text
        results = ada.person.asks_inline(MILL_QUESTION).answer(PATIENCE)["results"]
        assert all("mill" not in result["title"].lower() for result in results)
        assert not (bot.data / "added" / "mill.md").exists()
        server.wait(bot.is_idle, PATIENCE)
        bot.kill()
        bot.start()
        assert MILL_ANSWER not in ada.asks(MILL_QUESTION).text, "a restart brings nothing back"
    bot.wait_for_log_times(BUILT, 1, BUILD)
    assert sources(ada).startswith("No article has ")
    ada.presses(answer, "Ask again")
    assert MILL_ANSWER not in ada.answer_to(answer).text
    # Sent again on purpose, it is wanted.
    told = admin.answer_to(admin.person.sends_file(admin.chat, "mill.md", MILL.encode()))
    server.wait(lambda: told.text.startswith("Added: "), PATIENCE)
    bot.wait_for_log_times(BUILT, 2, BUILD)
    assert MILL_ANSWER in ada.asks(MILL_QUESTION).text


def test_a_kill_between_the_yes_and_the_end_leaves_nothing_that_is_shown(
    bot: BotProcess, meet: Meet, admin: Talk
) -> None:
    before = bot.said.count(BUILT)
    ada = meet()
    answer = ada.asks(FERRY_QUESTION)
    asked = admin.asks("/remove ferry to langholm")
    with locked(bot.data / "index" / ".lock", wait=True):
        admin.presses(asked, "Remove")
        admin.server.wait(bot.is_idle, PATIENCE)
        # As after a kill before the file was deleted.
        bot.kill()
        write_seeds(bot.data / "added", {"ferry.md": FERRY})
        bot.start()
        assert "Otto Brandt" not in meet().asks(FERRY_QUESTION).text
        # The bell does what it says all the same.
        assert ada.presses(answer, "🔔")["text"] == KEPT_PRESSED
        assert answer.text == GONE
        assert bot.kept("SELECT question FROM watches WHERE person = ?", ada.person.id) == [(FERRY_QUESTION,)]
    bot.wait_for_log_times(BUILT, before + 1, BUILD)
    assert not (bot.data / "added" / "ferry.md").exists()
    assert "Otto Brandt" not in meet().asks(FERRY_QUESTION).text


def test_remove_says_whose_file_it_is_what_it_wants_and_can_be_cancelled(
    bot: BotProcess, meet: Meet, admin: Talk
) -> None:
    assert meet().asks("/remove comet").text == "That command is only for the admins of this bot."
    assert admin.asks("/remove").text.startswith("Remove what? Send /remove and words from the title")
    assert admin.asks("/remove schoolteacher").text == (
        "That article is in the file sky/comet.md of the articles' own folder, which I never change. Take it out there."
    )
    assert admin.asks("/remove no such thing").text.startswith("No article has “no such thing” in its title")
    several = admin.asks("/remove the")
    assert several.text == "Which of these shall go?"
    assert len(several.buttons) > 1
    admin.presses(several, several.buttons[0])
    assert admin.answer_to(several).text.startswith("That article is in the file ")


@pytest.fixture
def old(bot: BotProcess, meet: Meet) -> tuple[Talk, Message]:
    """Somebody with an answer from the article about the harbour."""
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    assert articles.HARBOUR_ANSWER in answer.text
    return ada, answer


def rewritten(bot: BotProcess, seeds: Path, old: str, new: str) -> None:
    """Change the article about the harbour, and wait until that is served."""
    before = bot.said.count(BUILT)
    text = (seeds / "harbour.jsonl").read_text()
    write_seeds(seeds, {"harbour.jsonl": text.replace(old, new)})
    bot.wait_for_log_times(BUILT, before + 1, BUILD)


def test_a_passage_that_moved_is_widened_and_one_that_changed_is_shown_as_it_was_and_as_it_is(
    bot: BotProcess, seeds: Path, old: tuple[Talk, Message]
) -> None:
    ada, answer = old
    rewritten(bot, seeds, "by May", "by June")
    ada.presses(answer, "More")
    assert "This passage has changed since it was quoted here." in answer.text
    was, now = answer.text.split("As it was:")[1].split("As it stands now:")
    assert "to move to the outer quay by May." in was
    assert "to move to the outer quay by June." in now
    assert "Ask again" in answer.buttons
    assert "Article" in answer.buttons
    ada.presses(answer, "Article")
    opened = ada.answer_to(answer)
    assert "This passage has changed since it was quoted here." in opened.text
    assert "by June." in opened.text
    ada.presses(answer, "Ask again")
    anew = ada.next_after(opened)
    assert "by June." in anew.text
    assert "changed on" in ada.asks("/sources harbour").text
    # What stands above it moves it, and changes nothing of it.
    long = " ".join(f"Sentence {n} tells how the council came to its vote in a long night." for n in range(60))
    rewritten(bot, seeds, "The council of", f"{long}\\n\\nThe council of")
    ada.presses(anew, "More")
    assert "has changed" not in anew.text
    assert "to move to the outer quay by June." in anew.text
    assert re.search(r"Sentence \d+ tells", anew.text)
