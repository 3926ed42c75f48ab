"""The retriever: from a question to passages that can be cited, and to an answer or to none."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from index.article import Article
from index.catalog import ArticleHead, StoredPassage
from index.encoder import Encoder
from index.errors import GenerationError, IndexingError
from index.front import embedded
from index.generation import Generation, current
from index.lexicon import WordQuery
from index.manifest import ModelFacts, read_manifest
from index.model import folder_for, short_name
from retrieval.answer import Answer, Citation, Hit, Nearest
from retrieval.citation import cite
from retrieval.confidence import Evidence, confidence
from retrieval.conversation import Turn, interpret
from retrieval.copies import SamePassage
from retrieval.errors import UnknownArticleError
from retrieval.fusion import WORDS_WEIGHT, fuse, gather
from retrieval.highlight import answering_sentence
from retrieval.languages import languages_of, model_knows
from retrieval.question import checked
from retrieval.words import coverage, telling_query, weights

# The confidence from which a question counts as answered.
THRESHOLD: Final = 0.5
_NEAREST: Final = 3
# Hits looked through for them: the best few may all be of one article.
_NEAREST_DEPTH: Final = 10

# Silent where a program does not set logging up, as at a Python prompt.
log = logging.getLogger("verbatim.retrieval")


class Retriever:
    """Answers questions over one data folder. Make one with `open`.

    >>> from retrieval import Retriever
    >>> r = Retriever.open("var")
    >>> r.ask("What did Blinken ask Russia to do?").citations[0].quote

    It takes up a new generation between two questions. It may be used from several threads; questions are then
    answered one after another.
    """

    def __init__(self, index: Path, generation: Generation, encoder: Encoder, threshold: float) -> None:
        self._index = index
        self._generation = generation
        self._encoder = encoder
        self._threshold = threshold
        self._lock = threading.RLock()
        self._refused: Path | None = None
        self._warned_of = ""
        self._languages = languages_of(generation.catalog.languages())

    @classmethod
    def open(cls, data: str | Path = "var", *, model: str | None = None, threshold: float = THRESHOLD) -> Self:
        """Open the index in the folder `data`.

        Parameters:
            model: the model that is wanted, None for the one that the index was built with.
            threshold: the confidence from which a question counts as answered.

        Raises:
            NoIndexError: if nothing has been built there yet.
            GenerationError: if the index is damaged, or was built with another model than is wanted.
            ModelError: if the converted model is missing or damaged.
        """
        index = Path(data) / "index"
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
        return cls(index, generation, encoder, threshold)

    def __repr__(self) -> str:
        counts = self._generation.manifest.counts
        return (
            f"<Retriever of {self._index.parent}: {counts.articles:,} articles, {counts.passages:,} passages, "
            f"{self._generation.manifest.model.name}, generation {self._generation.folder.name}>"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index's files."""
        with self._lock:
            self._generation.close()

    def article(self, article_id: str) -> Article:
        """The article of that id, with its text and where each piece of metadata was found.

        Raises:
            UnknownArticleError: if there is none.
        """
        with self._lock:
            catalog = self._generation.catalog
            number = catalog.number_of(article_id)
            if number is None:
                raise UnknownArticleError(f"there is no article {article_id!r}")
            return catalog.article(number)

    def sources(self, words: str = "") -> list[ArticleHead]:
        """The articles whose title, source, author or file holds every one of these words, the newest first."""
        wanted = words.casefold().split()
        with self._lock:
            heads = [head for head in self._generation.catalog.heads() if _holds(head, wanted)]
        # Two stable sorts: by title, and what is dated before what is not, newest first.
        heads.sort(key=lambda head: head.title.casefold())
        heads.sort(key=lambda head: head.published or "", reverse=True)
        return heads

    def search(self, question: str, k: int = 10, history: Sequence[Turn | Mapping[str, str]] = ()) -> list[Hit]:
        """The `k` best passages for a question, best first; fewer where not as many are found.

        Parameters:
            history: the turns before it, oldest first.

        Raises:
            QuestionError: if the question is empty, far too long, or holds no word.
            ValueError: if `k` is less than 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}: at least one passage must be asked for")
        with self._lock:
            self._take_up_new()
            return self._rank(self._understood(question, history), k).hits

    def ask(self, question: str, k: int = 5, history: Sequence[Turn | Mapping[str, str]] = ()) -> Answer:
        """Answer a question with up to `k` citations, or find that the articles do not hold the answer.

        Parameters:
            history: the turns before it, oldest first.

        Raises:
            QuestionError: if the question is empty, far too long, or holds no word.
            CitationError: if a quote does not stand where the index says it does.
            ValueError: if `k` is less than 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}: at least one passage must be asked for")
        started = time.perf_counter()
        with self._lock:
            self._take_up_new()
            understood = self._understood(question, history)
            ranking = self._rank(understood, max(k, _NEAREST_DEPTH))
            citations = tuple(self._cite(hit, ranking) for hit in ranking.hits[:k])
            certainty = confidence(self._evidence(ranking))
        nearest = {hit.article.id: Nearest(hit.article.id, hit.article.title) for hit in ranking.hits}
        elapsed = (time.perf_counter() - started) * 1000
        facts = {"confidence": round(certainty, 3), "citations": len(citations), "milliseconds": round(elapsed, 1)}
        log.info("asked", extra=facts)
        return Answer(
            question=question,
            interpreted_as=understood,
            answered=bool(citations) and certainty >= self._threshold,
            confidence=certainty,
            citations=citations,
            nearest=tuple(nearest.values())[:_NEAREST],
            elapsed_ms=elapsed,
        )

    def _understood(self, question: str, history: Sequence[Turn | Mapping[str, str]]) -> str:
        known = tuple(language for language in self._languages if language)
        return checked(interpret(checked(question), history, known))

    def _rank(self, question: str, k: int) -> "_Ranking":
        generation, card = self._generation, self._encoder.card
        query = telling_query(question, self._languages)
        trusted = model_knows(question, self._languages, card)
        candidates = gather(generation, self._encoder.question(question), query)
        passages = generation.catalog.passages(candidates.numbers.tolist())
        heads = generation.catalog.heads_of({passage.article for passage in passages.values()})
        found = [passages[number] for number in candidates.numbers.tolist()]
        known = np.array([trusted and card.knows(heads[passage.article].language) for passage in found], np.bool_)
        ordinals = np.array([passage.ordinal for passage in found], np.int64)
        scores = fuse(candidates, WORDS_WEIGHT, known, ordinals)
        copies = SamePassage(generation.catalog, list(heads))
        hits: list[Hit] = []
        shown: dict[int, list[StoredPassage]] = {}
        # The best first; of equals the one that stands first in the seeds.
        for place in np.lexsort((candidates.numbers, -scores)):
            passage = found[place]
            alike = shown.setdefault(copies.group_of(passage), [])
            if any(copies.same(passage, other) for other in alike):
                continue
            alike.append(passage)
            hits.append(
                Hit(
                    rank=len(hits) + 1,
                    passage=passage,
                    article=heads[passage.article],
                    score=float(scores[place]),
                    cosine=float(candidates.cosines[place]),
                    words=float(candidates.words[place]),
                    also_in=copies.others(passage),
                )
            )
            if len(hits) == k:
                break
        return _Ranking(question, query, weights(query, generation.lexicon), trusted, hits)

    def _evidence(self, ranking: "_Ranking") -> Evidence | None:
        if not ranking.hits:
            return None
        best = ranking.hits[0]
        text, _ = self._generation.catalog.text(best.passage.article)
        found = embedded(best.article.title, best.passage.heading, best.passage.span.of(text))
        trusted = ranking.trusted and self._encoder.card.knows(best.article.language)
        return Evidence(
            cosine=best.cosine if trusted else None,
            coverage=coverage(ranking.query, ranking.weights, found, best.article.language),
        )

    def _cite(self, hit: Hit, ranking: "_Ranking") -> Citation:
        text, sha256 = self._generation.catalog.text(hit.passage.article)
        highlight = answering_sentence(
            ranking.question, ranking.query, ranking.weights, text, hit.passage.span, hit.article.language
        )
        return cite(hit, text, sha256, [highlight])

    def _take_up_new(self) -> None:
        """Serve the generation that CURRENT names; go on with the old one where the new one is bad."""
        newest: Path | None = None
        try:
            newest = current(self._index)
            if newest in (self._generation.folder, self._refused):
                return
            generation = Generation.open(self._index)
            encoder = self._encoder
            if generation.manifest.model.sha256 != encoder.card.sha256:
                try:
                    encoder = _encoder_of(self._index, generation.manifest.model)
                except IndexingError:
                    generation.close()
                    raise
        except IndexingError as error:
            # Said once, and a generation, which never changes, is not tried again.
            if (reason := str(error)) != self._warned_of:
                log.warning("a new generation is refused; the old one is served on", extra={"reason": reason})
            self._refused, self._warned_of = newest, reason
            return
        self._generation.close()
        self._generation, self._encoder, self._refused = generation, encoder, None
        self._languages = languages_of(generation.catalog.languages())
        log.info("took up a new generation", extra={"generation": generation.folder.name})


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The hits for one question, and what its words tell."""

    question: str
    query: WordQuery
    weights: Mapping[tuple[str, ...], float]
    trusted: bool
    hits: list[Hit]


def _encoder_of(index: Path, facts: ModelFacts) -> Encoder:
    """The encoder that made the vectors of an index."""
    return Encoder.open(folder_for(index.parent / "models", facts.name, facts.sha256))


def _holds(head: ArticleHead, wanted: Sequence[str]) -> bool:
    told = " ".join(filter(None, (head.title, head.source, head.author, head.path, head.published))).casefold()
    return all(word in told for word in wanted)
