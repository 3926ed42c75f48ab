"""The ask box and the list of articles: the bot's answers in three tiers, its small talk, its limits."""

import logging
from pathlib import Path

import httpx
import lxml.html
import pytest

from bot.state.usage import MINUTE, Limit, Limits
from tests.bot.web.serving import CLIENT, Served, served
from tests.telegram.articles import HARBOUR_ANSWER, HARBOUR_QUESTION, HARBOUR_TITLE


def asked(site: Served, question: str, **more: str) -> httpx.Response:
    return CLIENT.get(f"{site.url}/ask", params={"q": question, **more})


def words(answer: httpx.Response) -> str:
    return " ".join(str(lxml.html.document_fromstring(answer.text).body.text_content()).split())


def test_an_answer_quotes_its_passage_and_says_where_it_stands_and_how_sure_it_is(local: Served) -> None:
    answer = asked(local, HARBOUR_QUESTION)
    shown = lxml.html.document_fromstring(answer.text)
    assert answer.status_code == 200
    assert shown.xpath("//mark[@class='answer']")[0].text_content() == HARBOUR_ANSWER
    assert shown.xpath("//section[1]//h2/a")[0].text_content() == HARBOUR_TITLE
    facts = str(shown.xpath("//section[1]/p[@class='facts']")[0].text_content())
    assert facts.startswith("Example Wire · 14 Mar 2023 · ¶ 1 · ")
    assert facts.endswith("\u00a0%")


def test_a_question_that_nothing_answers_offers_the_nearest_articles(local: Served) -> None:
    answer = asked(local, "How many moons does the planet Jupiter have?")
    assert "I could not find the answer in the articles. These come closest:" in words(answer)
    shown = lxml.html.document_fromstring(answer.text)
    assert not shown.xpath("//blockquote")
    (first, *_) = shown.xpath("//ul[@class='list']//a/@href")
    assert CLIENT.get(local.url + str(first)).status_code == 200


def test_an_answer_that_is_not_sure_says_so(web_data: Path) -> None:
    with served(web_data, threshold=1.0) as site:
        said = words(asked(site, HARBOUR_QUESTION))
    assert "Not sure. The closest sentence:" in said
    assert HARBOUR_ANSWER in said


def test_small_talk_gets_a_line_and_questions_to_try(local: Served) -> None:
    assert "Hello! What would you like to know?" in words(asked(local, "Hi!"))
    answer = asked(local, "What can you do?")
    assert "exact words of an article" in words(answer)
    assert len(lxml.html.document_fromstring(answer.text).xpath("//ul[@class='examples']//a")) > 0


def test_articles_that_are_asked_for_are_listed(local: Served) -> None:
    assert f"{HARBOUR_TITLE}" in words(asked(local, "What articles do you have?"))
    assert "Trawler rescues nineteen sailors" in words(asked(local, "articles about the trawler Havlyn"))


def test_the_list_of_articles_is_searched_and_says_where_nothing_is_found(local: Served) -> None:
    assert "with “trawler”" in words(CLIENT.get(f"{local.url}/sources?words=trawler"))
    assert "No article has “zeppelin”" in words(CLIENT.get(f"{local.url}/sources?words=zeppelin"))


@pytest.mark.parametrize(
    "question", ["<script>alert(1)</script> harbour?", "\u202eegnaro\u202c harbour?", "'\"><b>x harbour"]
)
def test_a_hostile_question_comes_back_as_text(local: Served, question: str) -> None:
    answer = asked(local, question)
    shown = lxml.html.document_fromstring(answer.text)
    assert len(shown.xpath("//script")) == 1
    assert not shown.xpath("//b")
    heading = shown.xpath("//h1")[0].text_content()
    assert "\u202e" not in heading
    (box,) = shown.xpath("//input[@id='q']/@value")
    assert box == question


def test_a_question_that_is_too_long_or_has_no_words_is_refused_in_words(local: Served) -> None:
    answer = asked(local, " ".join(["harbour"] * 200))
    assert answer.status_code == 400
    assert "1,599 characters" in words(answer)
    assert asked(local, "???").status_code == 400
    assert asked(local, "after:soon what happened?").status_code == 400


def test_the_first_language_of_the_browser_that_there_are_phrases_in_is_spoken(local: Served) -> None:
    norwegian = CLIENT.get(f"{local.url}/", headers={"Accept-Language": "fr-FR, nn;q=0.8, en;q=0.5"})
    assert "Du kan for eksempel spørre" in norwegian.text
    assert '<html lang="nb">' in norwegian.text
    assert "You could ask" in CLIENT.get(f"{local.url}/", headers={"Accept-Language": "fr"}).text


def test_more_questions_than_a_person_may_ask_have_to_wait(web_data: Path) -> None:
    with served(web_data, limits=Limits(person=(Limit(2, MINUTE),))) as site:
        assert [asked(site, "Hi!").status_code for _ in range(3)] == [200, 200, 429]
        assert "Please ask again in 1 minute." in words(asked(site, "Hi!"))
        site.now[0] += 60
        assert asked(site, "Hi!").status_code == 200


def test_neither_questions_nor_who_asks_is_logged(local: Served, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="verbatim.bot.web"):
        asked(local, HARBOUR_QUESTION)
        asked(local, "")
    logged = "\n".join(
        f"{record.getMessage()} {vars(record)}" for record in caplog.records if record.name.startswith("verbatim")
    )
    assert "answered a question on the page" in logged
    assert "Aasheim" not in logged
    assert "127.0.0.1" not in logged


def test_while_there_is_no_index_the_page_says_so(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        answer = CLIENT.get(f"{site.url}/sources")
        assert answer.status_code == 503
        assert "The articles are not ready yet" in answer.text
