"""The page of an article: its text letter for letter, the quote, where its metadata were found; whatever it holds."""

import re
import threading
from typing import Any, Final
from urllib.parse import urljoin

import lxml.html
import pytest

from bot.web import server
from bot.web.links import Place
from bot.web.pages import ReadingPage, reading_page
from index.article import Span
from retrieval.listing import name_of
from retrieval.sanitize import visible
from tests.bot.web.conftest import BURIED, BURIED_QUESTION, LONG, MIXED_TITLE
from tests.bot.web.serving import CLIENT, Served
from tests.telegram.articles import HARBOUR_ANSWER, HARBOUR_PARAGRAPHS, HARBOUR_QUESTION, LANTERN_TITLE

PAGE_LIMIT: Final = 120_000


def page(site: Served, path: str, **headers: str) -> lxml.html.HtmlElement:
    answer = CLIENT.get(urljoin(site.url, path), headers=headers)
    assert answer.status_code == 200, answer.text
    return lxml.html.document_fromstring(answer.text)


def found(site: Served, question: str) -> str:
    """Return the address of the page that the first passage of an answer opens."""
    (address, *_) = page(site, f"/ask?q={question}").xpath("//p[@class='there']/a/@href")
    return str(address)


def words(element: lxml.html.HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())


def test_the_quote_is_marked_in_its_article_and_the_answering_sentence_more_strongly(local: Served) -> None:
    shown = page(local, found(local, HARBOUR_QUESTION))
    (answer,) = shown.xpath("//mark[@class='answer']")
    assert words(answer) == HARBOUR_ANSWER
    assert answer.get("id") == "quote"
    # The passage is the whole article.
    marked = "".join(str(mark.text_content()) for mark in shown.xpath("//mark"))
    assert marked == "".join(HARBOUR_PARAGRAPHS)
    assert [words(p) for p in shown.xpath("//div[@class='text']/p")] == list(HARBOUR_PARAGRAPHS)


def test_each_piece_of_metadata_stands_with_the_place_it_was_found_in(local: Served) -> None:
    shown = page(local, f"/a/{Place.at('mill.md')}")
    rows = {words(row.xpath("dt")[0]): words(row.xpath("dd")[0]) for row in shown.xpath("//dl/div")}
    assert rows["title"] == "The mill of Orsk found in: front matter"
    assert rows["date"] == "1 May 2020 found in: front matter"
    assert rows["author"] == "Nils Brenner found in: front matter"
    assert rows["address"] == "not known"
    assert rows["file"] == "mill.md"


def test_headings_are_headings_a_table_keeps_its_rows_and_the_title_stands_once(local: Served) -> None:
    shown = page(local, f"/a/{Place.at('mill.md')}")
    assert [words(one) for one in shown.xpath("//h1")] == ["The mill of Orsk"]
    assert [words(one) for one in shown.xpath("//div[@class='text']/h2")] == ["## What happens to the building"]
    assert [words(row) for row in shown.xpath("//p[@class='row']")][2:] == ["| 2018 | 4,100 |", "| 2019 | 3,300 |"]


def test_what_was_left_out_of_the_index_is_folded_and_not_lost(local: Served) -> None:
    shown = page(local, f"/a/{Place.at('mill.md')}")
    (folded, *_) = shown.xpath("//details[@class='left-out']")
    assert "author: Nils Brenner" in words(folded)


def test_every_letter_of_the_text_is_on_the_page_in_its_order(local: Served, web_data: object) -> None:
    text = local.run(local.library.run(lambda retriever: retriever.article("lantern.md").text))
    shown = page(local, f"/a/{Place.at('lantern.md')}")
    paragraphs = [str(one.text_content()) for one in shown.xpath("//div[@class='text']//p")]
    assert "".join("".join(paragraphs).split()) == "".join(visible(text).split())


def test_a_hostile_article_is_shown_as_text_and_makes_no_element_link_or_turned_line(local: Served) -> None:
    raw = CLIENT.get(f"{local.url}/a/{Place.at('lantern.md')}").text
    shown = lxml.html.document_fromstring(raw)
    assert words(shown.xpath("//h1")[0]) == LANTERN_TITLE
    assert len(shown.xpath("//script")) == 1
    assert not shown.xpath("//a[contains(@href, 'evil') or contains(@href, 'javascript') or contains(@href, 'tg:')]")
    assert not set(raw) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert shown.xpath("//h1/bdi")


def test_a_title_that_mixes_alphabets_is_pointed_out_and_a_host_is_shown_in_ascii(local: Served) -> None:
    shown = page(local, f"/a/{Place.at('mixed')}")
    assert MIXED_TITLE in words(shown.xpath("//h1")[0])
    (note,) = shown.xpath("//p[@class='note']")
    assert "look alike" in words(note)
    assert not page(local, f"/a/{Place.at('hebrew')}").xpath("//p[@class='note']")


def test_language_and_direction_are_those_of_the_article(local: Served) -> None:
    (text,) = page(local, f"/a/{Place.at('hebrew')}").xpath("//div[@class='text']")
    assert (text.get("lang"), text.get("dir")) == ("he", "rtl")
    (text,) = page(local, f"/a/{Place.at('fyret.md')}").xpath("//div[@class='text']")
    assert (text.get("lang"), text.get("dir")) == ("no", "ltr")


