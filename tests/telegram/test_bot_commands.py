"""The commands: greeting, help, reading, settings, and what is kept about a person."""

import io
import json
import sqlite3
import zipfile
from contextlib import closing
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import BuildData
from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet, Talk, running_bot
from tests.telegram.server import BotApiServer, Message

pytestmark = pytest.mark.usefixtures("bot")

# How the bot learns that it may not write to somebody.
REFUSED: Final = {
    ("sendChatAction", "Forbidden: bot can't initiate conversation with a user"),
    ("sendChatAction", "Forbidden: bot was blocked by the user"),
}
# By their dates, the newest first; what has none comes last.
NEWEST_FIRST: Final = (
    "Schoolteacher finds a comet",
    "Fyret på Skarvøya får ny vokter",
    "Harbour of Lindvik gets a tidal barrier",
    "Nineteen saved off Cape Sorrel",
    "Trawler rescues nineteen sailors",
    "Late frost ruins the apple blossom",
    "Old stone bridge reopens to cyclists",
    "Library of Windmere lends seeds",
    "Museum of clocks finds a lost pendulum",
    articles.LANTERN_TITLE,
    "Glacier gives back a mountain hut",
    "Organ of Saint Brannoc is tuned after fifty years",
    "Chronicle of the Ravnsund canal",
    "Night train to Marlow returns",
)


def greeted(talk: Talk, payload: str = "") -> Message:
    """What /start is answered with."""
    return talk.next_after(talk.writes(f"/start {payload}"))


def listed(message: Message) -> list[str]:
    """The titles of a list of articles, with their numbers."""
    return [line for line in message.text.splitlines() if line[:1].isdigit() and ". " in line]


# /start


def test_start_greets_in_two_lines_with_three_questions_that_can_be_pressed(meet: Meet) -> None:
    ada = meet()
    greeting = greeted(ada)
    assert greeting.text.splitlines() == [
        "Hello! I answer questions from 14 articles, always with the exact passage and where it stands.",
        "Type a question, or try one of these:",
    ]
    assert len(greeting.buttons) == 3
    assert len(set(greeting.buttons)) == 3
    assert all(len(row) == 1 for row in greeting.keyboard)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_every_question_of_the_greeting_is_answered(meet: Meet, place: int) -> None:
    ada = meet()
    greeting = greeted(ada)
    question = greeting.buttons[place]
    ada.presses(greeting, question)
    answer = ada.next_after(greeting)
    assert answer.html.startswith(f"<i>Question: {question}</i>\n")
    assert "<blockquote>" in answer.html
    assert answer.reply_to is greeting
    assert "▶" in answer.buttons


def test_where_no_question_can_be_made_the_greeting_has_titles_that_open_their_articles(
    alone: BotApiServer, build_data: BuildData
) -> None:
    data = build_data({"soup.md": "# Potato soup\n\nPeel the potatoes, and boil them until they are soft.\n"})
    person = alone.person("Ada")
    ada = Talk(alone, person, alone.private(person))
    with running_bot(alone, data):
        greeting = greeted(ada)
        assert greeting.text.splitlines()[-1] == "Type a question, or have a look around first:"
        assert greeting.buttons == ["Potato soup"]
        ada.presses(greeting, "Potato soup")
        assert ada.next_after(greeting).text.startswith("Potato soup\n")


def test_the_greeting_is_in_the_persons_language(meet: Meet) -> None:
    assert greeted(meet(language_code="nb")).text.startswith(
        "Hei! Jeg svarer på spørsmål ut fra 14 artikler, alltid med"
    )


def test_a_shared_article_opens_from_its_link(meet: Meet) -> None:
    ada, ben = meet(), meet("Ben")
    offered = ada.person.asks_inline(articles.HARBOUR_QUESTION).answer(PATIENCE)["results"][0]
    link = offered["reply_markup"]["inline_keyboard"][0][0]["url"]
    opened = greeted(ben, parse_qs(urlsplit(link).query)["start"][0])
    assert opened.text.startswith(f"{articles.HARBOUR_TITLE}\n\n{articles.HARBOUR_PARAGRAPHS[0]}")


