"""Example questions taken from the articles: a sentence that says who did something, asked the other way round.

"Secretary Ada Berg asked the ferries to wait" becomes "Who asked the ferries to wait?". The caller
has to ask it to know whether it is answered: see `Candidate.answers`. An article without such a sentence gives its
headline as a question.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import regex

from index.article import Span
from index.sentence_ends import ends_sentence
from index.sentences import paragraphs, sentences
from retrieval.answer import Citation
from retrieval.retriever import Retriever

# The number of articles, the newest, and the characters of each that are looked at.
_ARTICLES: Final = 60
_BEGINNING: Final = 3_000
_LONGEST: Final = 60
_SHORTEST: Final = 30

_NAME: Final = r"(?:\p{Lu}[\p{L}’'.-]*(?:\s(?:of|the|for|de|van|von|\p{Lu}[\p{L}’'.-]*)){0,6})"
# By language, the word that asks for a person, and verbs in the past tense for what people do.
_DEEDS: Final = {
    "en": (
        "Who",
        "announced|asked|beat|became|broke|built|came|crossed|discovered|found|founded|gave|joined|launched|led|"
        "lit|lost|met|opened|ordered|painted|played|reached|resigned|rescued|sang|scored|signed|told|voted|warned|won|wrote",
    ),
    "no": (
        "Hvem",
        "advarte|ba|ble|bygde|fant|forlot|grunnla|kunngjorde|ledet|malte|møtte|oppdaget|sang|signerte|skrev|slo|spilte|"
        "tapte|tente|vant|varslet|åpnet",
    ),
}
_FORMS: Final = {
    language: (
        who,
        regex.compile(
            rf"(?P<name>{_NAME})\s(?P<deed>(?:(?:has|har)\s)?(?:{deeds})\s[^“”\"«»()\[\]:;?!]+?)"
            rf"(?=[.,](?:\s|\Z)|\s[–—]|\s(?:on|in)\s\p{{Lu}}\w+day)"
        ),
    )
    for language, (who, deeds) in _DEEDS.items()
}
_NORWEGIAN: Final = frozenset({"nb", "nn"})
# A sentence with a pronoun or a day of the week cannot be understood alone.
_POINTING: Final = regex.compile(
    r"\b(?:he|she|it|they|his|her|him|its|their|them|this|that|these|those|here|there|han|hun|de|dem|den|det|hans|hennes|"
    r"denne|dette|disse|\p{Lu}\w+day|yesterday|today|tomorrow)\b",
    regex.I,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that the articles may answer.

    Attributes:
        span: the sentence it was made from, in that article's text; None where it is the headline.
    """

    question: str
    article_id: str
    span: Span | None

    def answers(self, citation: Citation) -> bool:
        """Return whether a citation is of the article, and holds the sentence, that the question was made from."""
        passage = Span(citation.start, citation.end)
        return citation.article_id == self.article_id and (self.span is None or passage.holds(self.span))


def candidates(retriever: Retriever) -> list[Candidate]:
    """Return questions made from the newest articles, one of each article; headlines come last."""
    asked: list[Candidate] = []
    headlines: list[Candidate] = []
    for head in retriever.listed(size=_ARTICLES).heads:
        text = retriever.article(head.id).text
        language = "no" if head.language in _NORWEGIAN else head.language or ""
        if first := next(_made(head.id, text, language), None):
            asked.append(first)
        title = " ".join(head.title.split())
        # An article without a headline has its first sentence for a title, which asks nothing.
        if _SHORTEST <= len(title) <= _LONGEST and (title.endswith("?") or not ends_sentence(title)):
            headlines.append(Candidate(title, head.id, None))
    return [*asked, *headlines]


def _made(article_id: str, text: str, language: str) -> Iterator[Candidate]:
    if language not in _FORMS:
        return
    who, form = _FORMS[language]
    for paragraph in paragraphs(text[:_BEGINNING]):
        for sentence in sentences(text, paragraph, language):
            found = form.match(" ".join(sentence.of(text).split()))
            if not found or _POINTING.search(found["deed"]) or _POINTING.fullmatch(found["name"]):
                continue
            question = f"{who} {found['deed']}?"
            if _SHORTEST <= len(question) <= _LONGEST:
                yield Candidate(question, article_id, sentence)
