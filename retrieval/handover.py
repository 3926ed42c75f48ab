"""From one generation to the next while questions are asked: nobody waits, and nobody sees two of them.

A question holds the generation it began with until it ends. Who finds that CURRENT names another one opens it while the
others go on with the old one, which is closed when the last question that holds it has ended.
"""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from index.errors import IndexingError
from index.generation.generation import CURRENT, current
from retrieval.snapshot import Serving

# Silent where a program does not set logging up, as at a Python prompt.
log = logging.getLogger("verbatim.retrieval")

# More than the name of a generation has.
_MOST: Final = 256


class Handover:
    """Hands out the generation that is served, and takes up newer ones.

    Parameters:
        index: the folder of the generations.
        serving: the first to be served; it belongs to this from now on.

    Attributes:
        refusal: why the generation that CURRENT names is not served, '' where it is.
    """

    def __init__(self, index: Path, serving: Serving) -> None:
        self.index = index
        self.refusal = ""
        self._pointer = str(index / CURRENT)
        # What the pointer held when it was last seen to name what is served, or what is refused for good.
        self._seen = b""
        self._refused: Path | None = None
        self._serving = serving
        self._held: dict[Serving, int] = {serving: 0}
        self._closed = False
        self._lock = threading.Lock()
        self._taking_up = threading.Lock()

    @property
    def serving(self) -> Serving:
        """What is served now, to be looked at and not to be searched: it may be closed at any time."""
        return self._serving

    @contextmanager
    def held(self) -> Iterator[Serving]:
        """What is served now, open at least until this ends."""
        with self._lock:
            serving = self._serving
            self._held[serving] = self._held.get(serving, 0) + 1
        try:
            yield serving
        finally:
            with self._lock:
                self._held[serving] -= 1
                is_over = not self._held[serving] and (self._closed or serving is not self._serving)
                if is_over:
                    del self._held[serving]
            if is_over:
                serving.close()

    def look(self) -> None:
        """Take up what CURRENT names unless it is known, or somebody is about it: it costs a question next to nothing.

        See `take_up_new`.
        """
        pointed = self._pointed()
        if pointed and pointed == self._seen:
            return
        if self._taking_up.acquire(blocking=False):
            try:
                self._take_up_new(pointed)
            finally:
                self._taking_up.release()

    def take_up_new(self) -> None:
        """Serve the generation that CURRENT names; go on with the old one where the new one is bad."""
        with self._taking_up:
            self._take_up_new(self._pointed())

    def _pointed(self) -> bytes:
        """What the pointer holds, nothing where it cannot be read."""
        try:
            handle = os.open(self._pointer, os.O_RDONLY)
        except OSError:
            return b""
        try:
            return os.read(handle, _MOST)
        except OSError:
            return b""
        finally:
            os.close(handle)

    def _take_up_new(self, pointed: bytes) -> None:
        newest: Path | None = None
        try:
            newest = current(self.index)
            if newest == self._serving.generation.folder:
                # Whoever pointed CURRENT back at it has mended the matter.
                self._seen, self._refused, self.refusal = pointed, None, ""
                return
            if newest == self._refused:
                self._seen = pointed
                return
            serving = self._serving.newer(self.index)
        except IndexingError as error:
            # Said once, and a generation, which never changes, is not tried again.
            if (reason := str(error)) != self.refusal:
                log.warning("a new generation is refused; the old one is served on", extra={"reason": reason})
            self._refused, self.refusal = newest, reason
            return
        self._put(serving)
        self._seen, self._refused, self.refusal = pointed, None, ""
        log.info("took up a new generation", extra={"generation": serving.generation.folder.name})

    def _put(self, serving: Serving) -> None:
        with self._lock:
            old, self._serving = self._serving, serving
            self._held.setdefault(serving, 0)
            is_over = not self._held.get(old)
            if is_over:
                self._held.pop(old, None)
        if is_over:
            old.close()

    def close(self) -> None:
        """Let go of the index's files when the last question has ended."""
        with self._lock:
            self._closed = True
            in_use = self._held.get(self._serving, 0)
        if not in_use:
            self._serving.close()
