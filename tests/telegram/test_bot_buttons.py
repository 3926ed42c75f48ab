"""The buttons below an answer: what they do, for whom, and what becomes of those that mean nothing any more."""

import json
import re
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.telegram import articles
from tests.telegram.bot_process import BotProcess
from tests.telegram.conftest import PATIENCE, Meet, Talk
from tests.telegram.server import BotApiServer, Message
from tests.telegram.server.rendering import without_answer

pytestmark = pytest.mark.usefixtures("bot")

# Two presses of one button ask for the same; and some messages here are made such that no edit gets through.
REFUSED: Final = {
    (method, f"Bad Request: {words}")
    for method in ("editMessageText", "editMessageReplyMarkup")
    for words in (
        "message can't be edited",
        "message is not modified: specified new message content and reply markup are exactly the same as a current "
        "content and reply markup of the message",
    )
}
TOO_OLD: Final = "Bad Request: query is too old and response timeout expired or query ID is invalid"
REFUSED.add(("answerCallbackQuery", TOO_OLD))
EXPIRED: Final = "This button has expired. You can ask the question again."
NOT_YOURS: Final = "Only the person who asked can use these buttons. Ask with /ask to get your own."


def card_of(message: Message) -> str:
    """The id of the card behind a message: what stands before the colon in its buttons' data."""
    data = [button["callback_data"] for row in message.keyboard for button in row if "callback_data" in button]
    return str(data[0].partition(":")[0])


def years_in(message: Message) -> list[int]:
    """The years of the canal's chronicle whose entries begin in a message."""
    return [int(year) for year in re.findall(r"In (\d{4}) the lock keeper", message.text)]


def verdicts(bot: BotProcess, message: Message) -> list[tuple[int, str, int, dict[str, Any]]]:
    """Who gave which verdict on what is behind a message: person, verdict, rank, and what is kept with it."""
    rows = bot.kept("SELECT person, verdict, rank, body FROM feedback WHERE card = ?", card_of(message))
    return [(person, verdict, rank, json.loads(body)) for person, verdict, rank, body in rows]


def forget_card(bot: BotProcess, server: BotApiServer, message: Message) -> None:
    """Delete the card behind a message, as old ones are."""
    # What was shown is noted once more after it has been sent.
    server.wait(bot.is_idle, PATIENCE)
    assert bot.change("DELETE FROM cards WHERE id = ?", card_of(message)) == 1


# Turning pages.


def test_arrows_turn_the_passages_of_an_answer_in_its_place(meet: Meet) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    first = answer.html
    assert answer.buttons[:2] == ["1/5", "▶"]
    ada.presses(answer, "▶")
    assert answer.buttons[:3] == ["◀", "2/5", "▶"]
    assert answer.html != first
    # How sure it is that the answer is there, it says of the first passage alone.
    assert "%" not in answer.text
    ada.presses(answer, "◀")
    assert answer.html == first
    assert answer.buttons[:2] == ["1/5", "▶"]
    assert ada.said_by_bot() == [answer]


def test_the_last_passage_has_no_arrow_on(meet: Meet) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    seen = {answer.text}
    while "▶" in answer.buttons:
        ada.presses(answer, "▶")
        seen.add(answer.text)
    assert answer.buttons[:2] == ["◀", "5/5"]
    assert len(seen) == 5


def test_the_counter_between_the_arrows_does_nothing(meet: Meet) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    before = answer.html, answer.buttons
    assert ada.presses(answer, "1/5")["text"] == ""
    assert (answer.html, answer.buttons) == before


