"""Questions made from sentences of many forms, in English and Norwegian, and from headlines that ask."""

from pathlib import Path

import pytest

from index.article import Span
from retrieval import Citation, Retriever
from retrieval.examples import Candidate, candidates
from tests.conftest import BuildData

# Enough of each language around the sentence that counts, so that nobody can take it for another.
ENGLISH = "Nobody in the town had thought that it would take so long. There are some who say that it was the weather."
NORWEGIAN = (
    "Ingen i byen hadde trodd at arbeidet skulle vare så lenge. Mange mener at været fikk skylden for det meste."
)


def article(title: str, *sentences: str, around: str = ENGLISH) -> str:
    return f"{title}\n\n{' '.join(sentences)}\n\n{around}\n"


def asked(build_data: BuildData, files: dict[str, str | bytes], language: str = "en") -> tuple[list[Candidate], Path]:
    data = build_data(files)
    with Retriever.open(data) as retriever:
        return candidates(retriever, language), data


def test_a_sentence_that_says_who_did_something_is_asked_the_other_way_round(build_data: BuildData) -> None:
    sentence = "Secretary Ada Berg asked the ferries to wait until noon."
    text = article("Wait", "It had rained all morning.", sentence, "So they did.")
    (candidate,), data = asked(build_data, {"wait.txt": text})
    assert (candidate.question, candidate.article_id) == ("Who asked the ferries to wait until noon?", "wait.txt")
    assert candidate.span is not None
    with Retriever.open(data) as retriever:
        assert candidate.span.of(retriever.article("wait.txt").text) == sentence
        answer = retriever.ask(candidate.question, 1)
        assert candidate.answers(answer.citations[0])


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        (
            "The Council of Lindvik voted for a tidal barrier last night, and went home.",
            "Who voted for a tidal barrier?",
        ),
        (
            "Ada Berg has won the mountain race across the Hessel – her third.",
            "Who won the mountain race across the Hessel?",
        ),
        ("Ada Berg opened the bridge across the fjord on Friday.", "Who opened the bridge across the fjord?"),
        (
            "Jean-Luc Darcy wrote eleven letters to the harbour master.",
            "Who wrote eleven letters to the harbour master?",
        ),
        ("Ada Berg opened the old bridge across the fjord yesterday.", "Who opened the old bridge across the fjord?"),
        ("Ada Berg\nopened the bridge\nacross the wide fjord.", "Who opened the bridge across the wide fjord?"),
    ],
)
def test_what_is_asked_ends_where_the_deed_does(build_data: BuildData, sentence: str, question: str) -> None:
    found, _ = asked(build_data, {"a.txt": article("Short", sentence)})
    assert [candidate.question for candidate in found] == [question]


