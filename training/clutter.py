"""Fit the classifier of lines that index/clutter ships, and cross-validate it by site.

LINES is a file of pages, a JSON object a line: `site`, `variant`, `source` and `lines`, each with `text` and `label`.
"""

import hashlib
import json
import random
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from index.clutter.features import FEATURES, UNSPACED, features, normalized, page_terms
from index.clutter.marking import parts_by
from index.clutter.model import COEFFICIENTS, Classifier

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.ensemble import HistGradientBoostingClassifier

FOLDS: Final = 5
# A term on fewer sites tells of these sites alone.
FEWEST_SITES: Final = 6
# The inverse of how strongly weights are drawn to 0: some 2,000 terms are left.
LASSO: Final = 0.15
LEAST_WEIGHT: Final = 0.05
# Sites on which a known line must be clutter, and on none the article; a single word needs more.
KNOWN_ON: Final = 3
KNOWN_WORD_ON: Final = 6
LONGEST_KNOWN: Final = 14
TREES: Final[dict[str, Any]] = {
    "max_iter": 100,
    "learning_rate": 0.12,
    "max_depth": 5,
    "max_leaf_nodes": 20,
    "min_samples_leaf": 40,
    "l2_regularization": 5.0,
}
# Pages cut to the article are what people's folders hold, and have the fewest lines.
VARIANT_WEIGHT: Final = {"a": 0.7, "b": 0.7, "c": 2.0}
# News whose article people have marked by hand; in other sources the article holds more credits and links.
SOURCE_WEIGHT: Final = {"scrapinghub/article-extraction-benchmark": 2.5}
PROSE_WEIGHT: Final = 2.0
# The text between the lines of a page.
BETWEEN: Final = {"a": "\n", "b": "\n\n", "c": "\n\n"}
# Runs of lines drawn from each page.
EXCERPTS: Final = {"a": 1, "b": 2, "c": 5}
# The log-odds per word from which on a line is left out: by cross-validation.
LIMIT: Final = -1.25
# The log-odds added to a known line.
BONUS: Final = 2.5
SOURCE: Final = (
    "fitted by `python -m training clutter`, which names the parameters; on lines of pages of "
    "scrapinghub/article-extraction-benchmark (MIT), mozilla/readability (Apache-2.0), opendatalab/magic-html "
    "(Apache-2.0), immortal-autumn/Chinese-Web-Content-Extraction-Dataset (MIT), adbar/trafilatura (Apache-2.0) and "
    "Murrough-Foley/web-content-extraction-benchmark (CC BY 4.0); no text of a page is held here, only words and pairs "
    "of words that stand on six sites or more"
)

PHRASES: Final = Path(__file__).with_name("clutter_phrases.toml")
HELD: Final = Path(__file__).parents[1] / "index" / "clutter" / COEFFICIENTS
# The fewest words of prose, or characters in a script without spaces.
PROSE_WORDS: Final = 8
PROSE_CHARACTERS: Final = 20

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Pages:
    """Labelled pages; arrays have a value for each of all their lines."""

    pages: Sequence[Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path) -> "Pages":
        with path.open(encoding="utf-8") as file:
            return cls([json.loads(line) for line in file])

    def with_excerpts(self) -> "Pages":
        """Return the pages and a few runs of lines of each as pages of their own, since people's files may be short."""
        drawn = random.Random(0)
        found = [excerpt for page in self.pages for excerpt in _excerpts(page, drawn)]
        return Pages([*self.pages, *found])

    def of_each_line(self, name: str) -> NDArray[np.str_]:
        """Return a field of its page for each line."""
        return np.repeat([str(page[name]) for page in self.pages], self.lengths)

    def of_lines(self, name: str) -> list[str]:
        """Return a field of each line."""
        return [line[name] for page in self.pages for line in page["lines"]]

    @cached_property
    def lengths(self) -> list[int]:
        return [len(page["lines"]) for page in self.pages]

    @cached_property
    def texts(self) -> list[list[str]]:
        """Return the lines of each page."""
        return [[line["text"] for line in page["lines"]] for page in self.pages]

    @cached_property
    def labels(self) -> NDArray[np.str_]:
        return np.array(self.of_lines("label"))

    @cached_property
    def clutter(self) -> NDArray[np.bool_]:
        return np.array([label == "clutter" for label in self.labels])

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Return which lines are learned from; a headline counts as the article."""
        return np.array([label != "unsure" for label in self.labels])

    @cached_property
    def folds(self) -> NDArray[np.int64]:
        """Return the fold of each page; all pages of a site are in one."""
        return np.array([int(hashlib.md5(page["site"].encode()).hexdigest(), 16) % FOLDS for page in self.pages])

    @cached_property
    def line_folds(self) -> NDArray[np.int64]:
        return np.repeat(self.folds, self.lengths)

    @cached_property
    def weights(self) -> Floats:
        """Return the weight of each line in fitting."""
        kept = [line["label"] == "article" and is_prose(line["text"]) for page in self.pages for line in page["lines"]]
        pages = [VARIANT_WEIGHT[page["variant"]] * SOURCE_WEIGHT.get(page["source"], 1.0) for page in self.pages]
        return (np.repeat(pages, self.lengths) * np.where(kept, PROSE_WEIGHT, 1.0)).astype(np.float32)


def _excerpts(page: Mapping[str, Any], drawn: random.Random) -> Iterator[dict[str, Any]]:
    lines = page["lines"]
    reporting = [place for place, line in enumerate(lines) if line["label"] == "article"]
    if not reporting:
        return
    for _ in range(EXCERPTS[page["variant"]]):
        length = drawn.randint(3, 16)
        start = max(0, drawn.choice(reporting) - drawn.randrange(length))
        part = lines[start : start + length]
        # Near the article, an advert is followed by another paragraph more often than by ten more.
        quiet = [line for line in part if line["label"] != "clutter" or drawn.random() < 0.7]
        yield {**page, "lines": drawn.choice((part, quiet))}


class Vocabulary:
    """Weights of terms: a logistic regression whose lasso leaves out those that tell nothing (Tibshirani 1996)."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        terms = [found for lines in pages.texts for found in page_terms(lines)]
        sites = defaultdict[str, set[str]](set)
        for found, site, known in zip(terms, pages.of_each_line("site"), pages.known, strict=True):
            if known:
                for term in found:
                    sites[term].add(site)
        self._terms = sorted(term for term, on in sites.items() if len(on) >= FEWEST_SITES)
        self._held = _matrix(terms, self._terms)

    def fitted(self, without: Iterable[int] = ()) -> dict[str, float]:
        """Fit the weights on the pages of all folds but these."""
        from sklearn.linear_model import LogisticRegression

        pages = self._pages
        rows = pages.known & ~np.isin(pages.line_folds, list(without))
        regression = LogisticRegression(C=LASSO, solver="liblinear", l1_ratio=1.0, tol=1e-3, random_state=0)
        regression.fit(self._held[rows], pages.clutter[rows], sample_weight=pages.weights[rows])
        learned = zip(self._terms, regression.coef_[0].tolist(), strict=True)
        return {term: round(weight, 2) for term, weight in learned if abs(weight) >= LEAST_WEIGHT}


