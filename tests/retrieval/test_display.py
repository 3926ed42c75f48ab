"""What a person sees: everything that is needed to check an answer, and nothing that an article smuggles in."""

import re
from dataclasses import replace

import pytest
from rich.console import Console
from rich.text import Text

from index.article import Span
from index.generation.catalog import ArticleHead
from retrieval import Answer, Citation, Retriever
from retrieval.cli import display
from retrieval.cli.layout import ANSWER, article_lines, quote_lines, show, wrapped
from retrieval.sanitize import one_line, visible
from tests.retrieval.articles import ASKED, HARBOUR, QUESTION, UNANSWERABLE
from tests.retrieval.conftest import Printed

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

CITATION = Citation(
    rank=1,
    article_id="a",
    title="The title",
    source="Example Wire",
    published="2022-01-21T09:30:00+00:00",
    url="https://wire.example.com/a",
    path="folder/a.txt",
    start=100,
    end=140,
    quote="One came first. Two was next. Three last",
    highlights=(Span(116, 129),),
    paragraph=7,
    score=0.9,
    link="https://wire.example.com/a#:~:text=One%20came",
)


def shown(lines: object) -> list[str]:
    assert not isinstance(lines, str)
    return [line.plain for line in lines]  # type: ignore[attr-defined]


def head(number: int, title: str) -> ArticleHead:
    return ArticleHead(number, f"id{number}", f"{number}.txt", title, None, None, None, None, None)


def test_a_citation_says_everything_that_checking_it_needs(plain: Console) -> None:
    assert shown(display.cited(CITATION, plain)) == [
        " 1  The title",
        "    One came first.",
        "  > Two was next.",
        "    Three last",
        "",
        "    Example Wire · 21 Jan 2022 · folder/a.txt · ¶ 7 · [100–140)",
        "    https://wire.example.com/a#:~:text=One%20came",
    ]


def test_of_a_pdf_the_page_is_told(plain: Console) -> None:
    of_a_page = replace(CITATION, path="a.pdf", page=12)
    assert "    Example Wire · 21 Jan 2022 · a.pdf · p. 12 · [100–140)" in shown(display.cited(of_a_page, plain))
    assert shown(display.named(of_a_page, plain))[-1].endswith("· p. 12")


@pytest.mark.parametrize("brief", [None, Span(100, 129), Span(116, 140)])
def test_the_shortest_answer_is_underlined_where_it_stands_also_in_what_is_left_of_a_quote(
    styled: Console, brief: Span | None
) -> None:
    answering = replace(CITATION, answer=Span(116, 119), brief=brief, link="")
    lines = display.cited(answering, styled) if brief is None else display.briefly(answering, styled, answers=True)
    underlined = [line.plain[span.start : span.end] for line in lines for span in line.spans if span.style == ANSWER]
    assert underlined == ["Two"]


def test_what_is_unknown_is_said_to_be_unknown(plain: Console) -> None:
    lines = shown(display.cited(replace(CITATION, source=None, published=None, link="", title=""), plain))
    assert lines[0] == " 1  (no title)"
    assert lines[-1] == "    source unknown · date unknown · folder/a.txt · ¶ 7 · [100–140)"


def test_copies_are_named_three_at_most(plain: Console) -> None:
    lines = shown(display.cited(replace(CITATION, also_in=(head(1, "One"), head(2, "Two"))), plain))
    assert "    also in: One (1.txt); Two (2.txt)" in lines
    many = replace(CITATION, also_in=tuple(head(n, f"T{n}") for n in range(5)))
    assert "    also in: T0 (0.txt); T1 (1.txt); T2 (2.txt); and 2 more" in shown(display.cited(many, plain))


def test_on_a_terminal_the_answering_sentence_alone_is_bold_and_stays_in_its_line(
    styled: Console, printed: Printed
) -> None:
    quoted = list(display.cited(CITATION, styled))[1]
    assert quoted.plain == "    One came first. Two was next. Three last"
    show([quoted], styled)
    assert printed(styled) == "    One came first. \x1b[1;32mTwo was next.\x1b[0m Three last\n"


