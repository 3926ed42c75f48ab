"""Settings: environment `VERBATIM_*` over `.env` over `verbatim.toml` over defaults."""

from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

PREFIX: Final = "VERBATIM_"
TOML: Final = "verbatim.toml"


class SettingsError(Exception):
    """A setting has a value that cannot be used; its text names the setting, the value and what is wanted."""


class Settings(BaseSettings):
    """Every setting of the program, each with a one-line description."""

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
        default="all-MiniLM-L6-v2", description="the sentence-transformers model, by name or as the path of a folder"
    )
    passages_shown: int = Field(default=5, ge=1, le=20, description="passages in an answer")
    answer_threshold: float = Field(
        default=0.5, ge=0, le=1, description="the confidence from which a question counts as answered"
    )
    file_size_limit: int = Field(default=20_000_000, ge=1, description="larger seed files are skipped, bytes")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order in which sources win."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)


def load() -> Settings:
    """The settings as the environment has them.

    Raises:
        SettingsError: naming the first setting that cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name} is {first['input']!r}: {first['msg'][0].lower()}{first['msg'][1:]}") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"{TOML} or .env cannot be read: {error}") from error


def described() -> list[tuple[str, str, str]]:
    """Every setting as its environment variable, its default and its description."""
    return [
        (PREFIX + name.upper(), str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
