"""An article's passages: whole sentences, packed to fit the encoder's window.

A passage never meets a heading, clutter or what the format calls outside, nor runs across one: the text between two of
these is a stretch, and each stretch is packed by itself.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import regex

from index.article import Article, Passage, Span
from index.boilerplate import clutter
from index.front import headed
from index.passage_rules import PassageRules
from index.scraps import without_scraps
from index.sentences import paragraphs, sentences, trimmed

Counter = Callable[[Sequence[str]], Sequence[int]]

_USUAL = PassageRules()
_WORD = re.compile(r"\S+")
_CLUSTER = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class _Item:
    """A sentence, or a part of one that is too long for a passage of its own."""

    span: Span
    cost: int


@dataclass(frozen=True, slots=True)
class _Stretch:
    heading: str
    sentences: tuple[Span, ...]


def passages(article: Article, count: Counter, rules: PassageRules = _USUAL) -> tuple[Passage, ...]:
    """The passages of an article, in order: starts and ends both strictly increase.

    Together they hold every sentence that is neither heading, clutter nor outside. Each, with what stands in front of
    it, fits the window. A sentence that does not is cut at white space or, within a word, between grapheme clusters.

    Parameters:
        article: what to cut; its title's value stands in front of every passage.
        count: the wordpieces of each string, without special tokens; called a few times at most for usual articles.

    Raises:
        ValueError: if title and heading leave no room in the window.
    """
    text = article.text
    title = article.title.value or ""
    stretches = _stretches(article)
    # Once for each: some files have a stretch for every line.
    headings = dict.fromkeys(stretch.heading for stretch in stretches)
    fronts = {heading: headed(title, heading) for heading in headings}
    spans = [span for stretch in stretches for span in stretch.sentences]
    costs = list(count([*fronts.values(), *(span.of(text) for span in spans)]))
    rooms = {heading: rules.window - rules.special - cost for heading, cost in zip(fronts, costs, strict=False)}
    cost_of = dict(zip(spans, costs[len(fronts) :], strict=True))
    starts = [block.start for block in paragraphs(text)]
    found: list[Passage] = []
    for stretch in stretches:
        room = rooms[stretch.heading]
        if room < 1:
            raise ValueError(f"a window of {rules.window} wordpieces has no room below {fronts[stretch.heading]!r}")
        found += [
            Passage(span, stretch.heading, bisect_right(starts, span.start))
            for span in _packed(text, stretch, cost_of, room, count, rules)
        ]
    return tuple(found)


def _stretches(article: Article) -> list[_Stretch]:
    """The sentences between headings, clutter and outside, without the scraps that stand there."""
    text = article.text
    stretches: list[_Stretch] = []
    kept_stretches: list[_Stretch] = []
    for heading, walls, inside in _between_walls(article):
        stretches.append(_Stretch(heading, tuple(inside)))
        kept = without_scraps(text, inside, before=walls[0], after=walls[1])
        if kept:
            kept_stretches.append(_Stretch(heading, tuple(kept)))
    # Of a text that is nothing but short lines, all are kept.
    return kept_stretches or stretches


def _between_walls(article: Article) -> Iterator[tuple[str, tuple[bool, bool], list[Span]]]:
    """For every stretch the heading above it, whether it begins and ends at anything but a heading, its sentences."""
    text = article.text
    title = article.title.value or ""
    headings = {span: _heading(span.of(text), title) for span in article.headings}
    walls = sorted({*headings, *article.outside, *(one.span for one in clutter(text))})
    blocks = list(paragraphs(text))
    heading, start, at, open_before = "", 0, 0, True
    for wall in [*walls, Span(len(text), len(text))]:
        inside: list[Span] = []
        while at < len(blocks) and blocks[at].start < wall.start:
            part = trimmed(text, max(start, blocks[at].start), max(start, min(wall.start, blocks[at].end)))
            if len(part):
                inside += sentences(text, part, article.language.value)
            if blocks[at].end > wall.start:
                break
            at += 1
        # A heading that is the title over again heads the whole article, and no list.
        open_after = not headings.get(wall)
        if inside:
            yield heading, (open_before, open_after), inside
        start = max(start, wall.end)
        open_before = open_after
        if wall in headings:
            heading = headings[wall]


def _heading(line: str, title: str) -> str:
    """The words of a heading line, without marks; '' for one that is the title over again."""
    words = " ".join(_unmarked(next(iter(line.strip().splitlines()), "")).split())
    return "" if words.casefold() == " ".join(title.split()).casefold() else words


def _unmarked(line: str) -> str:
    """`line` without the number signs and white space around it; a pattern would take quadratic time."""
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
    """The passages of a stretch, each of at most `room` wordpieces as the tokenizer counts it whole."""
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
    """Runs up to the target with their wordpieces, each after the first with whole sentences of overlap.

    The last run may exceed the target up to what fits, so that no scrap is left over.
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
    """Where the passage after items `[first, end)` begins: at whole sentences of it that leave room for a new one."""
    if end == len(items):
        return end
    # Pieces of a sentence are never shared: each ends only because it does not fit together with the next one.
    for start in range(max(first + 1, end - overlap), end):
        if fits(start, end + 1):
            return start
    return end


def _fitting(text: str, span: Span, cost: int, room: int, count: Counter, rules: PassageRules) -> list[_Item]:
    """The sentence at `span`, or its pieces if it is longer than a passage may be."""
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
    """The words at `span` and their wordpieces; a word that is longer than a passage may be in pieces that are not."""
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
    """The largest end found, by doubling and halving steps, at which clusters from `at` on still fit.

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
    """The grapheme clusters of a word and their wordpieces; the code points of a cluster that does not fit."""
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
