"""What was said before a question, and whether the question can be understood without: "and when did he say that?".

A question leans on what came before where it takes up a thread ("and", "what about"), points back with a pronoun while
saying little else, or says nothing of its own at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from index.engines.bm25 import tokens
from retrieval.question.question import LONGEST, cleaned
from retrieval.question.terms import telling_words

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
# Of what was answered, characters: what the encoder reads of it at most.
_REPLY: Final = 800
# Turns that are looked at, from the end: older ones are not what a question goes on from.
RECALLED: Final = 20


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance of a conversation; `speaker` is 'user' or 'agent'."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Context:
    """What a question may go on from.

    Attributes:
        earlier: the last question before it that stood alone, shortened.
        reply: what was answered last, shortened; '' where nothing was.
    """

    earlier: str
    reply: str


def recalled(history: Sequence[Turn | Mapping[str, str]], languages: tuple[str, ...]) -> Context | None:
    """What of a conversation a question may go on from; None where nothing has been asked.

    Parameters:
        history: the turns before, oldest first; mappings with `speaker` and `text` do as well, and what is neither
            says nothing.
        languages: whose words of grammar are known.
    """
    turns = [turn for turn in map(_turn, history[-RECALLED:]) if turn.text]
    asked = [place for place, turn in enumerate(turns) if turn.speaker == "user"]
    if not asked:
        return None
    standing = next((place for place in reversed(asked) if not leans(turns[place].text, languages)), asked[0])
    reply = next((turn.text for turn in reversed(turns[standing:]) if turn.speaker == "agent"), "")
    return Context(_shortened(turns[standing].text, _DRAWN_IN), _shortened(reply, _REPLY))


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


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most].rpartition(" ")[0] or text[:most]


def _turn(turn: object) -> Turn:
    """A turn as it came from outside, made clean; anything that is none says nothing."""
    said = {"speaker": turn.speaker, "text": turn.text} if isinstance(turn, Turn) else turn
    said = said if isinstance(said, Mapping) else {}
    speaker, text = said.get("speaker"), said.get("text")
    if not isinstance(speaker, str) or not isinstance(text, str):
        return Turn("", "")
    # Cut before it is cleaned: a turn may be of any length.
    return Turn(speaker, cleaned(text[:LONGEST]))
