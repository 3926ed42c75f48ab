"""What a question means in the light of what was asked before: "and when did he say that?".

Mixing earlier turns into every question does harm where the question stands alone, so they are drawn in only when the
question itself leans on them: it takes up a thread ("and", "what about"), points back with a pronoun while saying
little else, or says nothing of its own at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from index.lexicon import tokens
from retrieval.words import is_grammar

_THREAD: Final = regex.compile(r"\s*(?:and|but|or|so|also|what about|how about|og|men|hva med|und|aber|et|mais|y|pero)\b", regex.I)
_POINTS_BACK: Final = regex.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|then|"
    r"han|hun|den|det|de|dem|hans|hennes|deres|er|sie|es|ihm|ihr|ihre|il|elle|ils|elles|él|ella|ellos|ellas)\b",
    regex.I,
)
# A question with more words of its own than this stands alone, whatever pronouns it has.
_FEW: Final = 3


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
    return f"{standing.strip()} {question}"


def leans(question: str, languages: tuple[str, ...]) -> bool:
    """Whether the question cannot be understood without what came before it."""
    own = sum(not is_grammar(word, languages) for word in tokens(question))
    if own == 0:
        return True
    return own <= _FEW and bool(_THREAD.match(question) or _POINTS_BACK.search(question))


def _turn(turn: Turn | Mapping[str, str]) -> Turn:
    return turn if isinstance(turn, Turn) else Turn(str(turn.get("speaker", "")), str(turn.get("text", "")))