@pytest.mark.parametrize(
    "sentence",
    [
        "She opened the bridge across the fjord with scissors.",
        "Ada Berg asked him to wait until the evening had come.",
        "Ada Berg opened this bridge across the fjord with scissors.",
        "The bridge was opened by Ada Berg with some old scissors.",
        "Ada Berg won.",
        "Ada Berg asked all of the ferry companies in the whole of the wide country to wait for noon.",
        "Ada Berg opened “the bridge across the fjord” of Lindvik.",
        "Ada Berg opens the bridge across the fjord of Lindvik.",
    ],
)
def test_what_would_not_stand_alone_is_not_asked(build_data: BuildData, sentence: str) -> None:
    found, _ = asked(build_data, {"a.txt": article("Short", sentence)})
    assert found == []


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("The crew of the trawler Havlyn rescued nine men on Sunday night.", "Who rescued nine men?"),
        ("Sweden won the song contest in Liverpool on Saturday.", "Which country won the song contest in Liverpool?"),
        (
            "The bridge of Lindvik opened to traffic on Monday, 3 May 2021.",
            "When did the bridge of Lindvik open to traffic?",
        ),
        (
            "Olaf Scholz was elected chancellor of Germany on 8 December 2021.",
            "When was Olaf Scholz elected chancellor of Germany?",
        ),
        ("Lindvik Tower, which is 96 metres high, was built in 1912.", "When was Lindvik Tower built?"),
        ("Ada Berg resigned because the bridge had cost too much.", "Why did Ada Berg resign?"),
        ("In Moscow, the Kremlin's spokesman, Dmitry Peskov, called it a threat.", "Who is the Kremlin's spokesman?"),
        ("The archbishop of Paris, Laurent Ulrich, struck the doors.", "Who is the archbishop of Paris?"),
        ("It began when Russian Foreign Minister Sergey Lavrov came.", "Who is the Russian foreign minister?"),
        ("About 105,000 people live in Tonga.", "How many people live in Tonga?"),
        (
            "The United States finished with 39 gold medals, one more than China.",
            "How many gold medals did the United States finish with?",
        ),
        ("The lighthouse of Lindvik cost about 60,000 dollars.", "How much did the lighthouse of Lindvik cost?"),
        (
            "It went over Carbondale. Carbondale, a university town in Illinois, was in the path.",
            "Where is Carbondale?",
        ),
        ("Marie Curie was a Polish physicist who worked in Paris.", "Who was Marie Curie?"),
        ("Lindvik Radio is a station for seamen.", "What is Lindvik Radio?"),
        ("Tallinn is the capital of Estonia and its largest city.", "What is the capital of Estonia?"),
        (
            "Since 2002, Ukraine has sought entry into NATO, where it is wanted.",
            "Since when has Ukraine sought entry into NATO?",
        ),
        (
            "BRUSSELS, April 4 (Example Wire) - Finland became the 31st member of NATO on Tuesday.",
            "Which country became the 31st member of NATO?",
        ),
    ],
)
def test_a_sentence_of_each_form_is_asked_as_people_ask(build_data: BuildData, sentence: str, question: str) -> None:
    found, _ = asked(build_data, {"a.txt": article("Short", sentence)})
    assert question in [candidate.question for candidate in found]


@pytest.mark.parametrize(
    "sentence",
    [
        # A city, a thing and nobody are not asked after with "who".
        "People in Lindvik remember it. Lindvik joined the league of harbours.",
        "Nobody opened the bridge across the fjord.",
        "A rescued woman died at the scene.",
        "It was ex-UK Prime Minister Neville Chamberlain, and former French President Jacques Chirac.",
        "Ada Berg opened the game with two tries.",
        # What says too little, or needs the sentence before.
        "The Greens won four.",
        "Thirty-seven countries took part.",
        "The minister, Ada Berg, opened the meeting of that year.",
        # What begins a sentence may be no name; a capital is no person.
        "Work stands still on the bridge across the fjord.",
        "The capital of Tonga, Nuku'alofa, was covered in ash.",
        # Nobody has named these verbs' base forms.
        "Ada Berg frobbed the bridge across the fjord on 3 May 2021.",
    ],
)
def test_what_would_be_no_good_question_is_not_made(build_data: BuildData, sentence: str) -> None:
    found, _ = asked(build_data, {"a.txt": article("Short", sentence)})
    assert found == []


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("Why do ferries sink?", "Why do ferries sink?"),
        ("How to descale a kettle", "How do I descale a kettle?"),
    ],
)
def test_a_headline_that_asks_is_asked(build_data: BuildData, title: str, question: str) -> None:
    (candidate,), _ = asked(build_data, {"a.md": f"# {title}\n\n{ENGLISH}\n"})
    assert (candidate.question, candidate.span) == (question, None)


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Ordfører Kari Moe åpnet en ny bro over Lindvikfjorden.", "Hvem åpnet en ny bro over Lindvikfjorden?"),
        (
            "Ordfører Kari Moe åpnet den nye broen over Lindvikfjorden onsdag.",
            "Hvem åpnet den nye broen over Lindvikfjorden?",
        ),
        ("Sverige vant sangkonkurransen i Liverpool lørdag.", "Hvilket land vant sangkonkurransen i Liverpool?"),
        ("Kari Moe ble ordfører i Lindvik i 2013, da hun slo Per Dahl.", "Når ble Kari Moe ordfører i Lindvik?"),
        ("Broen over Lindvikfjorden ble åpnet 3. mai 2023.", "Når ble broen over Lindvikfjorden åpnet?"),
        ("Kari Moe måtte vente fordi ferjen var forsinket.", "Hvorfor måtte Kari Moe vente?"),
        ("Norges statsminister, Jonas Gahr Støre, var til stede.", "Hvem er Norges statsminister?"),
        ("Om lag 4200 mennesker bor i Lindvik.", "Hvor mange mennesker bor i Lindvik?"),
        ("Lindvik Bru kostet 900 millioner kroner.", "Hva kostet Lindvik Bru?"),
        ("Mange drar til Lindvik. Lindvik ligger ved munningen av fjorden.", "Hvor ligger Lindvik?"),
        ("Kari Moe er en norsk forfatter.", "Hvem er Kari Moe?"),
        ("Mange drar til Lindvik. Lindvik er en by på Vestlandet.", "Hva er Lindvik?"),
        ("Siden 2002 har Ukraina søkt om medlemskap i NATO.", "Hvor lenge har Ukraina søkt om medlemskap i NATO?"),
    ],
)
def test_norwegian_is_asked_in_norwegian(build_data: BuildData, sentence: str, question: str) -> None:
    found, _ = asked(build_data, {"a.txt": article("Kort", sentence, around=NORWEGIAN)}, "nb")
    assert question in [candidate.question for candidate in found]


