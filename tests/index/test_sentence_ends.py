"""The table of sentence ends is Unicode's."""

import re

import pytest
import regex

from index.sentence_ends import ENDS, ends_sentence


def test_the_ends_are_the_characters_that_unicode_calls_sentence_terminals() -> None:
    ours = re.compile(f"[{ENDS}]")
    theirs = regex.compile(r"\p{Sentence_Terminal}")
    differing = [hex(code) for code in range(0x110000) if bool(ours.match(chr(code))) != bool(theirs.match(chr(code)))]
    assert differing == []


@pytest.mark.parametrize(
    "line",
    [
        "The pier was closed.",
        "“Is it closed?”",
        "घाट बंद होगा।",
        "گھاٹ بند ہوگا۔",
        "កំពង់ផែត្រូវបានបិទ។",
        "ဆိပ်ကမ်းကို ပိတ်ခဲ့သည်။",
        "Նավամատույցը փակվեց։",
        "ወደቡ ተዘጋ።",
        "旧码头关闭了。」",
        "**The pier was closed.**",
        # Thai ends no sentence with a mark; this is longer than a headline.
        "สภาเมืองลงมติเมื่อวันอังคารให้ปิดท่าเรือเก่าเป็นเวลาสิบเอ็ดเดือน",
    ],
)
def test_a_line_ends_as_sentences_of_its_script_do(line: str) -> None:
    assert ends_sentence(line)


@pytest.mark.parametrize("line", ["", "The pier", "Pier: closed", "घाट बंद", "ปิดท่าเรือเก่า", "旧码头关闭"])
def test_headlines_end_no_sentence(line: str) -> None:
    assert not ends_sentence(line)
