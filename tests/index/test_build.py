"""Seeds -> generation: what is built, what bad input becomes, and what a build leaves alone."""

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from index.article import Article
from index.build import BuildRules, build
from index.errors import IndexingError, NoIndexError, SeedsError
from index.generation.catalog import Catalog, StoredArticle
from index.generation.catalog_writer import CatalogWriter
from index.generation.generation import Generation, verify
from index.parsers import SeedFile, Skipped
from index.passage_rules import PassageRules
from index.report import BuildReport, FormatCount, Reason
from index.sandbox.messages import FileRead
from index.sandbox.worker import cut, read_file
from index.seeds import Intake, survey
from retrieval import Retriever
from tests.conftest import BuildData, write_seeds
from tests.index.commands import Commands
from tests.index.same_index import assert_same_index, copied, folders, rows, served, texts
from tests.index.stories import BEFORE, BRIDGE, HARBOUR, MUSEUM, TEXTS_BEFORE, WIRE

NewData = Callable[[], Path]
PAGE = """<!DOCTYPE html><html lang="en"><head><title>Glacier loses its name | Fjord Courier</title></head><body>
<nav><a href="/">Home</a> <a href="/news">News</a></nav>
<article><h1>Glacier loses its name</h1>
<p>The smallest glacier of Hallvik was struck off the official list on Tuesday, since too little of it is left.</p>
<p>Surveyors measured it for the last time in August. It had shrunk to three football pitches, they said.</p>
</article><footer>Imprint</footer></body></html>"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Moor Gazette</title><item>
<title>Peat cutters strike</title><guid>peat-1</guid><pubDate>Tue, 05 Mar 2024 09:00:00 GMT</pubDate>
<description>The peat cutters of Dunmoor laid down their spades on Tuesday and asked for dry boots and a paid
break.</description></item></channel></rss>"""


@pytest.fixture(scope="module")
def built(build_data: BuildData) -> Path:
    return build_data(BEFORE)


def test_every_format_becomes_articles_whose_passages_stand_in_their_texts(build_data: BuildData) -> None:
    data = build_data({**BEFORE, "sub/folder/page.html": PAGE, "feeds/moor.xml": FEED})
    found = texts(data)
    assert {article: found[article] for article in TEXTS_BEFORE} == TEXTS_BEFORE
    assert found.keys() - TEXTS_BEFORE.keys() == {"sub/folder/page.html", "peat-1"}
    quotes = rows(
        data,
        'SELECT id, substr(text, start + 1, "end" - start) FROM passages JOIN articles ON article = articles.number',
    )
    told = {article: " ".join(quote for owner, quote in quotes if owner == article) for article in found}
    assert "The harbour of Lillehavn reopened on Monday" in told["harbour.txt"]
    assert "title:" not in told["bridge.md"], "front matter is not the article"
    assert "struck off the official list on Tuesday" in told["sub/folder/page.html"]
    assert "Imprint" not in told["sub/folder/page.html"]
    assert "asked for dry boots" in told["peat-1"]


def test_articles_and_passages_are_numbered_in_the_order_of_paths(built: Path) -> None:
    assert rows(built, "SELECT number, id FROM articles ORDER BY number") == [
        (0, "bridge.md"),
        (1, "harbour.txt"),
        (2, "wire-1"),
        (3, "wire-2"),
    ]
    assert rows(built, "SELECT number, article, ordinal FROM passages ORDER BY number") == [
        (0, 0, 0),
        (1, 1, 0),
        (2, 2, 0),
        (3, 3, 0),
    ]


def test_a_long_article_becomes_several_passages_that_all_fit_the_window(build_data: BuildData) -> None:
    sentences = [f"Paragraph {n} tells how boat {n} of the fleet sailed to pier {n} at dawn." for n in range(120)]
    data = build_data({"fleet.txt": "\n\n".join(sentences)})
    spans = rows(data, 'SELECT start, "end" FROM passages ORDER BY number')
    assert len(spans) > 5
    text = texts(data)["fleet.txt"]
    for sentence in sentences:
        assert any(sentence in text[start:end] for start, end in spans), sentence


