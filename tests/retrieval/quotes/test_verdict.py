"""The verdict on a quote, kind by kind."""

import pytest

from tests.retrieval.quotes.articles import FERRY, HARVEST
from tests.retrieval.quotes.pages import found

LOSS = "We lose 3,400 crowns on every trip, and nobody has shown me a way out"


@pytest.mark.parametrize(
    "quote",
    [
        LOSS,
        f"“{LOSS}.”",
        f"„{LOSS}“",
        f"'{LOSS}'",
        LOSS.upper(),
        f"w{LOSS[1:]}",
        f"[w]{LOSS[1:]}",
        "on every trip, and nobody has",
        "We lose 3400 crowns on every trip and nobody has shown me a way out!",
        "We lose 3,400 crowns … and nobody has shown me a way out",
        "We lose [...] a way out",
        "We lose 3,400 crowns on every trip, (...) a way out",
        "We lose 3,400 crowns [sic] on every trip, and nobody has shown me a way out",
        f"{LOSS} [emphasis added]",
        "We lose\n3,400\u00a0crowns on every  trip, and no\u00adbody has shown me a way out",
        f"{LOSS}. I would rather close a line than a school.",
        "I understand the anger but I cannot print money",
        "“I understand the anger,” Aasheim said, “but I cannot print money.”",
        "Tarn has been promised a bridge since 1974. It has been promised a tunnel since 1991",
    ],
)
def test_word_for_word_is_exact_however_it_is_dressed(quote: str) -> None:
    assert found(quote, HARVEST, FERRY).verdict == "exact"


@pytest.mark.parametrize(
    ("quote", "article", "asked"),
    [
        ("We lose 3,500 crowns on every trip, and nobody has shown me a way out", ["3,400"], ["3,500"]),
        ("We lose 3,400 crowns on every trip, and everybody has shown me a way out", ["nobody"], ["everybody"]),
        ("We do not lose 3,400 crowns on every trip, and nobody has shown me a way out", [""], ["do not"]),
        ("We lose 3,400 crowns on trip every, and nobody has shown me a way out", ["every", "trip"], ["trip", "every"]),
        ("We lose 3,400 crowns on way trip, and nobody has shown me a every out", ["every", "way"], ["way", "every"]),
        ("We lose 3,400 crowns and nobody has shown me a way out", ["on every trip"], [""]),
        ("We 3,400 crowns on every trip, and nobody has shown me a way out", ["lose"], [""]),
        ("lose We 3,400 crowns on every trip, and nobody has shown me a way out", ["We", "lose"], ["lose", "We"]),
        ("We lose 3,400 crowns on every trip, and nobody has shown me a out way", ["way", "out"], ["out", "way"]),
        ("The money is there", ["not"], [""]),
        ("We do accept it", ["don't"], ["do"]),
        ("but I can print money", ["cannot"], ["can"]),
        ("My daughter takes that boat to school", ["son"], ["daughter"]),
        ("If it goes, we will [not] have to drive 60 kilometres every day.", [""], ["[not]"]),
        ("Tarn has been promised a bridge since 1947", ["1974"], ["1947"]),
    ],
)
def test_every_changed_word_is_named(quote: str, article: list[str], asked: list[str]) -> None:
    finding = found(quote, HARVEST, FERRY)
    assert finding.verdict == "altered"
    assert [one.article for one in finding.differences] == article
    assert [one.asked for one in finding.differences] == asked
    assert all(quote[one.start : one.end] == one.asked for one in finding.differences)


def test_what_differs_is_told_apart_by_its_weight() -> None:
    finding = found("We do not lose 3,500 pounds on every trip, and nobody has shown me a way out", FERRY)
    assert [one.kind for one in finding.differences] == ["negation", "number", "word"]
    (name,) = found("Ostmark has been promised a bridge since 1974", FERRY).differences
    assert (name.article, name.asked, name.kind) == ("Tarn", "Ostmark", "name")


@pytest.mark.parametrize(
    "quote",
    [
        f"{LOSS}. My son takes that boat to school",
        "My son takes that boat to school. I understand the anger",
        "We lose 3,400 crowns on but I cannot print money",
        "The money is not there … We don't accept it",
    ],
)
def test_two_quotes_as_one_are_joined_with_a_place_for_each(quote: str) -> None:
    finding = found(quote, HARVEST, FERRY)
    assert finding.verdict == "joined"
    assert len(finding.places) == 2


def test_quotes_that_meet_at_a_paragraph_are_two_if_each_has_its_marks() -> None:
    text = '"The year was bad for apples," said Moe. "We lost it all."\n\n"The year was good for plums," Lie said.'
    assert found("We lost it all. The year was good for plums", text).verdict == "joined"
    assert found("The year was bad for apples. We lost it all", text).verdict == "exact"


