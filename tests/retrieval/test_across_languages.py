"""With the multilingual model a question in one language finds its answer in another."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.build import build
from index.encoder.model import MULTILINGUAL
from retrieval import Retriever

SAMPLES = Path(__file__).resolve().parents[2] / "seeds"


@pytest.fixture(scope="module")
def retriever(multilingual_folder: Path, new_data: Callable[[], Path]) -> Iterator[Retriever]:
    """Over the sample articles, all but one of which are in English."""
    data = new_data()
    build(SAMPLES, data, model=MULTILINGUAL)
    with Retriever.open(data) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("Hvor lenge sperret Ever Given Suez-kanalen?", "2021-03-29-ever-given-refloated.txt"),
        ("Hvem ble Natos 31. medlem?", "2023-04-04-finland-joins-nato.txt"),
        ("Wer zündete das olympische Feuer in Tokio an?", "2021-08-08-tokyo-games-close.md"),
        ("Was verlangte Blinken von Russland?", "2022-01-21-blinken-lavrov-geneva.txt"),
        ("Quel pays a posé un engin près du pôle sud de la Lune ?", "2023-08-23-chandrayaan-3-moon-landing.txt"),
        ("¿Quién ganó el premio Nobel de medicina en 2023?", "2023-10-09-nobel-week.md"),
        ("När reparerades telekabeln till Tonga?", "disasters/2022-02-22-tonga-cable-repaired.txt"),
        ("Ile lat panowała królowa podczas platynowego jubileuszu?", "2022-06-05-platinum-jubilee.txt"),
        ("Где было видно полное солнечное затмение 2024 года?", "2024-04-08-total-solar-eclipse.html"),
        ("エバーギブンはいつ離礁しましたか？", "2021-03-29-ever-given-refloated.txt"),
        ("Who did Carlsen beat to remain world champion?", "norsk/2021-12-10-carlsen-verdensmester.txt"),
    ],
)
def test_the_right_article_is_first(retriever: Retriever, question: str, article: str) -> None:
    assert retriever.ask(question).citations[0].article_id == article


def test_what_the_articles_answer_in_another_language_is_answered(retriever: Retriever) -> None:
    assert retriever.ask("Hvor lenge sperret Ever Given Suez-kanalen?").answered
    assert retriever.ask("¿Quién ganó el premio Nobel de medicina en 2023?").answered


@pytest.mark.parametrize(
    "question",
    ["Hva koster inngangen til skimuseet?", "Combien coûte un billet pour le Louvre ?", "¿Cuándo murió Cervantes?"],
)
def test_what_they_do_not_answer_is_refused_in_any_language(retriever: Retriever, question: str) -> None:
    assert not retriever.ask(question).answered
