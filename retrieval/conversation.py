"""What a question means in the light of what was asked before: "and when did he say that?".

Mixing earlier turns into every question does harm where the question stands alone, so they are drawn in only when the
question itself leans on them: it takes up a thread ("and", "what about"), points back with a pronoun while saying
little else, or says nothing of its own at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from index.lexicon import tokens
from retrieval.words import telling_words

# What takes up a thread and what points back, by language: a Norwegian's "but" is an Englishman's "men".
_THREAD: Final = {
    "en": ("and", "but", "or", "so", "also", "what about", "how about"),
    "no": ("og", "men", "hva med"),
    "sv": ("och", "men", "vad med"),
    "da": ("og", "men", "hvad med"),
    "de": ("und", "aber", "oder", "was ist mit"),
    "fr": ("et", "mais", "ou"),
    "es": ("y", "pero", "o"),
}
_POINTING: Final = {
    "en": "he she it they him her them his hers its their theirs this that these those there then",
    "no": "han hun den det de dem hans hennes deres denne dette disse der da",
    "sv": "han hon den det de dem hans hennes deras denna detta dessa där då",
    "da": "han hun den det de dem hans hendes deres denne dette disse der da",
    "de": "er sie es ihm ihn ihr ihre ihnen sein seine diese dieser dieses dort dann",
    "fr": "il elle ils elles lui leur ce cela ça ceci y",
    "es": "él ella ellos ellas esto eso esta este allí",
}
# A question with more words of its own than this stands alone, whatever pronouns it has.
_FEW: Final = 3
# Enough of an earlier question to say what it was about, and little enough to leave the window to the new one.
_DRAWN_IN: Final = 400


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance of a conversation; `speaker` is 'user' or 'agent'."""

    speaker: str
    text: str


def interpret(question: str, history: Sequence[Turn | Mapping[str, str]], languages: tuple[str, ...]) -> str:
    """The question as it is to be searched for: with the last question that stood alone in front where it leans on it.

    Parameters:
        history: the turns before, oldest first; mappings with `speaker` and `text` do as well.
        languages: whose words of grammar are known.
    """
    asked = [turn.text for turn in map(_turn, history) if turn.speaker == "user" and turn.text.strip()]
    if not asked or not leans(question, languages):
        return question
    standing = next((text for text in reversed(asked) if not leans(text, languages)), asked[0])
    return f"{_shortened(standing)} {question}"


def leans(question: str, languages: tuple[str, ...]) -> bool:
    """Whether the question cannot be understood without what came before it."""
    known = languages or ("en",)
    words = tokens(question)
    own = len(telling_words(question, known))
    if own == 0:
        return True
    return own <= _FEW and (_takes_up(words, known) or not _pointing(known).isdisjoint(words))


def _takes_up(words: Sequence[str], languages: tuple[str, ...]) -> bool:
    begins = " ".join(words[:3]) + " "
    return any(begins.startswith(f"{thread} ") for language in languages for thread in _THREAD.get(language, ()))


def _pointing(languages: tuple[str, ...]) -> set[str]:
    return {word for language in languages for word in _POINTING.get(language, "").split()}


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _DRAWN_IN else text[:_DRAWN_IN].rpartition(" ")[0] or text[:_DRAWN_IN]


def _turn(turn: object) -> Turn:
    """A turn as it came from outside; anything that is none says nothing."""
    if isinstance(turn, Turn):
        return turn
    said = turn if isinstance(turn, Mapping) else {}
    speaker, text = said.get("speaker"), said.get("text")
    return Turn(speaker, text) if isinstance(speaker, str) and isinstance(text, str) else Turn("", "")
