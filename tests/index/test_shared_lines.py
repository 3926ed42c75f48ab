"""Lines that many files of a folder share are likelier to be clutter, however the files came together."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index.build import build
from index.clutter.marking import parts_of, shared_clutter
from index.clutter.shared_lines import FEWEST_FILES, holds, key_of, may_be_shared
from tests.conftest import write_seeds
from tests.index.same_index import assert_same_index, rows, texts

NewData = Callable[[], Path]
# A request that a site puts into each of its articles; a line by itself of it could be a sentence of the report.
BLOCK = [
    "How relevant was this advert?",
    "The film took long to begin",
    "The sound of the advert was too loud",
    "The page moved while the advert came",
    "Send and close",
]
# A sentence of full length stays however many say it: it may be what an agency wrote.
AGENCY = (
    "The storm cut the power of some 4,000 households between the river and the coast on Sunday night, the grid said."
)
TOWNS = ("Aasvik", "Bergnes", "Dalholm", "Eikmoss", "Fjellund", "Granes")


def lines_of(town: str) -> list[str]:
    return [
        f"{town} counts its damage",
        f"Eleven roofs of {town} were torn off by the storm on Sunday night, and nobody was hurt, said the mayor.",
        *BLOCK,
        AGENCY,
        f"The school of {town} stays closed until Wednesday, since water stands in two of its rooms and in the hall.",
    ]


def page(town: str) -> str:
    headline, *lines = lines_of(town)
    return f"<html><body><h1>{headline}</h1>{''.join(f'<p>{line}</p>' for line in lines)}</body></html>"


def seeds_of(towns: tuple[str, ...]) -> dict[str, str]:
    """Every other article as a page, the others as plain text."""
    return {
        f"{town}.html" if number % 2 else f"{town}.txt": page(town) if number % 2 else "\n\n".join(lines_of(town))
        for number, town in enumerate(towns)
    }


def cited(data: Path) -> dict[str, str]:
    """All that may be cited of each article, by its id."""
    query = """SELECT id, group_concat(substr(text, start + 1, "end" - start), char(10)) FROM passages
               JOIN articles ON article = articles.number GROUP BY id"""
    return dict(rows(data, query))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "seeds"


def test_a_block_that_many_files_share_is_cited_from_none(folder: Path, new_data: NewData) -> None:
    data = new_data()
    build(write_seeds(folder, seeds_of(TOWNS[:FEWEST_FILES])), data)
    for article, words in cited(data).items():
        town = article.split(".")[0]
        assert not [line for line in BLOCK if line in words]
        assert AGENCY in words
        assert f"The school of {town} stays closed until Wednesday" in words
        # The text is the file's, whatever of it is cited.
        assert all(line in texts(data)[article] for line in BLOCK)


def test_what_fewer_files_share_is_the_article(folder: Path, new_data: NewData) -> None:
    data = new_data()
    build(write_seeds(folder, seeds_of(TOWNS[: FEWEST_FILES - 1])), data)
    assert all("The film took long to begin" in words for words in cited(data).values())


def test_of_a_report_that_many_papers_print_nothing_is_lost(folder: Path, new_data: NewData) -> None:
    data = new_data()
    report = [line for line in lines_of("Aasvik") if line not in BLOCK]
    quoted = ["It was loud.", "Nobody slept, of course.", "The hens are gone", "So is the roof of the hen house"]
    papers = {f"{paper}.txt": "\n\n".join([*report, *quoted, f"Printed in {paper}."]) for paper in TOWNS}
    build(write_seeds(folder, papers), data)
    assert all(line in words for words in cited(data).values() for line in quoted)


def test_copies_of_one_file_share_nothing(folder: Path, new_data: NewData) -> None:
    data = new_data()
    copies = {f"{number}.txt": "\n\n".join(lines_of("Aasvik")) for number in range(3)}
    build(write_seeds(folder, {**copies, **seeds_of(TOWNS[1:3])}), data)
    assert all("The film took long to begin" in words for words in cited(data).values())


def test_files_that_are_there_already_are_cut_as_if_all_had_come_at_once(folder: Path, new_data: NewData) -> None:
    grown, at_once = new_data(), new_data()
    build(write_seeds(folder, seeds_of(TOWNS[: FEWEST_FILES - 1])), grown)
    write_seeds(folder, seeds_of(TOWNS[:FEWEST_FILES]))
    report = build(folder, grown)
    assert (len(report.added), report.changed, report.unchanged) == (1, (), FEWEST_FILES - 1)
    build(folder, at_once)
    assert_same_index(grown, at_once)
    assert not [line for words in cited(grown).values() for line in BLOCK if line in words]


def test_a_block_is_the_article_again_once_few_files_are_left(folder: Path, new_data: NewData) -> None:
    shrunk, at_once = new_data(), new_data()
    build(write_seeds(folder, seeds_of(TOWNS)), shrunk)
    shutil.rmtree(folder)
    write_seeds(folder, seeds_of(TOWNS[:3]))
    build(folder, shrunk, allow_removals=True)
    build(folder, at_once)
    assert_same_index(shrunk, at_once)
    assert all("The film took long to begin" in words for words in cited(shrunk).values())


def test_a_line_is_known_by_its_words() -> None:
    assert key_of("- Send  and\tclose") == key_of("Send and close") != key_of("send and close")
    assert holds("A report.\n\n  Send and close \nmore", {key_of("Send and close")})
    assert not holds("Send and close it", {key_of("Send and close")})
    assert -(2**63) <= key_of("Send and close") < 2**63
    assert [may_be_shared("a" * length) for length in (3, 4, 300, 301)] == [False, True, True, False]


def test_a_link_within_a_sentence_is_no_clutter_however_many_files_have_it() -> None:
    shared = {key_of("Reuters")}
    within = "The minister answered in an interview with\n\nReuters\n\nthat the line will stay open until the summer."
    assert not list(shared_clutter(within, parts_of(within), shared))
    between = within.replace("interview with", "interview.").replace("that the", "The")
    assert [span.of(between) for span in shared_clutter(between, parts_of(between), shared)] == ["Reuters"]
