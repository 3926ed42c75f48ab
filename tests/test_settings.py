"""Settings come from the environment, `.env`, `verbatim.toml` and defaults, in this order."""

import os
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from config.settings import BotSettings, Settings, SettingsError, described, load, load_bot


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Enter an empty folder, without our settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("VERBATIM_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_defaults() -> None:
    settings = load()
    assert (settings.seeds, settings.data, settings.model) == (Path("seeds"), Path("var"), "auto")
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
    assert (settings.seeds, settings.passages_shown, settings.model) == (Path("seeds"), 5, "auto")


def test_what_is_not_ours_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERBATIM_UNHEARD_OF", "1")
    (folder / ".env").write_text("OTHER=1\nVERBATIM_OLD=2\n")
    (folder / "verbatim.toml").write_text("[other]\nx = 1\n")
    assert load() == Settings()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("VERBATIM_PASSAGES_SHOWN", "many", "VERBATIM_PASSAGES_SHOWN is 'many': give a whole number"),
        ("VERBATIM_PASSAGES_SHOWN", "0", "VERBATIM_PASSAGES_SHOWN is '0': give 1 or more"),
        ("VERBATIM_PASSAGES_SHOWN", "21", "VERBATIM_PASSAGES_SHOWN is '21': give 20 or less"),
        ("VERBATIM_ANSWER_THRESHOLD", "1.5", "VERBATIM_ANSWER_THRESHOLD is '1.5': give 1 or less"),
        ("VERBATIM_ANSWER_THRESHOLD", "half", "VERBATIM_ANSWER_THRESHOLD is 'half': give a number"),
        ("VERBATIM_ANSWER_THRESHOLD", "nan", "VERBATIM_ANSWER_THRESHOLD is 'nan': give"),
        ("VERBATIM_UNSURE_THRESHOLD", "-1", "VERBATIM_UNSURE_THRESHOLD is '-1': give 0 or more"),
        ("VERBATIM_WRONG_AT_MOST", "0", "VERBATIM_WRONG_AT_MOST is '0': give more than 0"),
        ("VERBATIM_WRONG_AT_MOST", "1", "VERBATIM_WRONG_AT_MOST is '1': give less than 1"),
        ("VERBATIM_WRONG_AT_MOST", "5", "VERBATIM_WRONG_AT_MOST is '5': give less than 1"),
        ("VERBATIM_WRONG_AT_MOST", "5 %", "VERBATIM_WRONG_AT_MOST is '5 %': give a number"),
        ("VERBATIM_WRONG_AT_MOST", "nan", "VERBATIM_WRONG_AT_MOST is 'nan': give"),
        ("VERBATIM_FILE_SIZE_LIMIT", "-1", "VERBATIM_FILE_SIZE_LIMIT is '-1': give 1 or more"),
        ("VERBATIM_FILE_SIZE_LIMIT", "20 MB\n", r"VERBATIM_FILE_SIZE_LIMIT is '20 MB\n': give a whole"),
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
    known = [name for name in Settings.model_fields if name != "rerank"]
    assert [name for name, _, _ in rows] == [f"VERBATIM_{name.upper()}" for name in known]
    defaults = {name: default for name, default, _ in rows}
    assert defaults["VERBATIM_SEEDS"] == "seeds"
    assert defaults["VERBATIM_MODEL"] == "auto"
    assert defaults["VERBATIM_PASSAGES_SHOWN"] == "5"
    assert all(10 < len(description) < 120 and "\n" not in description for _, _, description in rows)


def test_addresses_of_feeds_stand_between_commas(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().feeds == ()
    (folder / "verbatim.toml").write_text('feeds = ["https://one.example/rss"]\n')
    assert load().feeds == ("https://one.example/rss",)
    monkeypatch.setenv("VERBATIM_FEEDS", "https://one.example/rss, http://two.example/atom?a=1,")
    assert load().feeds == ("https://one.example/rss", "http://two.example/atom?a=1")
    monkeypatch.setenv("VERBATIM_FEEDS", "https://one.example/rss, two.example")
    with pytest.raises(
        SettingsError, match=r"^VERBATIM_FEEDS is .*: give addresses that begin with http:// or https://"
    ):
        load()


def test_every_variable_that_is_described_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"seeds": "a", "data": "b", "model": "c", "passages_shown": "7", "answer_threshold": "0.25"}
    given |= {"unsure_threshold": "0.125", "wrong_at_most": "0.05"}
    given |= {"file_size_limit": "11", "follow_links": "True", "reader": "False"}
    given |= {"encoders": "ray://a:6379"}
    assert set(given) | {"rerank", "feeds", "index"} == set(Settings.model_fields)
    for name, value in given.items():
        monkeypatch.setenv(f"VERBATIM_{name.upper()}", value)
    settings = load()
    assert {name: str(getattr(settings, name)) for name in given} == given


def test_the_address_of_the_index_is_never_shown_for_it_may_hold_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERBATIM_INDEX", "milvus://reader:geheim@host")
    settings = load()
    assert settings.index.get_secret_value() == "milvus://reader:geheim@host"
    assert "geheim" not in repr(settings)


def test_a_setting_that_is_gone_is_said_to_be_and_does_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert load().reader
    assert not caplog.records
    monkeypatch.setenv("VERBATIM_RERANK", "false")
    assert load().reader
    [said] = caplog.messages
    assert said == "VERBATIM_RERANK is gone and does nothing: VERBATIM_READER=off turns the reader off"


@pytest.mark.parametrize("off", ["off", "false", "0", "no"])
def test_the_reader_can_be_turned_off(monkeypatch: pytest.MonkeyPatch, off: str) -> None:
    monkeypatch.setenv("VERBATIM_READER", off)
    assert not load().reader


TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


def test_a_bot_has_the_settings_of_retrieval_too_and_needs_none_of_its_own() -> None:
    settings = load_bot()
    assert settings.model_dump(include=set(Settings.model_fields)) == load().model_dump()
    assert (settings.telegram_token, settings.telegram_token_file, settings.telegram_webhook_url) == (None, None, None)
    assert (settings.telegram_admins, settings.telegram_people, settings.telegram_groups) == ((), (), ())
    assert (settings.telegram_webhook_listen, settings.health_port) == ("127.0.0.1", 0)
    assert (settings.questions_a_minute, settings.questions_a_day) == (10, 200)
    assert (settings.chat_questions_a_minute, settings.chat_questions_a_day) == (30, 1000)
    assert (settings.keep_days, settings.log_questions) == (90, False)


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("42", (42,)),
        ("42,43", (42, 43)),
        (" 42 , -1001234567890 ,", (42, -1001234567890)),
        (",", ()),
        ("", ()),
    ],
)
def test_ids_stand_in_the_environment_with_commas_between(
    monkeypatch: pytest.MonkeyPatch, written: str, ids: tuple[int, ...]
) -> None:
    for name in ("ADMINS", "PEOPLE", "GROUPS"):
        monkeypatch.setenv(f"VERBATIM_TELEGRAM_{name}", written)
    settings = load_bot()
    assert (settings.telegram_admins, settings.telegram_people, settings.telegram_groups) == (ids, ids, ids)


