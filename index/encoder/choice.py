"""Which model a build takes where it is left to choose: VERBATIM_MODEL=auto.

It chooses at the first build and with --clean alone: with another model every passage is encoded anew, which one new
article may not bring about. Later builds only say that the other model would fit better.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.encoder import e5
from index.encoder.model import DEFAULT_MODEL, folder_for, is_usable, locate, prepare
from index.errors import ModelError
from index.generation.manifest import ModelFacts
from index.parsers import SeedFile

# The share of text in other languages than English above which the multilingual model is taken. Advice begins further
# off, on either side, so that no build advises against what it has just chosen by a sample.
_FOREIGN: Final = 0.10
_TOO_FOREIGN: Final = 0.15
_NOT_FOREIGN: Final = 0.05
# Files that are read to choose: their share lies within 4 points of a tenth, 19 times in 20.
_SAMPLE: Final = 200
_NAMED: Final = 3

# How many passages there are in each language, None where that is unknown.
Languages = Mapping[str | None, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """A converted model.

    Attributes:
        folder: where it is.
        reason: one line that says which it is and why; '' where nothing was chosen.
    """

    folder: Path
    reason: str = ""


def sample(files: Sequence[SeedFile]) -> list[SeedFile]:
    """Some of these files, evenly spread; all where they are few."""
    if len(files) <= _SAMPLE:
        return list(files)
    return [files[place * len(files) // _SAMPLE] for place in range(_SAMPLE)]


def choose(models: Path, languages_of: Callable[[Path], Languages], started: Callable[[], None]) -> Choice:
    """The model that fits the articles, converted.

    Parameters:
        models: the folder that converted models are kept in.
        languages_of: the languages of the articles, by the converted model in a folder, whose tokenizer cuts them.
        started: called before a conversion.

    Raises:
        ModelError: if the model for English cannot be had.
    """
    english = prepare(DEFAULT_MODEL, models, started=started)
    languages = languages_of(english)
    why = _share_told(languages)
    if _foreign(languages) <= _FOREIGN:
        return Choice(english, f"{DEFAULT_MODEL}, as {why}")
    try:
        locate(e5.MULTILINGUAL)
    except ModelError:
        how = f"{e5.how_to_install()} and build with --clean"
        return Choice(english, f"{DEFAULT_MODEL}, though {why}: {e5.MULTILINGUAL} would fit better; {how}")
    return Choice(prepare(e5.MULTILINGUAL, models, started=started), f"{e5.MULTILINGUAL}, as {why}")


def as_before(models: Path, facts: ModelFacts, started: Callable[[], None]) -> Choice:
    """The model that an index was built with.

    Raises:
        ModelError: if it is no longer there, and cannot be had again by its name.
    """
    folder = folder_for(models, facts.name, facts.sha256)
    return Choice(folder if is_usable(folder) else prepare(facts.name, models, started=started))


def advice(name: str, languages: Languages) -> str:
    """One line where another model would fit the articles better than that of an index, '' where none would.

    Parameters:
        name: of the model that the index was built with.
    """
    share = _foreign(languages)
    if name == DEFAULT_MODEL and share > _TOO_FOREIGN:
        better = e5.MULTILINGUAL
        try:
            locate(better)
            how = "build with --clean"
        except ModelError:
            how = f"{e5.how_to_install()} and build with --clean"
    elif name == e5.MULTILINGUAL and share < _NOT_FOREIGN:
        better, how = DEFAULT_MODEL, "build with --clean; it answers in half the time"
    else:
        return ""
    return f"{name}, though {_share_told(languages)}: {better} would fit better; {how}"


def _foreign(languages: Languages) -> float:
    """The share of text that is known to be in other languages than English."""
    everything = sum(languages.values())
    return sum(count for language, count in languages.items() if language not in (None, "en")) / max(1, everything)


def _share_told(languages: Languages) -> str:
    others = sorted((-count, code) for code, count in languages.items() if code is not None and code != "en")
    if not others:
        return "no text is in other languages than English"
    from babel import Locale  # slow to import

    names = Locale("en").languages
    named = ", ".join(names.get(code, code) for _, code in others[:_NAMED]) + (", …" if len(others) > _NAMED else "")
    return f"{_foreign(languages):.0%} of the text is in other languages than English ({named})"
