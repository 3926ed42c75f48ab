"""Markdown files: the text is the file; markup without words is outside of the article."""

import pytest

from index.article import UNKNOWN, Article, Found
from index.parsers import read
from tests.index.parsers.articles import headings, only, outside

BODY = "The river rose on Monday and flooded the streets of the old town. Nobody was hurt, the mayor said.\n"


def article(source: str) -> Article:
    read_from = only("flood.md", source)
    assert read_from.text == source
    return read_from


def test_the_front_matter_says_what_the_article_is() -> None:
    front = (
        '---\ntitle: "River floods town"\nauthors:\n  - Jane Doe\n  - Ola Berg\ndate: 2021-03-03\n'
        "source: The Town Post\nurl: https://a.example/b\nlang: nb-NO\n---"
    )
    read_from = article(f"{front}\n\n# Another heading\n\n{BODY}")
    where = "front matter"
    assert read_from.title == Found("River floods town", where)
    assert read_from.author == Found("Jane Doe, Ola Berg", where)
    assert read_from.published == Found("2021-03-03", where)
    assert read_from.source == Found("The Town Post", where)
    assert read_from.url == Found("https://a.example/b", where)
    assert read_from.language == Found("no", where)
    assert outside(read_from) == [front]


def test_offsets_are_places_in_a_file_with_windows_line_ends() -> None:
    source = "---\r\ntitle: A\r\n---\r\n\r\n# One *two*\r\n\r\nWords.\r\n\r\nThree\r\nfour\r\n-----\r\n\r\n" + BODY
    assert headings(article(source)) == ["# One *two*", "Three\r\nfour\r\n-----"]
    assert outside(article(source)) == ["---\r\ntitle: A\r\n---"]
    assert read("a.md", b"\xef\xbb\xbf" + source.encode()).articles[0].text == source


def test_broken_front_matter_still_gives_the_article_and_its_plain_lines() -> None:
    front = "---\ntitle: Flood: the river rose\nauthor: [unclosed\n---"
    read_from = article(f"{front}\n\n{BODY}")
    assert read_from.title == Found("Flood: the river rose", "front matter")
    assert outside(read_from) == [front]


@pytest.mark.parametrize(
    "value", ["~", "null", "''", "[1, [2]]", "{a: b}", "2022-13-45", "!!python/object:os.system x"]
)
def test_front_matter_of_the_wrong_type_is_unknown(value: str) -> None:
    read_from = article(f"---\nauthor: {value if value != '2022-13-45' else '~'}\ndate: {value}\n---\n\n{BODY}")
    assert read_from.published == UNKNOWN


def test_aliases_that_multiply_do_no_harm() -> None:
    levels = "".join(f"k{i}: &k{i}\n  <<: [{', '.join([f'*k{i - 1}'] * 9)}]\n" for i in range(1, 12))
    assert article(f"---\nk0: &k0 {{a: b}}\n{levels}title: Still read\n---\n\n{BODY}").title.value == "Still read"


@pytest.mark.parametrize(
    "source", [f"---\nSome words.\n---\n\n{BODY}", f"---\n\n{BODY}", f"text\n---\nkey: value\n---\n{BODY}"]
)
def test_a_rule_is_not_front_matter(source: str) -> None:
    assert "Some words." not in "".join(outside(article(source)))
    assert "key: value" not in "".join(outside(article(source)))


@pytest.mark.parametrize(
    ("source", "title", "where"),
    [
        (f"# River **floods** [town](https://a.example)\n\n{BODY}", "River floods town", "heading line"),
        (f"River floods\n============\n\n{BODY}", "River floods", "heading line"),
        (f"Intro words stand here.\n\n## Part\n\n# Whole\n\n{BODY}", "Whole", "heading line"),
        (f"**OSLO** (NTB) – The *river* [rose](https://a.example). {BODY}", "The river rose.", "lead sentence"),
        (
            f"![alt](a.png)\n\n{BODY}",
            "The river rose on Monday and flooded the streets of the old town.",
            "lead sentence",
        ),
    ],
)
def test_the_title_is_the_first_heading_else_the_lead(source: str, title: str, where: str) -> None:
    assert article(source).title == Found(title, where)


def test_a_hash_in_code_is_no_heading() -> None:
    source = f"```sh\n# a comment\n```\n\n    # indented\n\n#hashtag\n\n{BODY}"
    assert headings(article(source)) == []
    assert outside(article(source)) == ["```sh", "```"]


def test_markup_without_words_is_outside() -> None:
    source = (
        '![a photo](one.png)\n[![badge](b.svg)](https://a.example) ![two](two.png "t")\n\n'
        "<!-- a note\nover lines -->\n\nWords <!-- hidden --> go on, ![inline](i.png) they do.\n\n"
        "***\n\n[ref]: https://a.example 'T'\n\n"
        '<div align="center">\nwords in it\n</div>\n'
    )
    assert outside(article(source)) == [
        "![a photo](one.png)",
        '[![badge](b.svg)](https://a.example) ![two](two.png "t")',
        "<!-- a note\nover lines -->",
        "<!-- hidden -->",
        "***",
        "[ref]: https://a.example 'T'",
        '<div align="center">',
        "</div>",
    ]


def test_a_comment_in_code_stays_in_its_sentence() -> None:
    assert outside(article("Write `<!-- a note -->` to hide a note from readers.\n")) == []


def test_lines_at_the_top_count_as_in_a_text_file() -> None:
    read_from = article(f"# River floods town\n\nBy Jane Doe\n\n**Published:** 3 March 2021\n\n{BODY}")
    assert read_from.author == Found("Jane Doe", "byline")
    assert read_from.published == Found("2021-03-03", "line at the top")
    assert outside(read_from) == ["By Jane Doe", "**Published:** 3 March 2021"]
