"""Settings: environment `VERBATIM_*` over `.env` over `verbatim.toml` over defaults."""

import logging
from pathlib import Path
from typing import Annotated, ClassVar, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PREFIX: Final = "VERBATIM_"
TOML: Final = "verbatim.toml"

# By the type of pydantic's error.
_WANTED: Final = {
    "greater_than_equal": "give {ge:g} or more",
    "greater_than": "give more than {gt:g}",
    "less_than_equal": "give {le:g} or less",
    "less_than": "give less than {lt:g}",
    "int_parsing": "give a whole number",
    "int_type": "give a whole number",
    "int_from_float": "give a whole number",
    "float_parsing": "give a number",
    "float_type": "give a number",
    "bool_parsing": "give true or false",
    "bool_type": "give true or false",
    "string_type": "give it as text, in quotes",
    "string_pattern_mismatch": "give an address that begins with http:// or https://, without spaces",
}

# Seconds between two looks at a folder.
_OFTENEST: Final = 1.0
_RAREST: Final = 7 * 24 * 3600.0
_POSTGRESQL: Final = ("postgresql://", "postgres://")

log = logging.getLogger("verbatim.config")


class SettingsError(Exception):
    """A setting has a value that cannot be used; its text names the setting, the value and what is wanted.

    Attributes:
        exit_code: with which a command ends: 2, for wrong configuration.
    """

    exit_code: ClassVar[int] = 2


