"""Models of BERT's family become graphs without torch, which give what sentence-transformers gives."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index.encoder.bert import read_weights
from index.encoder.convert import convert as converted
from index.encoder.encoder import Encoder
from index.encoder.model import CARD, DEFAULT_MODEL, prepare, read_card, sha256_of
from index.encoder.runtime import openvino
from index.encoder.sentence_bert import convert
from index.errors import MissingExtraError, ModelError, UnsupportedModelError
from tests.forked import ROOT, environment
from tests.index.reference import (
    FAMILY,
    PROMPTS,
    STRANGER,
    TEXTS,
    TINY_TEXTS,
    Reference,
    passages,
    published,
    questions,
    referred,
)

Change = Callable[[Path], None]
F32 = {"INFERENCE_PRECISION_HINT": "f32"}
# As a checkout has it where only what runs is installed.
_HIDING = """
import sys
from importlib.machinery import PathFinder

class Hiding(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        hidden = name.partition(".")[0] in {"torch", "sentence_transformers", "transformers"}
        return None if hidden else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Hiding
"""


def in_full_precision(folder: Path) -> Encoder:
    """The encoder of a converted model with nothing rounded to 16 or 8 bits."""
    sound = Encoder.open(folder)
    graph = openvino.Core().compile_model(str(folder / "graph.xml"), "CPU", {"NUM_STREAMS": 2, **F32})
    return Encoder(sound.card, sound._tokenizer, graph, 2)


def cosines(encoder: Encoder, texts: list[str], expected: NDArray[np.float32], *, asked: bool) -> NDArray[np.float32]:
    """Between the encoder's vectors of texts, as questions or passages, and the expected ones."""
    vectors = np.stack([encoder.question(text) for text in texts]) if asked else encoder.passages(texts)
    found: NDArray[np.float32] = (vectors * expected).sum(axis=1)
    return found


@pytest.fixture(scope="module")
def precise(model_folder: Path) -> Encoder:
    return in_full_precision(model_folder)


@pytest.mark.parametrize("asked", [False, True])
def test_strange_texts_get_the_vectors_that_sentence_transformers_gives(
    precise: Encoder, reference: Reference, asked: bool
) -> None:
    assert cosines(precise, TEXTS, reference.of_texts, asked=asked).min() >= 0.9999


@pytest.mark.slow
def test_500_passages_and_questions_get_the_vectors_that_sentence_transformers_gives(
    precise: Encoder, tmp_path: Path
) -> None:
    referred(tmp_path, "many")
    with np.load(tmp_path / "many.npz") as kept:
        assert cosines(precise, passages(), kept["passages"], asked=False).min() >= 0.9999
        assert cosines(precise, questions(), kept["questions"], asked=True).min() >= 0.9999


@pytest.mark.parametrize("name", FAMILY)
def test_every_model_of_the_family_gives_what_sentence_transformers_gives(
    reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("index.encoder.convert._by_sentence_transformers", None)  # would fail if it were called
    encoder = in_full_precision(prepare(str(reference.models / name), tmp_path))
    said = reference.of_model(name)
    assert encoder.card.window == said["window"]
    prompts = (encoder.card.question_prompt, encoder.card.passage_prompt)
    assert prompts in {("", ""), (PROMPTS["query"], PROMPTS["document"])}
    asked = np.stack([encoder.question(text) for text in TINY_TEXTS])
    # Closer than a cosine shows: the two forms of GELU differ by some 1e-4.
    assert asked == pytest.approx(np.array(said["query"]), abs=1e-5)
    assert encoder.passages(TINY_TEXTS) == pytest.approx(np.array(said["document"]), abs=1e-5)
    # Different texts are told apart, so that a graph that ignored them would be noticed.
    vectors = encoder.passages(TINY_TEXTS)
    assert np.median(vectors @ vectors.T) < 0.95


def test_another_architecture_is_converted_by_sentence_transformers(reference: Reference, tmp_path: Path) -> None:
    source = reference.models / STRANGER
    with pytest.raises(UnsupportedModelError, match=r"model_type 'distilbert' in config\.json"):
        convert(source, tmp_path)
    encoder = in_full_precision(prepare(str(source), tmp_path))
    said = reference.of_model(STRANGER)
    assert encoder.card.window == said["window"]
    assert cosines(encoder, TINY_TEXTS, np.array(said["document"]), asked=False).min() >= 0.9999


def test_a_model_that_0_1_0_converted_by_torch_goes_on_as_it_is(
    reference: Reference, model_folder: Path, tmp_path: Path
) -> None:
    """Its graph was traced and gave the hidden layer too, its card of format 2 said how wide that is.

    It is neither converted again nor refused.
    """
    folder = tmp_path / model_folder.name
    shutil.copytree(reference.traced, folder)
    graph = openvino.Core().read_model(reference.traced / "graph.xml")
    graph.add_outputs([[node for node in graph.get_ordered_ops() if node.get_type_name() == "MVN"][-1].output(0)])
    openvino.save_model(graph, folder / "graph.xml", compress_to_fp16=False)
    card = json.loads((model_folder / CARD).read_text())
    card["files"] = {path.name: sha256_of(path) for path in folder.iterdir()}
    card["token_dimension"] = 384
    (folder / CARD).write_text(json.dumps(card))
    assert card["format"] == 2

    def never() -> None:
        raise AssertionError("converted again")

    assert prepare(DEFAULT_MODEL, tmp_path, started=never) == folder
    assert read_card(folder).files != read_card(model_folder).files
    traced, direct = in_full_precision(folder), in_full_precision(model_folder)
    assert [len(encoder._graph.outputs) for encoder in (traced, direct)] == [2, 1]
    assert cosines(traced, TEXTS, direct.passages(TEXTS), asked=False).min() >= 0.99999
    assert (folder / "tokenizer.json").read_bytes() == (model_folder / "tokenizer.json").read_bytes()


def test_without_torch_an_index_is_built_asked_and_verified(tmp_path: Path) -> None:
    (tmp_path / "hiding").mkdir()
    (tmp_path / "hiding" / "sitecustomize.py").write_text(_HIDING)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "lamp.txt").write_text("A lamp in Lindvik\n\nThe lighthouse was lit by Ida Holm in 1911.\n")
    search_path = os.pathsep.join([str(tmp_path / "hiding"), str(ROOT)])
    hidden = {**environment(), "PYTHONPATH": search_path}
    data = ["--data", str(tmp_path / "data")]

    def run(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=tmp_path, env=hidden, capture_output=True, text=True, check=True).stdout

    assert run("-c", "from importlib.util import find_spec; print(find_spec('torch'))").strip() == "None"
    run("-m", "index", "build", "--seeds", str(tmp_path / "seeds"), *data)
    answer = json.loads(run("-m", "retrieval", "ask", "Who lit the lighthouse?", "--json", *data))
    assert answer["citations"][0]["quote"].endswith("The lighthouse was lit by Ida Holm in 1911.")
    run("-m", "index", "verify", *data)


def test_without_sentence_transformers_a_stranger_is_one_line_that_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(tmp_path)
    edit("config.json", model_type="distilbert")(folder)
    hidden = {"sentence_transformers", "torch"}
    monkeypatch.setattr("index.errors.find_spec", lambda name: None if name in hidden else find_spec(name))
    with pytest.raises(MissingExtraError) as refused:
        converted(folder, tmp_path)
    assert str(refused.value) == (
        f"converting the model in {folder} (model_type 'distilbert' in config.json) needs sentence-transformers and "
        "torch, which a light installation leaves out: "
        f"`{sys.executable} -m pip install sentence-transformers torch`"
    )


def copied(tmp_path: Path) -> Path:
    """A copy of the default model that can be changed; its weights are a link."""
    folder = tmp_path / "copy"
    shutil.copytree(published(), folder, ignore=shutil.ignore_patterns("model.safetensors", "*.txt"))
    (folder / "model.safetensors").symlink_to(published() / "model.safetensors")
    return folder


def edit(name: str, **fields: object) -> Change:
    """Set fields of a JSON file; one that is set to None is removed."""

    def change(folder: Path) -> None:
        said = json.loads((folder / name).read_text()) | fields
        (folder / name).write_text(json.dumps({key: value for key, value in said.items() if value is not None}))

    return change


def edit_weights(change: Callable[[dict[str, NDArray[Any]]], object]) -> Change:
    def apply(folder: Path) -> None:
        library = pytest.importorskip(
            "safetensors.numpy", reason="safetensors, which comes with torch, is not installed"
        )
        weights = library.load_file(folder / "model.safetensors")
        change(weights)
        (folder / "model.safetensors").unlink()
        library.save_file(weights, folder / "model.safetensors")

    return apply


def add_module(kind: str) -> Change:
    def change(folder: Path) -> None:
        modules = json.loads((folder / "modules.json").read_text())
        modules.append({"idx": 3, "name": "3", "path": "3", "type": f"sentence_transformers.models.{kind}"})
        (folder / "modules.json").write_text(json.dumps(modules))

    return change


def remove(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


NORM = "encoder.layer.0.output.LayerNorm.weight"
WORDS = "embeddings.word_embeddings.weight"
NOT_UNDERSTOOD: dict[str, tuple[Change, str]] = {
    "relative positions": (edit("config.json", position_embedding_type="relative_key"), "relative positions in config"),
    "activation": (edit("config.json", hidden_act="silu"), "hidden_act 'silu' in config.json"),
    "decoder": (edit("config.json", is_decoder=True), "is_decoder in config.json"),
    "code of its own": (edit("config.json", auto_map={"AutoModel": "x.Y"}), "auto_map in config.json"),
    "no epsilon": (edit("config.json", layer_norm_eps=None), "no usable 'layer_norm_eps' in config.json"),
    "fewer layers": (edit("config.json", num_hidden_layers=5), "weights without a use, encoder.layer.5"),
    "more layers": (edit("config.json", num_hidden_layers=7), "there is no weight encoder.layer.6"),
    "narrower": (edit("config.json", hidden_size=192), "embeddings.word_embeddings.weight is of shape"),
    "odd heads": (edit("config.json", num_attention_heads=7), "7 heads for 384 components"),
    "another weight": (
        edit_weights(lambda w: w.update({"encoder.layer.0.lora.A": np.ones(2)})),
        "weights without a use",
    ),
    "whole numbers": (edit_weights(lambda w: w.update({NORM: w[NORM].astype(np.int32)})), "is of type int32"),
    "other tables": (edit_weights(lambda w: w.update({WORDS: w[WORDS].T.copy()})), "is of shape"),
    "no modules": (remove("modules.json"), "no usable modules.json"),
    "another module": (add_module("LSTM"), "a module LSTM"),
    "last token": (edit("1_Pooling/config.json", pooling_mode="lasttoken"), "pooling 'lasttoken'"),
    "lowercased first": (edit("sentence_bert_config.json", do_lower_case=True), "do_lower_case of its Transformer"),
    "shorter queries": (edit("sentence_bert_config.json", query_length=32), "query_length of its Transformer"),
    "sparse": (edit("config_sentence_transformers.json", model_type="SparseEncoder"), "a model of type SparseEncoder"),
    "no tokenizer": (remove("tokenizer.json"), "there is no tokenizer.json"),
    "cased settings": (edit("tokenizer_config.json", do_lower_case=False), "tokenizer_config.json disagree"),
    "more tokens": (edit("tokenizer_config.json", pad_token="<nothing>"), "tokenizer_config.json disagree"),
    "another tokenizer": (edit("tokenizer_config.json", tokenizer_class="MecabTokenizer"), "tokenizer_class 'MecabTok"),
    "other ends": (edit("tokenizer_config.json", cls_token="[MASK]"), "tokenizer_config.json disagree"),
    "no safetensors": (remove("model.safetensors"), "there is no copy/model.safetensors"),
}


@pytest.mark.parametrize("case", NOT_UNDERSTOOD)
def test_what_is_not_understood_exactly_is_left_to_sentence_transformers(tmp_path: Path, case: str) -> None:
    change, reason = NOT_UNDERSTOOD[case]
    folder = copied(tmp_path)
    change(folder)
    with pytest.raises(UnsupportedModelError) as refused:
        convert(folder, tmp_path)
    assert reason in str(refused.value)
    assert not (tmp_path / "graph.xml").exists()


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors", "tokenizer_config.json"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    folder = copied(tmp_path)
    (folder / name).unlink()
    (folder / name).write_bytes(b"{ nothing of the kind")
    with pytest.raises(ModelError, match=r" is damaged \(.*\): fetch the model again$") as refused:
        convert(folder, tmp_path)
    assert not isinstance(refused.value, UnsupportedModelError)
    assert str(refused.value).startswith(str(folder / name))
    assert "\n" not in str(refused.value)


def test_bf16_is_read_as_the_numbers_it_stands_for(tmp_path: Path) -> None:
    torch = pytest.importorskip("safetensors.torch", reason="torch is not installed")
    import torch as t

    given = t.tensor([[1.0, -2.5], [3.1415927, 1e-30]], dtype=t.bfloat16)
    torch.save_file({"w": given, "n": t.arange(3)}, tmp_path / "w.safetensors")
    read = read_weights(tmp_path / "w.safetensors")
    assert read["w"].tolist() == given.float().tolist()
    assert read["n"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("place", range(0, 400, 7))
def test_a_damaged_header_of_weights_is_one_line_and_nothing_worse(tmp_path: Path, place: int) -> None:
    content = bytearray((published() / "model.safetensors").read_bytes()[:60_000])
    content[place] ^= 0x15
    file = tmp_path / "w.safetensors"
    file.write_bytes(content)
    with pytest.raises(ModelError) as refused:
        read_weights(file)
    assert "\n" not in str(refused.value)


def rounded(kind: type) -> Callable[[dict[str, NDArray[Any]]], object]:
    return lambda weights: weights.update({name: w.astype(np.float16).astype(kind) for name, w in weights.items()})


def test_weights_in_16_bits_give_the_vectors_of_the_same_numbers_in_32(tmp_path: Path) -> None:
    half, full = tmp_path / "half", tmp_path / "full"
    for folder, kind in ((half, np.float16), (full, np.float32)):
        folder.mkdir()
        shutil.move(copied(tmp_path), folder / "source")
        edit_weights(rounded(kind))(folder / "source")
    one, other = (in_full_precision(prepare(str(folder / "source"), folder)) for folder in (half, full))
    assert one.question("Who lit it?") == pytest.approx(other.question("Who lit it?"), abs=1e-6)
