"""Names of authors, out of fields and by-lines."""

import pytest

from index.parsers.names import byline_authors, declared_author, inverted


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("By Kari Moe", "Kari Moe"),
        ("Kari de la Cruz", "Kari de la Cruz"),
        ("Di Stefano, Marco Rossi", "Di Stefano, Marco Rossi"),
        ("Ludwig von Ahn und Eva Roth", "Ludwig von Ahn, Eva Roth"),
        ("Tekst: Kari Moe Foto: Ola Lie", None),
        ("Av Kari Moe | 3. mai 2024", "Kari Moe"),
        ("Kari Moe · Bergen", "Kari Moe"),
        ("Kari Moe, sports reporter", "Kari Moe"),
        ("J. R. Moe", "J. R. Moe"),
        ("王小明", "王小明"),
        ("By April Jones", "April Jones"),
        ("February 25, 2021", None),
        ("Monday Morning", None),
        ("Username", None),
        ("Kari Moe is a reporter at the Tidende", None),
        ("Log In", None),
    ],
)
def test_a_by_line_is_read_as_far_as_it_names_people(line: str, authors: str | None) -> None:
    assert byline_authors(line) == authors


@pytest.mark.parametrize(
    ("value", "author"),
    [
        ("Reuters", "Reuters"),
        ("By Kari Moe", "Kari Moe"),
        ("Kari Moe, Senior Reporter", "Kari Moe"),
        ("Maria de Silva", "Maria de Silva"),
        ("The Associated Press", "The Associated Press"),
        ("admin", None),
        ("https://selvik.example/kari", None),
        ("kari@selvik.example", None),
        ("February", None),
        ("3 May 2024", None),
        ("Kari Moe has covered sports since 2009. She lives in Selvik.", None),
        ("", None),
    ],
)
def test_a_field_is_believed_where_it_can_be_an_author(value: str, author: str | None) -> None:
    assert declared_author(value) == author


def test_catalogues_put_the_surname_first() -> None:
    assert inverted("Moe, Kari Ann") == "Kari Ann Moe"
    assert inverted("Kari Moe, Ola Lie") == "Kari Moe, Ola Lie"
