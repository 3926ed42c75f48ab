"""What admins do, and that nobody else does it."""

import io
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from tests.conftest import write_seeds
from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import ADMIN, PATIENCE, Meet, NewData, Talk, running_bot
from tests.telegram.server import BotApiServer, Message

pytestmark = pytest.mark.usefixtures("bot")

# How the bot learns that somebody has blocked it, and that of two presses at once the other took the buttons away.
REFUSED: Final = {
    ("sendMessage", "Forbidden: bot was blocked by the user"),
    ("getFile", "Not Found"),
    (
        "editMessageReplyMarkup",
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as "
        "a current content and reply markup of the message",
    ),
}
COMMANDS: Final = ("/stats", "/reindex", "/remove", "/follow", "/ban 500001", "/unban 500001", "/broadcast hello")
TEXT_ONLY: Final = "I can only read typed questions. What would you like to know?"


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of articles that the bot is built from."""
    return write_seeds(tmp_path_factory.mktemp("seeds"), articles.SEEDS)


@pytest.fixture(scope="module")
def admins(meet: Meet) -> list[Talk]:
    """Admins of the bot, one for each test: what one of them is told does not hold up the next."""
    return [meet("Nora", id=ADMIN + number) for number in range(60)]


@pytest.fixture
def admin(admins: list[Talk]) -> Talk:
    """An admin of the bot who has not written to it before."""
    return admins.pop()


@pytest.fixture(scope="module")
def bot(server: BotApiServer, bot_data: NewData, seeds: Path, admins: list[Talk]) -> Iterator[BotProcess]:
    """A bot that can bring its index up to date."""
    ids = ",".join(str(admin.person.id) for admin in admins)
    with running_bot(server, bot_data(), seeds=seeds, telegram_admins=ids) as running:
        yield running


# /stats


def counted(picture: Message) -> dict[str, int]:
    """The numbers of questions in a caption of /stats."""
    form = r"(\d+) questions?: (\d+) answered \(.*\), (\d+) not sure; 👍 (\d+), 👎 (\d+)"
    found = re.search(form, picture.text)
    assert found is not None, picture.text
    return dict(zip(("questions", "answered", "unsure", "up", "down"), map(int, found.groups()), strict=True))


def test_stats_is_a_picture_with_the_numbers_below_it(
    meet: Meet, admin: Talk, bot: BotProcess, server: BotApiServer
) -> None:
    server.wait(bot.is_idle, PATIENCE)
    before = counted(admin.asks("/stats"))
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    ada.asks(articles.UNANSWERABLE)
    ada.asks(articles.UNSURE_QUESTION)
    ada.presses(answer, "👍")
    server.wait(bot.is_idle, PATIENCE)
    picture = admin.asks("/stats")
    after = counted(picture)
    assert {name: after[name] - before[name] for name in after} == {
        "questions": 3,
        "answered": 1,
        "unsure": 1,
        "up": 1,
        "down": 0,
    }
    assert picture.kind == "photo"
    assert picture.file_bytes is not None
    with Image.open(io.BytesIO(picture.file_bytes)) as drawn:
        assert drawn.format == "PNG"
    assert picture.text.startswith("The last 30 days\n")
    people = r"(?:1 person|\d+ people), (?:1 group|\d+ groups)"
    now = rf"Now: 1\d articles, \d+ passages, index \S+; {people}; 0 watches, 0 told; state [1-9]\d* MB; 0 waiting"
    assert re.search(now, picture.text)


# Refusals.


@pytest.mark.parametrize("command", COMMANDS)
def test_admin_commands_are_refused_to_everybody_else(meet: Meet, command: str) -> None:
    assert meet().asks(command).text == "That command is only for the admins of this bot."


def test_an_admin_of_a_group_is_no_admin_of_the_bot(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    group = ada.in_group(server.group("Hers", admins=[ada.person]))
    assert group.asks("/stats@verbatim_bot").text == "That command is only for the admins of this bot."


# /ban and /unban


def test_a_banned_person_is_not_answered_until_the_ban_is_lifted(
    meet: Meet, admin: Talk, bot: BotProcess, server: BotApiServer
) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    said = admin.asks(f"/ban {ada.person.id}").text
    assert said == f"{ada.person.id} is banned: I no longer answer them."
    assert admin.asks(f"/ban {ada.person.id}").text == f"{ada.person.id} was already banned."
    ada.writes(articles.COMET_QUESTION)
    ada.writes("/help")
    # A press is ended on their screen, and does nothing; an inline query is offered nothing.
    assert ada.presses(answer, "▶")["text"] == ""
    assert "1/5" in answer.buttons
    assert ada.person.asks_inline(articles.COMET_QUESTION).answer(PATIENCE)["results"] == []
    server.wait(bot.is_idle, PATIENCE)
    assert ada.said_by_bot() == [answer]
    assert admin.asks(f"/unban {ada.person.id}").text == f"{ada.person.id} may ask again."
    assert admin.asks(f"/unban {ada.person.id}").text == f"{ada.person.id} was not banned."
    assert articles.COMET_ANSWER in ada.asks(articles.COMET_QUESTION).text


def test_a_ban_by_a_reply_is_for_who_wrote_the_message(meet: Meet, admin: Talk, server: BotApiServer) -> None:
    ada = meet()
    group = server.group("Noisy", ada.person, admin.person)
    noise = ada.in_group(group).writes("Buy my herring!")
    here = admin.in_group(group)
    said = here.asks("/ban@verbatim_bot", reply_to=noise).text
    assert said == f"{ada.person.id} is banned: I no longer answer them."
    assert here.asks("/unban@verbatim_bot", reply_to=noise).text == f"{ada.person.id} may ask again."


@pytest.mark.parametrize("whom", ["", "Ada", "--5", "-", "12x", "9" * 40, "٣"])
def test_a_ban_says_whom_it_takes(admin: Talk, whom: str) -> None:
    expected = "Ban whom? Send /ban and a numeric ID, or send /ban as a reply to one of their messages."
    assert admin.asks(f"/ban {whom}").text == expected


def test_an_admin_cannot_be_banned(admin: Talk) -> None:
    number = admin.person.id
    assert admin.asks(f"/ban {number}").text == f"{number} is an admin of this bot and cannot be banned."


# /broadcast


def test_a_broadcast_is_shown_first_and_sent_to_everybody_once_however_often_it_is_confirmed(
    meet: Meet, admin: Talk, bot: BotProcess, server: BotApiServer
) -> None:
    ada, ben, gone = meet(), meet("Ben"), meet("Gone")
    for talk in (admin, ada, ben, gone):
        talk.asks("/privacy")
    gone.person.blocks()
    server.wait(bot.is_idle, PATIENCE)
    everybody = [chat for (chat,) in bot.kept("SELECT id FROM people WHERE started AND NOT blocked")]
    assert gone.person.id not in everybody
    text = "The <b>harbour</b> is open again & so are we.\nCome *soon*!"
    preview = admin.asks(f"/broadcast {text}")
    n = f"{len(everybody)} people"
    assert preview.text == f"This will go to {n}. Send it?\n\n{text}"
    assert preview.buttons == [f"Send to {n}", "Cancel"]
    assert len(ada.said_by_bot()) == 1
    with server.world.lock:
        presses = [admin.person.presses(preview, f"Send to {n}") for _ in range(2)]
    assert all(press.answer(PATIENCE) is not None for press in presses)
    assert server.wait(lambda: preview.text.startswith("Sent to"), PATIENCE)
    assert preview.text == f"Sent to {len(everybody)} of {n}. Blocked the bot: 0. Failed: 0."
    for talk in (ada, ben):
        assert [message.text for message in talk.said_by_bot()[1:]] == [text]
    assert len(gone.said_by_bot()) == 1


def test_who_blocked_the_bot_unnoticed_is_counted_in_a_broadcast(meet: Meet, admin: Talk, server: BotApiServer) -> None:
    ada = meet()
    ada.asks("/privacy")
    ada.chat.blocked = True
    preview = admin.asks("/broadcast Good morning")
    admin.presses(preview, preview.buttons[0])
    assert server.wait(lambda: ". Blocked the bot: 1. Failed: 0." in preview.text, PATIENCE)


def test_a_cancelled_broadcast_reaches_nobody(meet: Meet, admin: Talk, bot: BotProcess, server: BotApiServer) -> None:
    ada = meet()
    ada.asks("/privacy")
    preview = admin.asks("/broadcast Never mind")
    data = preview.keyboard[0][0]["callback_data"]
    admin.presses(preview, "Cancel")
    assert (preview.text, preview.buttons) == ("Cancelled. Nobody got it.", [])
    # Nor does it by its old button.
    assert admin.presses_data(preview, data)["show_alert"] is True
    server.wait(bot.is_idle, PATIENCE)
    assert len(ada.said_by_bot()) == 1


def test_a_broadcast_may_be_a_reply_and_says_what_it_wants_where_there_is_nothing_to_send(admin: Talk) -> None:
    bare = admin.asks("/broadcast")
    assert bare.text.startswith("Send what? Write /broadcast and the text")
    draft = admin.writes("/privacy")
    preview = admin.asks("/broadcast", reply_to=draft)
    assert preview.text.endswith("Send it?\n\n/privacy")
    admin.presses(preview, "Cancel")


# /reindex


def reindexed(talk: Talk, shown: Message) -> str:
    """How bringing the index up to date ended, in the message that shows its progress."""
    # A build, in a process of its own, which takes a minute and more on a busy machine.
    talk.server.wait(lambda: not shown.text.startswith("Updating the index"), 4 * PATIENCE)
    return shown.text


def test_reindex_takes_up_a_new_article_and_shows_its_progress_in_one_message(
    meet: Meet, admin: Talk, seeds: Path
) -> None:
    ada = meet()
    assert "I could not find the answer" in ada.asks(articles.WELL_QUESTION).text
    write_seeds(seeds, {"well.md": articles.WELL})
    before = len(admin.said_by_bot())
    shown = admin.asks("/reindex")
    assert shown.text.startswith("Updating the index")
    said = reindexed(admin, shown)
    # The fourteen articles have 26 passages, and the new one is short enough for one.
    assert re.fullmatch(
        r"The index is up to date: 15 articles, 27 passages\.\n"
        r"Files: 1 added, 0 changed, 0 removed, 0 skipped; \d+ s\.",
        said,
    )
    assert len(admin.said_by_bot()) == before + 1
    answer = ada.asks(articles.WELL_QUESTION)
    assert articles.WELL_ANSWER in answer.text
    assert "well.md" in answer.text


def test_reindex_says_where_nothing_has_changed(admin: Talk) -> None:
    reindexed(admin, admin.asks("/reindex"))
    said = reindexed(admin, admin.asks("/reindex"))
    assert re.fullmatch(r"Nothing has changed: \d+ articles, \d+ passages; 0 files skipped\.", said)


def test_only_one_build_runs_at_a_time(admin: Talk, server: BotApiServer) -> None:
    with server.world.lock:
        first, second = admin.writes("/reindex"), admin.writes("/reindex")
    assert admin.answer_to(second).text == "The index is already being updated."
    reindexed(admin, admin.answer_to(first))


def test_reindex_names_the_files_it_skipped(admin: Talk, seeds: Path) -> None:
    write_seeds(seeds, {"broken.jsonl": "{not json"})
    try:
        said = reindexed(admin, admin.asks("/reindex"))
        assert "1 skipped; " in said
        assert "\n\nSkipped or unreadable:\nbroken.jsonl, line 1: " in said
    finally:
        (seeds / "broken.jsonl").unlink()


def test_a_build_that_fails_says_why_and_the_old_index_is_served_on(meet: Meet, admin: Talk, seeds: Path) -> None:
    hidden = seeds.with_name("hidden")
    seeds.rename(hidden)
    try:
        said = reindexed(admin, admin.asks("/reindex"))
    finally:
        hidden.rename(seeds)
    assert said.startswith("The index could not be updated. The old one stays in use.\n")
    assert str(seeds) in said.partition("\n")[2]
    assert articles.COMET_ANSWER in meet().asks(articles.COMET_QUESTION).text


@pytest.fixture
def emptied(seeds: Path, admin: Talk, meet: Meet) -> Iterator[Path]:
    """Seeds of which all but one article have gone; afterwards they are there again, and served."""
    write_seeds(seeds, {"well.md": articles.WELL})
    reindexed(admin, admin.asks("/reindex"))
    hidden = seeds.with_name("hidden")
    seeds.rename(hidden)
    seeds.mkdir()
    shutil.copy(hidden / "well.md", seeds)
    yield seeds
    shutil.rmtree(seeds)
    hidden.rename(seeds)
    reindexed(admin, admin.asks("/reindex"))
    assert articles.COMET_ANSWER in meet().asks(articles.COMET_QUESTION).text


ANYWAY: Final = re.compile(r"Remove 1\d, update anyway")


@pytest.mark.usefixtures("emptied")
def test_reindex_asks_before_it_removes_most_articles_and_goes_on_at_an_admins_word(meet: Meet, admin: Talk) -> None:
    shown = admin.asks("/reindex")
    said = reindexed(admin, shown)
    assert re.match(r"Nothing was changed: 1\d of 1\d articles would leave the index, such as \S+, \S+, \S+\. ", said)
    anyway, cancel = shown.buttons
    assert (ANYWAY.fullmatch(anyway) is not None, cancel) == (True, "Cancel")
    assert articles.COMET_ANSWER in meet().asks(articles.COMET_QUESTION).text, "the old index is served on"
    admin.presses(shown, cancel)
    assert shown.text == "Cancelled. The old index stays in use."
    assert shown.buttons == []
    asked = admin.asks("/reindex")
    reindexed(admin, asked)
    admin.presses(asked, anyway)
    assert re.match(r"The index is up to date: 1 article, 1 passages?\.", reindexed(admin, admin.answer_to(asked)))
    assert asked.buttons == [], "a second press finds nothing to press"
    assert "I could not find the answer" in meet().asks(articles.COMET_QUESTION).text


@pytest.mark.usefixtures("emptied")
def test_only_admins_let_a_build_remove_most_articles(meet: Meet, admin: Talk, server: BotApiServer) -> None:
    ada = meet()
    office = server.group("Office", admins=[admin.person])
    theirs = admin.in_group(office)
    shown = theirs.asks("/reindex@verbatim_bot")
    reindexed(theirs, shown)
    anyway = shown.buttons[0]
    ada.in_group(office).presses(shown, anyway)
    assert shown.buttons[0] == anyway
    assert shown.text.startswith("Nothing was changed: ")
    assert articles.COMET_ANSWER in meet().asks(articles.COMET_QUESTION).text


def test_reindex_names_what_cannot_be_read_and_serves_it_on(meet: Meet, admin: Talk, seeds: Path) -> None:
    write_seeds(seeds, {"well.md": articles.WELL})
    reindexed(admin, admin.asks("/reindex"))
    (seeds / "well.md").rename(seeds.with_name("well.md"))
    (seeds / "well.md").symlink_to("unmounted.md")
    try:
        said = reindexed(admin, admin.asks("/reindex"))
        assert "\n1 file cannot be read; what the index holds of it stays in use.\n" in said
        assert "\nwell.md: a broken link or a loop of links: no such file or directory" in said
        assert articles.WELL_ANSWER in meet().asks(articles.WELL_QUESTION).text
    finally:
        seeds.with_name("well.md").rename(seeds / "well.md")


# Adding articles.


def looked_at(talk: Talk, sent: Message) -> Message:
    """What became of something that was sent to be added."""
    told = talk.answer_to(sent)
    talk.server.wait(lambda: not told.text.startswith("Looking at "), PATIENCE)
    return told


MILL: Final = """---
title: Water mill of Askeby grinds again
date: 2024-07-01
---

