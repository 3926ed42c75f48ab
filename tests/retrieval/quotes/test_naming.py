"""Two ways to write one name."""

import pytest

from retrieval.quotes.naming import key_of, same_name, spelled_out
from retrieval.quotes.wordlists import word_lists


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Runa Aasheim", "Aasheim", True),
        ("Mayor Aasheim", "Runa Aasheim", True),
        ("R. Aasheim", "Runa Aasheim", True),
        ("Rob Strand", "Robert Strand", True),
        ("Olav Aasheim", "Runa Aasheim", False),
        ("Hanna Moe", "Hanna Lie", False),
        ("TCF", "Tarn Commission on Ferries", True),
        ("Tarn Commission for Ferries", "TCF", True),
        ("TCX", "Tarn Commission on Ferries", False),
        ("Aashiem", "Runa Aasheim", True),  # two letters changed about
        ("Aashem", "Runa Aasheim", True),
        ("Strond", "Per Strand", True),
        ("Lia", "Karl Lie", False),  # too short to tell a slip from another name
        ("Brand", "Per Strand", False),
    ],
)
def test_a_name_may_be_short_abbreviated_or_have_one_wrong_letter(one: str, other: str, *, is_same: bool) -> None:
    lists = word_lists("en")
    assert same_name(key_of(one, lists), key_of(other, lists)) is is_same


def test_an_acronym_stands_for_the_name_before_its_brackets() -> None:
    text = "On Monday the Tarn Commission on Open Harbours (TCOH) met the Ostmark Board (OB)."
    assert spelled_out(text, "TCOH") == ("tarn", "commission", "on", "open", "harbours")
    assert spelled_out(text, "OB") == ("ostmark", "board")
    assert spelled_out(text, "XY") == ()
