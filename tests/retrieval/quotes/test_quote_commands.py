"""`python -m retrieval check`, its JSON and its stream, and `:check` in the conversation."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from retrieval import Retriever
from retrieval.cli.repl import Repl
from retrieval.quotes.asked import quote_and_speaker
from tests.conftest import BuildData
from tests.retrieval.conftest import Printed, Run
from tests.retrieval.quotes.articles import SEEDS

LOSS = "We lose 3,400 crowns on every trip, and nobody has shown me a way out"
ALTERED = "We lose 3,500 crowns on every trip, and nobody has shown us a way out"


@pytest.fixture(scope="module")
def data(build_data: BuildData) -> Path:
    return build_data(SEEDS)


def test_a_check_is_shown_with_its_words_its_speaker_and_its_place(run: Run, data: Path) -> None:
    done = run("check", ALTERED, "--speaker", "Aasheim", "--data", data)
    lines = done.stdout.decode().splitlines()
    assert (done.returncode, done.stderr) == (0, b"")
    assert lines[0] == "Not word for word: the articles have it otherwise."
    assert "[-3,400-] {+3,500+}" in " ".join(line.strip() for line in lines)
    assert '  - number: the article has "3,400", not "3,500"' in lines
    assert '  - words: the article has "me", not "us"' in lines
    assert "Said by: Runa Aasheim" in lines
    assert LOSS in " ".join(line.strip() for line in lines)


def test_json_has_the_verdict_the_citation_and_every_difference(run: Run, data: Path) -> None:
    found = json.loads(run("check", ALTERED, "--json", "--data", data).stdout)
    assert list(found) == ["id", "verdict", "citations", "differences", "speaker"]
    assert (found["id"], found["verdict"], found["speaker"]) == (None, "altered", "Runa Aasheim")
    assert [(one["article"], one["asked"]) for one in found["differences"]] == [("3,400", "3,500"), ("me", "us")]
    (citation,) = found["citations"]
    assert (citation["article_id"], citation["quote"]) == ("ferry.txt", LOSS)
    assert citation["end"] - citation["start"] == len(LOSS)


def test_a_stream_is_answered_line_by_line_in_order_and_goes_on_behind_a_bad_line(run: Run, data: Path) -> None:
    lines = [
        json.dumps({"id": "a", "quote": LOSS, "speaker": None}),
        "no JSON at all",
        json.dumps({"id": "b", "quote": LOSS, "speaker": "Grete Holm"}),
        json.dumps({"id": "c"}),
        json.dumps({"id": "d", "quote": "…"}),
        json.dumps({"id": "e", "quote": LOSS, "speaker": 5}),
        "",
        json.dumps({"id": "f", "quote": "Nobody ever wrote these words down"}),
    ]
    done = run("check", "-", "--json", "--data", data, stdin="\n".join(lines).encode())
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [one["id"] for one in found] == ["a", None, "b", "c", "d", "e", "f"]
    assert [one.get("verdict") for one in found] == ["exact", None, "other_speaker", None, None, None, "absent"]
    assert found[1]["error"].startswith("'quote' is missing")
    assert found[3]["error"] == "'quote' is missing, or is no string"
    assert found[4]["error"].startswith("the quote holds no word")
    assert found[5]["error"] == "'speaker' is neither a string nor null"


def test_a_quote_that_cannot_be_checked_ends_with_one_line_and_2(run: Run, data: Path) -> None:
    done = run("check", "?!", "--data", data)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().count("\n") == 1
    assert "the quote holds no word" in done.stderr.decode()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f":check {LOSS}", "Word for word in the articles."),
        (f":check “{LOSS}” – Runa Aasheim", "Word for word in the articles."),
        (f":check “{LOSS}” – Grete Holm", "The words are there, but as said by somebody else."),
        (f":check {ALTERED}", "Not word for word: the articles have it otherwise."),
        (":check A lantern burned in every harbour window", "The articles do not hold it, nor anything like it."),
        (":check", 'say what to check: :check "the words" – and who said it, if you like'),
        (":check ?!", "the quote holds no word: give the words that somebody is said to have said"),
    ],
)
def test_a_conversation_checks_quotes(data: Path, plain: Console, printed: Printed, line: str, said: str) -> None:
    with Retriever.open(data, reader=False) as retriever:
        Repl(retriever, plain, lambda: "", None).take(line)
    assert " ".join(printed(plain).split()).startswith(" ".join(said.split()))


@pytest.mark.parametrize(
    ("typed", "quote", "speaker"),
    [
        ("We lose", "We lose", None),
        ('"We lose"', '"We lose"', None),
        ('"We lose" – Aasheim', '"We lose"', "Aasheim"),
        ("“We lose”, said Runa Aasheim", "“We lose”", "Runa Aasheim"),
        ("«Vi taper» (Runa Aasheim)", "«Vi taper»", "Runa Aasheim"),
        ("Runa Aasheim: “We lose”", "“We lose”", "Runa Aasheim"),
        ('"We lose" … and "we win"', '"We lose" … and "we win"', None),
        ("", "", None),
    ],
)
def test_a_name_beside_a_quote_is_its_speaker(typed: str, quote: str, speaker: str | None) -> None:
    assert quote_and_speaker(typed) == (quote, speaker)
