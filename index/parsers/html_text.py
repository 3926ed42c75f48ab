"""The main text of a page: what trafilatura extracts, with what it lost of the article put back."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from index.article import Span
from index.parsers.outline import Block, key, names_of
from index.parsers.parsed import silence_libraries
from index.parsers.tree import blocks, join_blocks
from index.sentence_ends import ANNOUNCES, SENTENCE_END

if TYPE_CHECKING:
    from lxml.html import HtmlElement

LISTS: Final = frozenset("ul ol dl".split())
ITEMS: Final = frozenset("li dt dd".split())
PROSE: Final = frozenset("blockquote pre".split())
# A block with more links is a menu or a list of other stories.
MOST_LINKED: Final = 0.4
FEWEST_LETTERS_OF_PROSE: Final = 25
FEWEST_LETTERS_OF_STANDFIRST: Final = 40
# Blocks between a headline and its standfirst: a by-line, a date, a share bar, a caption.
FARTHEST_STANDFIRST: Final = 12
LONGEST_OF_MENU: Final = 40
MEAN_WORDS_OF_ITEM: Final = 3
# Enough of a list to tell.
MOST_ITEMS: Final = 100

STANDFIRST_NAMES: Final = re.compile(
    r"(?:^|[\s_-])(?:stand-?first|lead|lede|dek|deck|intro(?:duction)?|summary|sub-?(?:title|head(?:line)?|heading)|"
    r"excerpt|abstract|kicker|ingress|underrubrik|undertittel|chapeau|chapo|vorspann|entradilla|bajada|sommario|preamble)(?:$|[\s_-])",
    re.IGNORECASE,
)


class MainText:
    """The blocks of a page's main text, and their places on the page.

    Attributes:
        written: the kind and the words of each block, as `tree.blocks` returns them.
        places: the numbers of the page's blocks that are part of the text, in order.
    """

    def __init__(self, tree: "HtmlElement", page: Sequence[Block]) -> None:
        """Extract the main text of a page.

        Parameters:
            tree: without hidden elements; it is not changed.
            page: its blocks.
        """
        self.written = _extracted(tree)
        self._page = page
        at = _places(self.written, page)
        self.places = sorted(at)
        self._at = at
        self._items: dict[Any, list[int]] | None = None
        self._keys = {key(words) for _, words in self.written}
        self._said = key(" ".join(words for _, words in self.written))

    def first(self) -> int | None:
        """Return the number of the block that begins the running text: in the element with the most letters of it."""
        letters: dict[tuple[Any, str], int] = {}
        kinds = {
            place: (_holder(block.element), block.element.tag)
            for place in self.places
            if not (block := self._page[place]).is_heading
        }
        for place, kind in kinds.items():
            letters[kind] = letters.get(kind, 0) + len(self._page[place].key)
        most = max(letters, key=lambda kind: letters[kind], default=None)
        of_most = [place for place, kind in kinds.items() if kind == most]
        long = (place for place in of_most if len(self._page[place].key) >= FEWEST_LETTERS_OF_PROSE)
        return next(long, of_most[0] if of_most else None)

    def holder(self) -> Any:
        """Return the smallest element around all of the text, None if nothing is."""
        common: list[Any] = []
        for number, place in enumerate(self.places):
            around = list(self._page[place].element.iterancestors())[::-1]
            shared = [one for one, other in zip(common, around, strict=False) if one is other]
            common = shared if number else around
        return common[-1] if common else None

    def text(self) -> tuple[str, tuple[Span, ...]]:
        """Return the text and the spans of its headings."""
        return join_blocks(self.written)

    def read_as_shown(self, headline: int | None) -> None:
        """Replace the text by the content of the element that holds most of the page's words outside of links.

        For pages without paragraphs, such as verse whose every line is an element of its own.
        """
        letters: dict[Any, int] = {}
        for block in self._page:
            if not block.apart and not block.is_heading and block.share_linked <= MOST_LINKED:
                holder = _holder(block.element)
                letters[holder] = letters.get(holder, 0) + len(block.key)
        if not letters:
            return
        best = max(letters, key=lambda holder: letters[holder])
        first = 0 if headline is None else headline
        self.places = [
            place
            for place, block in enumerate(self._page)
            if place >= first and not block.apart and (_holder(block.element) is best or place == headline)
        ]
        self._at = {place: number for number, place in enumerate(self.places)}
        shown = [self._page[place] for place in self.places]
        kinds = ["heading" if each.is_heading else "line" if len(each.rows) == 1 else "" for each in shown]
        self.written = [(kind, "\n".join(each.rows)) for kind, each in zip(kinds, shown, strict=True)]

    def restore(self, headline: int | None) -> None:
        """Put back the lists, headings and paragraphs that trafilatura lost within the text, and its standfirst.

        Parameters:
            headline: the number of the block on the page that is the headline.
        """
        if not self.places:
            return
        added: dict[int, list[tuple[str, str]]] = {}
        containers: dict[Any, set[str]] = {}
        for place in self.places:
            element = self._page[place].element
            containers.setdefault(_holder(element), set()).add(element.tag)
        first, last = self.places[0], self.places[-1]
        before = self._at[first]
        for place in range(first, self._end(last)):
            if place in self._at:
                before = self._at[place]
            elif self._belongs(place, containers):
                added.setdefault(before, []).append(_as_written(self._page[place]))
        top = [_as_written(self._page[place]) for place in self._standfirst(headline, first)]
        whole: list[tuple[str, str]] = []
        start = self._at[first]
        for number, block in enumerate(self.written):
            if number == start and top:
                is_headline = headline is not None and key(block[1]) == self._page[headline].key
                whole += [block, *top] if is_headline else [*top, block]
            else:
                whole.append(block)
            whole += added.get(number, [])
        self.written = whole

    def _end(self, last: int) -> int:
        """Return where the search for lost blocks ends: behind the last block and a list that it announces."""
        end = last + 1
        if end < len(self._page) and _list_of(self._page[end].element) is not None:
            items = _list_of(self._page[end].element)
            stop = end
            while stop < len(self._page) and _list_of(self._page[stop].element) is items:
                stop += 1
            listed_words = [self._page[place].words for place in range(end, stop)]
            ended = sum(_is_said_whole(words) for words in listed_words)
            if ANNOUNCES.search(self._page[last].words) or 2 * ended > len(listed_words):
                end = stop
        return end

    def _belongs(self, place: int, containers: Mapping[Any, set[str]]) -> bool:
        block = self._page[place]
        if block.apart or block.share_linked > MOST_LINKED or _holder(block.element) not in containers:
            return False
        if self._is_said(block):
            return False
        items = _list_of(block.element)
        if items is not None:
            places = self._lists()[items]
            words = [len(self._page[number].words.split()) for number in places[:MOST_ITEMS]]
            told = places[0] > 0 and ANNOUNCES.search(self._page[places[0] - 1].words) is not None
            return told or sum(words) >= MEAN_WORDS_OF_ITEM * len(words) or not block.words.isascii()
        if block.is_heading:
            return place + 1 in self._at
        return (
            # Captions and teasers between paragraphs are elements of another kind.
            block.element.tag in containers[_holder(block.element)] | PROSE
            and (_is_said_whole(block.words) or len(block.rows) > 1)
            and sum(map(str.isalpha, block.words)) >= FEWEST_LETTERS_OF_PROSE
        )

    def _lists(self) -> Mapping[Any, list[int]]:
        """Return the numbers of the blocks of each list of the page."""
        if self._items is None:
            self._items = {}
            for place, block in enumerate(self._page):
                items = _list_of(block.element)
                if items is not None:
                    self._items.setdefault(items, []).append(place)
        return self._items

    def _is_said(self, block: Block) -> bool:
        """Return whether the text has the words of a block already, perhaps within a longer one."""
        return block.key in self._keys or (len(block.key) >= FEWEST_LETTERS_OF_PROSE and block.key in self._said)

    def _standfirst(self, headline: int | None, first: int) -> list[int]:
        """Return the blocks between the headline and the text that introduce it."""
        if headline is None:
            return []
        return [
            place
            for place in range(headline + 1, min(first, headline + 1 + FARTHEST_STANDFIRST))
            if place not in self._at and self._introduces(self._page[place])
        ]

    def _introduces(self, block: Block) -> bool:
        if block.apart or block.share_linked > MOST_LINKED or _list_of(block.element) is not None:
            return False
        if self._is_said(block):
            return False
        names = " ".join(names_of(each) for each in (block.element, block.element.getparent()) if each is not None)
        letters = sum(map(str.isalpha, block.words))
        if STANDFIRST_NAMES.search(names):
            return letters >= FEWEST_LETTERS_OF_PROSE
        return letters >= FEWEST_LETTERS_OF_STANDFIRST and _is_said_whole(block.words)


def _extracted(tree: "HtmlElement") -> list[tuple[str, str]]:
    silence_libraries()
    from trafilatura import bare_extraction

    silence_libraries()
    document = bare_extraction(tree, include_comments=False)
    body = getattr(document, "body", None)
    return [] if body is None else blocks(body)


def _places(written: Sequence[tuple[str, str]], page: Sequence[Block]) -> dict[int, int]:
    """Match blocks of the page with blocks of the text, by number: the same words in the same order."""
    numbers: dict[str, list[int]] = {}
    for number, (_, words) in enumerate(written):
        numbers.setdefault(key(words), []).append(number)
    found: dict[int, int] = {}
    latest = -1
    for place, block in enumerate(page):
        same = numbers.get(block.key, [])
        later = bisect_right(same, latest)
        # Short words in a menu are no part of the text, even if the text has them.
        if later < len(same) and not (block.apart and len(block.words) < LONGEST_OF_MENU):
            found[place] = latest = same[later]
    return found


def _holder(element: Any) -> Any:
    """Return the element around a block: the parent of its element, or of its list if it is an item of one."""
    items = _list_of(element)
    holder = element if items is None else items
    parent = holder.getparent()
    return element if parent is None else parent


def _list_of(element: Any) -> Any:
    """Return the outermost list that a block is an item of, None if it is none."""
    outermost = None
    for around in (element, *element.iterancestors()):
        if around.tag in LISTS:
            outermost = around
        elif around.tag not in ITEMS and around.tag not in ("p", "div"):
            break
    return outermost


def _is_said_whole(words: str) -> bool:
    end = words[-20:]
    return SENTENCE_END.search(end) is not None or ANNOUNCES.search(end) is not None


def _as_written(block: Block) -> tuple[str, str]:
    if block.element.tag in ITEMS or _list_of(block.element) is not None:
        return "line", f"- {block.words}"
    return ("heading" if block.is_heading and not _is_said_whole(block.words) else ""), "\n".join(block.rows)
