"""A contrast looks like a question that a passage answers, and asks for something else."""

import random

import pytest

from index.article import Span
from training.contrasts import contrast, names_in, pairs
from training.sets import Example

PASSAGE = "The northern pier was opened by Runa Krag, and Otto Lie made the speech."


def contrasts(question: str, passage: str = PASSAGE, names: tuple[str, ...] = ("Ida Moe",)) -> set[str | None]:
    return {contrast(question, passage, names, random.Random(seed)) for seed in range(60)}


def asked(question: str, passage: str = PASSAGE, *, answerable: bool) -> Example:
    answers = (Span(32, 41),) if answerable else ()
    return Example(question, "qed", "pier", "The pier", passage, question, answerable, answers, exact=True)


def test_a_name_gives_way_to_one_of_the_passage_or_of_another() -> None:
    assert contrasts("Whom did Runa Krag marry?") == {"Whom did Otto Lie marry?", "Whom did Ida Moe marry?"}


def test_a_year_moves_and_so_does_a_number() -> None:
    years = {int(other.split()[3].rstrip("?")) for other in contrasts("Who ruled in 1931?") if other}
    assert years <= {1931 + away for away in (-5, -3, -2, -1, 1, 2, 3, 5, 10)}
    assert len(years) > 3
    numbers = {other for other in contrasts("Who lived at number 4?") if other}
    assert "Who lived at number 4?" not in numbers
    assert all(int(other.removeprefix("Who lived at number ").rstrip("?")) > 0 for other in numbers)


@pytest.mark.parametrize(
    ("question", "opposite"),
    [
        ("who opened the northern pier", {"who closed the northern pier", "who opened the southern pier"}),
        ("Which women's team lost?", {"Which men's team lost?", "Which women's team won?"}),
        ("who won't come before noon", {"who won't come after noon"}),
    ],
)
def test_a_word_gives_way_to_its_opposite_and_no_part_of_another_word_does(question: str, opposite: set[str]) -> None:
    assert contrasts(question) == opposite


@pytest.mark.parametrize("question", ["Was the northern pier opened first?", "why do cats purr"])
def test_no_contrast_is_made_where_the_answer_might_stay(question: str) -> None:
    assert contrasts(question) == {None}


def test_a_name_that_the_question_holds_already_makes_no_other_question() -> None:
    assert contrasts("Whom did Runa Krag marry?", "Nobody knows.", ("Runa Krag",)) == {None}


def test_names_are_those_within_questions() -> None:
    assert names_in(["Who is Runa Krag?", "What did Otto Lie tell Ida?"]) == ["Runa Krag", "Otto Lie", "Ida"]


def test_the_question_that_a_person_wrote_beside_it_is_the_most_alike_one_of_the_same_passage() -> None:
    right = asked("Who opened the northern pier?", answerable=True)
    far = asked("What did the speech cost?", answerable=True)
    near = asked("Who painted the northern pier?", answerable=False)
    nearer = asked("Who opened the southern northern pier?", answerable=False)
    elsewhere = asked("Who opened the northern pier then?", "Another passage.", answerable=False)
    assert pairs([right, far, near, nearer, elsewhere]) == {right.id: nearer.question}
