"""A follow-up whose form tells what it stands for is put as that plain question; of others nothing is guessed."""

import pytest

from retrieval.question.rewriting import Plain, plain_question

EN, NO = ("en",), ("no",)
NATO = "When did Finland join NATO?"
FERRY = "Where does the ferry of Lindvik go?"


@pytest.mark.parametrize(
    ("question", "earlier", "plain"),
    [
        ("And Sweden?", NATO, "When did Sweden join NATO?"),
        ("what about Sweden", NATO, "When did Sweden join NATO?"),
        ("And the EU?", "When did Finland join the UN?", "When did Finland join the EU?"),
        ("And New Zealand?", "Who governs Papua New Guinea?", "Who governs New Zealand?"),
        ("And the Bank of Norway?", "Where is the Bank of England?", "Where is the Bank of Norway?"),
        ("And in Geneva?", "Who met Lavrov in Paris?", "Who met Lavrov in Geneva?"),
        ("In 2021?", "How many ships were built in 2019?", "How many ships were built in 2021?"),
        ("and in March?", "How much rain fell in Bergen in January?", "How much rain fell in Bergen in March?"),
        ("Why?", NATO, "Why did Finland join NATO?"),
        ("And when?", FERRY, "When does the ferry of Lindvik go?"),
    ],
)
def test_a_fragment_takes_the_place_of_what_is_of_its_kind(question: str, earlier: str, plain: str) -> None:
    assert plain_question(question, earlier, "", EN) == Plain(plain, stands=True)


@pytest.mark.parametrize(
    ("question", "earlier", "plain"),
    [
        ("And when did he say that?", "What did Blinken ask Russia to do?", "When did Blinken say that?"),
        ("Who is her brother?", "Where was Runa Aasheim born?", "Who is Runa Aasheim's brother?"),
        ("Who voted for her?", "When was Runa Aasheim elected?", "Who voted for Runa Aasheim?"),
        ("What is his range?", "How old is Hume's dog?", "What is Hume's range?"),
    ],
)
def test_a_person_takes_the_place_of_the_pronoun(question: str, earlier: str, plain: str) -> None:
    assert plain_question(question, earlier, "", EN) == Plain(plain, stands=False)


def test_names_typed_without_capitals_are_known_by_the_reply() -> None:
    reply = "The parliament of Finland voted for it, and NATO took it in on 4 April."
    assert plain_question("and sweden?", "when did finland join nato?", reply, EN) == Plain(
        "when did sweden join nato?", stands=True
    )
    assert plain_question("and sweden?", "when did finland join nato?", "", EN) is None


def test_who_did_it_stands_in_the_reply() -> None:
    reply = "In May the bridge was opened by Karin Vedel."
    assert plain_question("When did she retire?", "Who opened the bridge?", reply, EN) == Plain(
        "When did Karin Vedel retire?", stands=False
    )


@pytest.mark.parametrize(
    ("question", "earlier"),
    [
        ("And when?", "Who sold the ship?"),  # another interrogative would leave the verb without its subject
        ("Why?", "What did Blinken ask Russia to do?"),
        ("When?", "How many ships sailed to Lindvik?"),
        ("And in 2021?", "Who sold the ship?"),
        ("What did he do next?", "When did The Hassles break up?"),
        ("What did he do next?", "Did she visit Oslo?"),
        ("When did he meet Ali?", "What did Ali say?"),
        ("What did he say to her?", "Where does Ingrid Solbakken live?"),
        ("How much is it?", NATO),
        ("And the ferries?", "How old is the bus?"),
        ("?", NATO),
    ],
)
def test_nothing_is_guessed_where_the_form_does_not_tell(question: str, earlier: str) -> None:
    assert plain_question(question, earlier, "", EN) is None


def test_norwegian_follow_ups_are_put_so_too() -> None:
    assert plain_question("Og Sverige?", "Når ble Finland med i NATO?", "", NO) == Plain(
        "Når ble Sverige med i NATO?", stands=True
    )
    assert plain_question("Og når sa han det?", "Hva krever Blinken av Russland?", "", NO) is None
    assert plain_question("Og når sa han det?", "Hva sa Blinken til Russland?", "", NO) == Plain(
        "Når sa Blinken det?", stands=False
    )
