"""Passages of an article: whole sentences, packed to fit the encoder's window.

Headings, clutter and what the format calls outside are barriers, which no passage meets or crosses. The text between
two barriers is a stretch, and each stretch is packed by itself.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Final

import regex

from index.article import Article, Parts, Passage, Span
from index.clutter.marking import parts_of, shared_clutter, without_leftovers
from index.folding import folded
from index.passage_rules import PassageRules, prefix_of, wordpiece_ratio
from index.sentence_ends import CLOSERS, ends_sentence
from index.sentences import sentences, trimmed

Counter = Callable[[Sequence[str]], Sequence[int]]

_USUAL = PassageRules()
_WORD = re.compile(r"\S+")
# A heading of fewer words is a name, whatever it ends with ("Hands off.").
_SENTENCE_WORDS: Final = 5
_SENTENCE_LENGTH: Final = 15
_STANDFIRST_WORDS: Final = 12
# German writes up to six of ten such words with a capital.
_SHORT_WORD: Final = 3
_MOSTLY: Final = 0.7
# A question, or a line that leads on to the text below.
_LEADS_ON = re.compile(rf"(?:[?？؟፧⁇⁈⁉‽\u037e…]|\.\.)[{CLOSERS}]*\Z")
_CLUSTER = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class _Item:
    """A sentence, or a part of one that is too long for a passage of its own."""

    span: Span
    cost: int


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Sentences between two barriers.

    Attributes:
        heading: the heading above them.
        own: the span of the heading if it is a sentence, and so the first of `sentences`.
    """

    heading: str
    sentences: tuple[Span, ...]
    own: Span | None = None


def passages(
    article: Article, count: Counter, rules: PassageRules = _USUAL, shared: Set[int] = frozenset()
) -> tuple[Passage, ...]:
    """Cut an article into passages, in order: starts and ends both strictly increase.

    Together they hold every sentence that is neither heading, clutter nor outside. Each fits the window with its
    prefix. A sentence that does not is cut at white space or, within a word, between grapheme clusters.

    Parameters:
        article: its title is in the prefix of every passage.
        count: the wordpieces of each string, without special tokens; called a few times at most for usual articles.
        shared: keys of the lines that many files of the folder share, see `shared_lines`.

    Raises:
        ValueError: if title and heading leave no room in the window.
    """
    text = article.text
    title = article.title.value or ""
    parts = article.parts or parts_of(text)
    blocks = parts.paragraphs
    stretches = _stretches(article, parts, shared)
    # Once for each heading: some files have a stretch for every line.
    headings = dict.fromkeys(stretch.heading for stretch in stretches)
    prefixes = {heading: prefix_of(title, heading) for heading in headings}
    spans = [span for stretch in stretches for span in stretch.sentences]
    # The encoder is given it folded.
    count = _folding(count)
    costs = list(count([*prefixes.values(), *(span.of(text) for span in spans)]))
    words = " ".join(span.of(text) for span in spans)
    rules = rules.scaled(wordpiece_ratio(words, sum(costs[len(prefixes) :]), article.language.value))
    rooms = {heading: rules.window - rules.special - cost for heading, cost in zip(prefixes, costs, strict=False)}
    cost_of = dict(zip(spans, costs[len(prefixes) :], strict=True))
    starts = [block.start for block in blocks]
    found: list[Passage] = []
    for stretch in stretches:
        room = rooms[stretch.heading]
        if room < 1:
            raise ValueError(f"a window of {rules.window} wordpieces has no room below {prefixes[stretch.heading]!r}")
        for span in _packed(text, stretch, cost_of, room, count, rules):
            # A heading that is quoted is not in the prefix as well.
            above = "" if stretch.own and span.meets(stretch.own) else stretch.heading
            found.append(Passage(span, above, bisect_right(starts, span.start)))
    return tuple(found)


def _folding(count: Counter) -> Counter:
    return lambda texts: count([folded(text) for text in texts])


def _stretches(article: Article, parts: Parts, shared: Set[int]) -> list[_Stretch]:
    """Return the sentences between headings, clutter and outside, without leftover lines at their edges."""
    text = article.text
    stretches: list[_Stretch] = []
    kept_stretches: list[_Stretch] = []
    for stretch, edges in _between_barriers(article, parts, shared):
        stretches.append(stretch)
        kept = without_leftovers(text, stretch.sentences, before=edges[0], after=edges[1])
        if kept:
            kept_stretches.append(replace(stretch, sentences=tuple(kept)))
    # A text of nothing but short lines keeps them all.
    return kept_stretches or stretches


