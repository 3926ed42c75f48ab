"""The table of sentence ends is Unicode's."""

import re

import regex

from index.sentence_ends import ENDS


def test_the_ends_are_the_characters_that_unicode_calls_sentence_terminals() -> None:
    ours = re.compile(f"[{ENDS}]")
    theirs = regex.compile(r"\p{Sentence_Terminal}")
    differing = [hex(code) for code in range(0x110000) if bool(ours.match(chr(code))) != bool(theirs.match(chr(code)))]
    assert differing == []
