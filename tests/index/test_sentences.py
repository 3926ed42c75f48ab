"""Paragraphs and sentences hold all of a text, cut where a reader would cut it."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Span
from index.sentence_ends import ENDS
from index.sentences import WINDOW, paragraphs, sentences

HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(
            [
                " ",
                "  ",
                "\n",
                "\r\n",
                "\r",
                "\n\n",
                "\n \t\n",
                ". ",
                "? ",
                "! ",
                "…",
                "。",
                "؟ ",
                "\x00",
                "\x1c",
                "\x85",
                "\f",
            ]
        ),
        st.sampled_from(
            ["\u2028", "\u2029", "\u200b", "\ufeff", "”", ") ", "“", "«", "- ", "1. ", "e\u0301\u0323", "👩‍🚀", "𝔘n"]
        ),
        st.sampled_from(
            [
                "Hello there",
                "Dr. Smith",
                "the U.S. Then",
                "שלום עולם",
                "مرحبا",
                "日本語です",
                "x" * 400,
                "\U0001f1f3\U0001f1f4",
            ]
        ),
        st.text(max_size=8),
    ),
    max_size=40,
).map("".join)


def whole(text: str) -> Span:
    return Span(0, len(text))


def split(text: str, language: str | None = "en") -> list[str]:
    return [one.of(text) for one in sentences(text, whole(text), language)]


def blocks(text: str) -> list[str]:
    return [one.of(text) for one in paragraphs(text)]


def ink(text: str) -> str:
    return "".join(text.split())


def assert_tiles(text: str, spans: tuple[Span, ...]) -> None:
    """The spans are in order, disjoint, without surrounding white space, and hold all that is not white space."""
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(one.of(text) and one.of(text) == one.of(text).strip() for one in spans)
    assert ink("".join(one.of(text) for one in spans)) == ink(text)


@given(HOSTILE)
def test_paragraphs_hold_all_of_any_text(text: str) -> None:
    assert_tiles(text, paragraphs(text))


@given(HOSTILE, st.sampled_from(["en", "de", "no", "ja", "ar", "zz", "", "pt-BR", None]))
def test_sentences_hold_all_of_any_text(text: str, language: str | None) -> None:
    assert_tiles(text, sentences(text, whole(text), language))


@given(HOSTILE)
def test_sentences_stay_within_their_paragraph(text: str) -> None:
    for paragraph in paragraphs(text):
        found = sentences(text, paragraph, None)
        assert found[0].start == paragraph.start
        assert found[-1].end == paragraph.end


def test_lone_surrogates_do_no_harm() -> None:
    assert split("A \ud800 came. It went.") == ["A \ud800 came.", "It went."]


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\r\r", "\n \t\n", "\r\n\n", "\n\n\n\n"])
def test_blank_lines_part_paragraphs(blank: str) -> None:
    assert blocks(f"  One here{blank}Two here \n") == ["One here", "Two here"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_in_a_text_without_blank_lines_every_line_is_a_paragraph(end: str) -> None:
    lines = [
        "Bus fares rise",
        "By Ann Webb",
        "Fares rise by 4 per cent. That is a lot.",
        "The council voted on Tuesday",
    ]
    assert blocks(end.join(lines)) == lines


def test_where_nearly_all_lines_end_a_sentence_every_line_is_a_paragraph() -> None:
    assert blocks("It rained.\nIt snowed!\n\nWas it cold?\nIt was.") == [
        "It rained.",
        "It snowed!",
        "Was it cold?",
        "It was.",
    ]


WRAPPED = """\
The committee met on Tuesday to hear what the farmers along the
upper river had to say about the flood. It sat until
Ann Webb, who had come from the coast, asked that the hearing
be closed."""


@pytest.mark.parametrize("text", [WRAPPED, f"{WRAPPED}\n\nNobody objected."])
def test_a_wrapped_sentence_is_one_sentence(text: str) -> None:
    assert blocks(text)[0] == WRAPPED
    assert split(text)[:2] == [
        "The committee met on Tuesday to hear what the farmers along the\nupper river had to say about the flood.",
        "It sat until\nAnn Webb, who had come from the coast, asked that the hearing\nbe closed.",
    ]


def test_short_lines_and_list_items_are_paragraphs_of_their_own() -> None:
    text = "Name\nEmail\n\nWhat is needed:\n- a spade\n- a rake that is\n  not broken"
    assert blocks(text) == ["Name", "Email", "What is needed:", "- a spade", "- a rake that is\n  not broken"]


def test_long_lines_are_paragraphs_of_their_own() -> None:
    long = "The ferry " * 20 + "sank"
    assert blocks(f"Title\n{long}\nAnother line\n\nEnd") == ["Title", long, "Another line", "End"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith left at 3.5 km. He slept.", ["Dr. Smith left at 3.5 km.", "He slept."]),
        ("He said: “Go.” She went.", ["He said: “Go.”", "She went."]),
        ("He left.) Next came Ann.", ["He left.)", "Next came Ann."]),
        ("“He left. ” Next came Ann.", ["“He left. ”", "Next came Ann."]),
        ("It rained. … ! It snowed.", ["It rained. … !", "It snowed."]),
        ("1. Dig a hole. 2. Plant the tree.", ["1. Dig a hole.", "2. Plant the tree."]),
        ("日本語です。次の文です。", ["日本語です。", "次の文です。"]),
        ("One ended.\nTwo ended.\rThree ended.", ["One ended.", "Two ended.", "Three ended."]),
        ("One\n\nTwo", ["One", "Two"]),
        ("", []),
        (" \n ", []),
        ("* * *", ["* * *"]),
        ("👩‍🚀 flew. 👩‍🚀 landed.", ["👩‍🚀 flew.", "👩‍🚀 landed."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_rules_follow_the_language() -> None:
    text = "Das kostet z. B. Geld. Er zahlt."
    assert split(text, "de")[-1] == "Er zahlt."
    assert split(text, "de-AT") == split(text, "de")


def test_a_span_in_the_middle_of_a_text_gives_offsets_in_the_text() -> None:
    text = "Not this. But this. And that. Not this."
    assert [one.of(text) for one in sentences(text, Span(10, 29), "en")] == ["But this.", "And that."]


def test_a_paragraph_longer_than_the_window_is_cut_as_a_short_one_is() -> None:
    one = "The ferry left the harbour at noon and came back at six o'clock."
    assert split(" ".join([one] * 500)) == [one] * 500
    long = "word " * WINDOW + "end."
    assert split(f"It began. {long} It ended.") == ["It began.", long, "It ended."]
    assert split("x" * 10_000 + ". Short one.") == ["x" * 10_000 + ".", "Short one."]


@pytest.mark.parametrize("offset", range(0, 70, 3))
def test_where_the_window_ends_makes_no_difference(offset: int) -> None:
    one = "Dr. Webb left the U.S. at 3.5 knots, and came back at noon."
    first = "a" * offset + "b came first."
    assert split(" ".join([first, *[one] * 120])) == [first, *[one] * 120]


@pytest.mark.parametrize(
    "unit", ["x", '!"', "\n", "a\n", ". ", "Ab. ", "\r", "1. ", "a.) ", "(", "日。", ".)", "“a. ", " "]
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    start = time.process_time()
    for paragraph in paragraphs(text):
        sentences(text, paragraph, "en")
    assert time.process_time() - start < 2.0


def test_a_paragraph_in_lower_case_after_a_number_is_not_lost() -> None:
    # The full stop after a number is an ordinal's only within a paragraph.
    text = "It rose to 104.81.\n\ncompany and index, in dollars"
    first, second = paragraphs(text)
    assert [span.of(text) for span in sentences(text, first, "en")] == ["It rose to 104.81."]
    assert [span.of(text) for span in sentences(text, second, "en")] == ["company and index, in dollars"]
    assert [span.of(text) for span in sentences(text, whole(text), "en")] == [
        "It rose to 104.81.",
        "company and index, in dollars",
    ]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("hi", ["परिषद ने घाट बंद किया।", "नावें बाजार से चलेंगी।"]),
        ("ur", ["بلدیہ نے گھاٹ بند کیا۔", "کشتیاں بازار سے چلیں گی۔"]),
        ("km", ["ក្រុមប្រឹក្សាបានបិទកំពង់ផែ។", "ទូកនឹងចេញពីផ្សារត្រី៕"]),
        ("my", ["ကောင်စီသည် ဆိပ်ကမ်းကို ပိတ်ခဲ့သည်။", "လှေများသည် ဈေးမှ ထွက်မည်။"]),
        ("hy", ["Խորհուրդը փակեց նավամատույցը։", "Նավակները կմեկնեն շուկայից։"]),
        ("am", ["ምክር ቤቱ ወደቡን ዘጋ።", "ጀልባዎች ከገበያው ይነሳሉ።"]),
        ("bn", ["পরিষদ ঘাট বন্ধ করেছে।", "নৌকা বাজার থেকে ছাড়বে।"]),
    ],
)
@pytest.mark.parametrize("told", [True, False])
def test_sentences_end_at_the_marks_of_their_script(language: str, expected: list[str], told: bool) -> None:
    assert split(" ".join(expected), language if told else None) == expected


def test_every_mark_that_unicode_calls_a_sentence_terminal_parts_sentences() -> None:
    marks = [chr(code) for code in range(0x110000) if re.fullmatch(f"[{ENDS}]", chr(code))]
    # A full stop that is an abbreviation's or of another width stands within words as well.
    joined = [
        mark for mark in marks if split(f"Xabc def{mark} Yabc ghi{mark}") != [f"Xabc def{mark}", f"Yabc ghi{mark}"]
    ]
    assert joined == []


def test_a_script_without_marks_is_cut_at_blanks_into_runs_of_phrases() -> None:
    phrases = [
        "สภาเมืองลงมติเมื่อวันอังคารให้ปิดท่าเรือเก่าเป็นเวลาสิบเอ็ดเดือน",
        "วิศวกรพบว่าเสาไม้สี่สิบต้นจากเก้าสิบต้นผุอยู่ใต้น้ำ",
        "สมาชิกสภากล่าวว่าการซ่อมแซมจะใช้เงินสิบแปดล้านบาท",
        "เรือข้ามฟาก 12 ลำ จะออกจากตลาดปลาแทน",
    ]
    text = " ".join(phrases)
    # Two phrases fit into 140 code points, three do not; what stands around a number is not cut.
    assert split(text, "th") == [" ".join(phrases[:2]), " ".join(phrases[2:])]
    assert_tiles(text, sentences(text, whole(text), "th"))
    [first, second] = sentences(text, whole(text), "th")
    assert sentences(text, second, "th") == (second,), "a part is cut as it is within the whole"
    assert sentences(text, first, None) == (first,)


def test_paragraphs_of_another_script_that_end_like_sentences_are_parted_by_lines() -> None:
    lines = ["परिषद ने घाट बंद किया।", "नावें बाजार से चलेंगी।", "मरम्मत में एक वर्ष लगेगा।"]
    assert blocks("\n".join(lines)) == lines
