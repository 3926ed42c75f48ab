"""The lexicon scores as BM25 is written in the books, over words as people write them."""

import hashlib
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.engines import bm25
from index.engines.among import Among
from index.engines.bm25 import STEMMED, Bm25Index, stems, tokens, word_query
from index.engines.protocol import Document
from index.errors import GenerationError
from tests.conftest import write_bm25

# Ten different words and none that English, or anybody, stems.
FILLER = "ab cd fg hk lm np qr tv wx zb".split()

Open = Callable[[Sequence[str]], Bm25Index]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Opens a lexicon of these texts, numbered in order, whose words are not stemmed."""

    def make(texts: Sequence[str]) -> Bm25Index:
        write_bm25(tmp_path / "lexicon", (Document(number, text, None) for number, text in enumerate(texts)))
        return Bm25Index.open(tmp_path / "lexicon", len(texts))

    return make


def scored(words: Sequence[str], texts: Sequence[str], k1: float = 1.2, b: float = 0.75) -> list[float]:
    """Robertson & Zaragoza (2009), with Lucene's idf, written out."""
    documents = [text.split() for text in texts]
    average = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for word in words:
            holding = sum(word in other for other in documents)
            idf = math.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
            count = document.count(word)
            score += idf * count * (k1 + 1) / (count + k1 * (1 - b + b * len(document) / average))
        scores.append(score)
    return scores


# Up to 40 words the length of a document is kept exactly.
TEXTS = [
    "storm",
    "storm storm harbour",
    "harbour ab cd fg hk lm np qr tv wx",
    "ferry storm " + " ".join(FILLER),
    " ".join(FILLER * 3),
    "ferry ferry ferry harbour storm",
    "mayor",
]


@pytest.mark.parametrize(
    "words",
    [["storm"], ["harbour", "storm"], ["ferry", "harbour", "storm", "mayor"], ["ab", "zb"], ["mayor", "nobody"]],
)
def test_scores_are_bm25(opened: Open, words: list[str]) -> None:
    expected = scored(words, TEXTS)
    numbers, scores = opened(TEXTS).search(word_query(words, [None]), 100)
    order = sorted((n for n, score in enumerate(expected) if score), key=lambda n: (-expected[n], n))
    assert numbers.tolist() == order
    assert scores == pytest.approx([expected[n] for n in order], rel=1e-5)
    assert numbers.dtype == np.int64
    assert scores.dtype == np.float32


def test_a_score_worked_out_by_hand(opened: Open) -> None:
    # Two documents of two and four words, average 3; "storm" is in one of them, once.
    # idf = ln(1 + 1.5/1.5) = ln 2; 2.2 / (1 + 1.2 (0.25 + 0.75 * 2/3)) = 2.2 / 1.9.
    _, scores = opened(["storm ab", "ab cd fg hk"]).search((("storm",),), 1)
    assert scores.tolist() == pytest.approx([math.log(2) * 2.2 / 1.9], rel=1e-6)


def test_idf_is_that_of_bm25(opened: Open) -> None:
    words = opened(TEXTS)
    assert words.idf("storm") == pytest.approx(math.log(1 + (7 - 4 + 0.5) / (4 + 0.5)))
    assert words.idf("mayor") == pytest.approx(math.log(1 + (7 - 1 + 0.5) / (1 + 0.5)))
    assert words.idf("nobody") == pytest.approx(math.log(1 + (7 + 0.5) / 0.5))


def test_the_forms_that_begin_alike_are_listed_with_the_passages_that_hold_them(opened: Open) -> None:
    words = opened(TEXTS)
    assert words.forms_beginning("f") == [("fg", 3), ("ferry", 2)]
    assert words.forms_beginning("nobody") == []
    assert [words.holds(form) for form in ("mayor", "may", "nobody")] == [True, False, False]


def test_only_the_best_are_returned_and_equals_in_the_order_of_their_numbers(opened: Open) -> None:
    words = opened(["ab", "storm cd", "storm fg", "storm storm", "storm hk"])
    assert words.search((("storm",),), 100)[0].tolist() == [3, 1, 2, 4]
    assert words.search((("storm",),), 2)[0].tolist()[0] == 3


