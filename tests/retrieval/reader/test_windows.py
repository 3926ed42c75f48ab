"""Windows hold whole sentences, all of them, and the places of their wordpieces are those of the text."""

import numpy as np
import pytest
from tokenizers import Tokenizer

from index.article import Span
from index.encoder.model import DEFAULT_MODEL, locate
from index.sentences import sentences
from retrieval.reader.passages import whole_words
from retrieval.reader.reading import Pieces

TEXT = (
    "The ferry Solveig ran aground off Lindvik on Monday. Captain Wiebke Daal asked the islanders for boats. "
    "Thirty-one people were on board, among them a school class from Sandøy. Nobody was hurt. "
    "“We had no fog,” she said.\n\nThe harbour master closed the sound until Thursday. Two tugs came from Bergen."
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(locate(DEFAULT_MODEL) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Pieces.open(locate(DEFAULT_MODEL) / "tokenizer.json")


def spans(text: str) -> tuple[Span, ...]:
    return sentences(text, Span(0, len(text)), "en")


@pytest.mark.parametrize("most", [8, 20, 30, 45, 1000])
def test_every_sentence_stands_whole_in_one_window_in_order(pieces: Pieces, most: int) -> None:
    found = pieces.windows(TEXT, spans(TEXT), most)
    held = [[span for span in spans(TEXT) if window.span.holds(span)] for window in found]
    assert [span for part in held for span in part] == list(spans(TEXT))
    assert all(len(window.ids) <= most for window in found)
    for window, part in zip(found, held, strict=True):
        assert (window.span.start, window.span.end) == (part[0].start, part[-1].end)


def test_windows_are_as_few_as_fit_and_about_as_long_as_each_other(pieces: Pieces) -> None:
    counts = [len(pieces.of(span.of(TEXT), 1000)) for span in spans(TEXT)]
    most = 60
    assert sum(counts) > most
    lengths = [len(window.ids) for window in pieces.windows(TEXT, spans(TEXT), most)]
    assert sum(lengths) == sum(counts)
    assert len(lengths) == 2
    # No other border between two sentences parts them more evenly.
    assert max(lengths) == min(max(sum(counts[:at]), sum(counts[at:])) for at in range(1, len(counts)))


def test_wordpieces_have_the_places_of_their_words(pieces: Pieces, tokenizer: Tokenizer) -> None:
    [window] = pieces.windows(TEXT, spans(TEXT), 1000)
    for number, (start, end) in zip(window.ids.tolist(), window.offsets.tolist(), strict=True):
        written = TEXT[start:end].lower()
        token = tokenizer.id_to_token(number)
        assert token is not None
        assert token.removeprefix("##") == written


def test_a_sentence_longer_than_a_window_is_cut_off_and_the_next_one_has_its_own(pieces: Pieces) -> None:
    text = f"It was {'very ' * 50}cold. The sea froze."
    first, second = pieces.windows(text, spans(text), 20)
    assert len(first.ids) == len(first.offsets) == 20
    assert second.span.of(text) == "The sea froze."


def test_nothing_has_no_window(pieces: Pieces) -> None:
    assert pieces.windows("", ()) == []


def test_a_pair_is_as_the_tokenizer_makes_it_of_two_texts(pieces: Pieces, tokenizer: Tokenizer) -> None:
    question, title, day, text = "Who asked for boats?", "Ferry aground", "4 March 2024", "Wiebke Daal asked."
    [window] = pieces.windows(text, spans(text))
    pair = pieces.pair(pieces.of(question, 40), pieces.prefix(title, day), window.ids)
    whole = tokenizer.encode(question, f"{title} ({day}) - {text}")
    assert pair.ids.tolist() == whole.ids
    assert [int(place >= pair.second) for place in range(len(pair.ids))] == whole.type_ids
    np.testing.assert_array_equal(pair.ids[pair.window : -1], window.ids)


@pytest.mark.parametrize(
    ("title", "day", "front"),
    [("Ferry aground", "", "Ferry aground -"), ("", "4 March 2024", "(4 March 2024) -"), ("", "", "")],
)
def test_before_a_window_stands_what_is_known(
    pieces: Pieces, tokenizer: Tokenizer, title: str, day: str, front: str
) -> None:
    assert pieces.prefix(title, day).tolist() == tokenizer.encode(front, add_special_tokens=False).ids


def test_a_window_is_read_without_soft_hyphens_and_its_places_are_those_of_the_text(pieces: Pieces) -> None:
    hyphened = TEXT.replace("Solveig", "Sol\u00advei\u200bg").replace("ferry", "\ufb01rst fer\u2060ry")
    plain = TEXT.replace("ferry", "first ferry")
    [window] = pieces.windows(hyphened, spans(hyphened), 1000)
    [same] = pieces.windows(plain, spans(plain), 1000)
    assert window.ids.tolist() == same.ids.tolist()
    words = [hyphened[start:end].strip("\u00ad\u200b\u2060") for start, end in window.offsets.tolist()]
    assert "".join(words[:3]).startswith("The\ufb01rst")
    assert all(0 <= start < end <= len(hyphened) for start, end in window.offsets.tolist())
    assert pieces.of("Kühl\u00adhaus", 40).tolist() == pieces.of("Kühlhaus", 40).tolist()


def test_an_answer_is_widened_to_the_whole_of_a_word_with_soft_hyphens_in_it() -> None:
    text = "Es wird am Stein\u00adhafen gebaut."
    start = text.index("hafen")
    assert whole_words(text, Span(start, start + 5), Span(0, len(text))).of(text) == "Stein\u00adhafen"
