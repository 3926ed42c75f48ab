"""Installation: the lock of the runtime, the packages of the wheel, and the wheel in an environment of its own."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from index.encoder.model import _DEFAULT_REQUIREMENT

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, SETUPTOOLS = PYPROJECT["project"], PYPROJECT["tool"]["setuptools"]
LOCK = (ROOT / "requirements/runtime.txt").read_text(encoding="utf-8")
ROOMS = ("bot", "config", "index", "retrieval")
# What goes into a wheel.
SOURCES = (*ROOMS, "verbatim.py", "pyproject.toml", "README.md", "LICENSE")


def pinned(text: str) -> dict[str, str]:
    """Return the versions in a file of requirements, by their packages' names."""
    return {canonicalize_name(name): v for name, v in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE)}


LOCKED = pinned(LOCK)


def test_every_file_of_the_lock_has_its_hash_and_no_index_is_named() -> None:
    entries = re.split(r"\n(?=\S)", "\n".join(line for line in LOCK.splitlines() if not line.startswith("#")))
    for entry in entries:
        assert re.fullmatch(r"[a-z0-9._-]+==\S+( ; .+)? \\(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+", entry), entry
    for path in (ROOT / "requirements").iterdir():
        assert "://" not in path.read_text(encoding="utf-8"), path


def test_the_lock_and_the_versions_tested_together_agree() -> None:
    tested = pinned((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    elsewhere = {"colorama", "httpx2-jsfetch"}  # on other systems only
    assert {name: version for name, version in LOCKED.items() if name not in elsewhere} == {
        name: version for name, version in tested.items() if name in LOCKED
    }


def needed(requirement: Requirement, replaced: dict[str, list[str]]) -> Iterator[str]:
    """Yield the names of everything that a requirement needs here, as the installed packages declare it."""
    name = canonicalize_name(requirement.name)
    yield name
    for line in replaced.get(name, requires(name) or []):
        further = Requirement(line)
        if any(
            further.marker is None or further.marker.evaluate({"extra": extra}) for extra in ("", *requirement.extras)
        ):
            yield from needed(further, replaced)


def test_the_lock_holds_all_that_the_runtime_needs_and_nothing_that_it_does_not() -> None:
    replaced = {entry["name"]: entry["requires-dist"] for entry in PYPROJECT["tool"]["uv"]["dependency-metadata"]}
    added = re.findall(r"^[a-z].*", (ROOT / "requirements/runtime.in").read_text(encoding="utf-8"), re.MULTILINE)
    wanted = {name for line in (*PROJECT["dependencies"], *added) for name in needed(Requirement(line), replaced)}
    assert wanted == {name for name in LOCKED if f"{name}=={LOCKED[name]} ;" not in LOCK}
    assert not wanted & {"torch", "sentence-transformers", "matplotlib", "ir-measures", "openvino-telemetry"}


def test_the_weights_that_the_program_asks_for_are_those_of_the_lock() -> None:
    name, _, version = _DEFAULT_REQUIREMENT.partition("==")
    assert LOCKED[name] == version
    # Their package declares sentence-transformers as a requirement: installing a wheel must not bring torch.
    assert name not in {Requirement(line).name for line in PROJECT["dependencies"]}


def test_every_package_and_every_file_of_data_is_declared() -> None:
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert set(SETUPTOOLS["packages"]) == {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    data = {
        f"{room}/{path.relative_to(ROOT / room)}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert data == {f"{room}/{name}" for room, names in SETUPTOOLS["package-data"].items() for name in names}
    assert {f"{room}/py.typed" for room in ROOMS} <= data


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel of this checkout."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source)
    built = tmp_path_factory.mktemp("wheel")
    # As pip does after it has made an environment with setuptools, which needs a network.
    code = "import sys, setuptools.build_meta; setuptools.build_meta.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, built], cwd=source, capture_output=True, check=True)
    return next(built.glob("verbatim_quotes-*.whl"))


def test_the_wheel_holds_every_module_the_data_and_the_program(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        information = wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"
        program = archive.read(f"{information}/entry_points.txt").decode()
    on_disk = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert held == {*on_disk, "verbatim.py"}
    assert "verbatim = verbatim:main" in program


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_wheel_answers_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VERBATIM_", "PYTHON"))}
    # A person's files of the same names as modules of ours.
    for name in ("bot.py", "config.py", "index.py", "retrieval.py"):
        (tmp_path / name).write_text("raise SystemExit('this is not yours')\n")

    def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)

    python, program = tmp_path / "venv/bin/python", tmp_path / "venv/bin/verbatim"
    assert run(sys.executable, "-m", "venv", tmp_path / "venv").returncode == 0
    installed = run(python, "-m", "pip", "install", "-qq", "-c", ROOT / "constraints.txt", wheel)
    assert installed.returncode == 0, installed.stderr
    assert not (python.parents[1] / f"lib/python3.{sys.version_info[1]}/site-packages/torch").exists()

    # Without an index and weights, each command says what comes next.
    first = run(program, "ask", "What did Blinken ask Russia to do?")
    assert (first.returncode, first.stdout, len(first.stderr.splitlines())) == (2, "", 1)
    command = re.search(r"install them with `(.+)`$", first.stderr)
    assert command is not None, first.stderr
    assert run(*shlex.split(command[1])).returncode == 0
    second = run(program, "ask", "What did Blinken ask Russia to do?")
    assert second.stderr == "there is no index in var: build one with `verbatim index build`\n"
    third = run(program, "index", "build")
    assert third.stderr.startswith("there is no folder seeds: ")
    built = run(program, "index", "build", "--seeds", ROOT / "seeds")
    assert (built.returncode, built.stderr) == (0, "")

    answered = run(program, "ask", "What did Blinken ask Russia to do?")
    assert (answered.returncode, answered.stderr) == (0, "")
    assert "asked Russia to pull its troops" in " ".join(answered.stdout.split())
    assert "is sound" in run(program, "verify").stdout
    assert run(program, "eval", "set.jsonl").returncode == 2
    code = (
        "from retrieval import Retriever; print(Retriever.open('var').ask('Who lit the cauldron in Tokyo?').answered)"
    )
    assert run(python, "-P", "-c", code).stdout == "True\n"
