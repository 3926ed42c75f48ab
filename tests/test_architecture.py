"""The picture in docs/how-it-works.md shows the packages that there are, and the imports that are made and allowed."""

import re
import tomllib
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {contract["name"]: contract for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}
ROOMS = set(PYPROJECT["tool"]["importlinter"]["root_packages"])
LAYERS = CONTRACTS["Imports run bot -> retrieval -> index"]["layers"]
STARTS = CONTRACTS["Settings are read only where a program starts"]["ignore_imports"]
(PICTURE,) = re.findall(r"^```mermaid\n(.*?)^```$", (ROOT / "docs/how-it-works.md").read_text(), re.M | re.S)


def _arrows(kind: str) -> set[tuple[str, str]]:
    """Return the arrows of the picture of one kind, from the importer to what it imports."""
    return set(re.findall(rf"^    (\w+) {re.escape(kind)} (\w+)$", PICTURE, re.MULTILINE))


def _rooms(imports: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return imports between modules as imports between rooms."""
    pairs = {(importer.partition(".")[0], imported.partition(".")[0]) for importer, imported in imports}
    return {(importer, imported) for importer, imported in pairs if importer != imported}


def test_each_room_and_each_package_in_it_is_drawn_once_in_its_place() -> None:
    drawn = re.findall(r"^ *(?:subgraph )?([\w.]+)\[", PICTURE, re.MULTILINE)
    assert sorted(drawn) == sorted(
        ".".join(path.parent.relative_to(ROOT).parts) for room in ROOMS for path in (ROOT / room).rglob("__init__.py")
    )
    for room, inside in re.findall(r"^    subgraph (\w+)\[[^\n]*\n(.*?)^    end$", PICTURE, re.M | re.S):
        assert all(name.startswith(f"{room}.") for name in re.findall(r"^ *([\w.]+)\[", inside, re.MULTILINE))


def test_the_arrows_are_those_that_the_import_contracts_allow() -> None:
    assert _arrows("-->") == set(combinations(LAYERS, 2))
    assert _arrows("-.->") == _rooms(tuple(line.split(" -> ")) for line in STARTS)


def test_the_arrows_are_those_of_the_code() -> None:
    graph = grimp.build_graph(*sorted(ROOMS), cache_dir=None)
    made = {
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    }
    assert _rooms(made) == _arrows("-->") | _arrows("-.->")


def test_nothing_imports_from_the_tests_but_tests() -> None:
    graph = grimp.build_graph(*sorted(ROOMS), "benchmarks", "training", "tests", cache_dir=None)
    importers = {
        importer
        for imported in graph.modules
        for importer in graph.find_modules_that_directly_import(imported)
        if imported.startswith("tests")
    }
    assert {importer.partition(".")[0] for importer in importers} == {"tests"}
