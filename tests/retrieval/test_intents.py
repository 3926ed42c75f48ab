"""Utterances that are no questions are told from questions: small talk, and requests for articles."""

from typing import Any, Final

import pytest

from retrieval.question.intents import Intent, checked_phrases, intent_of, phrases

# Written before the phrases were, as people type: each with what is wanted.
TALK: Final = {
    "greeting": """
        hi | Hello! | hey there | Good morning | good evening 🙂 | HI | hiya | hello bot | Hi, how are you?
        how's it going? | hei | Hallo! | God morgen | hei, hvordan går det? | god kveld | heisann | Hei du
        hei på deg | good afternoon everyone
    """,
    "thanks": """
        thanks | Thank you! | thx | hi there, thanks a lot! 😀 | great, thank you | Great! | ok thanks
        thank you so much ❤️ | thanks for your help | perfect | That was very helpful, thanks | awesome 👍
        well done | cheers mate | that's great | takk | Tusen takk! | takk for hjelpen | flott, takk | mange takk
        takk skal du ha 😊 | supert | det var veldig nyttig | perfekt, tusen takk | Bra jobba!
    """,
    "goodbye": """
        bye | goodbye! | ok bye | see you later | good night | Thanks, bye! | have a nice day | bye bye 👋
        take care | ha det | Ha det bra! | hadet | vi snakkes | god natt | takk, ha en fin dag | farvel
    """,
    "help": """
        help | Help! | help me please | can you help me? | I need help | how does this bot work?
        what can I ask you? | How do I ask a question? | what should I type here | hi, could you help me please
        hjelp | Hjelp meg | kan du hjelpe meg? | hvordan virker du? | hva kan jeg spørre deg om? | jeg trenger hjelp
    """,
    "identity": """
        who are you? | what are you | Hi! Who are you? | are you a bot? | are you human | what's your name?
        who made you? | tell me about yourself | hvem er du? | hva er du | er du en robot? | Hei, hvem er du?
        hva heter du? | Kven er du? | hvem har laget deg?
    """,
    "ability": """
        what can you do? | What can you do for me? | what do you do | how can you help me? | hello, what can you do?
        what are you able to do | hva kan du gjøre? | hva kan du? | Kva kan du gjere? | hva kan du hjelpe meg med?
    """,
    "stop": """
        stop | STOP! | please stop | stop it | shut up | cancel | ok, stop now | stopp | Stopp! | ti stille | avbryt
    """,
    "chat": """
        ok | OK. | lol | haha | 😀 | 👍👍 | ❤️ | 🇳🇴 | :) | ;-) | okay cool | I see | got it | hmm | wow!
        oops sorry | no problem | greit | skjønner | haha 😂 | jaja | den er grei | okei
    """,
}
ARTICLES: Final = {
    "list": """
        what articles do you have? | Which articles do you have | list all articles | show me your articles
        articles | sources | What sources do you have? | what do you have? | hi, what articles do you have please
        list the headlines | can you show me all the articles? | What's in the index? | hvilke artikler har du?
        Hvilke artikler finnes? | vis alle artikler | vis meg artiklene | hva har du? | Kva artiklar har du?
        artikler | hvilke kilder har du
    """,
    "count": """
        how many articles are there? | How many articles do you have | how many sources do you have?
        number of articles | how many articles do you know? | hvor mange artikler har du?
        hvor mange artikler finnes det | Kor mange artiklar er det? | antall artikler
    """,
    "latest": """
        latest news | what's new? | What is the latest news? | show me the latest articles | any news?
        newest articles | news | the latest | anything new | recent news please | what are the headlines today
        siste nytt | Hva er nytt? | siste nyheter | vis de nyeste artiklene | nyheter | dagens nyheter | noe nytt?
    """,
}
NAMING: Final = {
    "articles about Ukraine": ("about", "Ukraine"),
    "Do you have anything on climate change?": ("about", "climate change"),
    "show me articles about the James Webb telescope, please": ("about", "the James Webb telescope"),
    "is there anything about chess": ("about", "chess"),
    "which articles are about NATO?": ("about", "NATO"),
    "news about the World Health Organization": ("about", "the World Health Organization"),
    "stories on Will Smith": ("about", "Will Smith"),
    "hi! do you have any articles on O'Brien?": ("about", "O'Brien"),
    "find me something about penguins": ("about", "penguins"),
    "artikler om krigen i Ukraina": ("about", "krigen i Ukraina"),
    "Har du noe om sjakk?": ("about", "sjakk"),
    "vis meg alle artikler om Nobelprisen, takk": ("about", "Nobelprisen"),
    "hva har du om NATO": ("about", "NATO"),
    "How many articles about Ukraine do you have?": ("count", "Ukraine"),
    "hvor mange artikler om sjakk har du?": ("count", "sjakk"),
    "everything from Harbour Post": ("source", "Harbour Post"),
    'source:"Harbour Post"': ("source", "Harbour Post"),
    "kilde:nordlys": ("source", "nordlys"),
    "show me all articles from Example Wire": ("source", "Example Wire"),
    "what do you have from The Guardian?": ("source", "The Guardian"),
    "What articles do you have from Harbour Post?": ("source", "Harbour Post"),
    "alt fra Harbour Post": ("source", "Harbour Post"),
    "hvilke artikler har du fra Aftenposten?": ("source", "Aftenposten"),
    "show me the Blinken article": ("open", "Blinken"),
    "Open the article about the Suez canal": ("open", "the Suez canal"),
    "read me the eclipse story": ("open", "eclipse"),
    "can you open the Webb telescope article please": ("open", "Webb telescope"),
    "vis meg Blinken-artikkelen": ("open", "Blinken"),
    "åpne artikkelen om Carlsen": ("open", "Carlsen"),
    "what happened on 21 January 2022": ("day", "on 21 January 2022"),
    "What happened on January 21, 2022?": ("day", "on January 21, 2022"),
    "what happened on 2022-01-21": ("day", "on 2022-01-21"),
    "what happened yesterday": ("day", "yesterday"),
    "what happened last week?": ("day", "last week"),
    "news from 21 January 2022": ("day", "21 January 2022"),
    "articles from January 2022": ("day", "January 2022"),
    "show me the news from last month": ("day", "last month"),
    "hva skjedde 21. januar 2022?": ("day", "21. januar 2022"),
    "hva skjedde i går": ("day", "i går"),
    "Kva hende den 4. april 2023?": ("day", "den 4. april 2023"),
    "nyheter fra forrige uke": ("day", "forrige uke"),
}
QUESTIONS: Final = """
Hello Kitty was designed by whom? | What can you do about moss in a lawn? | Thanks to whom did the bridge survive?
Help! How do I prune an apple tree? | What happened to the ferry on 21 January 2022? | stop the war: who signed?
How many articles does the constitution have? | Who are you voting for, asked the reporter?
ok but who won the election? | What happened in Geneva on 21 January 2022? | What happened on 4 July?
What happened in 1989? | What happened in May 2023? | What do you do with old batteries?
Hi, who won the Eurovision? | thanks, and when did Finland join NATO? | who is she? | who made your decision
Good morning America is broadcast where? | What did the latest article say? | How does it work?
Bye Bye Birdie premiered when? | Who sings Hello? | What is new in the treaty? | How do I use it?
what's the name of it? | the latest on the Suez canal | How many stories does the tower have?
Which articles of the treaty were broken? | What sources did the report have? | articles about who won
anything about it? | articles about her | Is there anything else? | What did Harbour Post say about the ferry?
show me who did it | open air museums in Oslo | read the room meaning
All from the same place were rescued, weren't they? | news of the world closed why | Nice | Perfect Storm | May Day
Blinken | Where is the sources of the Nile? | Is the bot fly harmful? | stop codon | help desk opening hours
wow signal 1977 | Hva kan du gjøre mot mose i plenen? | Hei hvem vant valget? | Takket være hvem overlevde broen?
Hva skjedde i Oslo 22. juli 2011? | Hvor mange artikler har grunnloven? | Stopp krigen: hvem skrev under?
Hva har du gjort, spurte dommeren? | hva er det? | Hjelp, hvordan beskjærer jeg et epletre?
Hvem er du glad i, spurte han? | artikler om det | Hvem er dronningen? | Hva skjedde i 1814?
"""


