"""The index answers every user who may read it: not only its builder, also without rights or from a read-only mount."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from index.errors import GenerationError
from index.generation.generation import CURRENT, Generation
from tests.conftest import BuildData, write_seeds
from tests.forked import environment
from tests.retrieval.articles import ASKED, HARBOUR, QUESTION
from tests.telegram.bot_process import BotAnew
from tests.telegram.server import BotApiServer

# Numbers that no account has: containers are run so.
BUILDER, READER = 61_001, 61_002

root_only = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can act as two users; .ci/run has these run as root"
)
not_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def program(
    *command: str, user: int | None = None, prefix: Sequence[str] = (), settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python -m …` as another user, who has no groups, no home and no name, or as this one behind a prefix."""
    without_home = {name: value for name, value in environment().items() if name != "HOME"}
    return subprocess.run(
        [*prefix, sys.executable, "-m", *command],
        cwd="/",
        env={**without_home, "PYTHONDONTWRITEBYTECODE": "1", **(settings or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=user,
        group=user,
        extra_groups=None if user is None else (),
    )


def asked(data: Path, *, user: int | None = None, prefix: Sequence[str] = ()) -> dict[str, Any]:
    """Ask QUESTION, and return the answer as JSON."""
    done = program("retrieval", "ask", "--json", "--data", str(data), QUESTION, user=user, prefix=prefix)
    assert (done.returncode, done.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def open_to_all() -> Iterator[Path]:
    """Return a folder that every user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="verbatim-users-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="module")
def built_by_another(open_to_all: Path, models: Path) -> Path:
    """Return a data folder that BUILDER owns and built, with a copy of the model."""
    data = open_to_all / "data"
    shutil.copytree(models, data / "models")
    seeds = write_seeds(open_to_all / "seeds", {"harbour.txt": HARBOUR})
    (data / "models").chmod(0o755)
    for path in [data, *data.rglob("*")]:
        os.chown(path, BUILDER, BUILDER)
    done = program("index", "build", "--seeds", str(seeds), "--data", str(data), user=BUILDER)
    assert done.returncode == 0, done.stderr
    return data


@root_only
def test_another_user_than_the_builder_asks_and_verifies(built_by_another: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in built_by_another.rglob("*")}
    answer = asked(built_by_another, user=READER)
    assert (answer["answered"], answer["citations"][0]["path"]) == (True, "harbour.txt")
    verified = program("index", "verify", "--data", str(built_by_another), user=READER)
    assert (verified.returncode, verified.stderr) == (0, "")
    assert {path: path.stat().st_mtime_ns for path in built_by_another.rglob("*")} == before


@root_only
def test_another_user_who_builds_is_told_whose_the_folder_is_and_changes_nothing(
    built_by_another: Path, open_to_all: Path
) -> None:
    served = (built_by_another / "index" / CURRENT).read_text()
    done = program(
        "index", "build", "--seeds", str(open_to_all / "seeds"), "--data", str(built_by_another), user=READER
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "cannot be written (Permission denied): give the data folder to the user who builds (chown -R)" in line
    assert (built_by_another / "index" / CURRENT).read_text() == served


@root_only
def test_another_user_who_calibrates_is_told_before_anything_is_asked(
    built_by_another: Path, open_to_all: Path
) -> None:
    questions = open_to_all / "questions.jsonl"
    questions.write_text(json.dumps({"question": QUESTION, "answerable": False}))
    done = program("retrieval", "eval", str(questions), "--calibrate", "--data", str(built_by_another), user=READER)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{built_by_another} cannot be written to: calibrate as the user who builds the index\n"


@root_only
def test_the_bot_of_another_user_serves_an_index_that_it_may_only_read(
    built_by_another: Path, open_to_all: Path
) -> None:
    state = open_to_all / "state"
    state.mkdir()
    os.chown(state, READER, READER)
    with BotApiServer() as server:
        ada = server.person("Ada")
        chat = server.private(ada)
        settings = {"state": state, "seeds": open_to_all / "seeds", "reindex_every": 1, "telegram_admins": ada.id}
        bot = BotAnew(server, built_by_another, open_to_all / "bot.log", **settings)
        bot.user = READER
        with bot:
            assert ASKED in server.wait_for_reply(ada.writes(chat, QUESTION), 60).text
            write_seeds(open_to_all / "seeds", {"new.txt": HARBOUR})
            time.sleep(3)
            followed = server.wait_for_reply(ada.writes(chat, "/follow https://news.example.com/feed"), 60)
            server.wait(lambda: followed.text.startswith("Not followed: "), 60)
            assert followed.text.endswith(f": the bot may not write to {built_by_another}")
            # An admin who may not change anything is told nothing unasked.
            assert len([message for message in server.messages(chat) if message.sender == server.bot]) == 2
            assert bot.stop() == 0
    assert bot.said.count('"event": "the index is only served"') == 1
    assert "Traceback" not in bot.said
    assert (state / "state.sqlite").stat().st_uid == READER
    assert not (built_by_another / "state.sqlite").exists()


@root_only
def test_a_state_that_belongs_to_another_user_is_told_and_left_as_it_is(
    built_by_another: Path, open_to_all: Path
) -> None:
    folder = open_to_all / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    state = folder / "state.sqlite"
    state.write_bytes(b"somebody's words")
    state.chmod(0o600)
    settings = {
        "VERBATIM_TELEGRAM_TOKEN": "123456:" + "A" * 35,
        "VERBATIM_DATA": str(built_by_another),
        "VERBATIM_STATE": str(folder),
    }
    done = program("bot", user=BUILDER, settings=settings)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"{state} belongs to another user: give it to the one who runs the bot (chown -R)" in line
    assert state.read_bytes() == b"somebody's words"


@not_root
def test_an_index_that_its_owner_may_not_write_to_answers(small_copy: Path) -> None:
    for path in [*small_copy.rglob("*"), small_copy]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    try:
        assert asked(small_copy)["answered"] is True
    finally:
        for path in [small_copy, *small_copy.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)


def test_an_index_on_a_read_only_mount_answers_and_verifies(small_copy: Path) -> None:
    mount = (
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && ! touch "$0/written" 2>/dev/null && exec "$@"',
        str(small_copy),
    )
    if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody mount a folder in a namespace of their own")
    assert asked(small_copy, prefix=mount)["answered"] is True
    verified = program("index", "verify", "--data", str(small_copy), prefix=mount)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_where_no_temporary_folder_can_be_written_one_line_says_what_to_name(
    small_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(small_copy / "not-there"))
    with pytest.raises(GenerationError, match=r"no temporary folder can be written, .* variable TMPDIR$"):
        Generation.open(small_copy / "index")


@pytest.fixture
def small_copy(build_data: BuildData) -> Path:
    """Return a data folder over one article, of the test's own."""
    return build_data({"harbour.txt": HARBOUR})