@pytest.mark.parametrize(
    ("written", "ids"),
    [("[42, -1001234567890]", (42, -1001234567890)), ("42", (42,)), ("'42, 43'", (42, 43)), ("[]", ())],
)
def test_ids_stand_in_a_file_as_a_list_too(folder: Path, written: str, ids: tuple[int, ...]) -> None:
    (folder / "verbatim.toml").write_text(f"telegram_admins = {written}\n")
    assert load_bot().telegram_admins == ids


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TELEGRAM_ADMINS", "42,@ada", "VERBATIM_TELEGRAM_ADMINS is '@ada': give a whole number"),
        ("TELEGRAM_GROUPS", "1.5", "VERBATIM_TELEGRAM_GROUPS is '1.5': give a whole number"),
        (
            "TELEGRAM_API_URL",
            "api.telegram.org",
            "VERBATIM_TELEGRAM_API_URL is 'api.telegram.org': give an address that begins with http:// or https://",
        ),
        (
            "TELEGRAM_API_URL",
            "https://a b",
            "VERBATIM_TELEGRAM_API_URL is 'https://a b': give an address that begins with http:// or https://",
        ),
        ("TELEGRAM_PROXY", "proxy:1080", "VERBATIM_TELEGRAM_PROXY is "),
        ("TELEGRAM_WEBHOOK_URL", "bot.example.org", "VERBATIM_TELEGRAM_WEBHOOK_URL is 'bot.example.org': "),
        ("TELEGRAM_WEBHOOK_PORT", "65536", "VERBATIM_TELEGRAM_WEBHOOK_PORT is '65536': give 65535 or less"),
        ("HEALTH_PORT", "-1", "VERBATIM_HEALTH_PORT is '-1': give 0 or more"),
        ("QUESTIONS_A_MINUTE", "0", "VERBATIM_QUESTIONS_A_MINUTE is '0': give 1 or more"),
        ("KEEP_DAYS", "0", "VERBATIM_KEEP_DAYS is '0': give 1 or more"),
        ("LOG_QUESTIONS", "perhaps", "VERBATIM_LOG_QUESTIONS is 'perhaps': give true or false"),
        ("REINDEX_EVERY", "often", "VERBATIM_REINDEX_EVERY is 'often': give a number"),
        ("REINDEX_EVERY", "0.5", "VERBATIM_REINDEX_EVERY is '0.5': give off, or seconds from 1 to 604800"),
        ("REINDEX_EVERY", "nan", "VERBATIM_REINDEX_EVERY is 'nan': give off, or seconds from 1 to 604800"),
    ],
)
def test_a_setting_of_the_bot_that_cannot_be_used_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(f"VERBATIM_{name}", value)
    with pytest.raises(SettingsError) as refused:
        load_bot()
    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)
    # Whoever only asks and builds is not kept from it.
    assert load() == Settings()