def _listed(value: object) -> object:
    """Split a value at commas; a file of settings may also hold a list, or a single number."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [value] if isinstance(value, int) else value


def _seconds(value: object) -> object:
    """Return 0 for 'off', and 0."""
    return 0 if value is False or (isinstance(value, str) and value.strip().lower() == "off") else value


def _often(value: float) -> float:
    if value and not _OFTENEST <= value <= _RAREST:
        raise ValueError(f"give off, or seconds from {_OFTENEST:g} to {_RAREST:g}")
    return value


# Seconds between two times of something; 0 for never.
Every = Annotated[float, BeforeValidator(_seconds), AfterValidator(_often)]


def _feeds(value: tuple[str, ...]) -> tuple[str, ...]:
    for address in value:
        if not address.startswith(("http://", "https://")):
            raise ValueError("give addresses that begin with http:// or https://, with commas between them")
    return value


# Addresses of feeds, in the environment with commas between them.
Addresses = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_feeds)]

# Telegram's numeric ids of people and groups, in the environment with commas between them.
Ids = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_listed)]


def _proxy(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("http://", "https://", "socks5://", "socks5h://")):
        raise ValueError("give an address that begins with http://, https:// or socks5://")
    return value


Proxy = Annotated[SecretStr, AfterValidator(_proxy)]


def _state(value: SecretStr) -> SecretStr:
    place = value.get_secret_value()
    try:
        sound = "://" not in place or (place.startswith(_POSTGRESQL) and bool(urlsplit(place)))
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("give a folder, or postgresql://user:password@host/database")
    return value


State = Annotated[SecretStr, AfterValidator(_state)]


class Settings(BaseSettings):
    """Every setting of retrieval and of the build, each with a one-line description."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        toml_file=TOML,
        extra="ignore",
        frozen=True,
    )

    seeds: Path = Field(default=Path("seeds"), description="the folder of your article files; never written to")
    data: Path = Field(default=Path("var"), description="the folder for the index, converted models and history")
    model: str = Field(
        default="auto",
        description="the sentence-transformers model, by name or as the path of a folder; auto: by the languages",
    )
    passages_shown: int = Field(default=5, ge=1, le=20, description="passages in an answer")
    answer_threshold: float = Field(
        default=0.5, ge=0, le=1, description="the confidence from which a question counts as answered"
    )
    unsure_threshold: float = Field(
        default=0.25, ge=0, le=1, description="the confidence from which an answer is 'not sure' rather than none"
    )
    wrong_at_most: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="share of what it gets wrong that it may answer, such as 0.05; replaces the threshold",
    )
    reader: bool = Field(
        default=True, description="whether the best passages are read together with the question; takes some 50 ms"
    )
    rerank: object = Field(
        default=None, deprecated="VERBATIM_RERANK is gone and does nothing: VERBATIM_READER=off turns the reader off"
    )
    file_size_limit: int = Field(
        default=20_000_000,
        ge=1,
        description="larger seed files are skipped, bytes; of tables and JSON lines, larger lines",
    )
    follow_links: bool = Field(
        default=False, description="whether symbolic links that lead out of the seeds folder are followed"
    )
    encoders: str = Field(
        default="local", description="local: a build encodes on this machine; or the Ray cluster that does, ray://host"
    )
    # The address may hold a password.
    index: SecretStr = Field(
        default=SecretStr("embedded"),
        description="embedded: the index stands in the data folder; or the Milvus server that keeps it, milvus://host",
    )

    feeds: Addresses = Field(
        default=(), description="addresses of RSS or Atom feeds to follow, with commas; empty: none is fetched"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources of settings, the one that wins first."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)


class BotSettings(Settings):
    """Every setting of the bot, those of retrieval and of the build among them."""

    telegram_token: SecretStr | None = Field(default=None, description="the bot's token, as BotFather gave it")
    telegram_token_file: Path | None = Field(default=None, description="a file that holds the token instead")
    telegram_api_url: str = Field(
        default="https://api.telegram.org",
        pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
        description="the root of the Bot API server, for one of your own",
    )
    # A proxy's address may hold a password.
    telegram_proxy: Proxy | None = Field(default=None, description="a proxy to reach Telegram by, http:// or socks5://")
    telegram_admins: Ids = Field(default=(), description="ids of the people who may use admin commands, with commas")
    telegram_people: Ids = Field(default=(), description="ids of the people who may ask; empty: everybody")
    telegram_groups: Ids = Field(default=(), description="ids of the groups the bot stays in; empty: every group")
    telegram_webhook_url: str | None = Field(
        default=None, pattern=r"^https?://", description="where Telegram reaches the bot; without it the bot polls"
    )
    telegram_webhook_secret: SecretStr | None = Field(
        default=None, description="what Telegram proves itself by at the webhook; needed there"
    )
    telegram_webhook_secret_file: Path | None = Field(default=None, description="a file that holds it instead")
    telegram_webhook_listen: str = Field(default="127.0.0.1", description="the address the webhook listens on")
    telegram_webhook_port: int = Field(default=8443, ge=0, le=65535, description="the port the webhook listens on")
    # The address may hold a password.
    state: State | None = Field(
        default=None,
        description="the folder for the bot's own state, or its database, postgresql://user:password@host/name; "
        "unset: the index's",
    )
    reindex_every: Every = Field(
        default=300, description="seconds between two looks for changed article files, which are then indexed; or off"
    )
    health_port: int = Field(
        default=0, ge=0, le=65535, description="loopback port of /healthz and /metrics; 0: neither is served"
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="where people reach the reading page, https://…; without it the bot serves none",
    )
    web_listen: str = Field(default="127.0.0.1", description="the address the reading page listens on")
    web_port: int = Field(default=8480, ge=0, le=65535, description="the port the reading page listens on")
    questions_a_minute: int = Field(default=10, ge=1, description="questions a person may ask in a minute")
    questions_a_day: int = Field(default=200, ge=1, description="questions a person may ask in a day")
    chat_questions_a_minute: int = Field(default=30, ge=1, description="questions that may be asked in a chat a minute")
    chat_questions_a_day: int = Field(default=1000, ge=1, description="questions that may be asked in a chat a day")
    keep_days: int = Field(
        default=90, ge=1, description="days after which answers, conversations and feedback are deleted"
    )
    log_questions: bool = Field(default=False, description="whether the bot's log holds what people ask")
    feedback_buttons: bool = Field(
        default=True, description="whether answers have buttons 👍 and 👎; as reactions both count without them"
    )
    silent_in_groups: bool = Field(
        default=False, description="whether the bot says nothing in a group where the articles hold no answer"
    )

    @property
    def state_database(self) -> str:
        """Return the address of the database that keeps the bot's state, '' where it is a file."""
        place = self.state.get_secret_value() if self.state is not None else ""
        return place if place.startswith(_POSTGRESQL) else ""

    @property
    def state_folder(self) -> Path:
        """Return the folder for the bot's state, and for its lock and secrets, wherever the state is."""
        if self.state is None or self.state_database:
            return self.data
        return Path(self.state.get_secret_value())


AnySettings = TypeVar("AnySettings", bound=Settings)


def load() -> Settings:
    """Load the settings of retrieval and of the build from the environment.

    Raises:
        SettingsError: naming the first setting that cannot be used.
    """
    return _load(Settings)


def load_bot() -> BotSettings:
    """Load the settings of the bot from the environment.

    Raises:
        SettingsError: naming the first setting that cannot be used.
    """
    return _load(BotSettings)


def _load(kind: type[AnySettings]) -> AnySettings:
    try:
        settings = kind()
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        shown = "set" if _is_secret(kind, field) else repr(first["input"])
        raise SettingsError(f"{PREFIX}{field.upper()} is {shown}: {_wanted(first)}") from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{TOML} or .env cannot be read: {error}") from error
    for name in settings.model_fields_set:
        if gone := kind.model_fields[name].deprecated:
            log.warning(gone)
    return settings


def _wanted(error: ErrorDetails) -> str:
    """Return what a setting has to be, in our own words where there are any."""
    form = _WANTED.get(error["type"])
    if form is not None:
        return form.format(**error.get("ctx", {}))
    message = error["msg"].removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]}"


def _is_secret(kind: type[Settings], field: str) -> bool:
    return field in kind.model_fields and "Secret" in str(kind.model_fields[field].annotation)


def described(kind: type[Settings] = Settings) -> list[tuple[str, str, str]]:
    """Return every setting as its environment variable, its default and its description."""
    return [
        (PREFIX + name.upper(), _shown(field.default), field.description or "")
        for name, field in kind.model_fields.items()
        if not field.deprecated
    ]


def _shown(default: object) -> str:
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    return "" if default is None or default == () else str(default)
