"""Exports of chats: an article for each day, with who wrote each message in front."""

import json

import pytest

from index.article import UNKNOWN, Found
from index.parsers import Skipped, read


def telegram(*messages: dict[str, object], **chat: object) -> dict[str, object]:
    return {"name": "Quay group", "type": "private_group", "id": 5, "messages": list(messages)} | chat


def message(day: str, sender: str, text: object, **more: object) -> dict[str, object]:
    return {"id": 1, "type": "message", "date": f"{day}T08:00:00", "from": sender, "text": text} | more


def test_a_day_of_a_telegram_chat_is_an_article() -> None:
    export = telegram(
        {"id": 0, "type": "service", "date": "2023-05-09T07:00:00", "actor": "Ann", "text": ""},
        message("2023-05-09", "Ann", "The quay is closed."),
        message("2023-05-09", "Bo", ["See ", {"type": "link", "text": "https://post.example/quay"}, "."]),
        message("2023-05-10", "Ann", "It is open again.", forwarded_from="Harbour office"),
        message("2023-05-10", "Ann", "", photo="a.jpg"),
    )
    first, second = read("result.json", json.dumps(export).encode()).articles
    assert first.text == "Ann: The quay is closed.\n\nBo: See https://post.example/quay."
    assert first.title == Found("Quay group, 2023-05-09", "chat export")
    assert first.published == Found("2023-05-09", "chat export")
    assert (first.source.value, first.author) == ("Quay group", UNKNOWN)
    assert second.text == "Ann, forwarding Harbour office: It is open again."
    assert second.author == UNKNOWN


def test_of_a_whole_account_every_chat_is_read_and_a_channel_speaks_for_itself() -> None:
    chats = [
        telegram(message("2023-05-09", "Ann", "The quay is closed."), id=1),
        telegram(message("2023-05-09", "Harbour", "The crane is here."), id=2, name="Harbour", type="public_channel"),
        telegram(id=3, name="Empty"),
    ]
    export = {"about": "All of it.", "chats": {"about": "", "list": chats}}
    first, second = read("result.json", json.dumps(export).encode()).articles
    assert (first.text, first.author.value) == ("Ann: The quay is closed.", "Ann")
    assert (second.text, second.author.value) == ("The crane is here.", "Harbour")


def test_a_day_of_a_discord_channel_is_an_article() -> None:
    export = {
        "guild": {"id": "1", "name": "Town"}, "channel": {"id": "2", "name": "quay"},
        "messages": [{"id": "3", "timestamp": "2023-05-09T08:00:00.1+00:00", "content": "The quay is closed.",
                      "author": {"name": "ann7", "nickname": "Ann"}}],
    }  # fmt: skip
    (one,) = read("quay.json", json.dumps(export).encode()).articles
    assert (one.text, one.title.value, one.published.value) == (
        "Ann: The quay is closed.",
        "quay, 2023-05-09",
        "2023-05-09",
    )


WHATSAPP = {
    "iPhone, German": ("[09.05.23, 08:00:12] Ann: {}", "[10.05.23, 09:10:00] Bo: {}"),
    "iPhone, American": ("[5/9/23, 8:00:12\u202fAM] Ann: {}", "[5/10/23, 9:10:00\u202fPM] Bo: {}"),
    "Android, British": ("09/05/2023, 08:00 - Ann: {}", "10/05/2023, 09:10 - Bo: {}"),
    "Android, American": ("5/9/23, 8:00 AM - Ann: {}", "5/10/23, 9:10 PM - Bo: {}"),
    "Android, Norwegian": ("09.05.2023, 08:00 - Ann: {}", "10.05.2023, 09:10 - Bo: {}"),
    "Android, ISO": ("2023-05-09, 08:00 - Ann: {}", "2023-05-10, 09:10 - Bo: {}"),
}


@pytest.mark.parametrize(("first", "second"), WHATSAPP.values(), ids=WHATSAPP.keys())
def test_a_day_of_a_whatsapp_chat_is_an_article(first: str, second: str) -> None:
    # A later message tells whether the day or the month comes first.
    late = (
        second.replace("5/10/", "5/31/").replace("10/05", "31/05").replace("10.05", "31.05").replace("05-10", "05-31")
    )
    source = "\n".join((first.format("The quay is closed\nfor repairs."), first.format("<Media omitted>"),
                        second.format("Thanks."), late.format("It is open."), ""))  # fmt: skip
    one, two, three = read("WhatsApp Chat with Quay group.txt", source.encode()).articles
    assert one.text == "Ann: The quay is closed\nfor repairs."
    assert one.title == Found("Quay group, 2023-05-09", "chat export")
    assert (one.author.value, two.text) == ("Ann", "Bo: Thanks.")
    assert [each.published.value for each in (one, two, three)] == ["2023-05-09", "2023-05-10", "2023-05-31"]


def test_what_the_program_says_is_no_message() -> None:
    source = (
        "[09.05.23, 08:00:12] Quay group: \u200eMessages and calls are end-to-end encrypted.\n"
        "[09.05.23, 08:00:13] \u200eAnn created this group\n"
        "\u200e[09.05.23, 08:00:14] Ann: \u200eimage omitted\n"
        "[09.05.23, 08:00:15] ~ Ann: The quay is closed. \u200e<This message was edited>\n"
    )
    (one,) = read("_chat.txt", source.encode()).articles
    assert (one.text, one.source.value) == ("Ann: The quay is closed.", "Quay group")


def test_a_date_that_may_be_one_of_two_is_not_stated() -> None:
    source = "3/4/23, 08:00 - Ann: The quay is closed.\n3/4/23, 08:01 - Bo: Thanks.\n"
    (one,) = read("WhatsApp Chat with Quay.txt", source.encode()).articles
    assert one.published == UNKNOWN
    assert one.title.value == "Quay, 3/4/23"


def test_a_chat_of_pictures_is_reported() -> None:
    source = "9.5.23, 08:00 - Ann: <Media omitted>\n9.5.23, 08:00 - Ann: <Media omitted>\n"
    assert read("a.txt", source.encode()).skipped == (
        Skipped("a.txt", "a chat's export without a message that has words"),
    )


def test_a_text_that_begins_with_a_date_is_no_chat() -> None:
    source = (
        "09.05.2023, 08:00 - The quay is closed.\n\nIt will stay so until the crane is gone, the harbour office said."
    )
    (one,) = read("a.txt", source.encode()).articles
    assert one.text == source
