"""Dates as they are written, to ISO 8601."""

import pytest

from index.parsers.dates import dates_in, iso_date, only_date


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2022-01-21", "2022-01-21"),
        ("20220121", "2022-01-21"),
        ("2022/1/21", "2022-01-21"),
        ("21 January 2022", "2022-01-21"),
        ("January 21, 2022", "2022-01-21"),
        ("Jan. 21, 2022", "2022-01-21"),
        ("Sept. 9, 2021", "2021-09-09"),
        ("Friday, March 3rd, 2021", "2021-03-03"),
        ("the 21st of January, 2022", "2022-01-21"),
        ("21. januar 2022", "2022-01-21"),
        ("21 de enero de 2022", "2022-01-21"),
        ("1º de março de 2021", "2021-03-01"),
        ("1er mars 2021", "2021-03-01"),
        ("21 gennaio 2022", "2022-01-21"),
        ("12. kesäkuuta 2021", "2021-06-12"),
        ("21 stycznia 2022", "2022-01-21"),
        ("21 января 2022", "2022-01-21"),
        ("21 Ιανουαρίου 2022", "2022-01-21"),
        ("21 Ocak 2022", "2022-01-21"),
        ("2022. január 21.", "2022-01-21"),
        ("2022年1月21日", "2022-01-21"),
        ("2022년 1월 21일", "2022-01-21"),
        ("21.01.2022", "2022-01-21"),
        ("21/01/2022", "2022-01-21"),
        ("1/21/2022", "2022-01-21"),
        ("03/03/2021", "2021-03-03"),
        ("29 February 2024", "2024-02-29"),
    ],
)
def test_a_date_is_known_however_it_is_spelled(written: str, iso: str) -> None:
    assert iso_date(written) == iso


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2021",
        "2021-03",
        "March 2021",
        "21 January",
        "3 Mar 21",
        "03/04/2021",
        "04.03.2021",
        "30 February 2021",
        "29 February 2023",
        "2022-13-01",
        "21 January 1799",
        "21 January 2101",
        "21 January 20220",
        "1.2.3.2021",
        "Sunday 12, 2022",
        "21 LISTOPADA 2020",
        "x" * 1000 + " 21 January 2022",
        "Mon, 31 Feb 2022 10:00:00 GMT",
    ],
)
def test_what_is_ambiguous_impossible_or_has_no_year_is_no_date(written: str) -> None:
    assert iso_date(written) is None


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2022-01-21T10:15:00Z", "2022-01-21T10:15:00+00:00"),
        ("2022-01-21T10:15:30.123+05:30", "2022-01-21T10:15:30+05:30"),
        ("2022-01-21 10:15 -0500", "2022-01-21T10:15:00-05:00"),
        ("Fri, 21 Jan 2022 10:00:00 +0100", "2022-01-21T10:00:00+01:00"),
        ("Fri, 21 Jan 2022 10:00:00 GMT", "2022-01-21T10:00:00+00:00"),
        ("2022-01-21T10:15:00", "2022-01-21"),
        ("2022-01-21T25:00:00Z", "2022-01-21"),
    ],
)
def test_a_time_counts_only_with_its_offset(written: str, iso: str) -> None:
    assert iso_date(written) == iso


def test_dates_in_running_text_come_with_their_places_in_order() -> None:
    text = "It began on 3 March 2021, paused in May 2021 and ended on April 2, 2022 after 12 days."
    assert [(day, span.of(text)) for day, span in dates_in(text)] == [
        ("2021-03-03", "3 March 2021"),
        ("2022-04-02", "April 2, 2022"),
    ]


def test_a_range_of_days_is_not_taken_for_its_last() -> None:
    assert list(dates_in("The fair is on from January 5-7, 2022.")) == []


@pytest.mark.parametrize(
    ("line", "iso"),
    [
        ("Friday, January 21, 2022 at 10:15 AM EST", "2022-01-21"),
        ("fredag 21. januar 2022 kl. 10.15", "2022-01-21"),
        ("21 January 2022", "2022-01-21"),
        ("Storm Eunice, 18 February 2022", None),
        ("1 May 2021 – 3 May 2021", None),
        ("Friday", None),
    ],
)
def test_a_line_is_a_date_where_it_holds_nothing_else(line: str, iso: str | None) -> None:
    assert only_date(line) == iso
