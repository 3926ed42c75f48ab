"""Norwegian and English articles in one folder, and questions in the one about what stands in the other."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.encoder.model import CARD, DEFAULT_MODEL
from retrieval import Answer, Retriever
from retrieval.answering import evidence
from retrieval.confidence import Evidence
from retrieval.ranking.ranking import rank
from retrieval.retriever import THRESHOLD
from retrieval.snapshot import Snapshot
from tests.conftest import BuildData

SAMPLES = Path(__file__).resolve().parents[2] / "seeds"
CHESS = "norsk/2021-12-10-carlsen-verdensmester.txt"
TELESCOPE = "2022-07-12-webb-first-images.md"
CATHEDRAL = "culture/2024-12-08-notre-dame-reopens.txt"
FILES = {path: (SAMPLES / path).read_bytes() for path in (CHESS, TELESCOPE, CATHEDRAL)}
# Short articles in four more languages than two, each of them commoner here than Norwegian.
OTHERS = {
    "de.txt": "Die Fähre nach Rügen fährt wieder, nachdem sie neun Tage lang im Hafen von Stralsund gelegen hatte.",
    "fr.txt": "Le conseil municipal de Nantes a voté lundi soir le budget de la ville pour la nouvelle année.",
    "es.txt": "El ayuntamiento de Burgos aprobó el lunes el presupuesto de la ciudad para el año que viene.",
    "it.txt": "Il consiglio comunale di Ferrara ha approvato lunedì il bilancio della città per il nuovo anno.",
}


@pytest.fixture(scope="module")
def mixed(build_data: BuildData) -> Iterator[Retriever]:
    with Retriever.open(build_data(FILES)) as retriever:
        yield retriever


def first(answer: Answer) -> str:
    return answer.citations[0].path


@pytest.mark.parametrize(
    ("question", "path", "words"),
    [
        ("Hvor lenge varte det sjette partiet?", CHESS, "nesten åtte timer"),
        ("Hvem gikk 60 prosent av premiepotten til?", CHESS, "to millioner euro"),
        ("Hvem slo Carlsen i Chennai?", CHESS, "Viswanathan Anand"),
        ("What is the mirror of the Webb telescope coated with?", TELESCOPE, "coated with gold"),
        ("When was Webb launched?", TELESCOPE, "25 December 2021"),
    ],
)
def test_a_question_is_answered_from_the_article_in_its_language(
    mixed: Retriever, question: str, path: str, words: str
) -> None:
    answer = mixed.ask(question)
    assert first(answer) == path
    assert words in answer.citations[0].quote
    assert answer.answered


@pytest.mark.parametrize(
    ("question", "path", "words"),
    [
        ("Når ble romteleskopet skutt opp fra Kourou?", TELESCOPE, "Kourou"),
        ("Hva er laget av beryllium?", TELESCOPE, "beryllium"),
        ("Who lost to Magnus Carlsen in Chennai?", CHESS, "Chennai"),
        ("How much money did Ian Nepomniachtchi get?", CHESS, "Nepomniachtchi"),
    ],
)
def test_a_question_about_an_article_in_another_language_finds_it_by_names_and_is_not_taken_as_answered(
    mixed: Retriever, question: str, path: str, words: str
) -> None:
    answer = mixed.ask(question)
    assert any(words in citation.quote for citation in answer.citations if citation.path == path)
    assert answer.confidence < THRESHOLD


@pytest.mark.parametrize(
    "question",
    [
        "Hva heter katten til Magnus Carlsen?",
        "Hvem vant Tour de France i 2021?",
        "Hvor mange barn har Viswanathan Anand?",
        "Who painted the ceiling of the opera in Oslo?",
    ],
)
def test_a_question_of_which_only_a_name_is_there_is_not_answered(mixed: Retriever, question: str) -> None:
    assert not mixed.ask(question).answered


def test_in_english_articles_alone_a_norwegian_question_is_found_by_its_names_and_not_answered(
    build_data: BuildData,
) -> None:
    with Retriever.open(build_data({TELESCOPE: FILES[TELESCOPE], CATHEDRAL: FILES[CATHEDRAL]})) as retriever:
        answer = retriever.ask("Hva viste bildene av Stephans kvintett og SMACS 0723?")
        assert first(answer) == TELESCOPE
        assert answer.confidence < THRESHOLD
        assert retriever.ask("When was Webb launched?").answered


def test_a_question_is_read_in_its_own_language_where_four_others_are_commoner(build_data: BuildData) -> None:
    many = {f"{number}-{path}": f"{text}\n" for path, text in OTHERS.items() for number in range(5)}
    data = build_data({**many, CHESS: FILES[CHESS]})
    with Retriever.open(data) as retriever:
        # "partiene" and "partier" in the article are "partienes" here.
        hits = retriever.search("Hvilket av partienes trekk var flest?")
        assert hits[0].article.path == CHESS
        assert "136 trekk" in retriever.ask("Hvor mange trekk hadde partiet?").citations[0].quote
    with closing(Snapshot.open(data, None)) as snapshot:
        assert ("parti",) in rank(snapshot, "Hvilket av partienes trekk var flest?", 1).query


def test_where_words_stand_alone_a_passage_gains_by_how_many_of_them_it_holds(
    build_data: BuildData, monkeypatch: pytest.MonkeyPatch
) -> None:
    # "Fergen" stands in one article alone, six times; the other holds every word but that one.
    often = "Fergen er rød. Fergen er ny. Fergen er lang. Fergen er dyr. Fergen er elektrisk. Fergen er forsinket."
    whole = "Kapteinen fra Moss styrte gjennom tåken til Horten, og passasjerene klappet da båten la til kai."
    filler = {
        f"{n}.txt": f"Kommunen vedtok sak {n} om veier, skoler og barnehager etter en lang debatt." for n in range(9)
    }
    question = "Hvem styrte fergen gjennom tåken fra Moss til Horten?"
    data = build_data({"often.txt": often, "whole.txt": whole, **filler})
    with closing(Snapshot.open(data, read=False)) as snapshot:
        gaining = {hit.article.path: hit.score for hit in rank(snapshot, question, 20).hits}
        monkeypatch.setattr("retrieval.ranking.ranking._COVERED", 0.0)
        without = {hit.article.path: hit.score for hit in rank(snapshot, question, 20).hits}
    # What it gains over the other is four deviations of the share of weight by which it holds more.
    gained = {path: gaining[path] - without[path] for path in ("often.txt", "whole.txt")}
    assert 0 < gained["often.txt"] < gained["whole.txt"] < 4


def test_a_word_that_is_grammar_in_another_language_of_the_folder_tells_as_much_as_in_its_own(
    build_data: BuildData,
) -> None:
    # A Norwegian "men" is an English "but".
    crew = {"crew.txt": "Crew lost\n\nNine men and four women sailed on the Solbris. The men were from Haugesund.\n"}
    ferry = {"ferry.txt": "Fergen\n\nFergen gikk klokken ni, men kapteinen ventet på passasjerene under uværet.\n"}
    found = []
    for files in (crew, crew | ferry):
        with closing(Snapshot.open(build_data(files), None)) as snapshot:
            ranking = rank(snapshot, "Which men met the sailors?", 1)
            assert ("men",) in ranking.query
            found.append(evidence(snapshot, ranking))
    alone, mixed = found
    assert isinstance(alone, Evidence)
    assert isinstance(mixed, Evidence)
    assert alone.finding == mixed.finding


def test_what_stands_around_a_norwegian_article_is_not_quoted(mixed: Retriever) -> None:
    for question in ("Hva er nyhetsbrevet?", "Hva får man i innboksen?", "Hvem er ansvarlig redaktør?"):
        for citation in mixed.ask(question, k=20).citations:
            assert not {"innboksen", "Ansvarlig", "Facebook", "ANNONSE"} & set(citation.quote.split())


def test_vectors_count_for_norwegian_where_the_models_card_says_that_it_knows_it(
    build_data: BuildData, tmp_path: Path
) -> None:
    data = build_data(FILES)
    with Retriever.open(data) as retriever:
        alone = retriever.search("Hvem slo Carlsen?")
    (model,) = (data / "models").glob(f"{DEFAULT_MODEL}-*")
    own = tmp_path / "models" / model.name
    shutil.copytree(model, own)
    card = json.loads((own / CARD).read_text())
    (own / CARD).write_text(json.dumps({**card, "languages": ["*"]}))
    (tmp_path / "index").symlink_to(data / "index")
    with Retriever.open(tmp_path) as retriever:
        both = retriever.search("Hvem slo Carlsen?")
    # None of the telescope's passages holds one of the words: by these alone all are alike but for their places, of
    # which the first of an article has a fifth of a deviation, the next half of that and so on.
    alike, told_apart = (
        {
            round(hit.score - 0.2 / (1 + hit.passage.ordinal), 6)
            for hit in hits
            if hit.article.path == TELESCOPE and hit.words == 0
        }
        for hits in (alone, both)
    )
    assert len(alike) == 1
    assert len(told_apart) > 1
