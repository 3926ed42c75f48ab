"""Reading of the best passages: the choice of windows, and what the reader finds in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from index.article import Span
from index.engines.protocol import WordQuery
from index.folding import is_unseen
from retrieval.citation import Quoted
from retrieval.question.terms import coverage
from retrieval.ranking.recency import written_day
from retrieval.reader.reading import Candidate, Reader, Reading, Window

# Passages that are read, and windows of all of them together: docs/reader.md has the curve.
DEPTH: Final = 5
WINDOWS: Final = 6
# So many windows are read first, and the others only where none of these has at least this logit. That reads 5.0 of six
# windows on wikinews and 3.7 on squadshifts_newwiki, and puts the right passage first as often and for .005 fewer.
FIRST: Final = 2
_CERTAIN: Final = 1.0
# The cost of each rank further back, in shares of the question's words that a window holds.
_LATER: Final = 0.1
_WEIGHT: Final = 0.4
# The most that a title may add to the logit of a window. It adds some 4.6 where the window needs it to be understood
# ("It lies at a depth of 140 metres" under "Wreck of the trawler found"), and 11 where the title alone answers.
_TITLE_ADDS: Final = 5.0
# The least log probability of a place that is shown as the answer. Given the right passage, .926 of the answers shown
# meet the gold on wikinews and .912 on squadshifts_newwiki; .60 and .68 of all are shown. Of all, shown or not,
# .81 and .83 meet it.
SURE: Final = -1.5


@dataclass(frozen=True, slots=True)
class Finding:
    """The reader's finding in a passage: in that window of it which answers best.

    Attributes:
        logit: of the window, that it answers.
        sentence: the one that the answer stands in, if any, a span of the article's text.
        place: the answer in it.
        sure: how far that place stands out: the logarithm of a probability.
    """

    logit: float
    sentence: Span
    place: Span
    sure: float


def read_passages(
    reader: Reader,
    question: str,
    query: WordQuery,
    weights: Mapping[tuple[str, ...], float],
    quotes: Sequence[Quoted],
    *,
    thorough: bool = False,
    most: int = WINDOWS,
) -> dict[int, Finding]:
    """Read passages together with the question, and return the findings by passage number.

    The number of windows is fixed, so that every question takes about as long. Those are read that hold most of the
    question's words, a better passage's before another's. Where one of the first is certain, the others are not read.

    Parameters:
        query: the question's words; `weights`: how much each tells.
        quotes: the best first; those in a language that the reader does not know are left out.
        thorough: whether the others are read all the same.
        most: how many windows are read.
    """
    quotes = [quote for quote in quotes if reader.knows(quote.hit.article.language)]
    windows = [
        (place, window, coverage(query, weights, window.span.of(quote.checked.text), quote.hit.article.language))
        for place, quote in enumerate(quotes)
        for window in reader.windows(quote.checked.text, quote.hit.passage.span, quote.sentences)
        if len(window.ids)
    ]
    chosen = _chosen([(place, share) for place, _, share in windows])[:most]
    heads = [quote.hit.article for quote in quotes]
    prefixes = [reader.pieces.prefix(head.title, written_day(head.published)) for head in heads]
    best: dict[int, Finding] = {}
    for part in (chosen[:FIRST], chosen[FIRST:]):
        if not thorough and any(finding.logit >= _CERTAIN for finding in best.values()):
            break
        readings = reader.read(question, [Candidate(prefixes[windows[row][0]], windows[row][1]) for row in part])
        for row, reading in zip(part, readings, strict=True):
            place, window, _ = windows[row]
            number = quotes[place].hit.passage.number
            if number not in best or reading.logit > best[number].logit:
                best[number] = finding_of(reading, window, quotes[place])
    return best


def without_title(reader: Reader, question: str, finding: Finding, quote: Quoted) -> Finding:
    """Return a finding no surer than the window alone allows, since its title is not shown as the answer."""
    windows = reader.windows(quote.checked.text, quote.hit.passage.span, quote.sentences)
    window = next(window for window in windows if window.span.meets(finding.sentence))
    prefix = reader.pieces.prefix("", written_day(quote.hit.article.published))
    [reading] = reader.read(question, [Candidate(prefix, window)])
    return replace(finding, logit=min(finding.logit, reading.logit + _TITLE_ADDS))


def finding_of(reading: Reading, window: Window, quote: Quoted) -> Finding:
    """Return the answer's place in a window: the likeliest place in the likeliest sentence.

    Measured on wikinews: that sentence holds the answer for .822 of the questions, that of the likeliest place for
    .802.
    """
    starts, ends = window.offsets.T
    sentences = [sentence for sentence in quote.sentences if sentence.meets(window.span)]
    inside = [(ends > sentence.start) & (starts < sentence.end) for sentence in sentences]
    likeliest = max(range(len(sentences)), key=lambda place: reading.within(inside[place]))
    first, last, sure = reading.place(inside[likeliest])
    words = Span(int(starts[first]), int(ends[last]))
    sentence = sentences[likeliest]
    return Finding(reading.logit, sentence, whole_words(quote.checked.text, words, sentence), sure)


def whole_words(text: str, place: Span, within: Span) -> Span:
    """Widen a place in a text to whole words, but not beyond `within`."""
    start, end = place.start, place.end
    while start > within.start and _in_word(text[start - 1]) and _in_word(text[start]):
        start -= 1
    while end < within.end and _in_word(text[end]) and _in_word(text[end - 1]):
        end += 1
    return Span(start, end)


def _in_word(point: str) -> bool:
    return point.isalnum() or is_unseen(point)


def reader_bonus(finding: Finding) -> float:
    """Return the bonus of a passage for what the reader found in it, in deviations of the scores."""
    return _WEIGHT * finding.logit


def _chosen(windows: Sequence[tuple[int, float]]) -> list[int]:
    """Return the rows of the windows to read: the best passage's most promising one, then the most promising of all.

    Parameters:
        windows: of each the place of its passage, from 0, and the share of the question's words that it holds.
    """
    order = sorted(range(len(windows)), key=lambda row: _LATER * windows[row][0] - windows[row][1])
    # The sort is stable: the best passage's windows stay in their order.
    best = sorted(order, key=lambda row: windows[row][0])[:1]
    return [*best, *(row for row in order if row not in best)][:WINDOWS]
