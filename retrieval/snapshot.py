"""One generation as it is served: open, with the encoder that made its vectors."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from index.encoder.encoder import Encoder
from index.encoder.model import AUTO, folder_for, short_name
from index.errors import GenerationError
from index.generation.generation import Generation, current
from index.generation.manifest import ModelFacts, read_manifest
from retrieval.answer_cache import KEPT, Repeated
from retrieval.citation import CheckedTexts
from retrieval.listing import Listing
from retrieval.question.languages import commonest, languages_of
from retrieval.reader.reading import Reader


class Serving:
    """An open generation with its encoder, which never changes, for use from several threads. Make one with `open`.

    Parameters:
        kept: how many of its answers are kept.

    Attributes:
        generation: the one that is served.
        encoder: what its vectors were made by.
        reader: what reads the best passages together with a question; None where nothing does.
        layout: of its passages.
        texts: of its articles.
        repeated: answers that it has given.
        held: the languages of its passages, the commonest first.
        languages: the few of those that every question is analysed in.
    """

    def __init__(self, generation: Generation, encoder: Encoder, reader: Reader | None, kept: int) -> None:
        self.generation = generation
        self.encoder = encoder
        self.reader = reader
        self.layout = generation.catalog.passage_map()
        self.texts = CheckedTexts(generation.catalog)
        self.held = languages_of(self.layout.passages_by_language())
        self.languages = commonest(self.held)
        self.repeated = Repeated(kept)
        self._kept = kept
        self._listing: Listing | None = None
        self._listing_wanted = False
        self._listing_made = threading.Lock()

    @property
    def listing(self) -> Listing:
        """Its articles as people look them up; made when it is first wanted."""
        with self._listing_made:
            if self._listing is None:
                self._listing = Listing(self.generation.catalog)
            self._listing_wanted = True
            return self._listing

    @classmethod
    def open(cls, data: Path, model: str | None = None, kept: int = KEPT, *, read: bool = True) -> Self:
        """Open what CURRENT names in the data folder.

        Parameters:
            read: whether the best passages are read together with a question.

        Raises:
            NoIndexError, GenerationError, ModelError: see `Retriever.open`.
        """
        index = data / "index"
        # Encoder and reader take as long to load as everything else, so that they load side by side.
        with ThreadPoolExecutor(2) as pool:
            facts = read_manifest(current(index)).model
            if model is not None and model != AUTO and short_name(model) != facts.name:
                raise GenerationError(
                    f"the index in {data} was built with the model {facts.name}, and {model} is wanted: "
                    "rebuild it with `python -m index build`"
                )
            opening = pool.submit(_encoder_of, index, facts)
            reading = pool.submit(Reader.open, data / "models") if read else None
            generation = Generation.open(index)
            try:
                encoder = opening.result()
                # A build may have published between the two looks at the index.
                if generation.manifest.model != facts:
                    encoder = _encoder_of(index, generation.manifest.model)
                reader = reading.result() if reading else None
            except BaseException:
                generation.close()
                raise
        return cls(generation, encoder, reader, kept)

    def newer(self, index: Path) -> Self:
        """What CURRENT names now, open, with this encoder where the model is the same.

        Raises:
            NoIndexError, GenerationError, ModelError: see `Retriever.open`.
        """
        generation = Generation.open(index)
        encoder = self.encoder
        if generation.manifest.model.sha256 != encoder.card.sha256:
            try:
                encoder = _encoder_of(index, generation.manifest.model)
            except BaseException:
                generation.close()
                raise
        return type(self)(generation, encoder, self.reader, self._kept)

    def rest(self) -> None:
        """Give back what memory can be had again from the files."""
        self.texts.forget()
        with self._listing_made:
            if not self._listing_wanted:
                self._listing = None
            self._listing_wanted = False

    def close(self) -> None:
        """Let go of the index's files."""
        self.generation.close()


def _encoder_of(index: Path, facts: ModelFacts) -> Encoder:
    """The encoder that made the vectors of an index."""
    return Encoder.open(folder_for(index.parent / "models", facts.name, facts.sha256))