@pytest.mark.parametrize("one_by_one", [0, 3, 1_000])
def test_scores_of_given_passages_are_those_of_the_search_however_the_passages_are_found(
    opened: Open, one_by_one: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bm25, "_ONE_BY_ONE", one_by_one)
    words = opened(TEXTS)
    query = word_query(["ferry", "harbour", "storm"], [None])
    expected = scored(["ferry", "harbour", "storm"], TEXTS)
    numbers = np.array([5, 4, 0, 2])
    assert words.scores(query, numbers) == pytest.approx([expected[n] for n in (5, 4, 0, 2)], rel=1e-5)
    found, scores = words.search(query, 100)
    assert words.scores(query, found).tolist() == scores.tolist()


def test_among_given_passages_the_best_of_them_are_found_with_the_scores_they_have_anyway(opened: Open) -> None:
    everything = scored(["storm", "harbour"], TEXTS)
    lexicon, query = opened(TEXTS), word_query(["storm", "harbour"], [None])
    # 1, which is the best of all, may not be found, and 4 holds neither word.
    numbers, scores = lexicon.search(query, 2, Among.of(np.array([0, 2, 4, 5])))
    assert numbers.tolist() == sorted([0, 2, 5], key=lambda n: -everything[n])[:2]
    assert scores == pytest.approx([everything[n] for n in numbers], rel=1e-5)
    assert lexicon.search(query, 2, Among.of(np.empty(0, np.int64)))[0].tolist() == []


def test_words_that_no_passage_holds_find_nothing(opened: Open) -> None:
    words = opened(TEXTS)
    numbers, scores = words.search((("nobody",), ("nothing",)), 10)
    assert (numbers.shape, scores.shape) == ((0,), (0,))
    assert words.scores((("nobody",),), np.array([1, 2])).tolist() == [0, 0]


def test_no_words_find_nothing(opened: Open) -> None:
    words = opened(TEXTS)
    numbers, scores = words.search((), 10)
    assert numbers.shape == scores.shape == (0,)
    assert numbers.dtype == np.int64
    assert scores.dtype == np.float32
    assert words.scores((), np.array([0, 1])).tolist() == [0, 0]
    assert words.scores((("storm",),), np.empty(0, np.int64)).shape == (0,)


def test_a_word_of_two_languages_counts_once_in_its_best_form(opened: Open) -> None:
    # Norwegian takes "husene" (the houses) for a form of "hus"; English takes off the last letter alone.
    query = word_query(["husene"], ["no", "en"])
    assert query == (("hus", "husen"),)
    texts = ["hus husen ab", "husen cd fg", "hus hk lm", "hus np", "qr"]
    numbers, scores = opened(texts).search(query, 10)
    best = [max(pair) for pair in zip(scored(["hus"], texts), scored(["husen"], texts), strict=True)]
    assert dict(zip(numbers.tolist(), scores.tolist(), strict=True)) == pytest.approx(
        {n: best[n] for n in range(4)}, rel=1e-5
    )


def test_a_word_that_is_asked_for_twice_counts_once() -> None:
    assert word_query(["storm", "harbour", "storms", "storm"], ["en"]) == (("storm",), ("harbour",))


