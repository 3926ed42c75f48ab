"""Word and OpenDocument texts, RTF and books: all that people see of them, in its order, and nothing else."""

import pytest

from index.article import UNKNOWN
from index.parsers import read
from tests.index.parsers.articles import headings, only, reasons
from tests.index.parsers.forged_documents import docx, epub, odt, packed

TEXT = "The mill ground oats for sixty-three farms until the river was led into a pipe."
MORE = "Its last miller kept the stones in her garden and the keys in her coat."


def p(words: str, facts: str = "") -> str:
    return f"<w:p><w:pPr>{facts}</w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>"


def test_a_word_document_keeps_its_headings_whatever_language_names_its_styles() -> None:
    body = p("The mill at Tveit", '<w:pStyle w:val="Titel"/>') + p("Oats", '<w:pStyle w:val="berschrift1"/>') + p(TEXT)
    one = only("a.docx", docx(body + p("Keys", '<w:pStyle w:val="Mine"/>') + p(MORE, '<w:pStyle w:val="Loop"/>')))
    assert one.text == f"The mill at Tveit\n\nOats\n\n{TEXT}\n\nKeys\n\n{MORE}"
    assert headings(one) == ["The mill at Tveit", "Oats", "Keys"]
    assert one.title.value == "The mill at Tveit"


def test_a_word_document_is_read_with_its_changes_accepted() -> None:
    body = (
        "<w:p><w:r><w:t>The mill </w:t></w:r><w:ins><w:r><w:t>ground</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>milled</w:delText><w:t>milled</w:t></w:r></w:del>"
        '<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:rPr><w:vanish w:val="0"/></w:rPr>'
        "<w:t> oats</w:t></w:r><w:r><w:fldChar/><w:instrText>HYPERLINK</w:instrText></w:r>"
        "<w:hyperlink><w:r><w:t> until 1962.</w:t></w:r></w:hyperlink></w:p>"
        f"<w:sdt><w:sdtContent>{p(MORE)}</w:sdtContent></w:sdt>"
    )
    assert only("a.docx", docx(body)).text == f"The mill ground oats until 1962.\n\n{MORE}"


def test_lists_tables_boxes_and_notes_of_a_word_document_are_read_and_its_contents_not() -> None:
    cell = "<w:tc>{}</w:tc>".format
    row = "<w:tr>{}</w:tr>".format
    table = f"<w:tbl>{row(cell(p('Year')) + cell(p('Farms')))}{row(cell(p('1911')) + cell(p('63')))}</w:tbl>"
    box = f"<w:p><w:r><w:t>{TEXT}</w:t></w:r><w:r><w:txbxContent>{p('In a box.')}</w:txbxContent></w:r></w:p>"
    body = p("Oats 7", '<w:pStyle w:val="Verz1"/>') + p("oats", "<w:numPr/>") + p("rye", "<w:numPr/>") + table + box
    notes = f'<w:footnote w:type="separator">{p("___")}</w:footnote><w:footnote w:id="2">{p(MORE)}</w:footnote>'
    one = only("a.docx", docx(body, footnotes=notes))
    assert one.text == f"- oats\n- rye\nYear | Farms\n1911 | 63\n\n{TEXT}\n\nIn a box.\n\n{MORE}"


def test_the_properties_of_a_document_are_believed_where_its_text_agrees() -> None:
    made = docx(p("The mill at Tveit") + p("By Liv Aas") + p(TEXT), title="Old template", author="admin")
    one = only("a.docx", made)
    assert (one.title.value, one.author.value) == ("The mill at Tveit", "Liv Aas")
    one = only("a.docx", docx(p("Liv Aas") + p(TEXT), title="Notes from the mill", author="Liv Aas"))
    assert one.author.value == "Liv Aas"
    one = only("a.docx", docx(p(TEXT), title="Notes from the mill", author="Liv Aas"))
    assert (one.title.value, one.author, one.published) == ("Notes from the mill", UNKNOWN, UNKNOWN)


def test_an_open_document_keeps_headings_lists_tables_and_notes() -> None:
    style = '<style:style style:name="P1" style:parent-style-name="Title"/>'
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>".format
    note = (
        f"<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>{MORE}</text:p></text:note-body>"
    )
    body = (
        "<office:text><text:tracked-changes><text:p>Gone.</text:p></text:tracked-changes>"
        '<text:p text:style-name="P1">The mill at Tveit</text:p><text:table-of-content><text:p>Oats 7</text:p>'
        '</text:table-of-content><text:h text:outline-level="2">Oats<text:s text:c="2"/>and rye</text:h>'
        f"<text:p>The <text:span>mill</text:span> ground<text:tab/>oats{note}</text:note>.</text:p>"
        "<text:list><text:list-item><text:p>oats</text:p></text:list-item></text:list>"
        f"<table:table><table:table-row>{cell('Year')}{cell('Farms')}</table:table-row></table:table></office:text>"
    )
    one = only("a.odt", odt(body, style))
    assert one.text == (f"The mill at Tveit\n\nOats and rye\n\nThe mill ground oats.\n\n- oats\nYear | Farms\n\n{MORE}")
    assert headings(one) == ["The mill at Tveit", "Oats and rye"]
    assert one.title.value == "The mill at Tveit"


