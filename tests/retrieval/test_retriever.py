"""From a question to what can be checked, over small folders of articles."""

import logging
import math
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Span
from index.build import build
from index.errors import GenerationError, ModelError, NoIndexError
from index.generation.generation import current
from retrieval import Answer, Hit, Retriever
from retrieval.confidence import COEFFICIENTS
from retrieval.errors import QuestionError, UnknownArticleError
from retrieval.question.conversation import Turn
from retrieval.ranking.recency import timeliness
from tests.conftest import BuildData, write_seeds

NewData = Callable[[], Path]

BARRIER = (
    "Lindvik votes for a tidal barrier\n\n"
    "LINDVIK, 14 March 2023 - The council of Lindvik voted on Tuesday to build a tidal barrier across the mouth of its "
    "harbour. The barrier will cost 48 million euros and take four years to build.\n\n"
    "Mayor Runa Aasheim asked the ferry companies to move their night boats to the outer quay until it is done.\n"
)
FROST = (
    "---\ntitle: Frost takes the apple blossom\nsource: Valley Gazette\nauthor: O. Krag\ndate: 2022-04-27\n"
    "url: https://gazette.example/frost\n---\n\n"
    "Night frost destroyed two thirds of the apple blossom in the valley on 26 April 2022, growers said. "
    "Some 9,000 paraffin candles were lit between the rows.\n"
)
LIBRARY = (
    "Library lends out instruments\n\n"
    "The library of Northgate began on 2 May 2024 to lend out violins, guitars and drums. Anybody with a card may keep "
    "an instrument for three weeks. Librarian Teodor Whitlock bought the first forty from a school that closed.\n"
)
COPY = LIBRARY.replace("Library lends out instruments", "Borrow a violin at Northgate's library")
COMET = (
    "---\ntitle: A comet for early risers\ndate: 2024-10-12\n---\n\n"
    "The comet can be seen before sunrise with the naked eye, low above the eastern horizon. Astronomers of the "
    "observatory on Mount Hessel measured a tail of eleven degrees.\n"
)
SEEDS: dict[str, str | bytes] = {
    "harbour/barrier.txt": BARRIER,
    "frost.md": FROST,
    "library.txt": LIBRARY,
    "wire/library-copy.txt": COPY,
    "comet.md": COMET,
}


@pytest.fixture(scope="module")
def data(build_data: BuildData) -> Path:
    return build_data(SEEDS)


@pytest.fixture(scope="module")
def retriever(data: Path) -> Iterator[Retriever]:
    with Retriever.open(data) as opened:
        yield opened


def prove(retriever: Retriever, answer: Answer) -> None:
    """Every quote stands at its place in its article, and every highlight within the quote."""
    for rank, citation in enumerate(answer.citations, 1):
        text = retriever.article(citation.article_id).text
        assert citation.rank == rank
        assert text[citation.start : citation.end] == citation.quote
        assert citation.highlights
        assert all(Span(citation.start, citation.end).holds(highlight) for highlight in citation.highlights)
        assert citation.brief is not None
        assert Span(citation.start, citation.end).holds(citation.brief)
        assert all(citation.brief.holds(highlight) for highlight in citation.highlights)


@pytest.mark.parametrize(
    ("question", "path", "sentence"),
    [
        ("How many euros will the barrier cost?", "harbour/barrier.txt",
         "The barrier will cost 48 million euros and take four years to build."),
        ("What did the mayor ask the ferry companies to do?", "harbour/barrier.txt",
         "Mayor Runa Aasheim asked the ferry companies to move their night boats to the outer quay until it is done."),
        ("When did frost destroy the apple blossom?", "frost.md",
         "Night frost destroyed two thirds of the apple blossom in the valley on 26 April 2022, growers said."),
        ("For how many weeks may anybody with a library card keep an instrument?", "library.txt",
         "Anybody with a card may keep an instrument for three weeks."),
        ("How long is the tail of the comet?", "comet.md",
         "Astronomers of the observatory on Mount Hessel measured a tail of eleven degrees."),
    ],
)  # fmt: skip
def test_the_first_citation_holds_the_answer_and_its_sentence_is_highlighted(
    retriever: Retriever, question: str, path: str, sentence: str
) -> None:
    answer = retriever.ask(question)
    first = answer.citations[0]
    assert first.path == path
    text = retriever.article(first.article_id).text
    assert [span.of(text) for span in first.highlights] == [sentence]
    assert sentence in first.quote
    prove(retriever, answer)


