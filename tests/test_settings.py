"""Settings come from the environment, `.env`, `verbatim.toml` and defaults, in this order."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import Settings, SettingsError, described, load


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and nothing of ours in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("VERBATIM_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_defaults() -> None:
    settings = load()
    assert (settings.seeds, settings.data, settings.model) == (Path("seeds"), Path("var"), "all-MiniLM-L6-v2")
    assert (settings.passages_shown, settings.answer_threshold, settings.file_size_limit) == (5, 0.5, 20_000_000)


def test_each_source_wins_over_the_next(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "verbatim.toml").write_text('seeds = "toml"\ndata = "toml"\nmodel = "toml"\npassages_shown = 9\n')
    (folder / ".env").write_text("VERBATIM_SEEDS=dotenv\nVERBATIM_DATA=dotenv\n")
    monkeypatch.setenv("VERBATIM_SEEDS", "environment")
    settings = load()
    assert (settings.seeds, settings.data, settings.model) == (Path("environment"), Path("dotenv"), "toml")
    assert (settings.passages_shown, settings.answer_threshold) == (9, 0.5)


def test_files_are_utf8(folder: Path) -> None:
    (folder / "verbatim.toml").write_text('seeds = "frø"\n', encoding="utf-8")
    (folder / ".env").write_text("VERBATIM_DATA=データ\n", encoding="utf-8")
    assert (load().seeds, load().data) == (Path("frø"), Path("データ"))


def test_a_variable_that_is_empty_counts_as_not_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As container files leave it; '' would be the current folder.
    monkeypatch.setenv("VERBATIM_SEEDS", "")
    monkeypatch.setenv("VERBATIM_PASSAGES_SHOWN", "")
    (folder / ".env").write_text("VERBATIM_MODEL=\n")
    settings = load()
    assert (settings.seeds, settings.passages_shown, settings.model) == (Path("seeds"), 5, "all-MiniLM-L6-v2")


def test_what_is_not_ours_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERBATIM_UNHEARD_OF", "1")
    (folder / ".env").write_text("OTHER=1\nVERBATIM_OLD=2\n")
    (folder / "verbatim.toml").write_text("[other]\nx = 1\n")
    assert load() == Settings()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("VERBATIM_PASSAGES_SHOWN", "many", "VERBATIM_PASSAGES_SHOWN is 'many': input should be a valid integer"),
        ("VERBATIM_PASSAGES_SHOWN", "0", "VERBATIM_PASSAGES_SHOWN is '0': input should be greater than or equal to 1"),
        ("VERBATIM_PASSAGES_SHOWN", "21", "VERBATIM_PASSAGES_SHOWN is '21': input should be less than or equal to 20"),
        ("VERBATIM_ANSWER_THRESHOLD", "1.5", "VERBATIM_ANSWER_THRESHOLD is '1.5': input should be less than or equal"),
        ("VERBATIM_ANSWER_THRESHOLD", "half", "VERBATIM_ANSWER_THRESHOLD is 'half': input should be a valid number"),
        ("VERBATIM_ANSWER_THRESHOLD", "nan", "VERBATIM_ANSWER_THRESHOLD is 'nan': input should be"),
        ("VERBATIM_FILE_SIZE_LIMIT", "-1", "VERBATIM_FILE_SIZE_LIMIT is '-1': input should be greater than"),
        ("VERBATIM_FILE_SIZE_LIMIT", "20 MB\n", r"VERBATIM_FILE_SIZE_LIMIT is '20 MB\n': input should be a valid"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load()
    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)


def test_a_value_from_a_file_is_named_alike(folder: Path) -> None:
    (folder / "verbatim.toml").write_text('passages_shown = "few"\n')
    with pytest.raises(SettingsError, match=r"^VERBATIM_PASSAGES_SHOWN is 'few': "):
        load()


@pytest.mark.parametrize(
    ("file", "content"),
    [("verbatim.toml", b"seeds = "), ("verbatim.toml", b"\xff\xfe\x00"), (".env", b"VERBATIM_SEEDS=\xff\xfe")],
)
def test_a_file_that_cannot_be_read_is_named_in_one_line(folder: Path, file: str, content: bytes) -> None:
    (folder / file).write_bytes(content)
    with pytest.raises(SettingsError, match=r"^verbatim.toml or .env cannot be read: ") as refused:
        load()
    assert "\n" not in str(refused.value)


def test_settings_do_not_change() -> None:
    settings = load()
    with pytest.raises(ValidationError, match="frozen"):
        settings.seeds = Path("elsewhere")


def test_every_setting_is_described_by_its_variable_its_default_and_one_line() -> None:
    rows = described()
    assert [name for name, _, _ in rows] == [f"VERBATIM_{name.upper()}" for name in Settings.model_fields]
    defaults = {name: default for name, default, _ in rows}
    assert defaults["VERBATIM_SEEDS"] == "seeds"
    assert defaults["VERBATIM_MODEL"] == "all-MiniLM-L6-v2"
    assert defaults["VERBATIM_PASSAGES_SHOWN"] == "5"
    assert all(10 < len(description) < 120 and "\n" not in description for _, _, description in rows)


def test_every_variable_that_is_described_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"seeds": "a", "data": "b", "model": "c", "passages_shown": "7", "answer_threshold": "0.25"}
    given["file_size_limit"] = "11"
    assert set(given) == set(Settings.model_fields)
    for name, value in given.items():
        monkeypatch.setenv(f"VERBATIM_{name.upper()}", value)
    settings = load()
    assert {name: str(getattr(settings, name)) for name in given} == given