def test_copies_are_named_and_open_their_own_page(local: Served) -> None:
    shown = page(local, f"/a/{Place.at('rescue.md')}")
    (copy,) = shown.xpath("//dd/a")
    assert "Nineteen saved off Cape Sorrel" in words(copy)
    assert words(page(local, copy.get("href")).xpath("//h1")[0]) == "Nineteen saved off Cape Sorrel"


def test_the_link_to_the_original_opens_it_at_the_quote(local: Served) -> None:
    (original,) = page(local, found(local, HARBOUR_QUESTION)).xpath("//a[@target='_blank']")
    assert original.get("href").startswith("https://wire.example.com/harbour#:~:text=")
    assert {"noreferrer", "noopener"} <= set(original.get("rel").split())
    assert "wire.example.com" in words(original)


def test_previous_and_next_lead_through_the_passages_of_the_answer(local: Served) -> None:
    first = found(local, HARBOUR_QUESTION)
    shown, seen = page(local, first), 1
    assert not shown.xpath("//nav[@class='passages']//a[@rel='prev']")
    (total,) = re.findall(r"Passage 1 of (\d+)", words(shown))
    while after := shown.xpath("//nav[@class='passages']//a[@rel='next']/@href"):
        shown, seen = page(local, str(after[0])), seen + 1
        assert f"Passage {seen} of {total}" in words(shown)
    assert seen == int(total) > 1


def test_a_megabyte_is_cut_into_parts_and_opened_at_the_one_with_the_quote(local: Served) -> None:
    assert len(LONG) > 950_000
    address = found(local, BURIED_QUESTION)
    raw = CLIENT.get(urljoin(local.url, address)).text
    assert len(raw) < PAGE_LIMIT
    shown = lxml.html.document_fromstring(raw)
    assert BURIED in words(shown.xpath("//mark[@class='answer']")[0])
    (before, *_), (after, *_) = shown.xpath("//a[@rel='prev']/@href"), shown.xpath("//a[@rel='next']/@href")
    around = [str(page(local, one).xpath("//div[@class='text']")[0].text_content()) for one in (before, address, after)]
    joined = "".join("".join(around).split())
    assert joined in "".join(LONG.split())


def test_a_page_is_laid_out_off_the_loop_that_everybody_is_answered_in(
    local: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_in: list[str] = []

    def noted(*given: Any) -> ReadingPage:
        made_in.append(threading.current_thread().name)
        return reading_page(*given)

    monkeypatch.setattr(server, "reading_page", noted)
    assert page(local, f"/a/{Place.at('mill.md')}").xpath("//h1")
    assert [name.partition("_")[0] for name in made_in] == ["library"]


def test_the_parts_together_are_the_whole_article(local: Served) -> None:
    gathered, address = "", f"/a/{Place.at('long.txt')}"
    for _ in range(60):
        shown = page(local, address)
        gathered += "".join(str(shown.xpath("//div[@class='text']")[0].text_content()).split())
        after = shown.xpath("//a[@rel='next']/@href")
        if not after:
            break
        address = str(after[0])
    assert gathered == "".join(LONG.split())


def test_an_article_that_has_changed_is_shown_with_nothing_marked_and_says_so(local: Served) -> None:
    moved = Place.at("orchard.md", Span(150, 300), Span(150, 200), "Words that stood there once.")
    shown = page(local, f"/a/{moved}")
    assert not shown.xpath("//mark")
    assert "has changed" in words(shown.xpath("//p[@class='note']")[0])
    beyond = Place.at("orchard.md", Span(10**6, 10**6 + 5), None, "Words")
    assert "has changed" in words(page(local, f"/a/{beyond}"))


def test_a_nearest_article_is_scrolled_to_its_passage_and_nothing_is_marked(local: Served) -> None:
    shown = page(local, f"/a/{Place.at('harbour', Span(170, 170))}")
    assert not shown.xpath("//mark")
    assert shown.xpath("//*[@id='quote']")


@pytest.mark.parametrize("gone", [Place.at("withdrawn.txt"), Place.at("withdrawn.txt", Span(0, 5), None, "words")])
def test_a_withdrawn_article_is_gone(local: Served, gone: Place) -> None:
    answer = CLIENT.get(f"{local.url}/a/{gone}")
    assert answer.status_code == 410
    assert "no longer in the collection" in answer.text


@pytest.mark.parametrize("path", ["/a/short", f"/a/{'x' * 16}.1-2", f"/a/{'x' * 16}.9-2..", "/a/%00", "/a/" + "é" * 16])
def test_an_address_that_names_no_place_opens_nothing(local: Served, path: str) -> None:
    assert CLIENT.get(local.url + path).status_code == 403


def test_the_name_of_an_article_in_an_address_says_nothing_of_its_file() -> None:
    assert name_of("north/secret-plan.txt").hex() not in str(Place.at("north/secret-plan.txt"))
    assert "secret" not in str(Place.at("north/secret-plan.txt"))
