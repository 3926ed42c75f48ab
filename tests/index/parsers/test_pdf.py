"""PDFs: text in the order it is read, whole words and sentences, none of what stands around it, nothing made up."""

from pathlib import Path

import pytest

from index.article import UNKNOWN, page_at
from index.parsers import read
from tests.index.parsers.articles import only, reasons
from tests.index.parsers.forged_pdf import Drawn, Sheet, column, pdf

LEFT = [
    "The council of Brekke met on a Tuesday and",
    "decided that the old quay should be kept as",
    "it is, since nobody could say what a new one",
    "would cost before all the stones were lifted.",
    "The harbour master was asked to count the",
    "stones, and he counted nine hundred of them.",
]
RIGHT = [
    "Across the fjord the people of Hamna waited",
    "for the mail boat, which had not come since",
    "the second week of March because its captain",
    "was ill and nobody else knew the shallows.",
    "They sent a boy on skis to ask for a doctor,",
    "and the boy came back with two of them.",
]
CHAPTERS = ("one", "two", "three", "four", "five")
LEFT_TEXT, RIGHT_TEXT = " ".join(LEFT), " ".join(RIGHT)


def text(*sheets: Sheet) -> str:
    return only("a.pdf", pdf(sheets)).text


def test_the_lines_of_a_paragraph_are_one_and_room_between_lines_parts_paragraphs() -> None:
    assert text(Sheet(column([*LEFT, "", *RIGHT]))) == f"{LEFT_TEXT}\n\n{RIGHT_TEXT}"


def test_an_indented_line_begins_a_paragraph() -> None:
    lines = column([*LEFT, "", *RIGHT[1:]])
    indented = Drawn(92, 760 - 14 * 6, "Across the fjord, all of Hamna waited")
    expected = f"{LEFT_TEXT}\n\n{' '.join([indented.words, *RIGHT[1:]])}"
    assert text(Sheet([*lines[:6], indented, *lines[6:]])) == expected


def test_a_line_that_ends_before_it_is_full_ends_its_paragraph() -> None:
    short = [*LEFT[:5], "stones.", *RIGHT]
    assert text(Sheet(column(short))) == f"{' '.join(short[:6])}\n\n{RIGHT_TEXT}"


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["The commit-", "tee met."], "The committee met."),
        (["It was a well-", "known road, and well-known it is."], "It was a well-known road, and well-known it is."),
        (["The tide-", "gauge is no gauge of any tide."], "The tide-gauge is no gauge of any tide."),
        (["The Sør-", "Varanger road."], "The Sør-Varanger road."),
        (["From 1914-", "1918 it was shut."], "From 1914-1918 it was shut."),
        (["He said -", "and meant it."], "He said - and meant it."),
    ],
)
def test_a_word_that_was_parted_at_the_end_of_a_line_is_whole(lines: list[str], whole: str) -> None:
    assert text(Sheet(column(lines))) == whole


def test_columns_are_read_one_after_the_other_whichever_way_they_were_drawn() -> None:
    by_column = [*column(LEFT), *column(RIGHT, x=320)]
    by_row = [one for pair in zip(column(LEFT), column(RIGHT, x=320), strict=True) for one in pair]
    assert text(Sheet(by_column)) == text(Sheet(by_row)) == f"{LEFT_TEXT}\n\n{RIGHT_TEXT}"


def test_the_rows_of_a_table_are_not_taken_for_columns() -> None:
    rows = [("Brekke", "412"), ("Hamna", "97"), ("Sund", "1,204"), ("Vik", "8"), ("Os", "51")]
    drawn = [
        Drawn(x, 700 - 14 * place, words)
        for place, row in enumerate(rows)
        for x, words in zip((72, 320), row, strict=True)
    ]
    assert "Brekke 412" in text(Sheet([*column(LEFT), *drawn]))


