"""Seeds, and what was added to them -> generation.

Articles stand in two folders: the seeds, which belong to the operator and are never written to, and `added` in the data
folder, where there is one, which holds what was added by other means.

Files whose bytes have not changed since the last generation are copied from its catalog. Only new files are parsed, and
only passages that were never encoded are encoded. Files that cannot be read now are copied too, and a build that would
remove a large part of the articles stops, see seeds.py. Articles are numbered in the order of paths, the seeds' first,
so that the same files give the same catalog whatever their history.

A build is a pipeline: one process parses files and cuts them (sandbox/read_ahead.py), this one writes the catalog and
the BM25 index, and a thread of it encodes (encoder/pipeline.py). Each passes its results on as it goes, so that no more
than a few hundred articles are in memory, and some 1 kB of each article and 50 bytes of each passage, to find copies.
"""

import itertools
import logging
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from index import near_duplicates
from index.clutter.shared_lines import shared_lines
from index.encoder.cache import VectorCache
from index.encoder.choice import Choice, Languages, advice, as_before, choose, sample
from index.encoder.encoder import Encoder, PassageEncoder
from index.encoder.model import AUTO, DEFAULT_MODEL, LOCAL, ModelCard, prepare, read_card
from index.encoder.pipeline import EncodingPipeline, Rows
from index.engines.dense import EXACT_BELOW, GRAPH_BELOW
from index.engines.embedded import Embedded
from index.engines.protocol import Document, Engine
from index.errors import GenerationError, NoIndexError, SeedsError
from index.generation.catalog import Catalog, StoredArticle
from index.generation.catalog_writer import CatalogWriter
from index.generation.durable import only_builder, writable
from index.generation.generation import CATALOG, Generation, publish, scratch, sweep
from index.generation.manifest import Counts, Manifest, ModelFacts, facts_of, library_versions
from index.parsers import Skipped
from index.passage_rules import PassageRules, prefixed
from index.progress import Progress, Silent
from index.report import BuildReport, articles_by_file, formats, reasons
from index.sandbox.messages import SIZE_LIMIT, Orders
from index.sandbox.read_ahead import ReadAhead
from index.seeds import (
    ADDED,
    Delta,
    Intake,
    Survey,
    check_removals,
    check_seeds,
    compare,
    cut_otherwise,
    lost_files,
    nothing_parsed,
    split_lost,
    still_skipped,
    survey,
)
from index.withdrawn import Withdrawals

log = logging.getLogger("verbatim.index")

# Raised whenever the same bytes would be parsed or cut differently: unchanged files are then parsed again.
READING: Final = 5
_ROWS: Final = "rows.f32"


@dataclass(frozen=True, slots=True)
class BuildRules:
    """Limits and thresholds of a build; other rules make another index from the same seeds.

    Attributes:
        size_limit: larger files are skipped, bytes; of formats that go by lines, larger lines.
        follow_links: whether links that lead out of the seeds folder are followed.
        exact_below: the number of passages from which vector search is approximate.
        graph_below: the number of passages from which it is by lists instead of a graph, see faiss_kinds.py.
        reading_seconds: of processor time that parsing one file may take; a file that takes more is skipped.
        reading_memory: bytes of address space of the process that parses files, which needs 500 MB for itself.
    """

    passages: PassageRules = field(default_factory=PassageRules)
    size_limit: int = SIZE_LIMIT
    follow_links: bool = False
    exact_below: int = EXACT_BELOW
    graph_below: int = GRAPH_BELOW
    reading_seconds: int = 60
    reading_memory: int = 1 << 30