def _between_barriers(article: Article, parts: Parts, shared: Set[int]) -> Iterator[tuple[_Stretch, tuple[bool, bool]]]:
    """Yield every stretch, and whether it begins and whether it ends at something other than a heading."""
    text = article.text
    title = article.title.value or ""
    headings = {span: _heading(span.of(text), title) for span in article.headings}
    blocks = parts.paragraphs
    others = {*article.outside, *(one.span for one in parts.clutter), *shared_clutter(text, parts, shared)}
    barriers = [*sorted({*headings, *others}), Span(len(text), len(text))]
    quotable = _quotable(text, headings, others, barriers)
    heading, start, at, open_before = "", 0, 0, True
    own: Span | None = None
    for barrier in barriers:
        inside = list(sentences(text, own, article.language.value)) if own else []
        while at < len(blocks) and blocks[at].start < barrier.start:
            part = trimmed(text, max(start, blocks[at].start), max(start, min(barrier.start, blocks[at].end)))
            if len(part):
                inside += sentences(text, part, article.language.value)
            if blocks[at].end > barrier.start:
                break
            at += 1
        # A heading that repeats the title heads the whole article, and no list.
        open_after = not headings.get(barrier)
        if inside:
            yield _Stretch(heading, tuple(inside), own), (open_before, open_after)
        start = max(start, barrier.end)
        open_before = open_after
        own = quotable.get(barrier)
        if barrier in headings:
            heading = headings[barrier]


def _quotable(text: str, headings: Mapping[Span, str], others: Set[Span], barriers: Sequence[Span]) -> dict[Span, Span]:
    """Return the words of each heading that is a sentence, such as a standfirst, by the heading's span.

    Parameters:
        headings: their words, '' for one that repeats the title.
        others: barriers that are no headings; a heading that meets one of them is not quoted.
        barriers: all of them in order.
    """
    found: dict[Span, Span] = {}
    headline = next(iter(headings), None)
    reached, below = 0, -1
    for barrier, after in pairwise(barriers):
        if barrier in headings:
            words = _words_of(text, barrier)
            apart = reached <= barrier.start and (after.start >= barrier.end or after in headings)
            below_headline = 0 <= below <= barrier.start and not text[below : barrier.start].strip()
            apart = apart and bool(headings[barrier]) and barrier not in others
            if apart and _is_sentence(words.of(text), below_headline=below_headline):
                found[barrier] = words
            below = barrier.end if barrier == headline else -1
        reached = max(reached, barrier.end)
    return found


def _is_sentence(words: str, *, below_headline: bool) -> bool:
    """Return whether a heading is a sentence: it ends as one, or is a long line right below the headline.

    A question is none, as its answer stands below, nor is a line in title case.
    """
    if _LEADS_ON.search(words) or _is_capitalized(words):
        return False
    count = len(words.split())
    if below_headline and count >= _STANDFIRST_WORDS:
        return True
    long = count >= _SENTENCE_WORDS or (not words.isascii() and len(words) >= _SENTENCE_LENGTH)
    return long and ends_sentence(words)


def _is_capitalized(words: str) -> bool:
    """Return whether nearly all words begin with a capital: a name or a headline in title case."""
    rest = [word for word in words.split()[1:] if len(word) > _SHORT_WORD and word[0].isalpha()]
    return sum(word[0].isupper() for word in rest) > _MOSTLY * len(rest)


def _words_of(text: str, heading: Span) -> Span:
    """Return the words of a heading without its marks and the line that underlines it."""
    lines = heading.of(text).splitlines(keepends=True)
    while len(lines) > 1 and not any(map(str.isalnum, lines[-1])):
        lines.pop()
    words = "".join(lines)
    bare = _unmarked(words)
    start = heading.start + words.find(bare)
    return Span(start, start + len(bare))


def _heading(line: str, title: str) -> str:
    """Return the words of a heading line without marks; '' for one that repeats the title."""
    words = " ".join(_unmarked(next(iter(line.strip().splitlines()), "")).split())
    return "" if words.casefold() == " ".join(title.split()).casefold() else words


def _unmarked(line: str) -> str:
    """Return `line` without the number signs and white space around it; a pattern would take quadratic time."""
    start, end = 0, len(line)
    while start < end and _is_mark(line[start]):
        start += 1
    while start < end and _is_mark(line[end - 1]):
        end -= 1
    return line[start:end]


def _is_mark(character: str) -> bool:
    return character == "#" or character.isspace()