def test_an_ellipsis_of_the_articles_own_hides_no_word_beside_it() -> None:
    assert found("We lit 9,000 candles and it did not help [...] at all", HARVEST).verdict == "exact"
    finding = found("We lit 9,000 candles and it did [...] at all", HARVEST)
    assert finding.verdict == "altered"
    assert [one.article for one in finding.differences] == ["not help"]


def test_brackets_of_the_articles_own_are_words_of_it() -> None:
    assert found("We will help [the growers], but not every year", HARVEST).verdict == "exact"
    finding = found("We will help [the farmers], but not every year", HARVEST)
    assert finding.verdict == "altered"
    assert [(one.article, one.asked) for one in finding.differences] == [("growers", "farmers")]


@pytest.mark.parametrize(
    "quote",
    [
        "The ferry has been the love of my life",
        "Ask not what your country can do for you",
        "crowns bridge candles letter",
        "<b>We</b> <script>alert(1)</script>",
    ],
)
def test_what_no_article_holds_is_absent(quote: str) -> None:
    finding = found(quote, HARVEST, FERRY)
    assert finding.verdict == "absent"
    assert not finding.differences


@pytest.mark.parametrize(
    ("quote", "speaker", "verdict"),
    [
        (LOSS, "Runa Aasheim", "exact"),
        (LOSS, "Aasheim", "exact"),
        (LOSS, "Mayor Aasheim", "exact"),
        (LOSS, "R. Aasheim", "exact"),
        (LOSS, "Grete Holm", "other_speaker"),
        (LOSS, "Olav Aasheim", "other_speaker"),
        (LOSS, "Somebody Else", "other_speaker"),
        ("The money is not there", "Odd Vik", "exact"),
        ("The money is not there", "Runa Aasheim", "other_speaker"),
        ("This vote was rushed", "Per Strand", "exact"),
        ("This vote was rushed", "Grete Holm", "other_speaker"),
        ("the ship is old and the crew is older", "the ferry company", "exact"),
        ("Tarn has been promised a bridge since 1974", "Alma Rye", "exact"),
        ("Tarn has been promised a bridge since 1974", "Per Strand", "other_speaker"),
    ],
)
def test_the_same_words_by_somebody_else_are_told_apart(quote: str, speaker: str, verdict: str) -> None:
    assert found(quote, HARVEST, FERRY, speaker=speaker).verdict == verdict


@pytest.mark.parametrize(
    ("text", "speaker", "verdict"),
    [
        # A name beside its verb is sure.
        ('Runa Aasheim told Hanna Moe, "{}."', "Hanna Moe", "other_speaker"),
        ('Hanna Moe was there. "{}," said Runa Aasheim.', "Hanna Moe", "other_speaker"),
        # Of any other clause either of two can be meant.
        ('A memo by Hanna Moe, the Gazette found, said "{}".', "Hanna Moe", "exact"),
        (
            'Calling it "an error", Hanna Moe of "Save Tarn", a group of neighbours, told Strandposten "{}".',
            "Moe",
            "exact",
        ),
        ('Per Strand and Karl Lie met. "{}," he said.', "Karl Lie", "exact"),
        ('Per Strand and Karl Lie met. "{}," he said.', "Per Strand", "exact"),
        ('Per Strand and Karl Lie met. "{}," he said.', "Hanna Moe", "other_speaker"),
        ('Karl Lie rested. Per Strand met Hanna Moe. "{}," he said.', "Karl Lie", "other_speaker"),
        ('Inquiries were begun by Hanna Moe and the Harbour Board, with the latter confirming "{}".', "Moe", "exact"),
        # A noun may stand for somebody who was named.
        ('Hanna Moe swam on. "{}," the Ostmark native said.', "Hanna Moe", "exact"),
        ('Hanna Moe swam on. "{}," the 43-year-old said.', "Hanna Moe", "exact"),
        ('Hanna Moe swam on. "{}," a neighbour said.', "Hanna Moe", "other_speaker"),
        ('Hanna Moe swam on. "{}," the company said.', "Hanna Moe", "other_speaker"),
        ('The Board of Open Harbours (BOH) met. They released a statement which read, "{}."', "BOH", "exact"),
    ],
)
def test_only_a_speaker_for_sure_makes_another_one_wrong(text: str, speaker: str, verdict: str) -> None:
    words = "we have waited long enough for this ship"
    assert found(words, text.format(words.capitalize()), speaker=speaker).verdict == verdict


def test_the_whole_quotation_is_cited_without_the_comma_before_its_clause() -> None:
    (place,) = found("on every trip, and nobody has", FERRY).places
    assert place.whole.of(FERRY) == LOSS
    (place,) = found("I understand the anger but I cannot print money", FERRY).places
    assert place.whole.of(FERRY) == "I understand the anger,” Aasheim said, “but I cannot print money."
