"""Quotes checked against an index: citations, bad input, other scripts, and articles as they come."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build import build
from retrieval import QuoteCheck, Retriever
from retrieval.errors import QuestionError, QuoteError
from tests.conftest import BuildData, write_seeds
from tests.retrieval.quotes.articles import FERRY, SEEDS

LOSS = "We lose 3,400 crowns on every trip, and nobody has shown me a way out"


@pytest.fixture(scope="module")
def data(build_data: BuildData) -> Path:
    return build_data(SEEDS)


@pytest.fixture
def retriever(data: Path) -> Iterator[Retriever]:
    with Retriever.open(data, reader=False) as opened:
        yield opened


def test_a_citation_is_the_whole_quotation_letter_for_letter(retriever: Retriever) -> None:
    found = retriever.check("on every trip, and nobody has", "Aasheim")
    assert (found.verdict, found.speaker, found.differences) == ("exact", "Runa Aasheim", ())
    (citation,) = found.citations
    assert citation.quote == LOSS
    assert retriever.article(citation.article_id).text[citation.start : citation.end] == LOSS
    assert (citation.path, citation.paragraph) == ("ferry.txt", 2)


def test_a_joined_quote_has_a_citation_for_each_place(retriever: Retriever) -> None:
    found = retriever.check(f"{LOSS}. My son takes that boat to school")
    assert found.verdict == "joined"
    assert [citation.quote for citation in found.citations] == [LOSS, "My son takes that boat to school"]
    assert [citation.rank for citation in found.citations] == [1, 2]
    assert found.speaker is None


def test_the_same_check_gives_the_same(retriever: Retriever) -> None:
    assert retriever.check(f"not {LOSS}") == retriever.check(f"not {LOSS}")


def test_what_no_article_holds_has_no_citation(retriever: Retriever) -> None:
    assert retriever.check("Ask not what your country can do for you") == QuoteCheck("absent")


@pytest.mark.parametrize(
    ("quote", "speaker", "verdict"),
    [
        ("Vi taper penger på hver eneste tur", "Aasheim", "exact"),
        ("Vi taper ikke penger på hver eneste tur", "Aasheim", "altered"),
        ("«Vi har ventet i femti år»", "Grete Holm", "exact"),
        ("Vi har ventet i femten år", "Grete Holm", "altered"),
        ("avstemningen et hastverk uten like", "Grete Holm", "other_speaker"),
        ("»Das geht so nicht weiter.«", "Runa Aasheim", "exact"),
        ("Das geht so weiter.", "Runa Aasheim", "altered"),
        ("毎回三千円の赤字です", None, "exact"),
        ("「毎回二千円の赤字です」", None, "altered"),
    ],
)
def test_it_works_in_every_language_of_the_index(
    retriever: Retriever, quote: str, speaker: str | None, verdict: str
) -> None:
    assert retriever.check(quote, speaker).verdict == verdict


@pytest.mark.parametrize("quote", ["", "  \n", "…", "“ ”", "?!", "\u202e\u202c\u200b", "[…]"])
def test_a_quote_without_a_word_is_one_line_that_says_what_to_do(retriever: Retriever, quote: str) -> None:
    with pytest.raises(QuoteError, match=r"^the quote holds no word: give the words") as error:
        retriever.check(quote)
    assert isinstance(error.value, QuestionError)


def test_a_quote_longer_than_a_message_is_one_line(retriever: Retriever) -> None:
    with pytest.raises(QuoteError, match=r"^the quote has 4,097 characters: check at most 4,096$"):
        retriever.check("a" * 4_097)


@pytest.mark.parametrize(
    "quote",
    [
        ("crowns " * 600)[:4_096],
        ("x" * 4_096),
        ("[" * 2_048 + "]" * 2_048)[:4_095] + "a",
        ("[a] " * 1_024)[:4_096],
        ("… a " * 1_024)[:4_096],
        FERRY[:4_096],
    ],
)
def test_a_quote_as_long_as_a_message_is_checked(retriever: Retriever, quote: str) -> None:
    assert retriever.check(quote).verdict in ("absent", "exact", "altered", "joined")


@pytest.mark.parametrize(
    "quote",
    [
        "<b>3,400</b> &amp; <script>alert(1)</script>",
        "**bold** [link](https://example.org) `code`",
        "Москва слезам не верит",
        "\u202etrap siht\u202c",
        "\x00\x1b[2J",
        "🦀🦀🦀 crab",
        "\ud800",
    ],
)
def test_hostile_quotes_are_absent_and_nothing_breaks(retriever: Retriever, quote: str) -> None:
    assert retriever.check(f"{quote} zubrin").verdict == "absent"


def test_one_word_is_found_where_it_was_said(retriever: Retriever) -> None:
    found = retriever.check("crowns", "Aasheim")
    assert (found.verdict, found.speaker) == ("exact", "Runa Aasheim")
    assert retriever.check("zubrin").verdict == "absent"


@pytest.mark.parametrize("speaker", ["", "  ", "…", "\u202e", None])
def test_a_speaker_without_a_letter_is_nobody_and_is_not_checked(retriever: Retriever, speaker: str | None) -> None:
    assert retriever.check(LOSS, speaker).verdict == "exact"


@pytest.mark.parametrize("speaker", ["x" * 5_000, "<b>", "'; DROP TABLE articles", "\x00a"])
def test_a_speaker_of_rubbish_said_nothing(retriever: Retriever, speaker: str) -> None:
    assert retriever.check(LOSS, speaker).verdict == "other_speaker"


def test_articles_are_compared_as_people_read_them(build_data: BuildData) -> None:
    text = "Ferry news\r\n\r\n“We\u00a0lose co\u00adins on ev\u200bery\r\ntrip,” said Runa Aasheim.\r\n"
    with Retriever.open(build_data({"crlf.txt": text}), reader=False) as retriever:
        found = retriever.check("We lose coins on every trip", "Aasheim")
        assert found.verdict == "exact"
        (citation,) = found.citations
        assert citation.quote == retriever.article("crlf.txt").text[citation.start : citation.end]
        assert citation.quote.startswith("We\u00a0lose co\u00adins")
        assert retriever.check("We lose coins on any trip").verdict == "altered"


def test_an_article_that_is_gone_is_no_longer_cited(build_data: BuildData, tmp_path: Path, data: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data, folder, symlinks=True)
    with Retriever.open(folder, reader=False) as retriever:
        assert retriever.check(LOSS).verdict == "exact"
        build(write_seeds(tmp_path / "seeds", {"harvest.txt": SEEDS["harvest.txt"]}), folder)
        assert retriever.check(LOSS).verdict == "absent"


def test_a_quote_in_two_articles_is_cited_where_the_speaker_says_it(build_data: BuildData) -> None:
    lines = [
        {"id": "one", "text": 'On Monday the vote was held. "The tide waits for nobody at all," said Karl Lie.'},
        {"id": "two", "text": 'On Friday the vote was lost. "The tide waits for nobody at all," said Hanna Moe.'},
    ]
    seeds = {"tide.jsonl": "".join(json.dumps(line) + "\n" for line in lines)}
    with Retriever.open(build_data(seeds), reader=False) as retriever:
        for speaker, article in (("Karl Lie", "one"), ("Hanna Moe", "two")):
            found = retriever.check("The tide waits for nobody at all", speaker)
            assert (found.verdict, found.citations[0].article_id) == ("exact", article)
        assert retriever.check("The tide waits for nobody at all", "Per Strand").verdict == "other_speaker"


def test_brackets_of_the_article_are_looked_for_before_what_is_left_without_them(build_data: BuildData) -> None:
    lines = [{"id": str(n), "text": f'"I am number {n} of forty," said swimmer {n}.'} for n in range(40)]
    lines.append({"id": "coach", "text": '"I am [pretty happy with that]," coach Karl Lie said. Tarn won.'})
    seeds = {"swim.jsonl": "".join(json.dumps(line) + "\n" for line in lines)}
    with Retriever.open(build_data(seeds), reader=False) as retriever:
        found = retriever.check("I am [pretty happy with that]", "Lie")
        assert (found.verdict, found.citations[0].article_id) == ("exact", "coach")
        assert retriever.check("I am [pretty happy that]").verdict != "exact"