def test_a_passage_after_the_first_is_shown_by_its_brief_with_marks_of_what_is_left_out(plain: Console) -> None:
    middle = replace(CITATION, rank=2, brief=Span(116, 129), link="")
    assert shown(display.briefly(middle, plain, answers=True)) == [
        " 2  The title",
        "    …",
        "  > Two was next.",
        "    …",
        "    Example Wire · 21 Jan 2022 · folder/a.txt · ¶ 7 · [100–140)",
    ]
    first = replace(middle, brief=Span(100, 129))
    assert shown(display.briefly(first, plain, answers=True))[1:4] == [
        "    One came first.",
        "  > Two was next.",
        "    …",
    ]
    whole = replace(middle, brief=Span(100, 140))
    assert shown(display.briefly(whole, plain, answers=True))[1:4] == [
        "    One came first.",
        "  > Two was next.",
        "    Three last",
    ]


def test_where_nothing_answers_one_sentence_is_shown_unmarked(plain: Console) -> None:
    near = replace(CITATION, rank=2, brief=Span(100, 129), link="")
    assert shown(display.briefly(near, plain, answers=False))[1] == "    … Two was next. …"


def test_a_link_is_never_cut_by_us(plain: Console, printed: Printed) -> None:
    link = "https://wire.example.com/a#:~:text=" + "x" * 200
    show(display.cited(replace(CITATION, link=link), plain), plain)
    assert f"    {link}\n" in printed(plain)


def test_facts_that_do_not_fit_beside_each_other_go_on_the_next_line_whole(plain: Console) -> None:
    lines = shown(display.cited(replace(CITATION, path="p" * 60, link=""), plain))
    assert lines[-3:] == [
        "    Example Wire · 21 Jan 2022",
        "    " + "p" * 60 + " · ¶ 7",
        "    [100–140)",
    ]


@pytest.mark.parametrize(
    ("published", "words"),
    [
        ("2022-01-21", "21 Jan 2022"),
        ("2024-12-08T23:59:59+01:00", "8 Dec 2024"),
        ("1999", "1999"),
        ("last week", "last week"),
    ],
)
def test_dates_are_written_as_people_write_them(published: str, words: str) -> None:
    assert display.day(published) == words


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.0, "under 1 %"), (0.034, "3 %"), (0.866, "87 %"), (0.99, "99 %"), (0.9999, "over 99 %"), (1.0, "over 99 %")],
)
def test_nothing_is_ever_said_to_be_wholly_sure(confidence: float, words: str) -> None:
    assert display.percent(confidence) == words


def test_an_answer_begins_with_its_confidence_and_names_the_other_hits(small: Retriever, plain: Console) -> None:
    answer = small.ask(QUESTION, k=3)
    lines = shown(display.whole_answer(answer, plain))
    assert lines[0] == f"Answered · confidence {display.percent(answer.confidence)}"
    assert " 1  Harbour of Lindvik gets a tidal barrier" in lines
    marked = " ".join(line.removeprefix("  > ") for line in lines if line.startswith("  > "))
    assert marked == ASKED
    also = lines[lines.index("Also:") + 1 :]
    assert [line[:4] for line in also if line[:4].strip()] == [" 2  ", " 3  "]


def test_no_answer_is_said_in_one_sentence_and_no_quote_is_shown(small: Retriever, plain: Console) -> None:
    answer = small.ask(UNANSWERABLE)
    lines = shown(display.whole_answer(answer, plain))
    assert lines[0].startswith("The articles do not seem to hold the answer (confidence ")
    assert lines[2] == "The nearest articles:"
    assert lines[3:] == [f"  - {one_line(near.title)}" for near in answer.nearest]


def test_a_passage_that_may_answer_is_shown_as_the_closest(plain: Console) -> None:
    answer = Answer("Who is A?", "Who is A?", False, 0.4, (CITATION,), (), 1.0, unsure=True)
    assert shown(display.heading(answer, plain)) == ["Not sure · confidence 40 % · the closest sentence:"]
    assert shown(display.whole_answer(answer, plain))[2:] == shown(display.cited(CITATION, plain))


def test_a_question_taken_otherwise_than_asked_is_shown_as_it_was_taken(plain: Console) -> None:
    answer = Answer("and\n  him?", "Who is A? and him?", True, 0.9, (CITATION,), (), 1.0)
    assert "Understood as: Who is A? and him?" in shown(display.heading(answer, plain))
    same = replace(answer, interpreted_as="and him?")
    assert len(shown(display.heading(same, plain))) == 1
    leaning = replace(same, follows="Who is A?")
    assert shown(display.heading(leaning, plain))[1:] == ["Following up on: Who is A?"]


