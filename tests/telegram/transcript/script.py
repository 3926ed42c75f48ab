"""The script of the conversation, scene by scene: everything that the bot does for people, once."""

import json
from collections.abc import Callable
from html import escape
from io import BytesIO
from typing import Final
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

from tests.telegram.server import BotApiServer, Chat, Message, Person
from tests.telegram.transcript.stage import Stage

# Takes in an article by the name of its file, and publishes an index that has it.
Publish = Callable[[str, str], None]

_CUP: Final = "Who won the 2022 World Cup?"
_FINAL: Final = """---
title: Argentina are world champions
source: Example Wire
date: 2022-12-18
---

Argentina won the 2022 World Cup in Lusail on Sunday. They beat France on penalties, after the match had stood at \
three goals each.

It is Argentina's third title, and the first since 1986.
"""


def play(server: BotApiServer, publish: Publish) -> Stage:
    """Play the whole conversation over a server with the bot at work."""
    stage = Stage(server)
    ada = server.person("Ada", "en")
    chat = server.private(ada)
    shared = _answers(stage, server, ada, chat)
    _corrections(stage, server, ada, chat)
    _quotes(stage, server, ada, chat)
    _articles(stage, ada, chat)
    _norwegian(stage, server, shared)
    _group(stage, server, ada)
    _inline(stage, server, ada)
    _waiting(stage, ada, chat, publish)
    _about_me(stage, ada, chat)
    return stage


def _answers(stage: Stage, server: BotApiServer, ada: Person, chat: Chat) -> Message:
    stage.begins("Questions and answers", ("Verbatim", "bot"), ada)
    stage.shows_description(picture=1)
    stage.asks(ada, chat, "/start", picture=1)
    typing = len(server.chat_actions)
    _, answer = stage.asks(ada, chat, "What did Blinken ask Russia to do?", picture=1)
    if (chat.id, "typing") in server.chat_actions[typing:]:
        stage.notes("Until the answer was there, Ada saw “typing…”.")
    stage.asks(ada, chat, "When did the Tokyo Olympics end?", picture=1)
    stage.notes("What a question leaves out is taken from the one before:")
    stage.asks(ada, chat, "And who lit the cauldron?", picture=2)
    stage.notes("What may be the answer is shown as no more than that:")
    stage.asks(ada, chat, "Was the Earth ever in danger from the asteroid that NASA rammed?", picture=2)
    stage.notes("What the articles do not tell is not made up, and a title opens its article at the closest passage:")
    _, nothing = stage.asks(ada, chat, "Who won the 2022 World Cup?", picture=2)
    stage.presses(ada, nothing, nothing.buttons[0])
    stage.asks(ada, chat, "When did Finland join NATO?")
    stage.notes("A follow-up that can be put as a question of its own is shown as that:")
    stage.asks(ada, chat, "And Sweden?")
    stage.notes("The buttons of the first answer:")
    stage.presses(ada, answer, "▶")
    stage.presses(ada, answer, "◀")
    stage.presses(ada, answer, "More")
    stage.presses(ada, answer, "Less")
    copied = answer.button("Copy")["copy_text"]["text"]
    stage.notes(f"<code>[Copy]</code> copies: {escape(copied, quote=False)}")
    stage.presses(ada, answer, "👍")
    stage.presses(ada, answer, "Article")
    ada.reacts(answer, "👍")
    stage.notes("Ada reacts to the answer with 👍, which counts as the button does.")
    return answer


def _corrections(stage: Stage, server: BotApiServer, ada: Person, chat: Chat) -> None:
    stage.begins("Questions put right", ("Verbatim", "bot"), ada)
    stage.asks(ada, chat, "/new")
    asked, answer = stage.asks(ada, chat, "What was found in the Arctic?")
    stage.edits(ada, asked, "What was found off Antarctica?", answer)
    _, asked_back = stage.asks(ada, chat, "/ask")
    stage.asks(ada, chat, "When did Chandrayaan-3 land on the Moon?", reply_to=asked_back)


def _quotes(stage: Stage, server: BotApiServer, ada: Person, chat: Chat) -> None:
    stage.begins("Did they really say this?", ("Verbatim", "bot"), ada)
    written = "pull its troops and equipment back from Ukraine’s borders"
    stage.asks(ada, chat, f"“Secretary of State Antony Blinken asked Russia to {written}”")
    stage.asks(ada, chat, "/check Some 10,000 Russian soldiers were by then thought to be stationed near the frontier")
    stage.asks(ada, chat, "/check Ask not what your country can do for you")
    stage.notes("What asks for no passage is not searched:")
    stage.asks(ada, chat, "Thank you!")
    stage.asks(ada, chat, "What happened on 21 January 2022?")


