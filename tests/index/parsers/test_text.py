"""Raw text files: the text is the file, and what is known of it comes from its own lines."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.article import UNKNOWN, Found
from index.parsers import lead, read
from index.parsers.lines import lines
from tests.index.parsers.articles import headings, only, outside

SHARED_PAGE = Path(__file__).resolve().parents[3].parent / "shared" / "seeds" / "000_4f5f432347904d94.txt"

BODY = (
    "The river rose on Monday and flooded the streets of the old town. Nobody was hurt, the mayor said.\n\n"
    "Some forty houses had to be cleared. The fire service expects the water to fall within two days.\n"
)


def test_the_text_is_the_decoded_file_with_its_line_ends() -> None:
    source = "River floods town\r\n\r\n" + BODY.replace("\n", "\r\n")
    for raw in (source.encode(), b"\xef\xbb\xbf" + source.encode(), b"\xff\xfe" + source.encode("utf-16-le")):
        read_from = only("a.txt", raw)
        assert read_from.text == source
        assert headings(read_from) == ["River floods town"]
    assert only("news/a.txt", source).id == only("news/a.txt", source).path == "news/a.txt"


@pytest.mark.parametrize(
    ("top", "heading"),
    [
        ("River floods the old town\n\n", "River floods the old town"),
        (
            "River floods the old town\n=========================\n",
            "River floods the old town\n=========================",
        ),
        ("\n\n  River floods the old town  \n\n", "River floods the old town"),
        ("NEWS\n\nRiver floods the old town\n\n", "River floods the old town"),
        ("PACIFIC\n\nRiver floods the old town\n\n", "River floods the old town"),
        ("UK | ROYAL FAMILY\n\nRiver floods the old town\n\n", "River floods the old town"),
        ("Town Post – Weather\n\nRiver floods the old town\n\n", "River floods the old town"),
        ("Weather this week\n\nRiver floods the old town\n\n", "River floods the old town"),
        ("WORLD NEWS   April 4, 2023   5:12 PM GMT\n\nRiver floods the old town\n\n", "River floods the old town"),
        ("River floods the old town\nBy Jane Doe\n\n", "River floods the old town"),
    ],
)
def test_a_short_line_above_the_text_is_its_heading_and_title(top: str, heading: str) -> None:
    read_from = only("a.txt", top + BODY)
    assert read_from.title == Found("River floods the old town", "heading line")
    assert headings(read_from) == [heading]


@pytest.mark.parametrize(
    "top",
    [
        "",
        "The water came at night.\n\n",
        "River floods the old town\n",
        "Photo: Jane Doe / City Press\n\n",
        "World News\n\n",
        "PACIFIC\n\n",
        "Sport / Sjakk\n\n",
        "The bridge in the old town on January 21, 2022\n\nJane Doe | AFP | Getty Images\n\n",
        "x" * 200 + "\n\n",
    ],
)
def test_what_is_no_heading_is_not_taken_for_one(top: str) -> None:
    assert only("a.txt", top + BODY).headings == ()


def test_without_a_heading_the_lead_sentence_is_the_title() -> None:
    assert only("a.txt", BODY).title == Found(
        "The river rose on Monday and flooded the streets of the old town.", "lead sentence"
    )


@pytest.mark.parametrize(
    "label",
    [
        "Key takeaways",
        "Highlights",
        "In this article",
        "Home Sports Sports Weather",
        "Listen to this story",
        "Copy link",
    ],
)
def test_a_line_that_the_text_does_not_take_up_is_no_title(label: str) -> None:
    assert only("a.txt", f"{label}\n\n{BODY}").title.where == "lead sentence"
    assert only("a.txt", f"{label}\n\nRiver floods the old town\n\n{BODY}").title.value == "River floods the old town"


def test_a_headline_is_found_below_a_long_share_bar() -> None:
    bar = "\n\n".join(
        ["News", "Mail it", "Save it", "Pin it", "Send it", "Link it", "Clip it", "Post it", "Read it", "Hear it"]
    )
    assert only("a.txt", f"{bar}\n\nRiver floods the old town\n\n{BODY}").title.value == "River floods the old town"


@pytest.mark.parametrize(
    ("headline", "body"),
    [
        ("体育館を九週間閉鎖", "市議会は木曜日、体育館を九週間閉鎖すると発表した。八月に壁の裏で湿気が見つかった。"),
        ("नाव फिर चलेगी", "नगर परिषद ने मंगलवार को कहा कि नाव फिर चलेगी। मरम्मत पूरी हो चुकी है और घाट खुला है।"),
    ],
)
def test_a_headline_is_taken_up_in_every_script(headline: str, body: str) -> None:
    assert only("a.txt", f"{headline}\n\n{body}\n").title == Found(headline, "heading line")


def test_an_address_at_the_very_top_is_where_the_text_is_from() -> None:
    read_from = only("a.txt", "https://news.example/2021/03/03/flood.html\n\nRiver floods the old town\n\n" + BODY)
    assert read_from.url == Found("https://news.example/2021/03/03/flood.html", "line at the top")
    assert read_from.published == Found("2021-03-03", "url")
    assert read_from.title.value == "River floods the old town"
    assert outside(read_from) == ["https://news.example/2021/03/03/flood.html"]
    assert only("a.txt", f"River floods the old town\n\n{BODY}\nhttps://news.example/flood\n").url == UNKNOWN


@pytest.mark.parametrize(
    ("day", "weekday", "published"),
    [
        ("January 21, 2022", "Friday", "2022-01-21"),
        ("January 21, 2022", "Monday", None),
        ("May 3, 2011", "Friday", None),
    ],
)
def test_a_picture_dates_the_article_only_if_its_day_and_its_people_are_those_of_the_lead(
    day: str, weekday: str, published: str | None
) -> None:
    caption = f"Mayor Runa Aasheim speaks to people in the flooded street, in Lindvik, {day}."
    credit, lead_words = (
        "Ola Berg | City Press | Getty Images",
        f"Mayor Runa Aasheim said {weekday} that it would fall.",
    )
    text = f"{caption}\n\n{credit}\n\n{lead_words}\n\n{BODY}"
    assert only("a.txt", text).published.value == published
    others = text.replace("Mayor Runa Aasheim said", "The fire service said")
    assert only("a.txt", others).published == UNKNOWN


@pytest.mark.parametrize(
    ("line", "published", "author"),
    [
        ("Received: 3 May 2022. Accepted: 16 December 2022. Published: 2 January 2023.", "2023-01-02", None),
        ("Mottatt 3. mai 2022, godkjent 16. desember 2022", None, None),
        ("Last updated 7 January 2024", None, None),
        ("Updated 7 January 2024; published 5 January 2024", "2024-01-05", None),
        ("Posted by Jane Doe on May 3, 2024", "2024-05-03", "Jane Doe"),
        ("5 June 2022 Updated 21:05", "2022-06-05", None),
        ("22 February 2022 | 3 min read", "2022-02-22", None),
        ("Publisert 10. desember 2021 kl. 17.32", "2021-12-10", None),
        ("Updated: 4 March 2021", None, None),
        ("Author: admin", None, None),
        ("Author: Jane Doe, sports reporter", None, "Jane Doe"),
    ],
)
def test_a_line_of_metadata_says_what_it_says_and_is_no_part_of_the_article(
    line: str, published: str | None, author: str | None
) -> None:
    read_from = only("a.txt", f"River floods the old town\n\n{line}\n\n{BODY}")
    assert (read_from.published.value, read_from.author.value) == (published, author)
    assert outside(read_from) == [line]


def test_a_long_lead_is_cut_at_a_word() -> None:
    lead = (
        "The river that runs through the middle of the old town rose on Monday and then, " + "again and " * 20 + "fell."
    )
    title = only("a.txt", lead).title.value
    assert title is not None
    assert title.endswith("…")
    assert len(title) <= 101
    assert lead.startswith(title[:-1])
    assert lead[len(title) - 1] == " "


@pytest.mark.parametrize(
    ("dateline", "source", "published"),
    [
        ("GENEVA – ", UNKNOWN, UNKNOWN),
        ("DUBAI (Town Post): ", UNKNOWN, UNKNOWN),
        ("Bergen (NTB) - ", Found("NTB", "dateline"), UNKNOWN),
        ("BERGEN, March 3 (Reuters) - ", Found("Reuters", "dateline"), UNKNOWN),
        ("Bergen, 3 March 2021 — ", UNKNOWN, Found("2021-03-03", "dateline")),
        ("NEW YORK, March 3, 2021 (AP) -- ", Found("AP", "dateline"), Found("2021-03-03", "dateline")),
    ],
)
def test_a_dateline_is_no_part_of_the_title(dateline: str, source: Found, published: Found) -> None:
    read_from = only("a.txt", dateline + BODY)
    assert read_from.title.value == "The river rose on Monday and flooded the streets of the old town."
    assert (read_from.source, read_from.published) == (source, published)


def test_a_dash_within_a_sentence_is_no_dateline() -> None:
    lead = "NATO – the alliance that Norway helped to found – said on Friday that it would stay."
    assert only("a.txt", lead).title.value == lead


def test_the_lines_at_the_top_say_who_when_and_where_from() -> None:
    top = (
        "River floods the old town\n\nBy Jane Doe and Ola van der Berg\nPublished: 3 March 2021\n"
        "Source: https://news.example/flood\n\n"
    )
    read_from = only("a.txt", top + BODY)
    assert read_from.author == Found("Jane Doe and Ola van der Berg", "byline")
    assert read_from.published == Found("2021-03-03", "line at the top")
    assert read_from.url == Found("https://news.example/flood", "line at the top")
    assert read_from.source == Found("news.example", "host of the url")
    assert outside(read_from) == [
        "By Jane Doe and Ola van der Berg",
        "Published: 3 March 2021",
        "Source: https://news.example/flood",
    ]


@pytest.mark.parametrize(
    ("line", "published", "author"),
    [
        ("By Marit Lunde, 4 May 2021", "2021-05-04", "Marit Lunde"),
        ("Av Marit Lunde, tirsdag 4. mai 2021", "2021-05-04", "Marit Lunde"),
        ("Posted on May 4, 2021 by Marit Lunde", "2021-05-04", "Marit Lunde"),
        ("Posted on May 4, 2021 by admin", "2021-05-04", None),
        ("By Marit Lunde, updated 4 May 2021", None, "Marit Lunde"),
        ("By Friday, 4 May 2021, the ferry was sold", None, None),
        ("Photo by Jon Lie, 4 May 2021", None, None),
    ],
)
def test_one_line_may_say_who_wrote_it_and_when(line: str, published: str | None, author: str | None) -> None:
    report = "The ferry crossed the sound at Os four times a day for ninety-one years, and was sold to a museum."
    read_from = only("a.txt", f"The ferry that outlived its harbour\n\n{line}\n\n{report}")
    assert (read_from.published.value, read_from.author.value) == (published, author)


def test_a_title_of_few_words_is_one_where_no_headline_follows() -> None:
    read_from = only("a.txt", "Photosynthesis\n\n" + BODY)
    assert read_from.title == Found("Photosynthesis", "heading line")


def test_labels_name_every_field() -> None:
    top = "Title: River floods town\nAuthor: Jane Doe\nSource: The Town Post\nDate: 2021-03-03\nURL: https://a.example/b\n\n"
    read_from = only("a.txt", top + BODY)
    assert read_from.title == Found("River floods town", "line at the top")
    assert read_from.author.value == "Jane Doe"
    assert read_from.source.value == "The Town Post"
    assert read_from.published.value == "2021-03-03"
    assert read_from.url.value == "https://a.example/b"
    assert len(read_from.outside) == 5


@pytest.mark.parametrize(
    "line",
    [
        "Author: I never thought that the book would be read by anybody outside of my own family.",
        "By Monday evening the water had reached the second floor of the houses by the bridge.",
        "Source: the water came from the mountains, as it does every spring, the mayor explained.",
        "Updated maps show where the water will stand by the end of the week, the service said.",
    ],
)
def test_a_sentence_that_begins_like_a_label_stays_in_the_text(line: str) -> None:
    assert only("a.txt", f"{line}\n\n{BODY}").outside == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "Ibsen, born on 20 March 1828, wrote plays.",
        "The mayor, born on 4 August 1991, spoke first.",
        "The law (3 March 2021) is in force.",
        "The war began on 1 September 1939.",
        "It happened on 03/04/2021 in town.",
        "It happened on 3 March.",
        "On 3 March 2021 the river rose.",
        "The town band will play in the square on 12 May 2031.",
        "The school was opened on 1 September 1994 by the bishop.",
    ],
)
def test_a_date_of_something_else_is_not_when_it_was_published(sentence: str) -> None:
    assert only("a.txt", f"{sentence} {BODY}").published == UNKNOWN


def test_what_nothing_says_is_unknown() -> None:
    read_from = only("a.txt", BODY)
    assert (read_from.author, read_from.source, read_from.url, read_from.published) == (UNKNOWN,) * 4
    assert read_from.language == Found("en", "detected")


def test_a_megabyte_in_one_line_is_an_article() -> None:
    source = "The river rose on Monday. " * 40_000
    assert only("a.txt", source).text == source


@pytest.mark.skipif(not SHARED_PAGE.is_file(), reason="the shared sample page is not here")
def test_the_shared_page_is_titled_by_its_lead_and_dated_by_its_caption() -> None:
    raw = SHARED_PAGE.read_bytes()
    read_from = only("a.txt", raw)
    assert read_from.text.encode() == raw
    assert read_from.title.where == "lead sentence"
    assert (read_from.title.value or "").startswith("Secretary of State Antony Blinken told his Russian counterpart")
    assert read_from.published.value == "2022-01-21"
    assert read_from.headings == ()


_PIECES = [
    "GENEVA",
    "Oslo",
    ", 3 March 2021",
    " (Reuters)",
    " – ",
    " - ",
    "--",
    ": ",
    "):",
    " ",
    "a",
    "*",
    "\n",
    "x" * 29,
]


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
@example("*" * 3 + "x" * 61 + "(" + "y" * 30 + ")" + "z" * 30 + " -- Ships lay still.")
def test_a_dateline_is_looked_for_wherever_there_may_be_one(text: str) -> None:
    """What tells most paragraphs from datelines at once lets every one of them through."""
    match = lead.DATELINE.match(text)
    assert match is None or lead._DASH.search(text, 0, lead._FAR)


def test_records_saved_as_text_are_read_as_records() -> None:
    lines = (
        '{"title": "Ferry sold", "text": "The ferry was sold to a museum."}\n{"title": "B", "text": "Nobody bid."}\n'
    )
    document = '[{"title": "Ferry sold", "body": "The ferry was sold to a museum."}]'
    for source in (lines, document):
        first = read("dump.txt", source.encode()).articles[0]
        assert (first.title.value, first.text) == ("Ferry sold", "The ferry was sold to a museum.")
    brackets = '["Ferry sold", it said on the wall. Nobody in the harbour knew who had written it there.'
    assert only("a.txt", brackets).text == brackets


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_without_their_ends_and_none_is_behind_the_last(end: str) -> None:
    text = f"one{end}{end}two{end}"
    assert [span.of(text) for span in lines(text)] == ["one", "", "two"]
    assert [span.of(text) for span in lines(text, 1)] == ["ne", "", "two"]
    assert not list(lines(""))