def build(
    seeds: Path,
    data: Path,
    *,
    model: str = DEFAULT_MODEL,
    rules: BuildRules | None = None,
    clean: bool = False,
    allow_removals: bool = False,
    progress: Progress | None = None,
    engine: Engine | None = None,
    encoders: str = LOCAL,
) -> BuildReport:
    """Bring the index in the folder `data` up to date with the folders `seeds` and `data`/added.

    Parameters:
        model: the encoder, see model.py, or 'auto', see choice.py.
        clean: parse and encode everything anew.
        allow_removals: remove articles however many they are, and take a folder that is no longer mounted for empty.
        engine: keeps vectors and words; None for the embedded one.
        encoders: 'local', or the Ray cluster that encodes, `ray://host:6379`.

    Raises:
        SeedsError: if `seeds` is no folder or cannot be read, if neither folder holds an article that can be read, or
            if one lies within the other; the old generation is served on.
        RemovalsError: if a large part of the articles would be removed; the old generation is served on.
        GenerationError: if `CURRENT` is a folder.
        DataFolderError: if this user may not write to the data folder.
        BuildingError: if another build of this data folder is running.
        ModelError: if the model cannot be had.
        EngineError, EncodersError: if a server or cluster that is named cannot be reached, or fails.
        OSError: if the disk is full or refuses a write; the old generation is served on.
    """
    started = time.monotonic()
    check_seeds(seeds, data)
    index = data / "index"
    with writable(data), only_builder(index):
        rules, progress = rules or BuildRules(), progress or Silent()
        engine = engine or Embedded(rules.exact_below, rules.graph_below)
        sweep(index, engine)
        previous = _previous(index, engine)
        try:
            task = _Build(seeds, data, model, rules, clean, allow_removals, progress, previous, engine, encoders)
            return task.run(started)
        finally:
            if previous:
                previous.close()