def _waiting(stage: Stage, ada: Person, chat: Chat, publish: Publish) -> None:
    stage.begins("Questions that wait for their answer", ("Verbatim", "bot"), ada)
    nothing = stage.waits_for(chat, stage.writes(ada, chat, _CUP, picture=1))
    stage.presses(ada, nothing, nothing.buttons[-1], picture=1)
    stage.asks(ada, chat, "/watch Which team plays at home in the 2030 World Cup?")
    _, listed = stage.asks(ada, chat, "/watches", picture=1)
    stage.presses(ada, listed, "✕ 1")
    stage.notes("Days later an article comes, and some seconds after the index has it:")
    newest = stage.newest(chat)
    publish("world-cup.md", _FINAL)
    stage.waits_for(chat, newest, picture=2)


def _articles(stage: Stage, ada: Person, chat: Chat) -> None:
    stage.begins("The articles", ("Verbatim", "bot"), ada)
    _, listed = stage.asks(ada, chat, "/sources")
    stage.presses(ada, listed, "▶")
    stage.asks(ada, chat, "/sources Finland")
    stage.asks(ada, chat, "/article Shackleton")


def _norwegian(stage: Stage, server: BotApiServer, shared: Message) -> None:
    kari = server.person("Kari", "nb")
    chat = server.private(kari)
    stage.begins("In Norwegian, and a shared answer", ("Verbatim", "bot"), kari)
    stage.asks(kari, chat, "/start")
    stage.asks(kari, chat, "Hvem vant Carlsen over?")
    stage.notes("Kari follows the link that Ada made with <code>[Share]</code>:")
    link = parse_qs(urlsplit(shared.button("Share")["url"]).query)["url"][0]
    payload = parse_qs(urlsplit(link).query)["start"][0]
    stage.asks(kari, chat, f"/start {payload}", shown="/start a…")


def _group(stage: Stage, server: BotApiServer, ada: Person) -> None:
    bo, chen = server.person("Bo", "en"), server.person("Chen", "en")
    room = server.group("Newsroom", ada, bo, chen, forum=True, bot=False)
    topic = room.topic("Space")
    stage.begins("In a group", ("Newsroom › Space", "5 members"), ada)
    server.add_bot(room, ada)
    joined = max(server.messages(room), key=lambda one: one.id)
    stage.notes("Ada adds the bot to the group, which has topics.")
    stage.waits_for(room, joined)
    name = server.bot.username
    _, answer = stage.asks(bo, room, f"/ask@{name} When was the Webb telescope launched?", thread=topic, picture=1)
    stage.presses(chen, answer, "▶", picture=1)
    stage.writes(ada, room, "Let’s keep this one.", thread=topic)
    stage.notes("The bot is not told what is not meant for it.")
    stage.asks(chen, room, "And how much did it cost?", reply_to=answer, picture=1)
    stage.asks(ada, room, f"@{name} When did Sweden join NATO?", thread=topic)
    _supergroup(stage, server, ada)


def _supergroup(stage: Stage, server: BotApiServer, ada: Person) -> None:
    name = server.bot.username
    stage.begins("A group that becomes a supergroup", ("Chess club", "2 members"), ada)
    club = server.group("Chess club", ada, supergroup=False)
    stage.asks(ada, club, f"@{name} Who won Eurovision in 2023?")
    moved = server.migrate(club)
    stage.notes(
        "The owner makes the group a supergroup, which is another chat to Telegram. The conversation goes along:"
    )
    stage.asks(ada, moved, f"@{name} And what was her song?")


def _inline(stage: Stage, server: BotApiServer, ada: Person) -> None:
    bea = server.person("Bea", "en")
    # The server has no chats between people: a group of the two without the bot stands for one.
    pair = server.group("Bea", ada, bea, bot=False, supergroup=False)
    stage.begins("Inline, in any chat", ("Bea", "last seen recently"), ada)
    stage.writes(bea, pair, "Who lit the Olympic cauldron in Tokyo?", picture=1)
    offered = stage.types(ada, "Who lit the cauldron in Tokyo?")
    stage.picks(ada, offered, 1, pair, picture=1)
    stage.writes(bea, pair, "And since when has Finland been in NATO?", picture=1)
    offered = stage.types(ada, "When did Finland join NATO?", picture=1)
    stage.picks(ada, offered, 1, pair)


def _about_me(stage: Stage, ada: Person, chat: Chat) -> None:
    stage.begins("What is kept about a person", ("Verbatim", "bot"), ada)
    _, settings = stage.asks(ada, chat, "/settings")
    stage.presses(ada, settings, "3")
    stage.presses(ada, settings, "Norsk")
    stage.presses(ada, settings, "English")
    stage.asks(ada, chat, "/help")
    stage.asks(ada, chat, "/privacy")
    _, export = stage.asks(ada, chat, "/export")
    with ZipFile(BytesIO(export.file_bytes or b"")) as sent:
        held = json.loads(sent.read("verbatim-export.json"))
    stage.notes("The file holds: " + ", ".join(f"<code>{escape(name)}</code>" for name in held) + ".")
    stage.asks(ada, chat, "/forget")
    stage.asks(ada, chat, "/forget")