def test_the_report_of_a_first_build_names_everything_it_did(new_data: NewData, tmp_path: Path) -> None:
    seeds, data = write_seeds(tmp_path / "seeds", {**BEFORE, "empty.txt": ""}), new_data()
    report = build(seeds, data)
    assert report == BuildReport(
        generation=served(data).name,
        published=True,
        added=("bridge.md", "harbour.txt", "wire.jsonl"),
        changed=(),
        removed=(),
        unchanged=0,
        skipped=(Skipped("empty.txt", "empty"),),
        articles=4,
        passages=4,
        encoded=4,
        seconds=report.seconds,
        formats=(
            FormatCount(".jsonl", 1, 2, 0),
            FormatCount(".md", 1, 1, 0),
            FormatCount(".txt", 1, 1, 1),
        ),
        reasons=(Reason("empty", "nothing is lost", 1, False, ("empty.txt",)),),
    )
    assert 0 < report.seconds < 60


def test_progress_is_told_of_every_file(new_data: NewData, tmp_path: Path) -> None:
    steps: dict[str, list[int | None]] = {}

    class Watching:
        def begin(self, step: str, total: int | None) -> None:
            self.parts: list[int | None] = [total]
            steps[step] = self.parts

        def read(self) -> None: ...

        def advance(self, parts: int = 1) -> None:
            self.parts.append(parts)

    build(write_seeds(tmp_path / "seeds", BEFORE), new_data(), progress=Watching())
    done = {step: (total, sum(part or 0 for part in parts)) for step, (total, *parts) in steps.items()}
    assert done == {
        "looking at the seeds": (None, 3),
        "reading and encoding": (3, 3),
        "writing the index": (None, 0),
    }


# Bad input: each ends in a line that names the file and the reason, and every good file is there all the same.

BAD = {
    "empty.txt": (b"", "empty"),
    "blank.md": (b" \n\r\n\t\n", "empty"),
    "binary.txt": (bytes(range(256)) * 40, "binary, not text"),
    "picture.jsonl": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(3000), "binary, not text"),
    "menu.html": (b"<html><body><nav><a href='/'>Home</a></nav></body></html>", "no article found in the page"),
    "nothing.html": (b"", "empty"),
    "plain.xml": (b"<note><to>Moe</to></note>", "not an RSS or Atom feed"),
    "bomb.xml": (b'<!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><rss><channel>&b;</channel></rss>', "entities"),
    "letter.doc": (b"PK\3\4", "not a format that is read"),
    "letter.docx": (b"PK\3\4", "not a Word document that can be read"),
    "large.txt": (b"A long story. " * 1000, "too large: 14,000 bytes, the limit is 12,000"),
}


