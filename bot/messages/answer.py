"""Answers as messages: the passage, where it stands, and the buttons below it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote as percent_encoded

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.cards import AnswerCard
from bot.cited import StoredCitation
from bot.language.phrases import Phrases, day, foreign_language, percent
from bot.messages.markup import (
    COPY_LONGEST,
    LONGEST,
    Piece,
    Screen,
    bold,
    button,
    copy_button,
    italic,
    joined,
    keyboard,
    link_button,
    linked,
    page_button,
    paging_row,
    plain,
    quoted,
    shortened,
    units,
)
from bot.messages.quoting import quotation
from index.metadata import web_address
from retrieval.answer import Citation
from retrieval.question.filters import without
from retrieval.sanitize import one_line

BETWEEN: Final = " · "
# Texts beside a passage are short, so that the passage has the room.
_TITLE: Final = 250
_QUESTION: Final = 300
_FACT: Final = 120
_COPIES: Final = 2
# Of a text that is cut, fewer UTF-16 units are not worth showing.
_LEAST: Final = 80
# Stands between what is before a part shown above and what is after it.
_SHOWN_ABOVE: Final = " […] "
# Telegram's own page for sharing an address.
_SHARING: Final = "https://t.me/share/url?url="


def answer_screen(
    card_id: str,
    card: AnswerCard,
    phrases: Phrases,
    bot: str,
    around: Sequence[Citation] = (),
    *,
    verdicts: bool = True,
    page: str = "",
    private: bool = False,
) -> Screen:
    """Return the message of an answer.

    Parameters:
        bot: the bot's user name, for links to it.
        around: the shown citation among its neighbours, where they are to be shown too.
        verdicts: whether it has the buttons 👍 and 👎.
        page: the address that opens the shown passage in its article; '' to turn the article's pages in the chat.
        private: whether it stands in a private chat.
    """
    if card.tier == "none":
        return _unanswered(card_id, card, phrases)
    shown = card.citations[card.shown]
    head = joined((_question(card, phrases), _doubt(card, phrases), title(shown, phrases, page)), "\n")
    foot = joined(
        (place(shown, phrases, _confidence(card, phrases)), _copies(shown, phrases), _before(card, phrases)), "\n"
    )
    room = LONGEST - head.units - foot.units - 2
    # What is not taken for an answer has no shortest answer.
    shown = shown if card.answered else replace(shown, answer=None)
    passage = quoted(_widened(shown, around, room)) if around else passage_quotes(shown, room)
    article = page_button(phrases.article, page, private=private) if page else button(phrases.article, card_id, "a")
    keys = _answer_keyboard(card_id, card, phrases, bot, article, wide=bool(around), verdicts=verdicts)
    return Screen(joined((head, passage, foot), "\n"), keys)


def changed_screen(card_id: str, card: AnswerCard, phrases: Phrases, now: Citation | None) -> Screen:
    """Return the message of an answer whose passage has changed: as it was quoted, and as it stands now.

    Parameters:
        now: what stands in its place; None where nothing does.
    """
    shown = card.citations[card.shown]
    # The old link leads to words that are no longer there.
    stands = shown if now is None else StoredCitation.of(now)
    head = joined((_question(card, phrases), title(stands, phrases), plain(phrases.passage_changed)), "\n")
    foot = place(stands, phrases)
    words = (italic(plain(phrases.passage_was)), italic(plain(phrases.passage_is)))
    room = (LONGEST - head.units - foot.units - sum(piece.units for piece in words) - 8) // 2
    was = quotation(shown.quote, shown.highlights_within, room, None, shown.brief_within)
    after = [plain(phrases.passage_gone)]
    if now is not None:
        after = [words[1], quoted(quotation(now.quote, (), room))]
    pieces = (head, words[0], quoted(was), *after, foot)
    keys = keyboard(
        paging_row(card_id, card.shown, len(card.citations)),
        [button(phrases.ask_again, card_id, "q"), button(phrases.article, card_id, "a")],
    )
    return Screen(joined(pieces, "\n"), keys)


def withdrawn_screen(card_id: str, card: AnswerCard, phrases: Phrases) -> Screen:
    """Return what stands in place of a passage whose article was taken out; where it was the first, of the answer."""
    paging = paging_row(card_id, card.shown, len(card.citations)) if card.shown else []
    return Screen(plain(phrases.article_withdrawn), keyboard(paging, [button(phrases.ask_again, card_id, "q")]))


def passage_quotes(shown: StoredCitation, room: int) -> Piece:
    """Return a passage: the answering sentence with what is needed around it, and below it, folded, the rest.

    Parameters:
        room: UTF-16 units that both may take.
    """
    brief = shown.brief_within
    first = quotation(shown.quote, shown.highlights_within, room, shown.answer_within, brief)
    left = room - first.units - 1
    sides = [words for words in (shown.quote[: brief.start], shown.quote[brief.end :]) if words.strip()]
    rest: list[Piece] = []
    for words in sides:
        if left >= _LEAST:
            rest.append(quotation(words, (), left))
            left -= rest[-1].units + len(_SHOWN_ABOVE)
    return joined((quoted(first), quoted(joined(rest, _SHOWN_ABOVE), expandable=True)), "\n")


def title(shown: StoredCitation, phrases: Phrases, page: str = "") -> Piece:
    """Return an article's title in bold, linked to the passage: at the article's own address, or else on its page.

    Parameters:
        page: the address of the page that opens the passage; '' where there is none.
    """
    words = shortened(one_line(shown.title), _TITLE) or phrases.no_title
    # A quote of very long words makes a link that is too long to be followed.
    return bold(linked(plain(words), web_address(shown.link) or web_address(shown.url or "") or page))


def place(shown: StoredCitation, phrases: Phrases, *more: str) -> Piece:
    """Return where a passage stands; without an address the file is named."""
    facts = [
        shown.source or phrases.source_unknown,
        day(shown.published, phrases) if shown.published else phrases.date_unknown,
        *([] if web_address(shown.url or "") else [shown.path]),
        _within(shown, phrases),
    ]
    told = [shortened(one_line(fact), _FACT) for fact in facts if fact.strip()]
    return plain(BETWEEN.join((*told, *filter(None, more))))


def share_link(bot: str, payload: str) -> str:
    """Return an address that opens something in a chat with the bot (Bot API, deep linking)."""
    return f"https://t.me/{bot}?start={payload}"


def citation_text(shown: StoredCitation, phrases: Phrases) -> str:
    """Return the text of the copy button: the answering sentence and its place, cut to the length Telegram allows."""
    facts = (
        shown.title or phrases.no_title,
        shown.source or "",
        day(shown.published, phrases) if shown.published else "",
    )
    where = ", ".join(one_line(fact) for fact in facts if fact)
    address = web_address(shown.url or "") or one_line(f"{shown.path} {_within(shown, phrases)}")
    if units(where) + units(address) + 2 > COPY_LONGEST - 40:
        where = shortened(where, 80)
    tail = f"— {where}. {address}"
    room = COPY_LONGEST - units(tail) - 4
    words = one_line(shown.answering or shown.quote)
    return f"“{shortened(words, room)}” {tail}" if room >= 20 else shortened(tail, COPY_LONGEST)


def _within(shown: StoredCitation, phrases: Phrases) -> str:
    """Return where in its article a passage stands."""
    return f"¶ {shown.paragraph}" if shown.page is None else phrases.page.format(n=shown.page)


def _question(card: AnswerCard, phrases: Phrases) -> Piece:
    """Return the question if no message shows it, and how it was understood if that differs."""

    def line(phrase: str, question: str) -> Piece:
        return italic(plain(phrase.format(question=shortened(one_line(question), _QUESTION))))

    if card.watch in ("news", "stopped"):
        # It was asked long ago, as one plain question.
        return line(phrases.watch_news, card.question)
    asked = line(phrases.asked, card.question) if card.on_behalf else Piece()
    understood = Piece()
    if one_line(card.interpreted_as) != one_line(without(card.question)):
        understood = line(phrases.understood_as, card.interpreted_as)
    elif card.follows:
        understood = line(phrases.following_up, card.follows)
    meant = (line(phrases.did_you_mean, f" {phrases.either_or} ".join(words)) for words in card.meant)
    return joined((asked, understood, *meant), "\n")


def _doubt(card: AnswerCard, phrases: Phrases) -> Piece:
    """Return the line that says that no passage is taken for an answer."""
    if card.tier != "not sure":
        return Piece()
    return plain(phrases.unsure if card.shown == 0 else phrases.unsure_further)


def _widened(shown: StoredCitation, around: Sequence[Citation], room: int) -> Piece:
    """Return the whole passage among its neighbours. Nothing of it is folded: somebody asked for it."""
    here = next(place for place, citation in enumerate(around) if citation.start == shown.start)
    # The passage itself comes first where there is not room for all.
    middle = quotation(shown.quote, shown.highlights_within, room, shown.answer_within)
    before, after = around[:here], around[here + 1 :]
    sides = [citation for pair in zip(reversed(before), after, strict=False) for citation in pair]
    sides += [citation for citation in (*reversed(before), *after) if citation not in sides]
    found = {shown.start: middle}
    left = room - middle.units
    for citation in sides:
        if left < _LEAST:
            break
        found[citation.start] = quotation(citation.quote, (), left - 4)
        left -= found[citation.start].units + 4
    return joined((found[start] for start in sorted(found)), "\n\n")


def _confidence(card: AnswerCard, phrases: Phrases) -> str:
    # It is the probability that the first passage holds the answer, and says nothing of the others.
    return percent(card.confidence, phrases) if card.shown == 0 else ""


def _before(card: AnswerCard, phrases: Phrases) -> Piece:
    """Return the line that says what answered before, in news of a question."""
    if card.before is None:
        return Piece()
    name = shortened(one_line(card.before.title), _FACT) or phrases.no_title
    when = day(card.before.published, phrases) if card.before.published else phrases.date_unknown
    opening, _, closing = phrases.watch_before.partition("{article}")
    article = linked(plain(name), web_address(card.before.link))
    return joined((plain(opening), article, plain(closing.format(date=shortened(one_line(when), _FACT)))))


def _bell(card_id: str, card: AnswerCard, phrases: Phrases, label: str = "") -> InlineKeyboardButton:
    """Return the button by which somebody asks for news of a question, or under news wants no more of it.

    Pressing it twice does what pressing it once does: so what was done is ticked, and is never turned round.

    Parameters:
        label: in place of the sign, where there is room for words.
    """
    match card.watch:
        case "news" | "stopped":
            return button("✓ 🔕" if card.watch == "stopped" else "🔕", card_id, "s")
        case "kept":
            return button(f"✓ {label or '🔔'}", card_id, "w")
        case _:
            return button(label or "🔔", card_id, "w")


def _copies(shown: StoredCitation, phrases: Phrases) -> Piece:
    if not shown.also_in:
        return Piece()
    names = [shortened(one_line(name), _FACT) for name in shown.also_in[:_COPIES]]
    more = len(shown.also_in) - len(names)
    titles = "; ".join([*names, phrases.and_more.format(n=more)] if more else names)
    return plain(phrases.also_in.format(titles=titles))


def _answer_keyboard(
    card_id: str,
    card: AnswerCard,
    phrases: Phrases,
    bot: str,
    article: InlineKeyboardButton,
    *,
    wide: bool,
    verdicts: bool,
) -> InlineKeyboardMarkup | None:
    shown = card.shown
    thumbs = [
        button("✓ 👍" if card.verdict == "up" else "👍", card_id, "u"),
        button("✓ 👎" if card.verdict == "down" else "👎", card_id, "d"),
    ]
    sharing = _SHARING + percent_encoded(share_link(bot, f"a{card_id}"), safe="")
    return keyboard(
        [
            *paging_row(card_id, shown, len(card.citations)),
            *(thumbs if verdicts else []),
            _bell(card_id, card, phrases),
        ],
        [
            button(phrases.less_context if wide else phrases.more_context, card_id, "l" if wide else "m"),
            article,
            copy_button(phrases.copy, citation_text(card.citations[shown], phrases)),
            link_button(phrases.share, sharing),
        ],
    )


def _unanswered(card_id: str, card: AnswerCard, phrases: Phrases) -> Screen:
    said = plain(phrases.unanswered_nearest if card.nearest else phrases.unanswered)
    if card.foreign:
        said = joined((plain(foreign_language(card.foreign, phrases)), said), " ")
    rows = [
        [button(one_line(near.title) or phrases.no_title, card_id, f"n{place}")]
        for place, near in enumerate(card.nearest)
    ]
    rows.append([_bell(card_id, card, phrases, phrases.watch_tell)])
    return Screen(joined((_question(card, phrases), said), "\n"), keyboard(*rows))
