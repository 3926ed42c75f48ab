"""Fixtures that several packages' tests share: the real model, converted once, and data folders of small seeds."""

import functools
import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Final

# Before anything imports a library that would look for models on a network.
os.environ["HF_HUB_OFFLINE"] = "1"

import pytest
from hypothesis import HealthCheck, settings

from index.build import build
from index.encoder.encoder import Encoder
from index.encoder.model import DEFAULT_MODEL, MULTILINGUAL, e5_folder, locate, prepare, read_card
from index.engines.bm25 import Bm25Writer
from index.engines.protocol import Document
from index.errors import ModelError
from index.sandbox import read_ahead
from retrieval import snapshot as serving
from retrieval.reader.reading import Reader
from tests.forked import ForkedWorker
from tests.scale.postgres_server import PostgresServer, needed

# These take longest, so that workers begin with them and none is left alone with one at the end. Those that talk with a
# bot wait for it, and those beside them keep the processor busy meanwhile.
_LONGEST: Final = (
    "tests/retrieval/test_command_line.py",
    "tests/endurance/test_endurance.py",
    "tests/telegram/test_bot_kills.py",
    "tests/index/test_sentence_bert.py",
    "tests/telegram/test_bot_admin.py",
    "tests/telegram/test_bot_feeds.py",
    "tests/telegram/test_bot_removing.py",
    "tests/telegram/test_bot_scheduler.py",
    "tests/index/test_build_faults.py",
    "tests/telegram/test_bot_floods.py",
    "tests/training/test_learning.py",
    "tests/telegram/test_bot_generations.py",
    "tests/index/test_vectors.py",
    "tests/index/adding/test_accept.py",
    "tests/test_quiet.py",
    "tests/telegram/test_bot_faults.py",
    "tests/index/test_trial.py",
    "tests/index/parsers/test_registry.py",
    "tests/index/test_build.py",
    "tests/index/test_index_commands.py",
    "tests/training/test_clutter.py",
    "tests/bot/test_chart.py",
    "tests/fuzz/test_mutations.py",
    "tests/retrieval/test_evaluation_report.py",
    "tests/index/test_incremental_build.py",
    "tests/index/test_unreadable.py",
    "tests/index/test_encoder.py",
    "tests/index/test_choice.py",
    "tests/telegram/test_bot_start.py",
    "tests/telegram/test_bot_token.py",
    "tests/index/test_removals.py",
    "tests/bot/test_library.py",
    "tests/telegram/test_bot_buttons.py",
    "tests/telegram/test_bot_commands.py",
    "tests/telegram/test_bot_traces.py",
    "tests/index/test_generation.py",
    "tests/training/test_groups.py",
    "tests/telegram/test_bot_groups.py",
    "tests/index/test_passages.py",
    "tests/index/test_read_ahead.py",
    "tests/bot/test_rate_limiter.py",
    "tests/test_redaction.py",
)

# The same examples every time, so that a change is judged by what it changes; `make test-all` looks for new ones.
# How long the making of examples takes tells of the machine and what else it does, and not of the program.
settings.register_profile("steady", derandomize=True, suppress_health_check=[HealthCheck.too_slow])

_READERS: Final = Path(__file__).parent / "index/parsers"

