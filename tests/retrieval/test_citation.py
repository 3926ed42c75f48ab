"""A citation is proved, or it is not made."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from sys import getsizeof

import pytest

from index.article import Article, Span
from index.generation.catalog import ArticleHead, Catalog, StoredArticle, StoredPassage
from index.generation.catalog_writer import CatalogWriter
from retrieval.answer import Citation, Hit
from retrieval.citation import CitationError, check_text, cite
from retrieval.links.text_fragment import link_to
from retrieval.snapshot import CheckedTexts

TEXT = "Ferry cancelled\n\nThe ferry was cancelled 🎉 on Monday. Nobody was hurt.\n\nThe mayor spoke.\n"
QUOTE = "The ferry was cancelled 🎉 on Monday. Nobody was hurt."
# 'Ferry cancelled' and an empty line: 15 + 2 code points; the quote has 53, the party popper being one of them.
SPAN = Span(17, 70)
HEAD = ArticleHead(
    3,
    "ferry.txt",
    "north/ferry.txt",
    "Ferry cancelled",
    "https://n.example/f",
    "Northern Post",
    "O. Vik",
    "2023-03-14",
    "en",
)
OTHER = replace(HEAD, number=4, id="copy.txt", path="copy.txt")
SHA = sha256(TEXT.encode()).hexdigest()
CHECKED = check_text(HEAD.id, TEXT, SHA)


def hit(span: Span = SPAN, head: ArticleHead = HEAD) -> Hit:
    return Hit(
        2,
        StoredPassage(7, 3, 1, span, "heading", paragraph=2),
        head,
        score=1.5,
        cosine=0.6,
        words=4.0,
        also_in=(OTHER,),
    )


def test_a_citation_says_what_is_quoted_and_where_it_stands() -> None:
    sentence = Span(17, 53)
    assert cite(hit(), CHECKED, [sentence]) == Citation(
        rank=2,
        article_id="ferry.txt",
        title="Ferry cancelled",
        source="Northern Post",
        published="2023-03-14",
        url="https://n.example/f",
        path="north/ferry.txt",
        start=17,
        end=70,
        quote=QUOTE,
        highlights=(sentence,),
        paragraph=2,
        score=1.5,
        link="https://n.example/f#:~:text=The%20ferry%20was%20cancelled%20%F0%9F%8E%89%20on%20Monday.%20Nobody%20was%20hurt.",
        also_in=(OTHER,),
    )
    assert sentence.of(TEXT) == "The ferry was cancelled 🎉 on Monday."


def test_without_an_address_there_is_no_link() -> None:
    citation = cite(hit(head=replace(HEAD, url=None)), CHECKED, [])
    assert (citation.url, citation.link) == (None, "")


@pytest.mark.parametrize(
    ("path", "url", "link"),
    [
        ("a.pdf", "https://n.example/a.pdf#top", "https://n.example/a.pdf#page=2"),
        ("added/a.warc/n.example/get.pdf", "https://n.example/get?id=7", "https://n.example/get?id=7#page=2"),
        ("crawl.wacz/n.example/get.pdf", "https://n.example/get", "https://n.example/get#page=2"),
        # A browser printed it, so that its address is that of a page.
        ("a.PDF", "https://n.example/a", "https://n.example/a#:~:text=Two%20came.%20Three%20went."),
        ("a.txt", "https://n.example/a.pdf", "https://n.example/a.pdf#:~:text=Two%20came.%20Three%20went."),
    ],
)
def test_a_link_into_a_pdf_leads_to_the_page_of_the_answering_sentence(path: str, url: str, link: str) -> None:
    text = "One was here.\n\nTwo came. \fThree went."
    head = replace(HEAD, path=path, url=url)
    checked = check_text(head.id, text, sha256(text.encode()).hexdigest())
    citation = cite(hit(Span(15, len(text)), head), checked, [Span(26, len(text))])
    assert citation.link == link
    assert citation.page == (None if path == "a.txt" else 2)
    assert cite(hit(Span(15, len(text)), head), checked, []).page == (None if path == "a.txt" else 1)


@pytest.mark.parametrize(
    "altered",
    [TEXT.replace("Monday", "Sunday"), TEXT.replace("\n", "\r\n"), TEXT + " ", TEXT.replace("mayor", "Mayor"), ""],
)
def test_a_text_that_was_altered_anywhere_is_not_cited(altered: str) -> None:
    with pytest.raises(CitationError) as refused:
        cite(hit(), check_text(HEAD.id, altered, SHA), [])
    assert str(refused.value) == (
        "the text of 'ferry.txt' was altered: rebuild it with `python -m index build --clean`"
    )


@pytest.mark.parametrize(
    "span",
    [Span(80, 500), Span(500, 600), Span(17, 17), Span(15, 17)],
    ids=["over the end", "beyond", "empty", "blank"],
)
def test_a_passage_that_is_not_where_it_should_be_is_not_cited(span: Span) -> None:
    with pytest.raises(CitationError) as refused:
        cite(hit(span), CHECKED, [])
    assert str(refused.value) == (
        "passage 7 of 'ferry.txt' is not where it should be: rebuild it with `python -m index build --clean`"
    )


@pytest.mark.parametrize("highlight", [Span(16, 20), Span(60, 71), Span(0, 5), Span(72, 80)])
def test_a_highlight_outside_the_passage_is_not_cited(highlight: Span) -> None:
    with pytest.raises(CitationError, match="is not where it should be"):
        cite(hit(), CHECKED, [Span(17, 53), highlight])


def test_a_brief_lies_in_the_passage_and_holds_the_highlights() -> None:
    sentence = Span(17, 53)
    assert cite(hit(), CHECKED, [sentence], sentence).brief == sentence
    for wrong in (Span(18, 53), Span(17, 52), Span(10, 53), Span(17, 71), Span(54, 70)):
        with pytest.raises(CitationError, match="is not where it should be"):
            cite(hit(), CHECKED, [sentence], wrong)
    with pytest.raises(CitationError, match="is not where it should be"):
        cite(hit(), CHECKED, [], Span(53, 54))


def test_the_shortest_answer_lies_in_the_sentences_that_answer() -> None:
    sentence = Span(17, 53)
    assert cite(hit(), CHECKED, [sentence], answer=Span(20, 30)).answer == Span(20, 30)
    for wrong in (Span(16, 20), Span(50, 54)):
        with pytest.raises(CitationError, match="is not where it should be"):
            cite(hit(), CHECKED, [sentence], answer=wrong)
    with pytest.raises(CitationError, match="is not where it should be"):
        cite(hit(), CHECKED, [], answer=Span(20, 30))


@pytest.mark.parametrize(
    ("quote", "directive"),
    [
        # Hand-encoded by the WICG draft: percent-encoded UTF-8, and '-', ',' and '&' too.
        ("The mayor spoke.", "text=The%20mayor%20spoke."),
        ("well-known, rich & famous", "text=well%2Dknown%2C%20rich%20%26%20famous"),
        ("“Quoted” or 'quoted' or \"quoted\"", "text=%E2%80%9CQuoted%E2%80%9D%20or%20%27quoted%27%20or%20%22quoted%22"),
        ("En dash – here", "text=En%20dash%20%E2%80%93%20here"),
        ("100% #1 a/b?c=d", "text=100%25%20%231%20a%2Fb%3Fc%3Dd"),
        ("Tromsø 🎉", "text=Troms%C3%B8%20%F0%9F%8E%89"),
        ("首相は辞任した。", "text=%E9%A6%96%E7%9B%B8%E3%81%AF%E8%BE%9E%E4%BB%BB%E3%81%97%E3%81%9F%E3%80%82"),
        ("two  spaces\tand a tab", "text=two%20spaces%20and%20a%20tab"),
        # Twelve words stand whole; of thirteen the first eight and the last five.
        ("a b c d e f g h i j k l", "text=a%20b%20c%20d%20e%20f%20g%20h%20i%20j%20k%20l"),
        ("aaaa b c d eeeeeeeeeeee f g h iiii j k l m",
         "text=aaaa%20b%20c%20d%20eeeeeeeeeeee%20f%20g%20h,iiii%20j%20k%20l%20m"),
        # No term runs over the end of a paragraph.
        ("One line.\n\nAnother line.", "text=One%20line.,Another%20line."),
        ("One line.\r\n\r\nAnother line.", "text=One%20line.,Another%20line."),
        ("A first line of six words.\nmiddle\nAnd a last one, of seven words.",
         "text=A%20first%20line%20of%20six%20words.,last%20one%2C%20of%20seven%20words."),
        ("\nOne line.\n \n", "text=One%20line."),
    ],
)  # fmt: skip
def test_a_link_leads_to_the_quote(quote: str, directive: str) -> None:
    assert link_to("https://n.example/a", quote) == f"https://n.example/a#:~:{directive}"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://n.example/a?b=c&d", "https://n.example/a?b=c&d#:~:text=x"),
        ("https://n.example/a#top", "https://n.example/a#top:~:text=x"),
        ("https://n.example/a#", "https://n.example/a#:~:text=x"),
        # A directive that is there already would lead elsewhere.
        ("https://n.example/a#:~:text=old", "https://n.example/a#:~:text=x"),
        ("https://n.example/a#top:~:text=old,older", "https://n.example/a#top:~:text=x"),
    ],
)
def test_a_fragment_that_the_address_has_is_kept(url: str, link: str) -> None:
    assert link_to(url, "x") == link


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A catalog of three articles; of the last the SHA-256 is that of another text."""
    with CatalogWriter(tmp_path / "catalog.sqlite") as writer:
        for name, text, read in (("a", "Ferry. " * 9, "Ferry. " * 9), ("b", TEXT, TEXT), ("c", TEXT, TEXT + "!")):
            article = Article(name, f"{name}.txt", text)
            writer.add_article(StoredArticle(article, sha256(read.encode()).hexdigest(), (), b""))
        writer.finish()
    return tmp_path / "catalog.sqlite"


def test_a_text_is_kept_as_it_was_checked(written: Path) -> None:
    with Catalog(written) as catalog:
        texts = CheckedTexts(catalog)
        ferry = catalog.head(0)
        first = texts.of(ferry)
        assert first.text == "Ferry. " * 9
        assert texts.of(ferry) is first


def test_a_text_that_was_altered_is_refused_every_time(written: Path) -> None:
    with Catalog(written) as catalog:
        texts = CheckedTexts(catalog)
        for _ in range(2):
            with pytest.raises(CitationError, match="'c' was altered"):
                texts.of(catalog.head(2))


def test_the_texts_that_are_kept_take_no_more_than_their_room(written: Path) -> None:
    with Catalog(written) as catalog:
        heads = [catalog.head(0), catalog.head(1)]
        # Room for either text and not for both.
        texts = CheckedTexts(catalog, max(getsizeof(catalog.text(number)[0]) for number in (0, 1)))
        kept = [texts.of(head) for head in heads]
        assert texts.of(heads[1]) is kept[1]
        assert texts.of(heads[0]) is not kept[0]
        nothing = CheckedTexts(catalog, 0)
        assert nothing.of(heads[0]).text == kept[0].text
        assert nothing.of(heads[0]) is not nothing.of(heads[0])
