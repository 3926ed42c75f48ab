"""A cache of answers: the same question to the same generation always has the same answer.

Nothing in an answer depends on chance, a generation never changes, and the day of the question is part of the key. The
citations of a cached answer hold the text that was checked, so that they need not be checked again.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Final

from retrieval.answer import Answer
from retrieval.question.conversation import RECALLED, Turn, utterance

# Answers cached by default.
CACHE_SIZE: Final = 256
# Characters of all cached answers, some 2 to 8 MB; an answer with more than a sixteenth of that is not cached.
_ROOM: Final = 2_000_000
_SHARE: Final = 16
# About how many characters a citation holds beside its quote, and the name of an article.
_CITATION: Final = 1_000
_NAMED: Final = 400


class AnswerCache:
    """The last answers of one generation, for use from several threads.

    Parameters:
        most: the number of answers; 0 for none.
        room: characters that they may have together.
    """

    def __init__(self, most: int, room: int = _ROOM) -> None:
        self._most = most
        self._room = room
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Answer, int]] = OrderedDict()
        self._taken = 0

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, asked: Hashable) -> Answer | None:
        """Return the answer cached for a key, None where there is none."""
        with self._lock:
            if asked not in self._kept:
                return None
            self._kept.move_to_end(asked)
            return self._kept[asked][0]

    def keep(self, asked: Hashable, answer: Answer) -> None:
        """Cache an answer, unless it is a large one."""
        size = _size(answer)
        if not self._most or size * _SHARE > self._room:
            return
        with self._lock:
            if asked in self._kept:
                return
            self._kept[asked] = (answer, size)
            self._taken += size
            while len(self._kept) > self._most or self._taken > self._room:
                _, (_, least) = self._kept.popitem(last=False)
                self._taken -= least


def cache_key(
    question: str, k: int, history: Sequence[Turn | Mapping[str, str]], day: date, filters: tuple[str | None, ...]
) -> Hashable:
    """Return everything that an answer of one generation depends on.

    Parameters:
        day: of the question.
        filters: as they were given beside the question.
    """
    return question, k, tuple(map(utterance, history[-RECALLED:])), day, filters


def _size(answer: Answer) -> int:
    """Return about how many characters an answer holds, the question and its facts included."""
    cited = sum(len(one.quote) + _CITATION + _NAMED * len(one.also_in) for one in answer.citations)
    return cited + 2 * len(answer.question) + len(answer.interpreted_as)
