"""The last answers of a snapshot."""

from collections.abc import Hashable
from typing import Final

from retrieval.answer import Answer
from retrieval.cache import Cache

# Answers cached by default.
CACHE_SIZE: Final = 256
# Characters of all cached answers, some 2 to 8 MB; an answer with more than a sixteenth of that is not cached.
_ROOM_FOR_ANSWERS: Final = 2_000_000
_SHARE: Final = 16
# About how many characters a citation holds beside its quote, and the name of an article.
_CITATION: Final = 1_000
_NAMED: Final = 400


class AnswerCache:
    """The last answers of one generation, for use from several threads.

    The same question to the same generation always has the same answer: nothing in it depends on chance, and the day of
    the question is part of the key. Citations hold the text that was checked, so that they need not be checked again.

    Parameters:
        most: the number of answers; 0 for none.
        room: characters that they may have together.
    """

    def __init__(self, most: int, room: int = _ROOM_FOR_ANSWERS) -> None:
        self._largest = room // _SHARE if most else 0
        self._cached: Cache[Hashable, Answer] = Cache(room, most)

    def __len__(self) -> int:
        return len(self._cached)

    def of(self, asked: Hashable) -> Answer | None:
        """Return the answer cached for a key, None where there is none."""
        return self._cached.get(asked)

    def keep(self, asked: Hashable, answer: Answer) -> None:
        """Cache an answer, unless it is a large one."""
        size = _size(answer)
        if size <= self._largest:
            self._cached.put(asked, answer, size)


def _size(answer: Answer) -> int:
    """Return about how many characters an answer holds, the question and its facts included."""
    cited = sum(len(one.quote) + _CITATION + _NAMED * len(one.also_in) for one in answer.citations)
    return cited + 2 * len(answer.question) + len(answer.interpreted_as)
