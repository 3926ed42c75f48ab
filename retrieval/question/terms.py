"""The words of a question: cleaned, with their languages, and how much each of them tells.

A word tells the more the fewer passages hold it; words of grammar tell nothing, however rare they are in a small
folder of articles. The lists of such words lie in `words.toml`.
"""

import functools
import tomllib
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Final, Protocol

import regex
import tantivy

from index.engines.bm25 import STEMMED, all_forms, stems, tokens, word_query
from index.engines.protocol import WordQuery, WordSearch
from retrieval.errors import QuestionError

# Characters; longer than any question that a person types.
LONGEST: Final = 2_000
# Courtesies in front of what people ask, and behind it.
_COURTESY: Final = regex.compile(
    r"""^(?:(?:hi|hello|hey|hei|please|vennligst)\b[,!]?\s+)*
        (?:
            (?:can|could|would|will)\ you\ (?:please\ )?(?:tell|explain\ to)\ me(?:,?\ please,?)?
          | (?:please\ )?tell\ me
          | do\ you\ (?:happen\ to\ )?know
          | i(?:\ would|'d|’d)\ like\ to\ know | i\ want\ to\ know | i(?:\ am|'m|’m|\ was)\ wondering | i\ wonder
          | (?:kan|kunne)\ du\ (?:si|fortelle)\ meg | vet\ du | jeg\ (?:lurer\ på|vil\ gjerne\ vite) | si\ meg
        )\b[,:]?\s+
      | [,]?\s+(?:please|thanks|thank\ you|takk|er\ du\ snill)(?=[?.!\s]*$)
      | ^(?:please|hi|hello|hey|hei)\b[,!]?\s+""",
    regex.VERBOSE | regex.IGNORECASE,
)
# Languages of the index that a question is analysed in; each costs time and blurs the others.
_MOST: Final = 4
# The weight of an interrogative against another word of grammar: a title within a question may hold as many words of
# grammar as the question itself, but hardly an interrogative.
_ASKS: Final = 3
_WORD: Final = regex.compile(r"(?:\p{L}\.){2,}|[\p{L}\p{M}\p{N}]+")
# Months as articles write them.
MONTHS: Final = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember"
)
# By their role in a question, then by language.
WORDS: Final = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
INTERROGATIVES: Final = {language: frozenset(tokens(words)) for language, words in WORDS["interrogatives"].items()}


def checked_question(question: str) -> str:
    """Return the question with white space folded and control characters removed.

    Raises:
        QuestionError: if it is empty, longer than `LONGEST` characters, or holds no letter and no digit.
    """
    if len(question) > LONGEST:
        raise QuestionError(f"the question has {len(question):,} characters: ask in at most {LONGEST:,}")
    clean = cleaned(question)
    if not clean:
        raise QuestionError("the question is empty: type what you want to know")
    if not regex.search(r"[\p{L}\p{N}]", clean):
        raise QuestionError("the question holds no word: type what you want to know")
    return clean


def cleaned(text: str) -> str:
    """Return the text with white space folded and control characters removed; it may be empty."""
    return regex.sub(r"[\p{Z}\s]+", " ", regex.sub(r"[\p{Cc}\p{Cs}--\s]", "", text, flags=regex.V1)).strip()


def without_courtesies(question: str) -> str:
    """Return the question without courtesies, which would count as words of it; as it is where nothing is left.

    Parameters:
        question: as `cleaned` leaves it.
    """
    plain = _COURTESY.sub("", question)
    return plain if regex.search(r"[\p{L}\p{N}]", plain) else question


@functools.cache
def _stop_filter(language: str) -> tantivy.TextAnalyzer | None:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    try:
        return builder.filter(tantivy.Filter.stopword(STEMMED[language])).build()
    except (KeyError, ValueError):  # no list for that language
        return None


@functools.cache
def _asking(language: str) -> frozenset[str]:
    return INTERROGATIVES.get(language, frozenset()) | frozenset(tokens(WORDS["grammar"].get(language, "")))


def is_grammar(word: str, languages: tuple[str, ...]) -> bool:
    """Return whether a word, as `tokens` gives it, is one of grammar in one of these languages."""
    return any(_is_grammar_of(language, word) for language in languages)


# Questions are made with the same words again and again.
@functools.lru_cache(maxsize=8_192)
def _is_grammar_of(language: str, word: str) -> bool:
    stop_filter = _stop_filter(language)
    return word in _asking(language) or (stop_filter is not None and not stop_filter.analyze(word))


def content_words(question: str, languages: tuple[str | None, ...]) -> list[str]:
    """Return the distinct words of a question that are not grammar, as `tokens` gives them.

    A word that is written as a name tells something whatever else it means: the US, the WHO, Theresa May.
    """
    known = tuple(language for language in languages if language) or ("en",)
    names = _written_as_names(question)
    return [word for word in dict.fromkeys(tokens(question)) if word in names or not is_grammar(word, known)]