def test_each_kind_of_bad_file_is_one_line_of_the_report_and_nothing_else_is_lost(
    new_data: NewData, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {**BEFORE, **{f"bad/{name}": content for name, (content, _) in BAD.items()}}
    seeds, data = write_seeds(tmp_path / "seeds", files), new_data()
    (seeds / "bad" / "broken.txt").symlink_to("nowhere")
    (seeds / "bad" / "circle.txt").symlink_to("circle.txt")
    (seeds / "bad" / "again").symlink_to("..")
    os.mkfifo(seeds / "bad" / "pipe.txt")
    report = build(seeds, data, rules=BuildRules(size_limit=12_000))
    told = {skipped.path: skipped.reason for skipped in report.skipped}
    assert len(told) == len(report.skipped)
    expected = {f"bad/{name}": reason for name, (_, reason) in BAD.items()} | {
        "bad/broken.txt": "a broken link or a loop of links",
        "bad/circle.txt": "a broken link or a loop of links",
        "bad/again": "a link to a folder that is read already",
        "bad/pipe.txt": "not a regular file",
    }
    assert told.keys() == expected.keys()
    for path, reason in expected.items():
        assert reason in told[path], path
    assert texts(data) == TEXTS_BEFORE
    verify(data / "index").close()


def test_a_broken_json_line_is_named_by_its_number_and_the_other_lines_are_kept(
    new_data: NewData, tmp_path: Path
) -> None:
    lines = WIRE.splitlines()
    broken = "\n".join([lines[0], '{"text": "cut off', "[1, 2]", '{"id": "x"}', '{"text": " "}', "", lines[1]])
    report = build(write_seeds(tmp_path / "seeds", {"wire.jsonl": broken}), data := new_data())
    assert [(skipped.path, skipped.line) for skipped in report.skipped] == [("wire.jsonl", n) for n in (2, 3, 4, 5)]
    assert [skipped.reason.split(":")[0] for skipped in report.skipped] == [
        "broken JSON",
        "not a JSON object",
        "it has no 'text'",
        "its 'text' is empty",
    ]
    assert texts(data).keys() == {"wire-1", "wire-2"}


@pytest.mark.parametrize(
    "line",
    ["The ferry sailed again on Monday. " * 30_000, "ferry" * 200_000, "渡轮在周一再次启航。" * 34_000],
    ids=["sentences", "one word", "no spaces"],
)
def test_a_single_line_of_a_megabyte_becomes_passages_that_cover_it(tmp_path: Path, line: str) -> None:
    """Up to the catalog: to encode its thousand passages takes a while, and is nothing new."""
    assert len(line.encode()) >= 1_000_000
    seeds = write_seeds(tmp_path / "seeds", {"line.txt": line, "harbour.txt": HARBOUR})
    path = tmp_path / "catalog.sqlite"

    def prepare(article: Article) -> StoredArticle:
        return cut(article, lambda texts: [len(text) for text in texts], PassageRules(target=2000, window=2500))

    def read(files: Sequence[SeedFile]) -> Iterator[FileRead]:
        return (part for file in files for part in read_file(file, prepare))

    with CatalogWriter(path) as writer:
        intake = Intake(survey(seeds, 20_000_000, lambda: None), None, writer)
        for _ in intake.articles(read(intake.fresh)):
            pass
        writer.finish()
    assert intake.skipped == []
    with Catalog(path) as catalog:
        spans = [passage.span for passage in catalog.passages_of(1)]
        assert catalog.text(1)[0] == line
    assert len(spans) > 100
    assert max(len(span) for span in spans) <= 2500
    assert (spans[0].start, spans[-1].end) == (0, len(line.rstrip()))
    assert all(line[one.end : other.start].strip() == "" for one, other in pairwise(spans))


def test_of_two_articles_with_one_id_the_first_is_kept_and_the_other_is_reported(
    new_data: NewData, tmp_path: Path
) -> None:
    def line(article_id: str, text: str) -> str:
        return json.dumps({"id": article_id, "text": text})

    files = {
        "a.jsonl": line("same", "The first of them tells of a bridge that was closed on Monday."),
        "b.jsonl": "\n".join(
            [
                line("same", "The second of them tells of a tunnel that was opened on Friday."),
                line("other", "Another one tells of a bakery that burned down on Sunday."),
                line("other", "And this one of a mill that was built again from its ashes."),
            ]
        ),
        "harbour.txt": HARBOUR,
        "z.jsonl": line("harbour.txt", "The last one takes the name of a file for its own on Thursday."),
    }
    report = build(write_seeds(tmp_path / "seeds", files), data := new_data())
    assert report.skipped == (
        Skipped("b.jsonl", "line 3 has the id 'other' of line 2, which was kept", 3),
        Skipped("b.jsonl", "the article id 'same' is taken by a.jsonl"),
        Skipped("z.jsonl", "the article id 'harbour.txt' is taken by harbour.txt"),
    )
    assert {article: text.split()[1] for article, text in texts(data).items()} == {
        "same": "first",
        "other": "one",
        "harbour.txt": "of",
    }


def test_an_article_of_which_nothing_can_be_cited_is_reported_and_does_not_take_its_id(
    new_data: NewData, tmp_path: Path
) -> None:
    files = {
        "a.jsonl": json.dumps({"id": "one", "text": "Source link"}),
        "b.jsonl": json.dumps({"id": "one", "text": "The mayor of Windmere resigned on Monday after nine years."}),
        "c.md": "---\ntitle: A title and no more\n---\n",
    }
    report = build(write_seeds(tmp_path / "seeds", files), data := new_data())
    assert report.skipped == (
        Skipped("a.jsonl", "nothing of article 'one' is left to be cited"),
        Skipped("c.md", "nothing of article 'c.md' is left to be cited"),
    )
    assert texts(data) == {"one": "The mayor of Windmere resigned on Monday after nine years."}


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"empty.txt": ""},
        {"letter.docx": "no", ".hidden.txt": HARBOUR},
        {"broken.jsonl": "{"},
        {"clutter.txt": "Source link\n"},
    ],
)
def test_where_no_article_can_be_read_the_old_generation_is_served_on(
    built: Path, tmp_path: Path, files: dict[str, str | bytes], commands: Commands
) -> None:
    data = copied(built, tmp_path / "data")
    old = served(data)
    (tmp_path / "new").mkdir()
    seeds = write_seeds(tmp_path / "new", files)
    with pytest.raises(SeedsError) as refused:
        build(seeds, data)
    assert str(refused.value).startswith(f"no article could be read in {seeds}")
    assert commands("build", "--seeds", seeds, "--data", data).failed_with(2) == str(refused.value)
    assert served(data) == old
    assert folders(data) == {old.name}
    verify(data / "index").close()
    with Retriever.open(data) as retriever:
        assert "eleven million" in retriever.ask("What did the repairs of the harbour cost?").citations[0].quote


