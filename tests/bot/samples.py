"""An article, a passage of it and an answer that quotes it, with their places counted by hand."""

from dataclasses import replace
from typing import Any, Final

from bot.cards import AnswerCard
from bot.cited import StoredCitation, StoredNearest
from bot.state.cards import StoredCard

ARTICLE: Final = (
    "Ferry cancelled\n\nThe ferry was cancelled 🎉 on Monday. Nobody was hurt.\n\nThe mayor of Lindvik spoke.\n"
)
# 'Ferry cancelled' and an empty line are 15 + 2 code points; the quote has 53, the party popper being one of them.
QUOTE: Final = "The ferry was cancelled 🎉 on Monday. Nobody was hurt."
SENTENCE: Final = "The ferry was cancelled 🎉 on Monday."
START: Final = 17
END: Final = 70
SENTENCE_END: Final = 53

QUOTED: Final = StoredCitation(
    article_id="ferry.txt",
    title="Ferry cancelled",
    source="Northern Post",
    published="2023-03-14",
    url="https://news.example.org/ferry",
    path="north/ferry.txt",
    start=START,
    end=END,
    quote=QUOTE,
    highlights=((START, SENTENCE_END),),
    paragraph=2,
    link="https://news.example.org/ferry#:~:text=The%20ferry",
)
ANSWER: Final = AnswerCard(
    question="When was the ferry cancelled?",
    interpreted_as="When was the ferry cancelled?",
    history=(),
    answered=True,
    confidence=0.87,
    citations=(QUOTED,),
    nearest=(StoredNearest("ferry.txt", "Ferry cancelled", START),),
    generation="20230314T120000Z-0a1b2c",
)
CARD_ID: Final = "AAAAAAAAAAAAAAA1"


def quoted(**changed: Any) -> StoredCitation:
    """The passage, with some of it changed."""
    return replace(QUOTED, **changed)


def answer(**changed: Any) -> AnswerCard:
    """The answer, with some of it changed."""
    return replace(ANSWER, **changed)


def kept(card_id: str = CARD_ID, **changed: Any) -> StoredCard:
    """The answer in the private chat of person 42."""
    whole = StoredCard(id=card_id, chat=42, thread=None, message=7, question_message=6, owner=42, card=ANSWER)
    return replace(whole, **changed)