def _matrix(terms: Sequence[Sequence[str]], columns: Sequence[str]) -> "csr_matrix":
    """Return which terms each line has, of shape (lines, columns)."""
    from scipy.sparse import csr_matrix

    place = {term: number for number, term in enumerate(columns)}
    rows = [sorted({place[term] for term in found if term in place}) for found in terms]
    ends = np.cumsum([0, *map(len, rows)])
    return csr_matrix(
        (np.ones(ends[-1], np.float32), np.concatenate(rows).astype(np.int32), ends), (len(rows), len(columns))
    )


def known_lines(pages: Pages, without: Iterable[int] = ()) -> list[str]:
    """Return the lines that are clutter wherever they stand, in normalized words."""
    sites = defaultdict[str, set[str]](set)
    elsewhere = set[str]()
    learned = ~np.isin(pages.line_folds, list(without))
    rows = zip(pages.of_lines("text"), pages.labels, pages.of_each_line("site"), learned, strict=True)
    for line, label, site, seen in rows:
        words = normalized(line)
        if not seen or not words or label == "unsure":
            continue
        if label == "clutter":
            sites[words].add(site)
        else:
            elsewhere.add(words)
    found = {
        words
        for words, on in sites.items()
        if len(on) >= (KNOWN_ON if " " in words else KNOWN_WORD_ON)
        and words not in elsewhere
        and words.count(" ") < LONGEST_KNOWN
    }
    return sorted(found)


def own_phrases() -> dict[str, list[str]]:
    """Return the phrases of clutter in our own words by their kinds."""
    written = tomllib.loads(PHRASES.read_text(encoding="utf-8"))
    return {
        kind: sorted({" ".join(phrase.split()) for phrase in phrases.split(";") if phrase.strip()})
        for kind, phrases in written.items()
    }


class Fitting:
    """Fits the classifier to all folds of sites or to all but one.

    Trees see each page through weights of terms that were fitted without it, as they will see all other pages.
    """

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._excerpts = pages.with_excerpts()
        self._vocabulary = Vocabulary(pages)
        self._weights: dict[frozenset[int], dict[str, float]] = {}

    def without(self, held_back: int | None = None) -> dict[str, Any]:
        """Fit the content of the file to the pages of all folds but this one."""
        out = frozenset(() if held_back is None else (held_back,))
        excerpts = self._excerpts
        learned = excerpts.known & ~np.isin(excerpts.line_folds, list(out))
        trees = _trees(self._rows(out), excerpts, learned)
        return {
            "source": SOURCE,
            "start": round(float(trees._baseline_prediction.item()), 4),
            "limit": LIMIT,
            "bonus": BONUS,
            "weights": dict(sorted(self._terms(out).items())),
            **own_phrases(),
            "lines": known_lines(self._pages, out),
            "trees": [_written(stage[0].nodes) for stage in trees._predictors],
        }

    def _terms(self, out: frozenset[int]) -> dict[str, float]:
        if out not in self._weights:
            self._weights[out] = self._vocabulary.fitted(out)
        return self._weights[out]

    def _rows(self, out: frozenset[int]) -> Floats:
        pages = zip(self._excerpts.texts, self._excerpts.folds.tolist(), strict=True)
        return np.concatenate([features(lines, self._terms(out | {fold})) for lines, fold in pages])


