"""The speaker of a quotation, by every kind of clause that reports one."""

import pytest

from tests.retrieval.quotes.articles import FERRY, GERMAN, HARVEST, JAPANESE, NORWEGIAN
from tests.retrieval.quotes.pages import said_by

QUOTE = "We have waited long enough for this"


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        (f'"{QUOTE}," said Runa Aasheim.', "Runa Aasheim"),
        (f'"{QUOTE}," Runa Aasheim said on Monday.', "Runa Aasheim"),
        (f'Runa Aasheim said: "{QUOTE}."', "Runa Aasheim"),
        (f'Runa Aasheim also told the Gazette on Friday, "{QUOTE}."', "Runa Aasheim"),
        (f'Runa Aasheim, a nurse from Tarn, wrote, "{QUOTE}."', "Runa Aasheim"),
        (f'The mayor of Ostmark, Runa Aasheim, said, "{QUOTE}."', "Runa Aasheim"),
        (f'"{QUOTE}," said Ostmark\'s mayor, Runa Aasheim.', "Runa Aasheim"),
        (f'"{QUOTE}," said study co-author Professor Runa Aasheim of Ostmark University.', "Runa Aasheim"),
        (f'According to Runa Aasheim, "{QUOTE}".', "Runa Aasheim"),
        (f'"{QUOTE}", according to Runa Aasheim.', "Runa Aasheim"),
        (f'As Runa Aasheim puts it: "{QUOTE}."', "Runa Aasheim"),
        (f'Runa Aasheim from the Ostmark Institute commented, "{QUOTE}."', "Runa Aasheim"),
        (f'The Gazette quoted Runa Aasheim, head of the county, as saying "{QUOTE}".', "Runa Aasheim"),
        (f'Runa Aasheim welcomed the vote, adding, "{QUOTE}."', "Runa Aasheim"),
        (f'In a letter to the Gazette, Runa Aasheim wrote "{QUOTE}".', "Runa Aasheim"),
        (f'Runa Aasheim\'s statement reads "{QUOTE}".', "Runa Aasheim"),
        (f'Runa Aasheim: "{QUOTE}"', "Runa Aasheim"),
        (f'"{QUOTE}," said a spokesman for Runa Aasheim.', "a spokesman for Runa Aasheim"),
        (f'"{QUOTE}," Runa Aasheim\'s spokesman said.', "Runa Aasheim's spokesman"),
        (f'"{QUOTE}," the Interior Ministry said in a statement.', "Interior Ministry"),
        (f'"{QUOTE}"\n\n— Runa Aasheim', "Runa Aasheim"),
        (f'On Tuesday Runa Aasheim said, "{QUOTE}."', "Runa Aasheim"),
        (f'Ambassador to the Low Countries Anna Holm wrote, "{QUOTE}."', "Anna Holm"),
        (f'"{QUOTE}," said University of Tarn, Ostmark\'s chancellor, Runa Aasheim.', "Runa Aasheim"),
        (f'Runa Aasheim spoke of it – which the Gazette noted as a first – "{QUOTE}."', "Runa Aasheim"),
        (f'Runa Aasheim in breaking the news said, "{QUOTE}."', "Runa Aasheim"),
        (f'According to a memo posted by Runa Aasheim, the county "{QUOTE}".', "Runa Aasheim"),
        (f'Runa Aasheim gave her "thanks" and said the ships were "{QUOTE}".', "Runa Aasheim"),
        (f'Runa Aasheim\'s complaint alleged "{QUOTE}".', "Runa Aasheim"),
        (f'"{QUOTE}," the Ministry of Inland Waters said.', "Ministry of Inland Waters"),
        (f'The High Court of Tarn and Ostmark also ruled: "{QUOTE}."', "High Court of Tarn and Ostmark"),
        (f'In May, Rahmani said, "{QUOTE}."', "Rahmani"),
    ],
)
def test_the_clause_beside_a_quotation_names_its_speaker(sentence: str, speaker: str) -> None:
    text = f"Karl Lie and Hanna Moe came to Ostmark on Monday.\n\n{sentence}\n\nThe meeting ended at noon."
    assert said_by(text, QUOTE) == speaker


