"""The generation that is served, and the encoder that made its vectors; a new one is taken up when there is one."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from index.encoder import Encoder
from index.errors import GenerationError, IndexingError
from index.generation import Generation, current
from index.manifest import ModelFacts, read_manifest
from index.model import folder_for, short_name
from retrieval.languages import commonest, languages_of

# Silent where a program does not set logging up, as at a Python prompt.
log = logging.getLogger("verbatim.retrieval")


class Serving:
    """An open generation with its encoder. Make one with `open`; used under the lock of its owner.

    Attributes:
        generation: the one that is served.
        encoder: what its vectors were made by.
        held: the languages of its passages, the commonest first.
        languages: the few of those that every question is analysed in.
        refusal: why the generation that CURRENT names is not served, '' where it is.
    """

    def __init__(self, index: Path, generation: Generation, encoder: Encoder) -> None:
        self.index = index
        self.generation = generation
        self.encoder = encoder
        self.held = languages_of(generation.catalog.languages())
        self.languages = commonest(self.held)
        self.refusal = ""
        self._refused: Path | None = None

    @classmethod
    def open(cls, data: Path, model: str | None) -> Self:
        """Open what CURRENT names in the data folder.

        Raises:
            NoIndexError, GenerationError, ModelError: see `Retriever.open`.
        """
        index = data / "index"
        # The encoder takes as long to load as everything else, so that they load side by side.
        with ThreadPoolExecutor(1) as pool:
            facts = read_manifest(current(index)).model
            if model is not None and short_name(model) != facts.name:
                raise GenerationError(
                    f"the index in {data} was built with the model {facts.name}, and {model} is wanted: "
                    "rebuild it with `python -m index build`"
                )
            opening = pool.submit(_encoder_of, index, facts)
            generation = Generation.open(index)
            try:
                encoder = opening.result()
                # A build may have published between the two looks at the index.
                if generation.manifest.model != facts:
                    encoder = _encoder_of(index, generation.manifest.model)
            except IndexingError:
                generation.close()
                raise
        return cls(index, generation, encoder)

    def take_up_new(self) -> None:
        """Serve the generation that CURRENT names; go on with the old one where the new one is bad."""
        newest: Path | None = None
        try:
            newest = current(self.index)
            if newest == self.generation.folder:
                # Whoever pointed CURRENT back at it has mended the matter.
                self._refused, self.refusal = None, ""
                return
            if newest == self._refused:
                return
            generation = Generation.open(self.index)
            encoder = self.encoder
            if generation.manifest.model.sha256 != encoder.card.sha256:
                try:
                    encoder = _encoder_of(self.index, generation.manifest.model)
                except IndexingError:
                    generation.close()
                    raise
        except IndexingError as error:
            # Said once, and a generation, which never changes, is not tried again.
            if (reason := str(error)) != self.refusal:
                log.warning("a new generation is refused; the old one is served on", extra={"reason": reason})
            self._refused, self.refusal = newest, reason
            return
        self.generation.close()
        self.generation, self.encoder, self._refused, self.refusal = generation, encoder, None, ""
        self.held = languages_of(generation.catalog.languages())
        self.languages = commonest(self.held)
        log.info("took up a new generation", extra={"generation": generation.folder.name})

    def rest(self) -> None:
        """Give back what memory can be had again from the files."""
        self.encoder.rest()
        self.generation.rest()

    def close(self) -> None:
        """Let go of the index's files."""
        self.generation.close()


def _encoder_of(index: Path, facts: ModelFacts) -> Encoder:
    """The encoder that made the vectors of an index."""
    return Encoder.open(folder_for(index.parent / "models", facts.name, facts.sha256))