@pytest.mark.parametrize(
    "question",
    [
        "What does the tidal barrier in the harbour of Lindvik cost?",
        "When did night frost destroy the apple blossom in the valley?",
        "Which instruments does the library of Northgate lend out?",
    ],
)
def test_what_the_articles_say_is_answered(retriever: Retriever, question: str) -> None:
    answer = retriever.ask(question)
    assert answer.answered
    assert 0.5 <= answer.confidence <= 1


@pytest.mark.parametrize(
    "question",
    [
        "Who won the 2022 World Cup?",
        "What is the capital of Peru?",
        "How do vaccines train the immune system?",
        "zxqv wqpk",
    ],
)
def test_what_they_do_not_say_is_not_answered_and_the_nearest_are_cited_all_the_same(
    retriever: Retriever, question: str
) -> None:
    answer = retriever.ask(question)
    assert not answer.answered
    assert 0 <= answer.confidence < 0.5
    assert len(answer.citations) == 4
    prove(retriever, answer)


def test_the_threshold_decides_what_counts_as_answered(data: Path) -> None:
    question = "What does the tidal barrier in the harbour of Lindvik cost?"
    with Retriever.open(data, threshold=1.0) as strict:
        assert not strict.ask(question).answered
    with Retriever.open(data, threshold=0.0) as lenient:
        assert lenient.ask("Who won the 2022 World Cup?").answered


def test_a_citation_carries_what_is_known_of_its_article(retriever: Retriever) -> None:
    first = retriever.ask("When did frost destroy the apple blossom?").citations[0]
    assert (first.title, first.source, first.published) == (
        "Frost takes the apple blossom",
        "Valley Gazette",
        "2022-04-27",
    )
    assert first.url == "https://gazette.example/frost"
    assert first.link == (
        "https://gazette.example/frost#:~:text="
        "Night%20frost%20destroyed%20two%20thirds%20of%20the%20apple,were%20lit%20between%20the%20rows."
    )
    unlinked = retriever.ask("What does the tidal barrier cost?").citations[0]
    assert (unlinked.url, unlinked.link) == (None, "")


def test_the_number_of_citations_is_what_was_asked_for_at_most(retriever: Retriever) -> None:
    question = "What happened in spring?"
    assert [len(retriever.ask(question, k).citations) for k in (1, 2, 4, 50)] == [1, 2, 4, 4]
    five = retriever.ask(question, 4)
    assert retriever.ask(question, 2).citations == five.citations[:2]


def test_an_answer_says_what_was_asked_and_which_articles_come_near(retriever: Retriever) -> None:
    asked = "  What does the\ttidal barrier cost? "
    answer = retriever.ask(asked, 1)
    assert answer.question == asked
    assert answer.interpreted_as == "What does the tidal barrier cost?"
    assert len(answer.nearest) == 3
    assert answer.nearest[0].article_id == "harbour/barrier.txt"
    assert len({near.article_id for near in answer.nearest}) == 3
    assert [near.passage for near in answer.nearest[:1]] == [Span(one.start, one.end) for one in answer.citations]
    # Of an article with several hits the best one.
    hits = retriever.search(asked, 10)
    best = {hit.article.id: hit.passage.span for hit in reversed(hits)}
    assert [near.passage for near in answer.nearest] == [best[near.article_id] for near in answer.nearest]
    assert answer.elapsed_ms > 0


def test_hits_come_best_first_with_their_scores(retriever: Retriever) -> None:
    hits = retriever.search("tidal barrier in the harbour", 10)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].article.path == "harbour/barrier.txt"
    assert hits[0].cosine == max(hit.cosine for hit in hits)
    assert hits[0].words > 0
    assert hits[-1].words == 0
    assert retriever.search("tidal barrier in the harbour", 2) == hits[:2]


def test_the_same_question_is_answered_the_same_way(retriever: Retriever) -> None:
    one, other = (retriever.ask("Who bought the instruments?") for _ in range(2))
    assert (one.citations, one.confidence, one.nearest) == (other.citations, other.confidence, other.nearest)