@pytest.mark.parametrize(
    ("before", "clause", "speaker"),
    [
        ("Runa Aasheim met Karl Lie. ", "she said", "Runa Aasheim"),
        ("Runa Aasheim met Karl Lie. ", "he said", "Karl Lie"),
        ("Runa Aasheim, the mayor, was late. Karl Lie was not. ", "the mayor said", "Runa Aasheim"),
        ("Mr Aasheim met Ms Lie. ", "she said", "Lie"),
        ("Karl Lie praised Hanna Moe's work. ", "he said", "Karl Lie"),
        ("Karl Lie was late. He said Per Strand had been on time. ", "he added", "Karl Lie"),
        ("Ttuku Lomo had three votes more than Mayor Strand. ", "he said", "Ttuku Lomo"),
        ("Pilot Ttuku Lomo held the record of the late Karl Lie. ", "she said", "Ttuku Lomo"),
        ("BTL halted its show for Karl Lie. It thanked Karl Lie. ", "it said", "BTL"),
    ],
)
def test_a_pronoun_or_a_noun_stands_for_who_was_named_last_and_fits(before: str, clause: str, speaker: str) -> None:
    assert said_by(f'{before}"{QUOTE}," {clause}.', QUOTE) == speaker


@pytest.mark.parametrize(
    ("words", "speaker"),
    [
        ("I would rather close a line", "Runa Aasheim"),
        ("The money is not there", "Odd Vik"),
        ("If it goes, we will have to drive", "Grete Holm"),
        ("but I cannot print money", "Runa Aasheim"),
        ("This vote was rushed", "Per Strand"),
        ("the ship is old", "ferry company"),
        ("Tarn has been promised a bridge", "Alma Rye"),
        ("It has been promised a tunnel", "Alma Rye"),
    ],
)
def test_quotations_that_run_on_have_the_speaker_of_their_clause(words: str, speaker: str) -> None:
    assert (said_by(FERRY, words) or "").removeprefix("the ") == speaker


def test_the_subject_of_the_last_sentence_says_what_no_verb_reports() -> None:
    text = (
        'Runa Aasheim came. "It is late," she said. She noted that Karl Lie had left. Hanna Moe kept the door open and '
        f'was "{QUOTE}".'
    )
    assert said_by(text, QUOTE) == "Hanna Moe"


def test_whom_somebody_speaks_to_is_not_whom_a_pronoun_stands_for() -> None:
    text = f'Karl Lie left Ostmark. Speaking to Per Strand of the Gazette, he said, "{QUOTE}."'
    assert said_by(text, QUOTE) == "Karl Lie"


def test_a_pronoun_is_not_taken_for_a_person_of_the_other_gender() -> None:
    assert said_by(HARVEST, "The forecast was right") == "Hanna Moe"
    assert said_by(HARVEST, "Nobody could have known") == "Karl Lie"


@pytest.mark.parametrize(
    ("text", "words", "language", "speaker"),
    [
        (NORWEGIAN, "Vi taper penger", "no", "Runa Aasheim"),
        (NORWEGIAN, "Gutten min tar", "no", "Grete Holm"),
        (NORWEGIAN, "Vi har ventet", "no", "Grete Holm"),
        (NORWEGIAN, "avstemningen et hastverk", "no", "Per Strand"),
        (GERMAN, "Wir verlieren", "de", "Runa Aasheim"),
        (GERMAN, "Das geht so", "de", "Runa Aasheim"),
    ],
)
def test_other_languages_have_clauses_of_their_own(text: str, words: str, language: str, speaker: str) -> None:
    assert said_by(text, words, language) == speaker


def test_where_nothing_is_known_of_a_language_nobody_is_named() -> None:
    assert said_by(JAPANESE, "毎回三千円", "ja") is None


def test_a_label_in_front_of_a_line_names_its_speaker() -> None:
    text = "Mayor Runa Aasheim: The ferry has had its day.\n\nThe hall was quiet: The vote was over."
    assert said_by(text, "The ferry has had its day") == "Runa Aasheim"
    assert said_by(text, "The vote was over") is None


def test_words_outside_quotation_marks_have_a_speaker_only_if_they_are_reported() -> None:
    text = "Runa Aasheim said that the ferry would stop in March. The harbour is closed on Sundays."
    assert said_by(text, "the ferry would stop in March") == "Runa Aasheim"
    assert said_by(text, "The harbour is closed") is None
