"""The encoder gives what sentence-transformers gives, in whatever company a text comes."""

import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.encoder.encoder import Encoder
from index.errors import ModelError
from tests.index.reference import SENTENCE, TEXTS, TOO_LONG, WINDOW, Reference, published

Edited = Callable[..., Path]


@pytest.fixture(scope="module")
def encoder(model_folder: Path) -> Encoder:
    return Encoder.open(model_folder)


@pytest.fixture(scope="module")
def builder(model_folder: Path) -> Encoder:
    return Encoder.open(model_folder, many=True)


@pytest.fixture
def edited(model_folder: Path, tmp_path: Path) -> Edited:
    """A copy of the converted model with another card."""

    def make(**fields: str) -> Path:
        folder = tmp_path / "edited"
        folder.mkdir()
        for name in ("graph.bin", "graph.xml", "tokenizer.json"):
            (folder / name).symlink_to(model_folder / name)
        card = json.loads((model_folder / "encoder.json").read_text())
        (folder / "encoder.json").write_text(json.dumps(card | fields))
        return folder

    return make


@pytest.fixture
def damaged(model_folder: Path, tmp_path: Path) -> Callable[[str, bytes | None], Path]:
    """A copy of the converted model with one file replaced, or missing."""

    def make(name: str, content: bytes | None) -> Path:
        folder = tmp_path / "damaged"
        folder.mkdir()
        for file in model_folder.iterdir():
            if file.name != name:
                (folder / file.name).symlink_to(file)
        if content is not None:
            (folder / name).write_bytes(content)
        return folder

    return make


def assert_near(cosines: NDArray[np.float32]) -> None:
    """What a builder may round: hardly anything of a sentence in the model's language, a little more of anything else.

    A single word, a row of one letter and a script that the model does not know are no passages that it finds by.
    """
    least = np.array([0.999 if text.isascii() and " " in text.strip() else 0.996 for text in TEXTS])
    assert (cosines >= least).all(), TEXTS[(cosines - least).argmin()]


def test_passages_get_the_vectors_that_sentence_transformers_gives(builder: Encoder, reference: Reference) -> None:
    cosines = (builder.passages(TEXTS) * reference.of_texts).sum(axis=1)
    assert_near(cosines)


def test_questions_get_the_vectors_that_sentence_transformers_gives(encoder: Encoder, reference: Reference) -> None:
    cosines = np.array([encoder.question(text) @ row for text, row in zip(TEXTS, reference.of_texts, strict=True)])
    assert cosines.min() >= 0.999, TEXTS[cosines.argmin()]