def test_more_context_shows_what_stands_around_the_passage_and_less_takes_it_away(meet: Meet) -> None:
    ada = meet()
    answer = ada.asks(articles.CANAL_QUESTION)
    narrow, few = answer.html, years_in(answer)
    assert 1871 in few
    ada.presses(answer, "More")
    wide = years_in(answer)
    # The chronicle goes on before and after, without a gap and in its order.
    assert wide == list(range(wide[0], wide[-1] + 1))
    assert wide[0] < few[0]
    assert wide[-1] > few[-1]
    assert "<b>In 1871 the lock keeper Ida Falk counted 1177 barges" in without_answer(answer.html)
    ada.presses(answer, "Less")
    assert answer.html == narrow
    assert "More" in answer.buttons


def test_turning_the_page_closes_the_context(meet: Meet) -> None:
    ada = meet()
    answer = ada.asks(articles.CANAL_QUESTION)
    ada.presses(answer, "More")
    ada.presses(answer, "▶")
    assert "More" in answer.buttons


# The article.


def test_article_opens_the_text_from_the_passage_on_and_its_pages_are_the_whole_article(
    meet: Meet, bot: BotProcess, server: BotApiServer
) -> None:
    ada = meet()
    answer = ada.asks(articles.CANAL_QUESTION)
    server.wait(bot.is_idle, PATIENCE)
    ((card,),) = bot.kept("SELECT body FROM cards WHERE id = ?", card_of(answer))
    passage = json.loads(card)["citations"][0]["quote"]
    ada.presses(answer, "Article")
    page = ada.next_after(answer)
    assert page.reply_to is answer
    head, body = page.html.split("\n\n", 1)
    assert head == f'<a href="https://canal.example.org/chronicle"><b>{articles.CANAL_TITLE}</b></a>'
    assert page.text.split("\n\n", 1)[1].startswith(passage)
    assert body.splitlines()[-1].startswith("Canal Society · 10 Oct 2016 · page ")
    # From the first page to the last every entry is there once, in its order.
    while "◀" in page.buttons:
        ada.presses(page, "◀")
    found = years_in(page)
    while "▶" in page.buttons:
        ada.presses(page, "▶")
        found += years_in(page)
    assert found == list(range(1850, 1850 + len(articles.CANAL_YEARS)))
    assert len(ada.said_by_bot()) == 2


def test_a_short_article_has_no_arrows(meet: Meet) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    ada.presses(answer, "Article")
    page = ada.next_after(answer)
    assert page.keyboard == []
    assert all(paragraph in page.text for paragraph in articles.HARBOUR_PARAGRAPHS)
    origin, found = page.text.split("\n\n")[-2:]
    assert origin == "Example Wire · 14 Mar 2023 · page 1 of 1"
    assert found.startswith("Found in: title – ")


# Copying and sharing.


def test_copy_citation_copies_the_answering_sentence_and_where_it_stands(meet: Meet) -> None:
    copied = meet().asks(articles.HARBOUR_QUESTION).button("Copy")["copy_text"]["text"]
    assert copied == (
        f"“{articles.HARBOUR_ANSWER}” — {articles.HARBOUR_TITLE}, Example Wire, 14 Mar 2023. {articles.HARBOUR_URL}"
    )


def test_a_shared_answer_opens_for_somebody_else_with_the_question_and_buttons_of_their_own(meet: Meet) -> None:
    ada, ben = meet(), meet("Ben")
    answer = ada.asks(articles.HARBOUR_QUESTION)
    ada.presses(answer, "▶")
    sharing = urlsplit(answer.button("Share")["url"])
    assert (sharing.netloc, sharing.path) == ("t.me", "/share/url")
    (link,) = parse_qs(sharing.query)["url"]
    assert link == f"https://t.me/verbatim_bot?start=a{card_of(answer)}"
    start = parse_qs(urlsplit(link).query)["start"][0]
    opened = ben.next_after(ben.writes(f"/start {start}"))
    assert opened.html.startswith(f"<i>Question: {articles.HARBOUR_QUESTION}</i>\n<a href=")
    assert articles.HARBOUR_ANSWER in opened.text
    assert opened.buttons[:2] == ["1/5", "▶"]
    assert card_of(opened) != card_of(answer)
    ben.presses(opened, "▶")
    assert "2/5" in opened.buttons


