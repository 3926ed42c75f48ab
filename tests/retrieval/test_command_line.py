"""The command line, as a process: what it prints, what it exits with, and that it never shows a traceback."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.retrieval.articles import ASKED, HARBOUR, QUESTION, UNANSWERABLE
from tests.retrieval.conftest import Run, environment, heed_interrupts

KEYS = [
    "id",
    "question",
    "interpreted_as",
    "answered",
    "confidence",
    "citations",
    "nearest",
    "elapsed_ms",
    "filters",
    "stages_ms",
    "tier",
    "follows",
]
CITATION_KEYS = [
    "rank",
    "article_id",
    "title",
    "source",
    "published",
    "url",
    "path",
    "start",
    "end",
    "quote",
    "highlights",
    "score",
    "link",
]


def objects(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def only_line(stderr: bytes) -> str:
    """The one line on standard error, which must not be a traceback."""
    lines = stderr.decode().splitlines()
    assert len(lines) == 1, stderr.decode()
    assert "Traceback" not in lines[0]
    return lines[0]


def test_a_person_sees_the_passage_the_sentence_and_where_it_stands(run: Run, small_data: Path) -> None:
    done = run("ask", QUESTION, "--data", small_data)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert re.fullmatch(r"Answered · confidence \d\d %", lines[0])
    assert " ".join(line.removeprefix("  > ") for line in lines if line.startswith("  > ")) == ASKED
    place = next(line for line in lines if "harbour.txt" in line)
    assert "source unknown · 14 Mar 2023 · harbour.txt · ¶ 2" in place
    assert "\x1b" not in done.stdout.decode()


def test_json_has_the_keys_that_scripts_rely_on_and_offsets_into_the_file(run: Run, small_data: Path) -> None:
    done = run("ask", QUESTION, "--json", "-k", "2", "--data", small_data)
    assert (done.returncode, done.stderr) == (0, b"")
    [answer] = objects(done.stdout)
    assert list(answer) == KEYS
    assert answer["id"] is None
    assert answer["question"] == answer["interpreted_as"] == QUESTION
    assert answer["answered"] is True
    assert 0.5 <= answer["confidence"] <= 1
    assert [citation["rank"] for citation in answer["citations"]] == [1, 2]
    best = answer["citations"][0]
    assert list(best)[: len(CITATION_KEYS)] == CITATION_KEYS
    assert best["quote"] == HARBOUR[best["start"] : best["end"]]
    [highlight] = best["highlights"]
    assert HARBOUR[highlight["start"] : highlight["end"]] == ASKED
    assert best["start"] <= best["brief"]["start"] <= highlight["start"]
    assert highlight["end"] <= best["brief"]["end"] <= best["end"]
    assert highlight["start"] <= best["answer"]["start"] < best["answer"]["end"] <= highlight["end"]
    assert (best["article_id"], best["path"], best["published"]) == ("harbour.txt", "harbour.txt", "2023-03-14")
    assert (best["url"], best["link"]) == (None, "")
    assert answer["nearest"][0] == {
        "article_id": "harbour.txt",
        "title": best["title"],
        "passage": {"start": best["start"], "end": best["end"]},
    }


def test_json_keeps_every_character_of_a_quote(run: Run, small_data: Path) -> None:
    done = run("ask", "Who lit the lantern of Zubrin?", "--json", "--data", small_data, PYTHONIOENCODING="ascii")
    best = objects(done.stdout)[0]["citations"][0]
    assert "lantern of Zubrin \x1b[2J\x1b]0;owned\x07 was lit" in best["quote"]
    assert "Krag\u202e gnorw" in best["quote"]


def test_no_answer_is_no_error_and_hits_are_given_all_the_same(run: Run, small_data: Path) -> None:
    done = run("ask", UNANSWERABLE, "--json", "--data", small_data)
    [answer] = objects(done.stdout)
    assert done.returncode == 0
    assert answer["answered"] is False
    assert len(answer["citations"]) == 5


def test_a_locale_without_the_characters_still_gives_an_answer(run: Run, small_data: Path) -> None:
    done = run("ask", QUESTION, "--data", small_data, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Mayor Runa Aasheim asked" in done.stdout


def test_options_may_stand_before_the_command_and_settings_are_their_defaults(run: Run, small_data: Path) -> None:
    done = run("--data", small_data, "ask", QUESTION, "--json", VERBATIM_PASSAGES_SHOWN="1")
    assert len(objects(done.stdout)[0]["citations"]) == 1
    strict = run("ask", QUESTION, "--json", VERBATIM_DATA=str(small_data), VERBATIM_ANSWER_THRESHOLD="1")
    assert objects(strict.stdout)[0]["answered"] is False


def test_a_question_may_begin_with_a_hyphen(run: Run, small_data: Path) -> None:
    done = run("ask", "--json", "--data", small_data, "--", "-what did the mayor ask?")
    assert objects(done.stdout)[0]["question"] == "-what did the mayor ask?"


def test_lines_of_standard_input_are_answered_each_by_an_object(run: Run, small_data: Path) -> None:
    turns = [{"speaker": "user", "text": "Who is Runa Aasheim?"}, {"speaker": "agent", "text": ""}]
    lines = [
        b"\xef\xbb\xbf" + QUESTION.encode(),
        b"",
        json.dumps({"question": "What did she ask?", "id": "q7", "history": turns}).encode(),
        b'{"id": 8, "question": ',
        b'{"id": 9, "question": 3}',
        b'{"id": 10, "question": "Why?", "history": ["x"]}',
        b"?!",
        b"caf\xe9",
        json.dumps({"question": "When did the stone bridge reopen to cyclists?", "id": [1]}).encode() + b"\r",
    ]
    done = run("ask", "-", "-k", "1", "--data", small_data, stdin=b"\n".join(lines))
    assert (done.returncode, done.stderr) == (0, b"")
    first, second, broken, number, history, punctuation, latin, last = objects(done.stdout)
    assert (first["id"], first["question"], first["answered"]) == (None, QUESTION, True)
    assert (second["id"], second["interpreted_as"], second["follows"]) == (
        "q7",
        "What did Runa Aasheim ask?",
        "Who is Runa Aasheim?",
    )
    assert broken == {"id": None, "line": 4, "error": broken["error"]}
    assert "not JSON" in broken["error"]
    assert number == {"id": 9, "line": 5, "error": "'question' is missing, or is no string"}
    assert (history["id"], history["line"]) == (10, 6)
    assert "history" in history["error"]
    assert (punctuation["line"], "no word" in punctuation["error"]) == (7, True)
    assert (latin["line"], "UTF-8" in latin["error"]) == (8, True)
    assert (last["id"], last["citations"][0]["article_id"]) == ([1], "bridge-1")


def test_filters_are_options_or_words_of_the_question_and_do_the_same(run: Run, small_data: Path) -> None:
    asked = "What reopened to cyclists?"
    options = run("ask", asked, "--json", "--source", "wire", "--after", "2021-09", "--before", "2021",
                  "--in", "bridge", "--data", small_data)  # fmt: skip
    typed = run("ask", f"source:wire after:2021-09 {asked} before:2021 in:bridge", "--json", "--data", small_data)
    for done in (options, typed):
        assert (done.returncode, done.stderr) == (0, b"")
        [answer] = objects(done.stdout)
        assert {citation["article_id"] for citation in answer["citations"]} == {"bridge-1"}
        assert answer["interpreted_as"] == asked
        told = {"source": "wire", "after": "2021-09-01", "before": "2021-12-31", "in": "bridge"}
        assert answer["filters"] == told
    shown = run("ask", asked, "--source", "wire", "--before", "2021-09-03", "--data", small_data)
    assert shown.stdout.decode().splitlines()[1] == "Only articles of the source wire, up to 3 Sep 2021"
    assert b"Understood as" not in shown.stdout


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--after", "0000-99-99", "after:0000-99-99 is no date: write after:2022, after:2022-01 or after:2022-01-15"),
        ("--source", "", 'source: is empty: write source:reuters, or source:"The Guardian"'),
        ("--source", "gazete", "no article has the source gazete: did you mean Valley Gazette?"),
        ("--source", "'; DROP TABLE articles; --", "no article has the source \"'; DROP TABLE articles; --\": "
         "take one of the sources there are, such as Example Wire, Valley Gazette"),
        ("--before", "1999", "no article was published before:1999-12-31: "
         "those whose date is known are from 2021-09-03 to 2023-03-14"),
        ("--in", "bridges of (.*)",
         "no article has all these words in its title: bridges of (.*): take fewer words of it"),
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_met_is_wrong_use_and_says_what_to_do(
    run: Run, small_data: Path, option: str, value: str, said: str
) -> None:
    done = run("ask", QUESTION, option, value, "--data", small_data)
    assert (done.returncode, done.stdout) == (2, b"")
    assert only_line(done.stderr) == said


def test_the_day_of_a_question_is_an_option_or_a_key_of_a_line(run: Run, fares: Path) -> None:
    asked = "What does the ferry to Sandnes cost?"
    options = [("--asked", "2024-05-31"), ("--asked", "2023-05-31"), ()]
    told = [objects(run("ask", asked, "--json", *day, "--data", fares).stdout)[0] for day in options]
    lines = [{"question": asked, "asked": "2024-05-31"}, {"question": asked}]
    done = run("ask", "-", "--asked", "2023-05-31", "--data", fares, stdin="\n".join(map(json.dumps, lines)).encode())
    in_lines = objects(done.stdout)
    quotes = [answer["citations"][0]["quote"] for answer in (*told[:2], *in_lines)]
    assert ["42 crowns" in quote for quote in quotes] == [True, False, True, False]
    assert told[2]["citations"]
    refused = run("ask", asked, "--asked", "31 May", "--data", fares)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert only_line(refused.stderr) == "the day of the question is '31 May': give it as in 2024-05-31"


def test_lines_bring_filters_of_their_own(run: Run, small_data: Path) -> None:
    lines = [
        {"id": 1, "question": "What happened?", "in": "frost"},
        {"id": 2, "question": "What happened?", "source": "wire", "after": "2021", "before": "2021"},
        {"id": 3, "question": "What happened?"},
        {"id": 4, "question": "What happened?", "after": 2021},
        {"id": 5, "question": "What happened?", "source": "nobody"},
        {"id": 6, "question": "What happened? in:bridge", "in": "toll"},
    ]
    done = run("ask", "-", "--in", "toll", "--data", small_data, stdin="\n".join(map(json.dumps, lines)).encode())
    frost, wire, toll, number, nobody, twice = objects(done.stdout)
    assert {citation["path"] for citation in frost["citations"]} == {"orchard.md"}
    assert (
        wire["error"] == "no article fits source:wire after:2021-01-01 before:2021-12-31 in:toll: leave one of the "
        "filters out"
    )
    assert {citation["article_id"] for citation in toll["citations"]} == {"bridge-2"}
    assert number["error"] == "'after' is no string"
    assert nobody["error"].startswith("no article has the source nobody: ")
    assert twice["error"] == "in: is there twice: keep one of the two"


def started(*arguments: str | Path, stdout: int = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "retrieval", *map(str, arguments)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.PIPE,
        preexec_fn=heed_interrupts,
    )


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, bytes]:
    """Its exit code and what it wrote on standard error."""
    assert process.stderr
    with process:
        stderr = process.stderr.read()
    return process.returncode, stderr


def test_each_answer_comes_while_the_next_question_is_still_to_be_asked_and_ctrl_c_ends_it(small_data: Path) -> None:
    process = started("ask", "-", "--data", small_data)
    assert process.stdin
    assert process.stdout
    for _ in range(2):
        process.stdin.write(QUESTION.encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["answered"] is True
    process.send_signal(signal.SIGINT)
    assert ended(process) == (130, b"")


def test_a_reader_that_leaves_ends_it_quietly(small_data: Path) -> None:
    process = started("ask", "-", "--data", small_data)
    assert process.stdin
    assert process.stdout
    process.stdin.write(QUESTION.encode() + b"\n")
    process.stdin.flush()
    assert process.stdout.readline()
    process.stdout.close()
    process.stdin.write(QUESTION.encode() + b"\n")
    process.stdin.flush()
    # As `head` and its like have always ended what writes to them.
    assert ended(process) == (-signal.SIGPIPE, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full to write to")
def test_an_answer_that_cannot_be_written_is_one_line(small_data: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        process = started("ask", QUESTION, "--data", small_data, stdout=full)
    finally:
        os.close(full)
    code, stderr = ended(process)
    assert code == 1
    assert "No space left on device" in only_line(stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full to write to")
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("index", "build", "--seeds", "nowhere", "--data", "nowhere-either"), 2),
        (("index", "status", "--data", "nowhere"), 2),
        (("retrieval", "ask", QUESTION, "--data", "nowhere"), 2),
        (("bot", "check"), 2),
    ],
)
def test_a_last_line_that_cannot_be_written_leaves_the_exit_code_as_it_is(
    command: tuple[str, ...], expected: int, tmp_path: Path
) -> None:
    told = subprocess.run(
        [sys.executable, "-m", *command], env=environment(), cwd=tmp_path, capture_output=True, timeout=60, check=False
    )
    assert told.returncode == expected
    assert only_line(told.stderr)
    with Path("/dev/full").open("wb") as full:
        mute = subprocess.run(
            [sys.executable, "-m", *command], env=environment(), cwd=tmp_path, stderr=full, timeout=60, check=False
        )
    assert mute.returncode == expected


@pytest.mark.parametrize("stream", [0, 1, 2])
def test_a_closed_standard_stream_is_no_traceback(small_data: Path, stream: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "retrieval", "ask", QUESTION, "--data", small_data],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=lambda: os.close(stream),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert bool(done.stdout) == (stream != 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask"], "Missing argument"),
        (["ask", "--nope", "x"], "--nope"),
        (["ask", "-k", "0", "x"], "Invalid value for '-k': give a whole number from 1 on, not '0'"),
        (["eval", "--limit", "many", "x"], "Invalid value for '--limit': give a whole number from 1 on, not 'many'"),
        (["ask", "two", "words"], "words"),
        (["tell", "x"], "tell"),
        (["ask", "x"], "there is no index in var: build one with `python -m index build`"),
        ([], "there is no index in var: build one with `python -m index build`"),
        (["eval", "nowhere.jsonl"], "nowhere.jsonl: cannot be read"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(run: Run, arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in only_line(done.stderr)


@pytest.mark.parametrize(
    ("question", "said"), [("", "empty"), (" \t ", "empty"), ("x" * 100_000, "100,000 characters"), ("?!…", "no word")]
)
def test_a_question_that_is_none_is_one_line_and_exit_2(run: Run, small_data: Path, question: str, said: str) -> None:
    done = run("ask", question, "--data", small_data)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in only_line(done.stderr)


def test_a_setting_that_cannot_be_used_is_named(run: Run) -> None:
    done = run("ask", "x", VERBATIM_PASSAGES_SHOWN="many")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "VERBATIM_PASSAGES_SHOWN is 'many'" in only_line(done.stderr)


@pytest.fixture
def damaged(small_data: Path, tmp_path: Path) -> Path:
    """A copy of the data folder, its model still a link, for a test to damage."""
    return Path(shutil.copytree(small_data, tmp_path / "data", symlinks=True))


def test_a_damaged_index_is_one_line_and_exit_1(run: Run, damaged: Path) -> None:
    [catalog] = damaged.glob("index/*/catalog.sqlite")
    catalog.chmod(0o644)
    raw = bytearray(catalog.read_bytes())
    raw[len(raw) // 2] ^= 1
    catalog.write_bytes(raw)
    for arguments in (["ask", QUESTION], []):
        done = run("--data", damaged, *arguments, stdin=b"hello\n")
        assert (done.returncode, done.stdout) == (1, b"")
        line = only_line(done.stderr)
        assert "catalog.sqlite" in line
        assert "python -m index build --clean" in line


def test_a_damaged_model_is_one_line_and_exit_1(run: Run, damaged: Path, model_folder: Path) -> None:
    (damaged / "models").unlink()
    copy = damaged / "models" / model_folder.name
    copy.mkdir(parents=True)
    for file in model_folder.iterdir():
        (copy / file.name).symlink_to(file)
    (copy / "tokenizer.json").unlink()
    (copy / "tokenizer.json").write_text("{}")
    done = run("ask", QUESTION, "--data", damaged)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "tokenizer.json" in only_line(done.stderr)


def test_an_index_of_another_model_than_is_wanted_is_one_line_and_exit_1(run: Run, small_data: Path) -> None:
    done = run("ask", QUESTION, "--data", small_data, VERBATIM_MODEL="another-model")
    assert (done.returncode, done.stdout) == (1, b"")
    assert "another-model" in only_line(done.stderr)


def test_verbosity_speaks_on_standard_error_alone(run: Run, small_data: Path) -> None:
    done = run("-v", "ask", QUESTION, "--json", "--data", small_data)
    assert len(objects(done.stdout)) == 1
    assert all(entry["level"] == "info" for entry in objects(done.stderr))
    assert objects(done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        *(["retrieval", *more] for more in ([], ["ask"], ["check"], ["mcp"], ["watch"], ["eval"], ["compare"])),
        *(["index", *more] for more in ([], ["build"], ["follow"], ["status"], ["verify"])),
        *(["bot", *more] for more in ([], ["web"], ["health"], ["feedback"], ["backup"], ["copy-state"])),
    ],
    ids=" ".join,
)
def test_help_of_every_command_fits_a_terminal_and_cuts_nothing_short(tmp_path: Path, arguments: list[str]) -> None:
    module, *command = arguments
    done = forked.run(module, *command, "-h", cwd=tmp_path, env=environment())
    told = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert told.startswith(f"Usage: python -m {' '.join(arguments)} ")
    assert all(len(line) <= 80 for line in told.splitlines())
    assert "..." not in told.split("\n", 1)[1]
    assert "[default" not in told


def test_help_names_every_setting(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    for name in ("ask", "eval", "VERBATIM_DATA", "VERBATIM_MODEL", "VERBATIM_ANSWER_THRESHOLD"):
        assert name in done.stdout.decode()


def test_ask_waits_for_nothing_that_only_a_conversation_or_an_evaluation_needs(small_data: Path) -> None:
    program = (
        "import sys; from retrieval.__main__ import main; main(sys.argv[1:]);"
        "late = {'prompt_toolkit', 'ir_measures', 'matplotlib', 'torch', 'rich.progress', 'py3langid'};"
        "print(sorted(late & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "ask", QUESTION, "--json", "--data", small_data],
        env=environment(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == b"[]"


@pytest.fixture
def question_set(tmp_path: Path) -> Path:
    start = HARBOUR.index(ASKED)
    gold = [{"doc": "harbour.txt", "start": start, "end": start + len(ASKED), "text": ASKED}]
    lines = [
        {"id": "1", "question": QUESTION, "gold": gold},
        {"id": "2", "question": UNANSWERABLE, "gold": []},
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_an_evaluation_prints_its_figures(run: Run, small_data: Path, question_set: Path) -> None:
    done = run("eval", question_set, "--data", small_data)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert lines[0].split()[:2] == ["figure", "value"]
    assert re.search(r"^passage Hit@1 +1\.000 +1\.000 – 1\.000 +1", done.stdout.decode(), re.MULTILINE)
    assert re.search(r"^quotes verified +1\.000", done.stdout.decode(), re.MULTILINE)


def test_an_evaluation_prints_its_report_as_json(run: Run, small_data: Path, question_set: Path) -> None:
    done = run("eval", question_set, "--json", "-k", "2", "--limit", "1", "--seed", "3", "--data", small_data)
    assert (done.returncode, done.stderr) == (0, b"")
    [report] = objects(done.stdout)
    assert (report["questions"], report["k"], report["seed"]) == (1, 2, 3)
    assert report["figures"]["quotes_verified"]["value"] == 1


def test_an_evaluation_writes_a_report_and_compares_with_it(
    run: Run, small_data: Path, question_set: Path, tmp_path: Path
) -> None:
    done = run("eval", question_set, "--report", "mine", "--data", small_data)
    assert (done.returncode, done.stderr) == (0, b"")
    about = json.loads((tmp_path / "mine" / "report.json").read_text())["about"]
    assert about["questions"] == f"{tmp_path.name}/questions"
    assert about["model"] == "all-MiniLM-L6-v2"
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", about["generation"])
    assert about["command"] == f"python -m retrieval eval {question_set} --report mine --data {small_data}"
    assert ["answer_threshold", "0.5"] in about["settings"]
    # Nothing is answered at a threshold of one, so that the question which was answered is lost.
    again = run("eval", question_set, "--compare", "mine", "--data", small_data, VERBATIM_ANSWER_THRESHOLD="1")
    assert (again.returncode, again.stderr) == (0, b"")
    told = again.stdout.decode()
    assert re.search(r"^answered, of the answerable +1\.000 +0\.000 +−1\.000 +−1\.000 – −1\.000 \*", told, re.MULTILINE)
    assert told.splitlines()[-5:] == [
        "0 won",
        "",
        "1 lost",
        f"  - 1  {QUESTION}",
        "    not sure though the right passage stands first",
    ]


def test_an_evaluation_calibrates_and_answers_go_by_it(run: Run, small_data: Path, tmp_path: Path) -> None:
    data = shutil.copytree(small_data, tmp_path / "data", symlinks=True)
    gold = [{"doc": "harbour.txt", "text": ASKED}]
    lines: list[dict[str, object]] = [{"question": QUESTION, "gold": gold}]
    lines += [{"question": f"{UNANSWERABLE} in {year}", "answerable": False} for year in range(1951, 1960)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines[:-1]))
    # A damaged one stands in the way of answers, and not of the next calibration.
    (data / "calibration.json").write_text("{")
    told = only_line(run("ask", QUESTION, "--data", data, VERBATIM_WRONG_AT_MOST="0.1").stderr)
    assert told.startswith(f"{data}/calibration.json is damaged: make it anew with `python -m retrieval eval")
    # One question too few: the figures are there all the same, and nothing was written.
    few = run("eval", "mine.jsonl", "--calibrate", "--data", data, VERBATIM_WRONG_AT_MOST="0.1")
    assert few.returncode == 2
    assert b"quotes verified" in few.stdout
    assert only_line(few.stderr).startswith("8 of 9 questions were not answered rightly, which is too few")
    assert (data / "calibration.json").read_text() == "{"
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = run("eval", "mine.jsonl", "--calibrate", "--data", data, VERBATIM_WRONG_AT_MOST="0.1")
    assert (done.returncode, done.stderr) == (0, b"")
    written, costs = done.stdout.decode().splitlines()[-2:]
    assert written == (
        f"Calibrated with 9 wrong of 10 questions, in {data}/calibration.json; set VERBATIM_WRONG_AT_MOST to go by it."
    )
    assert re.fullmatch(
        r"Wrong at most 1% from 99 wrong questions on; 5% from 19 wrong questions on; "
        r"10% from confidence 0\.\d{3} on, 1 of 1 answerable still answered\.",
        costs,
    )
    # Whoever may read the index may read it.
    assert stat.S_IMODE((data / "calibration.json").stat().st_mode) & 0o444 == 0o444
    for question, answered, tier in ((QUESTION, True, "confident"), (f"{UNANSWERABLE} in 1951", False, "none")):
        [answer] = objects(run("ask", question, "--json", "--data", data, VERBATIM_WRONG_AT_MOST="0.1").stdout)
        assert (answer["answered"], answer["tier"]) == (answered, tier)
    strict = run("ask", QUESTION, "--data", data, VERBATIM_WRONG_AT_MOST="0.05")
    assert (strict.returncode, strict.stdout) == (2, b"")
    assert only_line(strict.stderr).startswith("a share of 0.05 needs 19 questions that were not answered rightly, and")
    # The set's name, so that a person sees what it came from.
    assert json.loads((data / "calibration.json").read_text())["questions"] == f"{tmp_path.name}/mine"


def test_two_reports_are_compared_without_asking_anything(run: Run, small_data: Path, question_set: Path) -> None:
    for name in ("a", "b"):
        assert run("eval", question_set, "--report", name, "--data", small_data).returncode == 0
    done = run("compare", "a", "b/report.json", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    [compared] = objects(done.stdout)
    assert (compared["questions"], compared["won"], compared["lost"], compared["notes"]) == (2, [], [], [])
    hit = compared["figures"]["passage_hit_1"]
    assert [hit[name] for name in ("first", "second", "difference", "low", "high")] == [1, 1, 0, 0, 0]


def test_a_report_goes_nowhere_it_would_do_harm_and_nothing_is_asked_before(
    run: Run, small_data: Path, question_set: Path, tmp_path: Path
) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    for arguments in (["--report", "thesis"], ["--compare", "thesis"]):
        done = run("eval", question_set, *arguments, "--data", small_data)
        assert (done.returncode, done.stdout) == (2, b"")
        assert only_line(done.stderr).startswith("thesis")
    assert [entry.name for entry in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]


def test_a_line_of_three_fields_is_enough(run: Run, small_data: Path, tmp_path: Path) -> None:
    line = {"question": QUESTION, "answerable": True, "gold": [{"doc": "harbour.txt", "text": ASKED}]}
    (tmp_path / "mine.jsonl").write_text(json.dumps(line))
    done = run("eval", "mine.jsonl", "--json", "--data", small_data)
    assert objects(done.stdout)[0]["figures"]["passage_hit_1"]["value"] == 1
    line["gold"] = [{"doc": "harbour.txt", "text": "Mayor Runa Aasheim asked nobody."}]
    (tmp_path / "mine.jsonl").write_text(json.dumps(line))
    done = run("eval", "mine.jsonl", "--data", small_data)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "mine.jsonl, line 1: 'Mayor Runa Aasheim asked nobody.' does not stand in" in only_line(done.stderr)


def test_a_broken_question_set_is_named_by_its_line(run: Run, small_data: Path, question_set: Path) -> None:
    question_set.write_text(question_set.read_text() + "nonsense\n")
    done = run("eval", question_set, "--data", small_data)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "line 3: Invalid JSON: expected ident at byte 2" in only_line(done.stderr)