def test_an_article_cannot_steer_the_terminal(small: Retriever, styled: Console, printed: Printed) -> None:
    answer = small.ask("Who lit the lantern of Zubrin?")
    assert answer.citations[0].path == "strange/lantern.md"
    show(display.whole_answer(answer, styled), styled)
    show(display.briefly(answer.citations[0], styled, answers=True), styled)
    said = ESCAPE.sub("", printed(styled))
    # Not a control character is left but the ends of lines, and nothing that turns the text around.
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said)
    folded = " ".join(said.split())
    assert "␛[2J␛]0;owned␇ was lit by Ottilie Krag� gnorw si siht�" in folded
    # What would be markup to rich is shown as it stands in the article.
    assert "[bold]and never[/bold] put out :smile: since." in folded
    assert "The [red]lantern[/red] of Zubrin" in folded
    assert "\x1b[31m" not in printed(styled)


def test_an_address_cannot_steer_the_terminal(styled: Console, printed: Printed) -> None:
    hostile = replace(CITATION, link="https://x.example/\x1b]8;;evil\x07", path="a\nb\x1b[2J.txt", source="S\u202eX")
    show(display.cited(hostile, styled), styled)
    assert "https://x.example/␛]8;;evil␇" in printed(styled)
    assert "S�X · 21 Jan 2022 · a b␛[2J.txt" in printed(styled)


def test_what_is_shown_has_as_many_characters_as_what_stands_there() -> None:
    text = "".join(map(chr, range(0x2100))) + "\ud800\udfff🙂é"
    assert len(visible(text)) == len(text)
    assert visible("naïve — 日本 🙂 ‏שלום\u200d") == "naïve — 日本 🙂 ‏שלום\u200d"


def test_hard_line_ends_in_a_quote_are_folded_and_its_paragraphs_are_kept(plain: Console) -> None:
    quote = "A sentence that was\r\n   wrapped by hand.\r\n\r\nAnother   paragraph."
    lines = shown(quote_lines(quote, [], plain))
    assert lines == ["    A sentence that was wrapped by hand.", "    Another paragraph."]


def test_a_marked_sentence_begins_a_line_and_every_line_of_it_has_the_mark(plain: Console) -> None:
    first, second = "Before it stands this.", "word " * 40 + "end."
    quote = f"{first} {second} And after it this."
    lines = shown(quote_lines(quote, [Span(len(first) + 1, len(first) + 1 + len(second))], plain))
    assert lines[0] == f"    {first}"
    assert lines[-1] == "    And after it this."
    assert len(lines) == 5
    assert all(line.startswith("  > word ") for line in lines[1:-1])
    assert max(map(len, lines)) <= 80


def test_wide_characters_and_endless_words_fit_the_width(plain: Console) -> None:
    for words in ("漢字" * 100, "x" * 500, "🙂" * 90):
        for line in quote_lines(words, [], plain):
            assert line.cell_len <= 80


def test_lines_are_never_wider_than_a_hundred_columns(plain: Console) -> None:
    plain.width = 300
    assert max(line.cell_len for line in wrapped(Text("word " * 100), plain)) <= 100


def test_an_article_is_shown_line_by_line_with_its_quote_marked_in_the_margin(plain: Console) -> None:
    start = HARBOUR.index("The barrier will cost")
    answering = Span(HARBOUR.index("Mayor Runa"), HARBOUR.index("Mayor Runa") + len(ASKED))
    quote = Span(start, answering.end)
    lines, begins = article_lines(HARBOUR, quote, [answering], plain)
    texts = shown(lines)
    assert texts[0] == "    Harbour of Lindvik gets a tidal barrier"
    assert texts[1] == ""
    assert texts[begins].startswith("  | The barrier will cost 48 million euros")
    assert " ".join(line.removeprefix("  > ") for line in texts if line.startswith("  > ")) == ASKED
    assert any(line.startswith("    Fishermen fear") for line in texts)


def test_in_an_article_too_the_sentence_after_a_marked_one_begins_a_line(plain: Console) -> None:
    text = "It began. It went on. It ended."
    lines, _ = article_lines(text, Span(0, 21), [Span(10, 21)], plain)
    assert shown(lines) == ["  | It began.", "  > It went on.", "    It ended."]


def test_an_article_without_a_quote_is_shown_from_its_start(plain: Console) -> None:
    lines, begins = article_lines("One.\r\n\r\n\r\n\r\nTwo.\rThree.", None, [], plain)
    assert shown(lines) == ["    One.", "", "    Two.", "    Three."]
    assert begins == 0
