"""A waiting question is told of a new article that answers it, once a story, and of nothing else."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.encoder.encoder import ReadQuestion
from index.withdrawn import Withdrawn, restore, withdraw
from retrieval import Retriever
from retrieval.watching import News, Watched, Watching, alone
from tests.retrieval.watching.conftest import COPY, COST, QUESTION, UPDATE, Paper

DAY = "2024-06-12"
WATCHED = Watched("ola", QUESTION, "2024-05-03")

Look = Callable[..., list[News]]


@pytest.fixture
def look(retriever: Retriever) -> Look:
    """Looks for news at what has come since the last look."""
    known = set(retriever.article_marks())
    watching = Watching(retriever)

    def looked(watched: Sequence[Watched] = (WATCHED,), today: str = DAY) -> list[News]:
        marks = retriever.article_marks()
        found = list(watching.look(watched, known, today=today))
        known.update(marks)
        return found

    return looked


def _ids(news: Sequence[News]) -> list[str]:
    return [one.answer.citations[0].article_id for one in news]


def test_a_new_article_that_answers_is_news_once(paper: Paper, look: Look) -> None:
    assert look() == []
    paper.prints(cost=COST)
    (news,) = look()
    assert (news.key, news.before) == ("ola", None)
    assert news.story == {"cost.md"}
    assert "48 million euros" in news.answer.citations[0].quote
    assert news.answer.tier == "confident"
    assert look() == []


def test_an_article_about_something_else_is_no_news(paper: Paper, look: Look) -> None:
    paper.prints(cost=COST.replace("tidal barrier", "lighthouse").replace("cost 48 million euros", "stay unlit"))
    assert look() == []


def test_a_copy_of_what_was_told_is_no_news(paper: Paper, look: Look) -> None:
    paper.prints(cost=COST)
    (first,) = look()
    paper.prints(copy=COPY)
    assert look([replace(WATCHED, told=first.story)]) == []


def test_a_copy_of_an_article_that_was_known_before_is_no_news(paper: Paper, look: Look) -> None:
    paper.prints(cost=COST)
    look([])
    paper.prints(copy=COPY)
    assert look() == []


def test_a_copy_that_answers_better_than_what_was_known_is_no_news(paper: Paper, look: Look) -> None:
    paper.prints(cost=COST.replace("title: Lindvik gets its tidal barrier", "title: Council meets"))
    look([])
    paper.prints(copy=COST.replace("title: Lindvik gets its tidal barrier", f"title: {QUESTION}"))
    assert look() == []


def test_an_article_that_was_taken_out_is_no_news_until_it_is_back(
    paper: Paper, retriever: Retriever, look: Look
) -> None:
    paper.prints(cost=COST)
    taken = Withdrawn("cost.md", "cost.md", "cost.md", None, "", "2024-06-12T12:00:00+00:00")
    withdraw(paper.data, [taken])
    retriever.refresh()
    assert look() == []
    restore(paper.data, {"cost.md"})
    retriever.refresh()
    assert _ids(look()) == ["cost.md"]


def test_of_copies_that_come_together_one_is_told_and_all_belong_to_the_story(paper: Paper, look: Look) -> None:
    paper.prints(cost=COST, copy=COPY)
    (news,) = look()
    assert news.story == {"cost.md", "copy.md"}


def test_a_newer_answer_is_told_with_the_one_before(paper: Paper, look: Look) -> None:
    paper.prints(cost=COST)
    (first,) = look()
    paper.prints(update=UPDATE)
    (second,) = look([replace(WATCHED, told=first.story)])
    assert "61 million" in second.answer.citations[0].quote
    assert second.before is not None
    assert "48 million" in second.before.quote


def test_what_an_older_article_answers_better_is_no_news(paper: Paper, look: Look) -> None:
    paper.prints(cost=COST)
    look([])
    paper.prints(
        aside="Ferries wait\n\nFerries to Lindvik wait until the tidal barrier, whatever it costs, is built.\n"
    )
    assert look() == []


def test_a_changed_article_is_new_but_a_story_that_was_told_is_not_told_again(paper: Paper, look: Look) -> None:
    vague = COST.replace("cost 48 million euros", "be built after all")
    paper.prints(cost=vague)
    assert look() == []
    paper.prints(cost=COST)
    (news,) = look()
    paper.prints(cost=COST.replace("48", "49"))
    assert look([replace(WATCHED, told=news.story)]) == []


def test_an_article_that_is_withdrawn_before_the_look_is_not_told(paper: Paper, look: Look) -> None:
    paper.prints(cost=COST)
    paper.withdraws("cost")
    assert look() == []


def test_filters_of_a_question_hold_for_its_news(paper: Paper, look: Look) -> None:
    gazette, tern = (Watched(name, f"{QUESTION} source:{name}", DAY) for name in ("gazette", "tern"))
    paper.prints(cost=COST)
    assert [news.key for news in look([gazette, tern])] == ["gazette"]


@pytest.mark.parametrize(
    "question", ["", "?!", "source:", f'{QUESTION} in:"', "x" * 3_000, f"{QUESTION} source:nobody", "\x00\ud800"]
)
def test_a_question_that_cannot_be_asked_waits_and_keeps_no_other_from_its_news(
    paper: Paper, look: Look, question: str
) -> None:
    paper.prints(cost=COST)
    assert [news.key for news in look([Watched("odd", question, DAY), WATCHED])] == ["ola"]


def test_a_time_that_a_question_names_is_reckoned_from_the_day_it_was_asked(paper: Paper, retriever: Retriever) -> None:
    # Asked in June for May, and looked for in January, when last month is December.
    question = "How much will the tidal barrier cost that the council of Lindvik decided on last month?"
    known = retriever.article_marks()
    paper.prints(cost=COST)
    in_june, in_january = (retriever.ask(question, asked=day).confidence for day in ("2024-06-30", "2025-01-31"))
    assert in_june > in_january
    looking = Watching(retriever, sure=0.3).look([Watched("ola", question, "2024-06-30")], known, today="2025-01-31")
    assert [news.answer.confidence for news in looking] == [in_june]


def test_what_comes_while_a_look_goes_on_is_news_at_the_next(paper: Paper, retriever: Retriever) -> None:
    known = retriever.article_marks()
    paper.prints(cost=COST)
    marks = retriever.article_marks()
    looking = Watching(retriever).look([WATCHED, replace(WATCHED, key="kari")], known, today=DAY)
    first = next(looking)
    paper.prints(update=UPDATE)
    # Another question in between, which opens the new index.
    retriever.ask("Who saved the library?")
    second = next(looking)
    assert _ids([first, second]) == ["cost.md", "cost.md"]
    told = replace(WATCHED, told=first.story)
    assert _ids(list(Watching(retriever).look([told], known | marks, today=DAY))) == ["update.md"]


def test_a_look_that_ends_in_the_middle_tells_the_rest_next_time(paper: Paper, retriever: Retriever) -> None:
    known = retriever.article_marks()
    watched = [replace(WATCHED, key=key) for key in ("a", "b", "c")]
    paper.prints(cost=COST)
    retriever.refresh()
    first = next(Watching(retriever).look(watched, known, today=DAY))
    told = [replace(one, told=first.story) if one.key == first.key else one for one in watched]
    assert [news.key for news in Watching(retriever).look(told, known, today=DAY)] == ["b", "c"]


def test_a_look_that_nobody_reads_to_its_end_leaves_no_thread_behind(paper: Paper, retriever: Retriever) -> None:
    known = retriever.article_marks()
    paper.prints(cost=COST)
    retriever.refresh()
    watched = [replace(WATCHED, key=number) for number in range(40)]
    looking = (news for news in Watching(retriever).look(watched, known, today=DAY))
    next(looking)
    looking.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("watching")]


def test_questions_are_encoded_once_also_for_the_next_process(
    paper: Paper, retriever: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, folder = retriever.article_marks(), tmp_path / "vectors"
    paper.prints(cost=COST)
    retriever.refresh()
    assert list(Watching(retriever, folder).look([WATCHED], known, today=DAY))
    with retriever.pinned() as snapshot:
        encoder = snapshot.encoder
    encoded: list[str] = []
    read = encoder.read

    def counted(text: str) -> ReadQuestion:
        encoded.append(text)
        return read(text)

    monkeypatch.setattr(encoder, "read", counted)
    again = Watching(retriever, folder)
    # What news there are is asked in full, which encodes the question each time; what is plausible only is not.
    other = Watched("kari", "Who keeps the library of Sandnes open?", DAY)
    list(again.look([other], known, today=DAY))
    assert encoded == [other.question]
    list(again.look([other], known, today=DAY))
    list(Watching(retriever, folder).look([other], known, today=DAY))
    assert encoded == [other.question]
    assert (folder.stat().st_mode & 0o777) == 0o700


def test_a_folder_of_vectors_that_cannot_be_used_costs_only_time(
    paper: Paper, retriever: Retriever, tmp_path: Path
) -> None:
    known = retriever.article_marks()
    (tmp_path / "file").write_text("in the way")
    paper.prints(cost=COST)
    retriever.refresh()
    assert list(Watching(retriever, tmp_path / "file").look([WATCHED], known, today=DAY))


def test_a_question_in_a_language_that_the_model_does_not_know_waits_too(paper: Paper, look: Look) -> None:
    asked = Watched("kari", "Hva koster den nye broen over elva ved Sandnes kirke?", "2024-05-03")
    paper.prints(bro="Ny bro\n\nDen nye broen over elva ved Sandnes kirke koster 90 millioner kroner, sier kommunen.\n")
    assert _ids(look([asked, WATCHED])) == ["bro.md"]


def test_marks_tell_the_text_and_the_id_apart(paper: Paper, retriever: Retriever) -> None:
    before = retriever.article_marks()
    assert {len(mark) for mark in before} == {8}
    paper.prints(cost=COST)
    after = retriever.article_marks()
    assert before < after
    paper.prints(cost=COST.replace("48", "49"))
    assert len(retriever.article_marks() - after) == 1
    paper.withdraws("cost")
    assert retriever.article_marks() == before


def test_the_question_of_an_answer_stands_alone_with_its_filters(retriever: Retriever) -> None:
    answer = retriever.ask("after:2024-05 What did the council of Lindvik talk about?")
    assert alone(answer) == 'What did the council of Lindvik talk about? after:"2024-05-01"'
    assert retriever.ask(alone(answer)).filters == answer.filters
