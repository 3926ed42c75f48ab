"""What nobody foresaw is an incident; what anybody can bring about in a chat of their own is none."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest
from telegram import Update
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.handlers.incidents import Incidents
from bot.metrics import Metrics
from bot.sender import Courier
from bot.services import Services
from bot.state.state import State

IN_A_GROUP = {
    "update_id": 1,
    "message": {
        "message_id": 7,
        "date": 1_700_000_000,
        "chat": {"id": -100_123, "type": "supergroup", "title": "Readers"},
        "from": {"id": 42, "is_bot": False, "first_name": "Mallory"},
        "text": "/ask@verbatim_bot When?",
    },
}


def incidents_of(error: Exception, state: State) -> float:
    """How many incidents are counted where a handler fails on a group's message with this error."""
    metrics = Metrics()

    class Speechless:
        async def send_message(self, *_: object, **__: object) -> None:
            raise Forbidden("bot was kicked from the supergroup chat")

    courier = Courier(cast("Any", Speechless()), state)
    services = cast("Services", SimpleNamespace(metrics=metrics, courier=courier))
    update = Update.de_json(IN_A_GROUP, None)
    asyncio.run(Incidents(services).failed(update, cast("Any", SimpleNamespace(error=error))))
    return metrics.registry.get_sample_value("verbatim_incidents_total") or 0.0


@pytest.mark.parametrize(
    "error",
    [
        BadRequest("Have no rights to send a message"),
        BadRequest("Topic_closed"),
        BadRequest("Chat not found"),
        Forbidden("bot was kicked from the supergroup chat"),
        Forbidden("bot can't initiate conversation with a user"),
        RetryAfter(3000),
    ],
    ids=str,
)
def test_a_chat_that_refuses_the_bots_messages_rings_no_alarm(
    error: TelegramError, state: State, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "verbatim.bot")
    assert incidents_of(error, state) == 0
    assert [record.levelname for record in caplog.records] == ["INFO"]


@pytest.mark.parametrize("error", [ValueError("a fault of ours"), BadRequest("Message is too long")], ids=str)
def test_a_fault_of_ours_is_an_incident(error: Exception, state: State, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "verbatim.bot")
    assert incidents_of(error, state) == 1
    assert caplog.records[0].levelname == "ERROR"
