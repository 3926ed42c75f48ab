"""Words of a question that no article holds, matched to words of the articles: "Did you mean Eurovision?".

The index keeps stems, and a wrong letter changes what is cut off as an ending: "Eurovision" becomes "eurovis", and
"Eurovison" stays whole. So the stems that the beginning of the word comes near are looked up first, and then the words
of passages that hold such a stem are compared with the whole word. Whatever is offered stands in an article.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import regex

from index.engines.bm25 import all_forms, stems, tokens
from retrieval.question.filters import split, without, words_of
from retrieval.question.terms import LONGEST, content_words
from retrieval.snapshot import Snapshot

# Letters of a word: shorter ones have too many neighbours, and in long ones two letters may be wrong.
_SHORTEST: Final = 4
_LONG: Final = 8
_LONGEST_WORD: Final = 40
# A question with more unknown words than this is about something else.
_MOST: Final = 3
# A word that begins wrongly is looked up by its first letters put right in every way, else by those that are right.
_BEGINNING: Final = 2
_BEGINNING_PUT_RIGHT: Final = 4
# Stems are of Latin letters without accents; a wrong beginning in another script is not put right.
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
# Stems whose passages are read, and passages that are read for all of them: some .1 ms each.
_STEMS: Final = 12
_PASSAGES: Final = 48
# Passages of one stem: so many show how a word is written, more are read only to find one.
_ENOUGH: Final = 3
_MOST_OF_ONE: Final = 20
# Words offered in place of one where several fit.
_OFFERED: Final = 3
_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# Words of grammar as people type them on a telephone.
_WITHOUT_APOSTROPHE: Final = frozenset(
    """
    arent cant couldnt didnt doesnt dont hadnt hasnt havent heres hows isnt ive mustnt neednt shouldnt thats theres
    theyll theyre theyve wasnt werent weve whats whens wheres whos whys wont wouldnt youll youre youve
    """.split()
)


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A word of a question that no article holds, and the words of articles that fit it, the likeliest first."""

    word: str
    meant: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """A question with its misspelt words corrected.

    Attributes:
        question: with the likeliest words, and its filters at the end.
        changed: the words that were changed, in their order.
        certain: whether only one word fits each of them, so well that the question is searched at once; else the words
            are offered.
    """

    question: str
    changed: tuple[Misspelt, ...]
    certain: bool


def corrected(question: str, snapshot: Snapshot) -> Correction | None:
    """Return a question with its misspelt words corrected; None where none is found.

    A word is taken for misspelt where no article and no source's name holds it, the model does not know it as a word
    either, and an article holds one that differs in one letter, or from 8 letters on in two behind its first two;
    neighbours in the wrong order count as one. Numbers, words of under 4 letters, words of grammar and filters are left
    alone.

    Raises:
        FilterError: if a filter cannot be read.
    """
    words = without(question[:LONGEST])
    unknown = _unknown(words, snapshot)
    if not 0 < len(unknown) <= _MOST:
        return None
    fits = {word: _fits(word, snapshot) for word in unknown}
    changed = {word: found for word, found in fits.items() if found}
    if not changed:
        return None
    text = _WORD.sub(lambda match: _put_right(match[0], changed), words)
    if words != question:
        text = " ".join((text, *(f'{name}:"{value}"' for name, value in split(question)[1].told().items())))
    return Correction(
        text,
        tuple(Misspelt(word, found) for word, found in changed.items()),
        certain=all(
            len(found) == 1 and len(word) > _SHORTEST and _slips(word, found[0]) for word, found in changed.items()
        ),
    )


def _slips(word: str, meant: str) -> bool:
    """Return whether only one letter within a word is wrong: one that begins or ends otherwise may be another word."""
    word, meant = stems([word, meant.lower()], None)
    return word[0] == meant[0] and word[-1] == meant[-1] and _edits(word, meant, 1) == 1


def _put_right(word: str, changed: dict[str, tuple[str, ...]]) -> str:
    found = tokens(word)
    return changed[found[0]][0] if len(found) == 1 and found[0] in changed else word


def _unknown(words: str, snapshot: Snapshot) -> list[str]:
    """Return the words that neither the articles nor the model know, as `tokens` gives them."""
    looked_at = [
        word
        for word in content_words(words, snapshot.languages)
        if _SHORTEST <= len(word) <= _LONGEST_WORD and word.isalpha() and word not in _WITHOUT_APOSTROPHE
    ]
    if not looked_at:
        return []
    holds = snapshot.generation.bm25.holds
    forms = all_forms(looked_at, snapshot.languages)
    unknown = [word for word, variants in zip(looked_at, forms, strict=True) if not any(map(holds, variants))]
    if not unknown:
        return []
    sources = {word for source in snapshot.generation.catalog.source_counts() for word in words_of(source)}
    return [word for word in unknown if word not in sources and not _is_known_to_the_model(word, snapshot)]


def _is_known_to_the_model(word: str, snapshot: Snapshot) -> bool:
    """Return whether a word, with or without its ending, is so common that the model takes it as one piece."""
    (forms,) = all_forms([word], snapshot.languages)
    return 1 in snapshot.encoder.count([word, *forms])


