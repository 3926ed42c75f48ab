"""From bytes to text: every encoding that seeds come in, and what is not text."""

import pytest

from index.parsers.charset import decode
from index.parsers.parsed import UnreadableError

NORWEGIAN = (
    "Statsministeren sa på fredag at møtet blir utsatt til høsten. Regjeringen ønsker å bruke mer tid på "
    "forhandlingene, og håper at partene kan bli enige før jul. Været på Østlandet blir kjølig."
)
POLISH = (
    "Premier powiedział w piątek, że spotkanie zostanie przełożone na jesień. Rozmowy będą kontynuowane w Genewie, "
    "gdzie delegacje mają nadzieję na porozumienie przed latem."
)
RUSSIAN = "Премьер-министр заявил в пятницу, что встреча переносится на осень. Переговоры продолжатся в Женеве."
JAPANESE = "首相は金曜日、会議を秋に延期すると述べた。交渉はジュネーブで続けられ、代表団は夏までの合意を望んでいる。"
CHINESE = "总理星期五表示，会议将推迟到秋天。谈判将在日内瓦继续进行，代表团希望在夏天之前达成协议。"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"\xff\xfe\x00\x00", "utf-32-le"),
    ],
)
def test_the_byte_order_mark_is_not_part_of_the_text_and_line_ends_stay(mark: bytes, encoding: str) -> None:
    text = "Først én linje.\r\nSå 🙂 en til.\n\rSlutt\r"
    assert decode(mark + text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (NORWEGIAN, "cp1252"),
        (POLISH, "cp1250"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (CHINESE, "gb18030"),
    ],
)
def test_a_legacy_encoding_is_told_by_what_it_looks_like(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


CZECH = "Předseda řekl, že se hala zavře na devět týdnů, protože za obložením byla v srpnu nalezena vlhkost."
SLOVAK = "Mestská rada rozhodla, že športová hala bude zatvorená deväť týždňov, lebo za obložením našli vlhkosť."
SLOVENE = "Občinski svet bo dvorano zaprl za devet tednov, je v četrtek dejal župan. Za oblogo so avgusta našli vlago."
HUNGARIAN = "A községi tanács kilenc hétre bezárja a sportcsarnokot, mondta az elnök csütörtökön a gyűlésen."
LITHUANIAN = (
    "Taryba uždarys sporto salę devynioms savaitėms, ketvirtadienį sakė pirmininkas. Už plokščių rasta drėgmės."
)
GREEK = "Το συμβούλιο θα κλείσει το γυμναστήριο για εννέα εβδομάδες, είπε ο πρόεδρος. Άρχισαν οι εργασίες."
FRENCH = "La commission a décidé de fermer la salle pendant neuf semaines. Des élèves iront à l'école du village."
ARABIC = "قال رئيس المجلس مساء الخميس إن القاعة الرياضية ستغلق لمدة تسعة أسابيع بسبب الرطوبة خلف الألواح."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((text, encoding) for text in (CZECH, SLOVAK, SLOVENE, POLISH) for encoding in ("iso8859_2", "cp1250")),
        (HUNGARIAN, "iso8859_2"),
        (LITHUANIAN, "cp1257"),
        (LITHUANIAN, "iso8859_13"),
        (GREEK, "iso8859_7"),
        (FRENCH, "mac_roman"),
        (ARABIC, "cp1256"),
        (ARABIC, "iso8859_6"),
        (RUSSIAN, "iso8859_5"),
        (RUSSIAN, "cp866"),
        (JAPANESE, "iso2022_jp"),
    ],
)
def test_of_related_encodings_the_one_is_right_whose_letters_the_language_has(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_one_accent_in_english_is_read_as_the_commonest_encoding_has_it() -> None:
    text = "The spire that Eugène Viollet-le-Duc had added in the 19th century fell, as the whole city watched. " * 3
    assert decode(text.encode("cp1252")) == text


def test_a_declared_encoding_counts_where_the_bytes_fit_several() -> None:
    # 0xA4 is the currency sign in ISO 8859-1 and the euro sign in ISO 8859-15.
    assert decode(b"Det kostet 500 \xa4 i fjor.", "iso-8859-15") == "Det kostet 500 € i fjor."


def test_utf_8_that_declares_another_encoding_is_still_utf_8() -> None:
    assert decode("Møtet på Østlandet".encode(), "iso-8859-1") == "Møtet på Østlandet"


@pytest.mark.parametrize("declared", ["zip", "rot13", "punycode", "no such thing", "utf_7", "\0", "unicode_escape"])
def test_a_declaration_of_what_is_no_encoding_of_text_is_passed_over(declared: str) -> None:
    assert decode(NORWEGIAN.encode("cp1252"), declared) == NORWEGIAN


def test_one_broken_byte_does_not_turn_utf_8_into_another_encoding() -> None:
    raw = NORWEGIAN.encode()
    assert decode(raw[:60] + b"\xff" + raw[60:]) == raw[:60].decode() + "\ufffd" + raw[60:].decode()


def test_utf_8_cut_within_a_character_keeps_the_rest() -> None:
    assert decode((NORWEGIAN + "å").encode()[:-1]) == NORWEGIAN + "\ufffd"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"%PDF-1.7\nreadable words in front of what is not\n",
        b"text with a NUL\0in it",
        b"\xff\xfe" + b"\x00\xd8" * 50,
        b"\x01\x02\x03 some words \x04\x05",
        "text\0with a NUL".encode("utf-16"),
        bytes(100),
    ],
)
def test_what_is_not_text_is_said_to_be_binary(raw: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^binary, not text$"):
        decode(raw)


@pytest.mark.parametrize("raw", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n\t\n", "\u2003\n".encode()])
def test_what_holds_only_white_space_is_said_to_be_empty(raw: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^empty$"):
        decode(raw)
