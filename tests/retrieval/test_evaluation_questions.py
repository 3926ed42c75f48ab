"""Reading question sets, and drawing samples of them."""

import json
import random
from pathlib import Path

import pytest

from index.article import Span
from retrieval.errors import EvaluationError
from retrieval.evaluation.questions import Gold, Question, load_questions, sample
from retrieval.question.conversation import Turn

SETS = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return tmp_path / "questions.jsonl"


def write(path: Path, *lines: object) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_every_field_of_a_question_is_read(questions: Path) -> None:
    write(
        questions,
        {
            "id": "q7",
            "question": "And who won?",
            "answerable": True,
            "answers": ["Ada"],
            "gold": [{"doc": "race", "start": 4, "end": 7, "text": "Ada", "para_start": 0}, {"doc": "results"}],
            "history": [{"speaker": "user", "text": "Was there a race?"}, {"speaker": "agent", "text": ""}],
            "label": "answerable",
        },
    )
    assert load_questions(questions) == (
        Question(
            id="q7",
            text="And who won?",
            answerable=True,
            gold=(Gold("race", Span(4, 7), "Ada"), Gold("results")),
            history=(Turn("user", "Was there a race?"), Turn("agent", "")),
        ),
    )


def test_a_question_is_answerable_by_default_where_it_has_gold(questions: Path) -> None:
    write(
        questions,
        {"question": "a", "gold": [{"doc": "x"}]},
        {"question": "b", "gold": []},
        {"question": "c", "gold": [{"doc": "x"}], "answerable": False},
        {"question": "d", "answerable": True},
    )
    assert [question.answerable for question in load_questions(questions)] == [True, False, False, True]


def test_the_day_of_a_question_is_read_under_either_name(questions: Path) -> None:
    write(
        questions,
        {"question": "a", "gold": [], "asked": "2024-05-31", "date": "2020-01-01"},
        {"question": "b", "gold": [], "date": "2024-05-31T23:00:00+02:00"},
        {"question": "c", "gold": [], "asked": None},
        {"question": "d", "gold": [], "date": ""},
        {"question": "e", "gold": []},
    )
    assert [question.asked for question in load_questions(questions)] == ["2024-05-31", "2024-05-31", None, None, None]


def test_a_missing_id_is_the_number_of_its_line(questions: Path) -> None:
    questions.write_text('\n{"question": "a", "gold": []}\n\r\n{"question": "b", "gold": []}', encoding="utf-8")
    assert [question.id for question in load_questions(questions)] == ["2", "4"]


def test_a_number_may_be_an_id(questions: Path) -> None:
    write(questions, {"id": 31, "question": "a", "gold": []})
    assert load_questions(questions)[0].id == "31"