@pytest.mark.parametrize(
    "sentence",
    [
        "Byen ligger ved munningen av fjorden.",
        "Gradvis ble engelsk kultur dominerende i Lindvik.",
        "Versjonen ble senere utviklet av Aspyr.",
        "Kari Moe ble i 2004 rangert som den beste.",
        "Vendepunktet kom i det sjette partiet 3. desember.",
        "Lindvikbroen ble bygget av firmaet Strand.",
        "Hun åpnet den nye broen over Lindvikfjorden.",
    ],
)
def test_norwegian_that_is_no_good_question_is_not_made(build_data: BuildData, sentence: str) -> None:
    found, _ = asked(build_data, {"a.txt": article("Kort", sentence, around=NORWEGIAN)}, "nb")
    assert found == []


def test_questions_in_the_readers_language_come_first(build_data: BuildData) -> None:
    files: dict[str, str | bytes] = {
        "bro.txt": article("Bro", "Ordfører Kari Moe åpnet en ny bro over Lindvikfjorden.", around=NORWEGIAN),
        "bridge.txt": article("Bridge", "Ada Berg opened a new bridge across the Hessel Fjord."),
    }
    norwegian, english = "Hvem åpnet en ny bro over Lindvikfjorden?", "Who opened a new bridge across the Hessel Fjord?"
    assert [one.question for one in asked(build_data, files, "nb")[0]] == [norwegian, english]
    assert [one.question for one in asked(build_data, files, "en")[0]] == [english, norwegian]


def test_the_newest_come_first_and_a_second_question_of_an_article_after_a_first_of_every_one(
    build_data: BuildData,
) -> None:
    def dated(day: str, title: str, *sentences: str) -> str:
        return f"---\ntitle: {title}\ndate: {day}\n---\n\n{' '.join(sentences)}\n\n{ENGLISH}\n"

    found, _ = asked(
        build_data,
        {
            "old.md": dated("2020-01-01", "Old", "Ada Berg opened the bridge to Hessel."),
            "new.md": dated(
                "2024-01-01",
                "New",
                "Bo Dahl closed it. Bo Dahl opened the tunnel to Lindvik.",
                "Bo Dahl built the tower of Lindvik.",
            ),
            "none.md": dated("2022-01-01", "The weather of last week in Lindvik", "It rained."),
        },
    )
    assert [(candidate.question, candidate.article_id) for candidate in found] == [
        ("Who opened the tunnel to Lindvik?", "new.md"),
        ("Who opened the bridge to Hessel?", "old.md"),
        ("Who built the tower of Lindvik?", "new.md"),
    ]


def citation(article_id: str, start: int, end: int) -> Citation:
    return Citation(1, article_id, "", None, None, None, article_id, start, end, "x" * (end - start), (), 0.0, "", 1)


def test_only_a_passage_of_its_article_that_holds_its_sentence_answers_a_candidate() -> None:
    made = Candidate("Who?", "a.txt", Span(100, 150))
    assert made.answers(citation("a.txt", 100, 150))
    assert made.answers(citation("a.txt", 0, 1000))
    assert not made.answers(citation("a.txt", 101, 1000))
    assert not made.answers(citation("a.txt", 0, 149))
    assert not made.answers(citation("b.txt", 0, 1000))
    headline = Candidate("A headline", "a.txt", None)
    assert headline.answers(citation("a.txt", 500, 600))
    assert not headline.answers(citation("b.txt", 500, 600))
