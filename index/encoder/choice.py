"""The choice of a model where it is left to a build: VERBATIM_MODEL=auto.

A model is chosen at the first build and with --clean alone: another model means encoding every passage anew, which one
new article may not bring about. Later builds only say that the other model would fit better.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.encoder.model import DEFAULT_MODEL, MULTILINGUAL, folder_for, how_to_install_e5, is_usable, locate, prepare
from index.errors import ModelError
from index.generation.manifest import ModelFacts
from index.parsers import SeedFile

# Above this share of text in other languages than English the multilingual model is chosen. Advice needs a clearer
# share, on either side, so that no build advises against what it has just chosen by a sample.
_FOREIGN: Final = 0.10
_TOO_FOREIGN: Final = 0.15
_NOT_FOREIGN: Final = 0.05
# Files parsed to choose by. At a share of a tenth, theirs lies within 4 points of it, 19 times in 20.
_SAMPLE: Final = 200
_NAMED: Final = 3

# The number of passages by language, None where that is unknown.
Languages = Mapping[str | None, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """A converted model.

    Attributes:
        folder: holds it.
        reason: one line that says which it is and why; '' where nothing was chosen.
    """

    folder: Path
    reason: str = ""


def sample(files: Sequence[SeedFile]) -> list[SeedFile]:
    """Return some of these files, evenly spread; all where they are few."""
    if len(files) <= _SAMPLE:
        return list(files)
    return [files[place * len(files) // _SAMPLE] for place in range(_SAMPLE)]


def choose(models: Path, languages_of: Callable[[Path], Languages], started: Callable[[], None]) -> Choice:
    """Return the model that fits the articles, converted.

    Parameters:
        models: the folder of converted models.
        languages_of: the languages of the articles, by the converted model in a folder, whose tokenizer cuts them.
        started: called before a conversion.

    Raises:
        ModelError: if the model for English cannot be had.
    """
    english = prepare(DEFAULT_MODEL, models, started=started)
    languages = languages_of(english)
    why = _foreign_text(languages)
    if _foreign(languages) <= _FOREIGN:
        return Choice(english, f"{DEFAULT_MODEL}, as {why}")
    if install := _missing():
        how = f"{install}build with --clean"
        return Choice(english, f"{DEFAULT_MODEL}, though {why}: {MULTILINGUAL} would fit better; {how}")
    return Choice(prepare(MULTILINGUAL, models, started=started), f"{MULTILINGUAL}, as {why}")


def as_before(models: Path, facts: ModelFacts, started: Callable[[], None]) -> Choice:
    """Return the model that an index was built with.

    Raises:
        ModelError: if it is no longer there, and cannot be had again by its name.
    """
    folder = folder_for(models, facts.name, facts.sha256)
    return Choice(folder if is_usable(folder) else prepare(facts.name, models, started=started))


def advice(name: str, languages: Languages) -> str:
    """Return one line where another model would fit the articles better than that of an index, else an empty string.

    Parameters:
        name: of the model that the index was built with.
    """
    share = _foreign(languages)
    if name == DEFAULT_MODEL and share > _TOO_FOREIGN:
        better, how = MULTILINGUAL, f"{_missing()}build with --clean"
    elif name == MULTILINGUAL and share < _NOT_FOREIGN:
        better, how = DEFAULT_MODEL, "build with --clean; it answers in half the time"
    else:
        return ""
    return f"{name}, though {_foreign_text(languages)}: {better} would fit better; {how}"


def _missing() -> str:
    """Return what is to be done before the multilingual model can be used, as part of a sentence; '' for nothing."""
    try:
        locate(MULTILINGUAL)
    except ModelError:
        return f"{how_to_install_e5()} and "
    return ""


def _foreign(languages: Languages) -> float:
    """Return the share of text that is known to be in other languages than English."""
    everything = sum(languages.values())
    return sum(count for language, count in languages.items() if language not in (None, "en")) / max(1, everything)


def _foreign_text(languages: Languages) -> str:
    others = sorted((-count, code) for code, count in languages.items() if code is not None and code != "en")
    if not others:
        return "no text is in other languages than English"
    from babel import Locale  # slow to import

    names = Locale("en").languages
    named = ", ".join(names.get(code, code) for _, code in others[:_NAMED]) + (", …" if len(others) > _NAMED else "")
    return f"{100 * _foreign(languages):.0f} % of the text is in other languages than English ({named})"