@pytest.mark.parametrize(
    "payload",
    ["x", "a", "d", "a" * 17, "d" * 25, "aAAAAAAAAAAAAAAAA", "inline", "<b>", "' OR 1=1 --", "🙂", "d" * 4000],
)
def test_a_link_that_leads_nowhere_is_greeted_as_usual(meet: Meet, payload: str) -> None:
    assert "Type a question, or try one of these:" in greeted(meet(), payload).text


def test_a_link_opens_answers_alone_and_no_other_card(meet: Meet) -> None:
    ada, ben = meet(), meet("Ben")
    settings = ada.asks("/settings")
    card = settings.keyboard[0][0]["callback_data"].partition(":")[0]
    assert "Type a question" in greeted(ben, f"a{card}").text


# /help


def test_help_names_every_command_and_admins_see_theirs(meet: Meet, admin: Talk, server: BotApiServer) -> None:
    said = meet().asks("/help").text
    for command in server.commands["all_private_chats", ""]:
        assert command["command"] == "help" or f"/{command['command']}" in said
    assert "@verbatim_bot" in said
    assert "/broadcast" not in said
    for_admins = admin.asks("/help").text
    assert for_admins.startswith(said)
    assert all(f"/{command}" in for_admins for command in ("stats", "reindex", "ban", "unban", "broadcast"))


# /sources and /article


def test_sources_lists_the_articles_newest_first_and_turns_pages(meet: Meet) -> None:
    ada = meet()
    page = ada.asks("/sources")
    assert page.text.startswith("14 articles, newest first\n\n")
    assert listed(page) == [f"{n}. {title}" for n, title in enumerate(NEWEST_FIRST[:8], 1)]
    assert page.buttons == [*map(str, range(1, 9)), "1/2", "▶"]
    ada.presses(page, "▶")
    assert listed(page) == [f"{n}. {title}" for n, title in enumerate(NEWEST_FIRST[8:], 9)]
    assert page.buttons == [*map(str, range(9, 15)), "◀", "2/2"]
    assert ada.said_by_bot() == [page]


def test_a_command_that_is_edited_is_not_answered_again(meet: Meet, bot: BotProcess, server: BotApiServer) -> None:
    ada = meet()
    commands = (
        "/start",
        "/help",
        "/new",
        "/settings",
        "/privacy",
        "/sources",
        "/article Harbour",
        "/stats",
        "/nothing",
    )
    written = [ada.writes(command) for command in commands]
    server.wait(bot.is_idle, PATIENCE)
    said = len(ada.said_by_bot())
    assert said == len(commands)
    for message in written:
        ada.person.edits(message, f"{message.text} again")
    server.wait(bot.is_idle, PATIENCE)
    assert len(ada.said_by_bot()) == said


def test_sources_says_of_each_article_where_it_is_from(meet: Meet) -> None:
    page = meet().asks("/sources")
    lines = page.text.splitlines()
    after = {title: lines[lines.index(title) + 1].strip() for title in listed(page)}
    assert after["1. Schoolteacher finds a comet"] == "Northern Sky · 9 Feb 2024"
    assert after["6. Late frost ruins the apple blossom"] == "Valley Gazette · 27 Apr 2022 · orchard.md"
    assert 'href="https://sky.example.org/comet?from=front&amp;lang=en"' in page.html
    assert page.link_preview_options == {"is_disabled": True}


def test_a_number_opens_its_article(meet: Meet) -> None:
    ada = meet()
    page = ada.asks("/sources")
    ada.presses(page, "3")
    assert ada.next_after(page).text.startswith(f"{articles.HARBOUR_TITLE}\n\n")
    ada.presses(page, "▶")
    ada.presses(page, "14")
    opened = [message for message in ada.said_by_bot() if message.text.startswith("Night train to Marlow returns\n\n")]
    assert len(opened) == 1


def test_sources_finds_articles_by_words_of_title_or_source(meet: Meet) -> None:
    page = meet().asks("/sources example WIRE")
    assert page.text.startswith("3 articles with “example WIRE”\n\n")
    assert listed(page) == [
        f"1. {articles.HARBOUR_TITLE}",
        "2. Trawler rescues nineteen sailors",
        "3. Old stone bridge reopens to cyclists",
    ]
    assert page.buttons == ["1", "2", "3"]


def test_sources_says_where_no_article_has_the_words(meet: Meet) -> None:
    said = meet().asks("/sources <b>giraffes</b>").text
    assert said == "No article has “<b>giraffes</b>” in its title, source, author or file name."


