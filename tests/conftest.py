"""What several rooms' tests share: the real model, converted once, and data folders built from small seeds."""

import gc
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

# Before anything imports a library that would look for models on a network.
os.environ["HF_HUB_OFFLINE"] = "1"

import pytest

from index.build import build
from index.model import DEFAULT_MODEL, prepare

BuildData = Callable[[Mapping[str, str | bytes]], Path]


def write_seeds(seeds: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files into the folder `seeds`, their paths relative to it; text as UTF-8, line endings as they are."""
    for path, content in files.items():
        file = seeds / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return seeds


@pytest.fixture(autouse=True, scope="module")
def _freed_here() -> Iterator[None]:
    """What a module's hostile inputs leave behind is freed on the main thread.

    Otherwise any small thread may be the one that sets off the collector, and trees nested 100,000 deep may take more
    stack to free than such a thread has.
    """
    yield
    gc.collect()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of converted models, with the default model in it."""
    folder = tmp_path_factory.mktemp("models")
    prepare(DEFAULT_MODEL, folder)
    return folder


@pytest.fixture(scope="session")
def model_folder(models: Path) -> Path:
    """The default model, converted."""
    return prepare(DEFAULT_MODEL, models)


@pytest.fixture(scope="session")
def new_data(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes an empty data folder that has the converted model already."""

    def make() -> Path:
        data = tmp_path_factory.mktemp("data")
        (data / "models").symlink_to(models)
        return data

    return make


@pytest.fixture(scope="session")
def build_data(new_data: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> BuildData:
    """Builds a data folder over seed files given by their paths."""

    def make(files: Mapping[str, str | bytes]) -> Path:
        data = new_data()
        build(write_seeds(tmp_path_factory.mktemp("seeds"), files), data)
        return data

    return make


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of question sets and scraped pages beside the project; the test is skipped where there is none."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the folder shared/ with the question sets is not beside this checkout")
    return folder
