"""What came before a question counts where it helps, never more than the question, and a person is told."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from index.engines.bm25 import word_query
from retrieval import Retriever
from retrieval.question.conversation import Context, Turn, Understood, understand
from retrieval.question.terms import LONGEST
from retrieval.ranking.fusion import Candidates, lacking_words, read_in_context, with_context_words
from retrieval.snapshot import Snapshot
from tests.conftest import BuildData

SEEDS = {
    "harbour.txt": "A tidal barrier for the harbour\n\nThe harbour of Lindvik gets a tidal barrier.\n",
    "ferry.txt": "The ferry of Lindvik\n\nThe ferry to the harbour sails at noon, and a ticket costs four crowns.\n",
    "tram.txt": "The tram of Ostmark\n\nThe tram to the square leaves at noon, and a ticket costs nine crowns.\n",
    "bus.txt": "Night buses in Tolna\n\nFrom May the night bus runs every hour.\n",
    "fyr.txt": "Fyret på Skarvøya\n\nFyrvokteren Ingrid Solbakken sa på mandag at det var hun som ville bo på øya.\n",
    "skole.txt": "Skolen i Tolna\n\nRektoren sa på fredag at det ikke er nok lærere på skolen i Tolna.\n",
}
FERRY = [Turn("user", "Where does the ferry of Lindvik go?"), Turn("agent", "The ferry sails to the harbour.")]
TRAM = [Turn("user", "Where does the tram of Ostmark go?"), Turn("agent", "The tram leaves for the square.")]
TICKET = "What does a ticket cost at noon?"


@pytest.fixture(scope="module")
def retriever(build_data: BuildData) -> Iterator[Retriever]:
    with Retriever.open(build_data(SEEDS)) as opened:
        yield opened


@pytest.fixture(scope="module")
def snapshot(build_data: BuildData) -> Iterator[Snapshot]:
    opened = Snapshot.open(build_data(SEEDS), None)
    yield opened
    opened.close()


def understood(snapshot: Snapshot, question: str, history: Sequence[Turn]) -> Understood:
    return understand(question, history, snapshot.generation.bm25, snapshot.languages)


@pytest.mark.parametrize(("history", "path"), [(FERRY, "ferry.txt"), (TRAM, "tram.txt")])
def test_of_two_passages_that_answer_the_one_that_was_talked_about_is_shown(
    retriever: Retriever, history: list[Turn], path: str
) -> None:
    answer = retriever.ask(TICKET, history=history)
    assert answer.citations[0].path == path
    # It helps to choose, but the question stands alone, and nothing else was understood.
    assert (answer.interpreted_as, answer.follows) == (TICKET, "")


def test_what_came_before_does_not_outweigh_the_question(retriever: Retriever) -> None:
    answer = retriever.ask("And the night bus in Tolna?", history=FERRY)
    assert answer.citations[0].path == "bus.txt"
    assert (answer.interpreted_as, answer.follows) == ("And the night bus in Tolna?", FERRY[0].text)


def test_where_the_lists_do_not_agree_the_question_is_left_as_it_is(retriever: Retriever) -> None:
    question = "How often does the night bus run?"
    alone, after = retriever.ask(question), retriever.ask(question, history=FERRY)
    assert after.interpreted_as == question
    assert (after.citations, after.confidence) == (alone.citations, alone.confidence)


def test_a_question_that_leans_is_understood_after_what_came_before_whatever_the_lists_say(snapshot: Snapshot) -> None:
    asked, shown = "And the night bus?", (FERRY[1].text,)
    context = Context(FERRY[0].text, FERRY[1].text, shown)
    assert understood(snapshot, asked, FERRY) == Understood(asked, asked, context, FERRY[0].text, shown)


def test_a_question_without_words_of_its_own_is_searched_for_together_with_the_one_before(snapshot: Snapshot) -> None:
    asked = understood(snapshot, "And when was that?", FERRY)
    assert asked == Understood(
        "And when was that?", f"{FERRY[0].text} And when was that?", None, FERRY[0].text, (FERRY[1].text,)
    )
    assert asked.whole == asked.searched


def test_a_follow_up_that_stands_for_a_plain_question_is_asked_as_that(retriever: Retriever) -> None:
    answer = retriever.ask("And Ostmark?", history=[Turn("user", "Where does the tram of Lindvik go?"), FERRY[1]])
    assert (answer.interpreted_as, answer.follows) == ("Where does the tram of Ostmark go?", "")
    assert answer.citations == retriever.ask("Where does the tram of Ostmark go?").citations


def test_thanks_lean_on_nothing(snapshot: Snapshot) -> None:
    assert understood(snapshot, "great, thank you", FERRY) == Understood("great, thank you", "great, thank you")


def test_a_follow_up_to_a_question_that_was_not_answered_stands_alone(retriever: Retriever) -> None:
    history = [Turn("user", "Who built the cathedral?"), Turn("agent", "")]
    alone, after = retriever.ask("And when?"), retriever.ask("And when?", history=[*FERRY, *history])
    assert (after.interpreted_as, after.follows, after.citations) == ("And when?", "", alone.citations)


def test_a_follow_up_counts_as_answered_where_it_and_the_question_before_are_answered_together(
    retriever: Retriever,
) -> None:
    question = "And what does it cost?"
    history = [Turn("user", "When does the ferry to the harbour sail, at noon?")]
    assert not retriever.ask(question).answered
    answer = retriever.ask(question, history=history)
    assert answer.citations[0].path == "ferry.txt"
    assert answer.answered
    # What the whole is worth asked as one question, whatever is left of it in the follow-up.
    together = retriever.ask(f"{answer.follows} {question}")
    assert together.citations[0].path == "ferry.txt"
    assert answer.confidence >= together.confidence - 1e-6


def test_a_norwegian_follow_up_is_understood(retriever: Retriever) -> None:
    for history, path in (("Hvem vil bo på Skarvøya?", "fyr.txt"), ("Hva mangler skolen i Tolna?", "skole.txt")):
        answer = retriever.ask("Og når sa han det?", history=[Turn("user", history)])
        assert answer.citations[0].path == path
        assert (answer.interpreted_as, answer.follows) == ("Og når sa han det?", history)


def test_the_answering_sentence_is_of_the_kind_that_the_follow_up_asks_for(build_data: BuildData) -> None:
    text = (
        "The toll bridge at Hult\n\nThe toll on the bridge at Hult ends in January 1931. Karin Vedel fought the toll.\n"
    )
    history = [Turn("user", "When does the toll on the bridge at Hult end?"), Turn("agent", "In January 1931.")]
    with Retriever.open(build_data({"toll.txt": text})) as bridge:
        citation = bridge.ask("And who fought the toll?", history=history).citations[0]
    highlight = citation.highlights[0]
    quote = citation.quote[highlight.start - citation.start : highlight.end - citation.start]
    assert quote == "Karin Vedel fought the toll."


def test_the_vector_leans_towards_what_came_before_by_a_quarter_and_its_reply_by_an_eighth(snapshot: Snapshot) -> None:
    context = Context("Where does the ferry go?", "To the harbour.")
    encoder = snapshot.encoder
    own, earlier, reply = (encoder.question(text) for text in (TICKET, context.earlier, context.reply))
    mixed = own + earlier / 4 + reply / 8
    found = read_in_context(encoder, TICKET, context).vector
    np.testing.assert_allclose(found, mixed / np.sqrt(mixed @ mixed), atol=1e-5)


def test_of_what_came_before_only_words_that_are_lacking_are_added() -> None:
    query = word_query(["ticket", "ferry"], ["en"])
    earlier, reply = lacking_words(query, Context("Is the ferry late?", "The late ferry is full."), ("en",))
    assert (earlier, reply) == ((("late",),), (("full",),))


def test_the_words_of_the_question_before_count_a_quarter_and_those_of_the_reply_an_eighth(snapshot: Snapshot) -> None:
    lexicon = snapshot.generation.bm25
    words = {word: word_query([word], ["en"]) for word in ("ticket", "ferry", "square")}
    numbers = np.arange(len(lexicon))
    score = {word: lexicon.scores(query, numbers) for word, query in words.items()}
    found = Candidates(numbers, np.zeros(len(numbers), np.float32), score["ticket"])
    added = with_context_words(found, words["ferry"], words["square"], lexicon).words
    np.testing.assert_allclose(added, score["ticket"] + score["ferry"] / 4 + score["square"] / 8, rtol=1e-5)
    assert score["ferry"].any()
    assert score["square"].any()


@pytest.mark.parametrize(
    "history",
    [
        [Turn("user", "?!")],
        [Turn("user", "港" * 1_000_000)],
        [Turn("user", "ferry harbour " * 80_000), Turn("agent", "crowns " * 150_000)],
        [*FERRY, *[Turn("nobody", "orphan")] * 10_000],
        [Turn("agent", "\x1b[2J"), Turn("user", "\ud800 ferry \x00")] * 5_000,
    ],
)
def test_a_hostile_history_is_harmless(retriever: Retriever, history: list[Turn]) -> None:
    for question in (TICKET, "And why?", "ferry " * (LONGEST // 6)):
        answer = retriever.ask(question, history=history)
        assert answer.citations
        for citation in answer.citations:
            assert retriever.article(citation.article_id).text[citation.start : citation.end] == citation.quote
        assert not set("\x00\x1b\ud800") & set(answer.interpreted_as)


def test_a_sentence_shown_for_an_earlier_question_steps_back_behind_one_that_answers_as_well(
    build_data: BuildData,
) -> None:
    seeds = SEEDS | {
        "vote.txt": "The vote in Lindvik\n\nOle Brandt spoke against the tidal barrier in Lindvik on Monday.\n",
        "rally.txt": "A rally in Lindvik\n\nKari Moen spoke against the tidal barrier in Lindvik on Friday.\n",
    }
    question = "Who else spoke against the tidal barrier in Lindvik?"
    with Retriever.open(build_data(seeds)) as opened:
        first = opened.ask(question).citations[0]
        said = [Turn("user", "Who spoke against the barrier?"), Turn("agent", first.quote)]
        assert opened.ask(question, history=said).citations[0].article_id != first.article_id
        # The same question again is no follow-up.
        again = [Turn("user", question), said[1]]
        assert opened.ask(question, history=again).citations[0] == first