def test_a_shared_answer_is_kept_once_and_expires_for_everybody_when_its_author_forgets_it(
    meet: Meet, bot: BotProcess, server: BotApiServer
) -> None:
    ada, ben, cleo = meet(), meet("Ben"), meet("Cleo")
    words = "move to the outer quay, wonders Ada"
    answer = ada.asks(f"Who asked the ferry companies to {words}?")
    opened = ben.next_after(ben.writes(f"/start a{card_of(answer)}"))
    # One that was opened from a link that Ben passed on is Ada's answer as well.
    passed_on = cleo.next_after(cleo.writes(f"/start a{card_of(opened)}"))
    ben.presses(opened, "👍")
    ben.presses(opened, "Article")
    reading = ben.next_after(opened)
    server.wait(bot.is_idle, PATIENCE)
    for shown in (opened, passed_on):
        ((size,),) = bot.kept("SELECT length(body) FROM cards WHERE id = ?", card_of(shown))
        assert size < 100
    query = "SELECT 1 FROM cards WHERE body LIKE ?"
    assert len(bot.kept(query, f"%{words}%")) == 1
    assert bot.kept("SELECT 1 FROM feedback WHERE card = ?", card_of(opened))
    ada.asks("/forget")
    for talk, shown in ((ben, opened), (cleo, passed_on)):
        assert talk.presses(shown, "▶")["text"] == EXPIRED
    # What they reply to is a link and no question that could be asked again.
    assert server.wait(lambda: not opened.buttons and not passed_on.buttons, PATIENCE)
    assert not bot.kept(query, f"%{words}%")
    assert not bot.kept("SELECT 1 FROM feedback WHERE body LIKE ?", f"%{words}%")
    # The article that Ben reads is nothing of Ada's.
    assert reading.text.startswith(articles.HARBOUR_TITLE)


# Verdicts.


def test_a_verdict_is_kept_with_question_passage_and_generation_and_taken_back_by_a_second_press(
    meet: Meet, bot: BotProcess
) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    assert ada.presses(answer, "👍")["text"] == "Thank you! Noted: this passage answers the question."
    assert "✓ 👍" in answer.buttons
    (person, verdict, rank, kept), *rest = verdicts(bot, answer)
    assert not rest
    assert (person, verdict, rank) == (ada.person.id, "up", 1)
    assert kept["question"] == articles.HARBOUR_QUESTION
    assert kept["generation"] == (bot.data / "index" / "CURRENT").read_text().strip()
    text = "\n\n".join(articles.HARBOUR_PARAGRAPHS)
    assert kept["passage"] == {"doc": "harbour", "start": 0, "end": len(text), "text": text}
    assert ada.presses(answer, "✓ 👍")["text"] == "Your vote is taken back."
    assert "👍" in answer.buttons
    assert verdicts(bot, answer) == []


def test_the_other_verdict_takes_the_place_of_the_first(meet: Meet, bot: BotProcess) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    ada.presses(answer, "👍")
    ada.presses(answer, "▶")
    said = ada.presses(answer, "👎")["text"]
    assert said == "Thank you! Noted: this passage does not answer the question."
    assert {"👍", "✓ 👎"} <= set(answer.buttons)
    ((_, verdict, rank, _),) = verdicts(bot, answer)
    assert (verdict, rank) == ("down", 2)


def test_a_reaction_counts_as_a_verdict_and_goes_with_the_reaction(
    meet: Meet, bot: BotProcess, server: BotApiServer
) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)

    def noted() -> list[str]:
        return [verdict for _, verdict, _, _ in verdicts(bot, answer)]

    ada.person.reacts(answer, "👍")
    assert server.wait(lambda: noted() == ["up"], PATIENCE)
    ada.person.reacts(answer, "👎")
    assert server.wait(lambda: noted() == ["down"], PATIENCE)
    ada.person.reacts(answer, "❤")
    assert server.wait(lambda: noted() == [], PATIENCE)