RTF = (
    r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\stylesheet{\s1\outlinelevel0 heading 1;}}{\info{\title The mill}}"
    r"{\pard\s1\outlinelevel0\b The mill at B\'f8\par}{\pard The mill ground \u8220?oats\u8221?.{\v hidden}\par}"
    r"{\pict\pngblip " + "89504e47" * 200 + r"}\trowd\pard\intbl Year\cell Farms\cell\row\pard\bullet\tab rye\par}"
)


def test_rich_text_keeps_headings_and_leaves_out_pictures_and_hidden_text() -> None:
    one = only("a.rtf", RTF.encode())
    assert one.text == "The mill at Bø\n\nThe mill ground “oats”.\n\nYear | Farms\n- rye"
    assert (headings(one), one.title.value) == (["The mill at Bø"], "The mill")


def test_rich_text_of_an_unknown_codepage_or_with_raw_bytes_in_it_is_read() -> None:
    assert only("a.rtf", RTF.replace("1252", "99999").encode()).text.startswith("The mill at Bø")
    raw = rb"{\rtf1\ansi\pard Before it{\pict\bin6 }{}\'}} and behind it.\par}"
    assert only("a.rtf", raw).text == "Before it and behind it."


FACTS = "<dc:title>Mills</dc:title><dc:creator>Liv Aas</dc:creator><dc:language>en</dc:language>{}".format
DATE = "<dc:date>{}</dc:date>".format


def test_each_chapter_of_a_book_is_an_article() -> None:
    chapters = {
        "title.xhtml": '<section epub:type="titlepage"><p>Mills. A book about them all.</p></section>',
        "one.xhtml": f'<h2>Oats</h2><p>{TEXT}<a epub:type="noteref" href="#n">1</a></p>',
        "two b.xhtml": f"<p>{MORE}</p>",
        "empty.xhtml": "<h1>Plates</h1>",
    }
    reading = read("a.epub", epub(chapters, FACTS(DATE("1987-05-04"))))
    assert [article.path for article in reading.articles] == [
        "a.epub/OPS/text/one.xhtml",
        "a.epub/OPS/text/two b.xhtml",
    ]
    one = reading.articles[0]
    assert (one.id, one.text) == (one.path, f"Oats\n\n{TEXT}")
    known = (one.title.value, one.source.value, one.author.value, one.published.value, one.language.value)
    assert known == ("Part 2", "Mills", "Liv Aas", "1987-05-04", "en")
    assert reading.articles[1].title.value == "Part 3"
    assert [skip.reason for skip in reading.skipped] == [
        "OPS/text/title.xhtml: a cover, a title page or a table of contents",
        "OPS/text/empty.xhtml: it holds no running text",
    ]


@pytest.mark.parametrize("moment", ["2021-03-04T05:06:07Z", "2021-03-04T10:00:09+00:00"])
def test_the_moment_at_which_a_program_made_a_book_is_no_publication(moment: str) -> None:
    made = epub({"one.xhtml": f"<p>{TEXT}</p>"}, FACTS(DATE(moment)))
    assert only("a.epub", made).published == UNKNOWN
    midnight = epub({"one.xhtml": f"<p>{TEXT}</p>"}, FACTS(DATE("2021-03-04T00:00:00+00:00")))
    assert (only("a.epub", midnight).published.value or "").startswith("2021-03-04")


def test_a_book_that_is_locked_is_told_and_of_one_that_is_partly_so_the_rest_is_read() -> None:
    chapters = {"one.xhtml": f"<p>{TEXT}</p>", "two.xhtml": f"<p>{MORE}</p>"}
    told = "encrypted: its publisher lets only certain programs read it"
    assert reasons("a.epub", epub(chapters, encrypted=("one.xhtml", "two.xhtml"))) == [told]
    reading = read("a.epub", epub(chapters, encrypted=("two.xhtml",)))
    assert [article.text for article in reading.articles] == [TEXT]
    assert [skip.reason for skip in reading.skipped] == ["OPS/text/two.xhtml: encrypted"]


COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
ENTITIES = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d>&b;</d>'


@pytest.mark.parametrize(
    ("path", "raw", "told"),
    [
        ("a.docx", COMPOUND, "encrypted, or not a Word document but an older format: save it anew without a password"),
        ("a.docx", b"", "not a Word document that can be read"),
        ("a.docx", packed({"a.txt": TEXT}), "not a Word document that can be read"),
        ("a.docx", docx(""), "it holds no text"),
        ("a.docx", packed({"word/document.xml": ENTITIES}), "it declares XML entities, which are not read"),
        ("a.docx", packed({"word/document.xml": "<a>" * 9_000}), "its XML cannot be read"),
        ("a.docx", packed({"word/document.xml": b" " * 3_000_000}), "it unpacks to more than 200 times its size"),
        ("a.odt", odt("", manifest="<m:encryption-data/>"), "encrypted: it opens only with a password"),
        ("a.odt", odt("<office:spreadsheet/>"), "not an OpenDocument text, but another document"),
        ("a.odt", packed({"a.txt": TEXT}), "an OpenDocument text that is damaged: content.xml cannot be read"),
        ("a.rtf", TEXT.encode(), "not Rich Text Format"),
        ("a.rtf", b"{\\rtf1 }", "it holds no text"),
        ("a.epub", packed({"a.txt": TEXT}), "not an EPUB that can be read"),
        ("a.epub", epub({}), "a book without chapters"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(path: str, raw: bytes, told: str) -> None:
    assert reasons(path, raw) == [told]
