"""Which words of a question tell what it is about, and how much each tells.

A word tells the more the fewer passages hold it; words of grammar tell nothing, however rare they are in a small
folder of articles.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Final

import regex
import tantivy

from index.engines.bm25 import STEMMED, Bm25Index, WordQuery, all_forms, stems, tokens, word_query

_WORD: Final = regex.compile(r"(?:\p{L}\.){2,}|[\p{L}\p{M}\p{N}]+")
# Hardly a question does without one of these, and hardly a title or a name holds one.
_INTERROGATIVES: Final = {
    "en": "what who whom whose when where which why how",
    "no": "hva hvem hvilken hvilket hvilke når hvor hvorfor hvordan kva kven kvar korleis kvifor kor",
    "sv": "vad vem vems vilken vilket vilka när var varför hur varifrån",
    "da": "hvad hvem hvilken hvilket hvilke hvornår hvor hvorfor hvordan hvorfra hvortil",
    "de": """
        was wer wen wem wessen wann wo warum weshalb wieso wie welche welcher welches welchen welchem wohin woher
        wieviel wieviele wozu womit wodurch wofür
    """,
    "fr": """
        que qui quoi quel quelle quels quelles quand où pourquoi comment combien lequel laquelle lesquels lesquelles
    """,
    "es": "qué quién quiénes cuál cuáles cuándo dónde cómo cuánto cuánta cuántos cuántas",
    "it": "che chi cosa quale quali quando dove perché quanto quanta quanti quante",
    "pt": "que quem qual quais quando onde porque quanto quanta quantos quantas",
    "nl": "wat wie wiens welke welk wanneer waar waarom hoe hoeveel waarheen waarvandaan waarmee waarvoor",
}
# What else questions are made with and stop-word lists leave out.
_ASKING: Final = {
    "en": """
        do does did done is are was were be been being has have had can could will would shall should may might must i
        me my you your he him his she her it its we us our they them their this that these those there here about ask
        asked asks tell told tells say said says a an the of to in on at for from by with and or any some many much if
        than then so as into over under between during before after not no also most more
    """,
    "no": """
        er var ble blir har hadde kan kunne skal skulle vil ville gjør gjorde gjøre gjort det den de en et ei
        under måtte bør burde får fikk få finnes fantes heter het mye lenge hos gjennom blant ifølge enten samt vart
        vore vere eg ho dei ikkje ein eit eitt gjer finst heiter
    """,
    "sv": """
        är blev har hade kan kunde ska skulle vill det den de en ett före många få finns fanns heter hette måste bör
        fick får gör gjorde haft länge
    """,
    "da": """
        er var blev har havde kan kunne skal skulle vil det den de en et ved mellem før nogen få findes fandtes hedder
        hed blevet må måtte bør fik får gør gjorde haft længe
    """,
    "de": """
        ist sind war waren wird wurde wurden hat haben hatte hatten kann konnte konnten darf durfte gibt gab heißt hieß
        worden geworden viele
    """,
    "fr": """
        est sont était a ont avait fait est-ce être avoir peut pouvait doit devait faire faisait elles son dont sous
        entre avant après depuis pendant l d s c n j qu
    """,
    "es": """
        por como que quien quienes cual cuales cuando donde cuanto cuanta cuantos cuantas es son fue fueron era ha han
        ser puede podía debe hace hizo después
    """,
    "it": """
        come è sono era erano ha hanno essere avere può poteva deve fa senza fra prima dopo durante l d c un
    """,
    "pt": """
        como é são foi foram era tem têm ser estar pode podia deve havia faz fez sobre antes desde durante porquê
    """,
    "nl": """
        is zijn was waren wordt werd werden heeft hebben had kan konden moest mag zullen zouden wilde gaat ging doet
        deed geworden jij wij jullie tussen
    """,
}


INTERROGATIVES: Final = {language: frozenset(tokens(words)) for language, words in _INTERROGATIVES.items()}


@functools.cache
def _stop_filter(language: str) -> tantivy.TextAnalyzer | None:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    try:
        return builder.filter(tantivy.Filter.stopword(STEMMED[language])).build()
    except (KeyError, ValueError):  # no list for that language
        return None


@functools.cache
def _asking(language: str) -> frozenset[str]:
    return INTERROGATIVES.get(language, frozenset()) | frozenset(tokens(_ASKING.get(language, "")))


def is_grammar(word: str, languages: tuple[str, ...]) -> bool:
    """Whether a word, as `tokens` gives it, is one of grammar in one of these languages."""
    return any(_is_grammar_of(language, word) for language in languages)


# Questions are made with the same words again and again.
@functools.lru_cache(maxsize=8_192)
def _is_grammar_of(language: str, word: str) -> bool:
    stop_filter = _stop_filter(language)
    return word in _asking(language) or (stop_filter is not None and not stop_filter.analyze(word))


def telling_words(question: str, languages: tuple[str | None, ...]) -> list[str]:
    """The distinct words of a question that are not grammar, as `tokens` gives them.

    A word that is written as a name tells something whatever else it means: the US, the WHO, Theresa May.
    """
    known = tuple(language for language in languages if language) or ("en",)
    names = _written_as_names(question)
    return [word for word in dict.fromkeys(tokens(question)) if word in names or not is_grammar(word, known)]


def _written_as_names(question: str) -> set[str]:
    """The words that capitals make names; none where capitals are merely the style of the question."""
    words = _WORD.findall(question)
    capital = [word for place, word in enumerate(words) if (place > 0 and word[0].isupper()) or _is_acronym(word)]
    if len(capital) > len(words) / 2:
        return set()
    return {token for word in capital if len(word) > 1 for token in tokens(word)}


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def telling_query(question: str, languages: tuple[str | None, ...], own: tuple[str, ...] = ()) -> WordQuery:
    """The question's telling words, each with its forms in these languages; all its words where none tells anything.

    Grammar is left out of the search as well: in a folder of a few articles "did" and "what" are rare, and would count
    for more than the names.

    Parameters:
        own: the languages that the question is in, where that is known. Only their grammar is left out then. Where
            articles are in one of them, only names and numbers, which every language shares, take the forms of the
            others: the ending of one language cut off from a word of another leaves a word that nobody asked for.
    """
    words = telling_words(question, own or languages) or list(dict.fromkeys(tokens(question)))
    if not set(own) & set(languages):
        return word_query(words, languages)
    at_home = tuple(language for language in languages if language in own or language not in STEMMED)
    anywhere = _written_as_names(question)
    shared = [word in anywhere or word.isnumeric() for word in words]
    forms = {
        everywhere: iter(_forms(words, shared, everywhere, languages if everywhere else at_home))
        for everywhere in (True, False)
    }
    return tuple(dict.fromkeys(next(forms[everywhere]) for everywhere in shared))


def _forms(
    words: Sequence[str], shared: Sequence[bool], wanted: bool, languages: tuple[str | None, ...]
) -> list[tuple[str, ...]]:
    """The forms in these languages of those words of which `shared` is as wanted, in their order."""
    chosen = [word for word, one in zip(words, shared, strict=True) if one == wanted]
    return list(all_forms(chosen, languages)) if chosen else []


def weights(query: WordQuery, lexicon: Bm25Index) -> Mapping[tuple[str, ...], float]:
    """How much each word of `query` tells: the IDF of its commonest form."""
    return {forms: min(map(lexicon.idf, forms)) for forms in query}


def coverage(query: WordQuery, weighed: Mapping[tuple[str, ...], float], text: str, language: str | None) -> float:
    """The share of the weight of a question's words that `text` holds, within 0 and 1; 0 where none of them tells."""
    mass = sum(weighed.values())
    if mass == 0:
        return 0.0
    held = set(stems(tokens(text), language))
    return sum(weighed[forms] for forms in query if not held.isdisjoint(forms)) / mass
