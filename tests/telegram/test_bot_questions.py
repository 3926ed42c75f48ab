"""Questions in a private chat, and what comes back."""

import re
from typing import Final

import pytest

from tests.telegram import articles
from tests.telegram.conftest import PATIENCE, Meet
from tests.telegram.server import BotApiServer, Message
from tests.telegram.server.entities import Json

pytestmark = pytest.mark.usefixtures("bot")

UNANSWERED: Final = "I could not find the answer in the articles. These come closest:"
NO_WORDS: Final = "I see no words in that to search for. What would you like to know?"
# The first eight and the last five words of the passage, percent-encoded by hand.
HARBOUR_LINK: Final = "https://wire.example.com/harbour#:~:text=The%20council%20of%20Lindvik%20voted%20on%20Tuesday%20to,their%20boats%20in%20heavy%20weather."


def kinds(message: Message) -> set[str]:
    """The kinds of markup that a message has."""
    return {entity["type"] for entity in message.entities}


def marked(message: Message, kind: str) -> list[str]:
    """The parts of a message that are marked in one way."""
    units = message.text.encode("utf-16-le")
    return [
        units[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")
        for entity in message.entities
        if entity["type"] == kind
    ]


def test_plain_text_is_a_question_and_its_answer_shows_the_passage_and_where_it_stands(meet: Meet) -> None:
    question = (ada := meet()).writes(articles.HARBOUR_QUESTION)
    answer = ada.answer_to(question)
    head, _, rest = answer.text.partition("\n")
    passage, _, foot = rest.rpartition("\n")
    assert head == articles.HARBOUR_TITLE
    assert passage == f"{articles.HARBOUR_OPEN}\n{articles.HARBOUR_FOLDED}"
    assert re.fullmatch(r"Example Wire · 14 Mar 2023 · ¶ 1 · [1-9]\d\u00a0%", foot)
    assert marked(answer, "bold") == [articles.HARBOUR_TITLE, articles.HARBOUR_ANSWER]
    # What answers is open; what stands before it is folded.
    assert marked(answer, "blockquote") == [articles.HARBOUR_OPEN]
    assert marked(answer, "expandable_blockquote") == [articles.HARBOUR_FOLDED]
    (link,) = [entity for entity in answer.entities if entity["type"] == "text_link"]
    assert marked(answer, "text_link") == [articles.HARBOUR_TITLE]
    assert link["url"] == HARBOUR_LINK
    assert answer.reply_to is question
    assert answer.link_preview_options == {"is_disabled": True}


def test_an_answer_has_every_button(meet: Meet) -> None:
    answer = meet().asks(articles.HARBOUR_QUESTION)
    assert [[button["text"] for button in row] for row in answer.keyboard] == [
        ["1/5", "▶", "👍", "👎", "🔔"],
        ["More", "Article", "Copy", "Share"],
    ]


def test_an_article_without_an_address_is_named_by_its_file_and_what_is_unknown_is_called_so(meet: Meet) -> None:
    answer = meet().asks(articles.TRAIN_QUESTION)
    assert answer.text.startswith("Night train to Marlow returns\n")
    assert re.search(r"\nsource unknown · date unknown · train\.txt · ¶ 2 · [1-9]\d\u00a0%\Z", answer.text)
    assert "text_link" not in kinds(answer)


def test_a_story_that_two_articles_tell_is_shown_once_with_the_other_named(meet: Meet) -> None:
    answer = meet().asks(articles.RESCUE_QUESTION)
    titles = {"Trawler rescues nineteen sailors", "Nineteen saved off Cape Sorrel"}
    shown = answer.text.partition("\n")[0]
    assert shown in titles
    (other,) = titles - {shown}
    assert answer.text.endswith(f"\nAlso in: {other}")


def test_typing_is_shown_while_the_answer_is_looked_for(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    ada.asks(articles.COMET_QUESTION)
    assert server.wait(lambda: (ada.chat.id, "typing") in server.chat_actions, PATIENCE)


def test_a_question_that_is_deleted_before_its_answer_is_answered_without_a_reply(
    meet: Meet, server: BotApiServer
) -> None:
    ada = meet()
    with server.world.lock:
        question = ada.writes(articles.COMET_QUESTION)
        ada.person.deletes(question)
    answer = ada.next_after(question)
    assert articles.COMET_ANSWER in answer.text
    assert answer.reply_to is None


def test_two_questions_at_once_are_answered_in_their_order(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    with server.world.lock:
        first, second = ada.writes(articles.COMET_QUESTION), ada.writes(articles.HARBOUR_QUESTION)
    assert ada.answer_to(second).id > ada.answer_to(first).id
    assert len(ada.said_by_bot()) == 2


def test_ask_takes_its_words_as_the_question(meet: Meet) -> None:
    assert articles.COMET_ANSWER in meet().asks(f"/ask {articles.COMET_QUESTION}").text


def test_a_bare_ask_asks_back_and_the_reply_to_that_is_the_question(meet: Meet) -> None:
    ada = meet()
    asked_back = ada.asks("/ask")
    assert asked_back.text == "What would you like to know?"
    assert asked_back.markup == {
        "force_reply": True,
        "selective": True,
        "input_field_placeholder": "Your question",
    }
    assert articles.COMET_ANSWER in ada.asks(articles.COMET_QUESTION, reply_to=asked_back).text


def test_ask_as_a_reply_to_somebodys_words_asks_those(meet: Meet, server: BotApiServer) -> None:
    ada, ben = meet(), meet("Ben")
    group = server.group("Stargazers", ada.person, ben.person)
    wondered = ben.person.writes(group, articles.COMET_QUESTION)
    answer = ada.in_group(group).asks("/ask@verbatim_bot", reply_to=wondered)
    assert articles.COMET_ANSWER in answer.text


def test_what_the_articles_do_not_hold_is_said_so_in_one_line_with_headlines_as_buttons(meet: Meet) -> None:
    ada = meet()
    answer = ada.asks(articles.UNANSWERABLE)
    # No passage, no title, no percentage: these words and nothing else.
    assert answer.text == UNANSWERED
    assert answer.entities == []
    *nearest, watch = answer.buttons
    assert 1 <= len(nearest) <= 3
    assert watch == "🔔 Tell me when it comes"
    assert all(len(row) == 1 for row in answer.keyboard)
    headline = answer.buttons[0]
    ada.presses(answer, headline)
    opened = ada.next_after(answer)
    assert opened.text.startswith(f"{headline}\n\n")
    assert opened.reply_to is answer


def test_a_headline_opens_its_article_at_the_passage_that_comes_nearest(meet: Meet) -> None:
    ada = meet()
    answer = ada.asks(articles.UNANSWERABLE_OF_THE_CANAL)
    assert answer.text == UNANSWERED
    assert answer.buttons[0] == articles.CANAL_TITLE
    ada.presses(answer, articles.CANAL_TITLE)
    opened = ada.next_after(answer)
    # That of 1871, in the middle of a long article.
    assert "In 1871 the lock keeper" in opened.text
    assert "In 1850 the lock keeper" not in opened.text
    assert "◀" in opened.buttons


def test_what_may_be_the_answer_is_shown_as_the_closest_sentence_with_where_it_stands(meet: Meet) -> None:
    answer = meet().asks(articles.UNSURE_QUESTION)
    doubt, head, *_, foot = answer.text.split("\n")
    assert (doubt, head) == ("Not sure. The closest sentence:", "Schoolteacher finds a comet")
    assert marked(answer, "bold") == [head, articles.UNSURE_SENTENCE]
    assert re.fullmatch(r"Northern Sky · 9 Feb 2024 · ¶ 3 · [23]\d\u00a0%", foot)
    assert "underline" not in kinds(answer)
    assert [[button["text"] for button in row] for row in answer.keyboard] == [
        ["1/5", "▶", "👍", "👎", "🔔"],
        ["More", "Article", "Copy", "Share"],
    ]


def test_a_question_of_a_thousand_characters_is_looked_for_and_a_longer_one_is_refused(meet: Meet) -> None:
    ada = meet()
    longest = articles.COMET_QUESTION + " please" * 200
    assert not ada.asks(longest[:1000]).text.startswith("Your question has")
    refused = ada.asks(longest[:1001])
    assert refused.text == "Your question has 1,001 characters, and I can take 1,000. Please make it shorter."


def test_4096_signs_are_refused_kindly(meet: Meet) -> None:
    refused = meet().asks("☀" * 4096)
    assert refused.text == "Your question has 4,096 characters, and I can take 1,000. Please make it shorter."


@pytest.mark.parametrize("nothing", ["???", "§" * 1000, "\u2067…\u2069"])
def test_a_question_without_words_is_told_so(meet: Meet, nothing: str) -> None:
    assert meet().asks(nothing).text == NO_WORDS


def test_filters_in_a_question_say_which_articles_are_asked(meet: Meet) -> None:
    question = f"{articles.HARBOUR_QUESTION} source:wire before:2021"
    answer = meet().asks(question)
    assert articles.HARBOUR_TITLE not in answer.text
    assert "Understood as" not in answer.text


@pytest.mark.parametrize(
    ("code", "typed", "said"),
    [
        ("en", "who? source:gazete",
         "No article has the source gazete. I have: Valley Gazette, <i>Gazette</i> & Sons."),
        ("en", "who? after:soon",
         "I cannot read after:soon as a date. Write after:2022, after:2022-01 or after:2022-01-15."),
        ("en", "source:wire before:2024", "Please add a question to the filters."),
        ("nb", "hvem? kilde:gazete",
         "Ingen artikkel har kilden gazete. Jeg har: Valley Gazette, <i>Gazette</i> & Sons."),
        ("nb", 'hvem? i:"', "Anførselstegnet etter in: er ikke lukket."),
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_met_is_said_in_the_persons_language(
    meet: Meet, code: str, typed: str, said: str
) -> None:
    assert meet(language_code=code).asks(typed).text == said


def test_markup_in_a_question_is_only_words(meet: Meet) -> None:
    ada = meet()
    asked = "<b>Who</b> discovered a *comet* from a `garden` in _Tolna_?"
    assert articles.COMET_ANSWER in ada.asks(asked).text
    followed = ada.asks("And </i> & <b>when</b>?")
    first = followed.text.partition("\n")[0]
    assert first == f"Following up on: {asked}"
    assert marked(followed, "italic") == [first]


def test_an_article_that_means_harm_is_shown_letter_for_letter_and_can_do_nothing(meet: Meet) -> None:
    answer = meet().asks(articles.LANTERN_QUESTION)
    assert answer.text.startswith(f"{articles.LANTERN_TITLE}\n")
    assert '</blockquote><script>alert("lit")</script> was lit by Ottilie Krag' in answer.text
    assert "&amp; <b>never & put out *since* _then_." in answer.text
    assert "<i>Gazette</i> & Sons · 5 Jan 2019" in answer.text
    # What would turn the line around is shown as a sign.
    assert not {"\u202e", "\u202c"} & set(answer.text)
    assert kinds(answer) == {"bold", "blockquote", "underline"}
    assert len(marked(answer, "blockquote")) == 1


@pytest.mark.parametrize("kind", ["voice", "photo", "sticker", "poll", "location", "video", "contact"])
def test_what_is_no_text_gets_a_friendly_line(meet: Meet, kind: str) -> None:
    ada = meet()
    reply = ada.answer_to(ada.person.sends(ada.chat, kind))
    assert reply.text == "I can only read typed questions. What would you like to know?"


def test_a_file_of_somebody_who_is_no_admin_is_not_taken(meet: Meet) -> None:
    ada = meet()
    reply = ada.answer_to(ada.person.sends_file(ada.chat, "article.txt", b"A title\n\nAnd a text."))
    assert reply.text == "I can only read typed questions. What would you like to know?"


def test_an_unknown_command_is_called_so(meet: Meet) -> None:
    assert meet().asks("/dance").text.startswith("I do not know that command")


def test_a_persons_telegram_picks_the_language_of_the_interface(meet: Meet) -> None:
    kari = meet("Kari", language_code="nb")
    assert kari.asks(articles.UNANSWERABLE).text == "Jeg fant ikke svaret i artiklene. Disse ligger nærmest:"
    answer = kari.asks(articles.HARBOUR_QUESTION)
    assert answer.text.splitlines()[-1].startswith("Example Wire · 14 mars 2023 · ¶ 1 · ")
    assert {"Mer", "Artikkel", "Kopier", "Del"} <= set(answer.buttons)


@pytest.mark.parametrize("code", ["no", "nn", "nb-NO"])
def test_norwegian_has_several_tags(meet: Meet, code: str) -> None:
    assert meet(language_code=code).asks("/ask").text == "Hva vil du vite?"


@pytest.mark.parametrize("code", ["en-GB", "fi", None])
def test_everybody_else_gets_english(meet: Meet, code: str | None) -> None:
    assert meet(language_code=code).asks("/ask").text == "What would you like to know?"


def test_a_passage_in_another_language_is_quoted_as_it_is(meet: Meet) -> None:
    answer = meet("Kari", language_code="nb").asks(articles.LIGHTHOUSE_QUESTION)
    assert "Ingrid Solbakken flytter inn i mars sammen med to hunder." in answer.text


def test_nobodys_question_is_understood_by_what_others_asked(meet: Meet) -> None:
    ada, ben = meet(), meet("Ben")
    ada.asks(articles.COMET_QUESTION)
    # Taken up by Ada this would be about the comet; Ben has asked nothing before.
    answer = ben.asks("And when does it pass the Sun?")
    assert "Understood as" not in answer.text


def test_an_update_that_nobody_documented_stops_nothing(meet: Meet, server: BotApiServer) -> None:
    ada = meet()
    strange: list[Json] = [{}, {"message": {"chat": 7}}, {"brand_new": {"id": 1}}, {"message": None}]
    for update in strange:
        server.send_update(update)
    assert articles.COMET_ANSWER in ada.asks(articles.COMET_QUESTION).text