def test_what_was_drawn_last_is_read_where_it_stands() -> None:
    title = Drawn(72, 800, "The old quay", size=20)
    one = only("a.pdf", pdf([Sheet([*column(RIGHT, top=600), *column(LEFT), title])]))
    assert one.text == f"The old quay\n\n{LEFT_TEXT}\n\n{RIGHT_TEXT}"
    assert one.title.value == "The old quay"


def test_a_sentence_over_the_end_of_a_page_is_whole_and_knows_its_pages() -> None:
    one = read("a.pdf", pdf([Sheet(column(LEFT[:3])), Sheet(), Sheet(column([*LEFT[3:], "", *RIGHT]))])).articles[0]
    assert one.text == f"{' '.join(LEFT[:3])} \f\f{' '.join(LEFT[3:])}\n\n{RIGHT_TEXT}"
    places = [one.text.index(words) for words in ("decided", "would cost", "Across")]
    assert [page_at("a.PDF", one.text, place) for place in places] == [1, 3, 3]
    assert page_at("a.txt", one.text, places[1]) is None


def test_a_word_parted_by_the_end_of_a_page_is_whole() -> None:
    assert text(Sheet(column(["The commit-"])), Sheet(column(["tee met."]))) == "The committee \fmet."


@pytest.mark.parametrize("pages", [2, 3, 5])
def test_running_heads_and_feet_are_left_out(pages: int) -> None:
    sheets = [
        Sheet(
            [
                Drawn(250, 815, "Chronicle of Brekke"),
                *column([f"Chapter {word} is about the quay.", "", *LEFT, "", f"Here ends chapter {word}."]),
                Drawn(72, 30, "Printed at Hamna"),
                Drawn(500, 30, f"page {number} of {pages}"),
            ]
        )
        for number, word in enumerate(CHAPTERS[:pages], start=1)
    ]
    assert text(*sheets) == "\n\n\f".join(
        f"Chapter {word} is about the quay.\n\n{LEFT_TEXT}\n\nHere ends chapter {word}." for word in CHAPTERS[:pages]
    )


def test_pages_that_are_all_alike_are_read() -> None:
    assert text(*[Sheet(column(LEFT[:3]))] * 2).count("The council of Brekke") == 2


def test_a_line_at_the_edge_of_a_page_that_no_other_page_has_stays() -> None:
    sheets = [Sheet(column([f"{word} stood at the top.", "", *LEFT])) for word in ("One", "Another", "None", "Some")]
    assert text(*sheets).count("stood at the top") == 4


def test_a_page_number_that_stands_alone_is_left_out() -> None:
    assert text(Sheet([*column(LEFT), Drawn(290, 30, "- 7 -")])) == LEFT_TEXT


def test_what_a_browser_prints_around_a_page_is_left_out_and_its_address_kept() -> None:
    around = [Drawn(24, 820, "3/4/21, 9:05 AM"), Drawn(260, 820, "The quay"), Drawn(24, 15, "https://a.example/quay")]
    one = only("a.pdf", pdf([Sheet([*column(LEFT), *around, Drawn(560, 15, "1/1")])]))
    assert (one.text, one.url.value, one.url.where) == (LEFT_TEXT, "https://a.example/quay", "foot of the printed page")


@pytest.mark.parametrize(
    "heading", [Drawn(72, 720, "What it cost", size=16), Drawn(72, 720, "What it cost", bold=True)]
)
def test_larger_and_bold_lines_are_headings(heading: Drawn) -> None:
    one = only("a.pdf", pdf([Sheet([*column(LEFT[:2]), heading, *column(RIGHT, top=690)])]))
    assert [span.of(one.text) for span in one.headings] == ["What it cost"]


@pytest.mark.parametrize(
    ("named", "title"),
    [
        ("The Old Quay of Brekke", "The Old Quay of Brekke"),
        ("Annual report template", "The old quay of Brekke"),
        ("Microsoft Word - quay.docx", "The old quay of Brekke"),
        ("", "The old quay of Brekke"),
    ],
)
def test_the_title_is_the_one_that_the_page_shows(named: str, title: str) -> None:
    drawn = [Drawn(72, 800, "The old quay of Brekke", size=18), *column(LEFT)]
    assert only("a.pdf", pdf([Sheet(drawn)], title=named)).title.value == title


