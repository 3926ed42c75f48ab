"""The tokens of passages: what is written is read back, and nearness is what late interaction says it is."""

from pathlib import Path

import numpy as np
import pytest

from index.encoder import TokenSigns
from index.errors import GenerationError
from index.tokens import BITS, CHECKSUMS, FREQUENCIES, STARTS, TokenIndex, TokenWriter

# Signs of four components, as +1 and -1.
ONE = [[1, 1, 1, 1], [1, -1, 1, -1]]
OTHER = [[-1, -1, -1, -1], [1, 1, -1, -1], [-1, 1, -1, 1]]


def signs(ids: list[int], vectors: list[list[int]]) -> TokenSigns:
    return TokenSigns(np.array(ids, np.int32), np.packbits(np.array(vectors) > 0, axis=1))


def written(folder: Path) -> Path:
    with TokenWriter(folder / "tokens") as writer:
        writer.add([signs([3, 5], ONE)])
        writer.add([signs([5, 5, 9], OTHER)])
    return folder / "tokens"


def unit(*components: float) -> list[float]:
    length = sum(c * c for c in components) ** 0.5
    return [c / length for c in components]


def test_each_token_of_a_question_finds_the_nearest_of_each_passage(tmp_path: Path) -> None:
    index = TokenIndex.open(written(tmp_path), 4, 2)
    question = np.array([unit(3, 1, 2, 1), unit(-1, 1, -1, 2)], np.float32)
    near = index.nearest(question, np.array([1, 0]))
    # Worked out by hand: a token's cosine to signs is the sum of its components times them, over the root of four.
    first, second = unit(3, 1, 2, 1), unit(-1, 1, -1, 2)

    def cosine(vector: list[float], sign: list[int]) -> float:
        return sum(v * s for v, s in zip(vector, sign, strict=True)) / 2

    expected = [
        [max(cosine(vector, sign) for sign in passage) for vector in (first, second)] for passage in (OTHER, ONE)
    ]
    assert near == pytest.approx(np.array(expected), abs=1e-6)
    assert near.dtype == np.float32


def test_rare_tokens_tell_more_and_unknown_ones_most(tmp_path: Path) -> None:
    index = TokenIndex.open(written(tmp_path), 4, 2)
    in_both, in_one, in_none = index.idf(np.array([5, 9, 70_000]))
    assert 0 < in_both < in_one < in_none
    # ln(1 + (2 - 2 + .5) / (2 + .5)), and with 1 and 0 passages.
    assert [in_both, in_one, in_none] == pytest.approx([0.182322, 0.693147, 1.791759], abs=1e-6)


def test_a_passage_counts_once_for_a_token_that_it_holds_twice(tmp_path: Path) -> None:
    frequencies = np.fromfile(written(tmp_path) / FREQUENCIES, "<i4")
    assert frequencies.tolist() == [0, 0, 0, 1, 0, 2, 0, 0, 0, 1]


@pytest.mark.parametrize("file", [BITS, STARTS, CHECKSUMS, FREQUENCIES])
def test_a_missing_file_is_refused_in_one_line(tmp_path: Path, file: str) -> None:
    folder = written(tmp_path)
    (folder / file).unlink()
    with pytest.raises(GenerationError, match="python -m index build --clean") as refused:
        TokenIndex.open(folder, 4, 2)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("dimension", "passages"), [(4, 1), (4, 3), (16, 2)])
def test_other_counts_than_expected_are_refused(tmp_path: Path, dimension: int, passages: int) -> None:
    with pytest.raises(GenerationError, match="does not hold the tokens of"):
        TokenIndex.open(written(tmp_path), dimension, passages)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path)
    bits = (folder / BITS).read_bytes()
    (folder / BITS).write_bytes(bits[:-1])
    with pytest.raises(GenerationError, match="does not hold the tokens of 2 passages"):
        TokenIndex.open(folder, 4, 2)


def test_a_writer_that_failed_leaves_nothing_that_opens(tmp_path: Path) -> None:
    with pytest.raises(AttributeError), TokenWriter(tmp_path / "tokens") as writer:
        writer.add([signs([3, 5], ONE), None])  # type: ignore[list-item]
    with pytest.raises(GenerationError):
        TokenIndex.open(tmp_path / "tokens", 4, 1)


def test_every_token_of_one_passage_is_held_against_every_one_of_a_question(tmp_path: Path) -> None:
    index = TokenIndex.open(written(tmp_path), 4, 2)
    first, second = unit(3, 1, 2, 1), unit(-1, 1, -1, 2)
    near = index.cosines(np.array([first, second], np.float32), 1)
    expected = [
        [sum(v * s for v, s in zip(vector, sign, strict=True)) / 2 for vector in (first, second)] for sign in OTHER
    ]
    assert near == pytest.approx(np.array(expected), abs=1e-6)


def test_tokens_that_were_altered_are_told_from_the_others_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = written(tmp_path)
    whole = TokenIndex.open(folder, 4, 2)
    assert whole.sound(np.array([1, 0, 1])).tolist() == [True, True, True]
    bits = bytearray((folder / BITS).read_bytes())
    bits[-1] ^= 1 << 4  # of the last token of the second passage
    (folder / BITS).write_bytes(bytes(bits))
    index = TokenIndex.open(folder, 4, 2)
    assert index.sound(np.array([1, 0, 1])).tolist() == [False, True, False]
    assert index.sound(np.array([1])).tolist() == [False]
    assert [record.message for record in caplog.records] == [
        "tokens of passages were altered and are not used: check with `python -m index verify`"
    ]
    assert index.sound(np.empty(0, np.int64)).tolist() == []