# Buttons that mean nothing any more, or never did.


FORGED: Final = (
    *("", "x", "garbage", "p1", "🙂" * 16, "again-again-agai", "../../etc/passwd", "{}", f"{'A' * 16}:u"),
    *("{card}", "{card}:", "{card}:p1 ", "{card}:P1", "{card}:p-1", "{card}:p1234567", "x{card}:p1", "{foreign}:p1"),
)


@pytest.mark.parametrize("form", FORGED)
def test_a_forged_truncated_or_foreign_button_is_called_expired_and_changes_nothing(meet: Meet, form: str) -> None:
    ada, ben = meet(), meet("Ben")
    answer, foreign = ada.asks(articles.HARBOUR_QUESTION), ben.asks(articles.COMET_QUESTION)
    before, theirs = (answer.html, answer.buttons), (foreign.html, foreign.buttons)
    told = ada.presses_data(answer, form.replace("{card}", card_of(answer)).replace("{foreign}", card_of(foreign)))
    assert (told["text"], told["show_alert"]) == (EXPIRED, True)
    assert (answer.html, answer.buttons) == before
    assert ada.presses(answer, "▶")["text"] == ""
    assert "2/5" in answer.buttons
    assert (foreign.html, foreign.buttons) == theirs


@pytest.mark.parametrize("action", ["p9", "p5", "n0", "n3", "-", "l"])
def test_what_the_answer_does_not_have_does_nothing(meet: Meet, action: str) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    before = answer.html, answer.buttons
    assert ada.presses_data(answer, f"{card_of(answer)}:{action}")["text"] == ""
    assert (answer.html, answer.buttons) == before


def test_a_button_counts_in_its_own_chat_alone_even_under_a_message_of_the_same_number(
    meet: Meet, server: BotApiServer
) -> None:
    ada = meet()
    here, there = (ada.in_group(server.group(title, ada.person)) for title in ("Here", "There"))
    mine = here.asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}")
    other = there.asks(f"/ask@verbatim_bot {articles.COMET_QUESTION}")
    assert mine.id == other.id
    before = other.html
    assert there.presses_data(other, f"{card_of(mine)}:p1")["text"] == EXPIRED
    assert other.html == before
    assert "1/5" in mine.buttons


@pytest.mark.parametrize("action", ["p0", "p1", "m", "a", "u", "d", "n3"])
def test_no_button_gets_a_weak_hit_out_of_a_question_that_was_not_answered(
    meet: Meet, bot: BotProcess, action: str
) -> None:
    ada = meet()
    answer = ada.asks(articles.UNANSWERABLE)
    before = answer.html, answer.buttons
    assert ada.presses_data(answer, f"{card_of(answer)}:{action}")["text"] == ""
    assert (answer.html, answer.buttons) == before
    assert ada.said_by_bot() == [answer]
    assert verdicts(bot, answer) == []


