"""Tokenizers: that of a published model, checked; a counter of tokens; and a lean one for questions.

`read_tokenizer` takes a model's tokenizer.json without transformers. For some classes of tokenizers transformers takes
only the vocabulary and the added tokens from that file, and the rest from the settings in tokenizer_config.json. A file
that disagrees with its settings is refused.

`LeanTokenizer` takes some 10 MB for a large vocabulary. From XLM-R's 250,000 pieces `tokenizers` builds a tree, which
takes 300 MB and seconds. Only the pieces that stand in a text decide how it is cut: for each text the few hundred are
looked up in a table, and the library cuts it by a vocabulary of these. That is for questions; builds, which cut
thousands of texts, use the whole vocabulary.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import Unigram, WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from index.errors import ModelError, UnsupportedModelError

Json = dict[str, Any]

_DEFAULT_CLASSES: Final = {"bert": "BertTokenizer", "roberta": "RobertaTokenizer", "xlm-roberta": "XLMRobertaTokenizer"}
# The settings of the tokens around a text, and their defaults.
_ENDS: Final = {
    "BertTokenizer": (("cls_token", "[CLS]"), ("sep_token", "[SEP]")),
    "RobertaTokenizer": (("cls_token", "<s>"), ("sep_token", "</s>")),
    "XLMRobertaTokenizer": (("bos_token", "<s>"), ("eos_token", "</s>")),
}


def _bert(settings: Json, _: Json) -> Json:
    normalizer = {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": settings.get("tokenize_chinese_chars", True),
        "strip_accents": settings.get("strip_accents"),
        "lowercase": settings.get("do_lower_case", True),
    }
    model = {"type": "WordPiece", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}
    return {"normalizer": normalizer, "pre_tokenizer": {"type": "BertPreTokenizer"}, "model": model}


def _roberta(settings: Json, _: Json) -> Json:
    split = {"type": "ByteLevel", "add_prefix_space": settings.get("add_prefix_space", False), "use_regex": True}
    return {"normalizer": None, "pre_tokenizer": split, "model": {"type": "BPE", "byte_fallback": False}}


def _xlm_roberta(settings: Json, found: Json) -> Json:
    # Of the normalizers, only a table of characters is used.
    table = found["normalizer"] if (found["normalizer"] or {}).get("type") == "Precompiled" else None
    scheme = "always" if settings.get("add_prefix_space", True) else "never"
    words = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": True}
    split = {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, words]}
    return {"normalizer": table, "pre_tokenizer": split, "model": {"type": "Unigram", "byte_fallback": False}}


# The content that a tokenizer.json must have to agree with the settings, by class; the last two take any.
_PARTS: Final[Mapping[str, Callable[[Json, Json], Json]]] = {
    "BertTokenizer": _bert,
    "RobertaTokenizer": _roberta,
    "XLMRobertaTokenizer": _xlm_roberta,
    "PreTrainedTokenizer": lambda *_: {},
    "TokenizersBackend": lambda *_: {},
}


def tokenizer_class(settings: Json, config: Json) -> str:
    """Return the class that transformers takes, for `tokenizer_config.json` and `config.json`."""
    named = settings.get("tokenizer_class") or config.get("tokenizer_class")
    return str(named or _DEFAULT_CLASSES.get(str(config.get("model_type")), "")).removesuffix("Fast")


def takes_types(settings: Json, config: Json) -> bool:
    """Return whether the model takes the type of each token (which text of a pair it belongs to)."""
    names = settings.get("model_input_names")
    return tokenizer_class(settings, config) == "BertTokenizer" if names is None else "token_type_ids" in names


def read_tokenizer(file: Path, settings: Json, config: Json) -> Tokenizer:
    """Return the tokenizer in `file`, without padding and truncation.

    Parameters:
        settings: from tokenizer_config.json.
        config: the model's.

    Raises:
        UnsupportedModelError: if transformers would make another tokenizer of these files.
        ModelError: if the file is damaged.
    """
    if not file.is_file():
        raise UnsupportedModelError(f"there is no {file.name}")
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing narrower
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{file} is damaged ({reason}): fetch the model again") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    kind = tokenizer_class(settings, config)
    if kind not in _PARTS:
        raise UnsupportedModelError(f"tokenizer_class {kind!r}")
    # Written anew, so that files of older versions compare too.
    found = json.loads(tokenizer.to_str())
    agreed = _holds(found, _PARTS[kind](settings, found)) and found["post_processor"] is not None
    ends = [_text(settings.get(name, token)) for name, token in _ENDS.get(kind, ())]
    agreed &= not ends or tokenizer.encode("").tokens == ends
    agreed &= not {"auto_map", "add_bos_token", "add_eos_token"} & settings.keys()
    agreed &= all(
        tokenizer.token_to_id(_text(token)) is not None
        for name, token in settings.items()
        if name.endswith("_token") and token is not None
    )
    agreed &= all(
        tokenizer.token_to_id(_text(token)) == int(place)
        for place, token in settings.get("added_tokens_decoder", {}).items()
    )
    if not agreed:
        raise UnsupportedModelError("tokenizer.json and tokenizer_config.json disagree")
    return tokenizer


def _text(token: Any) -> str:
    """Return the text of a special token; newer files have its properties as well."""
    return str(token["content"] if isinstance(token, dict) else token)


def _holds(found: Any, wanted: Any) -> bool:
    """Return whether everything wanted is found; dictionaries may hold more."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(key in found and _holds(found[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        same = isinstance(found, list) and len(found) == len(wanted)
        return same and all(map(_holds, found, wanted))
    return bool(found == wanted)