Sigrid Holm repaired the water mill of Askeby with oak from a wrecked ship. It had stood still for ninety years.
"""
FERRY: Final = """Ferry to Langholm gets a library

Captain Otto Brandt opened a library of 400 books on board the ferry to Langholm in June.
"""


def test_a_file_that_an_admin_sends_is_added_and_answered_from_after_a_press(
    meet: Meet, admin: Talk, bot: BotProcess
) -> None:
    told = looked_at(admin, admin.person.sends_file(admin.chat, "mill.md", MILL.encode()))
    first, second = told.text.splitlines()
    name = re.fullmatch(r"Added: (added/\d{4}-\d\d-\d\d-mill\S*\.md)", first)
    assert name is not None
    assert (bot.data / name[1]).read_text() == MILL
    assert second == "Articles in it: Water mill of Askeby grinds again"
    assert told.buttons == ["Update the index"]
    admin.presses(told, "Update the index")
    reindexed(admin, admin.answer_to(told))
    answer = meet().asks("Who repaired the water mill of Askeby?")
    assert "Sigrid Holm repaired the water mill of Askeby with oak from a wrecked ship." in answer.text
    again = looked_at(admin, admin.person.sends_file(admin.chat, "mill.md", MILL.encode()))
    assert again.text.startswith("Already there: added/")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("program.exe", b"MZ\x90\0"),
        ("noise.md", os.urandom(5000)),
        ("noise.zip", b"PK\x03\x04" + b"\xff" * 500),
        ("empty.txt", b""),
        ("broken.jsonl", b'{"title": '),
        ("<b>name.pdf", b"%PDF-1.4"),
    ],
)
def test_garbage_is_not_added_and_the_reason_is_said(admin: Talk, bot: BotProcess, name: str, content: bytes) -> None:
    before = sorted((bot.data / "added").rglob("*"))
    told = looked_at(admin, admin.person.sends_file(admin.chat, name, content))
    assert re.fullmatch(rf"Not added: {re.escape(name)}: \S.+", told.text), told.text
    assert told.buttons == []
    assert sorted((bot.data / "added").rglob("*")) == before


def test_a_file_that_telegram_does_not_hand_over_is_said_to_be_that_in_plain_words(
    admin: Talk, bot: BotProcess, server: BotApiServer
) -> None:
    server.faults.add(method="getFile", kind="status", status=404, times=1)
    told = looked_at(admin, admin.person.sends_file(admin.chat, "mill.md", MILL.encode()))
    assert told.text == "Not added: mill.md: Telegram did not hand over the file; please send it again later"
    assert told.buttons == []


def test_of_an_archive_each_file_is_taken_or_refused_by_itself(admin: Talk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("ferry.txt", FERRY)
        archive.writestr("picture.png", b"\x89PNG")
        archive.writestr("../../escaped.txt", FERRY.replace("Langholm", "Outside"))
    told = looked_at(admin, admin.person.sends_file(admin.chat, "several.zip", packed.getvalue()))
    assert re.search(r"^Added: added/\S*ferry\S*\.txt$", told.text, re.MULTILINE)
    assert "Ferry to Langholm gets a library" in told.text
    assert re.search(r"^Not added: picture\.png: \S", told.text, re.MULTILINE)
    # Wherever it wanted to be, it is in the folder of added files or nowhere.
    for line in told.text.splitlines():
        if line.startswith("Added: "):
            assert ".." not in line


def test_a_file_that_is_too_large_for_bots_is_refused_without_a_try(admin: Talk, server: BotApiServer) -> None:
    before = len(server.calls_of("getFile"))
    told = looked_at(admin, admin.person.sends_file(admin.chat, "huge.txt", b"x", size=20_000_001))
    assert told.text == "Not added: huge.txt: > 20 MB"
    assert len(server.calls_of("getFile")) == before


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0x7f.1"])
def test_a_link_to_a_private_address_is_refused(admin: Talk, server: BotApiServer, host: str) -> None:
    port = server.url.rpartition(":")[2]
    told = looked_at(admin, admin.writes(f"http://{host}:{port}/secret"))
    assert told.text.startswith(f"Not added: http://{host}:{port}/secret: ")
    assert told.buttons == []


def test_a_link_or_a_file_of_anybody_else_is_not_followed(meet: Meet, bot: BotProcess) -> None:
    ada = meet()
    before = sorted((bot.data / "added").rglob("*"))
    assert ada.answer_to(ada.person.sends_file(ada.chat, "mine.md", MILL.encode())).text == TEXT_ONLY
    assert not ada.asks("http://127.0.0.1:1/").text.startswith("Looking at")
    assert sorted((bot.data / "added").rglob("*")) == before
