"""The best passages are read: within a budget, in the order of what was found, and the answer's place is marked."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.article import Span
from index.engines.bm25 import stems
from retrieval import Retriever
from retrieval.citation import Checked, Quoted
from retrieval.ranking.ranking import rank
from retrieval.reader.passages import DEPTH, FIRST, WINDOWS, finding_of, read_passages, whole_words
from retrieval.reader.reading import Candidate, Reader, Reading
from retrieval.snapshot import Snapshot
from tests.conftest import BuildData

ANSWER = "The bridge was drawn by the engineer Ida Moe, who had built two others on the coast."
ABOUT = (
    "The bridge at Lindvik is a bridge that the engineer of the county likes. The engineer was asked about the bridge. "
    "Every engineer should see the bridge, the engineer said, and many an engineer has drawn the bridge since."
)
SEEDS = {
    "answer.txt": f"Report on the bridge at Lindvik\n\n{ANSWER}\n",
    "about.txt": f"Another report from Lindvik\n\n{ABOUT}\n",
    **{f"{n}.txt": f"Report {n}\n\nThe ferry of town {n} was late by {n + 2} minutes.\n" for n in range(3)},
}
QUESTION = "Which engineer drew the bridge at Lindvik?"


@pytest.fixture(scope="module")
def data(build_data: BuildData) -> Path:
    return build_data(SEEDS)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[list[Span]]:
    """The windows that the reader is given, a list each time."""
    parts: list[list[Span]] = []
    reading = Reader.read

    def noted(self: Reader, question: str, candidates: list[Candidate]) -> list[Reading]:
        parts.append([one.window.span for one in candidates])
        return reading(self, question, candidates)

    monkeypatch.setattr(Reader, "read", noted)
    return parts


@pytest.fixture
def both(data: Path) -> Iterator[tuple[Retriever, Retriever]]:
    with Retriever.open(data) as on, Retriever.open(data, reader=False) as off:
        yield on, off


def test_the_passage_that_answers_comes_before_the_one_that_only_holds_the_words(
    both: tuple[Retriever, Retriever],
) -> None:
    on, off = (each.search(QUESTION) for each in both)
    assert {hit.passage.number for hit in on} == {hit.passage.number for hit in off}
    assert on[0].article.path == "answer.txt"


def test_the_answer_is_marked_in_its_sentence(both: tuple[Retriever, Retriever]) -> None:
    on, off = (each.ask(QUESTION) for each in both)
    first = on.citations[0]
    text = both[0].article(first.article_id).text
    assert first.answer is not None
    assert "Ida Moe" in first.answer.of(text)
    [sentence] = first.highlights
    assert sentence.of(text) == ANSWER
    assert sentence.holds(first.answer)
    assert all(citation.answer is None for citation in off.citations)


def test_an_answer_whose_place_does_not_stand_out_is_not_shown_and_its_sentence_is(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Retriever.open(data, kept=0) as retriever:
        whole = retriever.ask(QUESTION).citations[0]
        monkeypatch.setattr("retrieval.answering.SURE", 0.1)  # more than a probability can be
        unsure = retriever.ask(QUESTION).citations[0]
    assert whole.answer is not None
    assert unsure.answer is None
    assert unsure.highlights == whole.highlights


def test_scores_go_down_with_the_rank(both: tuple[Retriever, Retriever]) -> None:
    for retriever in both:
        scores = [hit.score for hit in retriever.search("Who opened the bridge?", 10)]
        assert scores == sorted(scores, reverse=True)


def test_what_was_not_read_stays_behind_what_was(build_data: BuildData) -> None:
    town = "Bridge and harbour of town {n} were opened by engineer {n}, and the ferry sails {n} times a day."
    data = build_data({f"{n:02}.txt": f"Report {n}\n\n{town.format(n=n)}\n" for n in range(DEPTH + 9)})
    question = "Who opened the bridge of the town?"
    with Retriever.open(data) as on, Retriever.open(data, reader=False) as off:
        best = {hit.passage.number for hit in off.search(question, DEPTH)}
        hits = on.search(question, DEPTH + 9)
    assert len(hits) == DEPTH + 9
    assert {hit.passage.number for hit in hits[:DEPTH]} == best


def test_a_question_reads_no_more_windows_than_it_may_however_long_the_passages(
    build_data: BuildData, read: list[list[Span]]
) -> None:
    story = " ".join(
        f"On day {n} the ferry called at the island with mail, bread and {n + 3} people." for n in range(60)
    )
    data = build_data({f"{n}.txt": f"Log {n}\n\n{story} Master {n} wrote it.\n" for n in range(4)})
    with Retriever.open(data) as retriever:
        retriever.ask("Which minister resigned over the island?")
    # The others only where none of the first is certain.
    assert [len(part) for part in read] == [FIRST, WINDOWS - FIRST]


def test_first_is_read_what_holds_most_of_the_questions_words_however_late_it_stands(
    build_data: BuildData, read: list[list[Span]]
) -> None:
    # One passage of two windows: the minister stands in the second alone, and the first holds the island as well.
    days = " ".join(f"On day {n} the ferry called at the island with mail and bread." for n in range(8))
    end = "The minister of fisheries resigned over the island, and nobody took his place until the spring of that year."
    text = f"Log\n\n{days} {end}\n"
    with Retriever.open(build_data({"log.txt": text})) as retriever:
        assert len(retriever.search("Which minister resigned over the island?")) == 1
    first, *others = read[0]
    assert "minister" in first.of(text)
    assert all("minister" not in span.of(text) for span in others)


@pytest.fixture(scope="module")
def snapshot(data: Path) -> Iterator[Snapshot]:
    with closing(Snapshot.open(data)) as snapshot:
        yield snapshot


def quote_of(snapshot: Snapshot, path: str) -> Quoted:
    return snapshot.quoted(next(hit for hit in rank(snapshot, QUESTION, 5).hits if hit.article.path == path))


def test_where_the_best_was_shown_before_the_others_are_read_however_certain_it_is(
    snapshot: Snapshot, read: list[list[Span]]
) -> None:
    rank(snapshot, QUESTION, DEPTH)
    assert [len(part) for part in read] == [FIRST]
    read.clear()
    rank(snapshot, QUESTION, DEPTH, shown=(ANSWER,))
    assert sum(map(len, read)) > FIRST


def test_what_was_shown_steps_back_and_another_sentence_of_its_passage_a_little(snapshot: Snapshot) -> None:
    def scores(*shown: str) -> dict[str, float]:
        found = rank(snapshot, QUESTION, DEPTH, shown=(ANSWER, *shown))
        return {hit.article.path: hit.score for hit in found.hits}

    marked = rank(snapshot, QUESTION, DEPTH, shown=(ANSWER,))
    [about] = [hit for hit in marked.hits if hit.article.path == "about.txt"]
    sentence = marked.findings[about.passage.number].sentence.of(snapshot.quoted(about).checked.text)
    [*others] = [part for part in ABOUT.replace(". ", ".\n").splitlines() if part != sentence]
    before = scores()["about.txt"]
    assert before - scores(sentence)["about.txt"] == pytest.approx(1.0)
    assert before - scores(others[0])["about.txt"] == pytest.approx(0.3)


def test_an_answer_that_begins_within_a_word_is_shown_with_the_whole_of_it(snapshot: Snapshot) -> None:
    assert snapshot.reader is not None
    quote = quote_of(snapshot, "about.txt")
    text = quote.checked.text
    [window] = snapshot.reader.pieces.windows(text, quote.sentences)
    # The first piece that goes on with a word: in "Lindvik".
    starts = window.offsets[:, 0].tolist()
    inner = next(place for place, start in enumerate(starts) if text[start - 1].isalpha())
    sure = np.full(len(window.ids), -20.0)
    sure[inner] = 0.0
    finding = finding_of(Reading(1.0, sure, sure), window, quote)
    assert finding.place.of(text) == "Lindvik"
    assert finding.sentence.of(text) == "The bridge at Lindvik is a bridge that the engineer of the county likes."


def test_what_stands_first_is_read_before_what_holds_more_of_the_questions_words(
    snapshot: Snapshot, read: list[list[Span]]
) -> None:
    assert snapshot.reader is not None
    best, other = (quote_of(snapshot, path) for path in ("answer.txt", "about.txt"))
    read.clear()
    county = tuple(stems(["county"], "en"))
    assert "county" not in best.checked.text
    assert "county" in other.checked.text
    read_passages(snapshot.reader, QUESTION, (county,), {county: 1.0}, [best, other])
    first, second = read[0]
    assert first.of(best.checked.text) == ANSWER
    assert "county" in second.of(other.checked.text)


def test_a_sentence_without_a_piece_is_not_read(snapshot: Snapshot) -> None:
    assert snapshot.reader is not None
    quote = quote_of(snapshot, "answer.txt")
    blank = replace(quote, checked=Checked("\u200b" * 9), sentences=(Span(0, 9),))
    assert read_passages(snapshot.reader, QUESTION, (), {}, [blank]) == {}


def test_a_passage_in_a_language_that_the_reader_does_not_know_is_not_read(build_data: BuildData) -> None:
    words = (
        "Fergen fra Moss til Horten ble forsinket i tåken i går kveld. Kapteinen ventet i to timer før han la fra kai, "
        "og passasjerene fikk kaffe mens de ventet på at det skulle bli lysere over fjorden."
    )
    data = build_data({"ferge.txt": f"Fergen i tåken\n\n{words}\n"})
    question = "Hvor lenge ventet kapteinen?"
    with Retriever.open(data) as on, Retriever.open(data, reader=False) as off:
        ours, theirs = on.ask(question), off.ask(question)
    assert ours.citations == theirs.citations
    assert ours.confidence == theirs.confidence
    assert ours.citations[0].answer is None


def test_of_a_folder_in_two_languages_only_what_it_knows_is_read(build_data: BuildData, read: list[list[Span]]) -> None:
    norwegian = (
        "Broen i Lindvik ble tegnet av ingeniøren Ida Moe, som hadde bygget to andre på kysten. Den ble åpnet om "
        "våren, og ordføreren sa at fergen ikke lenger skulle gå over fjorden."
    )
    data = build_data({"bro.txt": f"Broen i Lindvik\n\n{norwegian}\n", "answer.txt": f"Report\n\n{ANSWER}\n"})
    with Retriever.open(data) as retriever:
        hits = retriever.search(QUESTION)
        assert {hit.article.language for hit in hits} == {"no", "en"}
    assert read
    assert all(len(span) == len(ANSWER) for part in read for span in part)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Span(8, 10), "Welsh"),
        (Span(4, 9), "old Welsh"),
        (Span(4, 7), "old"),
        (Span(14, 16), "poem"),
        (Span(2, 5), "he old"),
    ],
)
def test_a_place_is_widened_to_whole_words_but_not_out_of_its_window(place: Span, words: str) -> None:
    text = "The old Welsh poem"
    assert whole_words(text, place, Span(1, len(text))).of(text) == words
