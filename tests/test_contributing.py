"""CONTRIBUTING.md and SECURITY.md name files, commands and checks that are there, and CI runs the same checks."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
GUIDES = ("CONTRIBUTING.md", "SECURITY.md")


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _loaded(name: str) -> Any:
    return yaml.safe_load(_text(name))


def _recipe(target: str) -> list[str]:
    """Return the commands of a target of the Makefile, without make's own marks."""
    lines = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", _text("Makefile"), re.MULTILINE)
    assert lines
    return [line.lstrip("\t@").replace("$(BIN)", ".venv/bin") for line in lines[1].splitlines()]


@pytest.mark.parametrize("name", GUIDES)
def test_every_path_that_a_guide_names_is_there(name: str) -> None:
    code = " ".join(re.findall(r"^    .*|`[^`]+`", _text(name), re.MULTILINE))
    named = set(re.findall(r"(?<![\w/.-])(?:\.?[a-z_]+/)+[\w.-]*|(?<![\w/.-])[\w.-]+\.(?:py|md|toml|yaml|txt)\b", code))
    # Made by the program.
    named -= {"var/"}
    missing = sorted(path for path in named if not path.startswith(".venv/") and not (ROOT / path).exists())
    assert not missing


def test_a_newcomer_finds_twenty_one_behaviours() -> None:
    table = _text("CONTRIBUTING.md").partition("\n## Where to look\n")[2]
    rows = re.findall(r"^\| (?!what it does)\w.* \| `[\w/.]+` \|$", table, re.MULTILINE)
    assert len(rows) == 21


def test_the_test_that_the_guide_runs_is_there() -> None:
    for path, test in re.findall(r"(tests/\S+\.py)::(\w+)", _text("CONTRIBUTING.md")):
        assert f"def {test}(" in _text(path)


def test_the_hooks_run_at_a_commit_what_make_check_runs() -> None:
    (repository,) = _loaded(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    hooks = [hook["entry"].replace(" --force-exclude", "") for hook in repository["hooks"]]
    assert hooks == [command.removesuffix(" .") for command in _recipe("check")]
    assert all(hook["language"] == "system" for hook in repository["hooks"])


def test_the_workflow_runs_the_projects_own_checks_on_the_oldest_python() -> None:
    workflow = _loaded(".github/workflows/ci.yml")
    (job,) = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    (version,) = (step["with"]["python-version"] for step in job["steps"] if "python-version" in step.get("with", {}))
    assert f'requires-python = ">={version}"' in _text("pyproject.toml")
    assert workflow["permissions"] == {"contents": "read"}
