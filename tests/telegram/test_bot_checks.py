"""Did they really say this? /check, messages that are nothing but a quotation, and forwarded messages."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import BuildData
from tests.retrieval.quotes.articles import SEEDS
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet, Talk, running_bot
from tests.telegram.server import BotApiServer, Message
from tests.telegram.test_bot_questions import marked

pytestmark = pytest.mark.usefixtures("bot")

# A part of a message that is gone from it.
REFUSED: Final = {("sendMessage", "Bad Request: QUOTE_TEXT_INVALID")}
A_MINUTE: Final = 12
LOSS: Final = "We lose 3,400 crowns on every trip, and nobody has shown me a way out"
MONEY: Final = "The money is not there"
EXACT: Final = "Yes: this stands in the articles, word for word."
ALTERED: Final = "Not quite: the article has other words."
ABSENT: Final = "The articles have nothing like this. That does not mean that nobody said it."
USAGE: Final = "Send the quote behind /check, or send /check as a reply"
OFFER: Final = "Shall I check whether the articles have this word for word?"


@pytest.fixture(scope="module")
def bot(
    server: BotApiServer, build_data: BuildData, tmp_path_factory: pytest.TempPathFactory, admin: Talk
) -> Iterator[BotProcess]:
    """A bot over the articles that quotes are told from."""
    data, built = tmp_path_factory.mktemp("checks"), Path(build_data(SEEDS))
    for part in ("models", "index"):
        (data / part).symlink_to((built / part).resolve())
    with running_bot(server, data, telegram_admins=admin.person.id, questions_a_minute=A_MINUTE) as running:
        yield running


def verdict(message: Message) -> str:
    """The first line of a check."""
    return message.text.partition("\n")[0]


@pytest.mark.parametrize(
    "asked",
    [
        f"/check {LOSS}",
        f"/check\n“{LOSS}”",
        f"“{LOSS}” — Runa Aasheim",
        f'"{LOSS}," said Mayor Runa Aasheim',
        f"«{LOSS}»",
        f"Runa Aasheim: “{LOSS}.”",
    ],
)
def test_a_quote_that_stands_in_an_article_is_shown_with_its_place(meet: Meet, asked: str) -> None:
    check = meet().asks(asked)
    assert verdict(check) == EXACT
    assert "\nSaid by: Runa Aasheim\n" in check.text
    assert marked(check, "blockquote") == [LOSS]
    assert marked(check, "expandable_blockquote") == []
    assert re.search(r"ferry\.txt · ¶ 2\Z", check.text)
    assert check.buttons[0] == "Article"
    assert LOSS in check.keyboard[0][1]["copy_text"]["text"]


def test_the_article_opens_at_the_quotation(meet: Meet) -> None:
    ada = meet()
    check = ada.asks(f"“{LOSS}”")
    ada.presses(check, "Article")
    opened = ada.next_after(check)
    assert marked(opened, "bold")[-1] == LOSS


def test_words_that_differ_are_shown_beside_those_of_the_article(meet: Meet) -> None:
    check = meet().asks("“We lose 3,900 crowns on each trip, and nobody has shown me a way out” – Aasheim")
    assert verdict(check) == ALTERED
    assert marked(check, "strikethrough") == ["3,900", "each"]
    assert marked(check, "underline") == ["3,400", "every"]
    assert "We lose 3,900 3,400 crowns on each every trip, and nobody has" in check.text
    # A number changes what is said.
    assert marked(check, "bold")[1:3] == ["3,900", "3,400"]
    assert "each" not in marked(check, "bold")
    assert marked(check, "blockquote")[-1] == LOSS


def test_a_denial_that_was_left_out_is_bold(meet: Meet) -> None:
    check = meet().asks("/check The money is there")
    assert verdict(check) == ALTERED
    assert marked(check, "underline") == ["not"]
    assert "not" in marked(check, "bold")
    assert "The money is not there" in check.text


def test_a_quote_put_together_has_each_place_once(meet: Meet) -> None:
    ada = meet()
    check = ada.asks(f"“{LOSS}. My son takes that boat to school”")
    assert verdict(check) == "Not in one piece: it is put together from 2 places."
    assert marked(check, "blockquote") == [LOSS, "My son takes that boat to school"]
    assert check.buttons == ["Article 1", "Article 2"]
    ada.presses(check, "Article 2")
    assert marked(ada.next_after(check), "bold")[-1] == "My son takes that boat to school"


def test_another_speaker_is_named(meet: Meet) -> None:
    check = meet().asks(f"“{MONEY}” – Runa Aasheim")
    assert verdict(check) == "The words are right, but the article says that Odd Vik said them, not Runa Aasheim."
    assert "Said by" not in check.text


def test_what_no_article_holds_says_no_more_than_that(meet: Meet) -> None:
    check = meet().asks("/check Ask not what your country can do for you")
    assert check.text == ABSENT
    assert check.buttons == []


def test_everything_is_said_in_the_persons_language(meet: Meet) -> None:
    kari = meet("Kari", language_code="nb")
    check = kari.asks("«Vi har ventet i femti år» – Grete Holm")
    assert verdict(check) == "Ja: dette står i artiklene, ord for ord."
    assert "\nSagt av: Grete Holm\n" in check.text
    assert verdict(kari.asks("/check Vi har ventet i femten år")) == "Ikke helt: artikkelen har andre ord."


def test_a_question_in_quotation_marks_and_a_word_or_two_are_searched(meet: Meet) -> None:
    ada = meet()
    for asked in ('"When does the ferry to Tarn island stop?"', '"Tarn island"'):
        assert EXACT not in (answer := ada.asks(asked)).text
        assert "Article" in answer.buttons or "come nearest" in answer.text


# Replies, groups, edits.


def test_check_as_a_reply_checks_what_the_message_quotes_and_shows_that_part_of_it(
    meet: Meet, server: BotApiServer
) -> None:
    ada, ben = meet(), meet("Ben")
    group = server.group("Readers", ada.person, ben.person)
    here, there = ada.in_group(group), ben.in_group(group)
    said = there.writes(f"Listen to that: “{MONEY}.” Odd Vik, of all people.")
    here.writes("/check@verbatim_bot", reply_to=said)
    check = server.wait_for_reply(said, PATIENCE)
    assert verdict(check) == EXACT
    assert check.quote == f"“{MONEY}.”"
    here.writes("/check@verbatim_bot", reply_to=said, quote="Odd Vik, of all people.")
    other = here.next_after(check)
    assert (other.quote, verdict(other)) == ("Odd Vik, of all people.", ABSENT)


def test_a_message_that_was_edited_meanwhile_is_replied_to_without_its_part(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    said = ada.writes(f"I heard: “{MONEY}.”")
    ada.answer_to(said)
    with server.world.lock:
        ada.writes("/check", reply_to=said)
        said.text = "I heard nothing."
    check = ada.next_after(ada.said_by_bot()[-1])
    assert (verdict(check), check.quote, check.reply_to) == (EXACT, None, said)


def test_a_bare_check_and_one_without_words_say_what_to_do(meet: Meet) -> None:
    ada = meet()
    for asked in ("/check", "/check …", "/check “ ”", "/check ?!"):
        assert ada.asks(asked).text.startswith(USAGE)


def test_an_edited_quote_is_checked_anew_and_may_become_a_question_and_a_quote_again(
    meet: Meet, server: BotApiServer, bot: BotProcess
) -> None:
    ada = meet()
    asked = ada.writes("“The money is there”")
    check = ada.answer_to(asked)
    assert verdict(check) == ALTERED
    ada.person.edits(asked, f"“{MONEY}”")
    server.wait(lambda: verdict(check) == EXACT, PATIENCE)
    ada.person.edits(asked, "When does the ferry to Tarn island stop?")
    server.wait(lambda: "Ferry to Tarn island stops in March" in check.text, PATIENCE)
    ada.person.edits(asked, f"“{MONEY}”")
    server.wait(lambda: verdict(check) == EXACT, PATIENCE)
    server.wait(bot.is_idle, PATIENCE)
    assert bot.kept("SELECT kind FROM cards WHERE owner = ?", ada.person.id) == [("check",)]
    assert bot.kept("SELECT 1 FROM turns WHERE person = ?", ada.person.id) == []
    assert ada.said_by_bot() == [check]


# Forwarded messages.


def test_a_forwarded_statement_can_be_checked_and_a_forwarded_question_is_answered(
    meet: Meet, server: BotApiServer
) -> None:
    ada, ben = meet(), meet("Ben")
    said = ben.writes(f"{MONEY}.")
    forwarded = ada.person.forwards(said, ada.chat)
    offer = ada.answer_to(forwarded)
    assert offer.text == OFFER
    assert offer.buttons == ["Check the quote", "Search for it"]
    assert offer.button("Check the quote")["style"] == "primary"
    ada.presses(offer, "Check the quote")
    check = ada.next_after(offer)
    assert (verdict(check), check.reply_to) == (EXACT, forwarded)
    assert offer.buttons == []
    question = ben.writes("When does the ferry to Tarn island stop?")
    assert "Ferry to Tarn island" in ada.answer_to(ada.person.forwards(question, ada.chat)).text


def test_two_forwards_at_once_are_two_offers_and_each_checks_its_own(meet: Meet, server: BotApiServer) -> None:
    ada, ben = meet(), meet("Ben")
    one, two = ben.writes(f"{MONEY}."), ben.writes("I cannot print wood.")
    with server.world.lock:
        first, second = ada.person.forwards(one, ada.chat), ada.person.forwards(two, ada.chat)
    offers = [ada.answer_to(first), ada.answer_to(second)]
    with server.world.lock:
        presses = [ada.person.presses(offer, "Check the quote") for offer in reversed(offers)]
    assert all(press.answer(PATIENCE) is not None for press in presses)
    server.wait(lambda: len(ada.said_by_bot()) == 4, PATIENCE)
    found = {check.reply_to: verdict(check) for check in ada.said_by_bot()[2:]}
    assert found == {first: EXACT, second: ALTERED}


def test_a_forwarded_statement_can_be_searched_for_instead(meet: Meet) -> None:
    ada, ben = meet(), meet("Ben")
    offer = ada.answer_to(ada.person.forwards(ben.writes("the ferry to Tarn island stops in March"), ada.chat))
    ada.presses(offer, "Search for it")
    assert "Ferry to Tarn island" in ada.next_after(offer).text


def test_a_forwarded_text_of_an_offer_or_a_check_goes_when_its_author_forgets(meet: Meet, bot: BotProcess) -> None:
    ada, ben = meet(), meet("Ben")
    offer = ada.answer_to(ada.person.forwards(ben.writes(f"{MONEY}."), ada.chat))
    ada.presses(offer, "Check the quote")
    ada.next_after(offer)
    kept = "SELECT kind FROM cards WHERE owner = ? ORDER BY kind"
    assert bot.kept(kept, ada.person.id) == [("check",), ("offer",)]
    ben.asks("/forget")
    assert bot.kept(kept, ada.person.id) == []
    assert ada.presses_data(offer, f"{'x' * 16}:c")["text"].startswith("This button has expired")


# Guests.


def test_a_guest_checks_quotes_too(meet: Meet, server: BotApiServer) -> None:
    ada, ben = meet(), meet("Ben")
    group = server.group("Elsewhere", ada.person, ben.person, bot=False)
    named = server.wait_for_reply(ada.person.calls_bot(group, f"@verbatim_bot “{MONEY}” – Odd Vik"), PATIENCE)
    assert verdict(named) == EXACT
    assert named.button("Article")["url"].startswith("https://t.me/verbatim_bot?start=d")
    said = ben.in_group(group).writes(f"He told them: “{MONEY}.”")
    replied = ada.person.calls_bot(group, "@verbatim_bot", reply_to=said, quote=f"“{MONEY}.”")
    assert verdict(server.wait_for_reply(replied, PATIENCE)) == EXACT
    assert server.wait_for_reply(ada.person.calls_bot(group, "@verbatim_bot “no word of it”")).text == ABSENT


# Bad input.


def test_a_quote_of_one_word(meet: Meet) -> None:
    assert verdict(meet().asks("/check ferry")) in (EXACT, ABSENT)


def test_a_quote_as_long_as_a_message_can_be(meet: Meet) -> None:
    ada = meet()
    long = (f"{LOSS}. " * 100)[: 4096 - len("/check ")].strip()
    check = ada.asks(f"/check {long}")
    assert len(check.text) <= 4096
    assert verdict(check)
    mixed = " ".join(f"word{n} 3,900 crowns" for n in range(200))[:4090]
    assert len(ada.asks(f"“{mixed}”").text) <= 4096


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("「毎回三千円の赤字です」", EXACT),
        ("„Das geht so nicht weiter.“", EXACT),
        ("/check „Das geht so weiter.“", ALTERED),
        ("/check Это неправда, сказал он вчера", ABSENT),
        ("/check \u202eهذا ليس صحيحا\u202c", ABSENT),
    ],
)
def test_a_quote_in_another_script_or_language(meet: Meet, asked: str, said: str) -> None:
    assert verdict(meet().asks(asked)) == said


def test_a_quote_made_of_markup_is_shown_as_it_is(meet: Meet) -> None:
    check = meet().asks("/check </blockquote><b>The money</b> is <i>there & <script>not</script>")
    assert check.text
    assert "text_link" not in {entity["type"] for entity in check.entities if "evil" in str(entity)}
    named = meet().asks(f"“{MONEY}” – <b>Runa</b> & Aasheim")
    assert "<b>Runa</b> & Aasheim" in named.text


def test_a_button_that_an_older_version_made_has_expired(meet: Meet, server: BotApiServer, bot: BotProcess) -> None:
    ada = meet()
    check = ada.asks(f"“{MONEY}”")
    server.wait(bot.is_idle, PATIENCE)
    card = check.button("Article")["callback_data"].partition(":")[0]
    assert bot.change('UPDATE cards SET body = \'{"text": "of old"}\' WHERE id = ?', card) == 1
    assert ada.presses(check, "Article")["text"].startswith("This button has expired")
    for data in ("x", f"{card}:zz9", f"{card}:a", "check|1|2", "🙂"):
        assert ada.presses_data(check, data)["text"].startswith("This button has expired")


def test_checks_count_as_questions(meet: Meet) -> None:
    ada = meet()
    now = 1_790_000_000.0
    for _ in range(A_MINUTE):
        assert verdict(ada.asks(f"/check {MONEY}", date=now)) == EXACT
    assert ada.asks(f"/check {MONEY}", date=now).text.startswith("That was a lot of questions")


def test_stored_checks_are_handed_out(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    ada.asks(f"“{MONEY}” – Odd Vik")
    ada.writes("/export")
    server.wait(lambda: any(said.kind == "document" for said in ada.said_by_bot()), PATIENCE)
    (document,) = [said for said in ada.said_by_bot() if said.kind == "document"]
    with zipfile.ZipFile(io.BytesIO(document.file_bytes or b"")) as archive:
        assert MONEY.encode() in archive.read("verbatim-export.json")