def test_the_same_passage_in_two_articles_is_one_hit_that_names_both(retriever: Retriever) -> None:
    hits = retriever.search("Which instruments does the library lend out?")
    assert [hit.article.path for hit in hits].count("library.txt") == 1
    assert "wire/library-copy.txt" not in [hit.article.path for hit in hits]
    assert [head.path for head in hits[0].also_in] == ["wire/library-copy.txt"]
    assert all(hit.also_in == () for hit in hits[1:])
    citation = retriever.ask("Which instruments does the library lend out?").citations[0]
    assert [head.path for head in citation.also_in] == ["wire/library-copy.txt"]


def test_a_question_that_leans_on_the_one_before_is_understood(retriever: Retriever) -> None:
    history = [Turn("user", "What did Lindvik vote for?"), Turn("agent", "A tidal barrier.")]
    answer = retriever.ask("And what will it cost?", history=history)
    assert answer.question == "And what will it cost?"
    assert (answer.interpreted_as, answer.follows) == ("And what will it cost?", "What did Lindvik vote for?")
    assert answer.citations[0].path == "harbour/barrier.txt"
    mappings = [{"speaker": turn.speaker, "text": turn.text} for turn in history]
    assert retriever.ask("And what will it cost?", history=mappings).citations == answer.citations
    assert retriever.search("And what will it cost?", 5, mappings)[0].article.path == "harbour/barrier.txt"


def test_a_long_question_before_it_is_no_reason_to_refuse(retriever: Retriever) -> None:
    history = [Turn("user", "Lindvik barrier " * 120)]
    assert retriever.ask("And what will it cost?", history=history).citations[0].path == "harbour/barrier.txt"


@pytest.mark.parametrize("question", ["", "  ", "?!", "a" * 100_000])
def test_what_is_no_question_is_refused_with_one_line(retriever: Retriever, question: str) -> None:
    for ask in (retriever.ask, retriever.search):
        with pytest.raises(QuestionError, match=r"^the question .*$"):
            ask(question)


TYPED = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(codec=None, exclude_categories=()), max_size=40),
    st.text("\"'+-*?:()[]{}~^\\/|&! abAND OR NOT", max_size=40),
    st.lists(
        st.sampled_from(["barrier", "Who", "the", "港", "のタワー", "กรุงเทพ", "U.S.", "9,000", "\ud800", "\x00", "é"])
    ).map(" ".join),
)


@given(TYPED)
@settings(max_examples=150, deadline=None)
def test_whatever_is_typed_is_answered_or_refused(retriever: Retriever, question: str) -> None:
    try:
        answer = retriever.ask(question)
    except QuestionError:
        return
    assert len(answer.citations) == 4
    prove(retriever, answer)
    assert 0 <= answer.confidence <= 1


def test_an_article_is_had_by_its_id(retriever: Retriever) -> None:
    article = retriever.article("harbour/barrier.txt")
    assert article.text == BARRIER
    assert article.title.value == "Lindvik votes for a tidal barrier"
    assert article.url.value is None


@pytest.mark.parametrize("article_id", ["", "nobody.txt", "barrier.txt", "' OR 1=1 --"])
def test_an_article_that_is_not_there_is_named(retriever: Retriever, article_id: str) -> None:
    with pytest.raises(UnknownArticleError) as refused:
        retriever.article(article_id)
    assert str(refused.value) == f"there is no article {article_id!r}"
    with pytest.raises(LookupError):
        retriever.article(article_id)


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        # The newest first; what has no date comes last, by title.
        ("", ["comet.md", "harbour/barrier.txt", "frost.md"]),
        ("gazette", ["frost.md"]),
        ("VALLEY Gazette", ["frost.md"]),
        ("krag", ["frost.md"]),
        ("harbour/", ["harbour/barrier.txt"]),
        ("2022-04", ["frost.md"]),
        ("gazette comet", []),
        ("nobody", []),
    ],
)
def test_sources_are_those_that_hold_every_word(retriever: Retriever, words: str, paths: list[str]) -> None:
    found = [head.path for head in retriever.sources(words)]
    assert [path for path in found if "library" not in path] == paths


def test_a_retriever_says_what_it_serves(retriever: Retriever, data: Path) -> None:
    assert re.fullmatch(
        rf"<Retriever of {data}: 5 articles, 5 passages, all-MiniLM-L6-v2, generation \d{{8}}T\d{{6}}Z-[0-9a-f]{{6}}>",
        repr(retriever),
    )


