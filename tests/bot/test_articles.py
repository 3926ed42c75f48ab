"""An article can be read from its first page to its last, and the list of articles opens what stands in it."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import ArticleCard, SourcesCard
from bot.language.phrases import ENGLISH, NORWEGIAN, Phrases
from bot.messages.articles import ArticlePage, Cuts, article_screen, listed, sources_screen
from bot.messages.markup import Screen
from index.article import UNKNOWN, Article, Found
from index.generation.catalog import ArticleHead
from retrieval.listing import Listed
from tests.bot.samples import ARTICLE, CARD_ID
from tests.bot.test_rendering import keys, shown
from tests.bot.texts import HOSTILE, squeezed

FERRY = Article(
    id="ferry.txt",
    path="north/ferry.txt",
    text=ARTICLE,
    title=Found("Ferry cancelled", "first line"),
    url=Found("https://news.example.org/ferry", "front matter"),
    source=Found("Northern Post", "front matter"),
    published=Found("2023-03-14", "front matter"),
)
# 300 sentences of 30 code points, five of them in a paragraph: about 9,100 code points.
LONG = replace(
    FERRY,
    text="\n\n".join(
        " ".join(f"This is sentence number {line * 5 + number:03}." for number in range(5)) for line in range(60)
    ),
)


def head_of(article: Article) -> ArticleHead:
    """The article as a catalog has it, without its text."""
    title, url, source, published = (
        found.value for found in (article.title, article.url, article.source, article.published)
    )
    return ArticleHead(0, article.id, article.path, title or "", url, source, None, published, None)


def screen_of(card: ArticleCard, article: Article, phrases: Phrases) -> Screen:
    """The page of an article that a card shows."""
    cuts = Cuts.of(article, card.start)
    number, span = cuts.nearest(card.page)
    words = span.of(article.text)
    page = ArticlePage(head_of(article), words, span.start, number, len(cuts.places), cuts.entry)
    return article_screen(CARD_ID, card, page, phrases)


def actions(screen: Screen) -> dict[str, str]:
    """What the keys of the last row do, by their labels."""
    return {key["text"]: key["callback_data"].partition(":")[2] for key in keys(screen)[-1]} if keys(screen) else {}


def pressed(card: ArticleCard, action: str) -> ArticleCard:
    """The card after a key was pressed: pages are counted from where the reader came in."""
    assert re.fullmatch(r"[bf][0-9]+", action)
    number = int(action[1:])
    return replace(card, page=number if action[0] == "f" else -number)


def test_a_short_article_is_one_message_with_its_origin_and_what_was_quoted() -> None:
    screen = screen_of(ArticleCard("ferry.txt", highlights=((17, 53),)), FERRY, ENGLISH)
    assert screen.piece.html == (
        '<b><a href="https://news.example.org/ferry">Ferry cancelled</a></b>\n\n'
        "Ferry cancelled\n\n<b>The ferry was cancelled 🎉 on Monday.</b> Nobody was hurt.\n\n"
        "The mayor of Lindvik spoke.\n\nNorthern Post · 14 Mar 2023 · page 1 of 1"
    )
    assert screen.keyboard is None


def test_the_first_page_says_where_the_metadata_were_found_each_place_once() -> None:
    known = (
        ("title", "page heading"),
        ("source", "json-ld"),
        ("published", "meta datepublished"),
        ("author", "json-ld"),
        ("language", "detected"),
    )
    first = ArticlePage(head_of(FERRY), "The ferry was cancelled.", 0, 0, 2, 0, known)
    english = article_screen(CARD_ID, ArticleCard("ferry.txt"), first, ENGLISH).piece.text
    assert english.endswith(
        "\n\nFound in: title – page heading; source, author – json-ld; date – meta datepublished; "
        "language – recognised from the text"
    )
    norwegian = article_screen(CARD_ID, ArticleCard("ferry.txt"), first, NORWEGIAN).piece.text
    assert norwegian.endswith(
        "\n\nFunnet i: tittel – overskrift på siden; kilde, forfatter – json-ld; dato – meta datepublished; "
        "språk – gjenkjent i teksten"
    )
    second = replace(first, start=24, number=1)
    assert "Found in" not in article_screen(CARD_ID, ArticleCard("ferry.txt", page=1), second, ENGLISH).piece.text


def test_what_is_not_known_is_said_and_without_an_address_the_file_is_named() -> None:
    bare = replace(FERRY, title=UNKNOWN, url=UNKNOWN, source=UNKNOWN, published=UNKNOWN)
    html = screen_of(ArticleCard("ferry.txt"), bare, ENGLISH).piece.html
    assert html.startswith("<b>(no title)</b>\n\nFerry cancelled\n\n")
    assert html.endswith("\n\nsource unknown · date unknown · north/ferry.txt · page 1 of 1")


@pytest.mark.parametrize("place", [0, 150, 299])
def test_the_whole_text_can_be_read_by_turning_pages_from_any_place(place: int) -> None:
    start = LONG.text.index(f"This is sentence number {place:03}.")
    card = ArticleCard("ferry.txt", start=start, highlights=((start, start + 28),))
    screen = screen_of(card, LONG, ENGLISH)
    assert f"\n\n<b>This is sentence number {place:03}.</b>" in screen.piece.html
    while "◀" in actions(screen):
        card = pressed(card, actions(screen)["◀"])
        screen = screen_of(card, LONG, ENGLISH)
    texts = [shown(screen)]
    while "▶" in actions(screen):
        card = pressed(card, actions(screen)["▶"])
        screen = screen_of(card, LONG, ENGLISH)
        texts.append(shown(screen))
    assert [text.rpartition(" · ")[2] for text in texts] == [
        f"page {page} of {len(texts)}" for page in range(1, len(texts) + 1)
    ]
    back = [texts[-1]]
    while "◀" in actions(screen):
        card = pressed(card, actions(screen)["◀"])
        screen = screen_of(card, LONG, ENGLISH)
        back.append(shown(screen))
    assert back == texts[::-1]
    read = [text.partition("\n\n")[2].rpartition("\n\n")[0] for text in texts]
    assert squeezed("".join(read)) == squeezed(LONG.text)


@pytest.mark.parametrize(("page", "number"), [(99, 3), (-99, 1)])
def test_a_page_that_is_no_longer_there_is_the_nearest_one(page: int, number: int) -> None:
    text = shown(screen_of(ArticleCard("ferry.txt", page=page), LONG, ENGLISH))
    assert text.endswith(f"page {number} of 3")


def test_an_article_of_very_short_lines_fits() -> None:
    lines = replace(FERRY, text="\n".join(str(number % 10) for number in range(9000)))
    assert len(shown(screen_of(ArticleCard("ferry.txt"), lines, ENGLISH))) <= 4096


FOUND = (st.none() | HOSTILE).map(lambda value: Found(value, "somewhere"))


@given(
    st.builds(
        Article,
        id=HOSTILE,
        path=HOSTILE,
        text=HOSTILE.filter(lambda text: bool(text.strip())),
        title=FOUND,
        url=FOUND,
        source=FOUND,
        published=FOUND,
    ),
    st.integers(0, 6000),
    st.integers(-3, 3),
    st.lists(
        st.tuples(st.integers(0, 3000), st.integers(0, 3000)).map(lambda ends: (min(ends), max(ends))), max_size=2
    ),
)
def test_whatever_stands_in_an_article_telegram_takes_its_pages(
    article: Article, start: int, page: int, highlights: list[tuple[int, int]]
) -> None:
    card = ArticleCard("ferry.txt", start=start, page=page, highlights=tuple(highlights))
    screen = screen_of(card, article, ENGLISH)
    assert shown(screen)
    assert screen.piece.units <= 4096


def head(number: int, **changed: Any) -> ArticleHead:
    whole = ArticleHead(
        number=number,
        id=f"id{number}",
        path=f"{number}.txt",
        title=f"Title {number}",
        url=f"https://example.org/{number}",
        source="Post",
        author=None,
        published="2023-03-14",
        language="en",
    )
    return replace(whole, **changed)


HEADS = [head(number) for number in range(1, 20)]


def test_a_page_of_the_list_keeps_what_stands_on_it() -> None:
    found = Listed(19, 2, tuple(HEADS[16:]))
    assert listed(SourcesCard("w", 9), found) == SourcesCard("w", 2, ("id17", "id18", "id19"))


def test_the_list_numbers_its_articles_and_each_number_opens_its_own() -> None:
    found = Listed(19, 1, tuple(HEADS[8:16]))
    card = listed(SourcesCard("", 1), found)
    screen = sources_screen(CARD_ID, card, found, ENGLISH)
    lines = shown(screen).splitlines()
    assert lines[0] == "19 articles, newest first"
    assert lines[2:4] == ["9. Title 9", "     Post · 14 Mar 2023"]
    assert lines[-1] == "To search, send /sources and words from a title or source."
    assert '<a href="https://example.org/9">Title 9</a>' in screen.piece.html
    rows = [[(key["text"], key["callback_data"].partition(":")[2]) for key in row] for row in keys(screen)]
    assert rows == [
        [("9", "o0"), ("10", "o1"), ("11", "o2"), ("12", "o3")],
        [("13", "o4"), ("14", "o5"), ("15", "o6"), ("16", "o7")],
        [("◀", "p0"), ("2/3", "-"), ("▶", "p2")],
    ]
    assert [card.listed[int(action[1:])] for _, action in rows[0]] == ["id9", "id10", "id11", "id12"]


def test_a_list_of_one_page_has_nothing_to_turn() -> None:
    bare = head(1, title="", url=None, source=None, published=None)
    screen = sources_screen(CARD_ID, SourcesCard("fer<ry", 0, ("id1",)), Listed(1, 0, (bare,)), ENGLISH)
    assert screen.piece.html == (
        "<b>1 article with “fer&lt;ry”</b>\n\n1. (no title)\n     source unknown · date unknown · 1.txt"
    )
    assert [[key["text"] for key in row] for row in keys(screen)] == [["1"]]


@given(
    st.lists(
        st.builds(
            head,
            number=st.just(1),
            title=HOSTILE,
            url=st.none() | HOSTILE,
            source=st.none() | HOSTILE,
            published=st.none() | HOSTILE,
            path=HOSTILE,
        ),
        min_size=8,
        max_size=8,
    ),
    HOSTILE,
)
def test_whatever_articles_are_called_telegram_takes_the_list(heads: list[ArticleHead], words: str) -> None:
    found = Listed(1000, 3, tuple(heads))
    screen = sources_screen(CARD_ID, listed(SourcesCard(words), found), found, ENGLISH)
    assert shown(screen)
    assert screen.piece.units <= 4096


def test_a_file_of_front_matter_alone_has_one_page_without_words() -> None:
    noted = replace(FERRY, path="north/ferry.md", text="---\ntitle: Ferry cancelled\n---\n\n")
    assert shown(screen_of(ArticleCard("ferry.md"), noted, ENGLISH)) == (
        "Ferry cancelled\n\nNorthern Post · 14 Mar 2023 · page 1 of 1"
    )


def test_front_matter_is_on_no_page() -> None:
    front = "---\ntitle: Ferry cancelled\ndate: 2023-03-14\n---\n\n"
    noted = replace(FERRY, path="north/ferry.md", text=front + ARTICLE)
    screen = screen_of(ArticleCard("ferry.md"), noted, ENGLISH)
    assert "title:" not in screen.piece.text
    assert screen.piece.text.startswith("Ferry cancelled\n\nFerry cancelled\n\nThe ferry was cancelled")
    # In a text file three dashes are what they are.
    assert "title:" in screen_of(ArticleCard("ferry.txt"), replace(noted, path="f.txt"), ENGLISH).piece.text
