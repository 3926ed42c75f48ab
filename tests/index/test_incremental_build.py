"""Building in steps: only what is new is read and encoded, and the outcome is that of building at once."""

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import Article
from index.build import BuildRules, build
from index.engines.bm25 import word_query
from index.generation.catalog import Catalog, StoredArticle
from index.generation.catalog_writer import CatalogWriter
from index.generation.generation import Generation
from index.parsers import SeedFile
from index.passage_rules import PassageRules
from index.sandbox.messages import FileRead
from index.sandbox.worker import cut, read_file
from index.seeds import Intake, compare, survey
from retrieval import Retriever
from tests.conftest import write_seeds
from tests.index.forging import forge
from tests.index.same_index import assert_same_index, catalog_of, copied, folders, rows, served, texts, vectors_of
from tests.index.stories import AFTER, BEFORE, BRIDGE, HARBOUR, HARBOUR_LATER, MUSEUM, TEXTS_AFTER, TEXTS_BEFORE, WIRE
from tests.sampled import sampled

NewData = Callable[[], Path]


@pytest.fixture(scope="module")
def built(new_data: NewData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder built from the seeds as they were."""
    data = new_data()
    build(write_seeds(tmp_path_factory.mktemp("seeds"), BEFORE), data)
    return data


@pytest.fixture(scope="module")
def at_once(new_data: NewData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder built from the seeds as they are later, and from nothing else."""
    data = new_data()
    build(write_seeds(tmp_path_factory.mktemp("seeds"), AFTER), data)
    return data


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    """A data folder of a test's own, in which the seeds as they were are served."""
    return copied(built, tmp_path / "data")


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A seeds folder of a test's own, as it was."""
    return write_seeds(tmp_path / "seeds", BEFORE)


def refill(seeds: Path, files: Mapping[str, str | bytes]) -> Path:
    """Make the folder hold these files and no others."""
    shutil.rmtree(seeds, ignore_errors=True)
    seeds.mkdir()
    return write_seeds(seeds, files)


def line(article_id: str, text: str) -> str:
    return json.dumps({"id": article_id, "text": text}) + "\n"


def test_added_changed_and_removed_files_are_reported_and_the_rest_is_taken_over(
    data: Path, seeds: Path, at_once: Path
) -> None:
    report = build(refill(seeds, AFTER), data)
    assert (report.added, report.changed, report.removed) == (("museum.txt",), ("harbour.txt",), ("bridge.md",))
    assert (report.unchanged, report.articles, report.passages) == (1, 4, 4)
    assert report.encoded == 2, "the museum and the changed harbour; the two of the wire were there"
    assert texts(data) == TEXTS_AFTER
    assert_same_index(data, at_once)


def test_where_nothing_has_changed_nothing_is_written(data: Path, seeds: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*") if "models" not in path.parts}
    report = build(seeds, data)
    assert not report.published
    assert report.generation == served(data).name
    assert (report.added, report.changed, report.removed, report.unchanged) == ((), (), (), 3)
    assert (report.articles, report.passages, report.encoded) == (4, 4, 0)
    after = {path: path.stat().st_mtime_ns for path in data.rglob("*") if "models" not in path.parts}
    del before[data / "index" / ".lock"], after[data / "index" / ".lock"]
    assert after == before


def test_a_file_that_was_only_touched_or_written_again_has_not_changed(data: Path, seeds: Path) -> None:
    os.utime(seeds / "harbour.txt", (1, 1))
    (seeds / "bridge.md").unlink()
    write_seeds(seeds, {"bridge.md": BRIDGE})
    (seeds / "wire.jsonl").chmod(0o600)
    report = build(seeds, data)
    assert (report.published, report.unchanged) == (False, 3)


def test_a_change_that_leaves_size_and_time_as_they_were_is_noticed(data: Path, seeds: Path) -> None:
    harbour = seeds / "harbour.txt"
    status = harbour.stat()
    harbour.write_text(HARBOUR.replace("forty", "sixty"))
    os.utime(harbour, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert harbour.stat().st_size == status.st_size
    report = build(seeds, data)
    assert (report.changed, report.encoded) == (("harbour.txt",), 1)
    assert "sixty passengers" in texts(data)["harbour.txt"]


def test_a_renamed_file_is_removed_and_added_and_not_encoded_again(data: Path, seeds: Path) -> None:
    (seeds / "2024").mkdir()
    (seeds / "harbour.txt").rename(seeds / "2024" / "port.txt")
    report = build(seeds, data)
    assert (report.added, report.removed, report.encoded) == (("2024/port.txt",), ("harbour.txt",), 0)
    assert texts(data).keys() == {"2024/port.txt", "bridge.md", "wire-1", "wire-2"}


def test_one_changed_line_of_many_costs_one_encoding(data: Path, seeds: Path) -> None:
    (seeds / "wire.jsonl").write_text(WIRE.replace("4,200 pear", "4,300 pear"))
    report = build(seeds, data)
    assert (report.changed, report.encoded) == (("wire.jsonl",), 1)


def test_a_removed_article_is_gone_from_catalog_words_vectors_and_answers(data: Path, seeds: Path) -> None:
    question = "Why did the stone bridge of Corvenna close?"
    with Retriever.open(data) as retriever:
        assert retriever.search(question)[0].article.id == "bridge.md"
        (seeds / "bridge.md").unlink()
        build(seeds, data)
        assert "bridge.md" not in {hit.article.id for hit in retriever.search(question, k=100)}
        assert "bridge.md" not in {citation.path for citation in retriever.ask(question, k=20).citations}
    assert "bridge.md" not in texts(data)
    for content in (path.read_bytes() for path in served(data).rglob("*") if path.is_file()):
        assert b"Corvenna" not in content
    with closing(Generation.open(data / "index")) as generation:
        assert len(generation.bm25) == 3
        assert len(generation.bm25.search(word_query(["corvenna"], ["en"]), 10)[0]) == 0
        # ln(1 + (3 - 0 + 0.5) / (0 + 0.5)): three passages, of which none holds the word
        assert generation.bm25.idf("corvenna") == pytest.approx(np.log(8))
        numbers, _ = generation.vectors.search(vectors_of(generation)[0], 10)
        assert sorted(numbers.tolist()) == [0, 1, 2]


@pytest.mark.parametrize("order", sampled([1, 2, 3], 3))
def test_built_at_once_or_in_steps_of_any_order_the_index_is_the_same(
    new_data: NewData, tmp_path: Path, at_once: Path, order: int
) -> None:
    """Files come in a random order, each first with another content or none, with files between that go again."""
    choice = random.Random(order)
    data, seeds = new_data(), tmp_path / "seeds"
    passing = {"aa.txt": MUSEUM + BRIDGE, "zz.jsonl": line("wire-1", "Someone else's report of a Monday in Windmere.")}
    steps: list[tuple[str, str | None]] = [(path, content) for path, content in AFTER.items()]
    steps += list(passing.items())
    choice.shuffle(steps)
    steps += [(path, None) for path in passing]
    steps.insert(0, ("harbour.txt", HARBOUR))
    steps.append(("harbour.txt", HARBOUR_LATER))
    for path, content in steps:
        if content is None:
            (seeds / path).unlink()
        else:
            write_seeds(seeds, {path: content})
        build(seeds, data)
    assert_same_index(data, at_once)
    assert texts(data) == TEXTS_AFTER


def test_when_the_owner_of_an_id_goes_the_other_article_comes_back(new_data: NewData, tmp_path: Path) -> None:
    first, second = "The first tells of a bridge closed on Monday.", "The second tells of a tunnel opened on Friday."
    seeds, data = write_seeds(tmp_path / "seeds", {"b.jsonl": line("one", second), "harbour.txt": HARBOUR}), new_data()
    build(seeds, data)
    assert texts(data)["one"] == second
    # A file that comes earlier takes the id over; a file that stays as it is gives it up, and gets it back.
    write_seeds(seeds, {"a.jsonl": line("one", first)})
    report = build(seeds, data)
    assert texts(data)["one"] == first
    assert [str(skipped.path) for skipped in report.skipped] == ["b.jsonl"]
    (seeds / "a.jsonl").unlink()
    report = build(seeds, data)
    assert texts(data)["one"] == second
    assert report.skipped == ()
    assert report.encoded == 0


def test_what_was_left_out_is_reported_by_every_build_until_it_is_mended(data: Path, seeds: Path) -> None:
    write_seeds(seeds, {"empty.txt": "", "wire.jsonl": WIRE + "{\n"})
    first = build(seeds, data).skipped
    assert [(skipped.path, skipped.line) for skipped in first] == [("empty.txt", None), ("wire.jsonl", 3)]
    write_seeds(seeds, {"museum.txt": MUSEUM})
    assert build(seeds, data).skipped == first
    unchanged = build(seeds, data)
    assert (unchanged.published, unchanged.skipped) == (False, first)
    write_seeds(seeds, {"empty.txt": HARBOUR_LATER, "wire.jsonl": WIRE})
    assert build(seeds, data).skipped == ()


def test_a_file_that_becomes_unfit_is_removed_and_reported(data: Path, seeds: Path) -> None:
    (seeds / "harbour.txt").write_text(HARBOUR * 100)
    report = build(seeds, data, rules=BuildRules(size_limit=10_000))
    assert report.removed == ("harbour.txt",)
    assert [skipped.path for skipped in report.skipped] == ["harbour.txt"]
    assert texts(data).keys() == TEXTS_BEFORE.keys() - {"harbour.txt"}
    unchanged = build(seeds, data, rules=BuildRules(size_limit=10_000))
    assert (unchanged.published, unchanged.skipped) == (False, report.skipped)


def test_copies_are_found_between_new_files_and_those_taken_over(data: Path, seeds: Path) -> None:
    write_seeds(seeds, {"a-first.txt": HARBOUR, "z-last.txt": HARBOUR})
    build(seeds, data)
    groups: dict[str, int] = dict(rows(data, "SELECT id, copies_of FROM articles"))
    assert groups["a-first.txt"] == groups["harbour.txt"] == groups["z-last.txt"] == 0
    (seeds / "a-first.txt").unlink()
    (seeds / "harbour.txt").unlink()
    build(seeds, data)
    groups = dict(rows(data, "SELECT id, copies_of FROM articles"))
    assert groups == {"bridge.md": 0, "wire-1": 1, "wire-2": 2, "z-last.txt": 3}


# What makes a build start over


def test_clean_reads_and_encodes_everything_anew(data: Path, seeds: Path, built: Path) -> None:
    old = served(data).name
    report = build(seeds, data, clean=True)
    assert report.published
    assert (report.added, report.unchanged, report.encoded) == ((), 3, 4)
    assert folders(data) == {old, report.generation}
    assert_same_index(data, built)


def test_other_rules_make_another_index_from_the_same_seeds(data: Path, seeds: Path) -> None:
    short = BuildRules(passages=PassageRules(target=20, window=64))
    report = build(seeds, data, rules=short)
    assert report.published
    assert (report.unchanged, report.passages) == (3, report.passages)
    assert report.passages > 4
    assert not build(seeds, data, rules=short).published
    assert build(seeds, data).passages == 4


def test_another_bound_for_exact_search_makes_another_index(data: Path, seeds: Path) -> None:
    report = build(seeds, data, rules=BuildRules(exact_below=2))
    assert report.published
    with closing(Generation.open(data / "index")) as generation:
        assert generation.manifest.vectors.kind.startswith("hnsw32")


def test_another_version_of_a_library_makes_the_next_build_start_over(data: Path, seeds: Path, built: Path) -> None:
    manifest = json.loads((served(data) / "manifest.json").read_text())
    forge(served(data), libraries={**manifest["libraries"], "sentencex": "0.0.1"})
    report = build(seeds, data)
    assert (report.published, report.unchanged, report.encoded) == (True, 3, 0)
    assert_same_index(data, built)


@pytest.fixture
def other_model(models: Path, model_folder: Path, tmp_path: Path) -> Callable[[Path, int], str]:
    """Gives a data folder a second converted model: the same graph, but it takes every capital letter for unknown.

    It counts other wordpieces than the first, as another model would.
    """

    def give(data: Path, window: int) -> str:
        source = tmp_path / f"cased-{window}"
        source.mkdir()
        weights = b"other weights"
        (source / "model.safetensors").write_bytes(weights)
        (data / "models").unlink()
        converted = data / "models" / f"{source.name}-{sha256(weights).hexdigest()[:12]}"
        shutil.copytree(model_folder, converted)
        (data / "models" / model_folder.name).symlink_to(model_folder)
        tokenizer: dict[str, Any] = json.loads((converted / "tokenizer.json").read_text())
        tokenizer["normalizer"] = None
        (converted / "tokenizer.json").write_text(json.dumps(tokenizer))
        card = json.loads((converted / "encoder.json").read_text())
        card |= {"name": source.name, "sha256": sha256(weights).hexdigest(), "window": window}
        card["files"]["tokenizer.json"] = sha256((converted / "tokenizer.json").read_bytes()).hexdigest()
        (converted / "encoder.json").write_text(json.dumps(card))
        return str(source)

    return give


@pytest.mark.parametrize("window", sampled([64, 256], 2))
def test_another_model_reads_cuts_and_encodes_everything_anew(
    data: Path, seeds: Path, tmp_path: Path, other_model: Callable[[Path, int], str], window: int
) -> None:
    names = ". ".join(f"KALVESTRAND ROGNESUND AND TVERRBEKK NUMBER {n} WERE PAINTED ON MONDAY" for n in range(40)) + "."
    write_seeds(seeds, {"names.txt": names})
    build(seeds, data)
    cut_before = rows(data, "SELECT * FROM passages")
    model = other_model(data, window)
    report = build(seeds, data, model=model)
    assert (report.published, report.unchanged, report.encoded) == (True, 4, report.passages)
    assert rows(data, "SELECT * FROM passages") != cut_before
    in_one_go = copied(data, tmp_path / "at once")
    shutil.rmtree(in_one_go / "index")
    build(seeds, in_one_go, model=model)
    assert_same_index(data, in_one_go)
    with Retriever.open(data, model=model) as retriever:
        assert retriever.search("What did the library of Windmere lend?")[0].article.id == "wire-2"
    back = build(seeds, data)
    assert (back.published, back.encoded) == (True, 0), "the first model's vectors were kept"
    assert rows(data, "SELECT * FROM passages") == cut_before


# The vector cache


@pytest.mark.parametrize("damage", ["gone", "garbage", "flipped"])
def test_a_damaged_vector_cache_is_made_anew_and_gives_no_wrong_vector(
    data: Path, seeds: Path, at_once: Path, damage: str
) -> None:
    (cache,) = (data / "vectors").iterdir()
    if damage == "gone":
        shutil.rmtree(data / "vectors")
    elif damage == "garbage":
        cache.write_bytes(b"garbage" * 1000)
    else:
        cache.write_bytes(bytes(byte ^ 4 if place > 5000 else byte for place, byte in enumerate(cache.read_bytes())))
    report = build(refill(seeds, AFTER), data)
    assert report.encoded == 4
    assert_same_index(data, at_once)
    assert build(refill(seeds, BEFORE), data).encoded == 2, "what the damage cost is there again"


def test_articles_that_come_back_soon_are_not_encoded_again(data: Path, seeds: Path) -> None:
    (seeds / "bridge.md").unlink()
    assert build(seeds, data).encoded == 0
    write_seeds(seeds, {"bridge.md": BRIDGE})
    assert build(seeds, data).encoded == 0


def test_passages_that_say_the_same_are_encoded_once(new_data: NewData, tmp_path: Path) -> None:
    files = {
        f"{n}.jsonl": line(f"id-{n}", "The ferry sailed at noon on Monday, with forty on board.") for n in range(5)
    }
    report = build(write_seeds(tmp_path / "seeds", files), new_data())
    assert (report.passages, report.encoded) == (5, 1)


# Taking in files, over many histories: without vectors, which follow from the catalog alone.

_TEXTS = (
    "The ferry sailed at noon on Monday with forty on board.",
    "A mill burned down on Friday. Nobody was hurt, said the miller.",
    "Source link",  # of which nothing can be cited
)
_LINES = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(_TEXTS)), max_size=3).map(
    lambda lines: "".join(line(*entry) for entry in lines)
)
_FOLDERS = st.dictionaries(st.sampled_from(["a.jsonl", "b.jsonl", "c.jsonl", "x", "z"]), _LINES, max_size=5).map(
    lambda files: {path: content if "." in path else _TEXTS[0] for path, content in files.items()}
)


def _cut(article: Article) -> StoredArticle:
    return cut(article, lambda texts: [len(text.split()) for text in texts], PassageRules())


def _read(files: Sequence[SeedFile]) -> Iterator[FileRead]:
    return (part for file in files for part in read_file(file, _cut))


def _taken_in(seeds: Path, data: Path, previous: Path | None) -> Path:
    """Take the seeds into the catalog of a data folder, with the catalog of another to take over from."""
    generation = data / "index" / "generation"
    generation.mkdir(parents=True)
    (data / "index" / "CURRENT").write_text("generation\n")
    with CatalogWriter(generation / "catalog.sqlite") as writer:
        now = survey(seeds, 1_000_000, lambda: None)
        with Catalog(served(previous) / "catalog.sqlite") if previous else nullcontext() as catalog:
            intake = Intake(now, catalog, writer)
            for _ in intake.articles(_read(intake.fresh)):
                pass
        writer.finish()
    return data


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(_FOLDERS, min_size=2, max_size=4))
def test_whatever_the_history_the_catalog_is_that_of_the_last_folder(
    history: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Over ids that clash within files and between them, articles without a passage, and owners that come and go."""
    place = tmp_path_factory.mktemp("history")
    seeds = place / "seeds"
    previous: Path | None = None
    for number, files in enumerate(history):
        refill(seeds, {path if "." in path else f"{path}.txt": content for path, content in files.items()})
        previous = _taken_in(seeds, place / str(number), previous)
    assert previous
    assert catalog_of(previous) == catalog_of(_taken_in(seeds, place / "at once", None))
    shutil.rmtree(place)


def test_compare_tells_files_apart_by_their_bytes_alone(seeds: Path, built: Path) -> None:
    with Catalog(served(built) / "catalog.sqlite") as catalog:
        before = catalog.files()
    assert not compare(survey(seeds, 1_000_000, lambda: None), before)
    delta = compare(survey(refill(seeds, AFTER), 1_000_000, lambda: None), before)
    assert (delta.added, delta.changed, delta.removed) == (("museum.txt",), ("harbour.txt",), ("bridge.md",))
    assert delta.unchanged == {"wire.jsonl"}
