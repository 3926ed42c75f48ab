"""BM25 search over the stemmed words of the passages (tantivy).

One field holds the analysed words of all languages. A passage is analysed by its article's language; a question in
each language that the index holds; of the forms of one of its words, the best counts.
"""

import functools
import math
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import regex
import tantivy
from numpy.typing import NDArray

from index.engines.among import Among
from index.engines.protocol import Document, WordQuery
from index.errors import GenerationError
from index.folding import NON_JOINER, folded

# Snowball's languages that tantivy stems, by ISO 639-1 code.
STEMMED: Final = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
# Written without spaces (or, as Korean, with endings grown onto the words): such runs are cut into bigrams.
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー々"
_TOKEN: Final = regex.compile(
    rf"[{_UNSPACED}]+[\p{{M}}{_UNSPACED}]*"  # a run to be cut into bigrams
    r"|(?:\p{L}\.){2,}"  # U.S., U.N.
    r"|\p{N}+(?:[.,]\p{N}+)*"  # 100,000 and 3.5
    rf"|[\p{{L}}\p{{M}}\p{{N}}--[{_UNSPACED}]]+",  # a word, which ends where such a run begins: NATO加盟
    regex.V1,
)
# The same in ASCII, three times as fast: nearly all English is that, but for its typography.
_ASCII_TOKEN: Final = re.compile(r"[a-z][a-z0-9]+|(?:[a-z]\.){2,}|[0-9]+(?:[.,][0-9]+)*|[a-z0-9]")
_TYPOGRAPHY: Final = "‘“”„«»–—…•\u00a0"
_RUN: Final = regex.compile(rf"[{_UNSPACED}]")
# A word whose ending stands behind a zero-width non-joiner.
_WITH_ENDING: Final = re.compile(rf"\w+(?:{NON_JOINER}+\w+)+")
_POSSESSIVE: Final = regex.compile(r"['’]s\b")
# Nobody searches for longer words, and tantivy would drop them.
_LONGEST: Final = 60
_FIELD: Final = "words"
_NUMBER: Final = "number"
# Words whose stems are cached, some 6 MB. Nearly all words of an English passage are among them, and a look-up takes
# a tenth of the time of stemming.
_CACHED_STEMS: Final = 32_768
# Up to so many passages are matched one by one, more as a set. Measured over 60,000: 80 take .3 ms instead of
# 1.1, 1,000 as long as a set.
_ONE_BY_ONE: Final = 1_000
# Small enough for a 1 GB server, large enough that a few thousand articles make one segment.
_HEAP: Final = 64_000_000
_TRIES: Final = 100
_LOCKS: Final = (".tantivy-meta.lock", ".tantivy-writer.lock")


def tokens(text: str) -> list[str]:
    """Return the words of a text in order, in lower case and not stemmed."""
    text = folded(text).lower()
    plain = text if text.isascii() else _without_typography(text)
    if plain.isascii():
        found = _ASCII_TOKEN.findall(_POSSESSIVE.sub("", plain) if "'s" in plain else plain)
        return found if "".join(found).isalnum() and max(map(len, found)) <= _LONGEST else list(map(_bare, found))
    return _tokens_of_any_script(text)


def _tokens_of_any_script(text: str) -> list[str]:
    if NON_JOINER in text:
        text = _WITH_ENDING.sub(_apart_and_joined, text)
    # Letters and accents may come as one code point or as two.
    text = _POSSESSIVE.sub("", unicodedata.normalize("NFC", text))
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if token.isalpha() and token.isascii() and len(token) <= _LONGEST:
            found.append(token)
        elif _RUN.match(token):
            found.extend(token[i : i + 2] for i in range(max(1, len(token) - 1)))
        else:
            found.append(_bare(token))
    return found


def _without_typography(text: str) -> str:
    # One after another: a table for all of them takes ten times as long.
    text = text.replace("’", "'")
    for sign in _TYPOGRAPHY:
        text = text.replace(sign, " ")
    return text


def _apart_and_joined(word: re.Match[str]) -> str:
    """Return a Persian word as people type it: its ending apart, and joined."""
    return f"{word[0].replace(NON_JOINER, ' ')} {word[0].replace(NON_JOINER, '')}"


def _bare(token: str) -> str:
    """Return a word without the stops and commas within it."""
    return token.replace(".", "").replace(",", "")[:_LONGEST]


@functools.cache
def _analyzer(language: str | None) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    if language in STEMMED:
        builder = builder.filter(tantivy.Filter.stemmer(STEMMED[language]))
    # After the stemmer, which needs the accents: people leave them out of questions.
    return builder.filter(tantivy.Filter.ascii_fold()).build()


