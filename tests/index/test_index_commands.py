"""The operator's commands, each in a process of its own: what they print, where, and how they end."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import BuildData, write_seeds
from tests.forked import ROOT
from tests.index.commands import Commands, Fault, run
from tests.index.forging import replace_file
from tests.index.same_index import copied, served, texts
from tests.index.stories import AFTER, BEFORE, HARBOUR, TEXTS_BEFORE

NewData = Callable[[], Path]


@pytest.fixture(scope="module")
def built(build_data: BuildData) -> Path:
    return build_data(BEFORE)


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return write_seeds(tmp_path / "seeds", BEFORE)


def test_build_reports_every_file_and_ends_with_0(new_data: NewData, seeds: Path, commands: Commands) -> None:
    data = new_data()
    write_seeds(seeds, {"empty.txt": "", "wire.jsonl": BEFORE["wire.jsonl"] + "{\n"})
    done = commands("build", "--seeds", seeds, "--data", data)
    assert (done.code, done.err) == (0, "")
    *told, last = done.out.splitlines()
    assert told == [
        "added     bridge.md",
        "added     harbour.txt",
        "added     wire.jsonl",
        "skipped   empty.txt: empty; nothing is lost",
        "left out  wire.jsonl, line 3: broken JSON: Expecting property name enclosed in double quotes at column 2; "
        "mend it; the rest of its file is read",
        "formats   .jsonl 1 file, 2 articles; .md 1 file; .txt 1 file, 1 without an article",
    ]
    assert re.fullmatch(
        f"built {served(data).name}: 4 articles, 4 passages \\(4 encoded\\); 3 files added, 0 changed, 0 removed, "
        r"0 unchanged, 2 skipped; \d+\.\d s",
        last,
    )


def test_build_shows_on_request_where_the_metadata_were_found(built: Path, seeds: Path, commands: Commands) -> None:
    done = commands("build", "--seeds", seeds, "--data", built, "--provenance")
    told = [line for line in done.out.splitlines() if line.startswith("metadata  ")]
    assert len(told) == 4
    assert re.fullmatch(r"metadata  harbour\.txt: title '.+' \((heading line|lead sentence)\).*", told[1])
    report = json.loads(commands("build", "--seeds", seeds, "--data", built, "--provenance", "--json").out)
    assert [article["path"] for article in report["metadata"]] == [
        "bridge.md",
        "harbour.txt",
        "wire.jsonl",
        "wire.jsonl",
    ]
    assert report["metadata"][1]["title"]["where"] in told[1]
    assert "metadata" not in json.loads(commands("build", "--seeds", seeds, "--data", built, "--json").out)


def test_a_second_build_says_what_changed_and_a_third_that_nothing_did(
    built: Path, tmp_path: Path, commands: Commands
) -> None:
    data, seeds = copied(built, tmp_path / "data"), write_seeds(tmp_path / "later", AFTER)
    told = commands("build", "--seeds", seeds, "--data", data).out.splitlines()
    assert told[:3] == ["added     museum.txt", "changed   harbour.txt", "removed   bridge.md"]
    assert "4 passages (2 encoded); 1 file added, 1 changed, 1 removed, 1 unchanged, 0 skipped" in told[-1]
    (line,) = commands("build", "--seeds", seeds, "--data", data).out.splitlines()
    assert line.startswith(f"nothing has changed since {served(data).name}: 4 articles, 4 passages (0 encoded)")


def test_build_json_is_one_object_that_holds_the_whole_report(
    new_data: NewData, seeds: Path, commands: Commands
) -> None:
    data = new_data()
    write_seeds(seeds, {"wire.jsonl": BEFORE["wire.jsonl"] + "{\n", "Skogøy 🚢.txt": HARBOUR})
    done = commands("build", "--seeds", seeds, "--data", data, "--json")
    assert (done.code, done.err) == (0, "")
    report = json.loads(done.out)
    assert report.pop("seconds") > 0
    reason = "broken JSON: Expecting property name enclosed in double quotes at column 2"
    assert report == {
        "generation": served(data).name,
        "published": True,
        "added": ["Skogøy 🚢.txt", "bridge.md", "harbour.txt", "wire.jsonl"],
        "changed": [],
        "removed": [],
        "unchanged": 0,
        "skipped": [{"path": "wire.jsonl", "reason": reason, "line": 3}],
        "articles": 5,
        "passages": 5,
        "encoded": 4,
        "kept": [],
        "model": "",
        "formats": [
            {"format": ".txt", "files": 2, "articles": 2, "without": 0},
            {"format": ".jsonl", "files": 1, "articles": 2, "without": 0},
            {"format": ".md", "files": 1, "articles": 1, "without": 0},
        ],
        "reasons": [
            {
                "reason": reason,
                "hint": "mend it; the rest of its file is read",
                "count": 1,
                "parts": True,
                "examples": ["wire.jsonl, line 3"],
            }
        ],
    }


def test_status_tells_what_is_served(built: Path, commands: Commands) -> None:
    done = commands("status", "--data", built)
    assert (done.code, done.err) == (0, "")
    told = dict(line.split(maxsplit=1) for line in done.out.splitlines())
    assert told.keys() == {"generation", "built", "holds", "skipped", "model", "vectors", "size"}
    assert told["generation"] == served(built).name
    assert told["holds"] == "4 articles from 3 files, 4 passages"
    assert told["model"] == "all-MiniLM-L6-v2 (53aa51172d14), 384 dimensions"
    assert told["vectors"] == "exact, recall@100 1.000"
    assert told["size"].endswith(f" MB in {served(built)}")


def test_status_json_is_the_manifest_with_the_generations_name_and_size(built: Path, commands: Commands) -> None:
    done = commands("status", "--data", built, "--json")
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    manifest = json.loads((served(built) / "manifest.json").read_text())
    del manifest["checksum"]
    files = [path for path in served(built).rglob("*") if path.is_file() and path.name != "manifest.json"]
    assert told == {
        "generation": served(built).name,
        "bytes": sum(path.stat().st_size for path in files),
        **manifest,
    }


def test_verify_ends_with_0_where_all_is_well(built: Path, commands: Commands) -> None:
    files = sum(path.is_file() for path in served(built).rglob("*")) - 1
    done = commands("verify", "--data", built)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"{served(built).name} is sound: {files} files, 4 articles and 4 passages are as its manifest says.\n"
    )
    done = commands("verify", "--data", built, "--json")
    assert json.loads(done.out) == {
        "generation": served(built).name,
        "sound": True,
        "files": files,
        "articles": 4,
        "passages": 4,
        "skipped": 0,
    }


def test_a_damaged_index_ends_with_1(built: Path, tmp_path: Path, commands: Commands) -> None:
    data = copied(built, tmp_path / "data")
    replace_file(served(data) / "manifest.json", b"{}")
    for command in ("status", "verify"):
        for form in ([], ["--json"]):
            line = commands(command, "--data", data, *form).failed_with(1)
            assert line == (
                f"{served(data) / 'manifest.json'} cannot be read: rebuild it with `python -m index build --clean`"
            )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Missing command: see `python -m index --help`"),
        (["bild"], "No such command 'bild'. Did you mean 'build'?: see `python -m index --help`"),
        (["build", "--sedes", "x"], "see `python -m index --help`"),
        (["build", "--seeds"], "Option '--seeds' requires an argument: see `python -m index --help`"),
        (["verify", "extra"], "see `python -m index --help`"),
        (
            ["build", "--seeds", "/no/such/folder"],
            "there is no folder /no/such/folder: give the folder of your articles",
        ),
        (["status", "--data", "/no/such/folder"], "there is no index in /no/such/folder: build one with"),
        (["verify", "--data", "/no/such/folder"], "there is no index in /no/such/folder: build one with"),
    ],
)
def test_wrong_use_ends_with_2_and_one_line(arguments: list[str], told: str, commands: Commands) -> None:
    assert told in commands(*arguments).failed_with(2)


@pytest.mark.parametrize("arguments", [["--help"], ["build", "--help"], ["status", "--help"], ["verify", "--help"]])
def test_help_is_printed_and_ends_with_0(arguments: list[str], commands: Commands) -> None:
    done = commands(*arguments)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage: python -m index")


def test_an_interrupt_ends_with_130(new_data: NewData, seeds: Path, commands: Commands) -> None:
    fault = Fault("interrupt", "before", "index.build.survey")
    line = commands("build", "--seeds", seeds, "--data", new_data(), fault=fault).failed_with(130)
    assert line == "stopped; an index that was there is unharmed"


def test_what_could_move_a_terminals_cursor_is_shown_as_an_escape(
    new_data: NewData, seeds: Path, commands: Commands
) -> None:
    write_seeds(seeds, {"bidi\u202etxt.txt": HARBOUR, "a\x1b[2Jb.txt": HARBOUR, "line\nbreak.md": ""})
    done = commands("build", "--seeds", seeds, "--data", new_data())
    assert done.code == 0
    assert all(line.isprintable() for line in done.out.splitlines())
    assert "added     bidi\\u202etxt.txt" in done.out.splitlines()
    assert "skipped   2 files: its name holds control characters: rename it (a" in done.out


def test_a_file_of_garbage_is_one_line_and_json_names_all_of_its_lines(
    new_data: NewData, seeds: Path, commands: Commands
) -> None:
    data = new_data()
    write_seeds(seeds, {"garbage.jsonl": "{\n" * 250})
    lines = commands("build", "--seeds", seeds, "--data", data).out.splitlines()
    assert [line for line in lines if line.startswith("skipped")] == [
        "skipped   250 parts: broken JSON: Expecting property name enclosed in double quotes at column 2; mend it; "
        "the rest of its file is read (garbage.jsonl, line 1, garbage.jsonl, line 2, garbage.jsonl, line 3, "
        "garbage.jsonl, line 4, garbage.jsonl, line 5 and 245 more)"
    ]
    report = json.loads(commands("build", "--seeds", seeds, "--data", data, "--json").out)
    assert [skipped["line"] for skipped in report["skipped"]] == list(range(1, 251))


# The real thing: an interpreter of its own, which also reads the settings and sets up logging.


def test_python_m_index_builds_from_its_settings_and_logs_to_standard_error_when_asked(
    new_data: NewData, seeds: Path, tmp_path: Path
) -> None:
    data = new_data()
    write_seeds(seeds, {"long.txt": HARBOUR * 10})
    (tmp_path / "verbatim.toml").write_text(f'seeds = "{seeds}"\n')
    (tmp_path / ".env").write_text(f"VERBATIM_DATA={data}\nVERBATIM_FILE_SIZE_LIMIT=1000\n")
    done = run("build", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    size = 10 * len(HARBOUR.encode())
    told = f"skipped   long.txt: too large: {size:,} bytes, the limit is 1,000; split it, or raise VERBATIM_FILE_SIZE_"
    assert f"{told}LIMIT" in done.out.splitlines()
    assert texts(data) == TEXTS_BEFORE
    loud = run("build", "--clean", "-v", cwd=tmp_path)
    assert loud.code == 0
    assert loud.out.splitlines()[-1].startswith("built ")
    events = [json.loads(entry) for entry in loud.err.splitlines()]
    assert [(event["event"], event["logger"]) for event in events] == [
        ("looked at the seeds", "verbatim.index"),
        ("published", "verbatim.index"),
    ]
    assert (events[0]["unchanged"], events[1]["encoded"]) == (3, 4)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "VERBATIM_MODEL",
            "no-such/model",
            "the model 'no-such/model' is neither a folder nor in the local model cache",
        ),
        ("VERBATIM_FILE_SIZE_LIMIT", "much", "VERBATIM_FILE_SIZE_LIMIT is 'much': "),
    ],
)
def test_a_setting_that_cannot_be_used_ends_with_2_and_one_line(
    seeds: Path, new_data: NewData, tmp_path: Path, name: str, value: str, told: str
) -> None:
    (tmp_path / ".env").write_text(f"{name}={value}\n")
    assert run("build", "--seeds", seeds, "--data", new_data(), cwd=tmp_path).failed_with(2).startswith(told)


def test_the_sample_seeds_build_without_a_line_of_complaint(new_data: NewData, commands: Commands) -> None:
    done = commands("build", "--seeds", ROOT / "seeds", "--data", new_data(), "--json")
    assert (done.code, done.err) == (0, "")
    report = json.loads(done.out)
    assert report["articles"] >= 14
    assert report["skipped"] == []
