"""The letters beyond a to z that languages in Latin script are written with, to tell related encodings apart."""

from typing import Final

# Main and auxiliary exemplar characters of Unicode's CLDR (https://cldr.unicode.org), lower case, loans' left out.
BEYOND_ASCII: Final = {
    "ca": "àçèéíïòóúü·",
    "cs": "áčďéěíňóřšťúůýž",
    "da": "æøåéäöü",
    "de": "äöüßéà",
    "en": "éèêëïöôçñáü",
    "es": "áéíñóúü",
    "et": "äõöšüž",
    "fi": "äöåšž",
    "fr": "àâæçèéêëîïôœùûüÿ",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "is": "áðéíóúýþæö",
    "it": "àèéìíîòóùú",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "nl": "áäéëèíïóöúüĳ",
    "no": "æøåéèóòôäö",
    "pl": "ąćęłńóśźż",
    "pt": "àáâãçéêíóôõúü",
    "ro": "ăâîșțşţ",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sl": "čšžćđ",
    "sq": "çë",
    "sv": "åäöéà",
    "tr": "çğıöşüâîûi̇",
    "vi": "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}


def foreign_letters(text: str, language: str | None) -> int:
    """How many letters of `text` its language is not written with; 0 where its alphabet is not known."""
    known = BEYOND_ASCII.get(language or "")
    if known is None:
        return 0
    return sum(character > "\x7f" and character.isalpha() and character.lower() not in known for character in text)
