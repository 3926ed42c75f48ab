"""Forms of clutter that are too rare for the classifier or span several lines: credits, share bars, labels, lists.

Each is a form and not a list of wordings: nothing here knows a site or a topic.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from index.clutter.features import WORD, normalized
from index.sentence_ends import ends_sentence

# No form is longer; the limit bounds the time for hostile input.
LONGEST: Final = 450
LONGEST_CREDIT: Final = 160
FEWEST_LISTED: Final = 3
LONGEST_ENTRY: Final = 100
LONGEST_LIST: Final = 12
FEWEST_BEGUN: Final = 3
LONGEST_SIGNS: Final = 48
# No name of an agency is longer.
LONGEST_AGENCY: Final = 24


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# The longer of two that begin alike comes first.
_AGENCY_NAMES: Final = (
    "getty images", "getty", "afp", "ap photo", "ap", "associated press", "reuters", "epa-efe", "epa", "efe",
    "bloomberg", "xinhua", "shutterstock", "alamy", "istock", "upi", "dpa", "picture alliance", "picture-alliance",
    "imago", "ansa", "anp", "belga", "apa", "keystone", "ntb scanpix", "ntb", "scanpix", "ritzau", "tt", "lusa",
    "pa wire", "pa media", "pa", "zuma press", "anadolu agency", "anadolu", "tass", "sputnik", "kyodo", "yonhap",
    "pti", "ani", "canadian press", "aap", "unsplash", "pexels", "pixabay", "wikimedia commons", "flickr",
    "handout", "science photo library",
)  # fmt: skip
_AGENCIES: Final = f"(?:{'|'.join(_AGENCY_NAMES)})"
_NAME: Final = r"[A-ZÀ-Þ][\w.'’-]*(?: (?:de |von |van |der |den |al |el |di |da |la )?[A-ZÀ-Þ][\w.'’-]*){0,4}"
_PICTURE: Final = r"(?:photo|image|picture|video|illustration|graphic|foto|bild|imagen|imagem|beeld|immagine)"
_QUOTED = re.compile(r"[“”„\"]|«.*»|(?:\A|\s)['‘]\w")
_CREDIT = re.compile(
    rf"(?i:©|via |for )? ?(?i:{_AGENCIES})(?: ?(?:via|/|,|-) ?(?i:{_AGENCIES}))*|"
    rf"(?i:{_PICTURE}graph)? ?{_NAME} ?/ ?(?:{_NAME} ?/ ?)?(?i:{_AGENCIES})(?: (?:via|for) {_NAME})?|"
    rf"(?i:{_AGENCIES})(?i: photo)? ?/ ?{_NAME}|(?i:{_AGENCIES}) (?:via|for) {_NAME}|"
    rf"{_NAME} (?:via|for) (?i:{_AGENCIES})|"
    rf"{_NAME}/{_NAME}"
)
_CREDIT_LABEL = re.compile(
    rf"(?:{_PICTURE}|photograph)(?:graph|er|e)?s? ?(?:credits?|sources?|courtesy)?(?: of| by)? ?[:|©] ?\S|"
    rf"(?:{_PICTURE}|photograph)s? (?:by|courtesy of|via|di|de|von|av) [A-ZÀ-Þ]|credits? ?: ?\S|"
    r"courtesy (?:of|photo)\s|"
    rf"crédits? ?(?:(?:photo|image)s? ?)?: ?\S|(?:bildquelle|fotocredit|bildnachweis) ?:",
    re.IGNORECASE,
)
_BARS = re.compile(r" ?[|•·] ?| / ")
_DESK = re.compile(rf"(?:via )?(?:{_AGENCIES}|.*\b(?:images|photos?|pictures|agency|file))\Z", re.IGNORECASE)
# The credit at the end of a caption.
_CREDIT_TAIL = re.compile(
    rf"[(\[] ?(?i:(?:ap|file|handout|pool|courtesy|staff) )?(?i:{_PICTURE}|credit|file)s?\b[^()\[\]]{{0,90}}[)\]]\Z|"
    rf"[(\[] ?[A-ZÀ-Þ][\w.'’-]* [A-ZÀ-Þ][\w.'’ -]{{1,40}}/ ?[A-Z][^()\[\]]{{1,60}}[)\]]\Z|"
    r"\b(?:REUTERS|AP|AFP|EPA|NTB|Getty Images)(?: Photo)? ?/ ?[A-ZÀ-Þ][\w.'’-]*(?: [\w'’-]{1,20}){0,4}\.?\Z|"
    r"\b[A-ZÀ-Þ][\w'’-]* ?/ ?(?:AP|AFP|EPA|NTB|Reuters|REUTERS|Getty Images)(?: via [A-Z]\w+(?: [A-Z]\w+)?)?\.?\Z|"
    rf"(?<=[.!?]) ?(?i:{_PICTURE}|photograph|credit)s?(?i: (?:credit|by))? ?: ?[A-ZÀ-Þ][^.!?]{{1,60}}\Z|"
    r"(?<=[.!?\d]) ?© ?[^.!?]{2,50}\Z|"
    rf"(?<=[a-z\d][.!?])(?i:{_AGENCIES})\Z|"
    r"(?<=[.!?]) [A-ZÀ-Þ]{3,}(?: [A-ZÀ-Þ]{2,})? ?/ ?[A-ZÀ-Þ][\w'’-]*(?: [A-ZÀ-Þ][\w'’-]*){0,3}(?:/File Photo)?\Z"
)
# An agency's name alone stands under pictures but signs short reports too: only after a scene without a verb.
_SIGNED_SCENE = re.compile(
    r"[A-ZÀ-Þ][\w.'’-]*(?: (?:og|och|and|und|et|y|e|en))?(?: [A-ZÀ-Þ][\w.'’-]*){1,8} "
    r"(?:during|outside|in front of|alongside|under|utenfor|foran|sammen med|utanför|framför|tillsammans med|vor|"
    r"während|devant|pendant|durante|tijdens) "
    r"[^.!?]{3,160}[.!?]? (?:REUTERS|AFP|EPA|NTB(?: SCANPIX)?|SCANPIX|TT|RITZAU|DPA|ANP|ANSA|EFE)\.?"
)
_BRACKETED = re.compile(r"[(\[](?:photo|image|picture|video|foto|bild|vidéo|imagen)s?[)\]] \S", re.IGNORECASE)
_INNER_END = re.compile(r"[a-z\d%)”\"’][.!?][”\"’)]? +[“\"A-ZÀ-Þ]")
_MONTH: Final = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?|july?|aug(?:ust|\.)?|sept?(?:ember|\.)?|"
    r"oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)"
)
_DATED = re.compile(rf"\b{_MONTH} \d{{1,2}},? (?:19|20)\d\d\b|\b\d{{1,2}} {_MONTH},? (?:19|20)\d\d\b", re.IGNORECASE)
_POSED = re.compile(
    r"\((?:left|right|centre|center|[LRC]|links|rechts|à gauche|à droite)\)|, (?:left|right|centre|center)(?:,|\.?\Z)|"
    r"\b(?:pictured|from left|left to right|file (?:photo|picture|image)|in this (?:\w+ ){0,3}(?:photo|image|picture)|"
    r"(?:is|are) (?:seen|shown) (?:here|in|at|on|near|outside|after|during)|archivbild|symbolbild|foto de archivo)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|did|has|have|will|would|could|should|took|went|came|met|won|lost|began|became|fell|rose|gave|got|"
    r"said|told|saw|sent|spoke|led|killed|\w{2,}ed (?:on|in|the|an?|to|that|its|his|her|their|for|from|at|into|\d+|up)"
    r")\b",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    r"\b(?:is|are|gives?|quotes_somebody?|stands?|walks?|holds?|looks?|attends?|arrives?|shakes?|waves?|carr(?:y|ies)|takes?|sits?|"
    r"moves?|observes?|rides?|shows?|poses?)\b",
    re.IGNORECASE,
)
_RULED = re.compile(r"(?:[*_=~#•·–—-] ?){3,}")
_LABEL = re.compile(r"\A(?:> )?([^:|–—»>]{3,40}?) ?(?:[:|–—»>]) ?(?=\S)")
_SHOUTED = re.compile(r"(?:READ (?:MORE|ALSO|NEXT)|ALSO READ|SEE ALSO|RELATED|WATCH|MUST READ) (?=.*[a-z])")
_SAYING = re.compile(
    r"\b(?:sa(?:id|ys)|told|asked|wrote|announced|warned|reported|according to|sagte|erklärte|a déclaré|dijo|disse|zei|"
    r"sa|sier|skriver|ifølge)\b",
    re.IGNORECASE,
)
_HOME = re.compile(r"(?:home|startseite|accueil|inicio|início|hjem|forsiden?|hem|start) ?[>»›/|→] ?\w", re.IGNORECASE)
_COUNTER = re.compile(
    r"\d[\d.,]*[kKmM]? ?(?:shares?|views?|likes?|reads|comments?|replies|followers?|subscribers?)(?: ?[·•|] .{1,60})?|"
    r"\d{1,3} ?-?min(?:ute)?s? read",
    re.IGNORECASE,
)
_HASHTAGS = re.compile(r"(?:#[^\W\d_][\w-]*[ ,]*){2,}")
# An entry of a table of contents in Markdown links to a place in the page itself.
_LEADS_BELOW = re.compile(r"(?:[-*+]|\d{1,2}[.)]) \[[^\]]{1,120}\]\(#[^)\s]{0,120}\)")
_ITEM_MARK = re.compile(r"(?:[-*+•·]|\d{1,2}(?:\.\d{1,2})*[.)]?) +")
_RIGHTS = re.compile(r"(?:©|\(c\)|copyright) ?(?:©|\(c\)|[^\W\d]{0,20}) ?(?:19|20)\d\d\b", re.IGNORECASE)
_FIRST_APPEARED = re.compile(r"the post .{3,160} (?:first appeared|appeared first) on .{2,60}\Z", re.IGNORECASE)
_SIGNED = re.compile(
    r"\(?(?:additional )?reporting by [^.]{3,250}(?:editing|writing|additional reporting) by|"
    r"\((?:additional )?reporting by [^.]{3,250}\.?\)\Z|follow (?:us )?@\w|"
    r"(?:ansvarlig|ansvarshavende) (?:redaktør|utgiver) ?: ?\w|ansvarig utgivare ?: ?\w",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-zà-þ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])")
_CUT_NAME = re.compile(r"\b(Whats|Linked|You|Tik|Stumble) (App|In|Tube|Tok|Upon)\b")
_NETWORKS: Final = _listed("""
    facebook twitter x whatsapp linkedin pinterest reddit telegram flipboard messenger instagram tumblr youtube
    tiktok  threads bluesky mastodon email mail vkontakte vk line wechat weibo xing viber skype snapchat pocket
    mix  stumbleupon digg sms
