"""Right windows are right, wrong ones are wrong, and what is held out is never learned."""

import functools
import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from index.encoder.model import DEFAULT_MODEL, locate
from retrieval.reader.reading import Ids, Pieces
from tests.training.conftest import ENGINEERS, TOWNS
from training.groups import Group, GroupMaker
from training.sets import examples, sets_in


@pytest.fixture(scope="module")
def maker(reading: Path, work: Path, pieces: Pieces) -> GroupMaker:
    return GroupMaker(reading, work, pieces)


@pytest.fixture(scope="module")
def taught(maker: GroupMaker) -> list[Group]:
    return maker.training(0)[:200]


@functools.cache
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(locate(DEFAULT_MODEL) / "tokenizer.json"))


def words(ids: Ids) -> str:
    return tokenizer().decode(ids.tolist())


def town_of(group: Group) -> str:
    [town] = [town for town in TOWNS if town.lower() in words(group.question)]
    return town


def test_the_window_that_answers_stands_first_and_holds_the_answer_where_it_says(taught: list[Group]) -> None:
    answered = [group for group in taught if group.choices[0].answers]
    assert answered
    for group in answered:
        right = group.choices[0]
        [(first, last)] = right.places
        assert words(right.window[first : last + 1]) == ENGINEERS[TOWNS.index(town_of(group))].lower()
        assert not any(choice.answers for choice in group.choices[1:])


def test_no_other_window_holds_the_answer(taught: list[Group]) -> None:
    for group in taught:
        engineer = ENGINEERS[TOWNS.index(town_of(group))].lower()
        if group.choices[0].answers:
            assert not any(engineer in words(choice.window) for choice in group.choices[1:])


def test_a_title_that_tells_the_answer_makes_no_window_answer(taught: list[Group]) -> None:
    told = [
        choice
        for group in taught
        for choice in group.choices
        if not choice.answers and ENGINEERS[TOWNS.index(town_of(group))].lower() in words(choice.front)
    ]
    assert told


def test_some_ask_for_what_no_window_says(taught: list[Group]) -> None:
    nothing = [group for group in taught if not group.choices[0].answers]
    assert nothing
    assert all("cost" in words(group.question) and group.contrast is None for group in nothing)


def test_a_contrast_asks_of_another_year_or_town_where_something_answers(taught: list[Group]) -> None:
    contrasts = [(group, words(group.contrast)) for group in taught if group.contrast is not None]
    assert 0.3 < len(contrasts) / sum(group.choices[0].answers for group in taught) < 0.7
    for group, other in contrasts:
        town = town_of(group)
        assert "who drew the bridge" in other
        assert not (str(1900 + TOWNS.index(town)) in other and f"of {town.lower()} in" in other)


def test_a_question_that_people_wrote_to_look_alike_is_its_contrast_each_time(
    tmp_path: Path, reading: Path, work: Path, pieces: Pieces
) -> None:
    lines = [json.loads(line) for line in (reading / "qed.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        if not line["answerable"]:
            line["question"] = f"Who paid for the bridge of {line['document']}?"
    (tmp_path / "qed.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    taught = GroupMaker(tmp_path, work, pieces).training(0)[:40]
    answered = [group for group in taught if group.choices[0].answers]
    assert answered
    for group in answered:
        assert group.contrast is not None
        assert words(group.contrast).rstrip(" ?") == f"who paid for the bridge of {town_of(group).lower()}"


def test_what_is_held_out_is_asked_in_validation_and_nowhere_else(
    maker: GroupMaker, taught: list[Group], reading: Path
) -> None:
    held_out = {example.document for example in examples(reading, "qed") if example.held_out}
    assert held_out
    assert held_out.isdisjoint(map(town_of, taught))
    validation = maker.validation(100)
    assert {town_of(group) for group in validation} == held_out
    # Of what a person asked alone.
    assert {group.set for group in validation} == {"qed"}


def test_another_seed_draws_otherwise_and_the_same_one_alike(maker: GroupMaker, taught: list[Group]) -> None:
    def told(groups: list[Group]) -> list[tuple[bytes, ...]]:
        return [(group.question.tobytes(), *(choice.window.tobytes() for choice in group.choices)) for group in groups]

    assert told(maker.training(0)[:200]) == told(taught)
    assert told(maker.training(1)[:200]) != told(taught)


def test_a_folder_without_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds none of the sets"):
        sets_in(tmp_path)