BuildData = Callable[[Mapping[str, str | bytes]], Path]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return twice the number of cores, since workers that talk with a bot mostly wait for it."""
    return 2 * len(os.sched_getaffinity(0))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest; the others stay in their order."""
    places = {file: place for place, file in enumerate(_LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


@functools.cache
def _reader() -> Reader:
    return Reader.open()


@pytest.fixture(scope="session", autouse=True)
def one_reader() -> Iterator[None]:
    """Share the reader, which never changes, among the retrievers of one process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serving, "Reader", SimpleNamespace(open=lambda _models: _reader()))
        yield


def write_seeds(seeds: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files into the folder `seeds`, their paths relative to it; text as UTF-8, line endings as they are."""
    for path, content in files.items():
        file = seeds / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return seeds


def write_bm25(folder: Path, documents: Iterable[Document]) -> None:
    """Write a BM25 index of these passages into the folder, which is made."""
    with Bm25Writer(folder) as writer:
        for document in documents:
            writer.add(document)


@pytest.fixture(scope="session", autouse=True)
def _workers_are_forked() -> Iterator[None]:
    """The process that parses files is forked: to start one for each of hundreds of builds takes a second each."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(read_ahead, "_spawned", ForkedWorker)
        yield


@pytest.fixture(autouse=True, scope="module")
def _freed_here(request: pytest.FixtureRequest) -> Iterator[None]:
    """Free on the main thread what the hostile files of a module leave behind.

    Otherwise any small thread may be the one that sets off the collector, and trees nested 100,000 deep may take more
    stack to free than such a thread has.
    """
    yield
    if request.path.is_relative_to(_READERS):
        gc.collect()


@functools.lru_cache(maxsize=4)
def _opened(folder: Path, many: bool, files: frozenset[tuple[str, int, int, int]]) -> Encoder:
    """Open the model in a folder whose files are these: name, inode, size and time of change."""
    return Encoder.open(folder, many=many)


class OpenedOnce(Encoder):
    """An encoder that opens each model once in this process, as long as its files stay the same."""

    @classmethod
    def open(cls, folder: Path, *, many: bool = False) -> Encoder:  # type: ignore[override]  # what it opens is no subclass
        """See `Encoder.open`."""
        try:
            kept = [(name, (folder / name).stat()) for name in ("encoder.json", *read_card(folder).files)]
        except (OSError, ModelError):
            return Encoder.open(folder, many=many)
        files = frozenset((name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in kept)
        return _opened(folder.resolve(), many, files)


@pytest.fixture(autouse=True, scope="session")
def _models_are_opened_once() -> Iterator[None]:
    """Share an encoder among the builds and retrievers of this process: opening one takes half a processor second."""
    with pytest.MonkeyPatch.context() as patch:
        for user in ("index.build", "retrieval.snapshot"):
            patch.setattr(f"{user}.Encoder", OpenedOnce)
        yield


@pytest.fixture
def models_opened_anew() -> None:
    """Forget the models that were opened before, for a test of the opening."""
    _opened.cache_clear()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, which forgets what a power cut would reach; skip the test where there can be none."""
    needed()
    with PostgresServer("fsync=off", "synchronous_commit=off", "full_page_writes=off") as server:
        yield server


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of converted models, with the default model in it; all workers share it."""
    ours = tmp_path_factory.getbasetemp()
    folder = (ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours) / "models"
    folder.mkdir(exist_ok=True)
    prepare(DEFAULT_MODEL, folder)
    return folder


@pytest.fixture(scope="session")
def model_folder(models: Path) -> Path:
    """Return the folder of the converted default model."""
    return prepare(DEFAULT_MODEL, models)


@pytest.fixture(scope="session")
def multilingual_folder(models: Path) -> Path:
    """Return the folder of multilingual-e5-small, converted; skip the test if its weights are not installed."""
    try:
        folder = e5_folder()
    except ModelError as error:
        pytest.skip(str(error))
    if locate(MULTILINGUAL) != folder:
        pytest.skip("the local model cache has other weights of multilingual-e5-small, which come first")
    return prepare(MULTILINGUAL, models)


@pytest.fixture(scope="session")
def new_data(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return a function that makes an empty data folder with the converted model."""

    def make() -> Path:
        data = tmp_path_factory.mktemp("data")
        (data / "models").symlink_to(models)
        return data

    return make


@pytest.fixture(scope="session")
def build_data(new_data: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> BuildData:
    """Return a function that builds a data folder over seed files given by their paths."""

    def make(files: Mapping[str, str | bytes]) -> Path:
        data = new_data()
        build(write_seeds(tmp_path_factory.mktemp("seeds"), files), data)
        return data

    return make


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of question sets and scraped pages beside the project; skip the test if there is none."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the folder shared/ with the question sets is not beside this checkout")
    return folder
