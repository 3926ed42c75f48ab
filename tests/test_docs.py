"""The documents keep their word about settings, commands, links, and the files that deploy the bot."""

import configparser
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import verbatim
from config.settings import BotSettings, described
from retrieval.evaluation.questions import load_questions
from tests import forked

ROOT = Path(__file__).resolve().parents[1]
DOCS = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/how-it-works.md",
    "docs/running-the-bot.md",
    "docs/watches.md",
    "docs/conversation.md",
    "docs/measuring.md",
    "docs/mcp.md",
    "docs/reading-page.md",
    "docs/feeds.md",
    "docs/scale.md",
)
GUIDE = (ROOT / "docs/running-the-bot.md").read_text(encoding="utf-8")
DEPLOY = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "deploy").iterdir() if path.is_file()}


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_table_holds_every_setting_of_the_bot_as_it_is_and_no_other() -> None:
    table = GUIDE[GUIDE.index("\n## Every setting") :]
    rows = re.findall(r"^\| `(VERBATIM_\w+)` \| (.*?) \| (.*?) \|$", table, re.MULTILINE)
    assert rows == [(name, f"`{default}`" if default else "", does) for name, default, does in described(BotSettings)]


def test_no_document_and_no_deployment_names_a_setting_that_is_not_there() -> None:
    known = {name for name, _, _ in described(BotSettings)}
    for name, text in {**{name: _text(name) for name in DOCS}, **DEPLOY}.items():
        assert set(re.findall(r"\bVERBATIM_[A-Z_]*[A-Z]", text)) <= known, name


def test_every_make_command_of_the_documents_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", _text("Makefile"), re.MULTILINE))
    for name in DOCS:
        written = re.findall(r"(?:^    (?:\w+=\S+ )*|sudo |&& |`)make ([a-z-]+)", _text(name), re.MULTILINE)
        assert set(written) <= targets, name


def test_make_without_a_word_lists_every_command() -> None:
    done = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True)
    listed = set(re.findall(r"^  make ([a-z-]+)", done.stdout, re.MULTILINE))
    assert listed == set(re.findall(r"^([a-z-]+):.*## ", _text("Makefile"), re.MULTILINE))
    assert {"bot", "bench-bot", "transcript"} <= listed


def test_every_command_of_a_module_in_the_documents_is_there() -> None:
    written = {found for name in DOCS for found in re.findall(r"python -m (bot|index|retrieval) ([a-z]+)", _text(name))}
    assert {("bot", "health"), ("bot", "backup"), ("bot", "feedback"), ("index", "build")} <= written
    for module in sorted({module for module, _ in written}):
        shown = forked.run(module, "--help", cwd=ROOT, env=forked.environment()).stdout.decode()
        for command in sorted(command for owner, command in written if owner == module):
            assert re.search(rf"^\W*{command}\b", shown, re.MULTILINE), (module, command)


def test_every_command_of_the_program_in_the_documents_is_there() -> None:
    written = {
        found for name in DOCS for found in re.findall(r"(?<!-u )\bverbatim (?!verbatim)([a-z]+)", _commands(name))
    }
    assert {"index", "ask"} <= written
    assert written <= set(verbatim._COMMANDS)


def _commands(name: str) -> str:
    """Return the lines of a document that are commands, and the words in code."""
    return "\n".join(re.findall(r"^    .*|`[^`]+`", _text(name), re.MULTILINE))


@pytest.mark.parametrize("name", DOCS)
def test_every_link_within_the_project_leads_somewhere(name: str) -> None:
    text = _text(name)
    for target in re.findall(r"\]\(((?!https?://)[^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        linked = (ROOT / name).parent / path if path else ROOT / name
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\s-]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_question_set_in_the_guide_to_measuring_fits_the_sample_articles(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(re.findall(r"^    (\{.*)$", _text("docs/measuring.md"), re.MULTILINE)), encoding="utf-8")
    questions = load_questions(path)
    assert [question.answerable for question in questions] == [True, True, False]
    for gold in (gold for question in questions for gold in question.gold):
        assert (gold.text or "") in _text(f"seeds/{gold.article_id}")


@pytest.mark.parametrize(
    "name",
    [
        "conversation.png",
        "conversation-group.png",
        "conversation-watch.png",
        "reading-page-phone.png",
        "reading-page-dark.png",
        "reading-page-desktop.png",
    ],
)
def test_the_pictures_are_small(name: str) -> None:
    content = (ROOT / "docs" / name).read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(content) < 400_000