def test_where_no_article_can_be_read_the_first_reason_is_told(new_data: NewData, tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path / "seeds", {"b.jsonl": "{", "a.txt": ""})
    with pytest.raises(SeedsError, match=re.escape("(the first of 2: a.txt: empty): put .txt, .md, .html, .jsonl")):
        build(seeds, data := new_data())
    with pytest.raises(NoIndexError):
        Generation.open(data / "index")


@pytest.mark.parametrize("is_file", [True, False])
def test_a_seeds_folder_that_is_none_is_refused(new_data: NewData, tmp_path: Path, is_file: bool) -> None:
    seeds = tmp_path / "seeds"
    if is_file:
        seeds.touch()
    with pytest.raises(SeedsError, match=f"there is no folder {seeds}: give the folder of your articles with --seeds"):
        build(seeds, new_data())


# Duplicates

FLOOD = " ".join(
    f"At {hour} o'clock the river {verb} the {place}, where {count} people {rest}."
    for hour, verb, place, count, rest in [
        ("six", "reached", "mill of Ardo", 40, "carried sacks of flour upstairs"),
        ("seven", "flooded", "market square", 200, "had just put up their stalls"),
        ("eight", "tore away", "wooden footbridge", 3, "watched from the bank"),
        ("nine", "rose past", "mark of 1954", 12, "had never seen it so high"),
        ("ten", "fell back to", "lower quay", 90, "began to shovel mud"),
    ]
)


def test_copies_are_one_hit_that_names_the_others(new_data: NewData, tmp_path: Path) -> None:
    """The same text, the text with another lead and ending, and the text amid a page's clutter."""
    syndicated = "ARDO (Agency) " + FLOOD.removesuffix("began to shovel mud.") + "went home."
    page = f"Valley Star\n\n{FLOOD}\n\nPlease enter your comment!\nPlease enter your name here\n"
    files = {
        "a-flood.txt": FLOOD,
        "b-same.txt": FLOOD,
        "c-agency.txt": syndicated,
        "d-page.txt": page,
        "e-other.txt": MUSEUM,
    }
    build(write_seeds(tmp_path / "seeds", files), data := new_data())
    assert rows(data, "SELECT id, copies_of FROM articles ORDER BY number") == [
        ("a-flood.txt", 0),
        ("b-same.txt", 0),
        ("c-agency.txt", 0),
        ("d-page.txt", 0),
        ("e-other.txt", 4),
    ]
    with Retriever.open(data) as retriever:
        best, *others = retriever.search("When did the river tear away the footbridge?")
    assert {best.article.id, *(head.id for head in best.also_in)} == files.keys() - {"e-other.txt"}
    assert [hit.article.id for hit in others] == ["e-other.txt"]