def fit(lines: Path, out: Path = HELD) -> None:
    """Fit the classifier on all pages and write it to `out`."""
    out.write_text(_laid_out(Fitting(Pages.read(lines)).without()), encoding="utf-8")


def check(lines: Path) -> None:
    """Print, for each variant and source, what of the prose is lost and how much clutter is kept, by folds of sites."""
    pages = Pages.read(lines)
    fitting = Fitting(pages)
    by = [Classifier.of(fitting.without(fold)) for fold in range(FOLDS)]
    found = [_left_out(page, by[fold]) for page, fold in zip(pages.pages, pages.folds.tolist(), strict=True)]
    print_figures(pages, np.concatenate(found))


def _left_out(page: Mapping[str, Any], by: Classifier) -> NDArray[np.bool_]:
    """Return which lines of a page its text leaves out, of shape (lines,)."""
    lines = [line["text"] for line in page["lines"]]
    between = BETWEEN[page["variant"]]
    starts = np.cumsum([0, *(len(line) + len(between) for line in lines)])
    out = np.zeros(len(lines), np.bool_)
    for one in parts_by(between.join(lines), by).clutter:
        out[np.searchsorted(starts, one.span.start, "right") - 1 : np.searchsorted(starts, one.span.end)] = True
    return out


def print_figures(pages: Pages, left_out: NDArray[np.bool_]) -> None:
    """Print a line for each variant and each source.

    Parameters:
        left_out: which lines were left out, of shape (lines,).
    """
    texts = pages.of_lines("text")
    prose = np.array([is_prose(text) for text in texts])
    sizes = np.array([len(text) for text in texts])
    variants, sources = pages.of_each_line("variant"), pages.of_each_line("source")
    article = pages.labels == "article"
    print(f"{'':48} prose lost  characters lost  other lines lost  headlines lost  clutter kept")
    for name, rows in [
        *((f"variant {one}", variants == one) for one in sorted(set(variants))),
        *((one, sources == one) for one in sorted(set(sources))),
        *((f"{one}, c", (sources == one) & (variants == "c")) for one in sorted(set(sources))),
        ("all", np.ones(len(texts), np.bool_)),
    ]:
        told = rows & article
        figures = (
            _share(left_out, told & prose),
            _share(left_out, told, sizes),
            _share(left_out, told & ~prose),
            _share(left_out, rows & (pages.labels == "headline")),
            _share(~left_out, rows & pages.clutter),
        )
        print(
            f"{name:48} {figures[0]:9.2%} {figures[1]:16.2%} {figures[2]:17.1%} {figures[3]:15.1%} {figures[4]:13.1%}"
        )


def _share(of: NDArray[np.bool_], rows: NDArray[np.bool_], sizes: NDArray[np.int64] | None = None) -> float:
    counted = rows.astype(np.int64) if sizes is None else rows * sizes
    return float((of * counted).sum() / max(counted.sum(), 1))


def is_prose(text: str) -> bool:
    unspaced = sum(map(len, UNSPACED.findall(text)))
    if 3 * unspaced > len(text):
        return len(text) >= PROSE_CHARACTERS
    return len(text.split()) >= PROSE_WORDS


def _trees(rows: Floats, pages: Pages, learned: NDArray[np.bool_]) -> "HistGradientBoostingClassifier":
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(early_stopping=False, random_state=0, **TREES)
    return model.fit(rows[learned], pages.clutter[learned], pages.weights[learned])


def _written(nodes: NDArray[np.void], at: int = 0) -> Any:
    """Return a tree as `Trees.of` takes it."""
    node = nodes[at]
    if node["is_leaf"]:
        return round(float(node["value"]), 4)
    return [
        FEATURES[node["feature_idx"]],
        round(float(node["num_threshold"]), 4),
        _written(nodes, node["left"]),
        _written(nodes, node["right"]),
    ]


def _laid_out(held: Mapping[str, Any]) -> str:
    """Return JSON with a term or a tree a line."""
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {_each(value)}" for name, value in held.items()) + "\n}\n"


def _each(value: Any) -> str:
    def written(one: Any) -> str:
        return json.dumps(one, ensure_ascii=False, separators=(",", ":"))

    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{written(name)}: {written(one)}" for name, one in value.items()) + "\n}"
    return "[\n" + ",\n".join(map(written, value)) + "\n]" if isinstance(value, list) else written(value)