def _written_as_names(question: str) -> set[str]:
    """Return the words that capitals make names; none where capitals are merely the style of the question."""
    words = _WORD.findall(question)
    capital = [word for place, word in enumerate(words) if (place > 0 and word[0].isupper()) or _is_acronym(word)]
    if len(capital) > len(words) / 2:
        return set()
    return {token for word in capital if len(word) > 1 for token in tokens(word)}


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def content_query(question: str, languages: tuple[str | None, ...], own: tuple[str, ...] = ()) -> WordQuery:
    """Return the question's telling words with their forms in these languages; all its words where none tells.

    Grammar is left out of the search as well: in a folder of a few articles "did" and "what" are rare, and would count
    for more than the names.

    Parameters:
        own: the languages that the question is in, where that is known. Only their grammar is left out then. Where
            articles are in one of them, only names and numbers, which all languages share, take the forms of the
            others: cutting the ending of one language off a word of another would make a word that nobody asked for.
    """
    words = content_words(question, own or languages) or list(dict.fromkeys(tokens(question)))
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
    """Return the forms in these languages of those words of which `shared` is as wanted, in their order."""
    chosen = [word for word, one in zip(words, shared, strict=True) if one == wanted]
    return list(all_forms(chosen, languages)) if chosen else []


def weights(query: WordQuery, lexicon: WordSearch) -> Mapping[tuple[str, ...], float]:
    """Return how much each word of `query` tells: the IDF of its commonest form."""
    return {forms: min(map(lexicon.idf, forms)) for forms in query}


def coverage(query: WordQuery, weighed: Mapping[tuple[str, ...], float], text: str, language: str | None) -> float:
    """Return the share of the weight of a question's words that `text` holds, within 0 and 1."""
    mass = sum(weighed.values())
    if mass == 0:
        return 0.0
    held = set(stems(tokens(text), language))
    return sum(weighed[forms] for forms in query if not held.isdisjoint(forms)) / mass


class KnowsLanguages(Protocol):
    """The interface of whatever knows some languages: a model's card, or the reader."""

    def knows(self, language: str | None) -> bool:
        """Return whether it was trained on that language; None stands for an unknown one."""


def index_languages(passages: Mapping[str | None, int]) -> tuple[str | None, ...]:
    """Return the languages of an index, the commonest first.

    Parameters:
        passages: how many passages of the index are in each language.
    """
    return tuple(sorted(passages, key=lambda language: (-passages[language], language or "")))


def analysed_languages(held: tuple[str | None, ...], own: tuple[str, ...] = ()) -> tuple[str | None, ...]:
    """Return the languages to analyse a question in: the commonest of the index, and those the question is in.

    Parameters:
        held: the languages of the index, the commonest first.
        own: those that the question is in.
    """
    return (*held[:_MOST], *(language for language in held[_MOST:] if language in own))


def question_languages(question: str, held: tuple[str | None, ...]) -> tuple[str, ...]:
    """Return the languages that a question is in, several where its words do not tell them apart.

    These are the languages of the index with most words of grammar in the question. A language that the index does not
    hold wins only with an interrogative, where none of the others has one, and with more words of grammar: a name such
    as La Casa de Papel is not enough. Nothing is returned where no word tells, as in a bare name.
    """
    known = [language for language in held if language is not None]
    words = set(tokens(question))
    here, much = _most_like(words, known)
    if not all(words.isdisjoint(INTERROGATIVES.get(language, ())) for language in known):
        return here
    there, more = _most_like(words, {*INTERROGATIVES, *known})
    return there if more > max(much, _ASKS) else here


def _most_like(words: Set[str], languages: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """Return the languages that most of the grammar in `words` is of, if any, and how much that is."""
    candidates = tuple(languages)
    likeness = {language: sum(_tells(word, language, candidates) for word in words) for language in candidates}
    most = max(likeness.values(), default=0)
    return tuple(sorted(language for language in candidates if most and likeness[language] == most)), most


def _tells(word: str, language: str, candidates: tuple[str, ...]) -> int:
    """Return how much a word speaks for a language: most if it asks, unless another language has it for less."""
    if not is_grammar(word, (language,)):
        return 0
    asking = word in INTERROGATIVES.get(language, ())
    rivals = (other for other in candidates if word not in INTERROGATIVES.get(other, ()))
    return _ASKS if asking and not is_grammar(word, tuple(rivals)) else 1


def model_knows(own: tuple[str, ...], held: tuple[str | None, ...], model: KnowsLanguages) -> bool:
    """Return whether a model can be trusted for a question.

    Where the model knows all languages of the articles, or none of them, the question is taken to be in one of those
    unless it plainly asks in another. In a mixed folder the question's own language decides; a question without one,
    such as a bare name, is trusted.

    Parameters:
        own: the languages that the question is in.
        held: those of the index.
    """
    known = [language for language in held if model.knows(language)]
    if not known or not own:
        return bool(known)
    if len(known) == len(held) and set(own) & set(held):
        return True
    return any(map(model.knows, own))