def test_the_author_is_one_that_the_text_names_and_the_day_of_the_file_is_no_publication() -> None:
    one = only("a.pdf", pdf([Sheet(column(["Liv Aas", "", *LEFT]))], author="Liv Aas"))
    assert (one.author.value, one.published) == ("Liv Aas", UNKNOWN)
    assert only("a.pdf", pdf([Sheet(column(LEFT))], author="Liv Aas")).author == UNKNOWN
    assert only("a.pdf", pdf([Sheet(column(["admin", "", *LEFT]))], author="admin")).author == UNKNOWN


def test_a_scanned_document_is_told_in_one_line() -> None:
    (told,) = reasons("a.pdf", pdf([Sheet(picture=True)] * 3))
    assert told.startswith("it holds pictures of pages and no text, as scanners make")
    assert reasons("a.pdf", pdf([Sheet()])) == ["it holds no text"]


def test_pages_without_text_are_told_where_they_are_many() -> None:
    reading = read("a.pdf", pdf([Sheet(column(LEFT)), Sheet(picture=True)]))
    assert len(reading.articles) == 1
    assert [skip.reason for skip in reading.skipped] == ["1 of its 2 pages hold no text, such as page 2"]
    few = [Sheet(column([f"The {word} of them.", "", *LEFT], top=760 - 9 * len(word))) for word in CHAPTERS]
    assert only("a.pdf", pdf([Sheet(picture=True), *few])).text.startswith("\fThe one")


def test_a_document_with_a_password_is_told() -> None:
    secret = "/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<" + "41" * 32 + ">/U<" + "42" * 32 + ">>>/ID[<00><00>]"
    assert reasons("a.pdf", pdf([Sheet(column(LEFT))], trailer=secret)) == ["encrypted: it opens only with a password"]


@pytest.mark.parametrize("raw", [b"", b"%PDF-1.7\n", b"The council met.", pdf([Sheet(column(LEFT))])[:200]])
def test_what_is_no_document_is_told(raw: bytes) -> None:
    assert reasons("a.pdf", raw) == ["not a PDF that can be read"]


@pytest.mark.timeout(60)
def test_a_page_of_a_hundred_thousand_strokes_takes_its_length() -> None:
    stroke = b"BT /F0 9 Tf 1 0 0 1 %d %d Tm (ab) Tj ET\n"
    drawn = b"".join(stroke % (number * 37 % 500, number * 53 % 800) for number in range(20_000))
    assert only("a.pdf", pdf([Sheet(raw=drawn)])).text


@pytest.mark.timeout(60)
def test_pages_beyond_the_limit_are_not_read() -> None:
    assert reasons("a.pdf", pdf([Sheet()] * 10_001)) == ["a document of 10,001 pages, the limit is 10,000"]


def test_letters_that_the_fonts_do_not_tell_are_not_read_as_text() -> None:
    raw = pdf([Sheet(column(["abc bca cab " * 4] * 5))])
    unnamed = b"/Encoding<</Differences[97/uniE001/uniE002/uniE003]>>"
    told = "the letters of its text cannot be made out: its fonts do not say which they are"
    assert reasons("a.pdf", raw.replace(b"/Encoding/WinAnsiEncoding", unnamed)) == [told]


def test_what_a_browser_printed_is_read_in_either_direction() -> None:
    # Printed by Chromium, whose words of Arabic pdfium gives in the order in which they look.
    one = only("a.pdf", (Path(__file__).parent / "printed.pdf").read_bytes())
    arabic = "قال رئيس المجلس إن الرصيف القديم سيبقى كما هو لأن أحدا لا يعرف كم سيكلف الرصيف الجديد في الميناء."
    norwegian = "Den gamle steinkaia skal bevares, fordi kostnadsoverslaget for en ny kai var for høyt."
    assert one.text == f"{arabic}\n\n{norwegian}"