def test_the_buttons_of_an_answer_of_an_earlier_version_work(meet: Meet, bot: BotProcess, server: BotApiServer) -> None:
    ada = meet()
    answer, unanswered = ada.asks(articles.HARBOUR_QUESTION), ada.asks(articles.UNANSWERABLE_OF_THE_CANAL)
    server.wait(bot.is_idle, PATIENCE)
    for message in (answer, unanswered):
        ((body,),) = bot.kept("SELECT body FROM cards WHERE id = ?", card_of(message))
        card = json.loads(body)
        # What it did not store yet.
        del card["unsure"], card["follows"]
        for citation in card["citations"]:
            del citation["brief"]
        card["nearest"] = [near[:2] for near in card["nearest"]]
        assert bot.change("UPDATE cards SET body = ? WHERE id = ?", json.dumps(card), card_of(message)) == 1
    ada.presses_data(answer, f"{card_of(answer)}:p1")
    assert "2/5" in answer.buttons
    ada.presses_data(answer, f"{card_of(answer)}:p0")
    # The whole passage is open, since it is not known what of it is needed.
    assert f"<b>{articles.HARBOUR_ANSWER}</b>" in without_answer(answer.html)
    assert "<blockquote expandable>" not in answer.html
    assert (
        ada.presses_data(answer, f"{card_of(answer)}:u")["text"]
        == "Thank you! Noted: this passage answers the question."
    )
    ada.presses_data(answer, f"{card_of(answer)}:m")
    assert "Less" in answer.buttons
    ada.presses_data(answer, f"{card_of(answer)}:a")
    assert ada.next_after(unanswered).text.startswith(articles.HARBOUR_TITLE)
    ada.presses(unanswered, articles.CANAL_TITLE)
    opened = ada.said_by_bot()[-1]
    assert opened.text.startswith(f"{articles.CANAL_TITLE}\n\nIn 1850 the lock keeper")


def test_an_expired_answer_says_so_and_offers_to_ask_again_and_that_works(
    meet: Meet, bot: BotProcess, server: BotApiServer
) -> None:
    ada = meet()
    question = ada.writes(articles.HARBOUR_QUESTION)
    answer = ada.answer_to(question)
    forget_card(bot, server, answer)
    told = ada.presses(answer, "▶")
    assert (told["text"], told["show_alert"]) == (EXPIRED, True)
    assert server.wait(lambda: answer.buttons == ["Ask again"], PATIENCE)
    assert articles.HARBOUR_ANSWER in answer.text
    ada.presses(answer, "Ask again")
    again = ada.next_after(answer)
    assert articles.HARBOUR_ANSWER in again.text
    assert again.reply_to is question
    assert answer.buttons == []
    ada.presses(again, "▶")
    assert "2/5" in again.buttons


def test_asking_again_leaves_out_the_command(meet: Meet, bot: BotProcess, server: BotApiServer) -> None:
    ada = meet()
    answer = ada.asks(f"/ask {articles.HARBOUR_QUESTION}")
    forget_card(bot, server, answer)
    ada.presses(answer, "▶")
    server.wait(lambda: answer.buttons == ["Ask again"], PATIENCE)
    ada.presses(answer, "Ask again")
    again = ada.next_after(answer)
    assert again.text.startswith(f"Question: {articles.HARBOUR_QUESTION}\n")


def test_an_expired_answer_to_a_deleted_question_only_says_so(
    meet: Meet, bot: BotProcess, server: BotApiServer
) -> None:
    ada = meet()
    question = ada.writes(articles.HARBOUR_QUESTION)
    answer = ada.answer_to(question)
    forget_card(bot, server, answer)
    ada.person.deletes(question)
    assert ada.presses(answer, "▶")["text"] == EXPIRED
    assert server.wait(lambda: not answer.buttons, PATIENCE)


# Whose buttons they are.


@pytest.fixture
def group_of_three(meet: Meet, server: BotApiServer, admin: Talk) -> tuple[Talk, Talk, Talk]:
    """Ada, Ben and an admin of the bot, in a group."""
    ada, ben = meet(), meet("Ben")
    group = server.group("Fishermen", ada.person, ben.person, admin.person)
    return ada.in_group(group), ben.in_group(group), admin.in_group(group)


def test_only_who_asked_and_an_admin_of_the_bot_may_press(group_of_three: tuple[Talk, Talk, Talk]) -> None:
    ada, ben, admin = group_of_three
    answer = ada.asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}")
    before = answer.html, answer.buttons
    for label in ("▶", "More", "Article", "👍", "👎"):
        told = ben.presses(answer, label)
        assert (told["text"], told["show_alert"]) == (NOT_YOURS, True)
    assert (answer.html, answer.buttons) == before
    assert ada.said_by_bot() == [answer]
    ada.presses(answer, "▶")
    assert "2/5" in answer.buttons
    admin.presses(answer, "▶")
    assert "3/5" in answer.buttons