class _Build:
    """One run of a build; each method is a step of it."""

    def __init__(
        self,
        seeds: Path,
        data: Path,
        model: str,
        rules: BuildRules,
        clean: bool,
        allow_removals: bool,
        progress: Progress,
        previous: Generation | None,
        engine: Engine,
        encoders: str,
    ) -> None:
        self._seeds = seeds
        self._data = data
        self._added = data / ADDED
        self._index = data / "index"
        self._rules = rules
        self._clean = clean
        self._allow_removals = allow_removals
        self._progress = progress
        self._previous = previous
        self._model = model
        self._engine = engine
        self._encoders = encoders

    def run(self, started: float) -> BuildReport:
        self._progress.begin("looking at the seeds", None)
        previous = self._previous
        now = survey(
            self._seeds,
            self._rules.size_limit,
            self._progress.advance,
            self._added,
            follow_links=self._rules.follow_links,
            mounted=self._mounted_before(),
        )
        delta = compare(now, previous.catalog.files() if previous else {})
        choice = self._chosen(now)
        folder = choice.folder
        card = read_card(folder)
        made_alike = previous is not None and not self._clean and self._made_alike(previous.manifest, card)
        log.info("looked at the seeds", extra={**delta.counts(), "start_over": not made_alike})
        if previous and made_alike and not delta:
            return self._unchanged(previous, now, delta, started)
        built = scratch(self._index)
        try:
            manifest, intake, encoded = self._write(built, now, made_alike, folder, card)
            published = publish(built, manifest, self._index)
            log.info("published", extra={"generation": published.name, "encoded": encoded})
        except BaseException:
            shutil.rmtree(built, ignore_errors=True)
            raise
        kept, missed = lost_files(now, delta, intake)
        lost = {one.path for one in intake.unreadable}
        emptied = {path for path in delta.changed if path in intake.empty}
        skipped = (*intake.skipped, *missed)
        with Catalog(published / CATALOG) as catalog:
            return BuildReport(
                generation=published.name,
                published=True,
                added=tuple(path for path in delta.added if path not in intake.empty),
                changed=tuple(path for path in delta.changed if path not in lost | emptied),
                removed=tuple(sorted({*delta.removed, *emptied})),
                unchanged=len(delta.unchanged - lost),
                skipped=skipped,
                kept=kept,
                articles=manifest.counts.articles,
                passages=manifest.counts.passages,
                encoded=encoded,
                seconds=time.monotonic() - started,
                model=choice.reason or self._advice(manifest, catalog),
                formats=formats(catalog),
                reasons=reasons(skipped, articles_by_file(catalog)),
            )

    def _chosen(self, now: Survey) -> Choice:
        models = self._data / "models"

        def converting() -> None:
            self._progress.begin("converting the model (once)", None)

        if self._model != AUTO:
            return Choice(prepare(self._model, models, started=converting))
        if self._previous and not self._clean:
            return as_before(models, self._previous.manifest.model, converting)
        return choose(models, lambda folder: self._languages(now, folder), converting)

    def _languages(self, now: Survey, folder: Path) -> Languages:
        """Count the passages of a sample of the files in each language."""
        found: Counter[str | None] = Counter()
        with ReadAhead(self._orders(folder, read_card(folder))) as reader:
            for done in reader.results(sample(list(now.files.values()))):
                for stored in done.articles:
                    found[stored.article.language.value] += len(stored.passages)
        return found

    def _advice(self, manifest: Manifest, catalog: Catalog) -> str:
        if self._model != AUTO:
            return ""
        return advice(manifest.model.name, catalog.passage_map().passages_by_language())

    def _mounted_before(self) -> tuple[str, ...]:
        """Return the folders of these seeds on which something was mounted at the last build."""
        if self._previous is None or self._allow_removals:
            return ()
        manifest = self._previous.manifest
        return manifest.mounts if manifest.seeds == str(self._seeds.resolve()) else ()

    def _passage_rules(self, card: ModelCard) -> PassageRules:
        return replace(self._rules.passages, window=min(self._rules.passages.window, card.window))

    def _index_rules(self, card: ModelCard) -> dict[str, int]:
        own = {
            "reading": READING,
            "exact_below": self._rules.exact_below,
            "graph_below": self._rules.graph_below,
            "reading_seconds": self._rules.reading_seconds,
            "reading_memory": self._rules.reading_memory,
        }
        return {**own, **asdict(self._passage_rules(card))}

    def _made_alike(self, manifest: Manifest, card: ModelCard) -> bool:
        """Return whether a generation was made with this build's rules, model (and its tokenizer) and libraries."""
        made = (manifest.model.name, manifest.model.sha256, manifest.rules, manifest.libraries)
        return made == (card.name, card.sha256, self._index_rules(card), library_versions())

    def _unchanged(self, previous: Generation, now: Survey, delta: Delta, started: float) -> BuildReport:
        counts, catalog = previous.manifest.counts, previous.catalog
        left_out = still_skipped(now, catalog.skipped())
        kept, missed = split_lost(now.unreadable, delta.kept)
        skipped = (*now.skipped, *left_out, *missed)
        return BuildReport(
            generation=previous.folder.name,
            published=False,
            unchanged=len(delta.unchanged),
            skipped=skipped,
            kept=kept,
            articles=counts.articles,
            passages=counts.passages,
            seconds=time.monotonic() - started,
            model=self._advice(previous.manifest, catalog),
            formats=formats(catalog),
            reasons=reasons(skipped, articles_by_file(catalog)),
        )

    def _write(
        self, built: Path, now: Survey, reuse: bool, folder: Path, card: ModelCard
    ) -> tuple[Manifest, Intake, int]:
        """Write all parts of a generation but its manifest; return the manifest, and how many passages were encoded."""
        self._progress.begin("reading and encoding", len(now.files))
        with Rows(built / _ROWS, card.dimension) as rows:
            intake, encoded = self._write_texts(built, now, reuse, folder, card, rows)
            self._progress.begin("writing the index", None)
            with Catalog(built / CATALOG) as catalog:
                written = self._engine.write(built, rows.all(), catalog.origins())
                counts = Counts(len(intake.records), catalog.article_count, catalog.passage_count, len(intake.skipped))
        manifest = Manifest(
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            seeds=str(self._seeds.resolve()),
            model=ModelFacts(card.name, card.sha256, card.dimension),
            rules=self._index_rules(card),
            counts=counts,
            vectors=written.vectors,
            libraries=library_versions(),
            files=facts_of(built),
            mounts=now.mounts,
            engine=self._engine.name,
            collection=written.collection,
        )
        return manifest, intake, encoded

    def _write_texts(
        self, built: Path, now: Survey, reuse: bool, folder: Path, card: ModelCard, rows: Rows
    ) -> tuple[Intake, int]:
        """Parse, cut and encode what is new, and write the catalog and the BM25 index."""
        shared = shared_lines(now.files, now.sha256)
        orders = replace(self._orders(folder, card), shared=tuple(sorted(shared)))
        previous = self._previous.catalog if self._previous else None
        stale = cut_otherwise(previous, shared) if previous and reuse else frozenset()
        with (
            ReadAhead(orders) as reader,
            CatalogWriter(built / CATALOG) as catalog,
            self._engine.words_writer(built) as words,
            VectorCache(self._data / "vectors", card.sha256, card.dimension) as cache,
            EncodingPipeline(
                lambda: _encoder(folder, self._encoders),
                cache,
                rows,
                reuse=not self._clean,
                advance=self._progress.advance,
            ) as encoding,
        ):
            catalog.add_shared_lines(shared)
            intake = Intake(now, previous, catalog, reuse=reuse, stale=stale)
            if intake.fresh:
                encoding.warm()
            numbers = itertools.count()
            for articles in intake.articles(reader.results(intake.fresh)):
                texts = [text for stored in articles for text in _searchable(stored)]
                for text, language in texts:
                    words.add(Document(next(numbers), text, language))
                self._progress.read()
                encoding.add([text for text, _ in texts])
            encoding.finish()
            if not intake.signatures:
                lost = (Skipped(one.path, one.reason) for one in (*now.unreadable, *intake.unreadable))
                raise SeedsError(nothing_parsed(self._seeds, self._added, (*intake.skipped, *lost)))
            if previous:
                before = previous.files()
                same = {path for path, record in before.items() if record.sha256 == now.sha256.get(path)}
                catalog.note_changes(previous, same, datetime.now(UTC).isoformat(timespec="seconds"))
            if previous and not self._allow_removals:
                check_removals(previous, catalog, {one.id for one in Withdrawals.read(self._data).entries})
            catalog.mark_copies(near_duplicates.copies(intake.signatures))
            catalog.finish()
            cache.keep_only(encoding.keys)
            return intake, encoding.encoded

    def _orders(self, folder: Path, card: ModelCard) -> Orders:
        return Orders(
            tokenizer=str((folder / "tokenizer.json").resolve()),
            rules=self._passage_rules(card),
            seconds=self._rules.reading_seconds,
            memory=self._rules.reading_memory,
            longest=self._rules.size_limit,
        )


def _searchable(stored: StoredArticle) -> Iterator[tuple[str, str | None]]:
    """Yield the text that is encoded and indexed for each passage of an article, and its language."""
    article = stored.article
    for passage in stored.passages:
        text = prefixed(article.title.value or "", passage.heading, passage.span.of(article.text))
        yield text, article.language.value


def _encoder(folder: Path, encoders: str) -> PassageEncoder:
    if encoders == LOCAL:
        return Encoder.open(folder, many=True)
    from index.encoder.remote import RemoteEncoders  # loaded only where it is used

    return RemoteEncoders.open(folder, encoders)


def _previous(index: Path, engine: Engine) -> Generation | None:
    """Return the generation being served, None if there is none that can be used."""
    try:
        return Generation.open(index, engine)
    except NoIndexError:
        return None
    except GenerationError as error:
        log.info("the index that is there cannot be used", extra={"reason": str(error)})
        return None
