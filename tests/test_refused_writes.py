"""The disk refuses writes beside the index: of converted models, compiled graphs, added files and history."""

import errno
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from index.adding.store import store
from index.encoder import convert, model
from index.encoder.encoder import Encoder
from retrieval.cli.prompt import history_in
from tests.sampled import sampled

STORY, DAY = b"The river rose on Monday.", date(2026, 11, 24)
ERRORS = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS]
Refuse = Callable[[object, str, int, int], None]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Make the nth call of a function, and every later one, fail as the system does."""

    def arm(owner: object, name: str, nth: int, error: int) -> None:
        original, calls = getattr(owner, name), 0

        def refusing(*arguments: object, **named: object) -> object:
            nonlocal calls
            calls += 1
            if calls >= nth:
                raise OSError(error, os.strerror(error))
            return original(*arguments, **named)

        monkeypatch.setattr(owner, name, refusing)

    return arm


@pytest.fixture
def converting(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make conversions return at once what one returned before."""

    def copied(_: Path, scratch: Path) -> dict[str, object]:
        for name in ("graph.bin", "graph.xml", "tokenizer.json"):
            shutil.copyfile(model_folder / name, scratch / name)
        card = model.read_card(model_folder)
        return {
            "dimension": card.dimension,
            "window": card.window,
            "question_prompt": card.question_prompt,
            "passage_prompt": card.passage_prompt,
        }

    monkeypatch.setattr(convert, "convert", copied)


@pytest.mark.parametrize(
    ("owner", "name", "nth", "error"),
    [
        (Path, "mkdir", 1, errno.EROFS),
        (os, "fsync", 1, errno.EIO),
        (Path, "write_text", 1, errno.ENOSPC),
        (os, "fsync", 4, errno.EIO),
        (Path, "rename", 1, errno.EACCES),
        (os, "fsync", 7, errno.EIO),
    ],
)
@pytest.mark.usefixtures("converting")
def test_a_converted_model_is_there_whole_or_not_at_all(
    owner: object, name: str, nth: int, error: int, tmp_path: Path, refuse: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    with monkeypatch.context():
        refuse(owner, name, nth, error)
        with pytest.raises(OSError, match=os.strerror(error)):
            model.prepare(model.DEFAULT_MODEL, models)
        monkeypatch.undo()
    left = [path.name for path in models.iterdir()] if models.exists() else []
    assert not [name for name in left if name.startswith(".converting")]


@pytest.mark.usefixtures("converting")
def test_a_converted_model_is_synced_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def syncing(handle: int) -> None:
        steps.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        fsync(handle)

    def renaming(self: Path, target: Path) -> Path:
        steps.append("renamed")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "rename", renaming)
    folder = model.prepare(model.DEFAULT_MODEL, tmp_path / "models")
    before, after = steps[: steps.index("renamed")], steps[steps.index("renamed") + 1 :]
    assert {path.name for path in folder.iterdir()} <= set(before)
    assert [name for name in before if name.startswith(".converting-")]
    assert after == ["models"]


@pytest.mark.parametrize("error", sampled(ERRORS, len(ERRORS)))
@pytest.mark.parametrize(("owner", "name"), [(os, "fdopen"), (Path, "chmod"), (Path, "replace")])
def test_a_compiled_graph_that_cannot_be_kept_costs_nothing_but_time(
    owner: object, name: str, error: int, model_folder: Path, tmp_path: Path, refuse: Refuse
) -> None:
    for part in ("graph.bin", "graph.xml", "tokenizer.json", "encoder.json"):
        (tmp_path / part).symlink_to(model_folder / part)
    expected = Encoder.open(model_folder).question("The river rose.")
    refuse(owner, name, 1, error)
    assert Encoder.open(tmp_path).question("The river rose.") @ expected > 0.999
    assert [path.name for path in tmp_path.iterdir() if not path.is_symlink()] == []


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(("owner", "name", "nth"), [(os, "fsync", 1), (os, "fsync", 2), (Path, "rename", 1)])
def test_an_added_file_that_the_disk_refuses_is_there_whole_or_not_at_all(
    owner: object,
    name: str,
    nth: int,
    error: int,
    tmp_path: Path,
    refuse: Refuse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refuse(owner, name, nth, error)
    with pytest.raises(OSError, match=os.strerror(error)):
        store(tmp_path, "one.txt", STORY, DAY)
    monkeypatch.undo()
    seen = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert [path.read_bytes() for path in seen] in ([], [STORY])
    assert store(tmp_path, "one.txt", STORY, DAY).already == bool(seen)
    assert {path.name for path in tmp_path.iterdir()} == {".lock", store(tmp_path, "one.txt", STORY, DAY).name}


@pytest.mark.parametrize("error", ERRORS)
def test_a_history_that_can_no_longer_be_written_costs_nobody_the_question(
    error: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = history_in(tmp_path)
    history.append_string("first")

    def refusing(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    with monkeypatch.context() as refused:
        refused.setattr("builtins.open", refusing)
        history.append_string("second")
    assert history.get_strings()[-2:] == ["first", "second"]
    assert list(history_in(tmp_path).load_history_strings()) == ["first"]