# Some 10 MB; then the cache is emptied, and common words are soon there again.
_CACHED: Final = 60_000
_LONGEST_CACHED: Final = 40


class WordpieceCounter:
    """A counter of the tokens of texts, special ones left out; safe to use from several threads.

    BERT's tokenizer cuts at white space first, so the wordpieces of a text are those of its words, and words repeat:
    adding up a sentence takes a tenth of the time of tokenizing it.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        # True where a text has as many tokens as its parts between spaces or line ends have together.
        bert = isinstance(tokenizer.normalizer, BertNormalizer | None)
        self._word_by_word = (
            bert and isinstance(tokenizer.pre_tokenizer, BertPreTokenizer) and isinstance(tokenizer.model, WordPiece)
        )
        self._known: dict[str, int] = {}

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text."""
        return self._summed(texts) if self._word_by_word else self._counted(texts)

    def _counted(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def _summed(self, texts: Sequence[str]) -> list[int]:
        # Only the white space that the tokenizer recognizes whatever its settings.
        words = [text.replace("\n", " ").split(" ") for text in texts]
        known = self._known
        if len(known) > _CACHED:
            known.clear()
        # A copy of its own, since another thread may empty the cache meanwhile.
        counts = {word: known.get(word) for each in words for word in each}
        new = [word for word, count in counts.items() if count is None]
        learned = dict(zip(new, self._counted(new), strict=True))
        counts.update(learned)
        known.update((word, count) for word, count in learned.items() if len(word) <= _LONGEST_CACHED)
        return [sum(map(counts.__getitem__, each)) for each in words]  # type: ignore[arg-type]  # none is None any more


# Beside a converted graph: the tokenizer without its pieces, and these.
_FRAME: Final = "frame.json"
_PIECES: Final = "pieces.npz"
# Smaller vocabularies take little.
_MANY: Final = 100_000


@dataclass(slots=True)
class Tokens:
    """The tokens of a text, with the attributes of a `tokenizers.Encoding` that the encoder uses."""

    ids: list[int]

    @property
    def type_ids(self) -> list[int]:
        """Return type 0 for each token."""
        return [0] * len(self.ids)

    def truncate(self, length: int) -> None:
        """Remove the tokens past so many."""
        del self.ids[length:]


class LeanTokenizer:
    """A tokenizer that cuts texts as the one given to `write_lean` does. Make one with `open`."""

    def __init__(self, frame: Tokenizer, ends: list[int], unknown: int, pieces: "_Pieces") -> None:
        self.normalizer = frame.normalizer
        self.pre_tokenizer = frame.pre_tokenizer
        self.model = frame.model
        self._ends = ends
        self._unknown = unknown
        self._pieces = pieces

    @classmethod
    def open(cls, folder: Path) -> Self | None:
        """Return the tokenizer of the converted model in `folder`; None where its vocabulary is small."""
        if not (folder / _FRAME).is_file():
            return None
        frame = json.loads((folder / _FRAME).read_text(encoding="utf-8"))
        with np.load(folder / _PIECES) as kept:
            pieces = _Pieces(**kept)
        return cls(Tokenizer.from_str(json.dumps(frame["tokenizer"])), frame["ends"], frame["unknown"], pieces)

    def encode(self, text: str, add_special_tokens: bool = True) -> Tokens:
        """Return the tokens of a text."""
        normalized = self.normalizer.normalize_str(text)
        words = {word for word, _ in self.pre_tokenizer.pre_tokenize_str(normalized)}
        ids = self._pieces.within(words) | self._pieces.of([self._unknown, self._pieces.least_likely])
        names = list(ids)
        vocabulary = [(piece, self._pieces.score(ids[piece])) for piece in names]
        cutter = Tokenizer(Unigram(vocabulary, unk_id=list(ids.values()).index(self._unknown)))
        cutter.normalizer, cutter.pre_tokenizer = self.normalizer, self.pre_tokenizer
        found = cutter.encode(text)
        tokens = Tokens([ids[names[place]] for place in found.ids])
        return self.post_process(tokens) if add_special_tokens else tokens

    def encode_batch(self, texts: Iterable[str], add_special_tokens: bool = True) -> list[Tokens]:
        """Return the tokens of each text."""
        return [self.encode(text, add_special_tokens) for text in texts]

    encode_batch_fast = encode_batch

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        """Return how many tokens stand around a text."""
        return len(self._ends)

    def post_process(self, tokens: Tokens) -> Tokens:
        """Return the tokens with those around them."""
        first, last = self._ends
        return Tokens([first, *tokens.ids, last])


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The pieces of a vocabulary in a table.

    Attributes:
        blob: UTF-8 of all of them, uint8.
        starts: where each begins, and where the last one ends, uint32 of shape (pieces + 1,).
        scores: float64 of shape (pieces,).
        checks: their CRC-32, in ascending order, uint32 of shape (pieces,).
        order: which piece has which check, int32 of shape (pieces,).
        least: the id of the least likely piece, which sets the cost of an unknown character, int32 of shape ().
        longest: characters of the longest, int32 of shape ().
    """

    blob: NDArray[np.uint8]
    starts: NDArray[np.uint32]
    scores: NDArray[np.float64]
    checks: NDArray[np.uint32]
    order: NDArray[np.int32]
    least: NDArray[np.int32]
    longest: NDArray[np.int32]

    @property
    def least_likely(self) -> int:
        return int(self.least)

    def score(self, number: int) -> float:
        return float(self.scores[number])

    def of(self, numbers: Iterable[int]) -> dict[str, int]:
        """Return pieces and their ids, by id."""
        return {self._raw(number).decode(): number for number in numbers}

    def within(self, words: Iterable[str]) -> dict[str, int]:
        """Return the pieces that stand in one of the words, and their ids."""
        longest = int(self.longest)
        parts = {
            word[start:end]
            for word in words
            for start in range(len(word))
            for end in range(start + 1, min(len(word), start + longest) + 1)
        }
        raw = [part.encode() for part in parts]
        checks = np.fromiter(map(crc32, raw), np.uint32, len(raw))
        places = np.searchsorted(self.checks, checks)
        found: dict[str, int] = {}
        for part, check, place in zip(raw, checks.tolist(), places.tolist(), strict=True):
            # Two pieces may have the same.
            while place < len(self.checks) and self.checks[place] == check:
                number = int(self.order[place])
                if self._raw(number) == part:
                    found[part.decode()] = number
                place += 1
        return found

    def _raw(self, number: int) -> bytes:
        return self.blob[self.starts[number] : self.starts[number + 1]].tobytes()


def write_lean(tokenizer: Tokenizer, folder: Path) -> None:
    """Write the files that `LeanTokenizer.open` reads, where the vocabulary is a large one of pieces with scores."""
    if not isinstance(tokenizer.model, Unigram) or tokenizer.get_vocab_size() < _MANY:
        return
    whole = json.loads(tokenizer.to_str())
    vocabulary, unknown = whole["model"]["vocab"], whole["model"]["unk_id"]
    raw = [piece.encode() for piece, _ in vocabulary]
    scores = np.array([score for _, score in vocabulary])
    checks = np.fromiter(map(crc32, raw), np.uint32, len(raw))
    order = np.argsort(checks, kind="stable").astype(np.int32)
    np.savez(
        folder / _PIECES,
        blob=np.frombuffer(b"".join(raw), np.uint8),
        starts=np.cumsum([0, *map(len, raw)]).astype(np.uint32),
        scores=scores,
        checks=checks[order],
        order=order,
        least=np.int32(scores.argmin()),
        longest=np.int32(max(len(piece) for piece, _ in vocabulary)),
    )
    whole["model"] = {**whole["model"], "vocab": [vocabulary[unknown]], "unk_id": 0}
    whole |= {"added_tokens": [], "post_processor": None}
    frame = {"tokenizer": whole, "ends": tokenizer.encode("").ids, "unknown": unknown}
    (folder / _FRAME).write_text(json.dumps(frame), encoding="utf-8")