def test_what_the_guide_quotes_of_the_bots_errors_stands_in_its_code() -> None:
    table = GUIDE[GUIDE.index("| it says | do |") : GUIDE.index("| what you see | do |")]
    quoted = re.findall(r"^\| ([a-zA-Z][^|`]*?) \|", table, re.MULTILINE)[1:]
    assert len(quoted) >= 10
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    # Texts run over several literals, and hold values where the guide has dots.
    code = re.sub(r"\s+", " ", re.sub(r'"\s*\n\s*f?"', "", source))
    for words in quoted:
        for part in re.split(r"\s*…\s*", words):
            assert part in code, part


def test_the_containers_file_system_is_read_only_and_its_rights_are_none() -> None:
    bot: dict[str, Any] = yaml.safe_load(DEPLOY["compose.yaml"])["services"]["bot"]
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert bot["volumes"][0] == "data:/data"
    assert all(volume.endswith(":ro") for volume in bot["volumes"][1:])
    # Longer than the bot takes to finish what is in hand.
    assert int(bot["stop_grace_period"].removesuffix("s")) >= 15
    assert "VERBATIM_TELEGRAM_TOKEN" not in bot["environment"]


def test_the_image_runs_as_nobody_special_and_holds_every_package_of_the_bot() -> None:
    final = DEPLOY["Dockerfile"].rpartition("FROM ")[2]
    assert re.search(r"^USER verbatim$", final, re.MULTILINE)
    assert '"python", "-m", "bot", "health"' in final
    packages = tomllib.loads(_text("pyproject.toml"))["tool"]["setuptools"]["packages"]
    rooms = {package.partition(".")[0] for package in packages}
    assert rooms == set(re.findall(r"^COPY (\w+) \./\1$", DEPLOY["Dockerfile"], re.MULTILINE))
    assert "COPY --from=packages /opt/venv /opt/venv" in final
    let_in = set(re.findall(r"^!(\S+)$", _text(".dockerignore"), re.MULTILINE))
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DEPLOY["Dockerfile"], re.MULTILINE)
    assert {name for line in copied for name in line.split()} == let_in


def test_the_image_holds_the_whole_lock_and_is_built_without_torch() -> None:
    dockerfile = DEPLOY["Dockerfile"]
    assert "COPY requirements/runtime.txt" in dockerfile
    assert "pip install --require-hashes --no-deps -r runtime.txt" in dockerfile
    assert "torch" not in dockerfile


@pytest.mark.parametrize("writable", [True, False])
def test_the_container_starts_whether_its_data_folder_may_be_written_or_not(tmp_path: Path, writable: bool) -> None:
    data = tmp_path / "data"
    if writable:
        data.mkdir()
    else:
        data.write_text("")  # a file, in which not even root can make a folder
    done = subprocess.run(
        ["/bin/sh", ROOT / "deploy/entrypoint.sh", "/bin/sh", "-c", "echo $TMPDIR"],
        env={"PATH": os.environ["PATH"], "VERBATIM_DATA": str(data), "TMPDIR": str(data / "tmp")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout == (f"{data}/tmp\n" if writable else "/tmp\n")
    if writable:
        assert (data / "models").readlink() == Path("/opt/verbatim/models")


def test_the_service_of_feeds_has_no_more_rights_than_that_of_the_bot_and_its_timer_starts_it() -> None:
    bot, feeds = (_unit(f"verbatim-{name}.service")["Service"] for name in ("bot", "feeds"))
    assert feeds["ExecStart"].endswith("/python -m index follow --once")
    assert "LoadCredential" not in feeds
    asked = [
        name for name in bot if name.startswith(("Protect", "Private", "Restrict", "Capability", "System", "NoNew"))
    ]
    assert len(asked) > 15
    assert {name: feeds.get(name) for name in asked} == {name: bot[name] for name in asked}
    assert _unit("verbatim-feeds.timer")["Install"]["WantedBy"] == "timers.target"


def _unit(name: str) -> dict[str, dict[str, str]]:
    unit = configparser.RawConfigParser(strict=False, comment_prefixes=("#",), delimiters=("=",))
    unit.optionxform = str  # type: ignore[assignment, method-assign]  # as configparser's documentation has it
    unit.read_string(DEPLOY[name])
    return {section: dict(unit[section]) for section in unit.sections()}


def test_the_service_has_no_rights_and_is_not_restarted_where_it_is_configured_wrongly() -> None:
    service = _unit("verbatim-bot.service")["Service"]
    assert service["User"] == "verbatim"
    assert service["ExecStart"].endswith("/python -m bot")
    assert service["RestartPreventExitStatus"] == "2"
    assert service["CapabilityBoundingSet"] == ""
    for wanted in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "PrivateDevices"):
        assert service[wanted] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["LoadCredential"].startswith("token:")
