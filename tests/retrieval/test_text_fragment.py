"""A link to a quote names what the page shows of it, and leads to no other place of the article."""

import re
from html import unescape
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Span
from retrieval.links.page_text import shown_lines
from retrieval.links.text_fragment import fragment_of, link_to

REPEATED = "Boats are measured on the slip the evening before, and whoever comes late is not measured at all."
RACES = [
    f"The {name} race is open to boats of up to {size} metres, and its winner takes home a kettle. {REPEATED}"
    for name, size in (("gig", 6), ("pilot", 9), ("smack", 14))
]


def terms(text: str, quote: str, *, at: int | None = None, markdown: bool = False) -> tuple[str, str, str, str]:
    """Prefix, start, end and suffix of the link to a quote in a text, as a browser decodes them."""
    place = text.index(quote) if at is None else at
    link = link_to("https://n.example/a", text, Span(place, place + len(quote)), markdown=markdown)
    parts = link.partition(":~:text=")[2].split(",")
    prefix = unquote(parts.pop(0)[:-1]) if parts[0].endswith("-") else ""
    suffix = unquote(parts.pop()[1:]) if parts[-1].startswith("-") else ""
    start, end = [*map(unquote, parts), ""][:2]
    return prefix, start, end, suffix


def led_to(page: str, link: tuple[str, str, str, str]) -> int | None:
    """Where the start term is found by the WICG draft's rules on a page of plain paragraphs; None if it is not."""
    prefix, start, _, suffix = ("\\s+".join(map(re.escape, term.split())) for term in link)
    before = rf"(?<!\w){prefix}\s*" if prefix else r"(?<!\w)"
    behind = rf"\s*{suffix}(?!\w)" if suffix else r"(?!\w)"
    found = re.search(f"{before}({start}){behind}", page, re.IGNORECASE)
    return found.start(1) if found else None


def test_a_quote_whose_words_stand_earlier_is_told_by_what_stands_before_it() -> None:
    text = "\n\n".join([*RACES, "Only four launches are left."])
    quote = f"{REPEATED}\n\nOnly four launches are left."
    at = text.rindex(REPEATED)
    link = terms(text, quote, at=at)
    assert led_to(text, link) == at
    assert "14 metres" in link[0]


def test_a_line_that_stands_twice_is_told_by_the_next_line_of_the_quote() -> None:
    line = "Entries close at noon on Friday."
    text = f"{line}\n\nThe dinghy race starts at nine.\n\n{line}\n\nThe children swim in the basin."
    at = text.rindex(line)
    link = terms(text, text[at:], at=at)
    assert link[3].startswith("The children swim")
    assert led_to(text, link) == at


def test_a_start_grows_until_it_leads_to_the_quote_alone() -> None:
    text = "The men of the north went to sea in May.\n\nThe men of the north went home in June, it is said here again."
    link = terms(text, text[text.index("The men of the north went home") :])
    assert led_to(text, link) == text.index("The men of the north went home")
    assert link[0] == link[3] == ""


def test_the_end_of_a_link_stands_nowhere_else_in_the_quote() -> None:
    text = (
        "The council met on Monday and heard the harbour master. It voted on the pier at noon.\n\n"
        "Then it heard the smiths, and the weavers after them. It voted on the pier at noon."
    )
    _, _, end, _ = terms(text, text)
    assert text.lower().index(end.lower()) == len(text) - len(end)


