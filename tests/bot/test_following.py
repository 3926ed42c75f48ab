"""Feeds that are followed while the bot runs: their trouble is theirs alone."""

import logging
from pathlib import Path

import pytest

from bot.errors import StartError
from bot.feeds import Following, check_addresses
from bot.library import Options
from index.encoder.model import DEFAULT_MODEL
from index.feeds.state import FILE


def following(data: Path, *feeds: str) -> Following:
    return Following(Options(data, data, data, DEFAULT_MODEL, 0.5, feeds=feeds), lambda: None)


def test_a_damaged_file_of_the_feeds_keeps_nobody_from_building_and_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    feeds = following(tmp_path)
    with caplog.at_level(logging.WARNING, "verbatim.bot"):
        assert feeds.unbuilt() == 0
        feeds.built(3)
    (said,) = caplog.records
    assert said.message == "feeds cannot be followed"
    assert f"{tmp_path / FILE} is damaged" in said.__dict__["reason"]


@pytest.mark.parametrize(
    "address", ["https://[::1/feed.xml", "https://", "https://ada:secret@news.example.com/feed.xml"]
)
def test_a_setting_that_names_no_feed_ends_the_start_and_repeats_no_password(address: str) -> None:
    with pytest.raises(StartError, match="VERBATIM_FEEDS") as refused:
        check_addresses(("https://news.example.com/feed.xml", address))
    assert "secret" not in str(refused.value)


def test_addresses_of_feeds_are_taken_as_they_are() -> None:
    check_addresses(())
    check_addresses(("https://news.example.com/feed.xml", "http://blog.example.org:8080/atom?of=all"))