def test_article_opens_the_only_one_with_those_words(meet: Meet) -> None:
    assert meet().asks("/article tidal barrier").text.startswith(f"{articles.HARBOUR_TITLE}\n\n")


def test_article_lists_those_that_have_the_words_where_there_are_several(meet: Meet) -> None:
    page = meet().asks("/article nineteen")
    assert listed(page) == ["1. Nineteen saved off Cape Sorrel", "2. Trawler rescues nineteen sailors"]


def test_article_without_words_or_with_strange_ones_says_what_to_do(meet: Meet) -> None:
    ada = meet()
    assert ada.asks("/article").text == "Which one? Send /article and words from its title. /sources lists them all."
    said = ada.asks("/article of giraffes").text
    assert said == "No article has “of giraffes” in its title, source, author or file name. /sources lists them all."


def test_a_long_article_is_read_page_by_page_from_its_beginning(meet: Meet) -> None:
    ada = meet()
    page = ada.asks("/article Ravnsund")
    assert "◀" not in page.buttons
    assert "In 1850 the lock keeper" in page.text
    ada.presses(page, "▶")
    assert "In 1850 the lock keeper" not in page.text
    ada.presses(page, "◀")
    assert "In 1850 the lock keeper" in page.text


# /settings


def test_the_number_of_passages_can_be_chosen_and_takes_effect(meet: Meet) -> None:
    ada = meet()
    settings = ada.asks("/settings")
    assert settings.text.splitlines() == ["Your settings", "Passages per answer: 5", "Language: same as Telegram"]
    assert settings.buttons == ["1", "3", "✓ 5", "10", "✓ same as Telegram", "English", "Norsk"]
    ada.presses(settings, "3")
    assert "Passages per answer: 3" in settings.text
    assert settings.buttons[:4] == ["1", "✓ 3", "5", "10"]
    assert ada.asks(articles.HARBOUR_QUESTION).buttons[0] == "1/3"
    ada.presses(settings, "1")
    assert ada.asks(articles.COMET_QUESTION).buttons[:2] == ["👍", "👎"]


def test_the_language_can_be_chosen_and_takes_effect(meet: Meet) -> None:
    ada = meet()
    settings = ada.asks("/settings")
    ada.presses(settings, "Norsk")
    assert settings.text.splitlines()[-1] == "Språk: Norsk"
    assert ada.asks("/ask").text == "Hva vil du vite?"
    ada.presses(settings, "samme som i Telegram")
    assert ada.asks("/ask").text == "What would you like to know?"


def test_settings_belong_to_one_person(meet: Meet) -> None:
    ada, ben = meet(), meet("Ben")
    ada.presses(ada.asks("/settings"), "1")
    assert "Passages per answer: 5" in ben.asks("/settings").text


# /privacy, /export, /forget


def test_privacy_says_what_is_kept_and_for_how_long(meet: Meet) -> None:
    said = meet().asks("/privacy").text
    assert "deleted 90 days after you asked" in said
    assert "90 days after your last visit" in said
    assert "/export" in said
    assert "/forget" in said
    # It says that of a server's database, where the state is in one.
    assert "deleted words" not in said


def exported(talk: Talk, command: Message) -> dict[str, Any]:
    """The document that /export sent after a message."""
    document = talk.next_after(command)
    assert (document.kind, document.extra["file_name"]) == ("document", "verbatim-export.zip")
    assert document.text == "Everything I keep about you."
    assert document.file_bytes is not None
    with zipfile.ZipFile(io.BytesIO(document.file_bytes)) as sent:
        kept: dict[str, Any] = json.loads(sent.read("verbatim-export.json"))
    return kept


def test_export_hands_out_everything_about_the_person_and_nothing_of_others(meet: Meet) -> None:
    ada, ben = meet(), meet("Ben")
    ben.asks(articles.RESCUE_QUESTION)
    answer = ada.asks(articles.HARBOUR_QUESTION)
    ada.presses(answer, "👍")
    ada.presses(ada.asks("/settings"), "3")
    kept = exported(ada, ada.writes("/export"))
    assert kept["person"]["id"] == ada.person.id
    assert kept["person"]["passages_per_answer"] == 3
    assert [turn["question"] for turn in kept["conversation"]] == [articles.HARBOUR_QUESTION]
    assert [one["kind"] for one in kept["messages_with_buttons"]] == ["answer", "settings"]
    assert [one["verdict"] for one in kept["feedback"]] == ["up"]
    assert [one["chat"] for one in kept["questions_of_the_last_two_days"]] == [ada.chat.id]
    assert articles.RESCUE_QUESTION not in json.dumps(kept)