def told(listed: str) -> list[str]:
    return [utterance.strip() for line in listed.split("\n") for utterance in line.split(" | ") if utterance.strip()]


@pytest.mark.parametrize(
    ("utterance", "kind"),
    [(utterance, kind) for kind, listed in (TALK | ARTICLES).items() for utterance in told(listed)],
)
def test_small_talk_and_requests_for_articles_are_told_from_questions(utterance: str, kind: str) -> None:
    intent = intent_of(utterance, ("no",))
    assert intent == Intent(kind)  # type: ignore[arg-type]  # a kind of the tables above
    assert intent.is_talk == (kind in TALK)


@pytest.mark.parametrize("utterance", NAMING)
def test_a_request_names_what_it_is_about_as_it_was_written(utterance: str) -> None:
    intent = intent_of(utterance, ("no",))
    assert intent
    assert (intent.kind, intent.words) == NAMING[utterance]


@pytest.mark.parametrize("utterance", told(QUESTIONS))
def test_a_question_is_never_taken_for_talk(utterance: str) -> None:
    assert intent_of(utterance, ("no",)) is None


def test_several_kinds_of_talk_in_one_utterance_count_as_the_most_telling_one() -> None:
    assert intent_of("Hi! Thanks, who are you? lol") == Intent("identity")
    assert intent_of("there again please") is None