@pytest.mark.parametrize(
    ("text", "quote", "start"),
    [
        ("Rules.\n\n- Pets are allowed.\n- The deposit is two months of rent.", "- The deposit is two months of rent.",
         "The deposit is two months of rent."),
        ("Rules.\n\n3. The deposit is two months of rent.", "3. The deposit is two months of rent.",
         "The deposit is two months of rent."),
        ("Party | Seats\nThe Harbour List of Granvik | 14", "The Harbour List of Granvik | 14",
         "The Harbour List of Granvik"),
    ],
)  # fmt: skip
def test_marks_of_lists_and_bars_of_tables_are_no_words(text: str, quote: str, start: str) -> None:
    assert terms(text, quote)[1] == start


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("As [announced](https://n.example/old), it closed.", "As announced, it closed."),
        ("As [announced](https://n.example/a_(b) \"Old\"), it closed.", "As announced, it closed."),
        ("As [announced][old], it **really** _did_ `close`.", "As announced, it really did close."),
        ("It was **_very_ old**, ~~they~~ ==we== say.", "It was very old, they we say."),
        ("See [[Harbour|the old harbour]] and [[Pier]].", "See the old harbour and Pier."),
        ("It was ***very old***.", "It was very old."),
        ("> Quoted &amp; sold: 5 \\* 3 &lt; 20.", "Quoted & sold: 5 * 3 < 20."),
        ("It is <em>closed</em> now.", "It is closed now."),
        ("## It closed at noon.", "It closed at noon."),
        ("- [x] Close the pier.", "Close the pier."),
        ("Set snake_case_name to 2 * 3 * 4.", "Set snake_case_name to 2 * 3 * 4."),
        ("Kühl\u00adhaus am Ha\u200bfen.", "Kühlhaus am Hafen."),
    ],
)  # fmt: skip
def test_markup_is_not_what_a_page_shows(source: str, seen: str) -> None:
    assert [line.shown for line in shown_lines(source, markdown=True)] == [seen]
    assert terms(source, source, markdown=True)[1] == seen


@pytest.mark.parametrize(
    "source", ["![the pier](p.png)", "%% note %%", "<!-- note -->", "---", "| --- | :-: |", "[^1]"]
)
def test_what_a_page_shows_no_words_of_has_no_link_into_it(source: str) -> None:
    assert link_to("https://n.example/a", source, markdown=True) == "https://n.example/a"


def test_a_picture_or_a_note_within_a_line_parts_its_terms() -> None:
    source = "The old pier closed ![](p.png) on Monday, as the council said.[^1] Nobody was hurt there."
    shown = [line.shown for line in shown_lines(source, markdown=True)]
    assert shown == ["The old pier closed", "on Monday, as the council said.", "Nobody was hurt there."]


def test_terms_end_behind_the_marks_of_scripts_without_blanks() -> None:
    text = "市议会决定，关闭旧码头。工程师发现，四十根柱子腐烂。" * 2
    _, start, _, _ = terms(text, text)
    assert start[-1] in "，。", "a browser knows the words of a script without blanks, and takes whole words only"


def test_a_headline_in_a_quote_is_passed_over_as_it_stands_in_menus_too() -> None:
    text = "Cons of package tours\n\nYou pay more than people who rent a car and drive around by themselves."
    assert terms(text, text)[1].startswith("You pay more")


LINES = st.lists(
    st.sampled_from([*RACES, REPEATED, "Greens", "14", "- The Harbour List", "Entries close at noon.", "市议会决定。"]),
    min_size=1, max_size=9,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(LINES, st.data())
def test_of_any_article_no_link_leads_before_its_quote_where_words_can_tell(
    lines: list[str], data: st.DataObject
) -> None:
    text = "\n\n".join(lines)
    first = data.draw(st.integers(0, len(lines) - 1))
    start = len("\n\n".join(lines[:first])) + (2 if first else 0)
    fragment = fragment_of(text, Span(start, len(text)))
    assert fragment is not None
    page = unescape(re.sub(r"(?m)^- ", "", text))
    place = led_to(page, (fragment.prefix, fragment.start, fragment.end, fragment.suffix))
    assert place is not None
    if len(set(lines)) == len(lines):
        assert place >= len(re.sub(r"(?m)^- ", "", text[:start]))


def test_a_long_article_is_looked_through_in_time() -> None:
    text = "\n\n".join(f"Line {number} of the log says that all is well on board." for number in range(20_000))
    at = text.index("Line 19990 ")
    link = terms(text, text[at : at + 120], at=at)
    assert "Line 19990" in link[1]


def test_marks_of_a_text_that_is_no_markdown_are_what_its_page_shows() -> None:
    text = "[img][b] Adebayo* lives in a [home] for *refugees, and `snake` == 3 == 3 &amp; so on."
    assert [line.shown for line in shown_lines(text, markdown=False)] == [text]
    scraped = "As [announced](https://n.example/old), it **really** closed."
    assert [line.shown for line in shown_lines(scraped, markdown=False)] == ["As announced, it really closed."]


def test_words_within_longer_words_are_no_earlier_place() -> None:
    walls = "n the old harbour walls a gull had built its nest of straw."
    assert terms(f"They saw how withi{walls}\n\nI{walls}", f"I{walls}")[0] == ""