def test_what_somebody_else_forges_gets_one_short_answer_and_leaves_the_buttons_to_who_asked(
    group_of_three: tuple[Talk, Talk, Talk], meet: Meet, server: BotApiServer, bot: BotProcess
) -> None:
    ada, ben, _ = group_of_three
    answer, foreign = ada.asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}"), meet().asks(articles.COMET_QUESTION)
    before = answer.html, answer.buttons
    for form in (*FORGED, "again-again-agai:q", "{card}:z", "{card}:s", "{card}:١"):
        told = ben.presses_data(answer, form.replace("{card}", card_of(answer)).replace("{foreign}", card_of(foreign)))
        assert told["text"] in (EXPIRED, NOT_YOURS)
    server.wait(bot.is_idle, PATIENCE)
    assert (answer.html, answer.buttons) == before
    assert ada.said_by_bot() == [answer]
    ada.presses(answer, "▶")
    assert "2/5" in answer.buttons


def test_a_refusal_is_in_the_language_of_who_pressed(meet: Meet, server: BotApiServer) -> None:
    ada, kari = meet(), meet("Kari", language_code="nb")
    group = server.group("Fiskere", ada.person, kari.person)
    answer = ada.in_group(group).asks(f"/ask@verbatim_bot {articles.HARBOUR_QUESTION}")
    assert kari.presses(answer, "▶")["text"].startswith("Bare den som spurte, kan bruke disse knappene.")


# Bad luck.


def test_two_presses_at_once_are_both_acknowledged_and_turn_the_page_once(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    with server.world.lock:
        presses = [ada.person.presses(answer, "▶"), ada.person.presses(answer, "▶")]
    assert all(press.answer(PATIENCE) is not None for press in presses)
    assert "2/5" in answer.buttons
    assert ada.said_by_bot() == [answer]


def test_buttons_work_after_a_restart_of_the_bot(meet: Meet, bot: BotProcess) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    unanswered = ada.asks(articles.UNANSWERABLE)
    assert bot.stop() == 0
    bot.start()
    ada.presses(answer, "▶")
    assert "2/5" in answer.buttons
    headline = unanswered.buttons[0]
    ada.presses(unanswered, headline)
    assert ada.next_after(unanswered).text.startswith(headline)


def test_a_press_while_the_bot_is_down_is_done_when_it_is_up(meet: Meet, bot: BotProcess, server: BotApiServer) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    # What was answered is answered again if a kill comes before that is noted.
    server.wait(bot.is_idle, PATIENCE)
    bot.kill()
    press = ada.person.presses(answer, "▶")
    bot.start()
    assert press.answer(PATIENCE) is not None
    assert "2/5" in answer.buttons


def test_a_message_that_can_no_longer_be_edited_is_followed_by_another_that_can(
    meet: Meet, server: BotApiServer
) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    before = answer.html
    server.forbid_edit(answer)
    ada.presses(answer, "▶")
    turned = ada.next_after(answer)
    assert answer.html == before
    assert turned.reply_to is answer
    assert turned.buttons[:3] == ["◀", "2/5", "▶"]
    ada.presses(turned, "▶")
    assert "3/5" in turned.buttons
    # What stands in the old place is no longer the answer's own.
    assert ada.presses(answer, "▶")["text"] == EXPIRED


def test_a_press_that_can_no_longer_be_acknowledged_is_done_all_the_same(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    answer = ada.asks(articles.HARBOUR_QUESTION)
    server.expire_queries()
    try:
        press = ada.person.presses(answer, "▶")
        assert server.wait(lambda: "2/5" in answer.buttons, PATIENCE)
        assert server.wait(lambda: [call for call in server.calls if call.description == TOO_OLD], PATIENCE)
    finally:
        server.expire_queries(60.0)
    assert press.query.answer is None