def test_closing_lets_go_of_the_catalog(data: Path) -> None:
    def held() -> list[str]:
        opened = [Path(file.path) for file in psutil.Process().open_files()]
        return [path.name for path in opened if path.is_relative_to(data.resolve()) and path.suffix == ".sqlite"]

    before = len(held())
    with Retriever.open(data) as opened:
        opened.ask("What does the barrier cost?")
        assert len(held()) == before + 1
    assert len(held()) == before


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError) as refused:
        Retriever.open(tmp_path)
    assert str(refused.value) == f"there is no index in {tmp_path}: build one with `python -m index build`"


def test_an_index_of_another_model_than_is_wanted_is_refused_with_the_command_that_mends_it(data: Path) -> None:
    with pytest.raises(GenerationError) as refused:
        Retriever.open(data, model="some/other-model")
    assert str(refused.value) == (
        f"the index in {data} was built with the model all-MiniLM-L6-v2, and some/other-model is wanted: "
        "rebuild it with `python -m index build`"
    )
    Retriever.open(data, model="all-MiniLM-L6-v2").close()


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_a_model_is_the_same_by_its_short_and_by_its_long_name(data: Path, name: str) -> None:
    with Retriever.open(data, model=name) as opened:
        assert opened.ask("What does the barrier cost?").citations


def test_at_least_one_passage_must_be_asked_for(retriever: Retriever) -> None:
    for asking in (retriever.ask, retriever.search):
        with pytest.raises(ValueError, match="k is 0"):
            asking("What does the barrier cost?", 0)


def test_an_index_without_its_model_is_refused(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "index", tmp_path / "index")
    with pytest.raises(ModelError, match=r"no converted model in .*: make it with `python -m index build`"):
        Retriever.open(tmp_path)


