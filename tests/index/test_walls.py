"""A page that a scraper got instead of the article is left out; a report about such pages is not."""

import pytest

from index.clutter.walls import is_wall
from index.parsers import html, text
from index.parsers.parsed import UnreadableError

WALLS = [
    "One more step. Please confirm that you are not a robot by completing the captcha below. Incident ID: 41-7720.",
    "Access denied. Our systems have noticed unusual traffic from your network. Reference # 18.4f2a. Try again later.",
    "Please enable JavaScript and cookies to continue. Complete the security check to reach the site.",
    "Bitte bestätigen Sie, dass Sie ein Mensch sind. Ihr Browser wird überprüft, alle akzeptieren oder ablehnen.",
    "Vi og våre partnere bruker cookies. Godta alle eller velg selv hva du vil dele med oss.",
    "We and our partners store and access data on your device. Accept all, or manage your choices at any time.",
]
REPORTS = [
    "The library's site was down on Monday. Visitors were asked to verify that they are human, the director said. "
    "A captcha stood on the front page for nine hours.",
    "The council will use cookies of oat and rye at its summer party. The baker gets 400 kroner for them.",
]


@pytest.mark.parametrize("wall", WALLS)
def test_a_wall_is_left_out_and_reported(wall: str) -> None:
    with pytest.raises(UnreadableError, match="stands where the article should be"):
        text.read("a.txt", wall.encode())


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_about_walls_is_an_article(report: str) -> None:
    assert not is_wall(report)
    assert text.read("a.txt", report.encode()).articles


def test_a_page_of_a_wall_is_left_out_and_reported() -> None:
    page = f"<html><body><h1>Just a moment</h1><p>{WALLS[0]}</p><p>{WALLS[2]}</p></body></html>"
    with pytest.raises(UnreadableError):
        html.read("a.html", page.encode())
