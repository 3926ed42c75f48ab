"""A question as it was asked: whether it can be searched for, and what it asks for."""

from typing import Final

import regex

from retrieval.errors import QuestionError

# Longer than any question a person types; what is pasted is not a question.
LONGEST: Final = 2_000
# What people say around what they ask, in front of it and behind it.
_COURTESY: Final = regex.compile(
    r"""^(?:(?:hi|hello|hey|hei|please|vennligst)\b[,!]?\s+)*
        (?:
            (?:can|could|would|will)\ you\ (?:please\ )?(?:tell|explain\ to)\ me(?:,?\ please,?)?
          | (?:please\ )?tell\ me
          | do\ you\ (?:happen\ to\ )?know
          | i(?:\ would|'d|’d)\ like\ to\ know | i\ want\ to\ know | i(?:\ am|'m|’m|\ was)\ wondering | i\ wonder
          | (?:kan|kunne)\ du\ (?:si|fortelle)\ meg | vet\ du | jeg\ (?:lurer\ på|vil\ gjerne\ vite) | si\ meg
        )\b[,:]?\s+
      | [,]?\s+(?:please|thanks|thank\ you|takk|er\ du\ snill)(?=[?.!\s]*$)
      | ^(?:please|hi|hello|hey|hei)\b[,!]?\s+""",
    regex.VERBOSE | regex.IGNORECASE,
)


def checked(question: str) -> str:
    """The question with white space folded and control characters removed.

    Raises:
        QuestionError: if it is empty, longer than `LONGEST` characters, or holds no letter and no digit.
    """
    if len(question) > LONGEST:
        raise QuestionError(f"the question has {len(question):,} characters: ask in at most {LONGEST:,}")
    clean = cleaned(question)
    if not clean:
        raise QuestionError("the question is empty: type what you want to know")
    if not regex.search(r"[\p{L}\p{N}]", clean):
        raise QuestionError("the question holds no word: type what you want to know")
    return clean


def cleaned(text: str) -> str:
    """The text with white space folded and control characters removed; perhaps nothing is left."""
    return regex.sub(r"[\p{Z}\s]+", " ", regex.sub(r"[\p{Cc}\p{Cs}--\s]", "", text, flags=regex.V1)).strip()


def plainly(question: str) -> str:
    """The question without the courtesies around it, which would count as words of it; as it is where nothing is left.

    Parameters:
        question: as `cleaned` leaves it.
    """
    plain = _COURTESY.sub("", question)
    return plain if regex.search(r"[\p{L}\p{N}]", plain) else question
