"""What a light installation leaves out is named with the command that installs it."""

import re
import shlex
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from index import errors
from index.errors import MissingExtraError, pip_install, require
from retrieval.__main__ import main
from tests.conftest import write_seeds
from tests.forked import environment, run

ROOT = Path(__file__).resolve().parents[2]


def test_the_packages_are_those_of_the_extras() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert {name: sorted(packages.values()) for name, packages in errors._EXTRAS.items()} == {
        name: declared[name] for name in ("eval", "mcp", "milvus", "models", "postgres", "ray")
    }


def test_an_extra_that_is_there_is_required_in_silence() -> None:
    require("eval", "measuring")
    require("mcp", "answering other programs")
    require("models", "converting")


def hidden(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    monkeypatch.setattr(errors, "find_spec", lambda name: None if name in modules else find_spec(name))


def test_one_that_is_missing_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden(monkeypatch, "ir_measures", "matplotlib")
    with pytest.raises(MissingExtraError) as missing:
        require("eval", "measuring")
    install = shlex.join([sys.executable, "-m", "pip", "install"])
    assert str(missing.value) == (
        f"measuring needs ir-measures and matplotlib, which a light installation leaves out: "
        f"`{install} ir-measures matplotlib`"
    )
    assert missing.value.packages == ["ir-measures", "matplotlib"]


def test_only_what_is_needed_and_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden(monkeypatch, "ir_measures")
    require("eval", "the picture", "matplotlib")
    with pytest.raises(MissingExtraError, match=r"^measuring needs ir-measures, which .* install ir-measures`$"):
        require("eval", "measuring")


def test_in_an_environment_of_pipx_the_command_is_pipxs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = tmp_path / "verbatim-quotes"
    environment.mkdir()
    (environment / "pipx_metadata.json").write_text("{}")
    monkeypatch.setattr(sys, "prefix", str(environment))
    assert pip_install("--no-deps", "weights==1") == "pipx runpip verbatim-quotes install --no-deps weights==1"


def test_where_there_is_no_pip_the_command_is_uvs(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden(monkeypatch, "pip")
    assert pip_install("torch") == shlex.join(["uv", "pip", "install", "--python", sys.executable, "torch"])


@pytest.mark.parametrize(
    ("arguments", "purpose"), [(["eval", "set.jsonl"], "measuring"), (["compare", "A", "B"], "comparing")]
)
def test_a_measurement_without_its_packages_ends_at_once_with_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], purpose: str
) -> None:
    hidden(monkeypatch, "ir_measures")
    assert main(arguments) == 2
    assert re.fullmatch(rf"{purpose} needs ir-measures, which .* install ir-measures`\n", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("package", "setting", "value", "purpose"),
    [
        ("pymilvus", "VERBATIM_INDEX", "milvus://127.0.0.1:9", "an index on a Milvus server"),
        ("ray", "VERBATIM_ENCODERS", "ray://127.0.0.1:9", "encoding on other machines"),
    ],
)
def test_a_build_that_lacks_the_client_of_a_server_says_so_in_one_line(
    tmp_path: Path, package: str, setting: str, value: str, purpose: str
) -> None:
    seeds = write_seeds(tmp_path / "seeds", {"ferry.txt": "The ferry Solveig ran aground off Lindvik on Monday."})
    program = (
        f"import sys; from index import errors; sys.modules |= dict.fromkeys(['grpc', {package!r}])\n"
        f"there = errors.find_spec; errors.find_spec = lambda name: None if name == {package!r} else there(name)\n"
        "from index.__main__ import main; sys.exit(main(['build']))"
    )
    given = {setting: value, "VERBATIM_SEEDS": str(seeds), "VERBATIM_DATA": str(tmp_path / "var")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment(**given),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"{purpose} needs {package}, which a light installation leaves out: `")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("VERBATIM_INDEX", "names no engine: give embedded, or milvus://host:19530"),
        ("VERBATIM_ENCODERS", "names no encoders: give local, or ray://host:6379"),
    ],
)
def test_a_setting_that_names_no_server_is_wrong_use(tmp_path: Path, setting: str, said: str) -> None:
    write_seeds(tmp_path / "seeds", {"ferry.txt": "The ferry Solveig ran aground off Lindvik on Monday."})
    done = run("index", "build", cwd=tmp_path, env=environment(**{setting: "elsewhere://host:1"}), timeout=60)
    assert (done.returncode, done.stderr.decode()) == (2, f"{setting} {said}\n")