# What a build leaves alone


def test_a_second_builder_is_refused_with_one_line_and_the_first_is_unharmed(
    new_data: NewData, tmp_path: Path, commands: Commands
) -> None:
    seeds, data = write_seeds(tmp_path / "seeds", BEFORE), new_data()
    refused: list[str] = []

    class Meanwhile:
        def begin(self, step: str, total: int | None) -> None:
            with pytest.raises(IndexingError) as error:
                build(seeds, data)
            refused.append(str(error.value))
            if step == "reading and encoding":
                refused.append(commands("build", "--seeds", seeds, "--data", data).failed_with(1))

        def read(self) -> None: ...

        def advance(self, parts: int = 1) -> None:
            pass

    report = build(seeds, data, progress=Meanwhile())
    assert refused == [f"another build is running on {data}: wait until it has ended"] * 4
    assert folders(data) == {report.generation}
    verify(data / "index").close()
    assert texts(data) == TEXTS_BEFORE
    assert not build(seeds, data).published, "the lock is let go of"


def listing(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Every file and folder with its mode, its size and when it was last written."""
    return {
        str(path.relative_to(folder)): (status.st_mode, status.st_size, status.st_mtime_ns)
        for path in [folder, *sorted(folder.rglob("*"))]
        for status in [path.lstat()]
    }


def test_nothing_is_written_into_the_seeds_or_anywhere_but_the_data_folder(
    tmp_path: Path, new_data: NewData, commands: Commands
) -> None:
    around = tmp_path / "around"
    seeds = write_seeds(around / "seeds", {**BEFORE, "sub/page.html": PAGE, "empty.txt": ""})
    made = new_data()
    (around / "data").mkdir()
    (around / "data" / "models").symlink_to((made / "models").resolve())
    before = listing(around)
    for arguments in (["build", "--seeds", seeds], ["build", "--seeds", seeds, "--clean"], ["status"], ["verify"]):
        done = commands(*arguments, "--data", around / "data")
        assert (done.code, done.err) == (0, "")
    after = {path: facts for path, facts in listing(around).items() if not path.startswith("data")}
    assert after == {path: facts for path, facts in before.items() if not path.startswith("data")}
    assert {path.name for path in (around / "data").iterdir()} == {"index", "models", "vectors"}


def test_seeds_that_nobody_may_write_to_are_built(new_data: NewData, tmp_path: Path) -> None:
    seeds, data = write_seeds(tmp_path / "seeds", BEFORE), new_data()
    for path in seeds.iterdir():
        path.chmod(0o444)
    seeds.chmod(0o555)
    build(seeds, data)
    seeds.chmod(0o755)
    assert texts(data) == TEXTS_BEFORE


def test_the_same_seeds_under_another_name_give_the_same_index(built: Path, new_data: NewData, tmp_path: Path) -> None:
    seeds = tmp_path / "Ærlige sæder? #1 %20"
    link = tmp_path / "link"
    link.symlink_to(write_seeds(seeds, {"bridge.md": BRIDGE, "harbour.txt": HARBOUR, "wire.jsonl": WIRE}))
    build(link, data := new_data())
    assert_same_index(data, built)


def test_a_data_folder_within_the_seeds_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path, {"a.txt": "A ferry sank off the island on Monday, and all on board were saved.\n"})
    with pytest.raises(SeedsError, match="lies within the seeds"):
        build(seeds, seeds / "var")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