def test_a_question_has_the_same_vector_to_the_last_bit_whoever_else_asks(encoder: Encoder) -> None:
    alone = [encoder.read(text) for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        among_others = list(pool.map(encoder.read, TEXTS[::-1]))[::-1]
    for one, other in zip(alone, among_others, strict=True):
        assert np.array_equal(one.vector, other.vector)
        assert np.array_equal(one.ids, other.ids)


def watched(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The shapes that the encoder reads from now on, texts and tokens."""
    seen: list[tuple[int, ...]] = []
    feed = encoder._feed

    def fed(*arguments: Any) -> dict[str, NDArray[np.int64]]:
        made = feed(*arguments)
        seen.append(made["input_ids"].shape)
        return made

    monkeypatch.setattr(encoder, "_feed", fed)
    return seen


def test_questions_of_the_usual_length_are_all_of_one_shape(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """For another shape than the last one's the plugin gets ready anew, which takes longer than to read a question."""
    shapes = watched(encoder, monkeypatch)
    # Two special tokens come to these.
    for words in (1, 9, 17, 30, 31, 62, 63):
        encoder.question("storm " * words)
    assert shapes == [(1, 32)] * 4 + [(1, 64)] * 2 + [(1, 128)]


def test_batches_of_passages_are_of_few_shapes(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin makes something for every shape, which takes time, and keeps it, which takes memory."""
    shapes = watched(encoder, monkeypatch)
    encoder.passages(["storm " * words for words in range(1, WINDOW - 1)])
    # 3 to 256 tokens, eight texts a batch from the longest on: two batches of each multiple of 16, and six texts left.
    assert shapes == [(8, length) for length in range(256, 16, -16) for _ in range(2)] + [(8, 16), (6, 16)]


def test_no_batch_is_longer_than_what_the_model_reads(edited: Edited, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = Encoder.open(edited(window=20))
    shapes = watched(narrow, monkeypatch)
    narrow.passages(["storm " * 18])
    narrow.question("storm " * 18)
    assert shapes == [(1, 20), (1, 20)]


def test_threads_that_encode_passages_do_not_wait_for_each_other_for_ever(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = encoder._requests

    class Slow:
        """Others have the time to come between two requests."""

        def get(self) -> object:
            time.sleep(0.02)
            return requests.get()

        def put(self, request: object) -> None:
            requests.put(request)

    expected = encoder.passages(TEXTS[:12])
    found: list[NDArray[np.float32]] = []
    monkeypatch.setattr(encoder, "_requests", Slow())
    # They would keep nobody from ending.
    threads = [
        threading.Thread(target=lambda: found.append(encoder.passages(TEXTS[:12])), daemon=True) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == len(threads)
    assert all(np.array_equal(one, expected) for one in found)


def test_a_question_that_fails_leaves_the_encoder_to_the_others(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = encoder.question(SENTENCE)
    with monkeypatch.context() as patched:
        patched.setattr(encoder, "_feed", lambda *_: {"no_such_input": np.zeros((1, 2), np.int64)})
        for _ in range(2 * len(os.sched_getaffinity(0))):
            with pytest.raises(RuntimeError):
                encoder.question(SENTENCE)
    assert np.array_equal(encoder.question(SENTENCE), expected)


def test_a_question_longer_than_the_window_is_cut_as_sentence_transformers_cuts_it(
    encoder: Encoder, reference: Reference
) -> None:
    assert encoder.count([TOO_LONG])[0] > WINDOW
    assert encoder.question(TOO_LONG) @ reference.of_too_long[0] >= 0.9999
    # What comes behind the cut is not read.
    assert encoder.question(TOO_LONG) == pytest.approx(encoder.question(TOO_LONG + "volcano"), abs=1e-5)


def test_every_vector_has_unit_length_and_the_right_type(builder: Encoder) -> None:
    vectors = builder.passages(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-3)


def test_the_order_of_the_texts_is_kept_though_batches_are_sorted_by_length(builder: Encoder) -> None:
    forwards = builder.passages(TEXTS)
    backwards = builder.passages(TEXTS[::-1])[::-1]
    assert (forwards * backwards).sum(axis=1).min() >= 0.999


def test_a_text_gets_the_same_vector_alone_and_beside_longer_ones(builder: Encoder, encoder: Encoder) -> None:
    together = builder.passages(TEXTS)
    alone = np.stack([encoder.passages([text])[0] for text in TEXTS])
    assert_near((together * alone).sum(axis=1))


def test_a_question_and_a_passage_of_the_same_words_are_the_same_without_prompts(encoder: Encoder) -> None:
    assert encoder.question(SENTENCE) @ encoder.passages([SENTENCE])[0] >= 0.999


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.passages([]).shape == (0, 384)


def test_a_passage_over_the_window_is_refused_with_its_count(encoder: Encoder) -> None:
    # Each 'word' is one token, and [CLS] and [SEP] are two more.
    fits, too_long = ("word " * (WINDOW - 2)).strip(), ("word " * (WINDOW - 1)).strip()
    encoder.passages([fits])
    with pytest.raises(ModelError, match=r"a passage has 257 tokens where all-MiniLM-L6-v2 reads 256: 'word word"):
        encoder.passages(["short", too_long])


def test_count_is_the_tokenizers_own_count_without_special_tokens(encoder: Encoder) -> None:
    tokenizer = Tokenizer.from_file(str(published() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    expected = [len(tokenizer.encode(text).ids) - 2 for text in [*TEXTS, TOO_LONG]]
    assert encoder.count([*TEXTS, TOO_LONG]) == expected
    assert encoder.count(["harbour", "word word", ""]) == [1, 2, 0]


def test_every_batch_is_reported_when_it_is_encoded(builder: Encoder) -> None:
    counts: list[int] = []
    builder.passages(TEXTS, done=counts.append)
    assert sum(counts) == len(TEXTS)
    assert len(counts) > 1


def test_prompts_stand_in_front_of_questions_and_of_passages(edited: Edited, encoder: Encoder) -> None:
    prompted = Encoder.open(edited(question_prompt="question: ", passage_prompt="from the news: "))
    assert prompted.question("harbour") @ encoder.question("question: harbour") >= 0.999
    assert prompted.passages(["harbour"])[0] @ encoder.question("from the news: harbour") >= 0.999
    assert prompted.question("harbour") @ encoder.question("harbour") < 0.99


def test_the_prompt_of_a_passage_counts_towards_the_window(edited: Edited) -> None:
    prompted = Encoder.open(edited(passage_prompt="news: "))
    with pytest.raises(ModelError, match="a passage has 258 tokens"):
        prompted.passages(["word " * (WINDOW - 2)])


@pytest.mark.parametrize("name", ["graph.xml", "tokenizer.json", "graph.bin"])
def test_a_damaged_file_is_refused_with_one_line_that_names_it(
    damaged: Callable[[str, bytes | None], Path], model_folder: Path, name: str
) -> None:
    content = bytearray((model_folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    folder = damaged(name, bytes(content))
    with pytest.raises(ModelError) as refused:
        Encoder.open(folder)
    message = str(refused.value)
    assert message == f"{folder / name} is damaged: renew it with `python -m index build`"


@pytest.mark.parametrize("name", ["graph.xml", "tokenizer.json", "graph.bin", "encoder.json"])
def test_a_missing_file_is_refused_with_one_line_that_names_the_folder(
    damaged: Callable[[str, bytes | None], Path], name: str
) -> None:
    folder = damaged(name, None)
    with pytest.raises(ModelError) as refused:
        Encoder.open(folder)
    assert str(folder) in str(refused.value)
    assert "`python -m index build`" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b"{}", b'{"languages": 5}', b"\xff\xfe"])
def test_a_card_that_cannot_be_read_is_refused_with_one_line(
    damaged: Callable[[str, bytes | None], Path], content: bytes
) -> None:
    with pytest.raises(ModelError, match=r"no converted model in .*: make it with `python -m index build`"):
        Encoder.open(damaged("encoder.json", content))


def test_a_model_moved_to_another_folder_still_opens(model_folder: Path, tmp_path: Path, encoder: Encoder) -> None:
    moved = tmp_path / "elsewhere" / "model"
    shutil.copytree(model_folder, moved, symlinks=True)
    assert Encoder.open(moved).question("harbour") @ encoder.question("harbour") >= 0.9999


def test_a_question_is_read_token_by_token(encoder: Encoder) -> None:
    read = encoder.read("Who lit it?")
    tokenizer = Tokenizer.from_file(str(published() / "tokenizer.json"))
    assert [tokenizer.id_to_token(id) for id in read.ids.tolist()] == ["who", "lit", "it", "?"]
    assert read.vector == pytest.approx(encoder.question("Who lit it?"), abs=1e-6)