def test_english_is_understood_whatever_the_articles_speak_and_other_languages_where_they_are_spoken() -> None:
    assert intent_of("hello", ("de", None)) == Intent("greeting")
    assert intent_of("tusen takk") is None
    assert intent_of("tusen takk", (None, "no")) == Intent("thanks")


def test_signs_alone_are_talk_only_where_they_are_emoji() -> None:
    assert intent_of("😀") == intent_of("👍🏽 🇳🇴") == Intent("chat")
    assert [intent_of(signs) for signs in ("", "?!", "...", "©", "source:", 'source:"open', "42")] == [None] * 7


def test_an_utterance_of_many_words_is_a_question_however_it_begins() -> None:
    assert intent_of("hi " * 20) == Intent("greeting")
    assert intent_of("hi " * 21) is None
    assert intent_of("articles about " + "very " * 2_000 + "much") is None


def test_other_filters_than_a_source_are_no_request() -> None:
    assert intent_of("after:2022") is None
    assert intent_of("source:reuters after:2022") is None
    assert intent_of("source:reuters articles") is None


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("greeting", ["hi (there"]),
        ("greeting", ["hi {words}"]),
        ("greeting", ["Hi"]),
        ("greeting", ["what's up"]),
        ("greeting", ["(hi|)"]),
        ("about", ["articles about {time}"]),
    ],
)
def test_a_phrase_that_cannot_be_read_is_named(name: str, wrong: list[str]) -> None:
    lists: dict[str, Any] = {**phrases(), name: {"xx": wrong}}
    with pytest.raises(ValueError, match=f"^{name}, xx: .* cannot be read: write words in lower case"):
        checked_phrases(lists)


def test_a_list_that_is_missing_or_not_known_is_named() -> None:
    lists = {**phrases(), "insults": {}}
    del lists["thanks"]
    with pytest.raises(ValueError, match=r"insults.*thanks|thanks.*insults"):
        checked_phrases(lists)