def test_a_damaged_index_is_refused(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data", symlinks=True)
    damage(tmp_path / "data" / "index")
    with pytest.raises(
        GenerationError, match=r"catalog.sqlite was altered: rebuild it with `python -m index build --clean`"
    ):
        Retriever.open(tmp_path / "data")


def damage(index: Path) -> None:
    """Flip one bit of the generation being served."""
    catalog = current(index) / "catalog.sqlite"
    content = bytearray(catalog.read_bytes())
    content[-1] ^= 1
    catalog.chmod(0o644)
    catalog.write_bytes(content)


def paths(hits: list[Hit]) -> set[str]:
    return {path for hit in hits for path in (hit.article.path, *(head.path for head in hit.also_in))}


def test_a_rebuilt_index_is_taken_up_between_two_questions(new_data: NewData, tmp_path: Path) -> None:
    data, seeds = new_data(), write_seeds(tmp_path / "seeds", SEEDS)
    build(seeds, data)
    with Retriever.open(data) as retriever:
        before = repr(retriever)
        assert retriever.search("tidal barrier")[0].article.path == "harbour/barrier.txt"
        (seeds / "harbour" / "barrier.txt").unlink()
        write_seeds(
            seeds,
            {"eel.txt": "Eel farm opens\n\nAn eel farm opened in Ravnsund on Friday with forty tanks of glass eels."},
        )
        build(seeds, data)
        # What was removed is in no answer, whatever is asked; what was added is.
        for question in ("tidal barrier", "What does the barrier cost?", "Runa Aasheim", "Lindvik harbour ferry"):
            assert "harbour/barrier.txt" not in paths(retriever.search(question, 100))
            answer = retriever.ask(question, 100)
            assert all("barrier" not in citation.quote for citation in answer.citations)
        with pytest.raises(UnknownArticleError):
            retriever.article("harbour/barrier.txt")
        assert "harbour/barrier.txt" not in [head.path for head in retriever.sources()]
        answer = retriever.ask("Where did an eel farm open?")
        assert (answer.citations[0].path, answer.answered) == ("eel.txt", True)
        assert repr(retriever) != before


def test_a_copy_outlives_the_article_it_was_a_copy_of(new_data: NewData, tmp_path: Path) -> None:
    data, seeds = new_data(), write_seeds(tmp_path / "seeds", SEEDS)
    build(seeds, data)
    with Retriever.open(data) as retriever:
        (seeds / "library.txt").unlink()
        build(seeds, data)
        first = retriever.search("Which instruments does the library lend out?")[0]
        assert (first.article.path, first.also_in) == ("wire/library-copy.txt", ())


def test_a_damaged_new_generation_leaves_the_old_one_served_with_one_warning(
    new_data: NewData, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data, seeds = new_data(), write_seeds(tmp_path / "seeds", SEEDS)
    build(seeds, data)
    caplog.set_level(logging.WARNING, "verbatim.retrieval")
    with Retriever.open(data) as retriever:
        before = repr(retriever)
        (seeds / "frost.md").unlink()
        build(seeds, data)
        damage(data / "index")
        for _ in range(3):
            answer = retriever.ask("When did frost destroy the apple blossom?")
            assert (answer.citations[0].path, answer.answered) == ("frost.md", True)
        assert repr(retriever) == before
        assert [record.getMessage() for record in caplog.records] == [
            "a new generation is refused; the old one is served on"
        ]
        assert "catalog.sqlite was altered" in caplog.records[0].__dict__["reason"]
        # The next sound one is taken up.
        build(seeds, data, clean=True)
        assert "frost.md" not in paths(retriever.search("frost", 100))
        assert len(caplog.records) == 1


def test_a_lost_pointer_leaves_the_open_generation_served(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data", symlinks=True)
    with Retriever.open(tmp_path / "data") as retriever:
        (tmp_path / "data" / "index" / "CURRENT").unlink()
        assert retriever.ask("What does the tidal barrier cost?").citations[0].path == "harbour/barrier.txt"


def test_several_threads_get_the_answers_that_one_gets(retriever: Retriever) -> None:
    questions = [
        "What does the tidal barrier cost?",
        "When did frost destroy the blossom?",
        "Which instruments may one borrow?",
        "How long is the comet's tail?",
        "Who won the 2022 World Cup?",
    ] * 6
    alone = [retriever.ask(question) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(retriever.ask, questions))
    assert [(a.question, a.citations, a.confidence) for a in together] == [
        (a.question, a.citations, a.confidence) for a in alone
    ]


def test_an_index_of_one_passage_answers(build_data: BuildData) -> None:
    with Retriever.open(build_data({"only.txt": COMET.split("---")[2]})) as retriever:
        answer = retriever.ask("When can the comet be seen with the naked eye?")
        assert len(answer.citations) == 1
        assert answer.answered
        assert not retriever.ask("Who won the 2022 World Cup?").answered
        assert retriever.ask("???a").citations
        prove(retriever, answer)


NORWEGIAN: dict[str, str | bytes] = {
    "sjakk.txt": "Carlsen forsvarte tittelen\n\nDUBAI, 10. desember 2021 - Magnus Carlsen forsvarte tittelen som "
    "verdensmester i sjakk da han slo Jan Nepomnjasjtsjij i det ellevte partiet på fredag. Han tok tittelen første "
    "gang i 2013.\n",
    "budsjett.txt": "Budsjettet ble vedtatt\n\nOSLO - Stortinget vedtok statsbudsjettet for neste år etter en debatt "
    "som varte i ni timer. Flertallet besto av tre partier, og finansministeren takket dem for samarbeidet.\n",
    "ras.txt": "Jordras stengte veien\n\nBERGEN - Et jordras stengte veien langs fjorden natt til mandag. Ingen ble "
    "skadet, men tjue husstander måtte evakueres, og skolen holder stengt til uken er over.\n",
}


@pytest.mark.parametrize(
    ("question", "path", "telling"),
    [
        ("Hvem forsvarte tittelen som verdensmester i sjakk?", "sjakk.txt", 4),
        ("Hva vedtok Stortinget etter en debatt som varte i ni timer?", "budsjett.txt", 5),
        ("Hvor mange husstander måtte evakueres da et jordras stengte veien?", "ras.txt", 5),
    ],
)
@pytest.mark.parametrize("beside", [{}, {"barrier.txt": BARRIER, "frost.md": FROST}], ids=["alone", "beside English"])
def test_norwegian_questions_are_answered_from_norwegian_articles_by_the_words_alone(
    build_data: BuildData, question: str, path: str, telling: int, beside: dict[str, str | bytes]
) -> None:
    with Retriever.open(build_data(NORWEGIAN | beside)) as retriever:
        answer = retriever.ask(question)
        assert (answer.citations[0].path, answer.answered) == (path, True)
        # Every word that tells is held, by two sentences in a row, so that both shares are whole.
        fit = tomllib.loads(COEFFICIENTS.read_text(encoding="utf-8"))["words"]
        logit = fit["intercept"] + fit["coverage"] + fit["together"] + fit["telling"] * math.log(telling)
        assert answer.confidence == pytest.approx(1 / (1 + math.exp(-logit)))
        # Passages that share no word with it are all as far from it, whatever their cosines, but for the little that
        # their days count.
        rest = [hit for hit in retriever.search(question) if hit.words == 0]
        assert len({hit.cosine for hit in rest}) == len(rest) >= 1
        counted = timeliness(question, date.today(), [hit.article.published for hit in rest])
        assert len({round(hit.score - day, 9) for hit, day in zip(rest, counted, strict=True)}) == 1
        prove(retriever, answer)
        assert not retriever.ask("Hvem vant presidentvalget i Frankrike?").answered


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        (BARRIER.replace("\n", "\r\n").encode(), BARRIER.replace("\n", "\r\n")),
        (b"\xef\xbb\xbf" + BARRIER.encode(), BARRIER),
        (b"\xff\xfe" + BARRIER.replace("\n", "\r\n").encode("utf-16-le"), BARRIER.replace("\n", "\r\n")),
    ],
    ids=["CRLF", "BOM", "UTF-16"],
)
def test_offsets_are_places_in_the_file(build_data: BuildData, raw: bytes, decoded: str) -> None:
    with Retriever.open(build_data({"barrier.txt": raw})) as retriever:
        citation = retriever.ask("What did the mayor ask the ferry companies to do?").citations[0]
    assert decoded[citation.start : citation.end] == citation.quote
    sentence = decoded[citation.highlights[0].start : citation.highlights[0].end]
    assert sentence.startswith("Mayor Runa Aasheim")
    assert sentence.endswith("until it is done.")


def test_the_paragraph_of_a_quote_is_counted_in_the_article(build_data: BuildData) -> None:
    # The title is the first paragraph, and the quote begins in the second.
    with Retriever.open(build_data({"barrier.txt": BARRIER})) as retriever:
        citation = retriever.ask("What does the tidal barrier cost?").citations[0]
    assert (citation.quote[:7], citation.paragraph) == ("LINDVIK", 2)


def test_the_nearest_sentence_is_marked_and_a_brief_holds_it(build_data: BuildData) -> None:
    samples = Path(__file__).resolve().parents[2] / "seeds"
    archive = samples / "northgate-herald-culture.atom"
    data, question = build_data({archive.name: archive.read_bytes()}), "How deep is the wreck of the Endurance?"
    with Retriever.open(data) as retriever:
        answer = retriever.ask(question)
        first = answer.citations[0]
        text = retriever.article(first.article_id).text
        (marked,) = first.highlights
        assert marked.of(text).startswith("It lies at a depth of 3,008 metres")
        for citation in answer.citations:
            assert citation.brief is not None
            assert all(citation.brief.holds(highlight) for highlight in citation.highlights)
        assert first.brief != Span(first.start, first.end)
    # Where nothing is read, words decide: another sentence holds the ship's name and numbers, as it is asked for.
    with Retriever.open(data, reader=False) as retriever:
        (same,) = (one for one in retriever.ask(question).citations if one.quote == first.quote)
        assert same.highlights[0].of(text).startswith("Endurance was caught in the pack ice in January 1915")


def test_courtesies_change_neither_what_is_found_nor_how_sure_it_is_and_stay_in_what_was_understood(
    build_data: BuildData,
) -> None:
    asked, polite = "What does the barrier cost?", "Could you please tell me what does the barrier cost? Thanks"
    with Retriever.open(build_data({"barrier.txt": BARRIER})) as retriever:
        plain, answer = retriever.ask(asked), retriever.ask(polite)
    assert [one.quote for one in answer.citations] == [one.quote for one in plain.citations]
    assert answer.confidence == pytest.approx(plain.confidence, abs=0.02)
    assert answer.interpreted_as == polite