def test_a_query_without_languages_takes_words_as_they_are() -> None:
    assert word_query(["storms"], []) == (("storms",),)
    assert word_query([], ["en", "no"]) == ()


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        # From the sample vocabularies of snowballstem.org, accents taken off.
        ("en", "consignment consigned consisting knightly", "consign consign consist knight"),
        ("en", "resigned ministers elections", "resign minist elect"),
        ("no", "havnedistriktene opning opninger husene", "havnedistrikt opning opning hus"),
        ("de", "aufeinanderfolgenden kategorischen häuser", "aufeinanderfolg kategor haus"),
        ("fr", "continuellement majestueusement", "continuel majestu"),
        ("ru", "важный книгами вавилонской", "важн книг вавилонск"),
        ("es", "chicas torneadas", "chic torn"),
        ("sv", "jaktkarlarne", "jaktkarl"),
        ("da", "undersøgelse", "undersog"),
        ("nl", "lichamelijkheden", "lichamelijk"),
        ("it", "abbandonata pronuncerà", "abbandon pronunc"),
        ("pt", "químicos boataria", "quimic boat"),
        ("fi", "edeltäjiinsä", "edeltaj"),
        ("hu", "babakocsiját", "babakocs"),
        # No stemmer for these.
        ("cs", "ministři", "ministri"),
        (None, "elections", "elections"),
    ],
)
def test_words_are_stemmed_by_their_language(language: str | None, words: str, expected: str) -> None:
    assert stems(tokens(words), language) == expected.split()


@pytest.mark.parametrize("language", sorted(STEMMED))
def test_every_language_with_a_stemmer_has_one(language: str) -> None:
    assert len(stems(["1984", "oslo"], language)) == 2


def test_a_passage_is_found_by_another_form_of_its_words(tmp_path: Path) -> None:
    documents = [
        Document(0, "The ministers resigned", "en"),
        Document(1, "Ministrene gikk av", "no"),
        Document(2, "Die Minister traten zurück", "de"),
        Document(3, "Министры ушли в отставку", "ru"),
    ]
    write_bm25(tmp_path / "lexicon", documents)
    words = Bm25Index.open(tmp_path / "lexicon", 4)

    def found(word: str, language: str) -> list[int]:
        return sorted(words.search(word_query(tokens(word), [language]), 10)[0].tolist())

    assert found("resigning", "en") == [0]
    assert found("министр", "ru") == [3]
    # Another language's stemmer looks for another form.
    assert found("resigning", "no") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Mayor, of OSLO!", ["the", "mayor", "of", "oslo"]),
        ("U.S. troops and the U.N.", ["us", "troops", "and", "the", "un"]),
        ("the U.S.-led force", ["the", "us", "led", "force"]),
        ("J.K. Rowling", ["jk", "rowling"]),
        ("100,000 people", ["100000", "people"]),
        ("10.000.000 kroner", ["10000000", "kroner"]),
        ("3.5 percent", ["35", "percent"]),
        ("in 2022, 31 died.", ["in", "2022", "31", "died"]),
        ("the minister's car", ["the", "minister", "car"]),
        ("Blinken’s demand", ["blinken", "demand"]),
        ("Zoë’s 12.5 m² in São Tomé (½)", ["zoë", "125", "m²", "in", "são", "tomé", "½"]),
        ("the ministers' cars", ["the", "ministers", "cars"]),
        ("COVID-19", ["covid", "19"]),
        ("one.Two", ["one", "two"]),
        ("東京都", ["東京", "京都"]),
        ("タワー", ["タワ", "ワー"]),
        ("日", ["日"]),
        ("กรุง", ["กร", "รุ", "ุง"]),
        ("한국어 총리", ["한국", "국어", "총리"]),
        ("NATO加盟", ["nato", "加盟"]),
        ("第31回G7サミット2022年", ["第", "31", "回", "g7", "サミ", "ミッ", "ット", "2022", "年"]),
        ("ครม.A1ไทย", ["คร", "รม", "a1", "ไท", "ทย"]),
        ("🎉 — … !", []),
        ("", []),
        ("x" * 100, ["x" * 60]),
    ],
)
def test_a_text_is_cut_into_words_as_people_see_them(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_accents_may_be_left_out_of_questions() -> None:
    for written, asked in (
        ("Zürich", "Zurich"),
        ("São Paulo", "Sao Paulo"),
        ("Tromsø", "Tromso"),
        ("Kraków", "Krakow"),
    ):
        assert stems(tokens(written), "en") == stems(tokens(asked), "en")


def test_an_accent_is_the_same_whether_it_is_a_code_point_of_its_own_or_not() -> None:
    # As file names and texts from a Mac have it.
    assert stems(tokens("Zu\u0308rich, Malmo\u0308, Tokyo\u0304"), "de") == stems(tokens("Zürich, Malmö, Tokyō"), "de")
    assert tokens("밝\u1112\u1161\u11ab") == tokens("밝한")


@given(st.text(max_size=60), st.sampled_from([None, *sorted(STEMMED), "zh"]))
def test_every_word_has_one_form(text: str, language: str | None) -> None:
    assert len(stems(tokens(text), language)) == len(tokens(text))


def test_languages_without_a_stemmer_share_their_stems() -> None:
    bm25._stem.cache_clear()
    for language in ("zh", "xx", "qa", "qb"):
        assert stems(["Lofoten", "lofotenes"], language) == ["Lofoten", "lofotenes"]
    assert bm25._stem.cache_info().currsize == 2


def test_threads_that_drop_each_others_stems_get_every_form() -> None:
    words = [f"oat{number}qs" for number in range(bm25._CACHED_STEMS + 100)]
    samples = [words[start : start + 5_000] for start in range(0, len(words), 1_000)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda sample: stems(sample, "en"), samples))
    assert found == [[word[:-1] for word in sample] for sample in samples]
    assert bm25._stem.cache_info().currsize == bm25._CACHED_STEMS


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_reading_a_lexicon_changes_no_file_of_it(opened: Open, tmp_path: Path) -> None:
    write_bm25(tmp_path / "untouched", [Document(0, "storm", None)])
    before = contents(tmp_path / "untouched")
    for _ in range(2):
        Bm25Index.open(tmp_path / "untouched", 1).search((("storm",),), 1)
    assert contents(tmp_path / "untouched") == before