def _fits(word: str, snapshot: Snapshot) -> tuple[str, ...]:
    """Return the words of the articles that are nearest to a word, the commonest first."""
    (plain,) = stems([word], None)
    for edits in (1, 2) if len(plain) >= _LONG else (1,):
        near = _stems_near(plain, edits, snapshot)
        each = min(_MOST_OF_ONE, _PASSAGES // max(1, len(near)))
        # Articles in two languages may hold the same word with two stems.
        found = dict.fromkeys(filter(None, (_nearest(stem, plain, edits, each, snapshot) for stem in near)))
        if found:
            return tuple(sorted(found, key=lambda meant: not _slips(word, meant)))[:_OFFERED]
    return ()


def _stems_near(plain: str, most: int, snapshot: Snapshot) -> list[str]:
    """Return the stems that a word may have, wrong letters aside, those that most passages hold first."""
    letters = set(plain)
    near = {
        stem: held
        for beginning in (dict.fromkeys(_beginnings(plain)) if most == 1 else (plain[:_BEGINNING],))
        for stem, held in snapshot.generation.bm25.forms_beginning(beginning)
        if len(plain) <= 2 * len(stem) + 2
        and len(stem) <= len(plain) + most
        # Cheaper than counting edits. A last letter may be the stemmer's.
        and len(set(stem[:-1]) - letters) <= most
        and any(_may_begin(written, stem, plain, most, snapshot.languages) for written in _written(stem))
    }
    return sorted(near, key=lambda stem: (-near[stem], stem))[:_STEMS]


def _written(stem: str) -> tuple[str, ...]:
    """Return a stem as the beginning of words: stemmers make "rugbi" of "rugby"."""
    return (stem, f"{stem[:-1]}y") if stem.endswith("i") else (stem,)


def _may_begin(written: str, stem: str, plain: str, most: int, languages: tuple[str | None, ...]) -> bool:
    """Return whether a stem and an ending make a word, wrong letters aside."""
    if plain.startswith(written):
        # The wrong letter is in the ending.
        return True
    if _edits(written, plain, most, beginning=True) > most:
        return False
    end = len(written)
    endings = [plain[cut:] for cut in range(end - most, end + most + 1)]
    # The last letter of the stem and the first of the ending in the wrong order.
    endings.append(plain[end - 1 : end] + plain[end + 1 :])
    return any(stem in stems([written + ending for ending in endings], language) for language in languages)


def _beginnings(plain: str) -> Iterator[str]:
    """Yield the first letters of the stems to be compared with a word: its own, and those it may begin with wrongly."""
    yield plain[:_BEGINNING]
    if not plain.isascii():
        return
    for place in range(_BEGINNING):
        before, letter, after = plain[:place], plain[place], plain[place + 1 : _BEGINNING_PUT_RIGHT]
        yield before + after
        yield before + after[0] + letter + after[1:]
        for other in _LETTERS:
            yield before + other + after
            yield before + other + letter + after[:-1]


def _nearest(stem: str, plain: str, most: int, each: int, snapshot: Snapshot) -> str:
    """Return the word of that stem, as the articles write it, that is nearest to a word; '' where none is near."""
    distances: dict[str, int] = {}
    texts: list[str] = []
    for text, language in _passages(stem, each, snapshot):
        words = [word for word in set(tokens(text)).difference(distances) if abs(len(word) - len(plain)) <= most]
        for word, form, bare in zip(words, stems(words, language), stems(words, None), strict=True):
            distances[word] = _edits(bare, plain, most) if form == stem else most + 1
        texts.append(text)
        if len(texts) >= _ENOUGH and 1 in distances.values():
            break
    nearest = min(distances, key=lambda word: (distances[word], word), default="")
    return _as_written(nearest, texts) if distances.get(nearest, most + 1) <= most else ""


def _as_written(word: str, texts: list[str]) -> str:
    """Return a word, as `tokens` gives it, as texts write it; only names are never written in lower case."""
    written = Counter(found for text in texts for found in _WORD.findall(text) if tokens(found) == [word])
    return max(written, key=lambda found: (found.islower(), written[found]), default=word)


def _passages(stem: str, count: int, snapshot: Snapshot) -> Iterator[tuple[str, str | None]]:
    """Yield a few passages that hold a stem, each with its title, its heading and its language."""
    catalog = snapshot.generation.catalog
    numbers, _ = snapshot.generation.bm25.search(((stem,),), count)
    passages = catalog.passages(numbers.tolist())
    heads = catalog.heads_of({passage.article for passage in passages.values()})
    for passage in passages.values():
        head = heads[passage.article]
        quote = passage.span.of(snapshot.texts.of(head).text)
        yield f"{head.title}\n{passage.heading}\n{quote}", head.language


def _edits(word: str, other: str, most: int, *, beginning: bool = False) -> int:
    """Return the fewest edits that make a word of another, more than `most` where so many do not suffice.

    An edit is a letter too many, a letter missing, another letter, or two neighbours in the wrong order.

    Parameters:
        beginning: whether the beginning of the other word suffices.
    """
    same = 0
    for one, two in zip(word, other, strict=False):
        if one != two:
            break
        same += 1
    word, other = word[same:], other[same:]
    if not word or not other:
        return 0 if beginning and not word else len(word) + len(other)
    if most == 0:
        return 1
    ways = [(word[1:], other[1:]), (word[1:], other), (word, other[1:])]
    if word[:2] == other[1::-1]:
        ways.append((word[2:], other[2:]))
    return 1 + min(_edits(*way, most - 1, beginning=beginning) for way in ways)