@pytest.mark.parametrize("name", ["telegram_token", "telegram_webhook_secret"])
def test_a_secret_is_in_no_text_that_is_made_of_the_settings(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"VERBATIM_{name.upper()}", TOKEN)
    settings = load_bot()
    assert getattr(settings, name).get_secret_value() == TOKEN
    for text in (
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        f"{settings.model_dump()}",
        f"{described(BotSettings)}",
    ):
        assert TOKEN not in text
        assert TOKEN.partition(":")[2] not in text


@pytest.mark.parametrize("name", ["telegram_token", "telegram_webhook_secret"])
def test_a_secret_is_in_no_error(folder: Path, name: str) -> None:
    (folder / "verbatim.toml").write_text(f'{name} = ["{TOKEN}"]\n')
    with pytest.raises(SettingsError) as refused:
        load_bot()
    assert str(refused.value) == f"VERBATIM_{name.upper()} is set: give it as text, in quotes"
    assert refused.value.__cause__ is None
    # Nor where it is another setting that cannot be used.
    (folder / "verbatim.toml").write_text(f'{name} = "{TOKEN}"\nhealth_port = "x"\n')
    with pytest.raises(SettingsError) as refused:
        load_bot()
    assert TOKEN not in "".join(traceback.format_exception(refused.value))


def test_every_setting_of_the_bot_is_described_and_no_default_is_shown_where_there_is_none() -> None:
    rows = described(BotSettings)
    assert [name for name, _, _ in rows] == [
        f"VERBATIM_{name.upper()}" for name in BotSettings.model_fields if name != "rerank"
    ]
    assert rows[: len(described())] == described()
    defaults = {name.removeprefix("VERBATIM_"): default for name, default, _ in rows}
    assert {name for name, default in defaults.items() if not default} == {
        "WRONG_AT_MOST", "FEEDS",
        "TELEGRAM_TOKEN", "TELEGRAM_TOKEN_FILE", "TELEGRAM_PROXY", "TELEGRAM_ADMINS", "TELEGRAM_PEOPLE",
        "TELEGRAM_GROUPS", "TELEGRAM_WEBHOOK_URL", "TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_WEBHOOK_SECRET_FILE", "STATE",
        "PUBLIC_URL",
    }  # fmt: skip
    assert defaults["TELEGRAM_API_URL"] == "https://api.telegram.org"
    assert defaults["LOG_QUESTIONS"] == "False"
    assert all(10 < len(description) < 120 and "\n" not in description for _, _, description in rows)


def test_every_setting_of_the_bot_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, tuple[str, object]] = {
        "telegram_token": ("1:a", SecretStr("1:a")),
        "telegram_token_file": ("token", Path("token")),
        "telegram_api_url": ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        "telegram_proxy": ("socks5://127.0.0.1:1080", SecretStr("socks5://127.0.0.1:1080")),
        "telegram_admins": ("1", (1,)),
        "telegram_people": ("2", (2,)),
        "telegram_groups": ("-3", (-3,)),
        "telegram_webhook_url": ("https://bot.example.org/hook", "https://bot.example.org/hook"),
        "telegram_webhook_secret": ("s", SecretStr("s")),
        "telegram_webhook_secret_file": ("secret", Path("secret")),
        "telegram_webhook_listen": ("0.0.0.0", "0.0.0.0"),
        "telegram_webhook_port": ("443", 443),
        "state": ("state", Path("state")),
        "health_port": ("9000", 9000),
        "public_url": ("https://read.example.org/v", "https://read.example.org/v"),
        "web_listen": ("0.0.0.0", "0.0.0.0"),
        "web_port": ("8500", 8500),
        "questions_a_minute": ("3", 3),
        "questions_a_day": ("4", 4),
        "chat_questions_a_minute": ("5", 5),
        "chat_questions_a_day": ("6", 6),
        "keep_days": ("7", 7),
        "log_questions": ("true", True),
        "feedback_buttons": ("off", False),
        "silent_in_groups": ("on", True),
        "reindex_every": ("off", 0.0),
    }
    assert set(given) == set(BotSettings.model_fields) - set(Settings.model_fields)
    for name, (value, _) in given.items():
        monkeypatch.setenv(f"VERBATIM_{name.upper()}", value)
    settings = load_bot()
    assert {name: getattr(settings, name) for name in given} == {name: value for name, (_, value) in given.items()}