def test_a_lexicon_in_a_folder_nobody_may_write_to_is_read(tmp_path: Path) -> None:
    write_bm25(tmp_path / "sealed", [Document(0, "storm", None)])
    for path in (tmp_path / "sealed").iterdir():
        path.chmod(0o444)
    (tmp_path / "sealed").chmod(0o555)
    assert Bm25Index.open(tmp_path / "sealed", 1).search((("storm",),), 1)[0].tolist() == [0]


def test_a_lexicon_with_another_number_of_passages_is_refused(opened: Open, tmp_path: Path) -> None:
    opened(TEXTS)
    with pytest.raises(GenerationError) as refused:
        Bm25Index.open(tmp_path / "lexicon", 8)
    assert str(refused.value) == (
        f"{tmp_path / 'lexicon'} holds 7 passages where the manifest says 8: "
        "rebuild it with `python -m index build --clean`"
    )


@pytest.mark.parametrize("damage", ["missing", "empty", "garbage", "half"])
def test_a_lexicon_that_cannot_be_read_is_refused_with_one_line(opened: Open, tmp_path: Path, damage: str) -> None:
    opened(TEXTS)
    folder = tmp_path / "lexicon"
    for path in folder.iterdir():
        if damage in ("missing", "empty"):
            path.unlink()
        elif damage == "garbage":
            path.write_bytes(b"garbage")
        elif path.name != "meta.json":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    if damage == "missing":
        folder.rmdir()
    how = r"(as a lexicon|\(No such file or directory\))"
    with pytest.raises(GenerationError, match=rf"lexicon cannot be read {how}: rebuild it with `python -m index"):
        Bm25Index.open(folder, len(TEXTS))


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="lexicon"):
        write_bm25(tmp_path / "no" / "lexicon", [Document(0, "storm", None)])


_LATIN = st.text(st.sampled_from("aBs'’.,019- \n“”–…_SéÇß²½ªıİ\u0301"), max_size=40)
_ANYTHING = st.text(st.characters(codec="utf-8"), max_size=20)


@given(_LATIN | _ANYTHING)
@example("the m’s² of it")
def test_words_are_the_same_whatever_script_stands_beside_them(text: str) -> None:
    assert tokens(f"{text} ærfugl") == [*tokens(text), "ærfugl"]
    assert tokens(f"{text} щит") == [*tokens(text), "щит"]