@functools.lru_cache(_CACHED_STEMS)
def _stem(word: str, language: str | None) -> str:
    (stem,) = _analyzer(language).analyze(word)
    return stem


def stems(words: Sequence[str], language: str | None) -> list[str]:
    """Return the form under which each of these words is indexed, one for one; the words must come from `tokens`."""
    # Languages without a stemmer share one analyzer.
    language = language if language in STEMMED else None
    return [_stem(word, language) for word in words]


def word_query(words: Sequence[str], languages: Iterable[str | None]) -> WordQuery:
    """Return words, which must come from `tokens`, with their forms in these languages; each set of forms once."""
    return tuple(dict.fromkeys(all_forms(words, languages)))


def all_forms(words: Sequence[str], languages: Iterable[str | None]) -> list[tuple[str, ...]]:
    """Return the forms of each of these words, which must come from `tokens`, in these languages; one for one."""
    forms = [stems(words, language) for language in languages] or [stems(words, None)]
    return [tuple(dict.fromkeys(variants)) for variants in zip(*forms, strict=True)]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_FIELD, stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field(_NUMBER, stored=False, indexed=True, fast=True)
    return builder.build()


def _with_tokenizer(index: tantivy.Index) -> tantivy.Index:
    # A tokenizer is known to an index only while it is open.
    index.register_tokenizer("whitespace", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


class Bm25Writer:
    """A writer of an index into a folder, which it makes, as a context manager; the index is whole when that is left.

    Raises:
        OSError: if the disk is full or refuses a write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        self._folder.mkdir()
        with self._refused():
            index = _with_tokenizer(tantivy.Index(_schema(), path=str(self._folder)))
            # One thread: the same passages give the same segments.
            self._writer = index.writer(heap_size=_HEAP, num_threads=1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        with self._refused():
            self._writer.commit()
            self._writer.wait_merging_threads()
        for lock in _LOCKS:
            (self._folder / lock).unlink(missing_ok=True)

    def add(self, document: Document) -> None:
        """Add a passage."""
        entry = tantivy.Document()
        entry.add_text(_FIELD, " ".join(stems(tokens(document.text), document.language)))
        entry.add_unsigned(_NUMBER, document.number)
        with self._refused():
            self._writer.add_document(entry)

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, RuntimeError) as error:  # as tantivy reports a full disk
            raise OSError(f"the lexicon in {self._folder} could not be written: {error}") from error


class Bm25Index:
    """BM25 search over the passages. Read only, and safe to search from several threads."""

    def __init__(self, index: tantivy.Index, folder: Path) -> None:
        self._folder = folder
        self._searcher = index.searcher()
        self._schema = index.schema

    @classmethod
    def open(cls, folder: Path, count: int) -> "Bm25Index":
        """Open the index in `folder`, which must hold `count` passages.

        Raises:
            GenerationError: if it cannot be read, or holds another number of passages.
        """
        with _damage_named(folder), _links_to(folder) as links:
            lexicon = cls(_with_tokenizer(tantivy.Index.open(str(links))), folder)
        if len(lexicon) != count:
            raise GenerationError(
                f"{folder} holds {len(lexicon)} passages where the manifest says {count}: "
                "rebuild it with `python -m index build --clean`"
            )
        return lexicon

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def idf(self, form: str) -> float:
        """Return the inverse document frequency of a word's form, as BM25 has it.

        Robertson & Zaragoza (2009), "The Probabilistic Relevance Framework: BM25 and Beyond", with the +1 of Lucene.
        """
        with _damage_named(self._folder):
            n = self._searcher.doc_freq(_FIELD, form)
        return math.log(1 + (len(self) - n + 0.5) / (n + 0.5))

    def holds(self, form: str) -> bool:
        """Return whether a passage holds a word's form."""
        with _damage_named(self._folder):
            return self._searcher.doc_freq(_FIELD, form) > 0

    def forms_beginning(self, beginning: str) -> list[tuple[str, int]]:
        """Return the forms that begin like that, with the number of passages that hold each, the commonest first."""
        with _damage_named(self._folder):
            return self._searcher.terms_with_prefix(_FIELD, beginning)

    def close(self) -> None:
        """Do nothing: its files are unmapped with it."""

    def search(
        self, query: WordQuery, k: int, among: Among | None = None, *, every: bool = False
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the `k` best passages for these words, fewer where not as many hold one of them.

        Parameters:
            among: the passages that may be found; None for all.
            every: whether a passage must hold every word.

        Returns:
            passage numbers, int64, and BM25 scores, float32, both of shape (found,), the best first; equal scores in
            the order of passage numbers.
        """
        if not query or (among is not None and not len(among.numbers)):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if among is None:
            words = self._words(query, every=every)
        else:
            words = self._words_among(query, among.numbers, every=every)
        return self._found(words, k)

    def scores(self, query: WordQuery, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the BM25 score of each of these distinct passages, float32 of shape (numbers,).

        It is 0 where a passage holds none of the words.
        """
        scores = np.zeros(len(numbers), np.float32)
        if not query or not len(numbers):
            return scores
        found, values = self._found(self._words_among(query, numbers), len(numbers))
        place = {number: i for i, number in enumerate(numbers.tolist())}
        scores[[place[number] for number in found.tolist()]] = values
        return scores

    def _words_among(self, query: WordQuery, numbers: NDArray[np.int64], *, every: bool = False) -> tantivy.Query:
        """Return a query for the words in these passages only; being one of them adds nothing to a score."""
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, self._words(query, every=every)),
                (tantivy.Occur.Must, tantivy.Query.const_score_query(self._any_of(numbers), 0.0)),
            ]
        )

    def _any_of(self, numbers: NDArray[np.int64]) -> tantivy.Query:
        if len(numbers) > _ONE_BY_ONE:
            return tantivy.Query.term_set_query(self._schema, _NUMBER, numbers.tolist())
        terms = (tantivy.Query.term_query(self._schema, _NUMBER, number) for number in numbers.tolist())
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])

    def _words(self, query: WordQuery, *, every: bool = False) -> tantivy.Query:
        parts = [self._forms(forms) for forms in query]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must if every else tantivy.Occur.Should, p) for p in parts])

    def _forms(self, forms: tuple[str, ...]) -> tantivy.Query:
        """Return a query for the best of the forms of a word: a word of two languages does not count twice."""
        terms = [tantivy.Query.term_query(self._schema, _FIELD, form, index_option="freq") for form in forms]
        return terms[0] if len(terms) == 1 else tantivy.Query.disjunction_max_query(terms)

    def _found(self, query: tantivy.Query, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        with _damage_named(self._folder):
            hits: list[tuple[Any, tantivy.DocAddress]] = self._searcher.search(query, k, count=False).hits
            scores = np.array([score for score, _ in hits], np.float32)
            numbers = np.array(self._searcher.fast_field_values(_NUMBER, [address for _, address in hits]), np.int64)
            if not np.all((numbers >= 0) & (numbers < len(self))):
                raise ValueError("a passage is found that does not exist")
        order = np.lexsort((numbers, -scores))
        return numbers[order], scores[order]


@contextmanager
def _links_to(folder: Path) -> Iterator[Path]:
    """Give a temporary folder with a link to each of an index's files, but for locks.

    tantivy opens a lock for writing even to read an index. With links the index can be read by users who may not write
    to it, and from a read-only mount. All of its files are mapped into memory once it is open.

    Raises:
        GenerationError: if no temporary folder can be made.
    """
    try:
        links = Path(tempfile.mkdtemp(prefix="verbatim-lexicon-"))
    except OSError as error:
        raise GenerationError(
            f"no temporary folder can be written, and opening the index needs one ({error.strerror or error}): "
            "name one with the environment variable TMPDIR"
        ) from error
    try:
        for path in folder.iterdir():
            if path.name not in _LOCKS:
                (links / path.name).symlink_to(path.resolve())
        yield links
    finally:
        # A thread of tantivy looks for a newer index there, and may make a lock while the folder is being removed.
        for _ in range(_TRIES):
            shutil.rmtree(links, ignore_errors=True)
            if not links.exists():
                break


@contextmanager
def _damage_named(folder: Path) -> Iterator[None]:
    """Raise GenerationError for whatever tantivy raises over files it did not write, panics among it."""
    try:
        yield
    except OSError as error:
        raise _damaged(folder, f" ({error.strerror})" if error.strerror else " as a lexicon") from error
    except (ValueError, TypeError, OverflowError) as error:
        raise _damaged(folder) from error
    except BaseException as error:
        # Its class is in no module and is no Exception: uncaught it would end the program.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(folder) from error


def _damaged(folder: Path, how: str = " as a lexicon") -> GenerationError:
    return GenerationError(f"{folder} cannot be read{how}: rebuild it with `python -m index build --clean`")