""")
_SHARING: Final = _listed("""
    share shares this on to via by or and the with article story post tweet pin it save print copy link e mail
    auf per  sur par en no su op del på dela teilen partager compartir compartilhar condividi delen kopier lenke
    länk drucken  imprimer imprimir stampa skriv ut more
""")
_SIGN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_NUMBER = re.compile(r"#?\d{1,2}[.)]?")


def quotes_somebody(line: str) -> bool:
    """Return whether a line quotes or cites anybody."""
    return _QUOTED.search(line) is not None or _SAYING.search(line) is not None


def is_credit(line: str) -> bool:
    """Return whether a line only says who made a picture."""
    if len(line) > LONGEST_CREDIT or line.count(" ") > 17 or _QUOTED.search(line):
        return False
    bare = line.strip("()[] ")
    enclosed = line[:1] in "([" and line[-1:] in ")]"
    if _CREDIT.fullmatch(bare) and (enclosed or not _RULELESS.fullmatch(bare)):
        return True
    if ends_sentence(line) and not enclosed:
        return False
    parts = _BARS.split(bare)
    if len(parts) > 1 and any(_DESK.fullmatch(part) for part in parts[1:]):
        return all(part.count(" ") < 7 for part in parts)
    return _CREDIT_LABEL.match(bare) is not None


# 'Name/Name' may be two parties or two teams: a credit only in brackets.
_RULELESS = re.compile(rf"(?!.*(?i:\b{_AGENCIES}\b)){_NAME}/{_NAME}")


def ends_in_credit(line: str) -> bool:
    """Return whether a line is a caption with its credit in one paragraph."""
    if len(line) > LONGEST:
        return False
    bracketed, shouted = line[0] in "([", line[-3:].strip(".").isupper()
    # Matching the tail costs five times as much as looking for the signs that each of its forms has.
    tailed = (
        line[-1] in ")]"
        or any(sign in line for sign in "/©:")
        or line[-LONGEST_AGENCY:].lower().endswith(_AGENCY_NAMES)
    )
    if not (bracketed or shouted or tailed) or len(_INNER_END.findall(line)) > 2 or _QUOTED.search(line):
        return False
    if (bracketed and _BRACKETED.match(line)) or (shouted and _SIGNED_SCENE.fullmatch(line)):
        return True
    return tailed and _CREDIT_TAIL.search(line, max(0, len(line) - 120)) is not None


def is_caption(line: str) -> bool:
    """Return whether a line above a credit says what a picture shows: one sentence that poses or dates a scene."""
    if len(line) > LONGEST or _QUOTED.search(line) or _INNER_END.search(line.replace("U.S. ", "")):
        return False
    if _POSED.search(line):
        return True
    return _DATED.search(line) is not None and (_PAST.search(line) is None or _PRESENT.search(line) is not None)


def is_stamp(line: str) -> bool:
    """Return whether a line is a rule ('* * *'), breadcrumb, count, list of tags, link below, or notice of rights."""
    if len(line) > LONGEST:
        return False
    if any(form.fullmatch(line) for form in (_RULED, _COUNTER, _HASHTAGS, _LEADS_BELOW)) or _FIRST_APPEARED.match(line):
        return True
    return (_HOME.match(line) or _RIGHTS.match(line) or _SIGNED.match(line)) is not None and not _SAYING.search(line)


def is_labelled(line: str, heads: frozenset[str], topics: frozenset[str]) -> bool:
    """Return whether a line is a label and its value: 'Read more: Bus fares to rise', 'Tags: buses, fares'."""
    if len(line) > LONGEST_CREDIT or ends_sentence(line):
        return False
    label = _LABEL.match(line)
    named = normalized(label[1]) if label else ""
    if not label or not named:
        return _SHOUTED.match(line) is not None
    if named in topics:
        return line.count(" ") <= 8 + 6 * line.count(",")
    return named in heads


def opens_as_clutter(line: str, openings: Mapping[str, Sequence[str]]) -> bool:
    """Return whether a line begins as clutter does, unless it goes on like 'said the mayor'."""
    if len(line) > LONGEST_CREDIT + 90 or not (line[:1].isalpha() or line[:1] in "(©"):
        return False
    words = WORD.findall(line[:LONGEST_CREDIT].casefold())
    for opening in openings.get(words[0], ()) if words else ():
        count = opening.count(" ") + 1
        if " ".join(words[:count]) == opening:
            pattern = r"\W+".join(map(re.escape, words[:count]))
            rest = re.sub(rf"\A\W*{pattern}", "", line, flags=re.IGNORECASE)
            return rest[:1] not in (",", ":") and not _SAYING.search(rest)
    return False


def is_share_bar(line: str) -> bool:
    """Return whether a line is nothing but networks and words around them: 'FacebookTwitterEmail', 'Share on X'."""
    if len(line) > LONGEST_CREDIT or line[-1:] in ".,;?":
        return False
    words = normalized(_CUT_NAME.sub(r"\1\2", _CAMEL.sub(" ", line))).split()
    networks = sum(word in _NETWORKS for word in words)
    shared = all(word in _NETWORKS or word in _SHARING for word in words)
    return shared and (networks > 1 or (networks == 1 and len(words) > 1))


def is_menu(line: str, known: frozenset[str]) -> bool:
    """Return whether a line is the sections of a site between bars: 'News | Sport | Business'."""
    if len(line) > LONGEST_CREDIT or ("|" not in line and "/" not in line):
        return False
    parts = [normalized(part) for part in re.split(r" ?\| ?| / ", line)]
    return len(parts) >= FEWEST_LISTED and sum(part in known for part in parts) >= len(parts) / 2


def network_bars(lines: Sequence[str], words: Sequence[str]) -> set[int]:
    """Return the lines that each name one social network, three or more in a row, and the count above them."""
    alone = [spelling in _NETWORKS for spelling in words]
    found = {place for run in runs(alone) if len(run) >= FEWEST_LISTED for place in run}
    return found | {place for place in range(len(lines) - 1) if place + 1 in found and _is_count(lines[place])}


def _is_count(line: str) -> bool:
    return line[:1].isdigit() and set(normalized(line).split()) <= _SHARING | {"k", "m"}


def within_sentences(lines: Sequence[str]) -> set[int]:
    """Return the lines that links cut out of a sentence: the line before breaks off, and the next goes on."""
    found: set[int] = set()
    for place in range(1, len(lines) - 1):
        before, after = lines[place - 1], lines[place + 1]
        long = before.count(" ") >= FEWEST_BEGUN
        begun = place - 1 in found or (long and before[-1].isalnum() and not ends_sentence(before))
        if begun and (after[0].islower() or after[0] in ",;)，、；。."):
            found.add(place)
    return found


def numbered_lists(lines: Sequence[str]) -> set[int]:
    """Return the lines of lists whose items begin alike, with a number: 'June 24 – Bristow', 'June 26 – Allentown'."""
    alike = [_beginning(line) for line in lines]
    found: set[int] = set()
    start = 0
    for place in range(1, len(lines) + 1):
        if place == len(lines) or alike[place] != alike[start]:
            if alike[start] and place - start >= FEWEST_LISTED:
                found |= set(range(start, place))
            start = place
    return found


def _beginning(line: str) -> str:
    """Return the kinds of a line's first signs if one is a number ('9a etapa: 23' is '0aa:'), else ''."""
    signs = _SIGN.findall(line[:LONGEST_SIGNS])[:4]
    kinds = ["0" if sign[0].isdigit() else "a" if sign[0].isalpha() else sign for sign in signs]
    return "".join(kinds) if "0" in kinds else ""