def _packed(
    text: str, stretch: _Stretch, cost_of: dict[Span, int], room: int, count: Counter, rules: PassageRules
) -> list[Span]:
    """Pack a stretch into passages of at most `room` wordpieces each, as the tokenizer counts them whole."""
    # Wordpieces add up over sentences for BERT but not for every tokenizer, hence the recount of what comes close.
    tried = room
    while True:
        items = [
            item for span in stretch.sentences for item in _fitting(text, span, cost_of[span], tried, count, rules)
        ]
        packed = list(_pack(items, tried, rules))
        close = [span.of(text) for span, cost in packed if 4 * cost > 3 * room]
        if tried == 1 or not close or max(count(close)) <= room:
            return [span for span, _ in packed]
        tried = max(1, tried * 9 // 10)


def _pack(items: Sequence[_Item], room: int, rules: PassageRules) -> Iterator[tuple[Span, int]]:
    """Yield runs of sentences up to the target with their wordpieces; each begins with the overlap of the one before.

    The last run may exceed the target up to what fits, so that no short rest is left over.
    """
    total = [0, *accumulate(item.cost for item in items)]
    target = min(rules.target, room)

    def fits(first: int, end: int) -> bool:
        cost = total[end] - total[first]
        return cost <= room and items[end - 1].span.end - items[first].span.start <= rules.longest

    first = new = 0
    while new < len(items):
        end = len(items)
        if not fits(first, end):
            end = new + 1
            while end < len(items) and total[end + 1] - total[first] <= target and fits(first, end + 1):
                end += 1
        yield Span(items[first].span.start, items[end - 1].span.end), total[end] - total[first]
        first, new = _overlapping(items, first, end, rules.overlap, fits), end


def _overlapping(items: Sequence[_Item], first: int, end: int, overlap: int, fits: Callable[[int, int], bool]) -> int:
    """Return where the passage after items `[first, end)` begins: at sentences of it that leave room for a new one."""
    if end == len(items):
        return end
    # Pieces of a sentence are never shared: each ends only because it does not fit together with the next one.
    for start in range(max(first + 1, end - overlap), end):
        if fits(start, end + 1):
            return start
    return end


def _fitting(text: str, span: Span, cost: int, room: int, count: Counter, rules: PassageRules) -> list[_Item]:
    """Return the sentence at `span`, or its pieces if it is longer than a passage may be."""
    if cost <= room and len(span) <= rules.longest:
        return [_Item(span, cost)]
    atoms = _atoms(text, span, room, count, rules)
    pieces: list[_Item] = []
    start, spent = 0, 0
    for place, (atom, weight) in enumerate(atoms):
        if place > start and (spent + weight > room or atom.end - atoms[start][0].start > rules.longest):
            pieces.append(_Item(Span(atoms[start][0].start, atoms[place - 1][0].end), spent))
            start, spent = place, 0
        spent += weight
    pieces.append(_Item(Span(atoms[start][0].start, span.end), spent))
    return pieces


def _atoms(text: str, span: Span, room: int, count: Counter, rules: PassageRules) -> list[tuple[Span, int]]:
    """Return the words at `span` and their wordpieces; a word that is longer than a passage may be is cut."""
    words = [Span(span.start + word.start(), span.start + word.end()) for word in _WORD.finditer(span.of(text))]
    found: list[tuple[Span, int]] = []
    for word, cost in zip(words, count([word.of(text) for word in words]), strict=True):
        if cost <= room and len(word) <= rules.longest:
            found.append((word, cost))
        else:
            found += _word_pieces(text, word, room, count, rules.longest)
    return found


def _word_pieces(text: str, word: Span, room: int, count: Counter, longest: int) -> Iterator[tuple[Span, int]]:
    clusters = _clusters(text, word, room, count, longest)
    ends = [cluster.end for cluster, _ in clusters]
    at = 0
    while at < len(clusters):
        start = clusters[at][0].start
        far = max(at + 1, bisect_right(ends, start + longest))
        end, spent = at + 1, clusters[at][1]
        while end < far and spent + clusters[end][1] <= room:
            spent += clusters[end][1]
            end += 1
        end, spent = _stretched(text, clusters, at, end, far, spent, room, count)
        yield Span(start, clusters[end - 1][0].end), spent
        at = end


def _stretched(
    text: str, clusters: Sequence[tuple[Span, int]], at: int, end: int, far: int, spent: int, room: int, count: Counter
) -> tuple[int, int]:
    """Stretch a piece from `at` to the largest end found at which its clusters still fit, by doubling and halving.

    Clusters counted one by one take more wordpieces than together.
    """
    step = 1
    growing = True
    while step and end < far:
        tried = min(far, end + step)
        size = count([text[clusters[at][0].start : clusters[tried - 1][0].end]])[0]
        if size <= room:
            end, spent = tried, size
        else:
            growing = False
        step = step * 2 if growing else step // 2
    return end, spent


def _clusters(text: str, word: Span, room: int, count: Counter, longest: int) -> list[tuple[Span, int]]:
    """Return the grapheme clusters of a word and their wordpieces; those that do not fit are cut into code points."""
    clusters = [cluster.group() for cluster in _CLUSTER.finditer(word.of(text))]
    distinct = list(dict.fromkeys(clusters))
    costs = dict(zip(distinct, count(distinct), strict=True))
    parts: list[tuple[str, int]] = []
    for cluster in clusters:
        if len(cluster) <= longest and costs[cluster] <= room:
            parts.append((cluster, costs[cluster]))
        else:
            parts += zip(cluster, count(list(cluster)), strict=True)
    starts = accumulate((len(part) for part, _ in parts), initial=word.start)
    return [(Span(start, end), cost) for (start, end), (_, cost) in zip(pairwise(starts), parts, strict=True)]
