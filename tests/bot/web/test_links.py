"""Signed links of reading pages: what opens, what is refused, and where the secret lies."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.web.links import ExpiredLinkError, ForgedLinkError, PageLinks, Place, secret_in
from index.article import Span

NOW = 1_790_000_000.0
WEEK = 7 * 86_400
LINKS = PageLinks("https://articles.example/read", b"s" * 32, WEEK)
QUOTE = Place.at("news/one.txt", Span(120, 480), Span(150, 200), "the words of the passage")
OTHERS = (Place.at("news/two.txt", Span(0, 90)), QUOTE, Place.at("news/three.txt", Span(7, 9), Span(7, 8), "ab"))


def test_a_link_opens_the_place_it_was_made_for_with_the_answer_around_it() -> None:
    opened = LINKS.check(LINKS.to(QUOTE, OTHERS, now=NOW), NOW)
    assert (opened.place, opened.answer) == (QUOTE, OTHERS)


def test_a_link_to_a_whole_article_names_no_passage() -> None:
    whole = Place.at("news/one.txt")
    link = LINKS.to(whole, now=NOW)
    assert LINKS.check(link, NOW).place == whole
    assert "#" not in link


def test_a_link_is_good_for_its_lifetime_and_expires_within_a_day_after() -> None:
    link = LINKS.to(QUOTE, now=NOW)
    assert LINKS.check(link, NOW + WEEK - 1).until <= NOW + WEEK + 86_400
    with pytest.raises(ExpiredLinkError):
        LINKS.check(link, NOW + WEEK + 86_401)


def test_links_of_one_day_are_the_same_so_that_a_message_is_not_edited_for_them() -> None:
    morning = 86_400 * 20_000 + 60.0
    assert LINKS.to(QUOTE, now=morning) == LINKS.to(QUOTE, now=morning + 80_000)


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.replace("120-480", "120-481"),
        lambda link: link.replace("150-200", "150-201"),
        lambda link: link.replace("with=", "with=~"),
        lambda link: link.replace("until=1", "until=2"),
        lambda link: link.replace("until=1", "until=x"),
        lambda link: link.replace("key=", "key=A"),
        lambda link: link.partition("&key=")[0],
        lambda link: link.partition("?")[0],
        lambda link: link.replace("/a/", "/a/../a/"),
        lambda link: link.replace("articles.example", "articles.example.evil.example"),
        lambda link: link.replace("key=", "key=\udcff"),
    ],
)
def test_a_link_that_was_changed_anywhere_opens_nothing(change: Callable[[str], str]) -> None:
    changed = change(LINKS.to(QUOTE, OTHERS, now=NOW))
    with pytest.raises(ForgedLinkError):
        LINKS.check(changed, NOW)


@pytest.mark.parametrize(
    "foreign",
    [
        PageLinks("https://articles.example/read", b"t" * 32, WEEK),
        PageLinks("https://other.example/read", b"s" * 32, WEEK),
    ],
)
def test_a_link_of_another_site_or_another_secret_opens_nothing(foreign: PageLinks) -> None:
    link = foreign.to(QUOTE, now=NOW).replace(foreign.root, LINKS.root)
    with pytest.raises(ForgedLinkError):
        LINKS.check(link, NOW)


def test_a_pass_names_one_person_for_a_day_and_opens_no_page_by_itself() -> None:
    written = LINKS.new_pass(4711, NOW).written
    assert LINKS.check_pass(written, NOW + 86_399).person == 4711
    with pytest.raises(ExpiredLinkError):
        LINKS.check_pass(written, NOW + 86_401)
    for forged in (written.replace("4711", "4712"), "4711", "", "x.y.z", written.swapcase()):
        with pytest.raises(ForgedLinkError):
            LINKS.check_pass(forged, NOW)


def test_links_fit_a_button_of_telegram_and_stay_under_512_characters() -> None:
    far = [Place.at(f"{n}.txt", Span(10**8 + n, 10**8 + 500), Span(10**8 + n, 10**8 + 99), "words") for n in range(20)]
    for place in (far[0], far[10], far[19]):
        link = LINKS.to(place, far, now=NOW)
        assert len(link) <= 512
        assert place in LINKS.check(link, NOW).answer


def test_the_secret_is_made_once_and_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    secret = secret_in(state)
    (file,) = state.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    assert secret_in(state) == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_that_a_crash_cut_short_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "web.key").write_text("abcd")
    assert len(secret_in(tmp_path)) == 32


def test_neither_links_nor_their_errors_show_the_secret() -> None:
    assert "s" * 32 not in repr(LINKS)
    with pytest.raises(ValueError, match="5 bytes") as raised:
        PageLinks("https://articles.example", b"short", WEEK)
    assert "short" not in str(raised.value)