def most_read(lines: Sequence[str]) -> set[int]:
    """Return the lines of lists of the most read: number and headline in turn, or each headline with its number."""
    found: set[int] = set()
    place = 0
    while place < len(lines):
        end, count = place, 0
        while end + 1 < len(lines) and _NUMBER.fullmatch(lines[end]) and _is_headline(lines[end + 1]):
            end, count = end + 2, count + 1
        if count >= FEWEST_LISTED:
            found |= set(range(place, end))
        place = max(end, place + 1)
    return found


def story_lists(lines: Sequence[str], words: Sequence[str], heads: frozenset[str]) -> set[int]:
    """Return the labels of lists of other stories and the headlines below them."""
    found: set[int] = set()
    for place, line in enumerate(lines):
        if words[place] in heads or (
            line.endswith(":") and line[:10].casefold().startswith(("read more", "more from"))
        ):
            end = place + 1
            while end < min(len(lines), place + 1 + LONGEST_LIST) and _is_headline(lines[end]):
                end += 1
            found.add(place)
            if place and _names_section(lines[place - 1], line):
                found.add(place - 1)
            # A single line may be the heading of what follows.
            if end - place > FEWEST_LISTED - 1:
                found |= set(range(place, end))
    return found


def tables_of_contents(lines: Sequence[str]) -> set[int]:
    """Return the lines of tables of contents: three or more in a row that return below, in order, with text between."""
    named = [_ITEM_MARK.sub("", line, count=1).casefold() if len(line) <= LONGEST_ENTRY else "" for line in lines]
    last = {name: place for place, name in enumerate(named) if name}
    found: set[int] = set()
    for run in runs([last.get(name, place) > place for place, name in enumerate(named)]):
        again = [last[named[place]] for place in run]
        apart = all(other > one + 1 for one, other in pairwise(again))
        if len(run) >= FEWEST_LISTED and apart:
            found |= set(run)
    return found


def _names_section(label: str, head: str) -> bool:
    """Return whether a short line above the label of a list names the same section as the label."""
    if label.count(" ") > 4 or len(label) > LONGEST_CREDIT or ends_sentence(label):
        return False
    return any(len(word) > 3 and word in normalized(head).split() for word in normalized(label).split())


def _is_headline(line: str) -> bool:
    return 3 <= line.count(" ") < 25 and not ends_sentence(line)


def runs(fits: Sequence[bool]) -> list[range]:
    """Return the runs of neighbouring places that are true."""
    found, start = [], 0
    for place in range(len(fits) + 1):
        if place == len(fits) or not fits[place]:
            if place > start:
                found.append(range(start, place))
            start = place + 1
    return found
