"""Picture and wire credits, by the form of one line."""

import re

from index import clutter_words as words
from index.clutter_line import INNER_END, QUOTED, SAYING, Line, either, pattern

_AGENCIES = rf"(?:{words.AGENCIES})"
_NAME = r"[A-ZÀ-Þ][\w.'-]*(?: (?:(?:de|von|van|der|den|al|el|bin|di|da|la) ){0,2}[A-ZÀ-Þ][\w.'-]*){0,4}"
_AGENCY = re.compile(
    rf"(?:©|via |for |/ ?)? ?{_AGENCIES}(?: ?(?:via|/|,|-) ?{_AGENCIES})*(?:,? (?:19|20)\d\d)?", re.IGNORECASE
)
_SLASHED = re.compile(
    rf"(?:(?i:photo(?:graph)? ?(?:by|:) ?))?{_NAME} ?/ ?(?:{_NAME} ?/ ?)?(?i:{_AGENCIES})"
    rf"(?: (?:via|for) {_NAME})?(?: ?/ ?{_NAME})?|"
    rf"(?i:{_AGENCIES})(?i: photo)? ?/ ?{_NAME}|(?i:{_AGENCIES}) (?:via|for) {_NAME}|"
    rf"{_NAME} (?:via|for) (?i:{_AGENCIES})"
)
_PICTURE_DESK = re.compile(
    r"\b(?:images|photos?|photography|pictures|picture library|via \w+|agency|file)\Z", re.IGNORECASE
)
_BARS = re.compile(r" ?[|•·] ?| [/–—] ")
_CREDIT_LABEL = pattern(
    r"""
    (?:photo|image|picture|pic|video|illustration|graphic|foto|bild|imagen|imagem|beeld|immagine)s? ?[:|©]
    (?:photo|image|picture|photograph)s? ?(?:credits?|sources?|courtesy)(?: of| by)? ?:?\s
    (?:photo|image|picture|photograph|illustration)s? (?:by|courtesy of|via)\s
    (?:photo|foto) ?-\s
    ap photo\b
    photograph ?:
    credits? ?:
    (?:source|quelle|fuente|fonte|bron|kilde) ?: ?(?=.*(?:getty|afp|reuters|images|shutterstock|\bap\b|dpa\b))
    courtesy (?:of|photo)\s
    crédits? ?(?:(?:photo|image)s? ?)?:
    (?:file|handout|stock) (?:photo|image|picture)\b
    (?:bildquelle|fotocredit|bildnachweis|fotograf|fotógrafo|photographe) ?:
    (?:archiv|symbol)(?:bild|foto)
    foto (?:di|de|von|av) [A-Z]
    """
)
_CREDIT_TAIL = re.compile(
    either(
        r"""
        [(\[] ?(?i:(?:ap|file|handout|pool|courtesy|staff) )?(?i:photo|image|picture|foto)s?\b[^()\[\]]{0,90}[)\]]
        [(\[] ?(?i:file|credit)s? ?:[^()\[\]]{0,90}[)\]]
        [(\[][A-ZÀ-Þ][\w.'-]* [A-ZÀ-Þ][\w.' -]{1,40}/ ?[A-Z][^()\[\]]{1,60}[)\]]
        \b(?:REUTERS|AP|AFP|EPA|Getty Images)(?: Photo)? ?/ ?[A-ZÀ-Þ][\w.'-]*(?: [\w'-]{1,20}){0,4}\.?
        \b[A-ZÀ-Þ][\w'-]* ?/ ?(?:AP|AFP|EPA|Reuters|REUTERS|Getty Images)(?: via [A-Z]\w+(?: [A-Z]\w+)?)?\.?
        \b(?i:photo|image|picture|photograph|foto)(?i: (?:credit|by))?: ?[A-ZÀ-Þ][^.!?]{1,60}
        [.!?] [A-ZÀ-Þ]{3,}(?: [A-ZÀ-Þ]{2,})? ?/ ?[A-ZÀ-Þ][\w'-]*(?: [A-ZÀ-Þ][\w'-]*){0,3}(?:/File Photo)?
        """
    )
    + r"\Z"
)
# The name of an agency by itself stands under pictures, but signs short reports too. A sentence in which a name is
# followed by where or when, and not by what its bearer did, is a caption.
_SIGNED_SCENE = re.compile(
    r"[A-ZÀ-Þ][\w.'-]*(?: (?:og|och|and|und|et|y|e|en))?(?: [A-ZÀ-Þ][\w.'-]*){1,8} "
    r"(?:during|outside|in front of|alongside|under|utenfor|foran|sammen med|utanför|framför|tillsammans med|vor|"
    r"während|devant|pendant|durante|tijdens) "
    r"[^.!?]{3,160}[.!?]? (?:REUTERS|AFP|EPA|NTB(?: SCANPIX)?|SCANPIX|TT|RITZAU|DPA|ANP|ANSA|EFE)\.?"
)
_BRACKETED = re.compile(r"[(\[](?:photo|image|picture|video|foto|bild|vidéo|imagen)s?[)\]] \S", re.IGNORECASE)
_WIRE = pattern(
    r"""
    \(?(?:additional )?reporting by [^.]{3,250}(?:editing|writing|compiled|additional reporting) by
    \((?:additional )?reporting by [^.]{3,250}\.?\)\Z
    our standards: the .{3,60} principles\.?\Z
    """
)


def is_credit(line: Line) -> bool:
    """Whether it says who made a picture and nothing else."""
    if len(line.words) > 160 or line.count > 18 or QUOTED.search(line.words):
        return False
    bare = line.words.strip("()[] ")
    enclosed = line.words[:1] in "([" and line.words[-1:] in ")]"
    if _AGENCY.fullmatch(bare) or _SLASHED.fullmatch(bare) or (enclosed and _CREDIT_LABEL.match(bare)):
        return True
    if line.ends and not enclosed:
        return False
    parts = _BARS.split(bare)
    if len(parts) > 1 and any(_AGENCY.fullmatch(part) or _PICTURE_DESK.search(part) for part in parts[1:]):
        return all(part.count(" ") < 7 for part in parts)
    labelled = _CREDIT_LABEL.match(bare)
    return labelled is not None and not SAYING.search(bare)


def is_wire_credit(line: Line) -> bool:
    """Whether it lists who reported, wrote and edited an agency's story."""
    return _WIRE.match(line.words) is not None


def is_captioned(line: Line) -> bool:
    """Whether it is a caption with its credit in one paragraph."""
    if len(line.words) > 450 or len(INNER_END.findall(line.words)) > 2:
        return False
    signed = _BRACKETED.match(line.words) or _SIGNED_SCENE.fullmatch(line.words)
    if not signed and _CREDIT_TAIL.search(line.words, max(0, len(line.words) - 120)) is None:
        return False
    return not line.speech