def test_a_byte_order_mark_and_a_line_separator_in_a_string_are_no_trouble(questions: Path) -> None:
    line = json.dumps({"id": "q", "question": "one\u2028two", "gold": []}, ensure_ascii=False)
    questions.write_text(line, encoding="utf-8-sig")
    assert load_questions(questions)[0].text == "one\u2028two"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{", "Invalid JSON: EOF while parsing an object at byte 1"),
        (b"[1]", "Input should be an object"),
        (b'{"question": "\xff"}', "Invalid JSON: invalid unicode code point at byte 15"),
        (b"[" * 100_000, "Invalid JSON: recursion limit exceeded at byte 202"),
        (b'{"gold": []}', "question: Field required"),
        (b'{"question": " ", "gold": []}', "question: String should have at least 1 character"),
        (b'{"question": ["a"], "gold": []}', "question: Input should be a valid string"),
        (b'{"question": "a"}', "says neither 'gold' nor 'answerable', so that nothing can be judged"),
        (b'{"question": "a", "answerable": "yes"}', "answerable: Input should be a valid boolean"),
        (b'{"question": "a", "gold": "x"}', "gold: Input should be a valid array"),
        (b'{"question": "a", "gold": ["x"]}', "gold.0: Input should be an object"),
        (b'{"question": "a", "gold": [{"start": 1}]}', "gold.0.doc: Field required"),
        (
            b'{"question": "a", "gold": [{"doc": "x", "start": 1}]}',
            "gold.0: it runs from 1 to None, which is no place in a text",
        ),
        (
            b'{"question": "a", "gold": [{"doc": "x", "start": true, "end": 2}]}',
            "gold.0.start: Input should be a valid integer",
        ),
        (
            b'{"question": "a", "gold": [{"doc": "x", "start": 2, "end": 2}]}',
            "gold.0: it runs from 2 to 2, which is no place in a text",
        ),
        (
            b'{"question": "a", "gold": [{"doc": "x", "start": -3, "end": 2}]}',
            "gold.0: it runs from -3 to 2, which is no place in a text",
        ),
        (
            b'{"question": "a", "gold": [{"doc": "x", "start": 0, "end": 4, "text": "caf"}]}',
            "gold.0: it runs over 4 code points from 0 to 4, but its text has 3: offsets must count code points",
        ),
        (b'{"question": "a", "gold": [{"doc": "x", "text": 1}]}', "gold.0.text: Input should be a valid string"),
        (b'{"question": "a", "gold": [], "id": [1]}', "id.str: Input should be a valid string"),
        (b'{"question": "a", "gold": [], "id": "first"}', "the id 'first' stands on an earlier line already"),
        (b'{"question": "a", "gold": [], "history": [{"text": "b"}]}', "history.0.speaker: Field required"),
        (b'{"question": "a", "gold": [], "date": "31 May"}', 'date: a day such as "2024-05-31" is needed'),
    ],
)
def test_a_broken_line_is_named_with_its_file_its_number_and_what_is_wrong(
    questions: Path, line: bytes, complaint: str
) -> None:
    questions.write_bytes(b'{"id": "first", "question": "a", "gold": []}\n' + line + b"\n")
    with pytest.raises(EvaluationError) as caught:
        load_questions(questions)
    assert str(caught.value) == f"{questions}, line 2: {complaint}"


def test_a_long_wrong_value_is_shown_short(questions: Path) -> None:
    write(questions, {"question": "a", "gold": "x" * 10_000})
    with pytest.raises(EvaluationError) as caught:
        load_questions(questions)
    assert len(str(caught.value)) < len(str(questions)) + 120


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf\n"])
def test_a_set_without_a_question_is_refused(questions: Path, content: bytes) -> None:
    questions.write_bytes(content)
    with pytest.raises(EvaluationError, match="holds no question"):
        load_questions(questions)


def test_a_file_that_is_not_there_is_named(questions: Path) -> None:
    with pytest.raises(EvaluationError) as caught:
        load_questions(questions)
    assert str(caught.value) == f"{questions}: cannot be read: No such file or directory"


def many(count: int) -> list[Question]:
    return [Question(f"q{number}", "?", True) for number in range(count)]


def test_a_sample_does_not_hang_on_the_order_of_the_file() -> None:
    shuffled = many(200)
    random.Random(3).shuffle(shuffled)
    assert sample(shuffled, 20, seed=0) == sample(many(200), 20, seed=0)


def test_another_seed_draws_another_sample() -> None:
    assert sample(many(200), 20, seed=0) != sample(many(200), 20, seed=1)


def test_a_smaller_sample_is_part_of_a_larger_one() -> None:
    assert set(sample(many(200), 20, seed=0)) < set(sample(many(200), 50, seed=0))


def test_a_sample_of_more_than_there_are_is_all_of_them() -> None:
    assert set(sample(many(5), 20, seed=0)) == set(many(5))


def test_every_question_is_drawn_about_equally_often() -> None:
    drawn = [question.id for seed in range(1_000) for question in sample(many(10), 3, seed)]
    # 300 each are expected, with a standard deviation of about 14.5.
    assert all(220 < drawn.count(question.id) < 380 for question in many(10))


@pytest.mark.skipif(not SETS.is_dir(), reason="the development question sets are not beside the repository")
@pytest.mark.parametrize(
    ("name", "count", "answerable"),
    [
        ("scifact", 300, 300),
        ("squadshifts_newwiki", 7938, 7938),
        ("clapnq_dev", 600, 300),
        ("chroma_general", 472, 472),
        ("norquad_wiki", 2354, 2354),
        ("mtrag_un", 507, 332),
    ],
)
def test_the_development_sets_are_read_whole(name: str, count: int, answerable: int) -> None:
    found = load_questions(SETS / name / "questions.jsonl")
    assert (len(found), sum(question.answerable for question in found)) == (count, answerable)
