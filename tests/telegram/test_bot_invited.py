"""Who may ask the bot, and how much."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.telegram import articles
from tests.telegram.conftest import ADMIN, PATIENCE, NewData, Talk, refused, running_bot
from tests.telegram.server import BotApiServer

PRIVATE: Final = (
    "I only answer people who have been invited. To be invited, send your ID to whoever runs this bot: {id}"
)


@pytest.fixture(scope="module")
def invited(bot_data: NewData) -> Iterator[tuple[BotApiServer, Talk, Talk]]:
    """A bot for one person and an admin, two questions a minute: its server, the person and the admin."""
    with BotApiServer() as server:
        ada, nora = server.person("Ada"), server.person("Nora", id=ADMIN)
        talks = [Talk(server, person, server.private(person)) for person in (ada, nora)]
        limits = {"questions_a_minute": 2, "questions_a_day": 5}
        people = {"telegram_people": ada.id, "telegram_admins": nora.id}
        with running_bot(server, bot_data(), **limits, **people):
            yield server, talks[0], talks[1]
        assert server.surprises == []
        assert refused(server) == set()


Invited = tuple[BotApiServer, Talk, Talk]


def stranger(server: BotApiServer, **more: Any) -> Talk:
    """Somebody who was not invited."""
    person = server.person("Eve", **more)
    return Talk(server, person, server.private(person))


def test_who_is_not_invited_is_told_so_once_with_the_id_to_be_invited_by(invited: Invited) -> None:
    server, ada, admin = invited
    eve = stranger(server)
    first = eve.next_after(eve.writes(articles.COMET_QUESTION))
    assert first.text == PRIVATE.format(id=eve.person.id)
    for again in (articles.COMET_QUESTION, "/start", "/help", "/stats"):
        eve.writes(again)
    assert eve.person.asks_inline(articles.COMET_QUESTION).answer(PATIENCE)["results"] == []
    assert articles.COMET_ANSWER in admin.asks(articles.COMET_QUESTION).text
    assert articles.COMET_ANSWER in ada.asks(articles.COMET_QUESTION, date=1_780_000_000).text
    assert eve.said_by_bot() == [first]


def test_who_is_not_invited_is_told_so_in_their_language(invited: Invited) -> None:
    kari = stranger(invited[0], language_code="nb")
    assert kari.next_after(kari.writes("Hei")).text.endswith(str(kari.person.id))
    assert "invited" not in kari.said_by_bot()[0].text


def test_in_a_group_who_is_not_invited_is_not_answered(invited: Invited) -> None:
    server, ada, _ = invited
    eve = stranger(server)
    group = server.group("Mixed", ada.person, eve.person)
    eve.in_group(group).writes(f"/ask@verbatim_bot {articles.COMET_QUESTION}")
    help_ = ada.in_group(group).asks("/help@verbatim_bot")
    assert ada.in_group(group).said_by_bot() == [help_]


def test_over_the_limit_of_a_minute_the_time_to_wait_is_said_once(invited: Invited) -> None:
    _, ada, _ = invited
    start = 1_790_000_000
    ada.asks(articles.HARBOUR_QUESTION, date=start)
    ada.asks(articles.COMET_QUESTION, date=start + 5)
    over = ada.asks(articles.RESCUE_QUESTION, date=start + 10)
    assert over.text == "That was a lot of questions in a short time. Please ask again in 50 seconds."
    ada.writes(articles.RESCUE_QUESTION, date=start + 20)
    ada.writes(articles.RESCUE_QUESTION, date=start + 59)
    # A minute after the first there is room for one again.
    answer = ada.asks(articles.COMET_QUESTION, date=start + 60)
    assert articles.COMET_ANSWER in answer.text
    assert [message for message in ada.said_by_bot() if over.id < message.id] == [answer]
    again = ada.asks(articles.COMET_QUESTION, date=start + 61)
    assert again.text == "That was a lot of questions in a short time. Please ask again in 4 seconds."


def test_over_the_limit_of_a_day_the_hours_to_wait_are_said(invited: Invited) -> None:
    _, _, admin = invited
    # Admins ask no more than others.
    start = 1_791_000_000
    for n in range(5):
        admin.asks(articles.COMET_QUESTION, date=start + 100 * n)
    over = admin.asks(articles.COMET_QUESTION, date=start + 3600)
    assert over.text == "That was a lot of questions in a short time. Please ask again in 23 hours."


def test_commands_are_not_counted_as_questions(invited: Invited) -> None:
    _, ada, _ = invited
    start = 1_792_000_000
    for _ in range(3):
        ada.asks("/privacy", date=start)
    assert articles.COMET_ANSWER in ada.asks(articles.COMET_QUESTION, date=start).text
