"""Short lines at the rim of a stretch are left out; sentences, lists and what is inside a stretch never are."""

import pytest

from index.article import Article, Found, Span
from index.clutter.marking import without_leftovers
from index.passages import passages
from index.sentences import paragraphs, sentences

LEAD = "The ferry left at noon with 80 people on board."
END = "All of them were brought ashore by the evening."


def quotes(text: str, **fields: object) -> list[str]:
    article = Article("a", "a.txt", text, **fields)  # type: ignore[arg-type]
    return [passage.span.of(text) for passage in passages(article, lambda texts: [len(t.split()) for t in texts])]


@pytest.mark.parametrize("line", ["PACIFIC", "Sport / Sailing", "UK | ROYAL FAMILY", "f  t  in  @", "READ LATER"])
def test_a_short_line_at_the_rim_is_left_out(line: str) -> None:
    assert quotes(f"{line}\n\n{LEAD}\n\n{END}") == [f"{LEAD}\n\n{END}"]
    assert quotes(f"{LEAD}\n\n{END}\n\n{line}") == [f"{LEAD}\n\n{END}"]


def test_short_lines_between_clutter_are_left_out() -> None:
    page = f"{LEAD}\n\n{END}\n\nAdvertisement\n\nFerries\n\nIslands\n\nPlease enter your comment!"
    assert quotes(page) == [f"{LEAD}\n\n{END}"]


@pytest.mark.parametrize(
    "line",
    [
        "Nobody was hurt.",
        "Who was to blame?",
        "Norway 3, Sweden 1",
        "Result: a draw",
        "The harbour master said so",
        "“Never again”",
        "A line of more than eight words is not taken for a label here",
        "渡船は正午に出た",
    ],
)
def test_what_may_be_reporting_is_kept(line: str) -> None:
    assert quotes(f"{line}\n\n{LEAD}\n\n{END}") == [f"{line}\n\n{LEAD}\n\n{END}"]
    assert quotes(f"{LEAD}\n\n{END}\n\n{line}") == [f"{LEAD}\n\n{END}\n\n{line}"]


def test_a_short_line_between_sentences_is_kept() -> None:
    assert quotes(f"{LEAD}\n\nA long wait\n\n{END}") == [f"{LEAD}\n\nA long wait\n\n{END}"]


def test_a_list_under_a_heading_is_kept() -> None:
    text = f"{LEAD}\n\n## Medals\n\nNorway\n\nSweden\n\n## Weather\n\n{END}"
    headings = tuple(Span(text.index(line), text.index(line) + len(line)) for line in ("## Medals", "## Weather"))
    assert quotes(text, headings=headings) == [LEAD, "Norway\n\nSweden", END]


def test_the_line_above_the_headline_is_left_out() -> None:
    text = f"Shipping\n\nFerry lost off the island\n\n{LEAD}\n\n{END}"
    title = "Ferry lost off the island"
    heading = Span(text.index(title), text.index(title) + len(title))
    assert quotes(text, headings=(heading,), title=Found(title, "heading line")) == [f"{LEAD}\n\n{END}"]


def test_a_text_of_nothing_but_short_lines_is_kept() -> None:
    assert quotes("Calm sea\n\nEmpty harbour") == ["Calm sea\n\nEmpty harbour"]


def test_many_short_lines_in_a_row_are_no_leftovers() -> None:
    poem = "\n\n".join(f"The {word} goes out" for word in ("tide", "moon", "boat", "light", "ferry"))
    assert quotes(f"{poem}\n\n{LEAD}") == [f"{poem}\n\n{LEAD}"]


def test_words_after_a_full_stop_in_the_same_line_are_kept() -> None:
    text = f"{LEAD} More to come"
    spans = [span for block in paragraphs(text) for span in sentences(text, block, "en")]
    assert list(without_leftovers(text, spans, before=True, after=True)) == spans
