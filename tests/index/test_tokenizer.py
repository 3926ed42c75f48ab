"""A large vocabulary is looked up text by text, and cuts as `tokenizers` does with all of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram
from tokenizers.processors import TemplateProcessing

from index.encoder import tokenizer as module
from index.encoder.encoder import Encoder
from index.encoder.tokenizer import LeanTokenizer, write_lean
from tests.index.reference import TEXTS

# The letters of the pieces, one that no piece holds, white space, a ligature that becomes two letters, two marks.
LETTERS = "abc▁é x\nﬁ～😀"


def whole() -> Tokenizer:
    """Pieces of one to three letters whose scores are all different, the unknown one not the first of them."""
    letters = "▁abcé～fi"
    pieces = [one + two + three for one in letters for two in ("", *letters) for three in ("", *letters)]
    known = ["<s>", "</s>", "<unk>", *dict.fromkeys(pieces)]
    tokenizer = Tokenizer(Unigram([(piece, -(n * 7919 % 1009) / 50) for n, piece in enumerate(known)], unk_id=2))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)])
    return tokenizer


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tokenizer, LeanTokenizer]:
    folder, tokenizer = tmp_path_factory.mktemp("lean"), whole()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MANY", 1)
        write_lean(tokenizer, folder)
    lean = LeanTokenizer.open(folder)
    assert lean is not None
    return tokenizer, lean


@given(text=st.text(LETTERS, max_size=30))
def test_every_text_is_cut_as_by_the_whole_vocabulary(both: tuple[Tokenizer, LeanTokenizer], text: str) -> None:
    tokenizer, lean = both
    expected, found = tokenizer.encode(text), lean.encode(text)
    assert (found.ids, found.type_ids) == (expected.ids, expected.type_ids)


def test_an_unknown_letter_costs_what_the_whole_vocabulary_makes_it_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = whole()
    # It costs 10 more than the least likely piece: 110 by all of them, 29 by those that stand in the text.
    scores = {"<unk>": 0.0, "▁": -1.0, "ab": -19.0, "c": -19.0, "bc": -1.0, "zz": -100.0}
    tokenizer.model = Unigram(list(scores.items()), unk_id=0)
    monkeypatch.setattr(module, "_MANY", 1)
    write_lean(tokenizer, tmp_path)
    lean = LeanTokenizer.open(tmp_path)
    assert lean is not None
    assert tokenizer.encode("abc", add_special_tokens=False).tokens == ["▁", "ab", "c"]
    assert lean.encode("abc", add_special_tokens=False).ids == [1, 2, 3]


def test_a_small_vocabulary_has_none(tmp_path: Path) -> None:
    write_lean(whole(), tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert LeanTokenizer.open(tmp_path) is None


def test_pieces_with_the_same_check_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MANY", 1)
    monkeypatch.setattr(module, "crc32", len)
    write_lean(whole(), tmp_path)
    lean = LeanTokenizer.open(tmp_path)
    assert lean is not None
    assert lean.encode("abc cab").ids == whole().encode("abc cab").ids


def test_questions_are_cut_as_passages_are(multilingual_folder: Path) -> None:
    questions, passages = Encoder.open(multilingual_folder), Encoder.open(multilingual_folder, many=True)
    assert isinstance(questions._tokenizer, LeanTokenizer)
    assert isinstance(passages._tokenizer, Tokenizer)
    for text in TEXTS:
        assert questions._tokenizer.encode(text).ids == passages._tokenizer.encode(text).ids, text
    assert questions.count(TEXTS) == passages.count(TEXTS)
    # Longer than the window: what lies past it is left out.
    assert len(questions.read("lamp " * 600).ids) == 512 - 2
