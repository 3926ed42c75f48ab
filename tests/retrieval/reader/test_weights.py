"""The weights that ship are those that the program expects and that their card describes."""

from pathlib import Path

import pytest

from index.article import Span
from index.encoder.bert import read_weights
from index.encoder.model import sha256_of
from index.errors import ModelError
from retrieval.reader.reading import SHA256, WEIGHTS, Candidate, Reader

CARD = (WEIGHTS.parent / "CARD.md").read_text(encoding="utf-8")


def said(reader: Reader) -> float:
    text = "The bridge was drawn by Ida Moe."
    [window] = reader.pieces.windows(text, (Span(0, len(text)),))
    [reading] = reader.read("Who drew the bridge?", [Candidate(reader.pieces.prefix("Bridges"), window)])
    return reading.logit


def test_the_weights_are_those_of_the_card_and_small_enough_for_a_repository() -> None:
    assert sha256_of(WEIGHTS) == SHA256
    assert SHA256 in CARD
    assert WEIGHTS.stat().st_size < 25_000_000


def test_only_layers_and_heads_ship_in_16_bits() -> None:
    weights = read_weights(WEIGHTS)
    assert {values.dtype.name for values in weights.values()} == {"float16"}
    assert {name.split(".")[1] for name in weights if name.startswith("bert.")} == {"encoder"}
    assert {name for name in weights if not name.startswith("bert.")} == {
        "rank.weight",
        "rank.bias",
        "span.weight",
        "span.bias",
    }


def test_weights_that_were_altered_are_refused_in_one_line(tmp_path: Path) -> None:
    altered = tmp_path / "weights.safetensors"
    content = bytearray(WEIGHTS.read_bytes())
    content[len(content) // 2] ^= 1
    altered.write_bytes(content)
    with pytest.raises(ModelError, match=r"is not the reader that belongs to this program: install it again$"):
        Reader.open(weights=altered)


def test_what_is_kept_of_the_reader_is_made_anew_where_it_was_damaged(tmp_path: Path) -> None:
    before = said(Reader.open(tmp_path))
    [kept] = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:1000])
    assert said(Reader.open(tmp_path)) == before
    assert kept.stat().st_size > 1000
    # What is kept says the same as what was just made.
    assert said(Reader.open(tmp_path)) == before


def test_what_was_kept_of_other_weights_is_removed(tmp_path: Path) -> None:
    (tmp_path / "reader-0123456789ab-2.bin").write_bytes(b"old")
    (tmp_path / "all-MiniLM-L6-v2-53aa51172d14").mkdir()
    Reader.open(tmp_path)
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {"reader", "all"}
    assert not (tmp_path / "reader-0123456789ab-2.bin").exists()


def test_a_folder_that_cannot_be_written_keeps_nothing_and_hinders_nothing(tmp_path: Path) -> None:
    Reader.open(tmp_path / "there" / "is" / "none")
    assert list(tmp_path.iterdir()) == []
