"""Messages that are nothing but a quotation, quotes within messages, and forwarded messages that ask something."""

import pytest

from bot.quotations import asks, only_quotation, quotation_in

SAID = "We lose 3,400 crowns on every trip"


@pytest.mark.parametrize(
    ("text", "quote", "speaker"),
    [
        (f'"{SAID}"', f'"{SAID}"', None),
        (f"“{SAID}.”", f"“{SAID}.”", None),
        (f"  «{SAID}» ", f"«{SAID}»", None),
        (f"“{SAID}” — Runa Aasheim", f"“{SAID}”", "Runa Aasheim"),
        (f"“{SAID}” - Aasheim", f"“{SAID}”", "Aasheim"),
        (f'"{SAID}," said Runa Aasheim.', f'"{SAID},"', "Runa Aasheim"),
        (f"«{SAID}», sier Runa Aasheim", f"«{SAID}»", "Runa Aasheim"),
        (f"“{SAID}”\n(Runa Aasheim)", f"“{SAID}”", "Runa Aasheim"),
        (f"Runa Aasheim: “{SAID}”", f"“{SAID}”", "Runa Aasheim"),
        ("「毎回三千円の赤字です」", "「毎回三千円の赤字です」", None),
        ("“Who would pay for that?” – Runa Aasheim", "“Who would pay for that?”", "Runa Aasheim"),
    ],
)
def test_a_message_that_is_nothing_but_a_quotation(text: str, quote: str, speaker: str | None) -> None:
    assert only_quotation(text) == (quote, speaker)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "“”",
        "What did Runa Aasheim say?",
        '"Runa Aasheim"',
        '"Did she say so?"',
        f'Did she say "{SAID}"?',
        f'"{SAID}" is what she said about it in March',
        f'Why did she say that "{SAID}"',
        'source:"Harbour Post of Lindvik"',
        'in:"words of a title" barrier',
        "“We lose” is not what she said – Is it?",
        "’Tis the season to be jolly",
    ],
)
def test_a_message_that_is_something_else(text: str) -> None:
    assert only_quotation(text) is None


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        (f"The mayor said on Monday: “{SAID}.” She left early.", f"“{SAID}.”"),
        (f"{SAID} and that is that", f"{SAID} and that is that"),
        # Of several nobody knows which is meant.
        (f"“{SAID}” and “nobody has shown me a way out”", f"“{SAID}” and “nobody has shown me a way out”"),
        ("She called it “rushed” on Monday", "She called it “rushed” on Monday"),
    ],
)
def test_the_quote_in_a_message(text: str, quote: str) -> None:
    assert quotation_in(text)[0] == quote


@pytest.mark.parametrize(
    "text", ["When does the ferry stop", "is that true?", "フェリーは三月に終わりますか？", "Hvem sa det"]
)
def test_a_question_asks(text: str) -> None:
    assert asks(text, ("nb", "no", None))


@pytest.mark.parametrize("text", ["The ferry will stop in March.", "🙂", "", "Hva"])
def test_a_statement_does_not_ask(text: str) -> None:
    assert not asks(text, (None,))