def test_export_in_a_group_goes_to_the_person_alone(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    before = ada.asks(articles.HARBOUR_QUESTION)
    group = ada.in_group(server.group("Readers", ada.person))
    group.writes("/export@verbatim_bot")
    assert exported(ada, before)["person"]["id"] == ada.person.id
    assert group.said_by_bot() == []


@pytest.mark.parametrize("set_blocked", [False, True])
def test_export_in_a_group_by_who_cannot_be_written_to_says_so_there_and_comes_once_they_write(
    meet: Meet, server: BotApiServer, set_blocked: bool
) -> None:
    ada = meet()
    if set_blocked:
        ada.asks("/help")
        ada.person.blocks()
    group = ada.in_group(server.group("Readers", ada.person))
    said = group.asks("/export@verbatim_bot")
    assert (
        said.text == "I am not allowed to write to you yet. Open a private chat with me, and your export comes there."
    )
    link = said.button("Get it in private")["url"]
    assert urlsplit(link).path == "/verbatim_bot"
    if set_blocked:
        ada.person.unblocks()
    opened = ada.writes(f"/start {parse_qs(urlsplit(link).query)['start'][0]}")
    assert exported(ada, opened)["person"]["id"] == ada.person.id


def waits_for_export(bot: BotProcess, talk: Talk, tries: int) -> None:
    """Let somebody wait for an export that was begun that often."""
    bot.change(
        "INSERT INTO exports (person, asked, language, chat, message, tries) VALUES (?, 0, 'en', ?, 1, ?)",
        talk.person.id,
        talk.chat.id,
        tries,
    )


def test_an_export_that_a_kill_cut_short_comes_after_the_next_start_and_leaves_nothing_behind(
    meet: Meet, bot: BotProcess, server: BotApiServer
) -> None:
    ada = meet()
    before = ada.asks("/help")
    server.wait(bot.is_idle, PATIENCE)
    bot.kill()
    waits_for_export(bot, ada, tries=2)
    leftover = bot.data / "exports" / "tmpabcd" / "1.zip"
    leftover.parent.mkdir(parents=True, exist_ok=True)
    leftover.write_bytes(b"words")
    bot.start()
    assert exported(ada, before)["person"]["id"] == ada.person.id
    assert server.wait(lambda: not bot.kept("SELECT 1 FROM exports"), PATIENCE)
    folder = bot.data / "exports"
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o777 == 0o700


def test_an_export_that_ended_the_bot_three_times_is_given_up_and_the_person_told(
    meet: Meet, bot: BotProcess, server: BotApiServer
) -> None:
    ada = meet()
    before = ada.asks("/help")
    server.wait(bot.is_idle, PATIENCE)
    bot.kill()
    waits_for_export(bot, ada, tries=3)
    bot.start()
    failed = ada.next_after(before)
    assert failed.text.startswith("I could not make your export.")
    assert not bot.kept("SELECT 1 FROM exports")
    assert exported(ada, ada.writes("/export"))["person"]["id"] == ada.person.id


def test_an_export_that_a_stop_cut_short_does_not_count_as_a_try(
    meet: Meet, bot: BotProcess, server: BotApiServer
) -> None:
    ada = meet()
    before = ada.asks("/help")
    server.faults.add(method="sendDocument", kind="status", status=502)
    ada.writes("/export")
    assert server.wait(lambda: server.faults.injected["status"], PATIENCE)
    assert bot.stop() == 0
    assert bot.kept("SELECT tries FROM exports WHERE person = ?", ada.person.id) == [(0,)]
    assert list((bot.data / "exports").iterdir()) == []
    server.faults.clear()
    bot.start()
    assert exported(ada, before)["person"]["id"] == ada.person.id


def test_who_waits_for_an_export_is_told_so_and_gets_one(meet: Meet, bot: BotProcess) -> None:
    ada = meet()
    ada.asks("/help")
    waits_for_export(bot, ada, tries=0)
    said = ada.asks("/export")
    assert said.text == "Your export is on its way."
    assert exported(ada, said)["person"]["id"] == ada.person.id


def everything_about(bot: BotProcess, person: int, words: str) -> set[str]:
    """The tables of the state database in which a person's id, or some words, stand anywhere."""
    found = set()
    with closing(sqlite3.connect(bot.data / "state.sqlite", timeout=20)) as state:
        tables = [name for (name,) in state.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = state.execute(f"SELECT * FROM {table}").fetchall()
            if any(value == person or (isinstance(value, str) and words in value) for row in rows for value in row):
                found.add(table)
    return found


def test_forget_deletes_everything_about_a_person_and_says_what_it_was(
    meet: Meet, bot: BotProcess, server: BotApiServer
) -> None:
    ada, ben = meet(), meet("Ben")
    words = "move to the outer quay, says Ada"
    answer = ada.asks(f"Who asked the ferry companies to {words}?")
    ada.asks(articles.COMET_QUESTION)
    ada.presses(answer, "👎")
    ada.presses(answer, "🔔")
    settings = ada.asks("/settings")
    ada.presses(settings, "3")
    kept = ben.asks(articles.RESCUE_QUESTION)
    server.wait(bot.is_idle, PATIENCE)
    assert everything_about(bot, ada.person.id, words) >= {
        "people", "cards", "turns", "feedback", "asked", "watches"
    }  # fmt: skip
    assert ada.asks("/forget").text == (
        "Deleted: your settings, your messages with buttons (3), the questions of your conversations (2), those you "
        "waited for (1) and your votes (1), even where others held them. Two things stay, without any of your words: "
        "the times of your questions of the last two days and, if there is one, a ban."
    )
    server.wait(bot.is_idle, PATIENCE)
    # The times of the latest questions stay, so that a limit is not lifted by a command.
    assert everything_about(bot, ada.person.id, words) == {"asked"}
    assert ada.presses(answer, "▶")["text"] == "This button has expired. You can ask the question again."
    ben.presses(kept, "▶")
    assert "2/5" in kept.buttons


def test_forget_says_where_nothing_was_kept(meet: Meet) -> None:
    assert meet().asks("/forget").text.startswith("There was nothing to delete.")


# What Telegram is told about the bot.


def test_commands_are_registered_by_scope_and_language(bot: BotProcess, server: BotApiServer, admin: Talk) -> None:
    mine = f"chat:{admin.person.id}"
    assert server.wait(lambda: {(mine, ""), (mine, "nb")} <= set(server.commands), PATIENCE)
    asking = ["ask", "check", "watch", "watches", "new", "sources", "article"]
    everybody = [*asking, "settings", "help", "privacy", "export", "forget"]
    for code in ("", "nb", "no", "nn"):
        menus = {scope: menu for (scope, language), menu in server.commands.items() if language == code}
        names = {scope: [command["command"] for command in menu] for scope, menu in menus.items()}
        assert names == {
            "default": everybody,
            "all_private_chats": everybody,
            "all_group_chats": [*asking, "help"],
            mine: [*everybody, "stats", "reindex", "remove", "follow", "ban", "unban", "broadcast"],
        }
    assert server.commands["default", ""][0]["description"] == "Ask a question"
    assert server.commands["default", "nb"][0]["description"] == "Still et spørsmål"


def test_descriptions_are_registered_by_language(server: BotApiServer) -> None:
    profile = server.world.profile
    assert server.wait(lambda: ("short_description", "nn") in profile, PATIENCE)
    assert profile["description", ""].startswith("I answer questions from a collection of articles.")
    assert profile["short_description", ""].startswith("Answers from a collection of articles")
    assert profile["description", "nb"].startswith("Jeg svarer på spørsmål")


def test_what_telegram_was_told_is_not_told_again_after_a_restart(
    meet: Meet, bot: BotProcess, server: BotApiServer
) -> None:
    server.wait(lambda: bot.kept("SELECT 1 FROM notes WHERE name = 'presentation'"), PATIENCE)
    told = len(server.calls_of("setMyCommands"))
    assert told > 0
    assert bot.stop() == 0
    bot.start()
    # By the time that it answers it has long looked whether there is anything new to tell.
    meet().asks(articles.COMET_QUESTION)
    server.wait(bot.is_idle, PATIENCE)
    assert len(server.calls_of("setMyCommands")) == told
